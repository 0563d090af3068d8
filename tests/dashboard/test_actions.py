"""What the page may ask for, and what comes of it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.settings import Settings

from jdp_spider.commands import support
from jdp_spider.config import credentials
from jdp_spider.config.dotenv import read_dotenv
from jdp_spider.job.ending import Ending
from jdp_spider.job.locks import is_held
from jdp_spider.job.packed import pack
from jdp_spider.nightly import proof
from jdp_spider.pages.errors import LoginRefused
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.session.refused_login import RefusedLogin
from tests.support.job_builder import JobFolder

if TYPE_CHECKING:
    from tests.dashboard.conftest import Served

SECRET = "s3cret p\xe4ss'\""
METRICS = {
    "total_inventory": 40, "attempted": 32, "succeeded": 30, "failed": 2, "not_available": 0,
    "finish_reason": "finished", "vehicles": [],
}  # fmt: skip
OUTSIDE = ("..", ".", "/", "../..", "/etc", "C:\\", "..%2f", "11-23-2026/..", "a\0b", "x" * 399)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is started instead of Scrapy: a process that shows how it was."""
    found: list[dict[str, Any]] = []
    real = subprocess.Popen
    code = "import os, sys; print(sys.stdin.read()); print(dict(os.environ))"

    def popen(command: list[str], **given: Any) -> subprocess.Popen[bytes]:
        process = real([sys.executable, "-c", code], **given)
        found.append({"command": command, "process": process, **given})
        return process

    monkeypatch.setattr("subprocess.Popen", popen)
    return found


@pytest.fixture
def page(served: Served) -> Served:
    served.let_in()
    return served


@pytest.fixture
def job(project: Path) -> JobFolder:
    """A job of last night, of which some vehicles failed."""
    found = JobFolder(project / "d" / "11-23-2026", 40)
    found.run(40, failing=0.2)
    return found


def give_account(page: Served, **given: str) -> str:
    return page.do("account", user="me", password=SECRET, **given).said


def test_run_is_started_by_the_command_for_a_terminal(page: Served, started: list) -> None:
    give_account(page)
    assert page.do("ten").said == ""
    arguments = started[0]["command"][1:]
    assert arguments[:4] == ["-m", "scrapy", "crawl", "jdpower"]
    jobdir, limit = arguments[5], arguments[7]
    assert jobdir.startswith("JOBDIR=crawls/20")
    assert (limit, started[0]["cwd"].name) == ("MAX_DOWNLOADS=10", "project")


def test_run_is_detached_from_console_and_dashboard(page: Served, started: list) -> None:
    give_account(page)
    page.do("ten")
    if sys.platform == "win32":
        assert started[0]["creationflags"] & subprocess.CREATE_NO_WINDOW
    else:
        assert started[0]["start_new_session"] is True
    assert started[0]["process"].stdin.closed


def test_password_is_passed_by_standard_input_only(
    page: Served, started: list, project: Path
) -> None:
    give_account(page)
    page.do("ten")
    started[0]["process"].wait()
    told, environment = page.home.work_log.read_text().split("\n\n", 1)
    assert json.loads(told.removeprefix("password ")) == SECRET
    assert "s3cret" not in environment
    assert "'JD_USER': 'me'" in environment
    assert "'JDP_PARENT': 'detached password'" in environment
    assert "s3cret" not in " ".join(started[0]["command"])
    # The log is that of the process that has shown it.
    page.home.work_log.unlink()
    everything = [path for path in project.parent.rglob("*") if path.is_file()]
    assert [path for path in everything if b"s3cret" in path.read_bytes()] == []
    pages = [page.get(path).text for path in ("/view/account", "/view/settings", "/view/runs")]
    assert "s3cret" not in "".join(pages) + repr(page.sitting) + repr(page.desk.facts())


