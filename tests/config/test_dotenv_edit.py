from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.dotenv import PROJECT_FOLDER, read_dotenv
from jdp_spider.config.dotenv_edit import NotEdited, write_settings

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = PROJECT_FOLDER / ".env.example"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_setting_replaces_its_commented_example(env: Path) -> None:
    env.write_bytes(EXAMPLE.read_bytes())
    write_settings(env, {"CONCURRENT_CONTEXTS": "3"})
    before, after = EXAMPLE.read_text().splitlines(), env.read_text().splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert changed == [("#CONCURRENT_CONTEXTS=5", "CONCURRENT_CONTEXTS=3")]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_comments_other_lines_and_line_ends_are_kept(env: Path, ending: str) -> None:
    lines = ["# mine", "JD_PASS='p #1'", "", "export HEADLESS = true # as it was", "A=b"]
    env.write_bytes(ending.join(lines).encode())
    write_settings(env, {"HEADLESS": "false"})
    lines[3] = "HEADLESS=false"
    assert env.read_bytes() == ending.join([*lines, ""]).encode()


@pytest.mark.parametrize(
    "value",
    [r"C:\new folder\table", "/home/j\xfcrgen/Books #2", "it's", " x ", "'", 'a"b', "#", ""],
)
def test_written_value_is_read_back_unchanged(env: Path, value: str) -> None:
    write_settings(env, {"DOWNLOAD_FOLDER": value})
    assert read_dotenv(env) == {"DOWNLOAD_FOLDER": value}


@pytest.mark.parametrize("value", ["a\nJD_BASE_URL=http://evil/", "\u201cquoted\u201d", "a\0b"])
def test_value_that_would_be_read_differently_is_refused(env: Path, value: str) -> None:
    env.write_text("A=b\n")
    with pytest.raises((NotEdited, ValueError)):
        write_settings(env, {"DOWNLOAD_FOLDER": value})
    assert (env.read_text(), [*env.parent.iterdir()]) == ("A=b\n", [env])


def test_removed_value_is_gone_from_every_line(env: Path) -> None:
    env.write_text("JD_PASS=secret\nJD_PASS=older\nJD_USER=me\n")
    write_settings(env, {"JD_PASS": None})
    assert env.read_text() == "#JD_PASS=\n#JD_PASS=\nJD_USER=me\n"


def test_encodings_of_notepad_are_kept(env: Path) -> None:
    env.write_bytes("JD_USER=j\xfcrgen\r\n".encode("utf-16"))
    write_settings(env, {"HEADLESS": "false"})
    assert read_dotenv(env) == {"JD_USER": "j\xfcrgen", "HEADLESS": "false"}


@pytest.mark.skipif(sys.platform == "win32", reason="modes say nothing there")
def test_new_file_is_readable_by_its_owner_only(env: Path) -> None:
    write_settings(env, {"HEADLESS": "false"})
    assert env.stat().st_mode & 0o777 == 0o600
