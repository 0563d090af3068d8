"""The files for a double click, as far as a terminal can show them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jdp_spider.config.dotenv import PROJECT_FOLDER

CMD, SHELL, COMMAND = (PROJECT_FOLDER / f"Start here.{end}" for end in ("cmd", "sh", "command"))
ELSEWHERE = [Path("/usr/local/bin/python3"), Path("/opt/homebrew/bin/python3")]
"""Where the shell script looks besides the search path."""
FOLDERS = ["José & co (1)", "100% a'b", "!x^ $HOME `"]
HERE = os.pathsep.join([sys.base_prefix, os.environ["PATH"]])
SCRIPT = "import sys; print('started with', sys.argv[1:], flush=True); sys.exit({})"
posix_only = pytest.mark.skipif(os.name == "nt", reason="needs a shell")
windows_only = pytest.mark.skipif(os.name != "nt", reason="needs cmd.exe")


@pytest.fixture(params=FOLDERS)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make_folder(tmp_path / request.param)


def make_folder(folder: Path, status: int = 0) -> Path:
    folder.mkdir()
    for path in (CMD, SHELL, COMMAND):
        shutil.copy(path, folder)
    (folder / "bootstrap.py").write_text(SCRIPT.format(status), encoding="ascii")
    return folder


def start(path: Path, *args: str, PATH: str = HERE) -> tuple[int, str]:  # noqa: N803
    """Start it from another folder. Return its exit status and what it printed."""
    command: str | list[str] = [str(path), *args]
    if os.name == "nt":
        # As Explorer does it: with other quotes cmd.exe would take the folder's "&" for its own.
        command = f'cmd /s /c "{subprocess.list2cmdline([str(path), *args])}"'
    done = subprocess.run(
        command,
        cwd=PROJECT_FOLDER.parent,
        env={**os.environ, "PATH": PATH},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace").replace("\r\n", "\n")


def fake_python(folder: Path, code: str) -> str:
    """Return a search path with the usual tools, and a python3 that is a shell script."""
    folder.mkdir()
    for tool in ("sh", "dirname", "uname", "readlink"):
        (folder / tool).symlink_to(shutil.which(tool) or tool)
    (folder / "python3").write_text(f"#!/bin/sh\n{code}\n", encoding="ascii")
    (folder / "python3").chmod(0o755)
    return str(folder)


@posix_only
@pytest.mark.parametrize("name", [SHELL.name, COMMAND.name])
def test_the_shell_starts_bootstrap_in_any_folder(folder: Path, name: str) -> None:
    assert start(folder / name) == (0, "started with []\n")
    said = start(folder / name, "setup", "--offline", "a b")
    assert said == (0, "started with ['setup', '--offline', 'a b']\n")


@posix_only
def test_shell_script_follows_a_link_to_its_folder(tmp_path: Path) -> None:
    link = tmp_path / "On the desktop.sh"
    link.symlink_to(make_folder(tmp_path / "x") / SHELL.name)
    assert start(link) == (0, "started with []\n")


@posix_only
def test_shell_script_passes_status_and_desktop_option(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "x", status=7)
    assert start(folder / SHELL.name, "--desktop") == (7, "started with ['desktop']\n")


@posix_only
def test_the_shell_asks_to_unpack_first(tmp_path: Path) -> None:
    shutil.copy(SHELL, tmp_path)
    status, said = start(tmp_path / SHELL.name)
    assert (status, said.partition(",")[0]) == (
        2,
        "bootstrap.py is missing: unpack the whole ZIP file",
    )


@posix_only
def test_an_old_python_is_named(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "x")
    path = fake_python(tmp_path / "bin", "exit 1")
    status, said = start(folder / SHELL.name, PATH=path)
    # Other places than the search path are looked at, too.
    if status == 2:
        assert said.startswith(
            f"{path}/python3 is too old: the program needs Python 3.10 or newer."
        )


FAKE_NEWEST = """\
case $2 in
*'<= (3, 14)'*) exit 1 ;;
*version_info*) exit 0 ;;
*) echo newest ;;
esac"""


@posix_only
def test_shell_prefers_a_python_that_the_packages_are_made_for(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "x")
    path = fake_python(tmp_path / "bin", FAKE_NEWEST)
    (tmp_path / "bin" / "python3.10").symlink_to(sys.executable)
    assert start(folder / SHELL.name, PATH=path) == (0, "started with []\n")


@posix_only
@pytest.mark.skipif(any(path.exists() for path in ELSEWHERE), reason="another Python is found")
def test_shell_takes_the_newest_python_if_there_is_no_other(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "x")
    path = fake_python(tmp_path / "bin", FAKE_NEWEST)
    assert start(folder / SHELL.name, PATH=path) == (0, "newest\n")


@posix_only
def test_window_with_a_failure_waits_for_a_key(tmp_path: Path) -> None:
    """Only where there is a terminal and nobody gave a command."""
    pty = pytest.importorskip("pty")
    for status, args, waits in (
        (7, [], True),
        (7, ["demo"], False),
        (0, [], False),
        (130, [], False),
    ):
        folder = make_folder(tmp_path / f"{status}{len(args)}", status)
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [str(folder / SHELL.name), *args], stdin=theirs, stdout=subprocess.PIPE, text=True
        )
        os.close(theirs)
        if waits:
            os.write(ours, b"\n")
        output, _ = process.communicate(timeout=30)
        os.close(ours)
        assert process.returncode == status
        assert ("Press Enter to close this window." in output) is waits


@windows_only
def test_cmd_starts_bootstrap_in_any_folder(folder: Path) -> None:
    status, said = start(folder / CMD.name)
    assert (status, said) == (0, "Looking for Python ...\nstarted with []\n")
    assert (
        "started with ['setup', '--offline', 'a b']"
        in start(folder / CMD.name, "setup", "--offline", "a b")[1]
    )


@windows_only
def test_cmd_passes_the_status_on(tmp_path: Path) -> None:
    status, said = start(make_folder(tmp_path / "x", status=7) / CMD.name)
    assert (status, said.splitlines()[-1]) == (7, "Press any key to close this window.")


@windows_only
def test_cmd_asks_to_unpack_first(tmp_path: Path) -> None:
    shutil.copy(CMD, tmp_path)
    status, said = start(tmp_path / CMD.name)
    assert status == 2
    assert said.startswith("This file was opened from within the ZIP file")


@windows_only
def test_cmd_without_python_says_where_to_get_it(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "x")
    status, said = start(folder / CMD.name, PATH=str(tmp_path))
    assert (status, 'tick "Add python.exe to PATH"' in said) == (2, True)


# What is true of the files


def test_cmd_is_ascii_with_the_line_ends_of_windows() -> None:
    text = CMD.read_bytes().decode("ascii")
    assert text.count("\n") == text.count("\r\n") > 20


@pytest.mark.skipif(not (PROJECT_FOLDER / ".git").exists(), reason="needs git")
@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_git_keeps_line_ends_and_execute_permission() -> None:
    def git(*args: str) -> str:
        done = subprocess.run(["git", *args], cwd=PROJECT_FOLDER, capture_output=True, check=True)
        return done.stdout.decode()

    modes = dict(line.split("\t")[::-1] for line in git("ls-files", "-s", "Start*").splitlines())
    assert {name: mode[:6] for name, mode in modes.items()} == {
        CMD.name: "100644",
        COMMAND.name: "100755",
        SHELL.name: "100755",
    }
    ends = git("check-attr", "eol", "--", CMD.name, SHELL.name, COMMAND.name)
    assert re.findall(r"eol: (\w+)", ends) == ["crlf", "lf", "lf"]


def test_cmd_jumps_to_labels_that_exist() -> None:
    text = CMD.read_text(encoding="ascii")
    used = re.findall(r"(?:goto |call :)(\w+)", text)
    assert set(used) == set(re.findall(r"^:(\w+)", text, re.MULTILINE))
    # In a block a folder's ")" would end it.
    assert not re.search(r"\($", text, re.MULTILINE)


def test_both_scripts_require_the_python_version_of_bootstrap() -> None:
    wanted = re.search(
        r"OLDEST_PYTHON = (.*)", (PROJECT_FOLDER / "bootstrap.py").read_text("utf-8")
    )
    assert wanted is not None
    for path in (CMD, SHELL):
        assert set(re.findall(r"version_info < (\(.*?\))", path.read_text("ascii"))) == {wanted[1]}
    assert sys.version_info >= (3, 10)


def test_versions_of_the_lock_file_are_the_same_everywhere() -> None:
    def text(name: str) -> str:
        return (PROJECT_FOLDER / name).read_text("utf-8")

    oldest, newest = (
        int(re.findall(rf"^{name}_PYTHON = \(3, (\d+)\)", text("bootstrap.py"), re.MULTILINE)[0])
        for name in ("OLDEST", "NEWEST")
    )
    versions = [f"3.{minor}" for minor in range(newest, oldest - 1, -1)]
    assert f"for %%V in ({' '.join(versions)}) do" in text(CMD.name)
    assert f"python3 {' '.join(f'python{each}' for each in versions)} " in text(SHELL.name)
    for path in (CMD, SHELL):
        limits = f"(3, {oldest}) <= sys.version_info[:2] <= (3, {newest})"
        assert text(path.name).count(limits) == 1
        assert f"Get Python 3.{newest}" in text(path.name)
    made_for = f"Python 3.{oldest} to 3.{newest}"
    for name in ("requirements.lock", "README.md", "docs/windows.md", "docs/set-up.md"):
        assert made_for in text(name), name
