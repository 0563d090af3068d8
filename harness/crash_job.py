"""The crash test: kills real crawls at seeded random moments until each job is complete.

Then site log, disk and record must agree: one right PDF for each vehicle, no report made more
often than once plus once for each kill that found it in flight, one live session at a time, no
process left behind.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness.crawl_process import Crawl, make_crawl
from harness.process_tree import kill, role, survivors, tree
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo

if TYPE_CHECKING:
    import subprocess

    from jdp_spider.demo.site import DemoSite

KINDS = ("group", "group", "group", "browser", "driver", "renderer")
"""What is killed; the whole group most often: that is a power cut."""

_LATEST_S = 7.0
_ARRIVES_S = 0.3
_MOST_RUNS = 40
_SESSION_WAIT_S = 4.0


@dataclass
class Killed:
    """What one job went through."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    in_flight: Counter[int] = field(default_factory=Counter)
    """By vehicle id: how many kills found its report asked for and not yet in the books."""
    faults: list[str] = field(default_factory=list)


def crash_job(seed: int, kills: int, vehicles: int = 24) -> Killed:
    """Run one job, kill it `kills` times, and check what is there when it is complete."""
    rng = random.Random(seed)
    options = DemoOptions(
        vehicles=vehicles,
        seed=seed,
        latency="fast",
        link_kind=rng.choice(["href", "href", "script"]),
        report_kind=rng.choice(["script", "form"]),
        active_session_wait_s=_SESSION_WAIT_S,
    )
    result = Killed(seed)
    with tempfile.TemporaryDirectory(prefix="crash-") as folder, running_demo(options) as site:
        crawl = make_crawl(site, Path(folder), JDP_CHECKPOINT_EVERY="3", JDP_PAGE_TIMEOUT="15")
        crawl.arguments = ["-s", f"JOBDIR={folder}/job"]
        while result.runs < _MOST_RUNS:
            _run_once(crawl, site, rng, result, kills)
            if crawl.status == 0:
                break
        _check(crawl, site, result)
    return result


def _run_once(crawl: Crawl, site: DemoSite, rng: random.Random, result: Killed, kills: int) -> None:
    """Run the command, and kill something of it as long as it runs and kills are left."""
    result.runs += 1
    process = crawl.start()
    seen = tree(process.pid)
    reader = threading.Thread(target=crawl.finish, args=(process,))
    reader.start()
    while sum(result.kills.values()) < kills:
        _wait(process, rng.uniform(0.5, _LATEST_S))
        if process.poll() is not None:
            break
        seen += tree(process.pid)
        result.kills[_kill(process, rng.choice(KINDS), rng)] += 1
        in_flight = _in_flight(crawl, site)
        # What was on its way to the site at the kill arrives a moment later.
        _wait(process, _ARRIVES_S)
        result.in_flight.update(in_flight | _in_flight(crawl, site))
    reader.join()
    left = survivors([each for each in set(seen) if each.pid != process.pid], 15)
    result.faults += [f"left behind: {each.name()} ({role(each)})" for each in left]


def _wait(process: subprocess.Popen[str], seconds: float) -> None:
    """Wait until the process has ended, but no longer than `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.02)


def _kill(process: subprocess.Popen[str], what: str, rng: random.Random) -> str:
    """Kill one process of that role, or the whole group where there is none (yet)."""
    found = [each for each in tree(process.pid) if role(each) == what]
    if not found:
        kill(process)
        return "group"
    with contextlib.suppress(psutil.NoSuchProcess):
        rng.choice(found).kill()
    return what


def _in_flight(crawl: Crawl, site: DemoSite) -> set[int]:
    """Return the vehicles whose bookout was requested and is not saved."""
    saved = _saved(crawl)
    asked_for = (vehicle for vehicle in site.vehicles if site.log.reports[vehicle.id])
    return {vehicle.id for vehicle in asked_for if vehicle.reference not in saved}


def _saved(crawl: Crawl) -> set[str]:
    found = list(crawl.downloads.glob("*/pdfs/*.pdf"))
    return {path.stem for path in found}


def _check(crawl: Crawl, site: DemoSite, result: Killed) -> None:
    try:
        assert crawl.status == 0, f"status {crawl.status}:\n{crawl.output[-2000:]}"
        crawl.assert_right(site)
    except AssertionError as error:
        result.faults.append(f"not right: {error}")
    for vehicle, made in site.log.reports.items():
        # A browser that dies may take up to five requested bookouts with it.
        if made > 1 + result.in_flight[vehicle]:
            result.faults.append(f"vehicle {vehicle}: {made} reports")
    if site.log.max_live_sessions > 1:
        result.faults.append(f"{site.log.max_live_sessions} live sessions at once")
    if site.log.live_sessions:
        result.faults.append("a session is still live")
    parts = [path.name for path in crawl.downloads.rglob("*.part")]
    result.faults += [f"left behind: {name}" for name in parts]


def crash(jobs: int, kills: int, seed: int) -> int:
    """Run the long form. Return 1 if anything was wrong; a fault names the seed that repeats it."""
    total: Counter[str] = Counter()
    bad = 0
    started = time.monotonic()
    for number in range(jobs):
        result = crash_job(seed + number, kills)
        total += result.kills
        bad += bool(result.faults)
        word = "; ".join(result.faults) or "right"
        print(
            f"job {number + 1}/{jobs} seed {result.seed}: {result.runs} runs, "
            f"kills {dict(result.kills)}, {word}",
            flush=True,
        )
    minutes = (time.monotonic() - started) / 60
    print(f"{jobs} jobs, {sum(total.values())} kills {dict(total)}, {bad} wrong, {minutes:.0f} min")
    return int(bad > 0)
