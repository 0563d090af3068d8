"""The real command against the demo site, in a real browser: what issue and contract promise."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness import process_tree
from harness.crawl_process import Crawl, make_crawl
from harness.process_tree import tree
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.items import EXPORTED
from jdp_spider.job.ending import Ending, read_ending
from jdp_spider.job.events import read_events
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.report.history import read_book
from tests.support.factories import references
from tests.support.marks import long

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jdp_spider.demo.site import DemoSite

    MakeCrawl = Callable[..., Crawl]

pytestmark = [pytest.mark.browser, pytest.mark.crawl]


def assert_one_session(site: DemoSite, logins: int = 1) -> None:
    assert (site.log.logins, site.log.logouts) == (logins, logins)
    assert (site.log.max_live_sessions, site.log.live_sessions) == (1, 0)
    assert site.log.refused_logins == Counter()


def assert_reports_made_once(site: DemoSite, vehicles: int) -> None:
    assert len(site.log.reports) == vehicles
    assert set(site.log.reports.values()) == {1}


@pytest.mark.parametrize(
    "options",
    [
        DemoOptions(
            link_kind="script", report_kind="form", pager="plain", licence=False, start_page=2
        ),
        long(DemoOptions(link_kind="script", pager="plain", stale_filter="1655")),
    ],
    ids=["other_kinds", "stale_filter"],
)
def test_every_vehicle_is_saved(crawl: MakeCrawl, options: DemoOptions) -> None:
    with running_demo(replace(options, vehicles=8, page_size=3)) as site:
        done = crawl(site).run()
    assert_all_saved(done, site)


def assert_all_saved(done: Crawl, site: DemoSite) -> None:
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    assert_reports_made_once(site, len(site.vehicles))
    assert_one_session(site)
    # Nothing was left before it was done: the licence's page shows the way out, too.
    assert "jdp/control/retry_count" not in done.stats


PASSWORD = "marked-Passw0rd$#"


KEEP = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"


@pytest.fixture(scope="module")
def whole_crawl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Crawl, DemoSite]:
    """A crawl in which nothing happens, with all that one can write: what it left, and its site."""
    workdir = tmp_path_factory.mktemp("whole")
    options = DemoOptions(vehicles=15, page_size=5, password=PASSWORD, latency="fast")
    with running_demo(options) as site:
        jobdir, feed = f"JOBDIR={workdir / 'job'}", str(workdir / "vehicles.csv")
        on_end = json.dumps([sys.executable, "-c", KEEP, str(workdir / "told.json")])
        # On Windows and macOS the state of accounts is kept elsewhere otherwise.
        given = {"JDP_ON_END": on_end, "JDP_STATE_FOLDER": str(workdir / "state")}
        done = make_crawl(site, workdir, **given).run("-s", jobdir, "-L", "DEBUG", "-O", feed)
    return done, site


def test_every_vehicle_is_saved_by_its_address(whole_crawl: tuple[Crawl, DemoSite]) -> None:
    assert_all_saved(*whole_crawl)


def test_pagination_starts_on_the_page_of_the_export(whole_crawl: tuple[Crawl, DemoSite]) -> None:
    # For the export and the walk, and at the end to log out.
    assert whole_crawl[1].log.counts["inventory"] == 2


def test_five_contexts_work_concurrently(whole_crawl: tuple[Crawl, DemoSite]) -> None:
    done, site = whole_crawl
    assert site.log.max_in_flight["vehicle_or_report"] == 5
    assert site.log.max_in_flight["report"] > 1
    # The one control page comes on top.
    assert site.log.max_in_flight["dynamic"] <= 6
    contexts = Counter(row["context"] for row in done.run_data("metrics.json")["vehicles"])
    assert set(contexts) == {f"context-{n}" for n in range(1, 6)}
    assert done.stats["jdp/concurrent_contexts"] == "5"


@pytest.mark.long
def test_command_line_sets_the_number_of_contexts(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=12, latency="fast")) as site:
        done = crawl(site, CONCURRENT_CONTEXTS="5").run("-s", "CONCURRENT_REQUESTS=2")
    assert site.log.max_in_flight["vehicle_or_report"] == 2
    assert done.stats["jdp/concurrent_contexts"] == "2"


def test_nasty_references_and_duplicates(crawl: MakeCrawl) -> None:
    # The output is decoded as ASCII: anything else fails the crawl helper itself.
    with running_demo(DemoOptions(vehicles=16, nasty_references=True)) as site:
        done = crawl(site, PYTHONIOENCODING="cp437", PYTHONUTF8="0").run("-L", "DEBUG")
    assert done.status == ExitStatus.COMPLETE
    assert r"\xfcmlaut" in done.output
    done.assert_right(site)
    tracking = done.run_data("tracking.json")
    assert set(tracking) == {vehicle.reference for vehicle in site.vehicles}
    assert tracking["177777"] == ["177777.pdf", "177777~2.pdf"]
    assert tracking["A/B 12"] == "A%2FB 12.pdf"
    assert_reports_made_once(site, 16)


@pytest.mark.skipif(sys.platform != "linux", reason="the state of accounts is kept elsewhere")
def test_vehicle_without_a_link_is_recorded_and_settled_by_the_next_night(
    crawl: MakeCrawl, tmp_path: Path
) -> None:
    """One has a row without a link, another has no row."""
    options = DemoOptions(vehicles=6, without_link=("165548",), like=("row-gone",))
    with running_demo(options) as site:
        gone = site.vehicles[0].reference
        done = crawl(site).run()
        (seen,) = tmp_path.glob("state/*/*/without_link.json")
        seen.write_text(re.sub(r'": "\d{4}', '": "2001', seen.read_text("utf-8")), "utf-8")
        next_night = crawl(site, DOWNLOAD_FOLDER=str(tmp_path / "next")).run()
    assert next_night.status == ExitStatus.COMPLETE
    assert next_night.stats["jdp/vehicle_count/not_available/no_bookout_link"] == "2"
    assert "has its report, but 2 that are not available." in next_night.output
    assert done.status == ExitStatus.SOME_FAILED
    done.assert_right(site, count=4)
    rows = done.run_data("metrics.json")["vehicles"]
    failed = {row["reference"]: row["reason"] for row in rows if row["reason"]}
    assert failed == dict.fromkeys(("165548", gone), "no_bookout_link")
    assert done.run_data("tracking.json")["165548"] is None


@pytest.mark.long
def test_threaded_loop_as_on_windows(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=15, latency="fast")) as site:
        done = crawl(site).run("-s", "_PLAYWRIGHT_THREADED_LOOP=True")
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    assert site.log.max_in_flight["vehicle_or_report"] == 5
    assert_one_session(site)


def test_max_downloads_ends_a_run_without_failure_and_the_job_continues(
    crawl: MakeCrawl, tmp_path: Path
) -> None:
    feed = tmp_path / "vehicles.csv"
    arguments = ("-s", f"JOBDIR={tmp_path / 'job'}", "-o", str(feed))
    with running_demo(DemoOptions(vehicles=10, page_size=4)) as site:
        first = crawl(site, MAX_DOWNLOADS="4").run(*arguments)
        assert first.status == ExitStatus.COMPLETE
        assert first.stats["jdp/vehicle_count/saved"] == "4"
        assert first.stats["jdp/vehicle_count/not_attempted/limit"] == "6"
        assert sum(site.log.reports.values()) == 4
        # What is missing or has changed meanwhile is downloaded again.
        gone, changed, *_ = first.pdfs
        (first.folder / "pdfs" / gone).unlink()
        (first.folder / "pdfs" / changed).write_bytes(b"%PDF-cut")
        second = crawl(site).run(*arguments)
    assert second.status == ExitStatus.COMPLETE
    second.assert_right(site)
    twice = {v.reference for v in site.vehicles if site.log.reports[v.id] == 2}
    assert twice == {gone.removesuffix(".pdf"), changed.removesuffix(".pdf")}
    assert sum(site.log.reports.values()) == 10 + 2
    assert_one_session(site, logins=2)
    rows = list(csv.DictReader(io.StringIO(feed.read_text("utf-8-sig"))))
    assert sorted(row["file"] for row in rows) == sorted([*second.pdfs, gone, changed])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal for a process group")
@pytest.mark.parametrize("link_kind", ["href", long("script")])
def test_job_continues_after_ctrl_c(crawl: MakeCrawl, tmp_path: Path, link_kind: str) -> None:
    jobdir = f"JOBDIR={tmp_path / 'job'}"
    with running_demo(DemoOptions(vehicles=18, latency="fast", link_kind=link_kind)) as site:
        first = interrupted(crawl(site, JDP_REPORT_PAGE="true"), site, jobdir)
        made = sum(site.log.reports.values())
        assert first.status == ExitStatus.INTERRUPTED
        assert (first.folder / "report.html").is_file()
        assert f"-m scrapy crawl jdpower -s {jobdir}" in first.output
        # What was in flight has finished: each report that was made is saved.
        assert len(first.pdfs) == made
        assert_one_session(site)
        second = crawl(site).run("-s", jobdir)
        assert second.status == ExitStatus.COMPLETE
        second.assert_right(site)
        assert_reports_made_once(site, 18)
        assert_one_session(site, logins=2)
        # A job that is complete says so, logs in no more and opens no browser.
        third = crawl(site).run("-s", jobdir)
    assert third.status == ExitStatus.COMPLETE
    assert "Every vehicle of the inventory has its report" in third.output
    assert "playwright/browser_count" not in third.output
    assert site.log.logins == 2


def interrupted(crawl: Crawl, site: DemoSite, jobdir: str) -> Crawl:
    """Start a crawl and send Ctrl-C to its whole group when some reports were made."""
    process = crawl.start("-s", jobdir)
    while sum(site.log.reports.values()) < 3:
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    return crawl.finish(process)


def test_pdf_that_disappears_during_the_run_is_downloaded_by_the_next(
    crawl: MakeCrawl, tmp_path: Path
) -> None:
    jobdir = f"JOBDIR={tmp_path / 'job'}"
    with running_demo(DemoOptions(vehicles=10, latency="fast")) as site:
        first = crawl(site)
        process = first.start("-s", jobdir)
        while not (saved := list(first.downloads.glob("*/pdfs/*.pdf"))):
            assert process.poll() is None
            time.sleep(0.05)
        saved[0].unlink()
        first.finish(process)
        assert first.status == ExitStatus.SOME_FAILED
        assert first.stats["jdp/vehicle_count/failed/file_gone"] == "1"
        assert "To go on with the one that is missing, run it again" in first.output
        assert "Every vehicle of the inventory has its report" not in first.output
        first.assert_right(site, 9)
        second = crawl(site).run("-s", jobdir)
    assert second.status == ExitStatus.COMPLETE
    second.assert_right(site)
    assert sorted(site.log.reports.values()) == [1] * 9 + [2]


@pytest.mark.parametrize(
    ("state", "told", "advice"),
    [
        ("locked", "the account is locked: This account has been", "to change JD_PASS does not h"),
        long("expired", "the password has expired: Your password", "choose a new password there"),
    ],
)
def test_unusable_account_is_distinguished_from_a_wrong_password(
    crawl: MakeCrawl, state: str, told: str, advice: str
) -> None:
    with running_demo(DemoOptions(vehicles=5, password_state=state)) as site:
        done = crawl(site).run()
    assert done.status == ExitStatus.LOGIN_REFUSED
    assert f"ERROR: The site says that {told}" in done.output
    # In the message, and at the end.
    assert done.output.count(advice) == 2
    assert sum(site.log.refused_logins.values()) == 1


def test_unreachable_site_ends_the_run(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=5)) as site:
        gone = {"JD_BASE_URL": "http://127.0.0.1:9/ValuesOnline/", "JDP_OUTAGE_TIMEOUT": "1"}
        done = crawl(site, **gone).run()
    assert done.status == ExitStatus.SITE_TROUBLE
    assert "heck the internet connection and JD_BASE_URL" in done.output.splitlines()[-1]


@pytest.mark.long
def test_summary_is_printed_last_among_errors(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        done = crawl(site).run("-L", "ERROR")
    assert_summary_is_last(done, 3)


def assert_summary_is_last(done: Crawl, saved: int) -> None:
    assert done.stats["jdp/succeeded"] == str(saved)
    assert done.output.index("'jdp/succeeded'") < done.output.index("Vehicles in the inventory")
    assert done.output.count("'jdp/succeeded'") == 1


@pytest.mark.long
def test_report_covers_both_runs_of_a_job(crawl: MakeCrawl, tmp_path: Path) -> None:
    jobdir = f"JOBDIR={tmp_path / 'job'}"
    with running_demo(DemoOptions(vehicles=6, without_link=("165548",))) as site:
        crawl(site, MAX_DOWNLOADS="2").run("-s", jobdir)
        done = crawl(site, JDP_REPORT_PAGE="true").run("-s", jobdir)
    book = read_book(done.folder)
    assert [(run.reason, len(run.saved)) for run in book.runs] == [("finished", 2), ("finished", 3)]
    kinds = [[event.kind for event in run.events] for run in book.runs]
    begun = ["run_started", "run_resumed"]
    assert kinds == [[kind, "login", "logout", "run_ended"] for kind in begun]
    page = (done.folder / "report.html").read_text("utf-8")
    assert page.count('<tr data-outcome="saved">') == 5
    assert "The site shows no bookout link for it: 1" in page


@pytest.mark.parametrize("name", ["tracking.json", long("checkpoint.json"), long("metrics.json")])
def test_unwritable_file_is_named_and_the_others_are_written(
    name: str, crawl: MakeCrawl, tmp_path: Path
) -> None:
    jobdir = f"JOBDIR={tmp_path / 'job'}"
    others = {"tracking.json", "checkpoint.json", "metrics.json"} - {name}
    with running_demo(DemoOptions(vehicles=3)) as site:
        first = crawl(site, MAX_DOWNLOADS="1").run("-s", jobdir)
        data = first.folder / "run_data"
        before = {other: (data / other).read_bytes() for other in others}
        (data / name).unlink()
        (data / name).mkdir()
        done = crawl(site).run("-s", jobdir)
        assert done.status == ExitStatus.UNEXPECTED
        (line,) = [line for line in done.output.splitlines() if " could not be written (" in line]
        assert f"{name} could not be written (" in line
        assert "'jdp/vehicle_count/saved': 2" in done.output
        assert [other for other in others if (data / other).read_bytes() == before[other]] == []
        (data / name).rmdir()
        # Nothing is left to do but the file. A report that fails affects nothing else.
        (first.folder / "report.html").mkdir()
        last = crawl(site, JDP_REPORT_PAGE="true").run("-s", jobdir)
    assert last.status == ExitStatus.COMPLETE, last.output
    assert "WARNING: Not all of the report could be made: " in last.output
    assert len(site.log.reports) == 3
    done.assert_right(site)


def test_feed_contains_the_journal_fields_without_the_pdf(
    whole_crawl: tuple[Crawl, DemoSite],
) -> None:
    done = whole_crawl[0]
    feed = done.workdir / "vehicles.csv"
    # Excel takes what does not begin with this mark for Windows-1252.
    assert feed.read_bytes().startswith(codecs.BOM_UTF8)
    rows = list(csv.DictReader(io.StringIO(feed.read_text(encoding="utf-8-sig"))))
    assert tuple(rows[0]) == EXPORTED
    assert {row["file"]: int(row["bytes"]) for row in rows} == {
        name: len(pdf) for name, pdf in done.pdfs.items()
    }


def test_no_secret_is_in_any_output(whole_crawl: tuple[Crawl, DemoSite]) -> None:
    done, site = whole_crawl
    cookies = {record.session for record in site.log.requests if record.session}
    written = done.output.encode() + b"".join(
        path.read_bytes() for path in done.workdir.rglob("*") if path.is_file()
    )
    # The site's log knows the first signs of each session cookie.
    assert cookies
    assert not [secret for secret in (PASSWORD, *cookies) if secret.encode() in written]


def test_on_end_command_gets_the_result_of_the_run(whole_crawl: tuple[Crawl, DemoSite]) -> None:
    done = whole_crawl[0]
    told = json.loads((done.workdir / "told.json").read_text("utf-8"))
    assert told["JDP_SUMMARY"] == "The run came to its end: 15 of 15 saved."
    assert (told["JDP_EXIT_STATUS"], told["JDP_TRIES"]) == ("0", "1")
    assert told["JDP_LOG"] == str((done.folder / "run_data" / "run.log").resolve())
    assert "JD_PASS" not in told
    jobdir = done.workdir / "job"
    end = Ending(ExitStatus.COMPLETE, CloseReason.FINISHED, jobdir=str(jobdir))
    (last_run,) = done.workdir.rglob("last_run.json")
    assert [read_ending(path) for path in (jobdir / "end.json", last_run)] == [end, end]


def test_metrics_stats_and_checkpoint_agree(whole_crawl: tuple[Crawl, DemoSite]) -> None:
    done = whole_crawl[0]
    metrics: dict[str, Any] = done.run_data("metrics.json")
    figures = {name: value for name, value in metrics.items() if name != "vehicles"}
    shown = {name: done.stats.get(f"jdp/{name}") for name in figures}
    del figures["finish_reason"], shown["finish_reason"]
    assert {name: float(value) for name, value in shown.items()} == figures
    checkpoint = done.run_data("checkpoint.json")
    assert (checkpoint["processed"], checkpoint["succeeded"], checkpoint["failed"]) == (15, 15, 0)
    assert checkpoint["checkpoint_saves"] == metrics["checkpoint_saves"]
    assert {row["attempts"] for row in metrics["vehicles"]} == {1}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("CONCURRENT_CONTEXTS", "five"),
        long("JD_BROWSER", "/no/such/browser"),
        ("JD_PASS", "your-password"),
    ],
)
def test_wrong_setting_ends_the_command_before_a_browser_starts(
    crawl: MakeCrawl, setting: str, value: str
) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        done = crawl(site, **{setting: value}).run()
    assert done.status == ExitStatus.USAGE
    assert f"error: {setting} " in done.output
    assert site.log.counts == Counter()
    assert not done.downloads.exists()


PASSING = (
    ("vehicle", "status-500"),
    ("vehicle", "no-popup"),
    ("report", "cut"),
    ("report", "html-error"),
)


@pytest.mark.long
def test_failed_vehicle_is_retried(crawl: MakeCrawl) -> None:
    hurt = references(12)[: len(PASSING)]
    faults = tuple(
        Fault(*what, references=(each,)) for what, each in zip(PASSING, hurt, strict=True)
    )
    with running_demo(DemoOptions(vehicles=12, faults=faults)) as site:
        done = crawl(site, JDP_PAGE_TIMEOUT="5").run()
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    attempts = {r["reference"]: r["attempts"] for r in done.run_data("metrics.json")["vehicles"]}
    assert {ref for ref, number in attempts.items() if number > 1} == set(hurt)
    assert int(done.stats["retry/count"]) == len(hurt)
    assert_one_session(site)


LASTING = {
    Fault("report", "other-vehicle", references=("165548",), times=None): ("other_reference", 3),
    # The second try brought the very same bytes: there is no third.
    Fault("report", "no-text", references=("165548A",), times=None): ("no_text", 2),
    Fault("report", "html-error", references=("165553",), times=None): ("html_page", 3),
}


def test_permanent_failure_is_recorded_and_the_run_continues(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=6, faults=tuple(LASTING))) as site:
        # Without a log, the summary is printed all the same.
        done = crawl(site, JDP_RECOVERY_PAUSE="0.2").run("--nolog")
    assert done.status == ExitStatus.SOME_FAILED, done.output
    done.assert_right(site, count=3)
    rows = {row["reference"]: row for row in done.run_data("metrics.json")["vehicles"]}
    for fault, (reason, attempts) in LASTING.items():
        row = rows[fault.references[0]]
        assert (row["outcome"], row["reason"], row["attempts"]) == ("failed", reason, attempts)
        assert done.run_data("tracking.json")[row["reference"]] is None
    assert done.stats["jdp/vehicle_count/failed"] == "3"
    said = {name: row["said"] for name, row in rows.items() if row["said"]}
    assert list(said) == ["165553"]
    assert said["165553"].endswith(" error occurred on the server while the report was made.")
    assert "The page says: Server Error in '/ValuesOnline' Application." in done.output
    assert_summary_is_last(done, 3)


def test_ended_session_causes_one_shared_login(crawl: MakeCrawl) -> None:
    ends = Fault("vehicle", "session-ends", references=("165548",))
    with running_demo(DemoOptions(vehicles=8, latency="fast", faults=(ends,))) as site:
        done = crawl(site, JDP_PAGE_TIMEOUT="10").run()
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    assert (site.log.logins, site.log.max_live_sessions) == (2, 1)
    # No vehicle has lost a try for it.
    assert {row["attempts"] for row in done.run_data("metrics.json")["vehicles"]} == {1}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal to freeze a process")
def test_second_run_of_the_same_job_or_account_is_refused(crawl: MakeCrawl, tmp_path: Path) -> None:
    job = f"JOBDIR={tmp_path / 'job'}"
    with running_demo(DemoOptions(vehicles=6)) as site:
        process = crawl(site).start("-s", job)
        while not site.log.logins:
            assert process.poll() is None
            time.sleep(0.05)
        # It does not come to its end meanwhile, however slow the computer is.
        os.kill(process.pid, signal.SIGSTOP)
        on_job = crawl(site).run("-s", job)
        on_account = crawl(site).run("-s", f"JOBDIR={tmp_path / 'other'}")
        os.kill(process.pid, signal.SIGCONT)
        first = crawl(site).finish(process)
    assert (on_job.status, on_account.status) == (ExitStatus.IN_USE, ExitStatus.IN_USE)
    assert f"Another run holds this job (process {process.pid}, since" in on_job.output
    assert f"Another run holds this account (process {process.pid}, since" in on_account.output
    assert first.status == ExitStatus.COMPLETE
    first.assert_right(site)
    assert_one_session(site)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to kill")
def test_second_ctrl_c_exits_at_once_without_loss(crawl: MakeCrawl, tmp_path: Path) -> None:
    job = f"JOBDIR={tmp_path / 'job'}"
    hang = Fault("report", "hang", references=("165548",), seconds=20)
    with running_demo(DemoOptions(vehicles=14, latency="fast", faults=(hang,))) as site:
        process = crawl(site).start("-s", job)
        while sum(site.log.reports.values()) < 4:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        first = crawl(site).finish(process)
        assert first.status == ExitStatus.INTERRUPTED
        assert "Left at once: run the same command again to go on." in first.output
        second = crawl(site).run("-s", job)
    assert second.status == ExitStatus.COMPLETE
    second.assert_right(site)
    # The session that was left open has been gone on with.
    assert_one_session(site)


def test_stop_file_ends_a_run_gracefully(crawl: MakeCrawl, tmp_path: Path) -> None:
    job = tmp_path / "job"
    with running_demo(DemoOptions(vehicles=30, latency="fast")) as site:
        process = crawl(site).start("-s", f"JOBDIR={job}")
        while sum(site.log.reports.values()) < 3:
            time.sleep(0.05)
        (job / "stop.txt").touch()
        done = crawl(site).finish(process)
    assert done.status == ExitStatus.INTERRUPTED
    assert len(done.pdfs) == sum(site.log.reports.values())
    assert not (job / "stop.txt").exists()
    assert_one_session(site)


@pytest.mark.parametrize("role", ["browser", long("driver"), long("renderer")])
def test_crash_of_browser_driver_or_page_loses_nothing(
    crawl: MakeCrawl, tmp_path: Path, role: str
) -> None:
    with running_demo(DemoOptions(vehicles=14, latency="fast")) as site:
        process = crawl(site).start("-s", f"JOBDIR={tmp_path / 'job'}")
        while sum(site.log.reports.values()) < 3:
            time.sleep(0.05)
        next(each for each in tree(process.pid) if process_tree.role(each) == role).kill()
        done = crawl(site).finish(process)
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)
    assert_one_session(site)
    restarts = 0 if role == "renderer" else 1
    assert done.run_data("metrics.json")["browser_restarts"] == restarts
    kinds = [event.kind for event in read_events(done.folder / "run_data" / "events.jsonl")]
    assert kinds.count(f"{role}_restarted") == restarts


def test_refs_argument_selects_vehicles(crawl: MakeCrawl, tmp_path: Path) -> None:
    jobdir = f"JOBDIR={tmp_path / 'job'}"
    with running_demo(DemoOptions(vehicles=9, page_size=4)) as site:
        two = crawl(site).run("-s", jobdir, "-a", "refs=165548, 165548A")
        assert two.status == ExitStatus.COMPLETE, two.output
        assert set(two.pdfs) == {"165548.pdf", "165548A.pdf"}
        assert "Every vehicle that was asked for has its report." in two.output
        # No walk over three pages for two vehicles.
        assert "Pages of the inventory read" not in two.output
        unknown = crawl(site).run("-s", jobdir, "-a", "refs=165548,1")
        assert unknown.status == ExitStatus.SOME_FAILED
        assert "Not in the inventory of this job: 1 " in unknown.output
        rest = crawl(site).run("-s", jobdir)
    assert rest.status == ExitStatus.COMPLETE
    rest.assert_right(site)
    assert_reports_made_once(site, 9)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("-a", "ref=1"), "-a ref=... is not known: there is -a refs=165548,165600"),
        (("-a", "refs=@no/list.txt"), "The list behind refs=@ cannot be used"),
        long(("-a", "refs="), "refs names no vehicle"),
    ],
)
def test_wrong_argument_ends_the_command_before_a_browser_starts(
    crawl: MakeCrawl, arguments: tuple[str, ...], problem: str
) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        done = crawl(site).run(*arguments)
    assert done.status == ExitStatus.USAGE
    assert f"error: {problem}" in done.output
    assert site.log.counts == Counter()
