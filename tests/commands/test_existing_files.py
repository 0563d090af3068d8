"""Files for others never replace one that exists."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from jdp_spider.commands import doctor, support

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.commands import ScrapyCommand


@pytest.mark.parametrize(
    ("command", "before"), [(doctor.Command(), ["--record"]), (support.Command(), [])]
)
def test_existing_file_is_not_replaced(
    command: ScrapyCommand, before: list[str], tmp_path: Path
) -> None:
    command.settings = Settings()
    path = tmp_path / "mine.zip"
    path.write_bytes(b"mine")
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    command.add_options(parser)
    opts, args = parser.parse_known_args([*before, str(path)])
    with pytest.raises(UsageError, match="exists: delete it"):
        command.process_options(args, opts)
    assert path.read_bytes() == b"mine"
