"""Golden files: what users and other programs see of this program, as readable JSON."""

from __future__ import annotations

import difflib
import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).with_name("golden")
UPDATE = "--update-golden"
_ADVICE = f"""
What is gone or changed (-) breaks whoever relies on it. For an addition (+):
pytest tests/contract {UPDATE}
and a line in CHANGELOG.md, in the same commit."""


def compare(path: Path, value: Any, *, update: bool = False) -> None:
    """Raise AssertionError with a diff unless the file at `path` holds `value` and nothing else.

    With `update`, write the file instead.
    """
    __tracebackhide__ = True
    found = json.dumps(value, indent=2, sort_keys=True) + "\n"
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="ascii", newline="\n")
        return
    golden = path.read_text(encoding="ascii") if path.exists() else ""
    diff = difflib.unified_diff(
        golden.splitlines(), found.splitlines(), f"golden/{path.name}", "today", lineterm=""
    )
    lines = list(diff)
    assert not lines, "\n".join([*lines, _ADVICE])


def kind(value: Any) -> Any:
    """Return the shape of a value from JSON: the names of the types, the keys as they are.

    A list is one of objects, each with the same keys or some of them.
    """
    if isinstance(value, dict):
        return {key: kind(item) for key, item in value.items()}
    if isinstance(value, list):
        return [kinds(value)]
    return "null" if value is None else type(value).__name__


def kinds(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return each key of the rows with the types of its values.

    A key that some rows lack ends in a question mark.
    """
    rows = list(rows)
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for key, value in row.items():
            found[key].add("object" if isinstance(value, dict) else kind(value))
    return {
        key if all(key in row for row in rows) else f"{key}?": " or ".join(sorted(types))
        for key, types in found.items()
    }
