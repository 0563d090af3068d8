from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from datetime import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from jdp_spider.nightly import schedulers
from jdp_spider.nightly.schedulers import choose, cron, launchd, systemd, windows
from jdp_spider.nightly.schedulers.base import NOT_FOUND, Installed, Plan, Said, SchedulerError

PLAN = Plan(
    time(20, 5),
    ("--until", "06:00"),
    folder=Path("/opt/my \xe4 100% 'jdp'"),
    python=Path("/opt/my \xe4 100% 'jdp'/.venv/bin/python"),
)
NAME = PLAN.name
FOREIGN = ["# mine", "MAILTO=me", "", "0 1 * * * echo \udce9\x0b 100\\% # jdp-spider-other"]


class Crontab:
    """The crontab of a user, as the program of that name keeps it."""

    def __init__(self, text: str | None = None) -> None:
        self.text = text

    def __call__(self, command: list[str], given: str = "") -> Said:
        if command == ["crontab", "-l"]:
            empty = Said(1, "", "no crontab for me\n")
            return empty if self.text is None else Said(0, self.text)
        self.text = given if command == ["crontab", "-"] else None
        return Said(0, "")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(cron, "make_folder", lambda _: None)
    monkeypatch.setattr(cron, "_is_running", lambda: True)


def test_each_project_folder_has_its_own_name() -> None:
    assert Plan(time(1), folder=Path("/a")).name != Plan(time(1), folder=Path("/b")).name
    assert (
        Plan(time(1), folder=Path("/a")).name == Plan(time(2), ("--zip",), folder=Path("/a")).name
    )


# cron


@pytest.mark.skipif(not shutil.which("sh"), reason="There is no shell")
def test_cron_line_runs_the_command_in_a_shell(tmp_path: Path) -> None:
    folder = tmp_path / "my \xe4 100% 'jdp'"
    (folder / "crawls").mkdir(parents=True)
    program = folder / "show args"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$@"\n', "utf-8")
    program.chmod(0o755)
    plan = Plan(time(20, 5), ("--until", "06:00"), folder=folder, python=program)
    minute, hour, *_, command = cron.line(plan).split(" ", 5)
    assert (minute, hour) == ("5", "20")
    # What cron itself does before it starts the shell.
    subprocess.run(["sh", "-c", command.replace(r"\%", "%")], check=True)
    said = plan.output.read_text("utf-8").splitlines()
    assert said == [str(folder), *plan.words[1:]]


def test_cron_keeps_other_lines_byte_for_byte() -> None:
    given = "\n".join([*FOREIGN, ""])
    crontab = Crontab(given)
    found = cron.Cron(crontab)
    found.install(PLAN)
    assert crontab.text == f"{given}{cron.line(PLAN)}\n"
    assert found.installed(NAME) == Installed("20:05")
    found.install(Plan(time(6), folder=PLAN.folder))
    assert found.installed(NAME) == Installed("06:00")
    assert crontab.text is not None and crontab.text.count(NAME) == 1
    found.uninstall(NAME)
    assert crontab.text == given
    assert found.installed(NAME) is None


def test_removal_leaves_an_empty_crontab_empty() -> None:
    crontab = Crontab()
    found = cron.Cron(crontab)
    assert (found.problem(), found.installed(NAME)) == ("", None)
    found.install(PLAN)
    assert crontab.text == f"{cron.line(PLAN)}\n"
    found.uninstall(NAME)
    assert crontab.text is None


def test_unreadable_crontab_is_not_replaced() -> None:
    calls = []

    def refuse(command: list[str], given: str = "") -> Said:
        calls.append(command)
        return Said(1, "", "You (me) are not allowed to use this program (crontab)\n")

    found = cron.Cron(refuse)
    assert "not allowed" in found.problem()
    for do in (lambda: found.install(PLAN), lambda: found.uninstall(NAME)):
        with pytest.raises(SchedulerError, match="not allowed"):
            do()
    assert {tuple(call) for call in calls} == {("crontab", "-l")}


