"""Makes the report of a run's folder, as a run has it made at its end.

`scrapy report` does the same for people; to load Scrapy takes longer than to make a report.
"""

from __future__ import annotations

import sys
from pathlib import Path

from jdp_spider.report.render import make_report
from jdp_spider.utils.console import ascii_console
from jdp_spider.utils.loading import LoadError
from jdp_spider.utils.text import to_ascii


def main() -> int:
    """Return 0 if the report was made; else say why not, and return 2."""
    ascii_console()
    try:
        make_report(Path(sys.argv[1]))
    except (OSError, LoadError) as error:
        print(to_ascii(str(error)), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
