from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

from jdp_spider.utils import files
from jdp_spider.utils.files import PART, append_line, part_of, replace, write_atomic, write_json
from jdp_spider.utils.loading import read_json


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


def test_write_creates_file(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new.pdf", b"data")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"new.pdf": b"data"}


def test_write_replaces_file(target: Path) -> None:
    write_atomic(target, b"new")
    assert {p.name: p.read_bytes() for p in target.parent.iterdir()} == {"a.pdf": b"new"}


def test_data_is_flushed_before_rename(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Any] = []
    monkeypatch.setattr(os, "fsync", lambda _: events.append("fsync"))
    monkeypatch.setattr(os, "replace", lambda part, path: events.append((part.read_bytes(), path)))
    write_atomic(target, b"new")
    assert events == ["fsync", (b"new", target)]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failed_write_leaves_only_old_file(
    step: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left on device"):
        write_atomic(target, b"new")
    assert {p.name: p.read_bytes() for p in target.parent.iterdir()} == {"a.pdf": b"old"}


def test_equal_pids_do_not_share_part_files(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in containers, where each is the first one."""
    here = part_of(target)
    assert here == part_of(target)
    monkeypatch.setattr(files, "_WRITER", "another")
    there = part_of(target)
    assert there != here
    assert {path.suffix for path in (here, there)} == {PART}


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "no" / "a.pdf", b"new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("times", [0, 1, 9])
def test_replace_waits_for_held_file(
    times: int, target: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", Held(times))
    write_atomic(target, b"new")
    assert (target.read_bytes(), pauses) == (b"new", [0.1] * times)


@pytest.mark.parametrize("times", [0, 1, 9, 10])
def test_line_waits_for_a_held_file(
    times: int, target: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = Path.open, iter([True] * times)

    def opened(path: Path, mode: str) -> Any:
        if next(left, False):
            raise PermissionError(13, "held", str(path))
        return real(path, mode)

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(PermissionError) if times == 10 else contextlib.nullcontext():
        append_line(target, "new")
    assert target.read_bytes() == (b"old" if times == 10 else b"old\nnew\n")
    assert len(pauses) == min(times, 9)


def test_file_held_too_long_stays_unchanged(
    target: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(99)
    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(PermissionError):
        write_atomic(target, b"new")
    assert (held.calls, pauses) == (10, [0.1] * 9)
    assert {p.name: p.read_bytes() for p in target.parent.iterdir()} == {"a.pdf": b"old"}


def test_other_errors_are_not_retried(
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
def test_missing_json_is_an_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(ValueError):  # noqa: PT011 - which one depends on the bytes
        read_json(path)


def test_missing_file_has_no_value(tmp_path: Path) -> None:
    assert read_json(tmp_path / "a.json") is None


def test_unserialisable_json_leaves_old_file(target: Path) -> None:
    with pytest.raises(TypeError):
        write_json(target, {"a": object()})
    assert {p.name: p.read_bytes() for p in target.parent.iterdir()} == {"a.pdf": b"old"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_private_file_is_read_by_its_owner_only(tmp_path: Path) -> None:
    target = tmp_path / "site.zip"
    write_atomic(target, b"new", is_private=True)
    assert target.stat().st_mode & 0o777 == 0o600


def test_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "a.zip", b"new")
    assert list(tmp_path.iterdir()) == []