def test_missing_cron_installs_nothing() -> None:
    found = cron.Cron(lambda *_: Said(NOT_FOUND, "", "crontab is not installed"))
    assert (found.installed(NAME), found.problem()) == (None, "crontab is not installed")


def test_a_path_with_a_line_break_is_refused() -> None:
    with pytest.raises(SchedulerError, match="line break"):
        cron.line(Plan(time(1), folder=Path("/a\nb")))


def test_cron_environment_is_minimal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JD_PASS", "s3cret")
    monkeypatch.setenv("DISPLAY", ":0")
    found = cron.Cron(Crontab()).environment()
    assert found["PATH"] == "/usr/bin:/bin"
    assert {"JD_PASS", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS"} & set(found) == set()


# systemd


class Systemctl:
    """`systemctl --user` and `loginctl`: keeps what they were called with."""

    def __init__(self, linger: str = "Linger=yes", state: str = "active") -> None:
        self.calls: list[str] = []
        self._linger = linger
        self._state = state

    def __call__(self, command: list[str], given: str = "") -> Said:
        text = shlex.join(command)
        self.calls.append(text)
        if "show-environment" in command:
            return Said(0, "PATH=/usr/bin\nA=$'b \\'c\\\\'\nLANG=C.UTF-8\n")
        if command[0] == "loginctl":
            return Said(0, f"{self._linger}\n")
        if "is-active" in command:
            return Said(0 if self._state == "active" else 3, f"{self._state}\n")
        return Said(0, "")


SERVICE = """[Unit]
Description=Bookout reports of the inventory, /opt/my \xe4 100%% 'jdp'

[Service]
Type=oneshot
WorkingDirectory=/opt/my \xe4 100%% 'jdp'
ExecStart="/opt/my \xe4 100%% 'jdp'/.venv/bin/python" -m scrapy nightly --begins 20:05 --until 06:00
# The night passes it on to its crawl, which finishes what is in flight and logs out.
KillMode=mixed
TimeoutStopSec=5min
"""
TIMER = """[Unit]
Description=Bookout reports of the inventory, every night, /opt/my \xe4 100%% 'jdp'

[Timer]
OnCalendar=*-*-* 20:05:00
Persistent=true

[Install]
WantedBy=timers.target
"""


@pytest.mark.skipif(os.name == "nt", reason="The units name paths as this system has them")
def test_systemd_gets_a_user_timer_and_service(tmp_path: Path) -> None:
    calls = Systemctl()
    found = systemd.Systemd(calls)
    assert found.install(PLAN) == ""
    folder = tmp_path / "config" / "systemd" / "user"
    texts = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    assert texts == {f"{NAME}.service": SERVICE, f"{NAME}.timer": TIMER}
    assert calls.calls[:3] == [
        "systemctl --user daemon-reload",
        f"systemctl --user enable {NAME}.timer",
        f"systemctl --user restart {NAME}.timer",
    ]
    assert found.installed(NAME) == Installed("20:05")
    found.install(Plan(time(6), folder=PLAN.folder))
    assert found.installed(NAME) == Installed("06:00")
    found.uninstall(NAME)
    assert (list(folder.iterdir()), found.installed(NAME)) == ([], None)
    assert f"systemctl --user disable --now {NAME}.timer" in calls.calls


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    plan = Plan(time(20, 5), folder=tmp_path, python=Path(sys.executable))
    for path, text in systemd.units(plan).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "--user", "--man=no", "verify", *map(str, systemd.units(plan))],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert NAME not in done.stderr and plan.name not in done.stderr, done.stderr


def test_systemd_reports_what_prevents_the_timer() -> None:
    calls = Systemctl(linger="Linger=no", state="inactive")
    found = systemd.Systemd(calls)
    assert "loginctl enable-linger" in found.install(PLAN)
    assert found.installed(NAME) == Installed("20:05", "its timer is inactive")


def test_systemd_environment_is_parsed() -> None:
    found = systemd.Systemd(Systemctl()).environment()
    assert found == {"PATH": "/usr/bin", "A": "b 'c\\", "LANG": "C.UTF-8"}


