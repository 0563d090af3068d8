"""How near CONCURRENT_CONTEXTS=auto comes to the best fixed number, at sites that differ in that.

A site for each of options.SERVES; fixed numbers and `auto` one after the other, `auto` twice: the
second run begins with what the first has found.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measured_run import Found, limit_s
from harness.crawl_process import make_crawl
from harness.demo_process import PROFILES, Seen, demo_process
from harness.resource_monitor import watch
from harness.tables import header, row
from jdp_spider.config.validators import AUTO
from jdp_spider.demo.capacity import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.crawl_process import Crawl
    from harness.demo_process import Request
    from jdp_spider.demo.options import DemoOptions

SITES = ("freely", "reports:3", "one", "slower:3", "refuses:4")
NUMBERS = (1, 2, 3, 5, 7, 10)
_REFUSED = 503
_PDFS = "downloads/*/pdfs/*.pdf"


@dataclass(frozen=True)
class Row:
    """One run: vehicles an hour, how busy it kept the site, and what went wrong."""

    contexts: str
    right: int
    failed: int
    wrong: int
    per_hour: float
    in_flight: float
    """Requests for vehicles and reports under way, on average."""
    refused: float
    """Share of these that the site has refused."""
    best: float = 0.0
    """Vehicles an hour of the best fixed number."""


_COLUMNS: dict[str, Callable[[Row], str]] = {
    "contexts": lambda row: row.contexts,
    "  an hour": lambda row: f"{row.per_hour:,.0f}",
    "of the best": lambda row: f"{row.per_hour / row.best:.2f}" if row.best else "",
    "in flight": lambda row: f"{row.in_flight:.1f}",
    "right": lambda row: str(row.right),
    "failed": lambda row: str(row.failed),
    "wrong": lambda row: str(row.wrong),
    "refused": lambda row: f"{row.refused:.1%}",
}


def concurrency(profile: str, vehicles: int, sites: Sequence[str], numbers: Sequence[int]) -> int:
    """Print a table for each site. Return 1 if `auto` lost a vehicle or saved a wrong bookout."""
    status = 0
    for serves in sites:
        print(f"\n{serves}, {profile}, {vehicles} vehicles\n{header(_COLUMNS)}", flush=True)
        options, best = replace(PROFILES[profile], vehicles=vehicles, serves=serves), 0.0
        for number in numbers:
            for found in _runs(options, str(number), 1):
                best = max(best, found.per_hour)
                print(row(_COLUMNS, found), flush=True)
        for found in _runs(options, AUTO, 2):
            print(row(_COLUMNS, replace(found, best=best)), flush=True)
            status |= int(found.right < vehicles or found.wrong > 0)
    return status


def _runs(options: DemoOptions, contexts: str, number: int) -> Iterator[Row]:
    """Yield `number` runs of one account at one site; each reads the inventory anew."""
    seen = 0
    with tempfile.TemporaryDirectory(prefix="concurrency-") as name, demo_process(options) as site:
        state = {"JDP_STATE_FOLDER": str(Path(name) / "state")}
        for run in range(number):
            folder = Path(name) / str(run)
            folder.mkdir()
            crawl = make_crawl(site, folder, CONCURRENT_CONTEXTS=contexts, **state)
            watched = watch(crawl.command, crawl.environment, limit_s(options.vehicles))
            crawl.status, crawl.output = watched.status, watched.output
            requests = site.requests[seen:]
            seen += len(requests)
            yield _row(contexts, crawl, requests, Found.of(list(folder.glob(_PDFS)), site.vehicles))


def _row(contexts: str, crawl: Crawl, requests: list[Request], found: Found) -> Row:
    asked = [one for one in requests if one["kind"] in KINDS]
    seconds = Seen.of(requests).seconds or math.inf
    return Row(
        contexts=contexts,
        right=found.right,
        failed=int(crawl.stats.get("jdp/vehicle_count/failed", 0)),
        wrong=found.wrong,
        per_hour=3600 * found.right / seconds,
        in_flight=sum(float(one["seconds"]) for one in asked) / seconds,
        refused=sum(one["status"] == _REFUSED for one in asked) / max(len(asked), 1),
    )
