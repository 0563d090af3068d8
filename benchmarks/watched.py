"""Whether a crawl is slower while the dashboard shows it: runs with and without it, in turns."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from benchmarks.measured_run import Found, limit_s
from harness.crawl_process import make_crawl
from harness.dashboard_process import dashboard
from harness.demo_process import PROFILES, Seen, demo_process
from harness.resource_monitor import watch
from harness.tables import header, row
from jdp_spider.browser.launch import find_browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.crawl_process import Crawl
    from jdp_spider.demo.options import DemoOptions

_PDFS = "downloads/*/pdfs/*.pdf"
_RUNNING = "Getting the reports."
_MOST = 1.03
"""How much longer a watched run may take: runs of the same kind differ by as much."""
_SEEN = """running => {
    const view = document.getElementById('view');
    const look = () => { window.jdpSeen ||= view.textContent.includes(running); };
    new MutationObserver(look).observe(view, {childList: true, subtree: true});
    look();
}"""


@dataclass(frozen=True)
class Row:
    """One run; "a vehicle" means: divided by the vehicles of the inventory."""

    is_watched: bool
    vehicles: int
    right: int
    wrong: int
    seconds: float
    """From the first request that the site saw to the last report that it had answered."""
    cpu_per_vehicle: float
    """CPU-seconds of the crawl's process tree, without those of the dashboard."""
    was_shown: bool
    """The page has shown that the run was at work."""

    @property
    def is_good(self) -> bool:
        right = (self.right, self.wrong) == (self.vehicles, 0)
        return right and self.was_shown == self.is_watched


_COLUMNS: dict[str, Callable[[Row], str]] = {
    "dashboard": lambda row: "open" if row.is_watched else "-",
    "right": lambda row: str(row.right),
    "wrong": lambda row: str(row.wrong),
    "  seconds": lambda row: f"{row.seconds:,.1f}",
    "CPU-s a vehicle": lambda row: f"{row.cpu_per_vehicle:.3f}",
    "was shown": lambda row: "yes" if row.was_shown else "no",
}


def watched(profile: str, vehicles: int, contexts: int, rounds: int) -> int:
    """Run each way `rounds` times. Return 1 if watched runs were slower or anything was wrong."""
    print(f"{profile}, {vehicles} vehicles, {contexts} contexts")
    print(header(_COLUMNS), flush=True)
    options = replace(PROFILES[profile], vehicles=vehicles)
    rows = []
    for is_watched in _turns(rounds):
        rows.append(_run(options, contexts, is_watched=is_watched))
        print(row(_COLUMNS, rows[-1]), flush=True)
    share = slowdown(rows)
    print(f"A watched run takes {share:.3f} times as long (medians)")
    return int(share > _MOST or not all(each.is_good for each in rows))


def _turns(rounds: int) -> Iterator[bool]:
    """Yield both ways in turns, each first as often: whatever changes meanwhile meets both."""
    for number in range(rounds):
        yield from (False, True) if number % 2 == 0 else (True, False)


def slowdown(rows: Sequence[Row]) -> float:
    """Return the median seconds of watched runs, divided by those of the others."""
    alone, shown = (
        median(each.seconds for each in rows if each.is_watched == is_watched)
        for is_watched in (False, True)
    )
    return shown / alone if alone else float("inf")


def _run(options: DemoOptions, contexts: int, *, is_watched: bool) -> Row:
    with tempfile.TemporaryDirectory(prefix="watched-") as name, demo_process(options) as site:
        folder = Path(name)
        state = str(folder / "kept")
        crawl = make_crawl(site, folder, CONCURRENT_CONTEXTS=str(contexts), JDP_STATE_FOLDER=state)
        crawl.arguments = ["-s", f"JOBDIR={folder / 'job'}"]
        with _shown(crawl, site.base_url) if is_watched else _not_shown() as was_shown:
            ended = watch(crawl.command, crawl.environment, limit_s(options.vehicles))
            is_shown = was_shown()
        found = Found.of(list(folder.glob(_PDFS)), site.vehicles)
        seconds = Seen.of(site.requests).seconds
        cpu = ended.cpu / options.vehicles
        return Row(is_watched, options.vehicles, found.right, found.wrong, seconds, cpu, is_shown)


@contextmanager
def _not_shown() -> Iterator[Callable[[], bool]]:
    yield lambda: False


@contextmanager
def _shown(crawl: Crawl, base_url: str) -> Iterator[Callable[[], bool]]:
    """Have the dashboard open in a browser; yield what says whether it has shown the run."""
    names = ("JD_USER", "JD_PASS", "DOWNLOAD_FOLDER", "JDP_STATE_FOLDER")
    settings = {name: crawl.environment[name] for name in names}
    with (
        dashboard(crawl.workdir / "project", base_url, **settings) as own,
        sync_playwright() as playwright,
    ):
        path = str(find_browser())
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        page = own.open(browser.new_context())
        page.evaluate(_SEEN, _RUNNING)
        yield lambda: bool(page.evaluate("window.jdpSeen"))
        browser.close()