# Windows


class Schtasks:
    """`schtasks`: keeps the tasks as Windows prints them again."""

    def __init__(self) -> None:
        self.tasks: dict[str, str] = {}

    def __call__(self, command: list[str], given: str = "") -> Said:
        name = command[command.index("/TN") + 1]
        if command[1] == "/Create":
            assert "/F" in command
            data = Path(command[command.index("/XML") + 1]).read_bytes()
            self.tasks[name] = data.decode("utf-16")
        elif name not in self.tasks:
            return Said(1, "", "ERROR: The system cannot find the file specified.\r\n")
        elif command[1] == "/Delete":
            del self.tasks[name]
        return Said(0, self.tasks.get(name, ""))


def test_windows_gets_a_user_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERDOMAIN", "PC")
    monkeypatch.setenv("USERNAME", "d\xe9aler")
    tasks = Schtasks()
    found = windows.Windows(tasks)
    found.install(PLAN)
    root = ElementTree.fromstring(tasks.tasks[NAME].encode("utf-16"))
    texts = {each.tag.rpartition("}")[2]: each.text for each in root.iter() if each.text}
    assert root.tag == "{http://schemas.microsoft.com/windows/2004/02/mit/task}Task"
    assert {name: text for name, text in texts.items() if text and text.strip()} == {
        "Description": windows._DESCRIPTION,
        "StartBoundary": "2026-01-01T20:05:00",
        "Enabled": "true",
        "DaysInterval": "1",
        "UserId": "PC\\d\xe9aler",
        "LogonType": "InteractiveToken",
        "RunLevel": "LeastPrivilege",
        "MultipleInstancesPolicy": "IgnoreNew",
        "DisallowStartIfOnBatteries": "false",
        "StopIfGoingOnBatteries": "false",
        "StartWhenAvailable": "true",
        "WakeToRun": "false",
        "ExecutionTimeLimit": "PT0S",
        "Command": str(PLAN.python),
        "Arguments": "-m scrapy nightly --begins 20:05 --until 06:00",
        "WorkingDirectory": str(PLAN.folder),
    }
    assert found.installed(NAME) == Installed("20:05")
    found.install(Plan(time(6), wake=True, folder=PLAN.folder))
    assert found.installed(NAME) == Installed("06:00")
    assert "<WakeToRun>true<" in tasks.tasks[NAME]
    found.uninstall(NAME)
    assert (tasks.tasks, found.installed(NAME)) == ({}, None)


def test_disabled_windows_task_is_reported() -> None:
    tasks = Schtasks()
    found = windows.Windows(tasks)
    found.install(PLAN)
    before, settings, after = tasks.tasks[NAME].partition("<Settings>")
    disabled = after.replace("<Enabled>true", "<Enabled>false", 1)
    tasks.tasks[NAME] = f"{before}{settings}{disabled}"
    assert found.installed(NAME) == Installed("20:05", "the task is disabled")


def test_windowless_python_is_used_if_present(tmp_path: Path) -> None:
    python = str(tmp_path / "python.exe")
    assert windows._windowless(python) == python
    (tmp_path / "pythonw.exe").touch()
    assert Path(windows._windowless(python)).name in ("pythonw.exe", "python.exe")


# launchd


def test_launchd_gets_a_user_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        launchd, "make_folder", lambda path: "opt" in path.parts or path.mkdir(parents=True)
    )
    calls: list[list[str]] = []
    status = {"print": 0}

    def launchctl(command: list[str], given: str = "") -> Said:
        calls.append(command[1:2])
        return Said(status.get(command[1], 0), "")

    found = launchd.Launchd(launchctl)
    found.install(PLAN)
    (path,) = (tmp_path / "home" / "Library" / "LaunchAgents").iterdir()
    assert path.name == f"{NAME}.plist"
    assert plistlib.loads(path.read_bytes()) == {
        "Label": NAME,
        "ProgramArguments": PLAN.words,
        "WorkingDirectory": str(PLAN.folder),
        "StartCalendarInterval": {"Hour": 20, "Minute": 5},
        "StandardOutPath": str(PLAN.output),
        "StandardErrorPath": str(PLAN.output),
    }
    assert plistlib.loads(found.shown(PLAN).encode("ascii"))["ProgramArguments"] == PLAN.words
    assert calls == [["bootout"], ["bootstrap"]]
    assert found.installed(NAME) == Installed("20:05")
    status["print"] = 113
    assert found.installed(NAME) == Installed("20:05", "launchd has not loaded it")
    found.uninstall(NAME)
    assert (path.exists(), found.installed(NAME)) == (False, None)


