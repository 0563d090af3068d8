"""The hostile site: a crawl for each fault of the demo site, alone and all at once.

Every reachable vehicle must be saved, nothing wrong, with one live session at a time.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.crawl_process import make_crawl
from jdp_spider.demo.faults import WHATS, Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo

if TYPE_CHECKING:
    from harness.crawl_process import Crawl
    from jdp_spider.demo.site import DemoSite

_LIMIT_S = 1800
SETTINGS = {"JDP_PAGE_TIMEOUT": "10", "JDP_REPORT_TIMEOUT": "10", "JDP_RECOVERY_PAUSE": "2"}
"""Shorter than a user's, as the demo site is faster; the pages of a fault that hangs count."""


@dataclass(frozen=True)
class Case:
    """One hostile site."""

    faults: tuple[Fault, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    left: int = 0
    """Vehicles that cannot be had there."""
    settings: dict[str, str] = field(default_factory=dict)


def _once(what: str, rate: float = 0.1, kind: str = "any", **known: Any) -> Case:
    return Case((Fault(kind, what, rate, **known),))


_OUTAGES = ("outage", "outage-503", "outage-429", "outage-words", "outage-reset")
_WHOLE_SITE = {
    "maintenance": None,
    "status-429": 2.0,
    "status-429-date": 2.0,
    **dict.fromkeys(_OUTAGES, 5.0),
}
"""Faults that stop all requests, with their seconds: rarer than the others."""
_LEFT_OUT = ("heavy", "bomb", "outage-elsewhere", "short")
"""A vehicle with such a bookout gets no other attempt. A site that leads elsewhere before it has
served a vehicle has moved, and a vehicle that is not in the export gets no bookout."""
_REFUSALS = ("echo", "status-403", "status-404")
"""Faults that refuse a login, which is never sent again: they are left out there."""
MIX = (
    *(
        Fault("any", what, 0.005 if what in _WHOLE_SITE else 0.02, seconds=_WHOLE_SITE.get(what))
        for what in WHATS
        if what not in (*_LEFT_OUT, *_REFUSALS)
    ),
    *(Fault(kind, what, 0.02) for what in _REFUSALS for kind in sorted(WHATS[what] - {"login"})),
)
"""All at once: about one request in five is hurt."""

CASES: dict[str, Case] = {
    "none": Case(),
    **{f"status {n}": _once(f"status-{n}") for n in (500, 502, 503)},
    "429, seconds": _once("status-429", 0.03, seconds=2.0),
    "429, date": _once("status-429-date", 0.03, seconds=2.0),
    "reset": _once("reset"),
    "outage of 30 s": Case((Fault("report", "outage", references=("165548",), seconds=30.0),)),
    "hang": _once("hang", 0.05),
    "ten times slower": _once("slow", 0.1),
    "no load event": _once("no-load-event", 0.3),
    "no dialog": _once("no-dialog"),
    "no popup": _once("no-popup"),
    "alert, confirm": _once("alert", 0.3),
    "maintenance": _once("maintenance", 0.03),
    **{f"report {what}": _once(what, 0.1, "report")
       for what in ("cut", "cut-tail", "empty", "html-error", "login-page", "other-vehicle")},
    "report no-text": _once("no-text", 0.1, "report"),
    "session ends": _once("session-ends", 0.03),
    "session ends at reports": _once("session-ends", 0.1, "report"),
    "licence again": _once("licence-again", 0.03),
    "scripts": Case(options={"link_kind": "script"}),
    "report of the session": Case(options={"report_address": "session"}),
    "report of the session, scripts": Case(
        options={"report_address": "session", "link_kind": "script"}
    ),
    "session lock": Case(options={"session_lock": True}),
    "all at once": Case(MIX),
    "all at once, scripts and forms": Case(
        MIX, options={"link_kind": "script", "report_kind": "form"}
    ),
}  # fmt: skip


def faults(vehicles: int, names: list[str], seed: int) -> int:
    """Run the named cases, or all, and print a row for each. Return 1 if any is wrong, else 0."""
    unknown = [name for name in names if name not in CASES]
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. There are: {', '.join(CASES)}")
        return 2
    head = ("fault", "rate", "vehicles", "saved", "wrong", "retries", "given back", "twice")
    print(_row(*head, "logins", "seconds", "times", "hits"))
    bad, usual = 0, 0.0
    for name in names or list(CASES):
        case = CASES[name]
        row, seconds, problem = _run(name, case, vehicles, seed)
        usual = usual or seconds
        print(_row(*row[:-1], f"{seconds:.0f}", f"{seconds / usual:.1f}", row[-1]), flush=True)
        if problem:
            bad += 1
            print(f"  NOT RIGHT: {problem}", flush=True)
    return int(bad > 0)


def _run(name: str, case: Case, vehicles: int, seed: int) -> tuple[tuple[str, ...], float, str]:
    options = DemoOptions(
        vehicles=vehicles, latency="fast", seed=seed, faults=case.faults, **case.options
    )
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, running_demo(options) as site:
        crawl = make_crawl(site, Path(folder), **SETTINGS, **case.settings)
        started = time.monotonic()
        crawl.finish(crawl.start("-s", f"JOBDIR={folder}/job"), _LIMIT_S)
        seconds = time.monotonic() - started
        problem = _problem(crawl, site, vehicles - case.left)
        return _figures(name, case, crawl, site), seconds, problem


def _problem(crawl: Crawl, site: DemoSite, expected: int) -> str:
    try:
        crawl.assert_right(site, count=expected)
    except (AssertionError, ValueError, OSError) as error:
        return f"status {crawl.status}, {error}\n{crawl.output[-3000:]}"
    if site.log.max_live_sessions > 1:
        return f"{site.log.max_live_sessions} live sessions"
    return "a session was left open" if site.log.live_sessions else ""


def _figures(name: str, case: Case, crawl: Crawl, site: DemoSite) -> tuple[str, ...]:
    stats = crawl.stats
    twice = sum(made - 1 for made in site.log.reports.values())
    rate = (
        f"{case.faults[0].rate:.0%}" if len(case.faults) == 1 else "" if not case.faults else "mix"
    )
    return (
        name, rate, stats.get("jdp/total_inventory", "0"), stats.get("jdp/succeeded", "0"),
        "0" if crawl.status in (0, 3) else "?", stats.get("retry/count", "0"),
        stats.get("jdp/given_back_count", "0"), str(twice), str(site.log.logins),
        str(site.log.faults.total()),
    )  # fmt: skip


def _row(*cells: str) -> str:
    return f"{cells[0]:<32}" + "".join(f"{cell:>11}" for cell in cells[1:])
