"""The real command against a site in trouble: everything that can be had is saved, and right."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from harness.process_tree import command_of, send, survivors, tree
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.reports import make_report
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from tests.support.factories import references
from tests.support.marks import long

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psutil

    from harness.crawl_process import Crawl
    from jdp_spider.demo.site import DemoSite

    MakeCrawl = Callable[..., Crawl]

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

SHORT = {"JDP_PAGE_TIMEOUT": "8", "JDP_REPORT_TIMEOUT": "8", "JDP_RECOVERY_PAUSE": "0.2"}


def assert_complete(done: Crawl, site: DemoSite) -> None:
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    assert (site.log.max_live_sessions, site.log.live_sessions) == (1, 0)
    assert site.log.refused_logins == Counter()


def mix(vehicles: int) -> tuple[Fault, ...]:
    """Return faults of every kind; those that stop all hit one vehicle each."""
    again, ends, waits, down, *_ = references(vehicles)
    return (
        Fault("vehicle", "status-500", 0.1),
        Fault("vehicle", "reset", 0.1),
        Fault("vehicle", "no-load-event", 0.2),
        Fault("vehicle", "alert", 0.2),
        Fault("vehicle", "no-popup", 0.05),
        Fault("vehicle", "licence-again", references=(again,)),
        Fault("report", "session-ends", references=(ends,)),
        Fault("report", "status-429", references=(waits,), seconds=1.0),
        Fault("report", "status-429-date", 0.05, seconds=1.0),
        Fault("report", "outage", references=(down,), seconds=3.0),
        Fault("report", "reset", 0.05),
        Fault("report", "cut", 0.05),
        Fault("report", "html-error", 0.05),
        Fault("report", "login-page", 0.05),
        Fault("report", "other-vehicle", 0.05),
        Fault("grid", "reset", 0.2),
        Fault("inventory", "status-503", 0.2),
        Fault("export", "status-502", 1.0),
        Fault("login", "status-500", 1.0),
        Fault("login", "maintenance", 1.0),
    )


@pytest.mark.parametrize(
    ("link_kind", "vehicles"),
    [("href", 14), long("script", 12), long("href", 40)],
)
def test_crawl_completes_with_all_faults_at_once(
    crawl: MakeCrawl, link_kind: str, vehicles: int
) -> None:
    options = DemoOptions(
        vehicles=vehicles, latency="fast", link_kind=link_kind, faults=mix(vehicles)
    )
    with running_demo(options) as site:
        done = crawl(site, **SHORT).run()
    assert_complete(done, site)
    assert sum(site.log.faults.values()) >= vehicles / 2
    # No vehicle loses a try to the state of the site.
    assert int(done.stats["jdp/given_back_count"]) > 0
    assert done.stats["jdp/pause_count/retry_after"] != "0"


def test_reset_connection_is_noticed_at_once(crawl: MakeCrawl) -> None:
    """The browser fires no event of its own for such a page: its limit would have to run out."""
    resets = (Fault("vehicle", "reset", 1.0), Fault("inventory", "reset", 1.0))
    with running_demo(DemoOptions(vehicles=5, faults=resets)) as site:
        # Every page's limit is longer than the test helper lets a crawl run.
        done = crawl(site, JDP_PAGE_TIMEOUT="600").run()
    assert_complete(done, site)
    assert site.log.faults["reset"] >= 6


@pytest.mark.parametrize("link_kind", ["href", long("script")])
def test_cross_talk_makes_vehicles_run_one_at_a_time(crawl: MakeCrawl, link_kind: str) -> None:
    """The report's address names no vehicle: it prints what the session opened last."""
    options = DemoOptions(
        vehicles=10, latency="fast", link_kind=link_kind, report_address="session"
    )
    with running_demo(options) as site:
        done = crawl(site).run()
    assert_complete(done, site)
    if link_kind == "href":
        # With scripts the searches take turns, and few vehicles may be disturbed, or none.
        assert "from now on one at a time" in done.output
        assert done.stats["jdp/one_at_a_time"] == "1"
    # What was lost to it is given back, and it is not tried for ever.
    assert done.stats.get("retry/count", "0") == "0"
    assert sum(site.log.reports.values()) <= 10 + 10
    assert {row["attempts"] for row in done.run_data("metrics.json")["vehicles"]} == {1}


