"""The tables of the documents, which other tests hold to the code: what was promised to users."""

from __future__ import annotations

import re
from itertools import dropwhile, takewhile

from jdp_spider.config.dotenv import PROJECT_FOLDER

# Tables are known by how their first line begins: documents and headings may be moved and renamed.
CLOSE_REASONS = "| Close reason | Status |"
COMMANDS = "| Command | Its statuses |"
CHECKS = "| Check | What it looks at |"
EVENTS = "| Kind | Meaning |"
EXIT_STATUSES = "| Status | Name |"
OWN_SETTINGS = "| Name | Default | Meaning |"
REASONS = "| Reason | Meaning |"
SELECTORS = "| Name | Value | What it is for |"
STATS = "| Stat | Unit |"

DOCUMENTS = sorted([*PROJECT_FOLDER.glob("*.md"), *(PROJECT_FOLDER / "docs").rglob("*.md")])


def table(begin: str, holding: str = "") -> dict[str, list[str]]:
    """Return the one table that begins so: its cells by what stands in the first one.

    Where several tables begin so, `holding` is what the wanted one has in a first cell.
    """
    found = [rows for rows in _tables(begin) if not holding or holding in rows]
    assert len(found) == 1, f"{len(found)} tables begin with {begin!r}"
    return found[0]


def _tables(begin: str) -> list[dict[str, list[str]]]:
    found = []
    for path in DOCUMENTS:
        lines = iter(path.read_text(encoding="utf-8").splitlines())
        while rest := list(dropwhile(lambda line: not line.startswith(begin), lines)):
            lines = iter(rest[1:])
            rows = [_cells(line) for line in takewhile(lambda line: line.startswith("|"), rest[2:])]
            found.append({row[0]: row for row in rows})
    return found


def _cells(line: str) -> list[str]:
    # A cell may hold a | of its own, without white space around it.
    return [cell.strip().strip("`") for cell in re.split(r"\s\|(?=\s|$)", f" {line}")[1:-1]]
