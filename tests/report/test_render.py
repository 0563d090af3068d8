from __future__ import annotations

import base64
import dataclasses
import hashlib
import os
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from lxml import html

from jdp_spider.inventory import PassedOver
from jdp_spider.job.events import Event
from jdp_spider.job.journal import JournalEntry
from jdp_spider.report.history import JobHistory, Row, Run, read_book
from jdp_spider.report.render import NotWritten, make_report, render
from jdp_spider.utils import cli
from tests.support.factories import vehicle
from tests.support.job_builder import NASTY, JobFolder

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> JobFolder:
    """The folder of a job of three runs: 40 vehicles, some with references that do harm."""
    job = JobFolder(tmp_path_factory.mktemp("downloads") / "11-23-2026 &lt;1&gt;", 40)
    job.run(10, reason="shutdown", failing=0.3)
    job.run(10, reason="", failing=0.3, pause_h=14)
    job.run(18, failing=0.3)
    make_report(job.path)
    return job


@pytest.fixture(scope="module")
def page(job: JobFolder) -> html.HtmlElement:
    return html.document_fromstring((job.path / "report.html").read_text("utf-8"))


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_report_lists_every_vehicle_as_typed(page: html.HtmlElement, job: JobFolder) -> None:
    shown = [cell.text_content() for cell in page.cssselect("#rows th")]
    assert sorted(shown) == sorted(vehicle.reference for vehicle in job.vehicles)
    assert set(NASTY) < set(shown)
    makes = {words(cell) for cell in page.cssselect("#rows td:nth-child(2) bdi")}
    assert '2017 M\xe4rz & S\xf6hne Q"7' in makes


def test_failed_vehicles_come_first_and_vehicles_before_charts(page: html.HtmlElement) -> None:
    outcomes = [row.get("data-outcome") for row in page.cssselect("#rows tr")]
    order = ["failed", "gone", "not_attempted", "saved"]
    assert outcomes == sorted(outcomes, key=order.index)
    sections = [section.get("id") for section in page.cssselect("section[id]")]
    assert sections.index("failed") < sections.index("vehicles") < sections.index("speed")


def test_report_contains_only_its_own_script(page: html.HtmlElement) -> None:
    (script,) = page.cssselect("script")
    assert script.text.startswith('"use strict";')
    assert [e for e in page.iter() if any(name.startswith("on") for name in e.attrib)] == []


def test_every_saved_vehicle_leads_to_its_pdf(page: html.HtmlElement, job: JobFolder) -> None:
    links = {
        row.cssselect("th")[0].text_content(): row.cssselect("a")[0].get("href")
        for row in page.cssselect("#rows tr[data-outcome=saved]")
    }
    rows = {row.vehicle.reference: row for row in read_book(job.path).rows}
    saved = {reference for reference, row in rows.items() if row.outcome == "saved"}
    assert set(links) == saved
    for reference, link in links.items():
        assert re.fullmatch(r"pdfs/[\w.%~-]+", link)
        assert unquote(link) == f"pdfs/{rows[reference].entry.file}"
        assert (job.path / unquote(link)).is_file()


def test_every_failure_leads_to_its_snapshot(page: html.HtmlElement, job: JobFolder) -> None:
    links = [link.get("href") for link in page.cssselect("#failed a")]
    assert len(links) == len(page.cssselect("#rows tr[data-outcome=failed]")) > 0
    assert [link for link in links if not (job.path / unquote(link)).is_file()] == []


def test_report_loads_nothing_external(page: html.HtmlElement) -> None:
    addresses = {
        value
        for element in page.iter()
        for name, value in element.attrib.items()
        if name in ("href", "src", "srcset", "action", "data", "poster")
    }
    assert {a for a in addresses if not re.match(r"#|data:,$|pdfs/|run_data/", a)} == set()


