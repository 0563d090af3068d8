from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.utils import files
from jdp_spider.utils.files import PART, part_of, replace, write_atomic, write_json
from jdp_spider.utils.loading import read_json

if TYPE_CHECKING:
    from pathlib import Path


class Held:
    """Stands for `os.replace` while another program holds the target for some calls."""

    def __init__(self, times: int, error: type[OSError] = PermissionError) -> None:
        self.times, self.error, self.calls = times, error, 0
        self.real = os.replace

    def __call__(self, source: Path, target: Path) -> None:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error(13, "held", str(source))
        self.real(source, target)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that would have been made."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")
    return path


def fail(*_: Any) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_is_made(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new.pdf", b"data")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"new.pdf": b"data"}


def test_a_file_is_replaced(target: Path) -> None:
    write_atomic(target, b"new")
    assert {p.name: p.read_bytes() for p in target.parent.iterdir()} == {"a.pdf": b"new"}


def test_the_data_is_on_the_disk_before_the_name(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Any] = []
    monkeypatch.setattr(os, "fsync", lambda _: events.append("fsync"))
    monkeypatch.setattr(os, "replace", lambda part, path: events.append((part.read_bytes(), path)))
    write_atomic(target, b"new")
    assert events == ["fsync", (b"new", target)]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    step: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left on device"):
        write_atomic(target, b"new")
    assert {p.name: p.read_bytes() for p in target.parent.iterdir()} == {"a.pdf": b"old"}


def test_processes_of_the_same_number_do_not_write_the_same_part(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in containers, where each is the first one."""
    here = part_of(target)
    assert here == part_of(target)
    monkeypatch.setattr(files, "_WRITER", "another")
    there = part_of(target)
    assert there != here
    assert {path.suffix for path in (here, there)} == {PART}


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "no" / "a.pdf", b"new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("times", [0, 1, 9])
def test_a_held_file_is_waited_for(
    times: int, target: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", Held(times))
    write_atomic(target, b"new")
    assert (target.read_bytes(), pauses) == (b"new", [0.1] * times)


def test_a_file_that_stays_held_is_left_as_it_was(
    target: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(99)
    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(PermissionError):
        write_atomic(target, b"new")
    assert (held.calls, pauses) == (10, [0.1] * 9)
    assert {p.name: p.read_bytes() for p in target.parent.iterdir()} == {"a.pdf": b"old"}


def test_no_other_error_is_waited_out(
    target: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(1, IsADirectoryError)
    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(IsADirectoryError):
        replace(target, target)
    assert (held.calls, pauses) == (1, [])


def test_json_is_indented_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    value = {"\xe9/1": ["a.pdf", None], "n": 1.5}
    write_json(path, value)
    text = '{\n  "\xe9/1": [\n    "a.pdf",\n    null\n  ],\n  "n": 1.5\n}\n'
    assert (path.read_bytes(), read_json(path)) == (text.encode(), value)


def test_json_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}', encoding="utf-8-sig")
    assert read_json(path) == {"a": 1}


@pytest.mark.parametrize("data", [b"", b"{", b"{'a': 1}", b"\xff\xfe{\0}\0", b'{"a": 1} x'])
def test_no_json_is_an_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(ValueError):  # noqa: PT011 - which one depends on the bytes
        read_json(path)


def test_no_file_is_no_value(tmp_path: Path) -> None:
    assert read_json(tmp_path / "a.json") is None


def test_json_that_cannot_be_made_leaves_the_old_file(target: Path) -> None:
    with pytest.raises(TypeError):
        write_json(target, {"a": object()})
    assert {p.name: p.read_bytes() for p in target.parent.iterdir()} == {"a.pdf": b"old"}
