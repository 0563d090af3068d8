"""The runner with a program in the place of the crawl; test_crawlgroup.py has the real one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.group import crawl_process as child_module
from jdp_spider.group.accounts import AccountEntry, Accounts
from jdp_spider.group.crawl_process import FROZEN, CrawlProcess, Lease, child_environment
from jdp_spider.group.folders import AccountFolder, GroupRun
from jdp_spider.group.runner import LocalRunner, Stop, summary
from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jdp_spider.group.console import AtWork

FAKE = (sys.executable, "-m", "tests.support.fake_crawl")


class Spoken:
    """A screen that keeps what is said, and how many were at work at most."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.most = 0
        self.on_show: Callable[[], None] = lambda: None

    def say(self, text: str) -> None:
        self.said.append(text)

    def show(self, at_work: Mapping[str, AtWork], rest: str) -> None:
        self.most = max(self.most, len(at_work))
        self.on_show()

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "_COMMAND", FAKE)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT_FOLDER))
    monkeypatch.setenv("PASS_A", "pw-a")
    monkeypatch.setenv("PASS_B", "pw-b")


def accounts(tmp_path: Path, *users: str) -> Accounts:
    entries = tuple(AccountEntry(user, user, "http://site/", "env:PASS_A", {}) for user in users)
    return Accounts(2, tmp_path, "", entries)


def group_run(given: Accounts) -> GroupRun:
    return GroupRun(given.folder / "tonight", [entry.name for entry in given.entries])


def work(given: Accounts, screen: Spoken, stop: Stop | None = None, at_once: int = 2) -> ExitStatus:
    run = group_run(given)
    run.begin()
    return LocalRunner(given, run, at_once, screen).work(stop or Stop())


def starts(place: AccountFolder) -> list[dict[str, Any]]:
    path = place.path / "starts.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def without_times(lines: list[str]) -> list[str]:
    return [line.split(" in ")[0] for line in lines]


def test_failure_of_one_account_does_not_affect_others(tmp_path: Path) -> None:
    given, screen = accounts(tmp_path, "bad", "crash", "good"), Spoken()
    assert work(given, screen) == ExitStatus.LOGIN_REFUSED
    outcomes = {n: p.outcome().status for n, p in group_run(given).accounts.items()}
    assert outcomes == {"bad": 4, "crash": 1, "good": 0}
    assert screen.most == 2
    assert sorted(without_times(screen.said)) == [
        "bad: login refused, nothing saved",
        "bad: started",
        "crash: broke off, nothing saved",
        "crash: started",
        "good: complete, 1 of 1 saved",
        "good: started",
    ]
    assert (tmp_path / "tonight" / "index.html").exists()


def test_unwritable_overview_affects_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "tonight" / "index.html").mkdir(parents=True)
    given, screen = accounts(tmp_path, "good"), Spoken()
    assert work(given, screen) == ExitStatus.COMPLETE
    assert "good: complete, 1 of 1 saved" in without_times(screen.said)
    assert screen.said[-1].startswith("index.html could not be written (")
    assert group_run(given).accounts["good"].is_complete()


def test_complete_account_is_not_started_again(tmp_path: Path) -> None:
    given = accounts(tmp_path, "good", "bad")
    work(given, Spoken())
    assert work(given, Spoken()) == ExitStatus.LOGIN_REFUSED
    run = group_run(given)
    assert [len(starts(run.accounts[name])) for name in ("good", "bad")] == [1, 2]


def test_at_once_limits_concurrent_crawls(tmp_path: Path) -> None:
    screen = Spoken()
    work(accounts(tmp_path, "bad", "good", "crash"), screen, at_once=1)
    assert screen.most == 1


def test_missing_password_stops_only_its_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = accounts(tmp_path, "good")
    missing = AccountEntry("b", "bad", "http://site/", "env:PASS_B", {})
    monkeypatch.delenv("PASS_B")
    given = Accounts(2, tmp_path, "", (missing, *given.entries))
    screen = Spoken()
    assert work(given, screen) == ExitStatus.USAGE
    told = "the environment variable PASS_B is not set: put the password there"
    assert screen.said[0] == f"b: not set up, nothing saved: No password: {told}"
    assert group_run(given).accounts["good"].is_complete()


