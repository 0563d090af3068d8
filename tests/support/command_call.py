"""Commands of the project, called in this process."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from scrapy.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.commands import ScrapyCommand


def exit_status(command: ScrapyCommand, args: tuple[str, ...], settings: Mapping[str, str]) -> int:
    """What a command ends with, given these arguments and settings."""
    command.settings = Settings(dict(settings))
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    opts = parser.parse_args(args)
    command.process_options([], opts)
    command.run([], opts)
    return int(command.exitcode)
