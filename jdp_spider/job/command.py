"""The base class of the commands that work on one run's folder."""

from __future__ import annotations

import contextlib
import sys
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError

from jdp_spider.config.options import OPTIONS
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.sources import raw_value, require_dotenv
from jdp_spider.job.packed import ENDING
from jdp_spider.utils.cli import nearby, scrapy
from jdp_spider.utils.commands import ProjectCommand, refused
from jdp_spider.utils.loading import LoadError
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

_RUN_DATA = "run_data"


class FolderCommand(ProjectCommand):
    """A command that takes the folder of one run: the newest one if none is named."""

    takes_arguments = True
    takes_packed = False
    """Whether it may be named the zip of a run, too."""
    needs_folder = True
    """Whether it cannot do anything without a run; else `folder` may be None."""
    folder: Path | None

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        newest = None if args else _newest_run(downloads(self.settings))
        self.folder = newest
        if not args and newest is None and not self.needs_folder:
            return
        if len(args) != 1 and newest is None:
            name = type(self).__module__.rpartition(".")[2]
            command = to_ascii(scrapy(f"{name} downloads/11-23-2026"))
            raise UsageError(f"name one run folder: {command}")
        self.folder = newest or Path(args[0])
        is_packed = self.folder.name.endswith(ENDING) and self.folder.is_file()
        if not (self.folder / _RUN_DATA).is_dir() and not (is_packed and self.takes_packed):
            raise refused(f"{args[0]!a} is no run folder: it holds no run_data")
        if newest:
            # What it prints on standard output is for programs, too.
            print(f"The newest run: {to_ascii(nearby(newest))}", file=sys.stderr, flush=True)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self.work(self.folder, opts)
        except (OSError, LoadError) as error:
            raise refused(to_ascii(str(error))) from None

    @abstractmethod
    def work(self, folder: Any, opts: argparse.Namespace) -> None:
        """Do the work on a folder, a Path. To end with status 2, raise OSError or LoadError."""


def downloads(settings: BaseSettings) -> Path:
    """Return the folder of all runs. Raise UsageError if it cannot be one."""
    name = "DOWNLOAD_FOLDER"
    try:
        require_dotenv()
        folder: Path = OPTIONS[name].parse(raw_value(settings, name))
    except ConfigError as error:
        raise refused(str(error)) from None
    except ValueError as error:
        raise refused(to_ascii(f"{name} {error}")) from None
    return folder


def _newest_run(parent: Path) -> Path | None:
    """Return the run folder that was written to last; None if there is none."""
    with contextlib.suppress(OSError):
        return max(
            (path.parent for path in parent.glob(f"*/{_RUN_DATA}")),
            key=lambda folder: (folder / _RUN_DATA).stat().st_mtime,
            default=None,
        )
    return None
