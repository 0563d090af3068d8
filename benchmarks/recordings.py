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
_ALIKE, _NEEDY = "alike", "needs its scripts"
_NONE = "none"
"""The demo site as it is."""
NEEDS_SCRIPTS = {
    "grid-in-shadow": "a script makes the grid",
}
"""Behaviours that a recording without scripts cannot show, and why (docs/recording.md)."""


def recordings(names: Sequence[str], *, with_scripts: bool) -> int:
    """Compare each behaviour, several joined by "+". Return 0 if all are replayed alike.

    One that cannot be without its scripts is counted separately.
    """
    wanted = list(names or [_NONE, *LIKES])
    parts = {each for name in wanted if name != _NONE for each in name.split("+")}
    unknown = sorted(parts - LIKES.keys())
    if unknown:
        raise ValueError(f"NAME must be one of --like, got {unknown[0]!a}")
    if not with_scripts:
        wanted = [part for name in wanted for part in apart(name)]
    figures: Counter[str] = Counter()
    for name in wanted:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            problems = _compare(name, Path(folder), figures, with_scripts=with_scripts)
        mark = _mark(name, problems, with_scripts=with_scripts)
        figures[mark.partition(":")[0]] += 1
        print(f"{name:<22} {time.monotonic() - started:3.0f} s  {mark}", flush=True)
    print(
        f"{figures['recorded']} of {len(wanted)} behaviours recorded, {figures[_ALIKE]} replayed "
        f"alike, {figures[_NEEDY]} in need of their scripts; "
        f"{figures['never recorded']} requests that were never recorded"
    )
    return 0 if figures[_ALIKE] + figures[_NEEDY] == len(wanted) else 1


def apart(name: str) -> list[str]:
    """Return joined behaviours without those that need scripts, and each of these."""
    parts = name.split("+")
    rest = "+".join(each for each in parts if each not in NEEDS_SCRIPTS)
    return [*([rest] if rest else []), *(each for each in parts if each in NEEDS_SCRIPTS)]


def _mark(name: str, problems: Sequence[str], *, with_scripts: bool) -> str:
    """Return what is said of one or several behaviours with these problems."""
    if not problems:
        return _ALIKE
    if not with_scripts and name in NEEDS_SCRIPTS:
        return f"{_NEEDY}: {NEEDS_SCRIPTS[name]}"
    return f"DIFFERENT: {'; '.join(problems)}"


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
    return problems
