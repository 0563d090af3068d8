"""One way to do the job, run against a site of its own, and all that is measured of it."""

from __future__ import annotations

import math
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from harness.crawl_process import make_crawl
from harness.demo_process import DemoProcess, Seen, demo_process
from harness.resource_monitor import Watched, watch
from jdp_spider.browser.launch import find_browser
from jdp_spider.config.options import OPTIONS
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.verification import verify_bookout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jdp_spider.demo.options import DemoOptions

OURS = "ours"
NAMES = (OURS, "floor", "script", "crawlee")
MOST_CONTEXTS = 20

_SETTLED = 50
"""From this vehicle on memory should be flat."""


@dataclass(frozen=True)
class Way:
    """A way to do the job, and how many vehicles it has in flight at a time."""

    name: str
    contexts: int


def read_ways(text: str) -> list[Way]:
    """Return the ways in "ours-1,ours-5,script-5". Raise ValueError, which says what to do."""
    ways = []
    for part in text.split(","):
        match = re.fullmatch(rf"({'|'.join(NAMES)})-(\d+)", part.strip())
        if match is None or not 1 <= int(match[2]) <= MOST_CONTEXTS:
            raise ValueError(
                f"--ways wants names out of {', '.join(NAMES)}, each with a number from 1 to "
                f"{MOST_CONTEXTS}, such as ours-5; got {part.strip()!a}"
            )
        ways.append(Way(match[1], int(match[2])))
    if any(way.name == "crawlee" for way in ways) and find_spec("crawlee") is None:
        raise ValueError(
            "crawlee is not installed: python -m pip install -r requirements-benchmark.txt"
        )
    return ways


def read_settings(given: Sequence[str]) -> dict[str, str]:
    """Return the settings given as NAME=VALUE. Raise ValueError, which says what to do."""
    settings = dict(one.partition("=")[::2] for one in given)
    unknown = sorted(settings.keys() - OPTIONS.keys())
    if unknown:
        raise ValueError(f"--set knows no {unknown[0]!a}: see docs/settings.md")
    return settings


@dataclass(frozen=True)
class Run:
    """The figures of one run. "a vehicle" means: divided by the vehicles of the inventory."""

    way: str
    contexts: int
    vehicles: int
    right: int
    """PDFs that are the report of the vehicle whose reference they are named after."""
    wrong: int
    """PDFs that are not."""
    status: int
    """The exit status of the command."""
    seconds: float
    """From the first request that the site saw to the last report that it had answered."""
    command_seconds: float
    """From the start of the command to its end."""
    first_pdf_seconds: float | None
    """From the start of the command to the first PDF on the disk."""
    vehicles_per_hour: float
    """Right PDFs in `seconds`."""
    efficiency: float | None
    """Latency of one page and one report for each vehicle, by contexts and `seconds`."""
    lane_efficiency: float | None
    """Where requests wait in line: latency of all the session was asked for, by `seconds`."""
    dynamic_per_vehicle: float
    reports_per_vehicle: float
    cpu_per_vehicle: float
    """CPU-seconds of the whole process tree."""
    cpu_sampled: float
    cpu_waited: float
    """Both ways to count CPU-seconds, for the whole run: see `Watched`."""
    peak_mib: float
    settled_mib: float | None
    """When the 50th report was answered."""
    final_mib: float
    """When the last report was answered."""
    output: str
    """What the command printed, at its end."""

    @property
    def label(self) -> str:
        return f"{self.way}-{self.contexts}"

    @property
    def is_right(self) -> bool:
        """Return True if the command ended well and every vehicle has its own bookout."""
        return (self.status, self.right, self.wrong) == (0, self.vehicles, 0)


def run_way(way: Way, options: DemoOptions, settings: Mapping[str, str]) -> Run:
    """Run the way against a fresh site; `settings` are for ours. Raise RuntimeError if it fails."""
    with tempfile.TemporaryDirectory(prefix="speed-") as name, demo_process(options) as site:
        folder = Path(name)
        command, environment, pdfs = _command(way, site, folder, settings)
        watched = watch(command, environment, limit_s(options.vehicles))
        found = Found.of(list(folder.glob(pdfs)), site.vehicles)
        return figures(way, watched, Seen.of(site.requests), found, options)