def test_first_stop_request_ends_crawls_gracefully(tmp_path: Path) -> None:
    given, screen, stop = accounts(tmp_path, "waits", "waits2", "good"), Spoken(), Stop()

    def ask_when_both_have_begun() -> None:
        places = group_run(given).accounts
        if all(starts(places[name]) for name in ("waits", "waits2")) and not stop.asked:
            stop.ask()

    screen.on_show = ask_when_both_have_begun
    assert work(given, screen, stop) == ExitStatus.INTERRUPTED
    places = group_run(given).accounts
    assert [places[n].log.read_text().split("\n")[2] for n in ("waits", "waits2")] == [
        "Told: 'end'",
        "Told: 'end'",
    ]
    assert (places["good"].outcome().status, starts(places["good"])) == (None, [])
    assert (
        screen.said.count("Ending: the vehicles at work are finished. Ctrl-C again: at once") == 1
    )


def test_second_stop_request_kills_crawls(tmp_path: Path) -> None:
    given, screen, stop = accounts(tmp_path, "stubborn"), Spoken(), Stop()

    def ask_twice() -> None:
        if starts(group_run(given).accounts["stubborn"]):
            stop.asked = 2

    screen.on_show = ask_twice
    assert work(given, screen, stop) == ExitStatus.INTERRUPTED
    outcome = group_run(given).accounts["stubborn"].outcome()
    assert (outcome.status, outcome.message) == (130, "It was ended at once")


def test_silent_crawl_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "_SILENT_S", 1.0)
    monkeypatch.setattr(child_module, "_SILENT_LINES", 0)
    given, screen = accounts(tmp_path, "stubborn"), Spoken()
    assert work(given, screen) == ExitStatus.UNEXPECTED
    assert group_run(given).accounts["stubborn"].outcome().message == FROZEN


