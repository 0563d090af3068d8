"""Several accounts: the file of the group, the same states, a card each."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.dashboard.commands import Nights
from tests.support.account_builder import FILE as ONE_ACCOUNT
from tests.support.job_builder import JobFolder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboard.conftest import Served

FILE = f"""{ONE_ACCOUNT}
[[account]]
name = "south<b>"
user = "you"
password = "env:SOUTH_PASS"
"""


@pytest.fixture
def group(project: Path) -> Path:
    """A group whose first account has a job of today."""
    (project / "accounts.toml").write_text(FILE.replace("<b>", ""))
    run = project / "groups" / "2026-11-26"
    job = JobFolder(run / "north" / "11-26-2026", 20)
    job.run(20, failing=0)
    (run / "run.json").write_text('{"started": "2026-11-26T00:00:00+00:00"}')
    jobdir = run / "north" / "job"
    jobdir.mkdir()
    (jobdir / "job.json").write_text(json.dumps({"folder": str(job.path), "account": "x"}))
    return run


@pytest.fixture
def page(served: Served, group: Path) -> Served:
    served.let_in()
    return served


def cards(page: Served) -> str:
    return str(page.server._stream._look_in_thread()[0]["accounts"])


def test_each_account_has_a_card(page: Served) -> None:
    html = cards(page)
    assert html.count("<h3>") == 2
    assert "20 of 20 saved" in html
    assert "Nothing is saved yet." in html


def test_without_a_file_there_are_no_cards(served: Served) -> None:
    assert cards(served) == ""


def test_wrong_accounts_file_is_reported(page: Served, project: Path) -> None:
    (project / "accounts.toml").write_text(FILE)
    html = cards(page)
    assert "name must be made of letters" in html
    assert "group-start" not in html


def test_group_is_started_without_the_password_of_the_dashboard(
    page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []

    class Process:
        stdin, pid = None, 1

        def __init__(self, command: list[str], **given: Any) -> None:
            started.append((command[3:], given["env"].get("JDP_PARENT"), given["stdin"]))

        def poll(self) -> None:
            return None

    monkeypatch.setattr("subprocess.Popen", Process)
    page.sitting.give("me", "secret")
    assert page.do("group-start").said == ""
    nothing = subprocess.DEVNULL
    assert started == [(["crawlgroup", "accounts.toml"], None, nothing)]
    assert page.do("group-start").said == "The accounts are at work already."
    assert "group-stop" in cards(page)


def test_running_accounts_are_stopped_by_files(
    page: Served, group: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page.do("group-stop").said == "No run of the accounts is at work any more."
    assert "No run of that" in page.do("member-stop", value="north").said
    monkeypatch.setattr("jdp_spider.dashboard.group.is_held", lambda _: True)
    monkeypatch.setattr("jdp_spider.dashboard.jobs.is_held", lambda lock: lock.parent.name == "job")
    job = group / "north" / "11-26-2026" / "run_data" / "events.jsonl"
    job.write_text(job.read_text().replace("crawls/run 1", str(group / "north" / "job")))
    page.do("group-stop")
    page.do("member-stop", value="north")
    page.do("member-try-login", value="north")
    assert (group / "stop").exists()
    assert sorted(path.name for path in (group / "north" / "job").iterdir()) == [
        "job.json", "stop", "try-login-now",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["..", "none", "../2026-11-26/north", ""])
def test_account_names_cannot_leave_the_group_folder(page: Served, name: str) -> None:
    assert "No run of that account" in page.do("member-stop", value=name).said
    page.do("member-open", value="pdfs", run="north")
    assert "not there any more" in page.do("member-open", value="pdfs", run=name).said
    assert len(page.opened) == 1


def test_nights_are_those_of_one_account(page: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read() -> Nights:
        return Nights("The nights are switched off.")

    monkeypatch.setattr("jdp_spider.dashboard.server.read_nightly", read)
    page.do("account", user="me", password="a-Passw0rd")
    assert "This gets the reports of me alone." in page.get("/view/nights").text
