"""`scrapy nightly` with a program in the place of the crawl, and fake schedulers."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time as clock
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from jdp_spider.commands import nightly as nightly_module
from jdp_spider.commands.nightly import Command
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.group import crawl_process
from jdp_spider.nightly import night as night_module
from jdp_spider.nightly import schedulers
from jdp_spider.nightly import standing as standing_module
from jdp_spider.nightly import work as work_module
from jdp_spider.nightly.installation import Installation
from jdp_spider.nightly.night import Hours, System
from jdp_spider.nightly.proof import why_refused
from jdp_spider.nightly.record import NightRecord, Try
from jdp_spider.nightly.schedulers.base import Installed, Plan, Said, Scheduler
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils import cli
from tests.support.command_call import exit_status
from tests.support.run_folders import make_run

FAKE = (sys.executable, "-m", "tests.support.fake_night")
KEEP = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'a'))"
FINE, AWAY = [0, "finished"], [6, "site_unreachable"]


class FastSystem(System):
    """A minute passes with each look at a crawl."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self._ahead

    def sleep(self, seconds: float) -> None:
        clock.sleep(0.02)
        self._ahead += timedelta(minutes=1)


class FakeScheduler(Scheduler):
    key, title, caveat = "cron", "the fake", "It is a fake."

    def __init__(self) -> None:
        super().__init__(lambda *_: Said(0, ""))
        self.plans: dict[str, Plan] = {}
        self.trouble = ""

    def problem(self) -> str:
        return ""

    def shown(self, plan: Plan) -> str:
        return f"{' '.join(plan.words[1:])} \xe9\n"

    def install(self, plan: Plan) -> str:
        self.plans[plan.name] = plan
        return "Start it."

    def uninstall(self, name: str) -> None:
        del self.plans[name]

    def installed(self, name: str) -> Installed | None:
        plan = self.plans.get(name)
        return Installed(f"{plan.at:%H:%M}", self.trouble) if plan else None

    def environment(self) -> dict[str, str]:
        return {"PATH": "/nowhere"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's folder."""
    for module in (work_module, night_module, crawl_process):
        monkeypatch.setattr(module, "PROJECT_FOLDER", tmp_path)
    monkeypatch.setattr(work_module, "JOBS", tmp_path / "crawls")
    for module in (work_module, standing_module):
        monkeypatch.setattr(module, "RECORD", tmp_path / "crawls" / "nightly.json")
    for other in (nightly_module, standing_module):
        monkeypatch.setattr(other, "INSTALLATION", tmp_path / "crawls" / "installed.json")
    monkeypatch.setattr(work_module, "System", FastSystem)
    monkeypatch.setattr(work_module, "_LOCK_PAUSE_S", 0.0)
    monkeypatch.setattr(crawl_process, "_COMMAND", FAKE)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT_FOLDER))
    monkeypatch.setenv("JDP_KEEP_AWAKE", "false")
    monkeypatch.setenv("DOWNLOAD_FOLDER", str(tmp_path / "downloads"))
    return tmp_path


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> FakeScheduler:
    fake = FakeScheduler()
    monkeypatch.setattr(schedulers, "of_this_system", lambda: [fake])
    monkeypatch.setattr(nightly_module, "choose", lambda _: fake)
    return fake


def run(*args: str, **settings: str) -> int:
    return exit_status(Command(), args, settings)


def script(place: Path, *ends: Any) -> None:
    (place / "script.json").write_text(json.dumps(ends), "utf-8")


def starts(place: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (place / "starts.jsonl").read_text("utf-8").splitlines()]


def record(place: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / "crawls" / "nightly.json").read_text("utf-8"))
    return found


