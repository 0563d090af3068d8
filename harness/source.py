"""What the package's source says, without the demo site: stats, messages, kinds of events."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jdp_spider.job import events
from jdp_spider.job.metrics import to_stats

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parent.parent / "jdp_spider"
LOGGED = ("warning", "error", "exception", "critical")
"""Levels whose messages ask for an explanation."""


def nodes(kind: type[ast.AST]) -> Iterator[Any]:
    """Yield every node of a kind in the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if PACKAGE / "demo" not in path.parents:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from (node for node in ast.walk(tree) if isinstance(node, kind))


def called(node: ast.Call) -> str:
    """Return the last part of a called name: `_failed` of `self._failed(...)`."""
    return ast.unparse(node.func).rpartition(".")[2]


def text(node: ast.AST) -> str | None:
    """Return the value of a string literal, with * for the parts that an f-string fills in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part) or "*" for part in node.values)
    return None


def stats() -> set[str]:
    """Return every key of the stats, with * for a part that is filled in."""
    metrics: dict[str, Any] = defaultdict(int, vehicles=[{"outcome": "*", "reason": "*"}])
    found = {text(node) or "" for kind in (ast.Constant, ast.JoinedStr) for node in nodes(kind)}
    # Keys that end in a slash are the beginning of an f-string; jdp/* is one of to_stats' own.
    keys = {key for key in found if re.fullmatch(r"jdp/.*[^/]", key)} - {"jdp/*"}
    return keys | set(to_stats(metrics))


def messages() -> dict[str, str]:
    """Return the template of every message of a level in LOGGED, with its level.

    Raise ValueError for a message that is no literal, as nothing could explain it.
    """
    found = {}
    for call in nodes(ast.Call):
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr not in LOGGED:
            continue
        if ast.unparse(function.value) != "logger":
            continue
        message = text(call.args[0])
        if message is None:
            raise ValueError(f"no literal: {ast.unparse(call)}")
        found[message.replace("\n", r"\n")] = function.attr.upper()
    return found


def event_kinds() -> set[str]:
    """Return the kinds of a job's events, with * for a part that is filled in."""
    calls = (call for call in nodes(ast.Call) if ast.unparse(call.func) == "note")
    named = {events.RUN_STARTED, events.RUN_RESUMED, events.RUN_ENDED, events.CONTEXTS_CHANGED}
    return named | {kind for call in calls if (kind := text(call.args[1]))}
