from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from jdp_spider.utils import keyboard
from jdp_spider.utils.keyboard import enter_pressed, is_watched

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal whose foreground process this is: the end at which keys are pressed."""
    pty = pytest.importorskip("pty", exc_type=ImportError)
    ours, theirs = pty.openpty()
    monkeypatch.setattr(sys, "stdin", os.fdopen(theirs, closefd=False))
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    kept = os.dup(0)
    os.dup2(theirs, 0)
    yield ours
    os.dup2(kept, 0)
    for each in (ours, theirs, kept):
        os.close(each)


@pytest.mark.parametrize(("keys", "found"), [(b"", False), (b"a", False), (b"a\n", True)])
def test_enter_is_seen_once(keys: bytes, found: bool, terminal: int) -> None:
    os.write(terminal, keys)
    assert (is_watched(), enter_pressed(), enter_pressed()) == (True, found, False)


@pytest.mark.parametrize(("keys", "found"), [("", False), ("a\xe0H", False), ("a\rb", True)])
def test_enter_is_seen_once_on_windows(
    keys: str, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed = list(keys)
    console = SimpleNamespace(kbhit=lambda: bool(pressed), getwch=lambda: pressed.pop(0))
    monkeypatch.setitem(sys.modules, "msvcrt", console)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(keyboard, "is_terminal", lambda _: True)
    assert (enter_pressed(), enter_pressed()) == (found, False)


def test_null_device_is_not_a_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows it says that it is a terminal; a task of the Task Scheduler may have it."""
    with Path(os.devnull).open(encoding="ascii") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert (is_watched(), enter_pressed()) == (False, False)