def test_own_sleep_does_not_count_as_silence_of_the_crawl(
    entry: AccountEntry, place: AccountFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    child, clock = CrawlProcess(entry, place), [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    found = []
    for seconds in (0, 5_000, 5, 5, 5_000):
        clock[0] += seconds
        found.append(child.looks_frozen())
    assert found == [False] * 5
    for _ in range(180):
        clock[0] += 5
        frozen = child.looks_frozen()
    assert frozen


def test_crawl_gets_only_the_environment_of_its_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("JD_USER", "JD_PASS", "MAX_DOWNLOADS", "JDP_RETRIES")
    for name in (*names, "PGPASSWORD", "PGPASSFILE", "PGSSLKEY", "PGSERVICE"):
        monkeypatch.setenv(name, "7")
    monkeypatch.setenv("JDP_ENV_FILE", "mine")
    settings = {"CONCURRENT_CONTEXTS": "3"}
    one = AccountEntry("one", "me", "http://site/", "env:PASS_A", settings)
    other = AccountEntry("other", "you", "http://site/", "env:PASS_B", {})
    place = AccountFolder(tmp_path / "one")
    found = child_environment(one, place, [one, other])
    ours = {n: v for n, v in found.items() if n.startswith(("JD", "PASS_", "PG")) or n in settings}
    assert ours == {
        "JDP_ENV_FILE": os.devnull,
        "JD_USER": "me",
        "JD_BASE_URL": "http://site/",
        "CONCURRENT_CONTEXTS": "3",
    }
    assert {"MAX_DOWNLOADS", "PASS_A", "PASS_B"} & set(found) == set()
    assert (found["DOWNLOAD_FOLDER"], found["PATH"]) == (str(place.path), os.environ["PATH"])


def test_crawl_gets_only_the_environment_of_its_account_on_windows(
    place: AccountFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its variables have upper-case names, however the file writes them."""
    one = AccountEntry("one", "me", "http://site/", "env:Pass_a", {})
    other = AccountEntry("other", "you", "http://site/", "env:Pass_b", {})
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        found = child_environment(one, place, [one, other])
    assert {"pw-a", "pw-b"} & set(found.values()) == set()


def test_password_is_neither_on_the_command_line_nor_in_a_file(tmp_path: Path) -> None:
    given = accounts(tmp_path, "good")
    work(given, Spoken())
    place = group_run(given).accounts["good"]
    (start,) = starts(place)
    assert start["argv"] == ["-s", f"JOBDIR={place.jobdir}"]
    assert start["environment"]["JDP_PARENT"] == "watched password"
    assert "pw-a" not in start["environment"].values()
    told = hashlib.sha256(b'password "pw-a"\n').hexdigest()
    assert f"Password: {told}" in place.log.read_text()
    (place.path / "starts.jsonl").unlink()
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"pw-a" not in written


def test_crawl_notices_that_its_supervisor_is_gone(place: AccountFolder) -> None:
    child = CrawlProcess(AccountEntry("a", "waits", "http://site/", "env:PASS_A", {}), place)
    child.start({**os.environ, "JD_USER": "waits", "DOWNLOAD_FOLDER": str(place.path)}, "")
    process = child._process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 130
    assert "Told: ''" in place.log.read_text()
    # Nothing happens to one that has ended.
    child.end()
    assert child.status() == 130


def test_lease_is_sent_before_the_crawl_begins(place: AccountFolder) -> None:
    child = CrawlProcess(AccountEntry("a", "waits", "http://site/", "env:PASS_A", {}), place)
    environment = {**os.environ, "JD_USER": "waits", "DOWNLOAD_FOLDER": str(place.path)}
    child.start(environment, "pw-a", Lease(7, 1.5, 2.25))
    while child.status() is None:
        time.sleep(0.05)
    assert "Told: 'until 1.5 2.25'" in place.log.read_text()
    assert starts(place)[0]["environment"]["JDP_PARENT"] == "leased 7 password"


class Pipe(io.BytesIO):
    """Notes in which threads it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []
        self.threads: set[int] = set()
        self.is_done = threading.Event()

    def write(self, data: Any) -> int:
        self.threads.add(threading.get_ident())
        self.lines.append(bytes(data))
        return len(data)

    def close(self) -> None:
        self.is_done.set()
        super().close()


def test_supervisor_never_blocks_on_a_crawl_that_does_not_read(
    entry: AccountEntry, place: AccountFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe holds only so much, and a worker renews many leases."""
    pipe = Pipe()
    process = SimpleNamespace(stdin=pipe, poll=lambda: 130)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: process)
    child = CrawlProcess(entry, place)
    child.start({}, "p\xe4\r", Lease(7, 1.0, 2.0))
    child.renew(Lease(7, 3.0, 4.0))
    child.end()
    assert child.status() == 130
    assert pipe.is_done.wait(20)
    assert pipe.lines == [
        b'password "p\\u00e4\\r"\n',
        b"until 1.0 2.0\n",
        b"until 3.0 4.0\n",
        b"end\n",
    ]
    assert threading.get_ident() not in pipe.threads


def test_killed_crawl_gets_no_more_messages(
    entry: AccountEntry, place: AccountFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody asks for its status, neither thread nor pipe is left over."""
    pipe = Pipe()
    process = SimpleNamespace(stdin=pipe, pid=0, kill=lambda: None)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: process)
    monkeypatch.setattr(os, "killpg", lambda *_: None, raising=False)
    child = CrawlProcess(entry, place)
    child.start({}, "")
    child.kill("Its job was ended")
    assert pipe.is_done.wait(20)


def test_summary_table_lists_every_account(tmp_path: Path) -> None:
    given = accounts(tmp_path, "good", "bad", "crash", "bad2")
    run = group_run(given)
    for name, status, message in (("good", 0, ""), ("bad", 4, ""), ("bad2", 4, "Odd")):
        run.accounts[name].record(status, 62.0, message)
    assert summary(run).splitlines() == [
        "Account  Status         Saved  Failed  Left  Time",
        "good     complete           0       0     0  1 min 02 s",
        "bad      login refused      0       0     0  1 min 02 s",
        "crash    not begun          0       0     0  0 s",
        "bad2     login refused      0       0     0  1 min 02 s",
        "",
        (
            "bad: The end of its log says why: a wrong password, or a locked account. Log in "
            "by hand once. No second try was made."
        ),
        "crash: The same command resumes it.",
        (
            "bad2: Odd. The end of its log says why: a wrong password, or a locked account. Log in "
            "by hand once. No second try was made."
        ),
    ]