@pytest.mark.parametrize(
    ("folder", "downloads", "named"),
    [
        ("home/Downloads/jdp_spider-main", "home/reports", "Downloads"),
        ("home/desktop/jdp", None, "Desktop"),
        ("home/Documents", None, "Documents"),
        ("home/Library/Mobile Documents/com~apple~CloudDocs/jdp", None, "Mobile Documents"),
        ("home/jdp", "home/Documents/reports", "Documents"),
        ("home/jdp", "/Volumes/Office/reports", "Volumes"),
        pytest.param(
            "home/link/jdp",
            None,
            "Documents",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="links need a right there"),
        ),
    ],
)
def test_place_that_launchd_may_not_read_is_refused_before_anything_is_installed(
    folder: str, downloads: str | None, named: str, tmp_path: Path
) -> None:
    (tmp_path / "home" / "Documents").mkdir(parents=True)
    if "link" in folder:
        (tmp_path / "home" / "link").symlink_to(tmp_path / "home" / "Documents")
    calls: list[list[str]] = []
    found = launchd.Launchd(lambda command, _="": calls.append(command) or Said(0, ""))
    plan = Plan(
        time(20),
        folder=tmp_path / folder,
        downloads=tmp_path / downloads if downloads else None,
    )
    with pytest.raises(SchedulerError, match="your home folder") as caught:
        found.install(plan)
    assert f"{named}: " in str(caught.value)
    assert (calls, (tmp_path / "home" / "Library").exists()) == ([], False)


@pytest.mark.parametrize("folder", ["jdp", "Downloads of jdp", "jdp/Downloads", "Library/jdp"])
def test_other_places_are_fit_for_launchd(folder: str, tmp_path: Path) -> None:
    plan = Plan(time(20), folder=tmp_path / "home" / folder, downloads=tmp_path / "home" / "r")
    assert launchd.Launchd().problem_of(plan) == ""


# Which one


class Fake(cron.Cron):
    def __init__(self, key: str, problem: str) -> None:
        super().__init__()
        self.key, self._problem = key, problem  # type: ignore[misc]

    def problem(self) -> str:
        return self._problem


@pytest.mark.parametrize(("problems", "chosen"), [(("", ""), "a"), (("no bus", ""), "b")])
def test_first_usable_scheduler_is_chosen(
    problems: tuple[str, str], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [Fake(key, problem) for key, problem in zip("ab", problems, strict=True)]
    monkeypatch.setattr(schedulers, "of_this_system", lambda: both)
    assert choose(None).key == chosen


def test_error_lists_why_each_scheduler_is_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [Fake("a", "no bus"), Fake("b", "not installed")]
    monkeypatch.setattr(schedulers, "of_this_system", lambda: both)
    with pytest.raises(SchedulerError) as caught:
        choose(None)
    problems, advice = str(caught.value).split(". ", 1)
    assert problems == "No scheduler can be used here (cron: no bus; cron: not installed)"
    assert advice.endswith("another program start the night (docs/schedule.md, Other ways).")
    assert ("Install cron" in advice) == (sys.platform == "linux")


def test_unusable_scheduler_has_nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = cron.Cron(lambda *_: Said(1, "", "You are not allowed to use this program"))
    other = cron.Cron(Crontab(f"{cron.line(PLAN)}\n"))
    monkeypatch.setattr(schedulers, "of_this_system", lambda: [refused, other])
    assert schedulers.find_installed(NAME) == [(other, Installed("20:05"))]
