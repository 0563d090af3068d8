"""The set-up script's decisions; no environment with packages is made here."""

from __future__ import annotations

import ast
import importlib.util
import io
import itertools
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from jdp_spider.job.locks import RunLock
from jdp_spider.reasons import CloseReason
from tests.support.proxy import running_proxy

SCRIPT = Path(__file__).resolve().parent.parent / "bootstrap.py"
UBUNTU_COMMAND = ".venv/bin/python -m playwright install --with-deps --only-shell chromium"
DEBIAN_COMMAND = "sudo apt-get update && sudo apt-get install -y chromium-headless-shell"
posix_only = pytest.mark.skipif(os.name == "nt", reason="is of POSIX systems")

spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)
QUIETLY = bootstrap.quietly


class Machine:
    """Stands in for the commands of the set-up and remembers which of them ran."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.steps: list[str] = []
        self.failing: dict[str, tuple[int | None, str]] = {}
        self.browser = folder / "browser"
        self.browser.touch()
        self.browser_comes_with = ""
        self.cache = folder / "cache"

    def quietly(self, command: list[str], timeout=None, env=None) -> tuple[int | None, str]:
        step = self.name_of(command)
        self.steps.append(step)
        if step in self.failing:
            return self.failing[step]
        if step == "venv":
            python = Path(bootstrap.venv_python())
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
        if step == self.browser_comes_with:
            self.browser_comes_with = ""
            if step == "playwright":
                self.browser_places()[0].mkdir(parents=True)
        return 0, ""

    def name_of(self, command: list[str]) -> str:
        if "apt-get" in command:
            return "apt-get update" if "update" in command else "apt-get install"
        if command[1:3] == ["-m", "pip"]:
            return "pip " + " ".join(name for name in command if name.endswith(".txt"))
        if command[1] == "-c":
            return "state folder"
        return command[2] if command[1] == "-m" else " ".join(command[1:])

    def browser_places(self) -> list[Path]:
        return [self.cache / "chromium_headless_shell-7", self.cache / "ffmpeg-7"]

    def find_browser(self) -> tuple[str, str]:
        self.steps.append("find")
        return ("", "No browser was found") if self.browser_comes_with else (str(self.browser), "")

    def set_up(self, with_tests: bool = False) -> list[str]:
        """Run the set-up and return the steps it took."""
        self.steps = []
        bootstrap.set_up(with_tests)
        return self.steps


@pytest.fixture
def machine(tmp_path, monkeypatch):
    folder = tmp_path / "José & co"
    folder.mkdir()
    (folder / "requirements.txt").write_text("scrapy\n")
    (folder / bootstrap.LOCK).write_text("scrapy==2.19.0\n")
    for name in bootstrap.TEST_REQUIREMENTS:
        (folder / name).write_text("-r requirements.txt\n")
    machine = Machine(folder)
    monkeypatch.setattr(bootstrap, "ROOT", folder)
    monkeypatch.setattr(bootstrap, "VENV", folder / ".venv")
    monkeypatch.setattr(bootstrap, "quietly", machine.quietly)
    monkeypatch.setattr(bootstrap, "find_browser", machine.find_browser)
    monkeypatch.setattr(bootstrap, "browser_places", machine.browser_places)
    monkeypatch.setattr(bootstrap, "starts", lambda path: True)
    monkeypatch.setattr(bootstrap, "apt_prefix", lambda: None)
    monkeypatch.setattr(bootstrap, "has_postgres", lambda: True)
    return machine


FIRST_TIME = ["venv", "pip requirements.txt", "find"]


# What is done, and what is not done again


def test_second_set_up_does_nothing(machine):
    assert machine.set_up() == FIRST_TIME
    assert machine.set_up() == []


def test_test_tools_are_added_to_the_environment(machine):
    machine.set_up()
    files = " ".join(["requirements.txt", *bootstrap.TEST_REQUIREMENTS])
    assert machine.set_up(with_tests=True) == [f"pip {files}", "find"]
    assert machine.set_up(with_tests=True) == []
    assert machine.set_up() == []


def test_changed_requirements_are_installed(machine):
    machine.set_up()
    (machine.folder / "requirements.txt").write_text("scrapy\naiohttp\n")
    assert machine.set_up() == ["pip requirements.txt", "find"]


def test_different_line_ends_are_not_a_change(machine):
    machine.set_up()
    (machine.folder / "requirements.txt").write_bytes(b"scrapy\r\n")
    assert machine.set_up() == []


def test_unfinished_install_is_redone(machine, capsys):
    machine.failing = {"pip requirements.txt": (1, "ERROR: No space left on device")}
    with pytest.raises(bootstrap.SetupError, match="No space left on device"):
        machine.set_up()
    machine.failing = {}
    assert machine.set_up() == FIRST_TIME
    assert "Replacing .venv (its set-up was not completed)" in capsys.readouterr().out


def test_unfinished_update_is_redone(machine):
    machine.set_up()
    (machine.folder / "requirements.txt").write_text("scrapy\naiohttp\n")
    machine.failing = {"pip requirements.txt": (1, "Installing collected packages: aiohttp\n")}
    with pytest.raises(bootstrap.SetupError):
        machine.set_up()
    machine.failing = {}
    assert machine.set_up() == FIRST_TIME


def test_an_update_that_installed_nothing_keeps_the_environment(machine):
    """Without network, the program that was set up must not be lost."""
    machine.set_up()
    (machine.folder / "requirements.txt").write_text("scrapy\naiohttp\n")
    machine.failing = {"pip requirements.txt": (1, "Collecting aiohttp\nReadTimeoutError\n")}
    for _ in range(2):
        with pytest.raises(bootstrap.SetupError, match="No connection"):
            machine.set_up()
        assert machine.steps == ["pip requirements.txt"]
    machine.failing = {}
    assert machine.set_up() == ["pip requirements.txt", "find"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"requirements": null}'])
def test_damaged_stamp_counts_as_none(machine, text):
    machine.set_up()
    bootstrap.stamp_path().write_text(text)
    assert machine.set_up() == FIRST_TIME


@pytest.mark.parametrize(
    ("key", "reason"),
    [("venv", "it was moved or copied"), ("python", "it was made with another Python")],
)
def test_environment_from_elsewhere_is_rebuilt(machine, capsys, key, reason):
    machine.set_up()
    stamp = json.loads(bootstrap.stamp_path().read_text())
    bootstrap.stamp_path().write_text(json.dumps({**stamp, key: "elsewhere"}))
    assert machine.set_up() == FIRST_TIME
    assert f"Replacing .venv ({reason})" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("made_with", "now", "steps"),
    [
        ("3.14.1 /usr", "3.14.2 /usr", []),
        ("3.13.9 /usr", "3.14.2 /usr", FIRST_TIME),
        ("3.14.1 /usr", "3.14.1 /opt", FIRST_TIME),
    ],
)
def test_another_micro_version_keeps_the_environment(machine, monkeypatch, made_with, now, steps):
    monkeypatch.setattr(bootstrap, "this_python", lambda: made_with)
    machine.set_up()
    monkeypatch.setattr(bootstrap, "this_python", lambda: now)
    assert machine.set_up() == steps


@pytest.mark.parametrize(
    ("name", "python", "same"),
    [
        (
            "posix",
            "3.14.1 /Cellar/python@3.14/3.14.1_1/V/3.14",
            "3.14 /Cellar/python@3.14/3.14/V/3.14",
        ),
        ("nt", r"3.14.1 c:\all\3.14.1", r"3.14 c:\all\3.14.1"),
    ],
)
def test_place_of_homebrew_counts_without_its_version(monkeypatch, name, python, same):
    with monkeypatch.context() as context:
        context.setattr(os, "name", name)
        found = bootstrap.without_micro(python)
    assert found == same


@pytest.mark.parametrize("place", ["lib/python3.11/site-packages", "Lib/site-packages"])
def test_packages_added_by_the_user_are_in_the_new_environment(machine, place):
    machine.set_up()
    (bootstrap.VENV / place / "procrastinate-3.10.0.dist-info").mkdir(parents=True)
    Path(bootstrap.venv_python()).unlink()
    assert "pip requirements.txt requirements-group.txt" in machine.set_up()
    # Once is enough.
    assert machine.set_up() == []


def test_environment_without_its_python_is_rebuilt(machine):
    machine.set_up()
    Path(bootstrap.venv_python()).unlink()
    assert machine.set_up() == FIRST_TIME


def test_environment_in_use_is_not_replaced_by_half(machine, monkeypatch):
    """On Windows a folder is not renamed while a program in it runs."""
    machine.set_up()
    bootstrap.stamp_path().write_text("{}")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError("used by another process")

    with monkeypatch.context() as context:
        context.setattr(Path, "rename", refuse)
        with pytest.raises(bootstrap.SetupError, match="cannot be replaced: used by another proce"):
            machine.set_up()
    assert Path(bootstrap.venv_python()).is_file()
    assert machine.set_up() == FIRST_TIME
    assert not list(machine.folder.glob(".venv-old*"))


def test_rest_of_an_old_environment_is_deleted_by_the_next_removal(machine, monkeypatch):
    machine.set_up()
    bootstrap.stamp_path().write_text("{}")
    with monkeypatch.context() as context:
        context.setattr(shutil, "rmtree", lambda folder, ignore_errors: None)
        assert machine.set_up() == FIRST_TIME
    assert (machine.folder / ".venv-old-removed").exists()
    bootstrap.stamp_path().write_text("{}")
    assert machine.set_up() == FIRST_TIME
    assert not (machine.folder / ".venv-old-removed").exists()


def test_foreign_environment_is_moved_aside(machine, capsys):
    (machine.folder / ".venv").mkdir()
    (machine.folder / ".venv" / "precious").touch()
    assert machine.set_up() == FIRST_TIME
    assert (machine.folder / ".venv-old-1" / "precious").exists()
    assert "Moved .venv to .venv-old-1 (not made by this script)" in capsys.readouterr().out


def test_python_inside_the_environment_does_not_delete_itself(machine, monkeypatch):
    machine.set_up()
    bootstrap.stamp_path().unlink()
    monkeypatch.setattr(sys, "prefix", str(bootstrap.VENV))
    with pytest.raises(bootstrap.SetupError, match="'deactivate'"):
        machine.set_up()
    assert bootstrap.marker_path().exists()


# Two windows


def test_second_start_waits_for_the_set_up_and_leaves_the_environment(machine, monkeypatch, capsys):
    waits = threading.Event()
    second = threading.Thread(target=bootstrap.set_up, args=(False,))

    def during_pip(command: list[str], timeout=None, env=None) -> tuple[int | None, str]:
        if "pip" in command and not second.ident:
            second.start()
            assert waits.wait(60)
        return machine.quietly(command, timeout, env)

    sleep = bootstrap.time.sleep
    monkeypatch.setattr(bootstrap, "quietly", during_pip)
    monkeypatch.setattr(bootstrap.time, "sleep", lambda _: waits.set() or sleep(0.01))
    assert machine.set_up()[:2] == FIRST_TIME[:2]
    second.join()
    assert machine.steps == FIRST_TIME
    assert capsys.readouterr().out.count("Another window is setting the program up: waiting") == 1


HOLDER = """\
import runpy, sys
script = runpy.run_path(sys.argv[1])
file = open(sys.argv[2], "ab")
print(script["take_lock"](file), flush=True)
sys.stdin.read()
"""


def test_window_that_was_killed_does_not_keep_others_waiting(machine, monkeypatch):
    lock = machine.folder / ".venv.lock"
    command = [sys.executable, "-c", HOLDER, str(SCRIPT), str(lock)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout.readline().strip() == b"True"
        monkeypatch.setattr(bootstrap.time, "sleep", lambda _: holder.kill() or holder.wait())
        assert machine.set_up() == FIRST_TIME
        assert holder.returncode


def test_update_fill_and_uninstall_wait_too(machine, monkeypatch, tmp_path):
    class Waiting(Exception):
        pass

    def wait(seconds: float) -> None:
        raise Waiting

    machine.set_up()
    monkeypatch.setattr(bootstrap.time, "sleep", wait)
    with (machine.folder / ".venv.lock").open("ab") as file:
        assert bootstrap.take_lock(file)
        for argv in (["update"], ["fill", str(tmp_path / "stick")], ["uninstall", "--yes"]):
            with pytest.raises(Waiting):
                bootstrap.main(argv)
    assert bootstrap.marker_path().exists()


def test_set_up_that_is_complete_starts_where_nothing_can_be_written(machine, monkeypatch):
    machine.set_up()

    def read_only(self: Path, mode: str = "r", *args, open_=Path.open, **more):
        if not mode.startswith("r"):
            raise PermissionError("read only")
        return open_(self, mode, *args, **more)

    monkeypatch.setattr(Path, "open", read_only)
    assert machine.set_up() == []


# A run at work


@pytest.fixture(params=["crawls/a/job.lock", "crawls/nightly.lock", "groups/a/group.lock"])
def run_lock(request, machine):
    machine.set_up()
    lock = RunLock(machine.folder / request.param, "job", CloseReason.JOB_IN_USE)
    lock.acquire()
    yield lock, request.param
    lock.release()


def test_environment_of_a_run_is_kept_with_another_python(machine, run_lock, monkeypatch, capsys):
    lock, name = run_lock
    monkeypatch.setattr(bootstrap, "this_python", lambda: "3.99.0 /usr")
    capsys.readouterr()
    assert machine.set_up() == []
    assert capsys.readouterr().out == (
        f".venv stays as it is ({bootstrap.OTHER_PYTHON}): a run is at work ({name}).\n"
    )
    lock.release()
    assert machine.set_up() == FIRST_TIME


def test_environment_of_a_run_that_is_not_complete_is_waited_for(machine, run_lock):
    lock, name = run_lock
    bootstrap.stamp_path().write_text("{}")
    with pytest.raises(bootstrap.SetupError, match=rf"a run is at work \({name}\). Wait until"):
        machine.set_up()
    assert bootstrap.marker_path().exists()
    lock.release()
    assert machine.set_up() == FIRST_TIME


@pytest.mark.usefixtures("run_lock")
def test_run_in_another_environment_does_not_stop_the_set_up(machine):
    shutil.rmtree(bootstrap.VENV)
    assert machine.set_up() == FIRST_TIME


@pytest.mark.usefixtures("run_lock")
def test_uninstall_removes_nothing_while_a_run_is_at_work(machine, capsys):
    machine.steps = []
    assert bootstrap.main(["uninstall", "--yes"]) == 1
    assert "Error: Nothing was removed: a run is at work" in capsys.readouterr().err
    assert (machine.steps, bootstrap.marker_path().exists()) == ([], True)


def test_lock_of_a_run_that_was_killed_counts_as_none(machine, run_lock):
    lock, name = run_lock
    lock.release()
    (machine.folder / name).with_suffix(".holder.json").write_text("{}")
    (machine.folder / name).touch()
    assert bootstrap.run_at_work() == ""


# What goes wrong


def test_missing_network_is_reported(machine):
    output = "NewConnectionError: Temporary failure in name resolution\nERROR: No matching\n"
    machine.failing = {"pip requirements.txt": (1, output)}
    with pytest.raises(bootstrap.SetupError) as error:
        machine.set_up()
    assert str(error.value) == (
        "No connection to the Python package index (pypi.org). Check the network and the proxy, "
        "then run the same command again."
    )


def test_proxy_refusal_is_not_reported_as_a_missing_network(machine):
    output = "ProxyError('Unable to connect', OSError('Tunnel connection failed: 407 No'))\n"
    machine.failing = {"pip requirements.txt": (1, output)}
    with pytest.raises(bootstrap.SetupError, match=r"^The proxy refuses its user name"):
        machine.set_up()


def test_failed_install_shows_the_last_lines(machine):
    output = "".join(f"line {number}\n\n" for number in range(40))
    machine.failing = {"pip requirements.txt": (1, output)}
    with pytest.raises(bootstrap.SetupError) as error:
        machine.set_up()
    expected = [f"line {number}" for number in range(28, 40)]
    assert str(error.value).splitlines() == ["Installing the packages failed:", *expected]


@pytest.mark.parametrize(
    ("attribute", "value", "what"),
    [
        ("version_info", (3, 99, 1), "for Python 3.99 yet"),
        ("maxsize", 2**31 - 1, "for 32-bit Python"),
    ],
)
def test_python_without_packages_is_named(machine, monkeypatch, attribute, value, what):
    machine.failing = {"pip requirements.txt": (1, "ERROR: Visual C++ 14.0 is required\n")}
    with monkeypatch.context() as context:
        context.setattr(sys, attribute, value)
        with pytest.raises(bootstrap.SetupError) as error:
            machine.set_up()
    assert str(error.value).splitlines() == [
        (
            f"The packages are not made {what}: install Python 3.14, 64 bit, from "
            "https://www.python.org/downloads/, then start this again with it."
        ),
        "Installing the packages failed:",
        "ERROR: Visual C++ 14.0 is required",
    ]


@pytest.mark.parametrize(
    ("platform", "is_only"), [("win32", True), ("darwin", True), ("linux", False)]
)
def test_nothing_is_compiled_where_there_is_no_compiler(monkeypatch, platform, is_only):
    commands: list[str] = []
    monkeypatch.setattr(bootstrap, "quietly", lambda command: commands.extend(command) or (0, ""))
    with monkeypatch.context() as context:
        context.setattr(sys, "platform", platform)
        bootstrap.install(["requirements.txt"])
    assert ("--only-binary :all:" in " ".join(commands)) is is_only


def test_missing_ensurepip_names_the_command(machine, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name != "ensurepip")
    monkeypatch.setattr(shutil, "which", lambda name: name == "apt-get")
    monkeypatch.setattr(bootstrap, "as_root", lambda command: f"sudo {command}")
    package = f"python3.{sys.version_info[1]}-venv"
    command = f"sudo apt-get update && sudo apt-get install -y {package}"
    with pytest.raises(bootstrap.SetupError, match=rf"\(ensurepip missing\). Run: {command}\n"):
        machine.set_up()
    assert not bootstrap.VENV.exists()


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 9, 18)])
def test_old_python_gets_one_line(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit) as error:
        runpy.run_path(str(SCRIPT))
    assert error.value.code == (
        f"Error: This needs Python 3.10 or newer, but was started with Python {version[0]}."
        f"{version[1]}. Install a newer one from https://www.python.org/downloads/ and start this "
        "with it."
    )


def test_old_python_can_read_the_script():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


# Browser


def test_missing_browser_is_searched_for_again(machine):
    machine.set_up()
    machine.browser.unlink()
    assert machine.set_up() == ["find"]


def test_browser_is_downloaded_if_none_is_found(machine):
    machine.browser_comes_with = "playwright"
    assert machine.set_up() == [*FIRST_TIME, "playwright", "find"]


def test_browser_comes_from_apt(machine, monkeypatch):
    monkeypatch.setattr(bootstrap, "apt_prefix", list)
    machine.browser_comes_with = "apt-get install"
    machine.failing = {"playwright": (1, "Error: getaddrinfo ENOTFOUND cdn.example")}
    steps = ["playwright", "find", "apt-get update", "apt-get install", "find"]
    assert machine.set_up() == FIRST_TIME + steps
    assert machine.set_up() == []


def test_database_for_the_tests_is_installed_once(machine, monkeypatch):
    monkeypatch.setattr(bootstrap, "apt_prefix", list)
    monkeypatch.setattr(bootstrap, "has_postgres", lambda: False)
    assert machine.set_up() == FIRST_TIME
    assert machine.set_up(with_tests=True)[-2:] == ["apt-get update", "apt-get install"]
    assert machine.set_up(with_tests=True) == []


def test_failed_database_install_does_not_stop_the_set_up(machine, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "has_postgres", lambda: False)
    monkeypatch.setattr(bootstrap, "apt_prefix", list)
    machine.failing = {"apt-get install": (100, "E: no such package")}
    machine.set_up(with_tests=True)
    line = "Without it these tests are left out: apt-get failed (E: no such package)"
    assert line in capsys.readouterr().out


def test_download_without_its_libraries_falls_back_to_apt(machine, monkeypatch):
    monkeypatch.setattr(bootstrap, "apt_prefix", list)
    monkeypatch.setattr(bootstrap, "starts", lambda path: "apt-get install" in machine.steps)
    assert machine.set_up()[3:] == [
        "playwright",
        "find",
        "apt-get update",
        "apt-get install",
        "find",
    ]


@pytest.mark.parametrize(
    ("playwright", "why"),
    [
        (
            (1, "Downloading\nError: getaddrinfo ENOTFOUND x\nat y"),
            "failed (getaddrinfo ENOTFOUND x)",
        ),
        ((1, "sudden end\n"), "failed (sudden end)"),
        ((None, ""), "took longer than 900 s"),
    ],
)
def test_missing_browser_is_an_error_with_a_command(machine, monkeypatch, playwright, why):
    monkeypatch.setattr(bootstrap, "browser_command", lambda: "get browser")
    machine.browser_comes_with = "nothing"
    machine.failing = {"playwright": playwright}
    with pytest.raises(bootstrap.SetupError) as error:
        machine.set_up()
    assert str(error.value) == (
        f"No browser was found; downloading one {why}. Run: get browser\n"
        "Then run the same command again."
    )
    machine.browser_comes_with, machine.failing = "", {}
    assert machine.set_up() == ["find"]


@pytest.mark.parametrize(
    ("platform", "tools", "ubuntu", "command"),
    [
        ("win32", [], False, "winget install --exact --id Google.Chrome"),
        ("darwin", [], False, "brew install --cask google-chrome"),
        ("linux", ["apt-get"], False, DEBIAN_COMMAND),
        ("linux", ["apt-get"], True, UBUNTU_COMMAND),
        ("linux", [], False, UBUNTU_COMMAND),
        ("linux", ["dnf"], False, "sudo dnf install -y chromium-headless"),
        ("linux", ["pacman"], False, "sudo pacman -S --noconfirm chromium"),
        ("linux", ["zypper"], False, "sudo zypper --non-interactive install chromium"),
    ],
)
def test_browser_command_of_each_platform(monkeypatch, platform, tools, ubuntu, command):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: name if name in tools else None)
    monkeypatch.setattr(bootstrap, "is_ubuntu", lambda: ubuntu)
    assert bootstrap.browser_command() == command


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("print('noise'); print('/opt/caf\\u00e9/chrome')", ("/opt/café/chrome", "")),
        ("raise SystemExit(2)", ("", "No browser was found")),
    ],
)
def test_package_is_asked_for_the_browser(tmp_path, monkeypatch, code, found):
    fake_package(tmp_path, monkeypatch, code)
    assert bootstrap.find_browser() == found


def test_wrong_browser_setting_is_no_reason_to_download(tmp_path, monkeypatch):
    fake_package(tmp_path, monkeypatch, "raise SystemExit('JD_BROWSER: no such file')")
    with pytest.raises(bootstrap.SetupError, match="failed: JD_BROWSER: no such file"):
        bootstrap.find_browser()


def fake_package(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    (folder / "jdp_spider").mkdir()
    (folder / "jdp_spider" / "__init__.py").touch()
    (folder / "jdp_spider" / "browser.py").write_text(code)
    monkeypatch.setattr(bootstrap, "ROOT", folder)
    monkeypatch.setattr(bootstrap, "venv_python", lambda: sys.executable)


# Commands


@pytest.fixture
def ran(monkeypatch):
    """Collects the modules that were run; those named in `ran.failing` end with 7."""

    class Ran(list):
        failing: str = ""

    ran = Ran()

    def set_up(with_tests: bool, offline: Path | None = None) -> None:
        ran.append(with_tests if offline is None else f"offline {offline}")

    def run(command: list[str]) -> int:
        assert command[:2] == [bootstrap.venv_python(), "-m"]
        ran.append(" ".join(command[2:]))
        return 7 if ran[-1] == ran.failing else 0

    monkeypatch.setattr(bootstrap, "set_up", set_up)
    monkeypatch.setattr(bootstrap, "run", run)
    return ran


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["demo"], [False, "scrapy demo"]),
        (["demo", "--vehicles", "10", "--help"], [False, "scrapy demo --vehicles 10 --help"]),
        (["test"], [True, "nox"]),
        (["test", "-k", "name"], [True, "pytest -k name"]),
        (["test", "--windows", "fast"], [True, "harness.windows fast"]),
        (["setup"], [False]),
        (["setup", "--offline", "/stick"], [f"offline {Path('/stick').resolve()}"]),
        ([], [False, "scrapy dashboard"]),
    ],
)
def test_arguments_are_passed_on(ran, argv, expected):
    assert bootstrap.main(argv) == 0
    assert ran == expected


def test_start_of_the_page_is_said(ran, capsys):
    assert bootstrap.main([]) == 0
    assert capsys.readouterr().out == "Opening the page ...\n"


def test_search_for_a_browser_is_said(machine, capsys):
    machine.set_up()
    assert "Looking for a browser ...\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "failing"),
    [(["demo"], "scrapy demo"), (["test"], "nox"), ([], "scrapy dashboard")],
)
def test_status_is_passed_on(ran, argv, failing):
    ran.failing = failing
    assert bootstrap.main(argv) == 7


def test_a_temporary_folder_of_a_zip_program_is_refused(ran, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path.resolve() / "Temp1_jdp.zip" / "jdp")
    monkeypatch.setattr(bootstrap.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(sys, "platform", "win32")
    assert (bootstrap.main([]), ran) == (1, [])
    assert "is a temporary folder, whose contents get lost. Unpack" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "python"), [("nt", r".venv\Scripts\python"), ("posix", ".venv/bin/python")]
)
def test_setup_says_what_to_run_next(monkeypatch, name, python):
    monkeypatch.setattr(bootstrap.os, "name", name)
    text = bootstrap.next_commands()
    monkeypatch.undo()
    assert text.splitlines()[-2:] == [
        f"  {python} -m scrapy doctor",
        f"  {python} -m scrapy crawl jdpower -s JOBDIR=crawls/run1",
    ]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["dmeo"],
            "Unknown command 'dmeo': use demo, setup, update, fill, uninstall, desktop or test",
        ),
        (["setup", "now"], "setup: unrecognized arguments: now"),
        (["fill"], "fill: the following arguments are required: FOLDER"),
        (
            ["fill", "x", "--python", "new"],
            "fill: argument --python: 'new' is no version such as 3.12",
        ),
    ],
)
def test_wrong_arguments_are_usage_errors(ran, capsys, argv, message):
    assert bootstrap.main(argv) == 2
    assert (ran, capsys.readouterr().err) == ([], f"Error: {message} (see --help)\n")


def test_interrupted_set_up_has_no_traceback(monkeypatch, capsys):
    def interrupted(with_tests: bool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "set_up", interrupted)
    assert bootstrap.main(["demo"]) == 130
    assert "The same command starts it again" in capsys.readouterr().err


def test_messages_are_ascii(monkeypatch, capsys):
    def failing(with_tests: bool) -> None:
        raise bootstrap.SetupError("no folder café")

    monkeypatch.setattr(bootstrap, "set_up", failing)
    assert bootstrap.main(["demo"]) == 1
    assert capsys.readouterr().err == "Error: no folder caf\\xe9\n"


# Real processes


def test_help_works_in_any_folder_on_any_console(tmp_path):
    folder = tmp_path / "José & co"
    folder.mkdir()
    shutil.copy(SCRIPT, folder)
    result = subprocess.run(
        [sys.executable, "bootstrap.py", "--help"],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.startswith(b"usage: python bootstrap.py [COMMAND")
    assert [path.name for path in folder.iterdir()] == ["bootstrap.py"]


def test_exit_status_and_folder_of_the_child(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    code = "import os, sys; open('here', 'w').close(); sys.exit(3)"
    assert bootstrap.run([sys.executable, "-c", code]) == 3
    assert (tmp_path / "here").exists()


@posix_only
def test_child_ended_by_a_signal():
    code = "import os; os.kill(os.getpid(), 9)"
    assert bootstrap.run([sys.executable, "-c", code]) == 128 + 9


# Takes a moment to end, as a crawl does that finishes its vehicles and logs out.
SLOW_CHILD = """
import signal, sys, time
def stop(number, frame):
    time.sleep(0.3)
    print("child ended by", number, flush=True)
    sys.exit(40 + number)
signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
# A signal between two instructions is only seen behind the sleep that follows: a short one.
while True:
    time.sleep(0.05)
"""


@posix_only
@pytest.mark.parametrize("to_group", [True, False])
def test_stop_waits_for_the_child(to_group):
    """Ctrl-C goes to the whole group of processes, SIGTERM to one."""
    number = signal.SIGINT if to_group else signal.SIGTERM
    call = f"import sys, bootstrap; sys.exit(bootstrap.run([sys.executable, '-c', {SLOW_CHILD!r}]))"
    parent = subprocess.Popen(
        [sys.executable, "-c", call],
        cwd=SCRIPT.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert parent.stdout.readline() == "ready\n"
    (os.killpg if to_group else os.kill)(parent.pid, number)
    output, errors = parent.communicate(timeout=30)
    assert (output, errors) == (f"child ended by {int(number)}\n", "")
    assert parent.returncode == 40 + number


def test_quiet_step_keeps_the_output():
    code = "import sys; print('\\x1b[2mout\\x1b[22m'); print('err', file=sys.stderr); sys.exit(5)"
    status, output = bootstrap.quietly([sys.executable, "-c", code])
    assert status == 5
    assert sorted(output.split()) == ["err", "out"]


def test_quiet_step_is_bounded_even_when_a_grandchild_hangs():
    grandchild = [sys.executable, "-c", "import time; time.sleep(60)"]
    code = f"import subprocess; print('on', flush=True); subprocess.call({grandchild!r})"
    assert bootstrap.quietly([sys.executable, "-c", code], timeout=1)[0] is None


def test_packages_are_installed_in_the_versions_of_the_lock_file(machine, monkeypatch):
    calls = []
    monkeypatch.setattr(bootstrap, "quietly", lambda command: calls.append(command) or (0, ""))
    bootstrap.install(["requirements.txt"])
    (command,) = calls
    assert command[command.index("-c") :] == ["-c", "requirements.lock", "-r", "requirements.txt"]
    assert "--no-index" not in command


# The moving line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run_in(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, code: str) -> str:
    """Return what a step wrote to stdout, on which the clock makes big steps."""
    clock = itertools.count(0, 10)
    monkeypatch.setattr(bootstrap.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(bootstrap, "proxy_environment", lambda: {"HTTP_PROXY": "u:s3cret@p"})
    bootstrap.quietly([sys.executable, "-c", code])
    return stream.getvalue()


STEP = """
import sys, time
print('Collecting a>=1 (from -r b.txt (line 1))\\n\\x1b[2m|■■  |  10% of s3cret MiB', flush=True)
sys.stdin.close(); time.sleep(0.4)
"""


def test_a_long_step_has_a_moving_line(monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    monkeypatch.setenv("COLUMNS", "80")
    first, *_, empty, end = run_in(Terminal(), monkeypatch, STEP).split("\r")[1:]
    assert re.fullmatch(r"  \d+ s  (10% of \[hidden\] MiB)?", first)
    assert (empty.strip(), end) == ("", "")


def test_there_is_no_moving_line_in_a_file(monkeypatch):
    assert run_in(io.StringIO(), monkeypatch, STEP) == ""


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("Collecting a>=1 (from -r requirements.txt (line 3))\n", "Collecting a>=1"),
        (
            "|\u25a0\u25a0  |  10% of 112.9 MiB\n|\u25a0\u25a0\u25a0 |  20% of 112.9 MiB\n\n",
            "20% of 112.9 MiB",
        ),
        ("x" * 5000 + "\rInstalling caf\u00e9", "Installing caf"),
        ("", ""),
    ],
)
def test_last_line_of_a_tool_is_read(tmp_path, said, line):
    (tmp_path / "log").write_text(said, encoding="utf-8")
    assert bootstrap.last_line(tmp_path / "log") == line


def test_progress_of_pip_is_not_part_of_the_error(machine):
    output = "Collecting a\n  Downloading a.whl (1 MB)\nERROR: no space\n"
    machine.failing = {"pip requirements.txt": (1, output)}
    with pytest.raises(bootstrap.SetupError, match=r"^Installing the packages failed:\nERROR: no"):
        machine.set_up()


# Without internet


@pytest.fixture
def stick(tmp_path, monkeypatch):
    """A folder that was filled for Python 3.12 on Windows, which is what this computer has."""
    monkeypatch.setattr(bootstrap, "this_platform", lambda: "windows")
    monkeypatch.setattr(bootstrap, "python_version", lambda: "3.12")
    folder = tmp_path / "stick"
    (folder / "packages").mkdir(parents=True)
    (folder / "filled.json").write_text('{"for": ["Python 3.12 on windows"]}')
    return folder


def set_up_offline(machine: Machine, folder: Path) -> list[str]:
    machine.steps = []
    bootstrap.set_up(False, folder)
    return machine.steps


def test_offline_set_up_installs_from_the_folder(machine, stick, monkeypatch):
    calls = []
    quietly = machine.quietly
    monkeypatch.setattr(
        bootstrap,
        "quietly",
        lambda *given, **more: calls.append(given[0]) or quietly(*given, **more),
    )
    assert set_up_offline(machine, stick) == FIRST_TIME
    (pip,) = [call for call in calls if "pip" in call]
    assert pip[4:7] == ["--no-index", "--find-links", str(stick / "packages")]


@pytest.mark.parametrize(
    ("output", "named"),
    [
        ("ERROR: No matching distribution found for numpy>=1.23 (from matplotlib)", "numpy>=1.23"),
        (
            (
                "ERROR: Cannot install lxml<7 because ...\n"
                "    The user requested lxml<7\n    The user requested (constraint) lxml==6.1.3\n"
                "    parsel depends on lxml\n    The user requested (constraint) lxml==6.1.3\n"
            ),
            "lxml==6.1.3",
        ),
    ],
)
def test_package_missing_in_the_folder_is_named(machine, stick, output, named):
    machine.failing = {"pip requirements.txt": (1, output)}
    with pytest.raises(bootstrap.SetupError) as error:
        set_up_offline(machine, stick)
    assert str(error.value) == (
        f"{stick} lacks {named}. Fill it on a computer with internet that has this "
        "version of the program:\n"
        "  python bootstrap.py fill stick --platform windows --python 3.12"
    )


def test_folder_for_another_system_is_refused(machine, stick):
    (stick / "filled.json").write_text('{"for": ["Python 3.11 on linux", "Python 3.13 on macos"]}')
    wanted = "linux and Python 3.13 on macos, but this is Python 3.12 on windows. Fill it on"
    with pytest.raises(bootstrap.SetupError, match=wanted):
        set_up_offline(machine, stick)
    (stick / "filled.json").unlink()
    assert set_up_offline(machine, stick) == FIRST_TIME
    (stick / "packages").rmdir()
    with pytest.raises(bootstrap.SetupError, match="has no folder 'packages'"):
        set_up_offline(machine, stick)


@pytest.mark.parametrize("place", ["browser/windows", "browser", "."])
def test_the_browser_is_copied_from_the_folder(machine, stick, monkeypatch, place):
    name = machine.browser_places()[0].name
    (stick / place / name / "shell").mkdir(parents=True)
    (stick / place / name / "shell" / "chrome-headless-shell").touch()
    copied = machine.browser_places()[0] / "shell" / "chrome-headless-shell"
    monkeypatch.setattr(bootstrap, "find_browser", lambda: (str(copied) * copied.exists(), "none"))
    set_up_offline(machine, stick)
    assert bootstrap.read_stamp()["browser"] == str(copied)
    assert bootstrap.read_stamp()["browser_folders"] == [str(machine.browser_places()[0])]
    (link,) = (machine.cache / ".links").iterdir()
    assert link.read_text(encoding="utf-8") == str(bootstrap.playwright_package())
    assert os.name == "nt" or os.access(copied, os.X_OK)


def test_the_browser_is_unpacked_from_a_zip_file(machine, stick):
    archive = stick / "chrome-headless-shell-win64.zip"
    archive.write_bytes(b"PK")
    assert bootstrap.copy_browser(stick) == f"{archive} is no complete ZIP file"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("shell/chrome-headless-shell.exe", "x")
    assert bootstrap.copy_browser(stick) == ""
    place = machine.browser_places()[0]
    assert (place / "shell" / "chrome-headless-shell.exe").read_text() == "x"
    assert sorted(path.name for path in place.iterdir()) == ["INSTALLATION_COMPLETE", "shell"]


def test_folder_without_a_browser_is_reported(machine, stick):
    machine.browser_comes_with = "nothing"
    with pytest.raises(bootstrap.SetupError) as error:
        set_up_offline(machine, stick)
    said = f"No browser was found; {stick} lacks the browser: chromium_headless_shell-7. Install "
    assert str(error.value).startswith(f"{said}Chrome, or: Fill it on")
    assert "playwright" not in machine.steps


def fill(*more: str):
    return bootstrap.read_options("fill", ["stick", *more])


def test_fill_downloads_packages_and_browser(machine, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    environments = []
    quietly = machine.quietly

    def remembering(command: list[str], timeout=None, env=None) -> tuple[int | None, str]:
        environments.append(env)
        return quietly(command, timeout, env)

    monkeypatch.setattr(bootstrap, "quietly", remembering)
    assert bootstrap.fill_command(fill("--platform", "windows", "--python", "3.12")) == 0
    # The first pip sets up this computer; the other one is started by a piece of code.
    assert machine.steps == ["venv", "pip requirements.txt", "state folder", "playwright"]
    assert environments[-1]["PLAYWRIGHT_HOST_PLATFORM_OVERRIDE"] == "win64"
    assert environments[-1]["PLAYWRIGHT_BROWSERS_PATH"] == str(tmp_path / "stick/browser/windows")
    assert bootstrap.fill_command(fill("--platform", "linux", "--python", "3.10.2")) == 0
    expected = ["Python 3.10 on linux", "Python 3.12 on windows"]
    assert bootstrap.filled_for(tmp_path / "stick") == expected
    assert "python bootstrap.py setup --offline stick\n" in capsys.readouterr().out


def test_fill_without_a_browser_is_reported(machine, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    machine.failing = {"playwright": (1, "Error: getaddrinfo ENOTFOUND x")}
    assert bootstrap.fill_command(fill("--platform", "windows")) == 1
    said = capsys.readouterr().err
    assert "no browser: downloading one failed (getaddrinfo ENOTFOUND x). A computer that" in said


def wheel(folder: Path, name: str, needs: str = "") -> None:
    """Put a package without contents into the folder."""
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as file:
        meta = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{needs}"
        file.writestr(f"{info}/METADATA", meta)
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")


def test_fill_downloads_packages_for_the_other_system(machine, tmp_path, monkeypatch):
    """The real pip: by itself it looks at the markers of the computer it runs on."""
    other = "linux" if sys.platform == "win32" else "windows"
    needs = {
        "windows": "only_windows; sys_platform == 'win32'",
        "linux": "only_linux; os_name == 'posix'",
    }
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    lines = "".join(f"Requires-Dist: {need}\n" for need in needs.values())
    wheel(source, "scrapy", lines + "Requires-Dist: old; python_version < '3.10'\n")
    for name in ("only_windows", "only_linux", "old"):
        wheel(source, name)
    (machine.folder / bootstrap.LOCK).write_text("scrapy==1\n")
    monkeypatch.setattr(bootstrap, "venv_python", lambda: sys.executable)
    monkeypatch.setattr(bootstrap, "quietly", QUIETLY)
    for name, value in (("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", str(source))):
        monkeypatch.setenv(name, value)
    bootstrap.download_packages(target, other, "3.13")
    found = sorted(path.name.partition("-")[0] for path in target.iterdir())
    assert found == sorted(["scrapy", f"only_{other}"])


# Update


def put_package(name: str, version: str) -> None:
    place = bootstrap.VENV / "lib" / "python3.11" / "site-packages"
    for old in place.glob(f"{name}-*"):
        old.rmdir()
    (place / f"{name}-{version}.dist-info").mkdir(parents=True)


def test_update_lists_the_changed_packages(machine, monkeypatch, capsys):
    machine.set_up(with_tests=True)
    put_package("scrapy", "2.18")
    put_package("lxml", "6")
    install = bootstrap.install

    def installing(names: list[str], offline: Path | None) -> None:
        install(names, offline)
        put_package("scrapy", "2.19")
        put_package("keyring", "25")

    monkeypatch.setattr(bootstrap, "install", installing)
    machine.steps = []
    assert bootstrap.main(["update"]) == 0
    files = " ".join(["requirements.txt", *bootstrap.TEST_REQUIREMENTS])
    assert machine.steps == [f"pip {files}", "find"]
    said = capsys.readouterr().out
    assert said.endswith("Changed:\n  keyring 25\n  scrapy 2.18 -> 2.19\n")
    (machine.folder / ".git").touch()
    assert bootstrap.main(["update"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("This folder is a git clone: for a newer program, run 'git pull'")
    assert said.endswith("Packages and browser are as before.\n")


def test_changed_lock_file_updates_the_test_tools(machine):
    machine.set_up(with_tests=True)
    (machine.folder / bootstrap.LOCK).write_text("scrapy==2.20.0\n")
    assert machine.set_up() == ["pip requirements.txt", "find"]
    assert machine.set_up(with_tests=True)


# Uninstall


@pytest.fixture
def answers(monkeypatch):
    """What the user answers, at a terminal."""
    given: list[str] = []
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda question: given.pop(0))
    return given


@pytest.fixture
def installed(machine, monkeypatch, tmp_path):
    """A program that is set up, with a browser that it downloaded, reports and state."""
    state = tmp_path / "state"
    state.mkdir()
    machine.failing = {
        "state folder": (0, f"{state}\n"),
        "scrapy nightly --uninstall": (0, "Removed the task."),
        "scrapy login --forget": (0, "Removed me."),
    }
    monkeypatch.setattr(
        machine,
        "name_of",
        lambda command, old=machine.name_of: (
            " ".join(command[2:]) if "scrapy" in command else old(command)
        ),
    )
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    machine.browser_comes_with = "playwright"
    machine.set_up()
    machine.steps = []
    machine.state = state
    for name in (".env", "downloads", ".venv-old-1", ".venv-old-removed"):
        (machine.folder / name).mkdir()
    return machine


def left(machine: Machine) -> list[str]:
    names = [".env", "downloads", ".venv-old-1", ".venv-old-removed", ".venv"]
    names += ["cache/chromium_headless_shell-7"]
    return [name for name in names if (machine.folder / name).exists()]


OUTSIDE = ["state folder", "scrapy nightly --uninstall"]


@pytest.mark.parametrize(
    ("argv", "said", "steps", "has_state"),
    [
        (["--yes"], [], [*OUTSIDE, "scrapy login --forget"], False),
        ([], ["y", "YES"], [*OUTSIDE, "scrapy login --forget"], False),
        ([], ["", "no"], OUTSIDE, True),
    ],
)
def test_uninstall_removes_what_the_set_up_made(
    installed, answers, capsys, argv, said, steps, has_state
):
    answers += said
    assert bootstrap.main(["uninstall", *argv]) == 0
    assert (installed.steps, answers) == (steps, [])
    assert left(installed) == [".env", "downloads", ".venv-old-1"]
    assert installed.state.exists() is has_state
    printed = capsys.readouterr().out
    assert "Nights: Removed the task.\n" in printed
    assert "Kept: .env, downloads, .venv-old-1\n" in printed


def test_uninstall_without_a_terminal_keeps_what_needs_confirmation(installed, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\ny\n"))
    assert bootstrap.main(["uninstall"]) == 0
    assert (installed.steps, installed.state.exists()) == (OUTSIDE, True)


def test_uninstall_names_failures_and_continues(installed, answers, capsys):
    installed.failing["scrapy nightly --uninstall"] = (2, "Unknown command: nightly")
    installed.failing["scrapy login --forget"] = (2, "There is no keyring")
    answers += ["y", "n"]
    assert bootstrap.main(["uninstall"]) == 1
    assert capsys.readouterr().err == (
        "Error: What starts the program may still be there: Unknown command: nightly\n"
        "Error: The keyring's entry may still be there: There is no keyring\n"
    )
    assert ".venv" not in left(installed)


def test_uninstall_keeps_a_browser_that_another_playwright_uses(installed, tmp_path, capsys):
    package = tmp_path / "other" / "playwright"
    package.mkdir(parents=True)
    browsers = [{"name": "chromium-headless-shell", "revision": "7"}]
    (package / "browsers.json").write_text(json.dumps({"browsers": browsers}))
    links = installed.cache / ".links"
    links.mkdir()
    (links / "a").write_text(str(package))
    (links / "gone").write_text(str(tmp_path / "gone"))
    (links / "own").write_text(str(bootstrap.playwright_package()))
    assert bootstrap.main(["uninstall", "--yes"]) == 0
    assert "cache/chromium_headless_shell-7" in left(installed)
    assert f"{package} uses it, too." in capsys.readouterr().out


def test_uninstall_keeps_a_browser_it_did_not_install(machine, answers):
    place = machine.browser_places()[0]
    place.mkdir(parents=True)
    machine.set_up()
    assert bootstrap.main(["uninstall", "--yes"]) == 0
    assert place.exists()


def test_rebuilt_environment_remembers_the_downloaded_browser(installed):
    Path(bootstrap.venv_python()).unlink()
    installed.failing["pip requirements.txt"] = (1, "ERROR: no space")
    with pytest.raises(bootstrap.SetupError):
        installed.set_up()
    del installed.failing["pip requirements.txt"]
    installed.set_up()
    assert bootstrap.main(["uninstall", "--yes"]) == 0
    assert "cache/chromium_headless_shell-7" not in left(installed)


def test_uninstall_keeps_a_foreign_environment(machine, capsys):
    (machine.folder / ".venv").mkdir()
    assert bootstrap.main(["uninstall", "--yes"]) == 0
    assert (machine.folder / ".venv").exists()
    assert "Kept .venv: this script did not make it." in capsys.readouterr().out


def test_environment_in_use_is_kept_complete(installed, monkeypatch, capsys):
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError("used by another process")

    monkeypatch.setattr(Path, "rename", refuse)
    assert bootstrap.main(["uninstall", "--yes"]) == 1
    assert "Error: .venv is in use: used by another process." in capsys.readouterr().err
    assert Path(bootstrap.venv_python()).is_file()


def test_uninstall_does_not_remove_the_python_it_runs_in(installed, monkeypatch, capsys):
    monkeypatch.setattr(sys, "prefix", str(bootstrap.VENV))
    assert bootstrap.main(["uninstall", "--yes"]) == 1
    assert "'deactivate'" in capsys.readouterr().err
    assert (installed.steps, ".venv" in left(installed)) == ([], True)


# Linux desktop


@posix_only
def test_desktop_entry_is_written_and_removed(installed, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    assert bootstrap.main(["desktop"]) == 0
    path = tmp_path / "data" / "applications" / "jdp-spider.desktop"
    start = installed.folder / "Start here.sh"
    assert f'Exec=sh "{start}"\nTerminal=true\n' in path.read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace("José", "other"), encoding="utf-8")
    bootstrap.main(["uninstall", "--yes"])
    assert path.exists()  # Of another copy of the program.
    bootstrap.main(["desktop"])
    bootstrap.main(["uninstall", "--yes"])
    assert not path.exists()


def test_desktop_entries_are_for_linux(monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "win32")
    assert bootstrap.main(["desktop"]) == 1
    assert "double-click 'Start here'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/a b/José & co", '"/a b/José & co"'),
        ("/100%", '"/100%%"'),
        ('/a"$`', r'"/a\\"\\$\\`"'),
        ("/a\\b", r'"/a\\\\b"'),
        ("/a\nb", r'"/a\nb"'),
    ],
)
def test_path_in_a_desktop_entry_is_escaped(path, written):
    assert bootstrap.desktop_argument(path) == written


# The proxy


@pytest.fixture
def no_proxy(monkeypatch, tmp_path):
    for name in [n for n in os.environ if n.upper().endswith("_PROXY")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("JDP_ENV_FILE", raising=False)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)


def proxies(*given: str, excepted: str = "localhost,127.0.0.1,::1") -> dict[str, str]:
    values = dict(zip(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), given, strict=True))
    values["NO_PROXY"] = excepted
    return {**values, **{name.lower(): value for name, value in values.items()}}


@pytest.mark.parametrize(
    ("environment", "dotenv", "expected"),
    [
        ({}, "", {}),
        ({"NO_PROXY": "a"}, "JD_USER=me", {}),
        ({"HTTPS_PROXY": "http://p:1"}, "", proxies("http://p:1", "", "")),
        ({"http_proxy": "p", "ALL_PROXY": "q"}, "", proxies("", "p", "q")),
        ({}, "HTTPS_PROXY=p", proxies("p", "", "")),
        (
            {"HTTPS_PROXY": "p", "no_proxy": "a, ::1"},
            "",
            proxies("p", "", "", excepted="a,::1,localhost,127.0.0.1"),
        ),
        ({"HTTPS_PROXY": "p", "NO_PROXY": "*"}, "", proxies("p", "", "", excepted="*")),
        ({"JDP_PROXY": "p:1", "HTTPS_PROXY": "q"}, "", proxies(*["http://p:1"] * 3)),
        ({}, "export JDP_PROXY='http://p:1' # ours", proxies(*["http://p:1"] * 3)),
        ({"JDP_PROXY": "q"}, "JDP_PROXY=p", proxies(*["http://q"] * 3)),
        ({"HTTPS_PROXY": "q"}, "JDP_PROXY=none", proxies("", "", "", excepted="*")),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_set_up_uses_the_proxy_of_the_crawl(
    no_proxy, monkeypatch, tmp_path, environment, dotenv, expected, encoding
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".env").write_text(f"# JDP_PROXY=other\n{dotenv}\n", encoding=encoding)
    assert bootstrap.proxy_environment() == expected


@pytest.mark.parametrize(
    "value", ["http://us:s3cret#x@p", "http://", "us:1/s3cret@p", "p:port", "socks5://us:s3cret@p"]
)
def test_invalid_proxy_is_an_error_without_its_secret(no_proxy, monkeypatch, value):
    monkeypatch.setenv("JDP_PROXY", value)
    with pytest.raises(bootstrap.SetupError, match=r"^JDP_PROXY ") as caught:
        bootstrap.proxy_environment()
    assert "s3cret" not in str(caught.value)


def test_child_processes_get_the_proxy_and_output_hides_its_login(no_proxy, monkeypatch):
    monkeypatch.setenv("JDP_PROXY", "http://us3r:s3%40cret@p:1")
    code = "import os; print(os.environ['https_proxy'], 's3@cret', os.environ['NO_PROXY'])"
    status, output = bootstrap.quietly([sys.executable, "-c", code])
    expected = "http://[hidden]@p:1 [hidden] localhost,127.0.0.1,::1"
    assert (status, output.strip()) == (0, expected)


def test_pip_goes_through_the_proxy(no_proxy, monkeypatch):
    with running_proxy(login="us3r:s3cret", refusal=403) as proxy:
        monkeypatch.setenv("JDP_PROXY", f"http://us3r:s3cret@{proxy.address}")
        monkeypatch.setenv("PIP_INDEX_URL", "http://packages.test/simple")
        pip = [sys.executable, "-m", "pip", "download", "--retries", "0", "--no-input", "nothing"]
        status, output = bootstrap.quietly([*pip, "--trusted-host", "packages.test"])
    assert (status, proxy.denied > 0) == (1, True), output
    assert "s3cret" not in output


def test_browser_download_uses_the_system_proxy(no_proxy, monkeypatch):
    """pip finds it by itself, with its exceptions."""
    found = {"http": "http://p:1", "https": "http://p:2", "ftp": "http://p:3"}
    monkeypatch.setattr("urllib.request.getproxies_registry", lambda: found, raising=False)
    environments = []
    monkeypatch.setattr(
        bootstrap, "quietly", lambda command, timeout, env: environments.append(env) or (0, "")
    )
    bootstrap.download_browser()
    monkeypatch.setenv("https_proxy", "other")
    bootstrap.download_browser()
    names = ("HTTP_PROXY", "HTTPS_PROXY")
    assert [env.get(name) for env in environments for name in names] == [
        *("http://p:1", "http://p:2"),
        *(None, None),
    ]


def test_socks_proxy_is_refused_for_pip(machine):
    text = "ERROR: Could not install packages: Missing dependencies for SOCKS support."
    machine.failing = {"pip requirements.txt": (1, text)}
    with pytest.raises(bootstrap.SetupError, match="pip cannot use the SOCKS proxy"):
        machine.set_up()
