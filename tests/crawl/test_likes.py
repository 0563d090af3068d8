"""Files as other sites of this kind write them: each kind in a crawl, several to a crawl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.demo.faults import Fault
from jdp_spider.demo.likes import LIKES, OPENINGS, SESSIONS, TOO_LARGE, VEHICLE_PAGES
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.reports import make_report
from jdp_spider.demo.running import running_demo
from jdp_spider.job.audit import verify
from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from tests.crawl.test_crawl import MakeCrawl

# Each may change a PDF's bytes, its text, the exported file, the grid, the login and the request.
TOGETHER = (
    ("pdf-padded", "pdf-words", "csv-formulas", "grouped", "no-stock-column", "grid-in-object",
     "key-events", "third-party", "licence-scroll", "password-reminder", "number-in-path"),
    ("pdf-page-after", "pdf-stock-na", "csv-totals", "two-tables", "cell-hint", "cell-caption",
     "typed-late", "elsewhere", "one-report", "inventory-in-frame"),
    ("pdf-prefix", "pdf-case", "csv-title", "confirm-log-out", "consent", "grid-in-shadow"),
    ("pdf-glued", "pdf-cut-reference", "csv-padded", "folded-details", "third-party-first",
     "progress-words", "prepared", "address-case", "csv-zip"),
    ("pdf-apart", "csv-mark", "csv-uncertain", "cards", "checks-request", "third-party-style",
     "two-steps", "licence-button", "log-out-in-menu", "menu-late", "builtins-replaced",
     "login-expired"),
    ("grouped-by-stock", "login-overlay", "number-encoded", "kept-report"),
    ("two-rows", "login-slow", "page-token"),
)  # fmt: skip
SETTINGS = {"kept-report": {"JDP_RECOVERY_PAUSE": "1", "JDP_RETRIES": "5"}}
"""For groups that end with this behaviour: as many tries as it takes, soon after each other."""
ELSEWHERE = {
    "login-in-place", "login-icon", "refused-by-alert", "refused-on-page", "asks-to-end-other",
    "choose-dealership", "rows-fit-nothing", "no-dialog", "stale-direct", "stamped-reports",
    "rotating-cookies", "row-gone", "random-part", "number-twice", "session-token", "link-token",
    "export-endless", "idle-logs-out", *SESSIONS,
}  # fmt: skip
"""In tests/crawl/test_logins.py, test_hostile.py, test_crawl.py, tests/repair and below."""


def test_every_behaviour_is_tried_by_a_crawl() -> None:
    known = [name for names in TOGETHER for name in names]
    assert sorted([*known, *TOO_LARGE, *ELSEWHERE, *OPENINGS, *VEHICLE_PAGES]) == sorted(LIKES)


@pytest.mark.crawl
@pytest.mark.parametrize("kinds", [OPENINGS, VEHICLE_PAGES], ids=["openings", "pages"])
def test_vehicles_may_behave_differently(kinds: dict[str, str], crawl: MakeCrawl) -> None:
    """However a report opens, and whatever its page does: one is made, and none tried again.

    Nor does the session end, where a page goes to the logout that is idle while its report is made.
    """
    slow = Fault("report", "slow", 1.0, references=("165548",), seconds=9.0)
    likes = (*kinds, "idle-logs-out")
    with running_demo(DemoOptions(vehicles=len(kinds), like=likes, faults=(slow,))) as site:
        done = crawl(site).run()
        made = site.log.reports
        paths = [request.path for request in site.log.requests]
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    assert set(made.values()) == {1}
    assert site.log.logins == 1
    assert "retry/count" not in done.stats
    # Nor does anything else happen that a report can be made for.
    assert not [path for path in paths if path.endswith("/mail")]


@pytest.mark.crawl
def test_grid_that_matches_no_vehicle_is_a_site_change(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=30, like=("rows-fit-nothing",))) as site:
        done = crawl(site).run()
    assert done.status == ExitStatus.SITE_TROUBLE, done.output
    assert "none of what was found shows the reference number or the VIN" in done.output
    assert "'finish_reason': 'site_changed'" in done.output


@pytest.mark.crawl
@pytest.mark.parametrize("likes", [TOO_LARGE, ("export-endless",)], ids=["report", "export"])
def test_transfer_is_aborted_at_its_size_limit(likes: tuple[str, ...], crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=len(likes), like=likes)) as site:
        done = crawl(site).run("-s", "JDP_MOST_REPORT_MB=3", "-s", "JDP_MOST_EXPORT_MB=3")
        asked = site.log.counts
    assert "where JDP_MOST" in done.output
    is_export = "export-endless" in likes
    assert done.status == (ExitStatus.SITE_TROUBLE if is_export else ExitStatus.SOME_FAILED)
    # None is tried again.
    assert asked["export" if is_export else "report"] == len(likes)
    if not is_export:
        failed = [row["reason"] for row in done.run_data("metrics.json")["vehicles"]]
        assert failed == ["too_large"] * 2


@pytest.mark.crawl
@pytest.mark.parametrize("like", TOGETHER, ids=" ".join)
def test_every_vehicle_gets_its_own_bookout(like: tuple[str, ...], crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=3, like=like)) as site:
        done = crawl(site, **SETTINGS.get(like[-1], {})).run()
        made = site.log.reports
        wanted = {make_report(vehicle, likes=like) for vehicle in site.vehicles}
    assert done.status == ExitStatus.COMPLETE, done.output
    assert set(done.pdfs.values()) == wanted
    assert len(done.pdfs) == 3
    assert set(made.values()) == {1}
    assert [finding.problem for finding in verify(done.folder)] == [""] * 3
