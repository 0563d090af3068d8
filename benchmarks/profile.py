"""Where the time of one vehicle goes: the steps of a real run beside what the site took itself."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from benchmarks.measured_run import limit_s
from harness.crawl_process import make_crawl
from harness.demo_process import PROFILES, demo_process
from harness.resource_monitor import watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.demo_process import Request

_STEM = "jdp/milliseconds/"
_STEPS = ("page", "dialog", "report", "check")
"""In the order in which a vehicle goes through them."""
_OPENED = "page made, opened, left"
_OF_SITE = {_OPENED: "vehicle", "report": "report"}
"""What the site is asked for in a row."""


def profile(name: str, vehicles: int, contexts: int) -> int:
    """Run ours once and print the milliseconds of a vehicle. Return the crawl's exit status."""
    options = replace(PROFILES[name], vehicles=vehicles)
    with tempfile.TemporaryDirectory(prefix="profile-") as folder, demo_process(options) as site:
        crawl = make_crawl(site, Path(folder), CONCURRENT_CONTEXTS=str(contexts))
        watched = watch(crawl.command, crawl.environment, limit_s(vehicles))
        crawl.status, crawl.output = watched.status, watched.output
        if crawl.status:
            print(f"{crawl.output}\nThe crawl ended with status {crawl.status}: see above")
            return crawl.status
        requests = site.requests
        tries = mean(row["seconds"] for row in crawl.run_data("metrics.json")["vehicles"])
        end = max(path.stat().st_mtime for path in (crawl.folder / "pdfs").iterdir())
    steps = {step: float(crawl.stats[_STEM + step]) / vehicles for step in _STEPS}
    each = 1000 * contexts / vehicles
    for line in lines(shares(requests, end, each, tries * 1000, steps), requests):
        print(line)
    print(f"CPU-seconds of a vehicle, of the whole process tree: {watched.cpu / vehicles:.2f}")
    return 0


def shares(
    requests: Sequence[Request],
    end: float,
    each: float,
    tries_ms: float,
    steps: Mapping[str, float],
) -> dict[str, float]:
    """Return the milliseconds that a context has for one vehicle, by use.

    From the first request on to `end`, when the last PDF was written; `each` are the milliseconds
    of a vehicle for each second of that. `tries_ms` is how long a vehicle was in flight, `steps`
    the known parts of that.
    """
    first = min(one["time"] for one in requests)
    first_page = min(one["time"] for one in requests if one["kind"] == "vehicle")
    before = each * (first_page - first)
    return {
        "before the first vehicle": before,
        _OPENED: tries_ms - sum(steps.values()),
        **steps,
        "between vehicles, at the end": each * (end - first) - before - tries_ms,
    }


def lines(found: Mapping[str, float], requests: Sequence[Request]) -> list[str]:
    """Return the rows of the table, one per share, with the site's latency where it was asked."""
    means = {row: _mean_ms(requests, kind) for row, kind in _OF_SITE.items()}
    table = [f"{'milliseconds of a vehicle':<30} {'ours':>8} {'the site':>9}"]
    for name, ours in found.items():
        site = f"{means[name]:,.0f}" if name in means else ""
        table.append(f"{name:<30} {ours:>8,.0f} {site:>9}")
    table.append(f"{'all':<30} {sum(found.values()):>8,.0f} {sum(means.values()):>9,.0f}")
    return table


def _mean_ms(requests: Sequence[Request], kind: str) -> float:
    """Return the mean latency in milliseconds that the site drew for requests of a kind."""
    return 1000 * mean(float(one["latency"]) for one in requests if one["kind"] == kind)
