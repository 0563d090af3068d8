"""Behaviours of the demo site, recorded and replayed: doctor and crawl say the same of both."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from harness.replayed import Said, crawl, record, replayed
from jdp_spider.demo.likes import LIKES
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.recording.archive import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

VEHICLES = 3
_SEED = 5
_NONE = "none"
"""The demo site as it is."""


def recordings(names: Sequence[str], *, with_scripts: bool) -> int:
    """Compare each behaviour, several joined by "+". Return 0 if all are replayed alike."""
    wanted = names or [_NONE, *LIKES]
    parts = {each for name in wanted if name != _NONE for each in name.split("+")}
    unknown = sorted(parts - LIKES.keys())
    if unknown:
        raise ValueError(f"NAME must be one of --like, got {unknown[0]!a}")
    figures: Counter[str] = Counter()
    for name in wanted:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            problems = _compare(name, Path(folder), figures, with_scripts=with_scripts)
        mark = "alike" if not problems else f"DIFFERENT: {'; '.join(problems)}"
        print(f"{name:<22} {time.monotonic() - started:3.0f} s  {mark}", flush=True)
    print(
        f"{figures['recorded']} of {len(wanted)} behaviours recorded, {figures['alike']} replayed "
        f"alike; {figures['never recorded']} requests that were never recorded"
    )
    return 0 if figures["alike"] == len(wanted) else 1


def _compare(name: str, folder: Path, figures: Counter[str], *, with_scripts: bool) -> list[str]:
    likes = () if name == _NONE else tuple(name.split("+"))
    options = DemoOptions(vehicles=VEHICLES, seed=_SEED, like=likes)
    parts = [folder / part for part in ("recorded", "crawled", "again", "replayed")]
    for part in parts:
        part.mkdir()
    real, other = Said(), Said()
    with running_demo(options) as site:
        path = record(site, parts[0], VEHICLES, with_scripts=with_scripts)
    if not path.exists():
        return ["no recording"]
    figures["recorded"] += 1
    real.checks = dict(Recording.load(path).checks)
    with running_demo(options) as site:
        crawl(site, parts[1], real)
    with replayed(path) as (replay, process):
        again = record(process, parts[2], VEHICLES, with_scripts=with_scripts)
        other.checks = dict(Recording.load(again).checks) if again.exists() else {}
        crawl(process, parts[3], other)
    figures["never recorded"] += replay.never_recorded.total()
    problems = real.differences(other)
    problems += [f"never recorded: {each}" for each in replay.never_recorded if problems]
    figures["alike"] += not problems
    return problems
