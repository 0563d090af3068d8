from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.utils import loading
from jdp_spider.utils.loading import (
    Damaged,
    Lines,
    LoadError,
    Record,
    parse_json,
    parse_time,
    read_any_text,
    read_bytes,
    read_end,
    read_json,
    read_lines,
    read_toml,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a file"


READERS: list[Callable[[Path], Any]] = [read_bytes, read_any_text, read_json, read_toml]


@pytest.mark.parametrize("read", READERS)
def test_missing_file_yields_nothing(read: Callable[[Path], Any], path: Path) -> None:
    assert (read(path), read(path / "below")) == (None, None)
    path.touch()
    assert read(path / "below") is None


@pytest.mark.parametrize("read", READERS)
def test_folder_instead_of_file_is_refused(read: Callable[[Path], Any], path: Path) -> None:
    path.mkdir()
    with pytest.raises(LoadError) as caught:
        read(path)
    assert str(caught.value) == f"{path} cannot be read (Is a directory)"
    assert not isinstance(caught.value, Damaged)


# On Windows a lone surrogate is a letter as any other.
@pytest.mark.parametrize("name", ["\0", "x\0.json", *(["\ud800"] if os.name != "nt" else [])])
def test_invalid_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be the name of a file"):
        read_bytes(tmp_path / name)


@pytest.mark.skipif(os.name == "nt", reason="For Windows no such file exists")
def test_too_long_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"cannot be read \(.+\)"):
        read_bytes(tmp_path / ("x" * 5000))


@pytest.mark.parametrize(("size", "is_read"), [(9, True), (10, True), (11, False)])
def test_file_is_read_up_to_limit(size: int, is_read: bool, path: Path) -> None:
    path.write_bytes(b"x" * size)
    if is_read:
        assert read_bytes(path, 10) == b"x" * size
        return
    with pytest.raises(Damaged) as caught:
        read_bytes(path, 10)
    assert caught.value.problem == "is too large to be right: more than 10 bytes"


def test_file_end_is_read(path: Path) -> None:
    path.write_bytes(b"0123456789")
    assert read_bytes(path, start=7) == b"789"
    assert (read_end(path, 3), read_end(path, 30)) == (b"789", b"0123456789")
    assert read_end(path.with_name("none"), 3) == b""


def test_messages_are_ascii(tmp_path: Path) -> None:
    (tmp_path / "\xe9").mkdir()
    with pytest.raises(LoadError) as caught:
        read_bytes(tmp_path / "\xe9")
    assert "\\xe9" in str(caught.value)


DEEP = b"[" * 31 + b"]" * 31
VALUES = {
    b"7": 7,
    b"\xef\xbb\xbf{}": {},
    b'{"a": [1, -2.5, true, null, "\xc3\xa9"]}': {"a": [1, -2.5, True, None, "\xe9"]},
    b"9223372036854775807": 2**63 - 1,
    b'"\\ud83d\\ude00"': "\U0001f600",
    b'"\\ud800x\\u0000"': "\ufffdx\ufffd",
    b'{"\\udcff": ["\\udcff"]}': {"\ufffd": ["\ufffd"]},
    b'["' + b"[" * 50 + b'"]': ["[" * 50],
    DEEP: json.loads(DEEP),
}


@pytest.mark.parametrize(("data", "value"), VALUES.items(), ids=range(len(VALUES)))
def test_valid_json_is_read(data: bytes, value: Any, path: Path) -> None:
    path.write_bytes(data)
    assert (read_json(path), parse_json(data)) == (value, value)


WRONG = {
    b"": "Expecting value",
    b"{": "Expecting property name",
    b"{} {}": "Extra data",
    b"\xff": "can't decode byte 0xff",
    b'{"a": 1, "a": 2}': "a name stands twice in it",
    b"NaN": "NaN is no number",
    b"[-Infinity]": "-Infinity is no number",
    b"1e999": "a number is too large",
    b"9223372036854775808": "a number is too large",
    b"9" * 5000: "a number is too large",
    b"0." + b"1" * 100_000: "a number is too large",
    b"[" * 100_000: "nested too deep",
    b'{"a":' * 100_000: "nested too deep",
    b"[" * 40 + b"]" * 40: "nested too deep",
}


