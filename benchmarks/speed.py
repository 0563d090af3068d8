"""How fast and how light: real runs, one after the other, in one table."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from benchmarks.measured_run import OURS, Run, Way, run_way
from harness import tables
from harness.demo_process import PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

LADDER = ((10, 2), (30, 3), (50, 3), (100, 5), (200, 5), (500, 5), (2_000, 5))
"""Vehicles and contexts, as users go up."""

_MUST_BE_RIGHT = (OURS, "floor")
_LAST_LINES = 15


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"


_COLUMNS: dict[str, Callable[[Run], str]] = {
    "way       ": lambda run: f"{run.label:<10}",
    "vehicles": lambda run: _number(run.vehicles, ","),
    " right": lambda run: _number(run.right, ","),
    "wrong": lambda run: _number(run.wrong, ","),
    " seconds": lambda run: _number(run.seconds, ",.1f"),
    "an hour": lambda run: _number(run.vehicles_per_hour, ",.0f"),
    "efficiency": lambda run: _number(run.efficiency, ".3f"),
    " lane": lambda run: _number(run.lane_efficiency, ".3f"),
    "requests": lambda run: _number(run.dynamic_per_vehicle, ".2f"),
    "reports": lambda run: _number(run.reports_per_vehicle, ".2f"),
    "CPU-s": lambda run: _number(run.cpu_per_vehicle, ".2f"),
    "peak MiB": lambda run: _number(run.peak_mib, ".0f"),
    "at 50": lambda run: _number(run.settled_mib, ".0f"),
    " last": lambda run: _number(run.final_mib, ".0f"),
    "first PDF": lambda run: _number(run.first_pdf_seconds, ".1f"),
}
"""The columns by their headings, which are as wide as they are."""


def speed(
    profile: str,
    ways: Sequence[Way],
    vehicles: int,
    settings: Mapping[str, str],
    json_path: Path | None,
    like: Sequence[str] = (),
) -> int:
    """Run each way on `vehicles` vehicles. Return 1 if one that must be right was not, else 0."""
    plan = [(way, vehicles) for way in ways]
    runs = list(_run_all(profile, plan, settings, json_path, like))
    for line in speed_ups(runs):
        print(line)
    return _status(runs)


def ladder(profile: str, most: int, json_path: Path | None) -> int:
    """Run ours on 10 to 2,000 vehicles, up to `most`. Return 1 if anything was wrong, else 0."""
    plan = [(Way(OURS, contexts), size) for size, contexts in LADDER if size <= most]
    if not plan:
        raise ValueError(f"--upto must be {LADDER[0][0]} or more, got {most}")
    return _status(list(_run_all(profile, plan, {}, json_path)))


def _run_all(
    profile: str,
    plan: Sequence[tuple[Way, int]],
    settings: Mapping[str, str],
    json_path: Path | None,
    like: Sequence[str] = (),
) -> Iterator[Run]:
    """Yield each run of the plan after printing its row and writing the JSON."""
    print(f"{profile}, {os.cpu_count()} cores, {platform.platform(terse=True)}")
    print(tables.header(_COLUMNS), flush=True)
    runs: list[Run] = []
    for way, vehicles in plan:
        site = replace(PROFILES[profile], vehicles=vehicles, like=tuple(like))
        run = run_way(way, site, settings)
        print(row(run), flush=True)
        if run.status:
            print(f"{run.label} ended with status {run.status}:\n{_end_of(run.output)}", flush=True)
        runs.append(run)
        if json_path is not None:
            text = json.dumps(as_json(profile, runs), indent=2)
            json_path.write_text(text + "\n", encoding="utf-8")
        yield run


def row(run: Run) -> str:
    """Return the line of a run in the table."""
    return tables.row(_COLUMNS, run)


def _end_of(output: str) -> str:
    """Return the last lines, with characters that a console may lack escaped."""
    lines = output.encode("ascii", "backslashreplace").decode("ascii").splitlines()
    return "\n".join(lines[-_LAST_LINES:])


def speed_ups(runs: Sequence[Run]) -> Iterator[str]:
    """Yield the speed-up of each way that was run with one context and with more."""
    alone = {run.way: run for run in runs if run.contexts == 1}
    for run in runs:
        one = alone.get(run.way)
        if one is not None and run is not one and run.seconds:
            yield f"{run.label} is {one.seconds / run.seconds:.2f} times as fast as {one.label}"


def _status(runs: Sequence[Run]) -> int:
    return int(any(not run.is_right for run in runs if run.way in _MUST_BE_RIGHT))


def as_json(profile: str, runs: Sequence[Run]) -> dict[str, Any]:
    """Return the content of the JSON file: the machine, and all figures of each run."""
    machine = {
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }
    rows = [asdict(run) for run in runs]
    for figures in rows:
        del figures["output"]
    return {"profile": profile, "machine": machine, "runs": rows}