@pytest.mark.long
@pytest.mark.parametrize("at_once", ["5", "auto"])
def test_vehicles_that_fail_beside_others_are_saved_one_at_a_time(
    crawl: MakeCrawl, at_once: str
) -> None:
    options = DemoOptions(vehicles=15, latency="fast", like=("page-token",))
    with running_demo(options) as site:
        done = crawl(site, CONCURRENT_CONTEXTS=at_once, **SHORT).run()
    assert_complete(done, site)
    if at_once == "5":
        assert "from now on one at a time" in done.output
        assert "jdp/recovery_count" not in done.stats


@pytest.mark.long
def test_vehicles_wait_after_the_report_of_another_vehicle(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=6, like=("kept-report",))) as site:
        done = crawl(site).run()
    assert_complete(done, site)
    assert set(site.log.reports.values()) == {1}


@pytest.mark.long
def test_page_that_logs_out_whoever_is_idle_is_kept_awake(crawl: MakeCrawl) -> None:
    slow = Fault("report", "slow", 1.0, seconds=12.0)
    with running_demo(DemoOptions(vehicles=4, like=("idle-logs-out",), faults=(slow,))) as site:
        done = crawl(site).run()
    assert_complete(done, site)
    assert set(site.log.reports.values()) == {1}


@pytest.mark.long
def test_crawl_completes_on_a_site_with_a_session_lock(crawl: MakeCrawl) -> None:
    options = DemoOptions(vehicles=15, latency="fast", session_lock=True)
    with running_demo(options) as site:
        done = crawl(site).run()
    assert_complete(done, site)
    assert set(site.log.reports.values()) == {1}


def test_dead_site_gets_few_requests_and_the_job_can_be_continued(
    crawl: MakeCrawl, tmp_path: Path
) -> None:
    jobdir = f"JOBDIR={tmp_path / 'job'}"
    # It has served some before.
    dead = Fault("report", "status-500", references=tuple(references(20)[4:]), times=None)
    with running_demo(DemoOptions(vehicles=20, faults=(dead,))) as site:
        few = {"JDP_FAILURES_IN_A_ROW": "3", "CONCURRENT_CONTEXTS": "3"}
        first = crawl(site, **SHORT, **few).run("-s", jobdir)
        assert first.status == ExitStatus.SITE_TROUBLE, first.output
        assert "'finish_reason': 'too_many_failures'" in first.output
        # Three times three failures in a row, and what was under way meanwhile.
        assert 9 <= site.log.counts["report"] - 4 <= 9 + 3 * 3
        measures = ("contexts", "browser", "end")
        assert [first.stats[f"jdp/recovery_count/{name}"] for name in measures] == ["1"] * 3
        assert first.stats["jdp/browser_restarts"] == "1"
        site.faults.clear()
        second = crawl(site).run("-s", jobdir)
    assert_complete(second, site)
    # The restarted browser went on with the session.
    assert site.log.logins == 2


def test_renamed_selector_is_named_with_a_snapshot_and_fixed_by_an_override(
    crawl: MakeCrawl, tmp_path: Path
) -> None:
    jobdir = f"JOBDIR={tmp_path / 'job'}"
    env_file = tmp_path / "own.env"
    env_file.touch()
    settings = {**SHORT, "JDP_PAGE_TIMEOUT": "2", "JDP_ENV_FILE": str(env_file)}
    options = DemoOptions(vehicles=6, renamed=("reportButton",), password="marked-Passw0rd$#")
    with running_demo(options) as site:
        first = crawl(site, JDP_RETRIES="0", JDP_SNAPSHOTS="2", **settings).run("-s", jobdir)
        assert first.status == ExitStatus.SITE_TROUBLE or first.status == ExitStatus.SOME_FAILED
        assert "(reports: opens the reports dialog)" in first.output
        kept = sorted(path for path in (first.folder / "run_data" / "snapshots").iterdir())
        (tmp_path / "selectors.toml").write_text("reports = '.printButton:not(.requiresVehicle)'\n")
        second = crawl(site, **settings).run("-s", jobdir)
        cookies = {record.session for record in site.log.requests if record.session}
    assert_complete(second, site)
    assert [path.suffix for path in kept] == [".html", ".png"] * 2
    page = kept[0].read_text(encoding="utf-8")
    assert "printButton" in page
    written = b"".join(path.read_bytes() for path in kept).decode("latin-1")
    assert not [secret for secret in (options.password, *cookies) if secret in written]


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        long("outage-reset", "vehicle"),
        long("outage-elsewhere", "vehicle"),
        long("outage-503", "vehicle"),
        long("outage-503", "export"),
        long("outage-reset", "export"),
        long("outage-503", "inventory"),
        long("outage-reset", "inventory"),
        ("outage-429", "report"),
        long("outage-429", "vehicle"),
        long("outage-429", "export"),
        long("outage-words", "vehicle"),
        long("outage-words", "report"),
        long("outage-words", "export"),
    ],
)
def test_site_that_refuses_everything_for_some_time_is_awaited(
    crawl: MakeCrawl, what: str, kind: str
) -> None:
    """Its server is down, is not there behind what accepts connections, or is asked too often."""
    # The last one, so that some have been saved.
    which = ("165556",) if kind in ("vehicle", "report") else ()
    fault = Fault(kind, what, 1.0, seconds=4.0, references=which, times=1)
    with running_demo(DemoOptions(vehicles=15, latency="fast", faults=(fault,))) as site:
        done = crawl(site, JDP_RECOVERY_PAUSE="0.5", JDP_RETRIES="1").run()
    assert_complete(done, site)
    is_busy = what in ("outage-429", "outage-words")
    said = "the site asks for a pause" if is_busy else "The site answers again"
    assert said in done.output or what == "outage-reset"
    assert "one at a time" not in done.output
    # Of those that were at work, some had got half of what they need.
    attempts = [row["attempts"] for row in done.run_data("metrics.json")["vehicles"]]
    assert attempts.count(1) >= 10


