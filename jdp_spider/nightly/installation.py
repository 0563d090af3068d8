"""What was installed last, and when: crawls/nightly_installed.json. The scheduler has the time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jdp_spider.nightly.pruning import JOBS
from jdp_spider.utils.files import make_folder, write_json
from jdp_spider.utils.loading import Record, read_json

if TYPE_CHECKING:
    from pathlib import Path

INSTALLATION = JOBS / "nightly_installed.json"


@dataclass(frozen=True)
class Installation:
    """When the nights were installed, and when each of them is over."""

    installed: str = ""
    """Local time with its zone; empty if it is not known."""
    until: str = ""
    """HH:MM; empty if there is no such time, or if it is not known."""
    options: str = ""
    """The other options of each night, as they would be typed in."""

    @classmethod
    def now(cls, until: str, options: str) -> Installation:
        """Return the one of this moment."""
        return cls(datetime.now().astimezone().isoformat(timespec="seconds"), until, options)

    def write(self, path: Path) -> None:
        """Write it. Raise OSError."""
        make_folder(path.parent)
        write_json(path, asdict(self))


def read_installation(path: Path) -> Installation:
    """Return what was installed last; an empty one if nothing is known, or is legible."""
    try:
        value = read_json(path)
        if value is None:
            return Installation()
        found = Record(value)
        return Installation(found.text("installed"), found.text("until"), found.text("options", ""))
    except ValueError:
        return Installation()
