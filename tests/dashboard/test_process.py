"""The process that serves the page, as it is started."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from jdp_spider.config.dotenv import PROJECT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENER = build_opener(ProxyHandler({}))
_NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A project folder that other users may look into."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    (path / "scrapy.cfg").write_bytes((PROJECT_FOLDER / "scrapy.cfg").read_bytes())
    yield path
    shutil.rmtree(path)


def command(folder: Path) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_FOLDER)}
    environment |= {"JDP_STATE_FOLDER": str(folder / "state"), "JDP_ENV_FILE": os.devnull}
    return {
        "args": [sys.executable, "-m", "jdp_spider.dashboard", "--no-browser"],
        "cwd": folder, "env": environment, "encoding": "ascii",
    }  # fmt: skip


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The process, and the file that it wants to be opened."""
    with subprocess.Popen(**command(folder), stdout=subprocess.PIPE) as process:
        try:
            yield process, Path(process.stdout.readline().strip().partition(": ")[2])
        finally:
            process.kill()


def enter(opener: Path) -> tuple[str, int]:
    """Post the file's token. Return the origin, and the answer's status."""
    text = opener.read_text()
    action = re.search(r'action="([^"]+)"', text)[1]
    token = re.search(r'name="token" value="([^"]+)"', text)[1]
    request = Request(action, urlencode({"token": token}).encode(), {"Origin": "null"})
    try:
        with _OPENER.open(request, timeout=20) as answer:
            return action.removesuffix("/enter"), answer.status
    except HTTPError as error:
        return action.removesuffix("/enter"), error.code


def test_second_start_opens_the_page_of_the_first(folder: Path) -> None:
    with serving(folder) as (_, opener):
        origin, status = enter(opener)
        assert (status, opener.exists()) == (200, False)
        again = subprocess.run(**command(folder), capture_output=True, check=False)
        first, second = again.stdout.splitlines()
        assert (again.returncode, first) == (0, "The page is open already: it is shown once more.")
        assert second.endswith(str(opener))
        assert enter(opener) == (origin, 200)


@pytest.mark.skipif(os.name == "nt", reason="there a process is not asked to end")
def test_restart_reuses_the_port_and_exit_removes_the_token(folder: Path) -> None:
    origins = []
    for _ in range(2):
        with serving(folder) as (process, opener):
            origins.append(re.search(r'action="([^"]+)"', opener.read_text())[1])
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert not opener.exists()
    assert origins[0] == origins[1]


def test_token_is_neither_printed_nor_in_a_command_line(folder: Path) -> None:
    with serving(folder) as (process, opener):
        token = re.search(r'name="token" value="([^"]+)"', opener.read_text())[1]
        process.kill()
        rest = process.stdout.read()
        assert token not in rest + " ".join(map(str, process.args))


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root becomes another user")
def test_other_users_of_the_computer_cannot_read_the_files(folder: Path) -> None:
    with serving(folder) as (_, opener):
        address = opener.with_name("address.json")
        for path in (opener, address, opener.parent):
            done = subprocess.run(["ls" if path.is_dir() else "cat", path], user=_NOBODY,
                                  capture_output=True, check=False)  # fmt: skip
            assert (done.returncode != 0, done.stdout) == (True, b"")


def test_settings_on_the_command_line_of_the_dashboard_are_refused(folder: Path) -> None:
    given: dict[str, Any] = command(folder)
    given["args"] = [sys.executable, "-m", "scrapy", "dashboard", "-s", "HEADLESS=false"]
    done = subprocess.run(**given, capture_output=True, check=False)
    assert done.returncode == 2
    assert "HEADLESS by -s does not reach the page's runs" in done.stderr
