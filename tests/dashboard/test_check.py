from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from scrapy.settings import Settings

from jdp_spider.dashboard.check import Check, CheckLine, check_of
from jdp_spider.dashboard.home import Home
from jdp_spider.dashboard.processes import Processes, Sitting
from jdp_spider.dashboard.values import read_values
from jdp_spider.dashboard.watcher import Watcher
from jdp_spider.doctor.command import writing_to
from jdp_spider.doctor.context import DoctorContext
from jdp_spider.doctor.findings import failed, passed, skipped, warned
from jdp_spider.job.events import EventLog, read_events
from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from pathlib import Path

FINDINGS = {
    "settings": passed("https://site/", "with a proxy"),
    "folder": warned("a " * 80 + "end", advice="Make room: a large inventory needs it."),
    "login": failed("refused", advice="Look at it.", status=ExitStatus.LOGIN_REFUSED),
    "3 checks": skipped("licence, home, grid: they need what failed"),
}
LINES = (
    CheckLine("PASS", "settings", "https://site/; with a proxy"),
    CheckLine("WARN", "folder", "a " * 80 + "end", "Make room: a large inventory needs it."),
    CheckLine("FAIL", "login", "refused", "Look at it."),
    CheckLine("SKIP", "3 checks", "licence, home, grid: they need what failed"),
)


def seen(
    path: Path, number: int = len(FINDINGS), status: int | None = None, *, is_alive: bool = False
) -> Check:
    """Return the check as the page sees it after a number of findings."""
    doctor = DoctorContext(Settings(), lambda _: None, events=EventLog(path))
    # A step of a repair, which is not printed.
    doctor.log_event("step", "opens a vehicle", step="vehicle")
    for name, finding in [*FINDINGS.items()][:number]:
        doctor.report(name, finding)
    if status is not None:
        doctor.log_event("ended", "The checks ended", status=status)
    return check_of(read_events(path), "What was printed\n", None, is_alive=is_alive)


def test_findings_of_the_doctor_are_shown(tmp_path: Path) -> None:
    check = seen(tmp_path / "events", status=4)
    assert (check.lines, check.rest) == (LINES, "")
    assert (check.status, check.is_running) == (ExitStatus.LOGIN_REFUSED, False)
    assert check.refusal == "refused"


@pytest.mark.parametrize("number", range(len(FINDINGS) + 1))
def test_findings_are_shown_as_they_arrive(tmp_path: Path, number: int) -> None:
    check = seen(tmp_path / "events", number, is_alive=True)
    assert (check.lines, check.status, check.is_running) == (LINES[:number], None, True)


def test_finished_check_is_shown_without_a_process(tmp_path: Path) -> None:
    """Its number may be another process's by now."""
    check = seen(tmp_path / "events", 1, status=0, is_alive=True)
    assert (check.is_good, check.is_running) == (True, False)


def test_unknown_exit_status_counts_as_unexpected(tmp_path: Path) -> None:
    assert seen(tmp_path / "events", 1, status=77).status is ExitStatus.UNEXPECTED


def test_output_that_is_not_a_finding_is_kept(tmp_path: Path) -> None:
    check = seen(tmp_path / "events", 0)
    assert (check.lines, check.rest) == ((), "What was printed")


def test_killed_check_has_no_result(tmp_path: Path) -> None:
    check = seen(tmp_path / "events", 1)
    assert (check.status, check.is_running, check.is_good) == (None, False, False)


def at_work(home: Home) -> bool:
    """Return what a page says that was started after the check."""
    check = Watcher(home, Processes(home, Sitting())).facts(read_values()).check
    assert check is not None
    return check.is_running


@pytest.fixture
def home(project: Path, tmp_path: Path) -> Home:
    found = Home(tmp_path / "state", project)
    found.folder.mkdir(parents=True)
    found.check_events.touch()
    return found


def test_check_of_an_earlier_page_is_at_work_until_it_ends(home: Home) -> None:
    with writing_to(home.check_events):
        assert at_work(home)
    assert not at_work(home)


def test_check_cut_off_by_a_restart_is_over(home: Home) -> None:
    """Its number is another process's by now."""
    known = json.dumps({"pid": os.getpid(), "repair": False})
    (home.folder / "check.json").write_text(known)
    (home.folder / "check.jsonl.holder.json").write_text(known)
    assert not at_work(home)
