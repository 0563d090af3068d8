"""The soak: hours of crawling without a break, with the process tree sampled throughout."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.crawl_process import make_crawl
from harness.process_tree import memory_by_role, open_files, tree
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo

if TYPE_CHECKING:
    from jdp_spider.demo.site import DemoSite

_SECONDS_A_VEHICLE = {"field": 1.15, "fast": 0.2, "instant": 0.1}
"""What five contexts cannot be faster than: enough vehicles for the hours asked for."""


def soak(hours: float, latency: str, contexts: int, vehicles: int | None = None) -> int:
    """Crawl for `hours` (or `vehicles`) and print memory, failures and open files over time.

    Return 1 if a PDF was wrong, a vehicle failed, or memory grew by more than 15 %, else 0.
    """
    most = vehicles or int(hours * 3600 / _SECONDS_A_VEHICLE[latency]) + 100
    options = DemoOptions(vehicles=most, latency=latency)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, running_demo(options) as site:
        crawl = make_crawl(site, Path(folder), CONCURRENT_CONTEXTS=str(contexts))
        process = crawl.start("-s", f"JOBDIR={folder}/job")
        reader = threading.Thread(target=crawl.finish, args=(process, None))
        reader.start()
        stop = Path(folder) / "job" / "stop"
        rows = _watch(process.pid, site, hours if vehicles is None else None, stop, reader)
        reader.join()
        crawl.assert_right(site, count=len(crawl.pdfs))
        text = crawl.output
        print(text[text.index("Vehicles in the inventory") : text.index("Dumping")])
    return _verdict(rows, failed=crawl.stats.get("jdp/failed", "0"))


def _watch(
    pid: int, site: DemoSite, hours: float | None, stop: Path, reader: threading.Thread
) -> list[tuple[int, float]]:
    """Print a row a minute until the crawl ends. Return the bookouts made and MiB of each row."""
    started = time.monotonic()
    rows: list[tuple[int, float]] = []
    print(
        f"{'min':>6} {'reports':>8} {'MiB':>6} {'driver':>7} {'renderers':>10} {'processes':>10} "
        f"{'files':>6} {'logins':>7}"
    )
    while reader.is_alive():
        minutes = (time.monotonic() - started) / 60
        reports = sum(site.log.reports.values())
        memory = memory_by_role(pid)
        if memory:
            rows.append((reports, memory.total()))
        print(
            f"{minutes:6.1f} {reports:8} {memory.total():6.0f} {memory['driver']:7.0f} "
            f"{memory['renderer']:10.0f} {len(tree(pid)):10} "
            f"{open_files(pid):6} {site.log.logins:7}",
            flush=True,
        )
        if hours is not None and minutes > hours * 60 and stop.parent.exists():
            stop.touch()
        reader.join(60 if minutes > 1 else 15)
    return rows


def _verdict(rows: list[tuple[int, float]], failed: str) -> int:
    early = [memory for reports, memory in rows if 150 <= reports <= 400]
    late = [memory for _, memory in rows[-6:-1]]
    if not early or not late:
        print("Too short to compare memory early and late")
        return int(failed != "0")
    before, after = sum(early) / len(early), sum(late) / len(late)
    growth = 100 * (after / before - 1)
    print(f"Memory at about 200 vehicles {before:.0f} MiB, at the end {after:.0f}: {growth:+.1f} %")
    return int(growth > 15 or failed != "0")
