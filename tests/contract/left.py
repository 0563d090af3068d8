"""What a run leaves behind, less what differs each time: its files, their keys, what it printed."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.contract.golden import kind, kinds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.commands import Done

_CHANGING = {
    r"\b\d\d-\d\d-\d{4}\b": "MM-DD-YYYY",
    r"\b\d{4}-\d\d-\d\d\b": "YYYY-MM-DD",
    r"\b[0-9a-f]{16}\b": "ACCOUNT",
    r"context-\d+": "context-N",
    # Of the snapshots: which vehicle comes first is up to the contexts.
    r"~\d+(?=\.(?:html|png)\b)": "~N",
}


def to_ascii(text: str) -> str:
    """Return the text with dates, accounts and the like as words."""
    for pattern, word in _CHANGING.items():
        text = re.sub(pattern, word, text)
    return text


def tree(folder: Path) -> list[str]:
    """Return all files below a folder, and its folders that are empty."""
    paths = [path for path in folder.rglob("*") if path.is_file() or not any(path.iterdir())]
    return sorted({to_ascii(path.relative_to(folder).as_posix()) for path in paths})


def left_by_runs(folder: Path) -> list[str]:
    """Return its tree; where runs have ended, with their locks, which Windows does not keep."""
    if os.name == "nt":
        for place in folder.glob("state/*"):
            (place / "account.lock").touch()
        for path in folder.rglob("job.json"):
            path.with_name("job.lock").touch()
    return tree(folder)


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file with one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def keys(folder: Path, pattern: str) -> dict[str, Any]:
    """Return the keys of each JSON file below a folder whose name matches."""
    return {to_ascii(path.name): kind(read(path)) for path in sorted(folder.rglob(pattern))}


def printed(done: Done) -> dict[str, Any]:
    """Return how a crawl ended, the labels of its table and the keys of its stats."""
    table = done.output.partition(" INFO: Report of the run:\n")[2].partition("\n\n")[0]
    # A label and its value, or a number and the reason that it counts.
    labels = [re.sub(r"(?<=[a-zD-S]) {2,}.*", "", line) for line in table.splitlines()]
    stats = set(re.findall(r"'(jdp/[^']+)'", done.output))
    return {
        "status": done.status,
        "table": [re.sub(r"^ +\d+ ", "    N ", label) for label in labels],
        "stats": sorted(stats),
    }


def run_data(folder: Path) -> dict[str, Any]:
    """Return what the files of a run's folder hold."""
    metrics = read(folder / "metrics.json")
    vehicles = metrics.pop("vehicles")
    events = defaultdict(list)
    for event in lines(folder / "events.jsonl"):
        events[event["kind"]].append(event)
    journal, links = lines(folder / "journal.jsonl"), lines(folder / "links.jsonl")
    return {
        "checkpoint.json": kind(read(folder / "checkpoint.json")),
        "events.jsonl": {name: kinds(rows) for name, rows in events.items()},
        "close reasons": [event["reason"] for event in events["run_ended"]],
        "journal.jsonl": kinds(journal),
        "keys": sorted({entry["key"] for entry in journal}),
        "links.jsonl": kinds(links),
        "metrics.json": {**kind(metrics), "vehicles": kinds(vehicles)},
        "contexts": sorted({to_ascii(row["context"]) for row in vehicles}),
        "outcomes": sorted({row["outcome"] for row in vehicles}),
        "tracking.json": read(folder / "tracking.json"),
    }
