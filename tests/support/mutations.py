"""Damages files for tests: the same seed gives the same damage."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.5, -0.0, 1e308, 10**18, 10**400, float("nan"), float("inf"),
    "", " ", "x", "\0", "a\0b.pdf", "\ud800", "\udcff", "\ufffd", "\u202e", "x" * 200_000,
    "../../etc/passwd", "/etc/passwd", "C:\\x.pdf", "~nosuchuser/x", "nul.pdf", "..pdf", "1.pdf",
    "http://[", "http://x:99999/", "javascript:1", "mailto:x", "#1", "1#1", "1#" + "9" * 5000,
    "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-23:59", "2026-11-25", "1970-01-03T00:00:00Z",
    "saved", "failed", "finished", [], [[]], {}, {"": None}, [0] * 1000, "9" * 5000,
)  # fmt: skip
TEXTS = (
    b"~nosuchuser", b"../", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b'"', b"'", b"=", b"#", b"[", b"]",
    b"{", b",", b";", b"\t", b"\r", b"\n", b"\r\n", b"\\", b"\\ud800", b"\\u0000", b"\xe2\x80\xa8",
    b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"0x" + b"f" * 9000, b"x" * 200_000,
    b"[" * 100_000, b'{"a":' * 100_000, b"a." * 4000, b"[a]\n" * 500, b"\n" * 5000, b"\0" * 4096,
)  # fmt: skip
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp037")


def damage(data: bytes, random: Random) -> bytes:
    """The data with one to three damages."""
    for _ in range(random.choice((1, 1, 2, 3))):
        data = random.choice(_DAMAGES)(data, random)
    return data


def _place(data: bytes, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _cut(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)]


def _cut_head(data: bytes, random: Random) -> bytes:
    return data[_place(data, random) :]


def _cut_middle(data: bytes, random: Random) -> bytes:
    start = _place(data, random)
    return data[:start] + data[start + random.randrange(1, 40) :]


def _flip(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 5, 50))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _insert(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    return data[:at] + random.choice(TEXTS) + data[at:]


def _append(data: bytes, random: Random) -> bytes:
    return data + random.choice(TEXTS)


def _zeros(data: bytes, random: Random) -> bytes:
    """As a power cut leaves them."""
    at = _place(data, random)
    return data[:at] + bytes(len(data) - at)


def _lines(data: bytes, random: Random) -> bytes:
    """Lines that stand twice, are missing or in another order."""
    lines = data.splitlines(keepends=True) or [b""]
    change = random.randrange(3)
    if change == 0:
        lines.insert(random.randrange(len(lines) + 1), random.choice(lines))
    elif change == 1:
        lines.remove(random.choice(lines))
    else:
        random.shuffle(lines)
    return b"".join(lines)


def _line_ends(data: bytes, random: Random) -> bytes:
    return b"".join(line + random.choice((b"\r\n", b"\r", b"\n\n")) for line in data.splitlines())


def _encode(data: bytes, random: Random) -> bytes:
    encoding = random.choice(ENCODINGS)
    return data.decode("utf-8-sig", "replace").encode(encoding, "replace")


def _mark(data: bytes, random: Random) -> bytes:
    """A byte-order mark that does not belong there."""
    return random.choice((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF32_LE)) + data


def _change_json(data: bytes, random: Random) -> bytes:
    """Another value, a name that is missing or another one, in a line or the whole."""
    lines = data.splitlines() if data.count(b"\n{") else [data]
    number = random.randrange(len(lines))
    try:
        value = json.loads(lines[number])
    except (ValueError, RecursionError):
        return _insert(data, random)
    lines[number] = json.dumps(_changed(value, random)).encode()
    return b"\n".join(lines) + b"\n"


def _changed(value: Any, random: Random) -> Any:
    inside = list(value) if isinstance(value, dict) else []
    inside += range(len(value)) if isinstance(value, list) else []
    if not inside or random.random() < 0.1:
        return random.choice(VALUES)
    name = random.choice(inside)
    if isinstance(value, list) or random.random() < 0.8:
        value[name] = _changed(value[name], random)
    elif random.random() < 0.5:
        del value[name]
    else:
        value[random.choice(("", "x" * 100_000, "\ud800", name.upper()))] = value.pop(name)
    return value


_DAMAGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _cut, _cut_head, _cut_middle, _flip, _insert, _append, _zeros, _lines, _line_ends, _encode,
    _mark, *[_change_json] * 11,
)  # fmt: skip