def test_policy_allows_only_own_style_and_script(page: html.HtmlElement) -> None:
    def allowed(name: str) -> str:
        (element,) = page.cssselect(name)
        return base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()

    (policy,) = page.cssselect("meta[http-equiv=Content-Security-Policy]")
    assert policy.get("content") == (
        f"default-src 'none'; style-src 'sha256-{allowed('style')}'; "
        f"script-src 'sha256-{allowed('script')}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    assert page.cssselect("[style]") == []


def test_report_has_labels_for_screen_readers(page: html.HtmlElement) -> None:
    assert page.get("lang") == "en"
    assert page.cssselect("main h1, header h1") != []
    for field in page.cssselect("input, select"):
        assert page.cssselect(f"label[for={field.get('id')}]") != []
    assert [e for e in page.cssselect("[role=img]") if not e.get("aria-label")] == []
    ids = [element.get("id") for element in page.cssselect("[id]")]
    assert len(ids) == len(set(ids))
    inside = {link.get("href")[1:] for link in page.cssselect("a[href^='#']")}
    assert inside <= set(ids)


# Small books


def book(rows: list[Row] = (), runs: list[Run] = (), snapshots: tuple[str, ...] = ()) -> JobHistory:
    return JobHistory("11-23-2026", list(rows), list(runs), snapshots)


def row(number: int, outcome: str, **given: str) -> Row:
    of = vehicle(str(number), number)
    entry = JournalEntry(of.key, of.reference, of.vin, outcome, attempts=2, seconds=2.5, **given)
    return Row(of, outcome, None if outcome == "not_attempted" else entry)


def run(*events: Event, reason: str = "finished", jobdir: str | None = "crawls/run1") -> Run:
    settings = {} if jobdir is None else {"JOBDIR": jobdir}
    return Run(NOW, NOW, reason, settings, events=list(events))


def shown(of: JobHistory) -> html.HtmlElement:
    return html.document_fromstring(render(of, NOW))


def tiles(of: JobHistory) -> dict[str, str]:
    page = shown(of)
    return {words(tile[0]): words(tile[1]) for tile in page.cssselect(".tiles div")}


ALL = [row(1, "saved", file="1.pdf"), row(2, "failed", reason="cut"), row(3, "not_attempted")]


def test_overview_shows_counts() -> None:
    assert tiles(book(ALL, [Run(NOW, NOW, saved=[NOW])])) == {
        "Saved": "1 of 3",
        "Failed": "1",
        "Not attempted": "1",
        "Time": "1 s",
        "Vehicles an hour": "3,600",
        "A vehicle took about": "2.5 s",
    }


def test_report_mentions_missing_pdfs() -> None:
    found = tiles(book([row(1, "gone", file="1.pdf")], [run(), run()]))
    assert found == {
        "Saved": "0 of 1",
        "Failed": "0",
        "Not attempted": "0",
        "PDF is gone": "1",
        "Time, 2 runs": "2 s",
        "Vehicles an hour": "0",
        "A vehicle took about": "0.0 s",
    }


def test_report_of_empty_job_is_empty() -> None:
    page = shown(book())
    assert words(page.cssselect(".next")[0]) == "The run ended before the inventory was read."
    assert page.cssselect("#failed, #speed, #rows tr") == []


SAME_JOBDIR = "The same command with the same JOBDIR tries just these."
NO_JOBDIR = "The run had no JOBDIR: a new run begins from the beginning."


@pytest.mark.parametrize(
    ("of", "step"),
    [
        (book(ALL[:1], [run()]), "Every vehicle of the inventory has its report."),
        (
            book(ALL, [run(jobdir="jobs 1")]),
            "2 vehicles have no report. To try just these:",
        ),
        (
            book(ALL, [run(jobdir="")]),
            f"2 vehicles have no report. {NO_JOBDIR}",
        ),
        (
            book(ALL, [run(jobdir=None)]),
            f"2 vehicles have no report. {SAME_JOBDIR}",
        ),
        # The report is made anew in another folder than that in which the run was started.
        (book(ALL, [run(jobdir="jobs 2")]), f"2 vehicles have no report. {SAME_JOBDIR}"),
    ],
)
def test_report_says_what_to_do_next(
    of: JobHistory, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jobs 1").mkdir()
    monkeypatch.chdir(tmp_path)
    page = shown(of)
    assert words(page.cssselect(".next")[0]) == step
    commands = [words(each) for each in page.cssselect("#command")]
    assert commands == [cli.resume_command("jobs 1")] * step.endswith("these:")


def test_failures_are_sorted_by_frequency() -> None:
    reasons = ["timeout", "cut", "cut", "of_another_version"]
    page = shown(book([row(n, "failed", reason=reason) for n, reason in enumerate(reasons)]))
    groups = page.cssselect("#failed details")
    assert [words(group.cssselect("summary")[0]) for group in groups] == [
        "The report was not complete: 2",
        "A page, or the vehicle as a whole, took too long: 1",
        "Of another version: 1",
    ]
    assert [[words(p) for p in group.cssselect("p")] for group in groups] == [
        ["Once more."],
        ["Once more, with fewer contexts, or a longer JDP_PAGE_TIMEOUT."],
        [],
    ]
    assert [words(li) for li in groups[0].cssselect("li")] == [
        "1 2021 Ford F-150 2 tries",
        "2 2021 Ford F-150 2 tries",
    ]


def test_words_of_the_page_are_shown_once() -> None:
    said = "Mileage <is> required"
    page = shown(book([row(1, "failed", reason="report_not_opened", said=said), row(2, "failed")]))
    assert page.text_content().count(said) == 1
    assert [words(each) for each in page.cssselect("#failed li q")] == [said]


@pytest.mark.parametrize(("number", "opened"), [(30, 1), (31, 0)])
def test_many_failures_are_collapsed(number: int, opened: int) -> None:
    rows = [Row(vehicle(str(n)), "failed", ALL[1].entry) for n in range(number)]
    assert len(shown(book(rows)).cssselect("#failed details[open]")) == opened


def event(second: int, kind: str, text: str) -> Event:
    return Event(NOW.replace(second=second), kind, text)


def test_time_line_shows_events() -> None:
    events = [event(1, "run_started", "The run started"), event(2, "login", "Logged in")]
    events += [event(n, "outage", "The site is <gone>") for n in (3, 4, 9)]
    page = shown(book(ALL, [run(*events, reason="stop_file"), run(reason="")]))
    local = NOW.astimezone()
    clock = [local.replace(second=n).strftime("%H:%M:%S") for n in range(10)]
    lines = page.cssselect(".events")[0].cssselect("li")
    assert [words(line) for line in lines] == [
        f"{clock[1]} The run started",
        f"{clock[2]} Logged in",
        f"1 {clock[3]} The site is <gone> 3 times until {clock[9]}",
    ]
    assert [line.get("class") for line in lines] == [None, None, "trouble"]
    assert [words(p) for p in page.cssselect("#runs h3 + p")] == [
        "0 saved, 0 failed. The run was stopped by a stop file.",
        "0 saved, 0 failed. The run was killed, or is still at work.",
    ]


def test_rows_without_a_vehicle_are_listed() -> None:
    passed_over = (PassedOver(5, "a total or a group", "Count=3 <b>"),)
    page = shown(dataclasses.replace(book(), passed_over=passed_over))
    (section,) = page.xpath("//section[@id='passed-over']")
    assert words(section.find(".//li")) == "Line 5, a total or a group: Count=3 <b>"
    assert shown(book()).xpath("//section[@id='passed-over']") == []


def test_other_snapshots_are_listed_with_runs() -> None:
    saved = Row(vehicle("1"), "saved", ALL[0].entry, ("1 #.png",))
    links = shown(book([saved], snapshots=("login.html",))).cssselect("#runs a")
    assert [link.get("href") for link in links] == [
        "run_data/snapshots/login.html",
        "run_data/snapshots/1%20%23.png",
    ]


def test_settings_of_last_run_are_shown() -> None:
    page = shown(book(ALL, [run(jobdir="crawls/old"), run(jobdir="")]))
    assert words(page.cssselect(".settings")[0]) == "JOBDIR(empty)"


def test_failed_report_leaves_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_report(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(NotWritten, match=r"report\.html could not be written \(No space"):
        make_report(tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_snapshots_are_labelled_by_their_kind() -> None:
    links = shown(book(ALL, snapshots=("login.html", "login.png"))).cssselect("#runs a")
    assert [(words(link), link.get("title")) for link in links][:2] == [
        ("page", "login.html"),
        ("picture", "login.png"),
    ]


def test_account_of_a_group_is_named_and_leads_back(tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "2026-11-23" / "north & co" / "11-23-2026", 3)
    job.run(1)
    (tmp_path / "2026-11-23" / "run.json").write_text("{}", "utf-8")
    page = html.document_fromstring(make_report(job.path).read_text("utf-8"))
    assert [link.get("href") for link in page.cssselect(".up a")] == ["../../index.html"]
    assert words(page.cssselect("h1")[0]) == "Bookout reports north & co, 11-23-2026"
    assert words(page.cssselect("title")[0]) == "Bookout reports north & co 11-23-2026"
    # A crawl of its own would be one of another account.
    assert page.cssselect("#command") == []
    assert words(page.cssselect(".next")[0]).endswith("The group's own command tries just these.")


def test_other_reports_lead_to_all_runs(page: html.HtmlElement, tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "11-23-2026", 1)
    own = html.document_fromstring(make_report(job.path).read_text("utf-8"))
    assert [link.get("href") for link in own.cssselect(".up a")] == ["../index.html"]
    assert page.cssselect(".up") == []


def test_not_available_is_not_a_failure() -> None:
    settled = row(2, "not_available", reason="no_bookout_link")
    of = book([ALL[0], settled], [run()])
    page = shown(of)
    assert tiles(of)["Not available"] == "1"
    assert words(page.cssselect(".next")[0]) == (
        "Every vehicle of the inventory has its report, but 1 that is not available."
    )
    assert [words(li) for li in page.cssselect("#not-available li")] == ["2 2021 Ford F-150"]
    assert words(page.cssselect("#rows tr[data-outcome=not_available] td")[1]) == (
        "Not available: Two complete runs, hours apart, found no bookout link for it"
    )


def test_speed_excludes_time_without_vehicles_in_flight() -> None:
    timed = Run(NOW, NOW + timedelta(seconds=100), "finished", saved=[NOW] * 10, at_work=40.0)
    killed = Run(NOW, NOW + timedelta(seconds=20), saved=[NOW] * 5)
    found = tiles(book(ALL, [timed, killed]))
    assert found["Login, export, waits"] == "1 min 00 s"
    assert found["Vehicles an hour, without these"] == "900"


def test_marks_of_the_chart_have_the_numbers_of_the_time_line() -> None:
    events = [event(1, "outage", "Down"), event(2, "login", "In"), event(3, "waiting", "In use")]
    first, second = run(*events), run(event(9, "outage", "Down"))
    first.saved += [NOW] * 10
    page = shown(book(ALL, [first, second]))
    assert [words(each) for each in page.cssselect(".events b")] == ["1", "2", "3"]
    assert "its number is that in runs" in words(page.cssselect("#speed")[0])


@pytest.mark.parametrize("name", ["report.html", "outcome.csv", "index.html"])
def test_file_in_use_does_not_prevent_the_others(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = JobFolder(tmp_path / "11-23-2026", 3)
    replace = os.replace

    def held(source: Path, target: Path) -> None:
        if target.name == name:
            raise PermissionError(13, "Access is denied", str(source), None, str(target))
        replace(source, target)

    monkeypatch.setattr("os.replace", held)
    monkeypatch.setattr("jdp_spider.utils.files._HELD_PAUSE_S", 0.0)
    with pytest.raises(NotWritten) as caught:
        make_report(job.path)
    assert str(caught.value) == f"{name} is open in another program"
    made = {path.name for path in (*tmp_path.iterdir(), *job.path.iterdir()) if path.is_file()}
    assert made == {"report.html", "outcome.csv", "index.html"} - {name}
