"""Logins and the ends of sessions as other sites have them, and what all vehicles fail by."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from jdp_spider.demo.faults import Fault
from jdp_spider.demo.likes import SESSIONS
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from tests.support.factories import references
from tests.support.marks import long

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crawl.test_crawl import MakeCrawl

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

SHORT = {"JDP_PAGE_TIMEOUT": "4", "JDP_RECOVERY_PAUSE": "0"}


def test_session_end_of_any_form_costs_one_login_and_no_attempt(crawl: MakeCrawl) -> None:
    """Each of the sessions ends in another form."""
    count = len(SESSIONS)
    ends = tuple(
        Fault("vehicle", "session-ends", references=(r,)) for r in references(count + 1)[1:]
    )
    like = ("login-in-place", *SESSIONS)
    with running_demo(DemoOptions(vehicles=count + 1, like=like, faults=ends)) as site:
        # One after the other, so that none ends a session that has ended already.
        done = crawl(site, CONCURRENT_CONTEXTS="1", **SHORT).run()
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    assert site.log.faults == Counter({"session-ends": count})
    assert (site.log.logins, site.log.logouts) == (count + 1, 1)
    assert (site.log.max_live_sessions, site.log.refused_logins) == (1, Counter())
    assert "retry/count" not in done.stats
    # Nothing hangs, which the crawl would survive by its time limits.
    assert (
        "downloader/exception_type_count/scrapy.exceptions.DownloadTimeoutError" not in done.stats
    )


def test_site_with_a_new_cookie_in_each_answer_gets_one_login(crawl: MakeCrawl) -> None:
    """Contexts with a jar each would take the session from each other.

    Each page that comes by an old cookie is answered by 440: a look at the inventory tells why.
    """
    like = ("rotating-cookies", "ends-with-440")
    with running_demo(DemoOptions(vehicles=7, page_size=3, like=like)) as site:
        done = crawl(site, **SHORT).run()
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    assert (site.log.logins, site.log.logouts, site.log.max_live_sessions) == (1, 1, 1)
    assert site.log.refused_logins == Counter()
    assert "retry/count" not in done.stats
    assert "one page at a time" in done.output


def test_login_page_shown_by_mistake_costs_neither_login_nor_speed(crawl: MakeCrawl) -> None:
    """The session lives on: a node of the site cannot read its ticket, say."""
    stray = Fault("vehicle", "login-page", references=tuple(references(10)[3:5]))
    with running_demo(DemoOptions(vehicles=10, faults=(stray,))) as site:
        done = crawl(site, **SHORT).run()
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    assert site.log.faults == Counter({"login-page": 2})
    assert (site.log.logins, site.log.logouts, site.log.max_live_sessions) == (1, 1, 1)
    assert site.log.refused_logins == Counter()
    assert "retry/count" not in done.stats
    assert "jdp/session/found_count" in done.stats
    assert "jdp/one_at_a_time" not in done.stats
    assert "one page at a time" not in done.output


@pytest.mark.parametrize(
    "like", ["", "login-in-place", "login-icon", "refused-by-alert", "refused-on-page"]
)
def test_wrong_password_is_sent_once_for_every_form_of_refusal(crawl: MakeCrawl, like: str) -> None:
    with running_demo(DemoOptions(vehicles=3, like=(like,) if like else ())) as site:
        done = crawl(site, JD_PASS="not-the-password", **SHORT).run()
    assert done.status == ExitStatus.LOGIN_REFUSED, done.output
    told = "The user name or password provided is incorrect"
    assert (told in done.output) == (like != "login-icon")
    assert site.log.refused_logins == Counter(wrong_password=1)
    assert "not-the-password" not in done.output
    assert list(done.downloads.iterdir()) == []


@pytest.mark.parametrize("like", [long("refused-by-alert"), "refused-on-page", "asks-to-end-other"])
def test_session_of_somebody_else_is_awaited_however_it_is_told(
    crawl: MakeCrawl, like: str
) -> None:
    """Nobody is thrown out; the login is sent again when they have left."""
    options = DemoOptions(vehicles=3, like=(like,), wait_text="0.02")
    with running_demo(options) as site:
        site.state.sessions.log_in(options.user, options.password)

        def leave() -> None:
            while not site.log.refused_logins and not gone.wait(0.1):
                pass
            was_there.append(len(site.state.sessions.live()))
            site.state.sessions.end_all()

        gone = threading.Event()
        was_there: list[int] = []
        leaving = threading.Thread(target=leave)
        leaving.start()
        try:
            done = crawl(site, **SHORT).run()
        finally:
            gone.set()
            leaving.join()
        asked = [request.path for request in site.log.requests]
    assert done.status == ExitStatus.COMPLETE, done.output
    assert was_there == [1]
    assert not [path for path in asked if path.endswith("/EndOther")]
    assert set(site.log.refused_logins) == {"active_session"}
    assert (site.log.logins, site.log.max_live_sessions) == (1, 1)


@pytest.mark.parametrize(
    ("like", "words"),
    [
        ("choose-dealership", "'Dealership - Values Online' and says: Choose your dealership"),
    ],
)
def test_unknown_page_after_the_login_ends_run_and_session(
    crawl: MakeCrawl, like: str, words: str
) -> None:
    with running_demo(DemoOptions(vehicles=3, like=(like,))) as site:
        done = crawl(site, **SHORT).run()
    assert done.status == ExitStatus.SITE_TROUBLE, done.output
    assert "'finish_reason': 'unknown_page'" in done.output
    assert f"The page is titled {words}" in done.output
    assert (site.log.logins, site.log.logouts, site.log.live_sessions) == (1, 1, 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        long({"faults": (Fault("vehicle", "status-404", 1.0, times=None),)}, "answered 404 for"),
        ({"faults": (Fault("report", "other-vehicle", 1.0, times=None),)}, "names another ref"),
        long(
            {"renamed": ("createPdf",)},
            "(reports) brought no 'text:Create PDF' (create_pdf: creates the PDF, in the reports",
        ),
    ],
    ids=["no_page", "wrong_reports", "changed"],
)
def test_common_failure_of_the_first_vehicles_ends_the_run_and_keeps_them_pending(
    crawl: MakeCrawl, tmp_path: Path, options: dict[str, object], words: str
) -> None:
    with running_demo(DemoOptions(vehicles=40, latency="fast", **options)) as site:
        done = crawl(site, **SHORT).run("-s", f"JOBDIR={tmp_path / 'job'}")
    assert done.status == ExitStatus.SITE_TROUBLE, done.output
    assert "The first vehicles all failed alike and none was saved" in done.output
    assert words in done.output
    assert "'finish_reason': 'site_changed'" in done.output
    assert "jdp/vehicle_count/failed" not in done.stats
    assert site.log.live_sessions == 0
    kind = "report" if "other-vehicle" in str(options) else "vehicle"
    assert 10 <= site.log.counts[kind] <= 20


@pytest.mark.long
def test_job_continues_after_a_common_failure(crawl: MakeCrawl, tmp_path: Path) -> None:
    jobdir = f"JOBDIR={tmp_path / 'job'}"
    fault = Fault("vehicle", "status-404", 1.0, times=None)
    with running_demo(DemoOptions(vehicles=16, latency="fast", faults=(fault,))) as site:
        assert crawl(site, **SHORT).run("-s", jobdir).status == ExitStatus.SITE_TROUBLE
        site.faults.clear()
        done = crawl(site, **SHORT).run("-s", jobdir)
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)


def test_individual_failures_of_the_first_vehicles_do_not_end_the_run(crawl: MakeCrawl) -> None:
    bad = tuple(references(8)[:2])
    fault = Fault("vehicle", "status-404", references=bad, times=None)
    with running_demo(DemoOptions(vehicles=8, faults=(fault,))) as site:
        done = crawl(site, JDP_RETRIES="1", **SHORT).run()
    assert done.status == ExitStatus.SOME_FAILED, done.output
    assert len(done.pdfs) == 6
    assert site.log.logins == 1
