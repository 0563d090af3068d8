"""The browser, and files that open as by a double click."""

from __future__ import annotations

import subprocess
import sys
import webbrowser
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.dashboard import opener

if TYPE_CHECKING:
    from pathlib import Path

LINUX = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="always a desktop there")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(found.append(url)) or True)
    return found


@LINUX
def test_without_a_desktop_no_browser_is_opened(
    opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser of the terminal would take the window."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert (opener.open_in_browser(tmp_path), opened) == (False, [])


def test_browser_opens_the_file(
    opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    path = tmp_path / "open me.html"
    assert opener.open_in_browser(path)
    assert opened == [path.as_uri()]


@LINUX
def test_a_file_is_opened_without_a_shell_and_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")

    def start(command: list[str], **given: Any) -> Any:
        started.append((command, given))
        return SimpleNamespace(wait=lambda _: 0)

    monkeypatch.setattr("subprocess.Popen", start)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("JD_PASS", "secret")
    path = tmp_path / "a; rm -rf $HOME.pdf"
    assert opener.open_path(path)
    command, given = started[0]
    assert command == ["/usr/bin/xdg-open", str(path)]
    assert "JD_PASS" not in given["env"]
    assert given.get("shell") is None


@LINUX
def test_without_a_file_opener_no_file_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert not opener.open_path(tmp_path)


@LINUX
@pytest.mark.parametrize(
    ("display", "status", "opens"),
    [
        (":0", 0, True),
        # No program is known for such files.
        (":0", 3, False),
        # The program that shows it stays in the foreground.
        (":0", None, True),
        ("", 0, False),
    ],
)
def test_a_file_is_said_to_open_only_if_it_does(
    display: str, status: int | None, opens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(seconds: float) -> int:
        if status is None:
            raise subprocess.TimeoutExpired("xdg-open", seconds)
        return status

    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: SimpleNamespace(wait=wait))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    assert opener.open_path(tmp_path) is opens