@pytest.mark.parametrize("at_once", [long("5"), long("auto")])
def test_site_that_counts_requests_is_given_time(crawl: MakeCrawl, at_once: str) -> None:
    with running_demo(DemoOptions(vehicles=24, latency="fast", serves="rate:12")) as site:
        done = crawl(site, CONCURRENT_CONTEXTS=at_once).run()
        refused = site.state.capacity.refused
    assert_complete(done, site)
    assert refused > 0
    attempts = [row["attempts"] for row in done.run_data("metrics.json")["vehicles"]]
    assert set(attempts) == {1}


def test_export_that_ends_early_is_noticed_by_the_grid(crawl: MakeCrawl) -> None:
    fault = Fault("export", "short", 1.0, times=None)
    with running_demo(DemoOptions(vehicles=12, page_size=10, faults=(fault,))) as site:
        done = crawl(site).run()
    assert done.status == ExitStatus.SOME_FAILED, done.output
    done.assert_right(site, count=7)
    assert "WARNING: The grid shows 5 or more vehicles that are not in the exported" in done.output
    assert done.stats["jdp/grid/unlisted_row_count"] == "5"
    assert "But the site's list shows 5 or more vehicles" in done.output


def test_every_failed_vehicle_has_its_own_picture(crawl: MakeCrawl) -> None:
    """Two of them share their reference; the tries of a vehicle share their picture."""
    with running_demo(DemoOptions(vehicles=24, nasty_references=True)) as site:
        others = [v.reference for v in site.vehicles if v.reference.isdigit()][:2]
        broken = ("177777", "A/B 12", *others)
        site.faults.set(Fault("report", "html-error", references=broken, times=None))
        done = crawl(site, JDP_RETRIES="1", **SHORT).run()
        kept = [path.name for path in (done.folder / "run_data" / "snapshots").iterdir()]
    stems = ["177777", "177777~2", "A%2FB 12", *others]
    pictures = [name for name in kept if name.endswith(".png")]
    assert sorted(name.rsplit("~", 2)[0] for name in pictures) == sorted(stems)
    assert len([name for name in kept if name.endswith(".html")]) == 3


def test_bookout_without_text_is_saved_and_marked_only_if_allowed(crawl: MakeCrawl) -> None:
    scanned = Fault("report", "no-text", references=("165548",), times=None)
    with running_demo(DemoOptions(vehicles=4, faults=(scanned,))) as site:
        done = crawl(site, JDP_ACCEPT_UNVERIFIED="true").run()
    assert done.status == ExitStatus.COMPLETE, done.output
    assert "165548~unverified.pdf" in done.pdfs
    assert len(done.pdfs) == 4
    rows = {row["reference"]: row for row in done.run_data("metrics.json")["vehicles"]}
    assert [ref for ref, row in rows.items() if not row["verified"]] == ["165548"]
    assert done.run_data("tracking.json")["165548"] == "165548~unverified.pdf"
    assert done.stats["jdp/report/unverified_count"] == "1"