def test_night_that_recovers_runs_on_end_once_and_prunes(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, told = make_run(place / "downloads", "01-02-2026"), place / "told.json"
    make_run(place / "downloads", "11-01-2026")
    script(place, AWAY, "killed", FINE)
    on_end = json.dumps([sys.executable, "-c", KEEP, str(told)])
    options = ("--keep-days", "1", "--zip", "--begins", "00:00")
    assert run(*options, JDP_ON_END=on_end) == 0
    job = record(place)["job"]
    assert job == f"crawls/{datetime.now().astimezone():%Y-%m-%d}"
    assert (
        starts(place)
        == [
            {
                "jobdir": job.replace("/", os.sep),
                "JDP_ON_END": "none",
                "JDP_PARENT": "watched password",
                "JD_PASS": "",
                "JDP_PROXY": "",
            }
        ]
        * 3
    )
    assert [(each["status"], each["reason"]) for each in record(place)["tries"]] == [
        (6, "site_unreachable"),
        (1, ""),
        (0, "finished"),
    ]
    # Once, after the last crawl.
    environment = json.loads(told.read_text("utf-8"))
    assert (environment["JDP_TRIES"], environment["JDP_OUTCOME"]) == ("3", "complete")
    assert not old.exists() and old.with_name("01-02-2026.zip").is_file()
    log = (place / job / "night.log").read_bytes()
    assert log.isascii()
    text = log.decode("ascii")
    assert text.count('Crawling, password password ""') == 3
    said = capsys.readouterr().out
    for words in ("Try 1 of 4", "status 6: the site could not be reached", "Try 3 of 4", "packed"):
        assert words in text and words in said


def test_secrets_in_the_environment_reach_only_the_crawl(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = place / "told.json"
    monkeypatch.setenv("JD_PASS", "s3cret")
    monkeypatch.setenv("JDP_PROXY", "http://me:s3cret@proxy.example:1")
    script(place, FINE)
    on_end = json.dumps([sys.executable, "-c", KEEP, str(told)])
    assert run(JDP_ON_END=on_end) == 0
    (start,) = starts(place)
    # By its standard input, and the proxy by its environment.
    assert (start["JD_PASS"], start["JDP_PROXY"]) == ("", "http://me:s3cret@proxy.example:1")
    text = (place / record(place)["job"] / "night.log").read_text("ascii")
    assert 'Crawling, password password "s3cret"' in text
    assert "s3cret" not in told.read_text("utf-8")
    assert {"JD_PASS", "JDP_PROXY"} & set(os.environ) == set()


def test_second_night_at_the_same_time_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = work_module.night_lock()
    lock.acquire()
    script(place, FINE)
    assert run() == 5
    lock.release()
    assert capsys.readouterr().out.startswith("Another run holds this night (process ")
    assert not (place / "starts.jsonl").exists()


def test_interrupted_night_continues_its_job(place: Path) -> None:
    job = f"crawls/{datetime.now().astimezone():%Y-%m-%d}"
    (place / "crawls").mkdir()
    cut = NightRecord(job, "then", "", [Try("a", "b", ExitStatus.SITE_TROUBLE, "site_unreachable")])
    cut.write(place / "crawls" / "nightly.json")
    script(place, FINE)
    assert run("--begins", "00:00") == 0
    assert [each["status"] for each in record(place)["tries"]] == [6, 0]
    assert [each["jobdir"] for each in starts(place)] == [job.replace("/", os.sep)]


def test_job_that_the_page_made_that_day_is_not_the_nights(place: Path) -> None:
    day = f"{datetime.now().astimezone():%Y-%m-%d}"
    for name in (day, f"{day}-night"):
        (place / "crawls" / name).mkdir(parents=True)
    # Of another night: the one of this day has no job yet.
    NightRecord("crawls/2026-01-02-night", "then").write(place / "crawls" / "nightly.json")
    script(place, AWAY, "killed", FINE)
    assert run("--begins", "00:00", "--tries", "1") == 6
    # After a cut it continues its own job, for which there is a folder now.
    assert run("--begins", "00:00") == 0
    assert record(place)["job"] == f"crawls/{day}-night-2"
    jobdirs = {each["jobdir"].replace(os.sep, "/") for each in starts(place)}
    assert jobdirs == {f"crawls/{day}-night-2"}
    assert [each["status"] for each in record(place)["tries"]] == [6, 1, 0]
    assert [path.name for path in (place / "crawls").glob("*/night.log")] == ["night.log"]


def test_crawl_is_told_once_to_stop_at_the_end_of_the_night(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # By the fake clock that is soon.
    until = f"{datetime.now().astimezone() + timedelta(minutes=20):%H:%M}"
    begins = f"{datetime.now().astimezone():%H:%M}"
    script(place, "waits", FINE)
    assert run("--begins", begins, "--until", until) == 130
    text = (place / record(place)["job"] / "night.log").read_text("ascii")
    assert (text.count("Told: end"), text.count("It was asked to end")) == (1, 1)
    assert "Ending: the vehicles in flight are finished" in capsys.readouterr().out
    assert "It was stopped: there is no other try" in text
    assert len(starts(place)) == 1


def test_night_that_begins_after_its_end_tries_nothing(
    place: Path, scheduler: FakeScheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now().astimezone()
    begins, until = (f"{now - timedelta(minutes=each):%H:%M}" for each in (60, 30))
    assert run("--begins", begins, "--until", until) == 130
    assert not (place / "starts.jsonl").exists()
    capsys.readouterr()
    run("--status")
    assert capsys.readouterr().out.endswith(
        f"Nothing was tried: it could not begin before {until}, when the night is over. "
        "Was the computer off or asleep?\n"
    )


def test_unfinished_night_prunes_nothing(place: Path) -> None:
    old = make_run(place / "downloads", "01-02-2026")
    make_run(place / "downloads", "11-01-2026")
    script(place, [4, "login_refused"])
    assert run("--keep-days", "1") == 4
    assert old.is_dir()


def test_failing_on_end_command_does_not_change_the_status(place: Path) -> None:
    script(place, FINE)
    assert run(JDP_ON_END="/no/such/command") == 0
    text = (place / record(place)["job"] / "night.log").read_text("ascii")
    assert text.count("WARNING: The command in JDP_ON_END failed: ") == 1


# The scheduler


def proof(monkeypatch: pytest.MonkeyPatch, status: int) -> list[dict[str, str]]:
    """Let the proof of a login end so. Return the environments that it is given."""
    given: list[dict[str, str]] = []

    def prove(environment: dict[str, str], _: object) -> int:
        given.append(environment)
        return status

    monkeypatch.setattr(nightly_module, "prove_login", prove)
    return given


def test_install_requires_a_login_that_works(
    place: Path,
    scheduler: FakeScheduler,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = proof(monkeypatch, 0)
    options = ("--until", "06:00", "--tries", "2", "--keep-days", "30", "--zip")
    assert run("--install", "20:05", *options) == 0
    (plan,) = scheduler.plans.values()
    assert " ".join(plan.words[1:]) == (
        "-m scrapy nightly --begins 20:05 --until 06:00 --tries 2 --keep-days 30 --zip"
    )
    assert given == [scheduler.environment()]
    assert "Installed: every night at 20:05, by the fake.\nIt is a fake.\nStart it.\n" in (
        capsys.readouterr().out
    )
    assert run("--install", "06:00") == 0
    assert [each.at.hour for each in scheduler.plans.values()] == [6]
    assert run("--uninstall") == 0
    assert scheduler.plans == {}
    assert run("--uninstall") == 0
    assert capsys.readouterr().out.endswith("Removed from the fake.\nNothing was installed.\n")


def test_plan_that_would_start_nothing_costs_no_login(
    scheduler: FakeScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = proof(monkeypatch, 0)
    seen: list[Plan] = []
    monkeypatch.setattr(scheduler, "problem_of", lambda plan: seen.append(plan) or "Move it")
    with pytest.raises(UsageError, match="Move it"):
        run("--install", "20:05", DOWNLOAD_FOLDER="~/reports")
    assert (given, scheduler.plans) == ([], {})
    assert [plan.downloads for plan in seen] == [Path.home() / "reports"]


@pytest.mark.parametrize(
    ("status", "why"),
    [(2, "have to be in .env"), (4, "the first FAIL above"), (5, "Wait for the other run")],
)
def test_failed_login_installs_nothing(
    status: int,
    why: str,
    scheduler: FakeScheduler,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    proof(monkeypatch, status)
    assert run("--install", "20:00") == status
    assert scheduler.plans == {}
    said = capsys.readouterr().err
    assert said.startswith("Not installed. ") and why in said


@pytest.mark.parametrize(("has_group", "count"), [(True, 1), (False, 0)])
def test_failed_login_says_which_account_it_is_about(
    has_group: bool, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the accounts of a group nothing has to be in .env (docs/group.md)."""
    monkeypatch.setattr("jdp_spider.nightly.proof.PROJECT_FOLDER", tmp_path)
    if has_group:
        (tmp_path / "accounts.toml").touch()
    why = why_refused(ExitStatus.USAGE)
    assert why.count("This is about the account of .env or the keyring alone.") == count


def test_print_shows_the_job_without_installing_it(
    scheduler: FakeScheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--install", "20:00", "--print") == 0
    assert capsys.readouterr().out == "-m scrapy nightly --begins 20:00 \\xe9\n"
    assert scheduler.plans == {}


def test_status_is_available_as_json(
    place: Path,
    scheduler: FakeScheduler,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("--status", "--json") == 0
    nothing = {"installed": False, "at_work": False, "attempts": 0,
               "sentence": "No night was run yet."}  # fmt: skip
    names = ("time", "until", "options", "scheduler", "problem", "next_run", "job", "started",
             "ended", "exit_status", "close_reason")  # fmt: skip
    assert json.loads(capsys.readouterr().out) == {**dict.fromkeys(names), **nothing}
    proof(monkeypatch, 0)
    run("--install", "20:05", "--until", "06:00", "--tries", "5", "--keep-days", "30", "--zip")
    script(place, AWAY, [3, "finished"], FINE)
    run("--begins", "00:00")
    capsys.readouterr()
    assert run("--status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["installed"], found["time"], found["until"]) == (True, "20:05", "06:00")
    assert found["options"] == "--tries 5 --keep-days 30 --zip"
    assert found["scheduler"] == "the fake"
    assert datetime.fromisoformat(found["next_run"]) > datetime.now().astimezone()
    assert (found["attempts"], found["exit_status"], found["close_reason"]) == (3, 0, "finished")
    begun = found["started"][:16].replace("T", " ")
    assert found["sentence"] == f"The last night began {begun}. The run came to its end. 3 tries."
    assert found["problem"] is None
    assert run("--status") == 0
    assert (
        "Installed: every night at 20:05 until 06:00, by the fake\nNext: "
        in capsys.readouterr().out
    )
    scheduler.trouble = "it is asleep"
    run("--status")
    assert "It will not start: it is asleep\n" in capsys.readouterr().out


def test_the_log_of_a_night_that_failed_is_named(
    place: Path, scheduler: FakeScheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = Try("2026-11-26T20:00:05-05:00", "2026-11-26T20:00:09-05:00", ExitStatus.USAGE)
    ended = ("2026-11-26T20:00:05-05:00", "2026-11-26T20:00:09-05:00")
    (place / "crawls").mkdir()
    record = NightRecord("crawls/n", *ended, [tried], "The run ended: not set up.")
    record.write(place / "crawls" / "nightly.json")
    run("--status")
    assert capsys.readouterr().out.splitlines()[-1] == (
        "The last night began 2026-11-26 20:00. The run ended: not set up. 1 try. "
        "Do what the message says, then the same command again. "
        "Its log: crawls/n/night.log"
    )


HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("begun", "installed", "since"),
    [
        (25, 200, None),
        (27, 200, 27),
        # A new one, or a new time, is not blamed for nights before it.
        (300, 25, None),
        (300, 27, 27),
        (None, 25, None),
        (None, 27, 27),
        # Installed by an earlier version.
        (27, None, 27),
        (None, None, None),
    ],
)
def test_nights_that_no_longer_begin_are_a_problem(
    begun: int | None,
    installed: int | None,
    since: int | None,
    place: Path,
    scheduler: FakeScheduler,
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = datetime.now().astimezone()
    scheduler.install(Plan(now.time()))
    (place / "crawls").mkdir()
    if begun is not None:
        at = (now - begun * HOURS).isoformat()
        NightRecord("crawls/n", at, at, [Try(at, at, ExitStatus.COMPLETE)], "Fine.").write(
            place / "crawls" / "nightly.json"
        )
    if installed is not None:
        at = (now - installed * HOURS).isoformat()
        Installation(at).write(place / "crawls" / "installed.json")
    run("--status", "--json")
    found = json.loads(capsys.readouterr().out)
    run("--status")
    said = capsys.readouterr().out
    if since is None:
        assert found["problem"] is None and "No night has begun" not in said
    else:
        text = f"No night has begun since {(now - since * HOURS).astimezone():%Y-%m-%d %H:%M}. "
        assert found["problem"].startswith(text) and text in said
    assert found["next_run"]


def test_night_at_work_for_long_is_no_problem(
    place: Path, scheduler: FakeScheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    scheduler.install(Plan(datetime.now().astimezone().time()))
    (place / "crawls").mkdir()
    NightRecord("crawls/n", "2026-01-02T20:00:05-05:00").write(place / "crawls" / "nightly.json")
    with work_module.NightWork(Settings(), Hours(datetime.now().astimezone(), None), 1).lock():
        run("--status", "--json")
    assert json.loads(capsys.readouterr().out)["problem"] is None


def test_status_tells_a_running_night_from_an_interrupted_one(
    place: Path, scheduler: FakeScheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "crawls").mkdir()
    NightRecord("crawls/n", "2026-11-26T20:00:05-05:00").write(place / "crawls" / "nightly.json")
    lock = work_module.night_lock()
    lock.acquire()
    run("--status")
    assert "It is at work on crawls/n, since 2026-11-26 20:00." in capsys.readouterr().out
    lock.release()
    run("--status")
    said = capsys.readouterr().out
    assert (
        "The last night began 2026-11-26 20:00 and was cut short at crawls/n. The next one begins "
        f"a new job. To complete this one: {cli.resume_command('crawls/n')}"
    ) in said
    install = cli.scrapy("nightly --install 20:00")
    assert said.startswith(f"Not installed. To install it: {install}\n")


@pytest.mark.parametrize("text", ["{", "[]", '{"job": 1}', '{"job": "a", "tries": 5}'])
def test_status_ignores_a_damaged_record(
    text: str, place: Path, scheduler: FakeScheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "crawls").mkdir()
    (place / "crawls" / "nightly.json").write_text(text, "utf-8")
    assert run("--status") == 0
    assert capsys.readouterr().out.endswith("No night was run yet.\n")


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("--tries", "0"), "--tries must be from 1 to 20"),
        (("--json",), "--json belongs to --status"),
        (("--wake",), "--print, --scheduler and --wake belong to --install"),
        (("--zip",), "--zip belongs to --keep-days"),
    ],
)
def test_wrong_options_are_refused(args: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        run(*args)
    assert str(caught.value) == problem


def test_wake_is_refused_where_the_scheduler_cannot_wake(scheduler: FakeScheduler) -> None:
    with pytest.raises(UsageError, match="only Windows' Task Scheduler wakes the computer"):
        run("--install", "20:00", "--wake")


def test_settings_on_the_command_line_of_nightly_are_refused() -> None:
    command = Command()
    command.settings = Settings()
    command.settings.set("MAX_DOWNLOADS", "5", "cmdline")
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    with pytest.raises(UsageError, match=r"MAX_DOWNLOADS by -s does not reach the night's crawl"):
        command.process_options([], parser.parse_args([]))
