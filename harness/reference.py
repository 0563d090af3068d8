"""The parts of docs/ that are generated from the code. cog writes them between its markers.

`python -m harness.reference` brings the pages up to date; with `--check` it says which are not.
Of stats, events, messages and exit statuses the code knows which there are, and the page says what
they mean: such a table gets a row for what is new, and loses that of what is gone.
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings

from harness import source
from jdp_spider import commands as commands_package
from jdp_spider.config.options import OPTIONS
from jdp_spider.pages.site import PURPOSES, Site
from jdp_spider.reasons import CloseReason, ExitStatus, FailureReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    headings = list(headings)
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def settings() -> str:
    rows = (
        (f"`{name}`", f"`{option.default}`" if option.default else "(empty)", option.help)
        for name, option in OPTIONS.items()
    )
    return table(("Name", "Default", "Meaning"), rows)


def selectors() -> str:
    site = Site("")
    rows = (
        (f"`{name}`", f"`{getattr(site, name)}`", f"{purpose[0].upper()}{purpose[1:]}.")
        for name, purpose in PURPOSES.items()
    )
    return table(("Name", "Value", "What it is for"), rows)


def failure_reasons() -> str:
    rows = ((f"`{reason}`", f"{reason.text}.", reason.advice) for reason in FailureReason)
    return table(("Reason", "Meaning", "What to do"), rows)


def close_reasons() -> str:
    """Return the table of close reasons. The status of a finished run depends on its vehicles."""
    rows = (
        (
            f"`{reason}`",
            "0, 1 or 3" if reason.status is None else str(int(reason.status)),
            f"It {reason.text}.",
        )
        for reason in CloseReason
    )
    return table(("Close reason", "Status", "The run"), rows)


def read_table(page: Path, heading: str) -> dict[str, list[str]]:
    """Return the rows of the table below a heading, by their first cell."""
    parts = re.split(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    below = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert heading in below, f"{page.name} has no heading '{heading}'"
    lines = [line for line in below[heading].splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    found = {row[0].strip("`"): row for row in rows}
    assert len(found) == len(rows), f"{page.name}, {heading}: a row occurs twice"
    return found


def explained(
    page: str, heading: str, headings: tuple[str, ...], known: Mapping[str, tuple[str, ...]]
) -> str:
    """Return the table below a heading: the cells that the code knows, the others as they are."""
    written = read_table(DOCS / page, heading)
    rows = []
    for key in dict.fromkeys([*written, *known]):
        if key in known:
            cells = (f"`{key}`", *known[key])
            others = written.get(key, [])[len(cells) :]
            rows.append([*cells, *others, *[""] * (len(headings) - len(cells) - len(others))])
    return table(headings, rows)


def stats() -> str:
    """Return the table of stats. A key with a part that is filled in has one row or several."""
    written, known = read_table(DOCS / "stats.md", "Stats"), set()
    for key in source.stats():
        shape = re.escape(key).replace(r"\*", "[^/]+")
        known |= {row for row in written if re.fullmatch(shape, row)} or {key}
    headings = ("Stat", "Unit", "Meaning")
    return explained("stats.md", "Stats", headings, dict.fromkeys(sorted(known), ()))


def events() -> str:
    known: dict[str, tuple[str, ...]] = dict.fromkeys(sorted(source.event_kinds()), ())
    return explained("stats.md", "Events", ("Kind", "Meaning"), known)


def messages() -> str:
    headings = ("Message", "Level", "Meaning", "What to do")
    known = {message: (level,) for message, level in source.messages().items()}
    return explained("log.md", "Messages", headings, known)


def exit_statuses() -> str:
    headings = ("Status", "Name", "Meaning", "What to do")
    known = {str(int(status)): (f"`{status.name}`",) for status in ExitStatus}
    return explained("troubleshooting.md", "Exit status", headings, known)


def commands() -> str:
    """Return a section for each of our commands: how it is called, what it does, its options."""
    return "\n".join(_command(module.name) for module in iter_modules(commands_package.__path__))


def _command(name: str) -> str:
    command = import_module(f"{commands_package.__name__}.{name}").Command()
    command.settings = Settings()
    own, inherited = (ArgumentParser(add_help=False, conflict_handler="resolve") for _ in range(2))
    command.add_options(own)
    ScrapyCommand.add_options(command, inherited)
    known = {option for action in inherited._actions for option in action.option_strings}
    text = command.long_desc().strip()
    called = f"scrapy {name} {command.syntax()}".strip()
    options = list(_options(own, known))
    listed = f"\n{table(('Option', 'Meaning'), options)}" if options else ""
    return f"## {name}\n\n`{called}`\n\n{text}\n{listed}"


def _options(parser: ArgumentParser, known: set[str]) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if action.option_strings and not known & set(action.option_strings):
            value = "" if action.nargs == 0 else f" {action.metavar or (action.dest or '').upper()}"
            names = ", ".join(f"`{option}{value}`" for option in action.option_strings)
            yield names, (action.help or "").replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Return 0, or with `--check` another number if a page is out of date."""
    # No cog for who imports this module for its tables.
    cog = import_module("cogapp").Cog()
    pages = [str(path) for path in sorted(DOCS.rglob("*.md"))]
    how = ["--check"] if "--check" in arguments else ["-r"]
    prologue = "import cog; from harness import reference"
    options = ["-U", "-n", "utf-8", "-p", prologue, "--verbosity=1"]
    return int(cog.main(["cog", *how, *options, *pages]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