@pytest.mark.parametrize(
    ("report_kind", "like"),
    [
        long("script", ()),
        long("form", ()),
        ("script", ("random-part", "link-token", "number-twice", "session-token")),
        long("script", ("number-in-path", "random-part")),
        long("script", ("number-encoded",)),
    ],
)
def test_bookouts_are_requested_directly_once_the_address_is_learned(
    crawl: MakeCrawl, report_kind: str, like: tuple[str, ...]
) -> None:
    like = ("stamped-reports", *like)
    options = DemoOptions(vehicles=30, report_kind=report_kind, like=like)
    with running_demo(options) as site:
        done = crawl(site, JDP_DIRECT_REPORTS="auto").run()
    assert_complete(done, site)
    # Five lessons, three that are compared, and what was under way meanwhile.
    assert sorted(site.log.reports.values()) == [1] * 27 + [2] * 3
    assert 8 <= site.log.counts["vehicle"] <= 25
    direct = int(done.stats["jdp/direct/report_count"])
    assert direct == 30 - site.log.counts["vehicle"]
    assert done.stats["jdp/direct/compared_count"] == "3"


def test_values_renewed_by_opening_a_vehicle_end_direct_requests(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=16, like=("stale-direct",))) as site:
        done = crawl(site, JDP_DIRECT_REPORTS="auto").run()
        wanted = {make_report(vehicle) for vehicle in site.vehicles}
    assert_complete(done, site)
    assert set(done.pdfs.values()) == wanted
    assert "jdp/direct/report_count" not in done.stats
    assert done.stats["jdp/direct/given_up"] == "1"
    assert done.output.count("says something else when it is requested directly") == 1


@pytest.mark.long
def test_site_that_requires_the_vehicle_page_gets_no_more_direct_requests(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=16, report_insists=True)) as site:
        done = crawl(site, JDP_DIRECT_REPORTS="auto").run()
    assert_complete(done, site)
    assert set(site.log.reports.values()) == {1}
    assert done.stats["jdp/direct/given_up"] == "1"
    assert {row["attempts"] for row in done.run_data("metrics.json")["vehicles"]} == {1}


HOSTILE = {"165548": "heavy", "165548A": "bomb"}


def readers(pid: int) -> set[psutil.Process]:
    """The processes that read PDFs for this crawl."""
    return {each for each in tree(pid) if "jdp_spider.pdf.reader_process" in command_of(each)}


@pytest.mark.parametrize("threaded", [long("False"), "True"])
def test_hostile_pdf_costs_its_vehicle_one_attempt_and_others_none(
    crawl: MakeCrawl, threaded: str
) -> None:
    faults = tuple(
        Fault("report", what, references=(reference,), times=None)
        for reference, what in HOSTILE.items()
    )
    seen: set[psutil.Process] = set()

    def watch(pid: int) -> None:
        while tree(pid):
            seen.update(readers(pid))
            # Each look costs as much as a page does, and a heavy one is read for seconds.
            time.sleep(0.5)

    with running_demo(DemoOptions(vehicles=6, faults=faults)) as site:
        made = crawl(site)
        process = made.start("-s", f"_PLAYWRIGHT_THREADED_LOOP={threaded}")
        watching = threading.Thread(target=watch, args=(process.pid,))
        watching.start()
        # Meanwhile its output is read: on Windows a pipe holds less than all of it.
        done = made.finish(process)
        watching.join()
    assert done.status == ExitStatus.SOME_FAILED, done.output
    done.assert_right(site, count=4)
    failed = [row for row in done.run_data("metrics.json")["vehicles"] if row["reason"]]
    assert {row["reference"]: (row["reason"], row["attempts"]) for row in failed} == dict.fromkeys(
        HOSTILE, ("too_heavy", 1)
    )
    assert set(site.log.reports.values()) == {1}
    assert len(seen) > 1
    assert survivors(list(seen), 10) == []
    assert "retry/count" not in done.stats


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_crawl_leaves_no_pdf_reader_process(crawl: MakeCrawl) -> None:
    """Neither one that waits nor one in the middle of a PDF: all of them are heavy."""
    heavy = Fault("report", "heavy", 1.0, times=None)
    with running_demo(DemoOptions(vehicles=12, faults=(heavy,))) as site:
        made = crawl(site)
        process = made.start()
        while not (seen := readers(process.pid)) or not site.log.reports:
            assert process.poll() is None
            time.sleep(0.05)
        everything = tree(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        # The browser's processes hold the output open for a moment.
        left = survivors(list(seen), 30)
        send(signal.SIGKILL, everything)
        made.finish(process)
    assert left == []