def test_password_of_the_environment_is_passed_by_standard_input(
    page: Served, started: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.sitting._account = ("", SECRET)
    monkeypatch.setenv("JD_USER", "me")
    monkeypatch.setattr(credentials, "_given", {"JD_PASS": SECRET})
    page.do("ten")
    assert started[0]["env"]["JDP_PARENT"] == "detached password"
    assert "JD_PASS" not in started[0]["env"]


def test_nothing_is_started_without_an_account(page: Served, started: list) -> None:
    assert page.do("ten").said == "Enter user name and password first."
    assert started == []


@pytest.mark.parametrize("action", ["ten", "today", "continue", "check", "repair"])
def test_a_refused_password_is_not_sent_again(page: Served, started: list, action: str) -> None:
    give_account(page)
    ended = page.desk.values().account_folder / "last_run.json"
    ended.parent.mkdir(parents=True)
    later = datetime(2100, 1, 1, tzinfo=timezone.utc)
    Ending(ExitStatus.LOGIN_REFUSED, CloseReason.LOGIN_REFUSED, "No", at=later).write(ended)
    assert "refused this login" in page.do(action).said
    assert started == []


def test_entering_the_same_account_again_lifts_a_refusal(page: Served) -> None:
    give_account(page)
    folder = page.desk.values().account_folder
    folder.mkdir(parents=True)
    user, password = page.sitting.account
    refused = RefusedLogin(folder, password)
    refused.keep(LoginRefused("No"))
    page.do("account", user=user, password=password)
    assert refused.find() is None


def test_a_change_of_other_settings_does_not_lift_a_refusal(page: Served, started: list) -> None:
    give_account(page)
    ended = page.desk.values().account_folder / "last_run.json"
    ended.parent.mkdir(parents=True)
    now = page.desk.facts().now
    os.utime(os.environ["JDP_ENV_FILE"], (10**9, 10**9))
    page.home.save_account_change(None, 0)
    Ending(ExitStatus.LOGIN_REFUSED, CloseReason.LOGIN_REFUSED, "No", at=now).write(ended)
    page.do("settings", contexts="3")
    assert "refused this login" in page.do("check").said
    give_account(page)
    assert page.do("check").said == ""


@pytest.mark.parametrize("action", ["ten", "today", "continue", "check"])
def test_nothing_is_started_while_a_run_is_in_progress(
    page: Served, started: list, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_account(page)
    monkeypatch.setattr("jdp_spider.dashboard.watcher.is_held", lambda _: True)
    assert "at work already" in page.do(action).said
    assert started == []


@pytest.mark.parametrize("action", ["stop", "try-login"])
def test_request_without_a_run_writes_no_file(page: Served, action: str, job: JobFolder) -> None:
    assert page.do(action).said == "No run is at work any more."
    assert [*job.path.glob("*stop*")] == []


@pytest.mark.parametrize(("action", "file"), [("stop", "stop"), ("try-login", "try-login-now")])
def test_request_to_a_run_is_a_file_beside_its_lock(
    page: Served, project: Path, job: JobFolder, action: str, file: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    jobdir = project / "crawls" / "run 1"
    jobdir.mkdir(parents=True)
    monkeypatch.setattr("jdp_spider.dashboard.jobs.is_held", lambda lock: lock.parent == jobdir)
    page.do(action)
    assert [path.name for path in jobdir.iterdir()] == [file]


# The account


def test_keyring_is_offered_only_where_there_is_one(page: Served) -> None:
    assert "Remember" not in page.get("/view/account").text
    said = give_account(page, remember="yes")
    assert "keyring" in said
    assert not page.desk.values().has_account


def test_remembered_password_is_in_the_keyring_and_not_in_env(
    page: Served, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[tuple[str, ...]] = []
    monkeypatch.setattr(credentials, "kept_password", lambda *_: "")
    monkeypatch.setattr(credentials, "store", lambda *given: kept.append(given))
    env = project / ".env"
    env.write_text(f"# mine\nJD_USER=your-user-name\nJD_PASS=older secret\n{env.read_text()}")
    assert "Remember" in page.get("/view/account").text
    assert give_account(page, remember="yes") == "Kept in this computer's keyring."
    assert [given[:2] for given in kept] == [("me", SECRET)]
    assert env.read_text().splitlines()[:3] == ["# mine", "#JD_USER=", "#JD_PASS="]


@pytest.mark.parametrize("given", [("", "x"), ("me", ""), ("your-user-name", "x"), (" ", " ")])
def test_invalid_account_is_refused(page: Served, given: tuple[str, str]) -> None:
    user, password = given
    assert page.do("account", user=user, password=password).said.startswith("The "), given


@pytest.mark.parametrize(
    "password", ["s3cret ", "\ts3cret", "s3c\xa0ret", "\xabs3cret\xbb", "s3\xadc"]
)
def test_password_that_cannot_be_meant_is_refused(page: Served, password: str) -> None:
    said = page.do("account", user="me", password=password).said
    assert said.startswith("The password ") and "s3" not in said
    assert page.sitting.account == ("", "")


def test_account_of_an_unencrypted_site_is_refused(page: Served, project: Path) -> None:
    env = project / ".env"
    env.write_text(f"{env.read_text()}JD_BASE_URL=http://values.example/\n")
    assert "must begin with https" in give_account(page)
    assert not page.desk.values().has_account


# The settings


def test_settings_are_written_to_env_and_comments_are_kept(page: Served, project: Path) -> None:
    env = project / ".env"
    before = f"# mine\n{env.read_text()}"
    env.write_text(before)
    assert page.do("settings", contexts="3", window="yes").said.startswith("Kept")
    assert env.read_text() == f"{before}HEADLESS=false\nCONCURRENT_CONTEXTS=3\n"
    page.do("settings", contexts="7")
    assert read_dotenv(env)["HEADLESS"] == "true"


@pytest.mark.parametrize("contexts", ["0", "21", "x", "5\nJD_BASE_URL=http://evil/"])
def test_invalid_setting_is_refused(page: Served, project: Path, contexts: str) -> None:
    before = (project / ".env").read_text()
    assert page.do("settings", contexts=contexts).said.startswith("CONCURRENT_CONTEXTS must be")
    assert (project / ".env").read_text() == before


@pytest.mark.parametrize("name", ["JD_BASE_URL", "JD_BROWSER", "JDP_ON_END", "JD_PASS", "PATH"])
def test_dashboard_changes_no_other_setting(page: Served, project: Path, name: str) -> None:
    before = (project / ".env").read_text()
    page.do("settings", contexts="5", **{name: "x"})
    assert name not in (project / ".env").read_text().replace(before, "")
    with pytest.raises(ValueError, match="does not change that"):
        page.desk.setup.change_settings({name: "x"})


def folder_ids(html: str) -> dict[str, str]:
    """The folders that are shown, by name."""
    import re

    return {
        name: identifier
        for identifier, name in re.findall(r'data-value="([^"]+)"><bdi>([^<]+)', html)
    }


def test_the_folder_is_chosen_from_lists_of_names(
    page: Served, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / "Reports" / "Deeper").mkdir(parents=True)
    (home / ".hidden").mkdir()
    (home / "file").touch()
    monkeypatch.setattr(Path, "home", lambda: home)
    begin = json.loads(page.do("folders").body)
    places = folder_ids(begin["html"])
    inside = json.loads(page.do("folders", value=places["Your own folder"]).body)
    names = folder_ids(inside["html"])
    assert set(names) == {"Reports"}
    assert page.do("choose", value=names["Reports"]).said.startswith("Kept")
    assert read_dotenv(project / ".env")["DOWNLOAD_FOLDER"] == str(home / "Reports")


@pytest.mark.parametrize("value", OUTSIDE)
def test_path_from_the_browser_is_not_used(page: Served, project: Path, value: str) -> None:
    before = (project / ".env").read_text()
    assert "not known any more" in page.do("choose", value=value).said
    assert "not known any more" in page.do("folders", value=value).said
    assert (project / ".env").read_text() == before


# Runs


def test_file_of_a_run_is_opened(page: Served, job: JobFolder) -> None:
    run = job.path.name
    name = next(path.name for path in (job.path / "pdfs").iterdir())
    (job.path / "report.html").touch()
    page.do("open", value="pdf", run=run, file=name)
    page.do("open", value="pdfs", run=run)
    page.do("open", value="report", run=run)
    page.do("open", value="pdfs")
    pdfs = job.path / "pdfs"
    assert page.opened == [pdfs / name, pdfs, job.path / "report.html", pdfs]


@pytest.mark.parametrize("outside", OUTSIDE)
def test_names_cannot_leave_the_folders(page: Served, job: JobFolder, outside: str) -> None:
    (job.path.parent.parent / "secret.pdf").write_bytes(b"%PDF")
    (job.path / "run_data" / "snapshots" / "..secret.png").touch()
    run = job.path.name
    for given in (
        {"value": "pdfs", "run": outside},
        {"value": "pdf", "run": run, "file": f"{outside}/secret.pdf"},
        {"value": "pdf", "run": run, "file": f"{outside}.pdf"},
        {"value": outside, "run": run},
        {"value": "../../.env", "run": run},
    ):
        assert page.do("open", **given).said == "That is not there any more.", given
    assert page.opened == []
    from urllib.parse import urlencode

    for query in ({"run": outside, "name": "a.png"}, {"run": run, "name": f"{outside}/a.png"}):
        assert page.get(f"/picture?{urlencode(query)}").status == 404


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_links_cannot_leave_the_folders(page: Served, job: JobFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "run_data").mkdir()
    (secret / "pdfs").mkdir()
    (secret / "a.pdf").write_bytes(b"%PDF")
    (job.path.parent / "link").symlink_to(secret)
    (job.path / "pdfs" / "a.pdf").symlink_to(secret / "a.pdf")
    (job.path / "run_data" / "snapshots" / "a.png").symlink_to(secret / "a.pdf")
    assert "not there" in page.do("open", value="pdfs", run="link").said
    assert "not there" in page.do("open", value="pdf", run=job.path.name, file="a.pdf").said
    assert page.get(f"/picture?run={job.path.name}&name=a.png").status == 404


def test_snapshot_picture_is_served(page: Served, job: JobFolder) -> None:
    path = next((job.path / "run_data" / "snapshots").iterdir())
    path.write_bytes(b"\x89PNG")
    answer = page.get(f"/picture?run={job.path.name}&name={path.name}")
    assert (answer.status, answer.body) == (200, b"\x89PNG")
    assert answer.headers["Content-Type"] == "image/png"


def test_search_covers_all_runs(page: Served, project: Path, job: JobFolder) -> None:
    newer = JobFolder(project / "d" / "11-24-2026", 40)
    newer.run(40, failing=0)
    html = json.loads(page.do("search", query=" 165560 ").body)["html"]
    assert html.index("24 Nov 2026") < html.index("23 Nov 2026")
    assert html.count("<li>") == 2
    assert 'data-file="165560.pdf"' in html
    by_vin = json.loads(page.do("search", query="1ftfw1e50mfa00020").body)["html"]
    assert by_vin.count("<li>") == 2
    assert "No run has" in json.loads(page.do("search", query="none such").body)["html"]
    assert "three characters" in page.do("search", query="16").said


def test_all_runs_are_listed_and_the_search_reads_packed_ones(
    page: Served, project: Path, job: JobFolder
) -> None:
    (job.run_data / "metrics.json").write_text(json.dumps(METRICS))
    newer = JobFolder(project / "d" / "11-24-2026", 40)
    newer.run(40, failing=0)
    zipped = pack(job.path)
    shutil.rmtree(job.path)
    html = page.get("/view/runs").text
    assert html.index("24 Nov 2026") < html.index("23 Nov 2026")
    assert "30 of 40 saved, 2 failed" in html
    found = json.loads(page.do("search", query="165560").body)["html"]
    assert found.count("<li>") == 2
    assert found.count("data-file") == 1
    page.do("open", value="packed", run="11-23-2026")
    assert page.opened == [zipped]
    for name in ("../d/11-23-2026", "11-24-2026", "..", ""):
        assert "not there" in page.do("open", value="packed", run=name).said


def test_search_text_is_escaped(page: Served, job: JobFolder) -> None:
    for query in ("<script>alert", "<script>none"):
        html = json.loads(page.do("search", query=query).body)["html"]
        assert "<script>" not in html


def test_failures_are_grouped_by_remedy(page: Served, job: JobFolder) -> None:
    job.note("run_ended", "The run ended", reason="finished")
    give_account(page)
    html = page.server._stream._look_in_thread()[0]["html"]
    titles = ("Try again: ", "Needs you: ", "Nothing to do: probably sold: ")
    assert "Vehicles without a report" in html
    assert any(title in html for title in titles)
    assert "<script>alert" not in html
    assert html.count("Show its page") == html.count("<li><bdi")


# Others


def test_output_of_the_nightly_and_support_commands_is_shown(
    page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    limits: list[float] = []

    async def run(*arguments: str, sitting: object = None, limit_s: float = 0) -> Any:
        asked.append(arguments)
        limits.append(limit_s)
        return commands.Said(0, f"Done: {arguments[0]}\n")

    from jdp_spider.dashboard import commands

    monkeypatch.setattr(commands, "run_command", run)
    give_account(page)
    assert page.do("nights", time="20:00", until="05:00").said == "Done: nightly"
    assert page.do("nights-off").said == "Done: nightly"
    assert "Written: " in page.do("support").said
    install = ("nightly", "--install", "20:00", "--until", "05:00", *commands.WAKE)
    asked_first, *asked_then = asked
    assert asked_first == ("nightly", "--status", "--json")
    assert asked_then[:2] == [install, ("nightly", "--uninstall")]
    assert asked_then[2][0] == "support"
    # Not before the proof of a login gives up itself.
    assert limits[1] > proof.LIMIT_S
    for time_ in ("", "8 pm", "24:00", "20:00; rm", "--help"):
        assert "Give a time" in page.do("nights", time=time_, until="06:00").said
        if time_:
            assert "Give a time" in page.do("nights", time="20:00", until=time_).said
    assert len(asked) == 4


def test_path_of_the_support_file_is_shown_however_much_is_in_it(
    page: Served, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from jdp_spider.dashboard import commands

    monkeypatch.setattr(support, "save_support", lambda *_: [f"{n}.png" for n in range(40)])
    command = support.Command()
    command.file, command.settings = project / "any.zip", Settings()
    command.work(None, argparse.Namespace())
    printed = capsys.readouterr().out

    async def run(*_: str, **__: object) -> Any:
        return commands.Said(0, f"WARNING: one\n{printed}")

    monkeypatch.setattr(commands, "run_command", run)
    path, advice = page.do("support").said.splitlines()
    assert path.startswith(f"Written: {project}{os.sep}support-") and path.endswith(".zip")
    assert advice.startswith("Look at it before you send it.")


@pytest.mark.parametrize("wake", [(), ("--wake",)])
def test_nights_from_the_page_end_in_the_morning(
    wake: tuple[str, ...], page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    async def run(*arguments: str, **_: object) -> Any:
        asked.append(arguments)
        return commands.Said(0, "")

    from jdp_spider.dashboard import commands

    monkeypatch.setattr(commands, "run_command", run)
    monkeypatch.setattr(commands, "WAKE", wake)
    give_account(page)
    # A page that was opened before an update has no such field.
    page.do("nights", time="20:00")
    assert asked[-1] == ("nightly", "--install", "20:00", "--until", "06:00", *wake)


def test_new_times_keep_the_other_options_of_the_nights(
    page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    status = {"installed": True, "time": "21:00", "options": "--tries 5 --keep-days 30 --zip"}

    async def run(*arguments: str, **_: object) -> Any:
        asked.append(arguments)
        return commands.Said(0, json.dumps(status))

    from jdp_spider.dashboard import commands

    monkeypatch.setattr(commands, "run_command", run)
    monkeypatch.setattr(commands, "WAKE", ())
    give_account(page)
    page.do("nights", time="20:00", until="05:00")
    kept = ("--tries", "5", "--keep-days", "30", "--zip")
    assert asked[-1] == ("nightly", "--install", "20:00", "--until", "05:00", *kept)


def test_runs_continue_after_the_dashboard_is_closed(page: Served, started: list) -> None:
    give_account(page)
    page.do("ten")
    assert "continues" in page.do("quit").said
    deadline = time.monotonic() + 20
    while not page.server.ended.is_set() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert page.server.ended.is_set()
    # It ends by itself: nothing has ended it.
    assert started[0]["process"].wait(20) == 0


def test_lock_is_checked_without_acquiring_it(tmp_path: Path) -> None:
    from jdp_spider.job.locks import RunLock

    lock = RunLock(tmp_path / "job.lock", "job", CloseReason.JOB_IN_USE)
    assert is_held(tmp_path / "job.lock") is False
    lock.acquire()
    assert is_held(tmp_path / "job.lock") is True
    lock.release()
    assert is_held(tmp_path / "job.lock") is False
    # Left by a process that was killed, whose number another one has by now.
    (tmp_path / "job.holder.json").write_text(json.dumps({"pid": os.getpid()}))
    assert is_held(tmp_path / "job.lock") is False