@pytest.mark.parametrize(("data", "problem"), WRONG.items(), ids=range(len(WRONG)))
def test_invalid_json_is_refused(data: bytes, problem: str, path: Path) -> None:
    path.write_bytes(data)
    with pytest.raises(Damaged) as caught:
        read_json(path)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{path} is damaged (")


def test_file_names_keep_bytes_outside_utf8(path: Path) -> None:
    path.write_bytes(b'{"folder": "/x\\udcff"}')
    assert read_json(path, names_files=True) == {"folder": "/x\udcff"}


def test_lines_are_read_and_damage_counted(path: Path) -> None:
    path.write_bytes(b'{"n": 1}\n{"n": "x"}\r\n[\n{"n": 2}\n{"n":')

    def number(value: Any) -> int:
        return Record(value).whole("n")

    assert read_lines(path, number) == Lines([1, 2], 3, 2, 37)
    # The last line may still be being written.
    assert read_lines(path, number, start=9) == Lines([2], 2, 1, 32)
    assert read_lines(path, number, start=32) == Lines([], 0, 0, 32)
    assert read_lines(path.with_name("none"), Record) == Lines([], 0, 0, 0)


def test_too_long_line_is_skipped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_LONGEST_LINE", 10)
    path.write_bytes(b'"12345678"\n"123456789"\n7')
    assert read_lines(path, str) == Lines(["12345678", "7"], 1, 2, 24)


RECORD = Record({"text": "x", "whole": 7, "number": 2.5, "flag": True, "low": -1, "none": None})


def test_values_of_right_type_are_returned() -> None:
    found = (RECORD.text("text"), RECORD.whole("whole"), RECORD.number("number"))
    assert found == ("x", 7, 2.5)
    assert (RECORD.number("whole"), RECORD.text("no", ""), RECORD.whole("no", 3)) == (7.0, "", 3)


@pytest.mark.parametrize("name", ["no", "flag", "low", "none"])
def test_values_of_wrong_type_are_refused(name: str) -> None:
    for get in (RECORD.text, RECORD.whole, RECORD.number, RECORD.time):
        with pytest.raises(ValueError, match=f"{name} is no "):
            get(name)


@pytest.mark.parametrize("value", [None, [], "x", 7])
def test_non_records_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="it is no object"):
        Record(value)


TIMES = ["", "x", "2026-11-25T01:00:00", "0001-01-01T00:00:00+00:00", "1970-01-01T00:00:00+00:00"]
TIMES += ["9999-12-31T23:59:59-23:59", "2026-11-31T00:00:00+00:00", "\ud800" * 25]


@pytest.mark.parametrize("text", TIMES)
def test_invalid_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_time(text)


TOML = {
    b"a = [" + b"[\n" * 100_000: "nested too deep",
    b"a = " + b"9" * 5000: "limit",
    b"a" * 20_000 + b" = 1": "a line is longer than 10,000 characters",
    b'a = "\\u0000"': "the character NUL",
    b"a = 1\na = 2": "Cannot overwrite",
    b"a = 1\nb = \xe2\x80\x9cx\xe2\x80\x9d": "line 2 has quotes or blanks of a word processor",
    b"a\xc2\xa0= 1": "line 1 has quotes or blanks of a word processor",
    rb'folder = "C:\temp"': "write the path in line 1 between single quotes",
    b"a = 2026-02-31": "[Dd]a",
}


@pytest.mark.parametrize(("data", "problem"), TOML.items(), ids=range(len(TOML)))
def test_invalid_toml_is_refused(data: bytes, problem: str, path: Path) -> None:
    path.write_bytes(data)
    with pytest.raises(Damaged, match=f"is not TOML: .*{problem}"):
        read_toml(path)


@pytest.mark.parametrize(
    "text", ["a = 'C:\\temp'\nb = 2\n", "a = 'C:\\temp'\r\nb = 2", "a = 'C:\\temp'\rb = 2\r"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_toml_of_any_editor_is_read(text: str, encoding: str, path: Path) -> None:
    path.write_bytes(text.encode(encoding))
    assert read_toml(path) == {"a": r"C:\temp", "b": 2}


@pytest.mark.parametrize("read", [read_any_text, read_toml])
def test_file_that_is_not_text_is_named_as_such(read: Callable[[Path], Any], path: Path) -> None:
    path.write_bytes(rb"{\rtf1\ansi a = 1}")
    with pytest.raises(Damaged) as caught:
        read(path)
    assert caught.value.problem == "is rich text (RTF): save it as plain text in UTF-8"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_pipes_and_devices_do_not_block(path: Path) -> None:
    os.mkfifo(path)
    for each in (path, Path("/dev/zero")):
        with pytest.raises(LoadError) as caught:
            read_bytes(each)
        problem = "cannot be read (it is a pipe or a device, not a regular file)"
        assert str(caught.value) == f"{each} {problem}"