def _command(
    way: Way, site: DemoProcess, folder: Path, settings: Mapping[str, str]
) -> tuple[list[str], dict[str, str], str]:
    """Return the command, its environment, and the pattern of its PDFs below the folder."""
    if way.name == OURS:
        own = {"CONCURRENT_CONTEXTS": str(way.contexts), **settings}
        crawl = make_crawl(site, folder, **own)
        crawl.arguments = ["-s", f"JOBDIR={folder / 'job'}"]
        return crawl.command, crawl.environment, "downloads/*/pdfs/*.pdf"
    command = [sys.executable, "-m", f"benchmarks.baselines.{way.name}", "--site", site.base_url]
    command += ["--out", str(folder / "pdfs"), "--workers", str(way.contexts)]
    command += ["--browser", str(find_browser())]
    account = {"JD_USER": site.options.user, "JD_PASS": site.options.password}
    storage = {"CRAWLEE_STORAGE_DIR": str(folder / "storage")}
    return command, {**os.environ, **account, **storage}, "pdfs/*.pdf"


def limit_s(vehicles: int) -> float:
    """Return the seconds until a run counts as hung: more than one tab with many sleeps takes."""
    return 120.0 + 40.0 * vehicles


@dataclass(frozen=True)
class Found:
    """What a run left on the disk."""

    right: int
    wrong: int
    first: float | None
    """Epoch seconds at which the first PDF was written."""

    @classmethod
    def of(cls, paths: Sequence[Path], vins: Mapping[str, str]) -> Found:
        """Read each PDF and compare it with the vehicle that it is named after."""
        right = sum(_is_right(path, vins) for path in paths)
        first = min((path.stat().st_mtime for path in paths), default=None)
        return cls(right, len(paths) - right, first)


def _is_right(path: Path, vins: Mapping[str, str]) -> bool:
    try:
        verify_bookout(path.read_bytes(), path.stem, vins[path.stem])
    except (KeyError, BookoutRejected):
        return False
    return True


def figures(way: Way, watched: Watched, seen: Seen, found: Found, options: DemoOptions) -> Run:
    """Return all figures of a run; None where the profile or a failure makes one meaningless."""
    vehicles, looks = options.vehicles, watched.memory
    seconds = seen.seconds or math.inf
    settled = seen.reports[_SETTLED - 1] if len(seen.reports) >= _SETTLED else None
    return Run(
        way=way.name,
        contexts=way.contexts,
        vehicles=vehicles,
        right=found.right,
        wrong=found.wrong,
        status=watched.status,
        seconds=seen.seconds,
        command_seconds=watched.seconds,
        first_pdf_seconds=None if found.first is None else found.first - watched.started,
        vehicles_per_hour=3600 * found.right / seconds,
        efficiency=seen.drawn / way.contexts / seconds if seen.drawn else None,
        lane_efficiency=seen.drawn_in_session / seconds if options.session_lock else None,
        dynamic_per_vehicle=seen.dynamic / vehicles,
        reports_per_vehicle=len(seen.reports) / vehicles,
        cpu_per_vehicle=watched.cpu / vehicles,
        cpu_sampled=watched.cpu_sampled,
        cpu_waited=watched.cpu_waited,
        peak_mib=max((mib for _, mib in looks), default=0.0),
        settled_mib=None if settled is None else _memory_at(looks, settled),
        final_mib=_memory_at(looks, seen.reports[-1]) if seen.reports else 0.0,
        output=watched.output,
    )


def _memory_at(looks: Sequence[tuple[float, float]], when: float) -> float:
    """Return the MiB of the last sample before `when`."""
    before = [mib for time, mib in looks if time <= when]
    return before[-1] if before else 0.0
