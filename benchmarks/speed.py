"""How fast and how light: real runs, one after the other, in one table."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from benchmarks.runs import OURS, Run, Way, run_way
from benchmarks.site import PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

LADDER = ((10, 2), (30, 3), (50, 3), (100, 5), (200, 5), (500, 5), (2_000, 5))
"""Vehicles and contexts, as users go up."""

_LAST_LINES = 15

Column = tuple[str, int, "Callable[[Run], str]"]

_COLUMNS: tuple[Column, ...] = (
    ("way", -10, lambda run: f"{run.way}-{run.contexts}"),
    ("vehicles", 8, lambda run: f"{run.vehicles:,}"),
    ("right", 6, lambda run: f"{run.right:,}"),
    ("wrong", 5, lambda run: f"{run.wrong:,}"),
    ("seconds", 8, lambda run: f"{run.seconds:,.1f}"),
    ("an hour", 8, lambda run: f"{run.vehicles_per_hour:,.0f}"),
    ("efficiency", 10, lambda run: _share(run.efficiency)),
    ("requests", 8, lambda run: f"{run.dynamic_per_vehicle:.2f}"),
    ("reports", 7, lambda run: f"{run.reports_per_vehicle:.2f}"),
    ("CPU-s", 6, lambda run: f"{run.cpu_per_vehicle:.2f}"),
    ("peak MiB", 8, lambda run: f"{run.peak_mib:.0f}"),
    ("last MiB", 8, lambda run: f"{run.final_mib:.0f}"),
    ("first PDF", 9, lambda run: _seconds(run.first_pdf_seconds)),
)
_LANE: Column = ("lane", 5, lambda run: _share(run.lane_efficiency))


def speed(
    profile: str,
    ways: Sequence[Way],
    vehicles: int,
    settings: Mapping[str, str],
    json_path: Path | None,
) -> int:
    """Run each way on so many vehicles; 1 when one that should not went wrong."""
    plan = [(way, vehicles) for way in ways]
    runs = list(_run_all(profile, plan, settings))
    for line in _speed_ups(runs):
        print(line)
    return _end(profile, runs, json_path)


def ladder(profile: str, most: int, json_path: Path | None) -> int:
    """Run ours on 10 to 2,000 vehicles, up to `most`; 1 when anything went wrong."""
    plan = [(Way(OURS, contexts), size) for size, contexts in LADDER if size <= most]
    return _end(profile, list(_run_all(profile, plan, {})), json_path)


def _run_all(
    profile: str, plan: Sequence[tuple[Way, int]], settings: Mapping[str, str]
) -> Iterator[Run]:
    """Each run of the plan, with its row printed when it has ended."""
    columns = (*_COLUMNS, _LANE) if PROFILES[profile].session_lock else _COLUMNS
    print(f"{profile}, {os.cpu_count()} cores, {platform.platform(terse=True)}")
    print(_line(columns, [name for name, _, _ in columns]), flush=True)
    for way, vehicles in plan:
        run = run_way(way, replace(PROFILES[profile], vehicles=vehicles), settings)
        print(_line(columns, [value(run) for _, _, value in columns]), flush=True)
        if run.status:
            lines = ascii_lines(run.output)[-_LAST_LINES:]
            print("\n".join([f"{way} ended with status {run.status}:", *lines]), flush=True)
        yield run


def _line(columns: Sequence[Column], cells: Sequence[str]) -> str:
    widths = [width for _, width, _ in columns]
    parts = (f"{c:>{w}}" if w > 0 else f"{c:<{-w}}" for c, w in zip(cells, widths, strict=True))
    return "  ".join(parts)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def ascii_lines(text: str) -> list[str]:
    """The lines of a text, with what a console may not know escaped."""
    return text.encode("ascii", "backslashreplace").decode("ascii").splitlines()


def _speed_ups(runs: Sequence[Run]) -> Iterator[str]:
    """For each way that was run with one context and with more: how many times as fast."""
    alone = {run.way: run for run in runs if run.contexts == 1}
    for run in runs:
        one = alone.get(run.way)
        if one is not None and run is not one and run.seconds:
            times = one.seconds / run.seconds
            print_name = f"{run.way}-{run.contexts}"
            yield f"{print_name} is {times:.2f} times as fast as {run.way}-1"


def _end(profile: str, runs: Sequence[Run], json_path: Path | None) -> int:
    """Write the JSON; 1 when a run of ours, or of the floor, was not wholly right."""
    if json_path is not None:
        text = json.dumps(as_json(profile, runs), indent=2)
        json_path.write_text(text + "\n", encoding="utf-8")
    return int(any(not run.is_right for run in runs if run.way in (OURS, "floor")))


def as_json(profile: str, runs: Sequence[Run]) -> dict[str, Any]:
    """What is written: the machine, and all figures of each run."""
    machine = {
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }
    rows = [{k: v for k, v in asdict(run).items() if k != "output"} for run in runs]
    return {"profile": profile, "machine": machine, "runs": rows}
