"""Whether a stream is a terminal, and what is asked without one."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from jdp_spider.config.dotenv import ENV_FILE, PROJECT_FOLDER
from jdp_spider.utils.console import is_terminal

ASK = """
from jdp_spider.utils.console import ask_hidden
print(ascii(ask_hidden("Password: ")))
"""


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_null_device_and_pipe_are_not_terminals() -> None:
    with open(os.devnull, "w+", encoding="ascii") as null:  # noqa: PTH123
        assert not is_terminal(null)
    reading, writing = os.pipe()
    with os.fdopen(reading) as first, os.fdopen(writing, "w") as second:
        assert not is_terminal(first)
        assert not is_terminal(second)


def test_stream_with_isatty_is_a_terminal() -> None:
    assert is_terminal(Screen())
    assert not is_terminal(io.StringIO())


@pytest.mark.skipif(sys.platform != "win32", reason="Elsewhere getpass reads the terminal")
@pytest.mark.parametrize(("typed", "said"), [(b"p w\r\nmore\r\n", b"'p w'"), (b"", b"")])
def test_without_a_console_the_answer_is_read_from_the_pipe(typed: bytes, said: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=PROJECT_FOLDER,
        input=typed,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == said
    assert done.stderr.startswith(b"Password: ")


def test_no_password_is_asked_for_without_a_console() -> None:
    """As the Task Scheduler starts it. On Windows the null device says that it is a terminal."""
    environment = {name: value for name, value in os.environ.items() if name != "JD_PASS"}
    environment |= {"JD_USER": "me", ENV_FILE: os.devnull}
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "jdpower"],
        cwd=PROJECT_FOLDER,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
