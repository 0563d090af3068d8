"""Finding a secret in a text, whether its characters are written plainly or escaped."""

from __future__ import annotations

import base64
import contextlib
import html.entities
import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Span = tuple[int, int]
"""Where something begins in a text, and where it ends."""

_CODE_PAGES = ("utf-8", "cp1252", "latin-1")

_INTRODUCERS = re.compile(r"%(?!(?:25){8})|&(?!(?:amp;){8})|\\(?!\\{16})")
"""What an escape begins with; escaped more often than anybody does, it is not looked at."""

_SPACES = re.compile(r"[+\xa0]")
"""Forms send a space as `+`, and pages show one as a space that does not break."""

_MOST_ESCAPES = 60_000
_DEEPEST = 8
"""An escape may be escaped itself, as `%252525e4`; each backslash in front of one counts, too."""

_LONGEST_ESCAPE = 40

_PERCENT = re.compile(r"[0-9a-fA-F]{2}")
_ENTITY = re.compile(
    r"(?:(?:#|%(?:25)*23)(?:0*([0-9]{1,7})|[xX]0*([0-9a-fA-F]{1,6}))|([A-Za-z][A-Za-z0-9]{1,31}))"
)
_SEMICOLON = re.compile(r";|%(?:25)*3[bB]")
_BACKSLASH = re.compile(
    r"u([0-9a-fA-F]{4})|u\{0*([0-9a-fA-F]{1,6})\}|U00([0-9a-fA-F]{6})|x([0-9a-fA-F]{2})"
)
_OCTAL = re.compile(r"[0-7]{1,3}")
_CSS = re.compile(r"[0-9a-fA-F]{1,6}")
_LETTERS = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_NAMES = {name: found for name, found in html.entities.html5.items() if len(found) == 1}


class TooManyEscapes(ValueError):
    """Raised for a text with more escapes than any page has: to read it would take seconds."""


class EscapedText:
    """A text with every way to read the escapes in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        # By where an escape begins: the characters that it may mean with where each ends, and
        # likewise the bytes.
        self._read: dict[int, set[tuple[str, int]]] = {}
        self._bytes: dict[int, set[tuple[int, int]]] = {}
        self._by_character: dict[str, list[Span]] = defaultdict(list)
        places = [match.start() for match in _INTRODUCERS.finditer(text)]
        if len(places) > _MOST_ESCAPES:
            raise TooManyEscapes(f"{len(places)} characters that begin an escape")
        # From the end: an escape may go on in the one that follows it.
        for place in reversed(places):
            self._read_at(place)
        for match in _SPACES.finditer(text):
            self._read[match.start()] = {(" ", match.end())}
        for start, readings in self._read.items():
            for character, end in readings:
                self._by_character[character].append((start, end))

    def find(self, secret: str) -> Iterator[Span]:
        """Yield where `secret` occurs, in no order; spans may overlap."""
        text, at = self._text, -1
        while (at := text.find(secret, at + 1)) >= 0:
            yield at, at + len(secret)
        if self._by_character:
            yield from self._find_escaped(secret)

    def _find_escaped(self, secret: str) -> Iterator[Span]:
        """Yield where `secret` occurs with an escape in it: from the first one to the left."""
        numbers = _numbers(secret)
        for character in self._by_character.keys() & numbers.keys():
            for start, end in self._by_character[character]:
                for number in numbers[character]:
                    begin = start - number
                    if begin >= 0 and self._text.startswith(secret[:number], begin):
                        ends = self._follow(secret[number + 1 :], end)
                        yield from ((begin, each) for each in ends)

    def _follow(self, rest: str, place: int) -> set[int]:
        """Return where `rest` may end when it begins at `place`."""
        places = {place}
        for character in rest:
            following = {at + 1 for at in places if self._text[at : at + 1] == character}
            for at in places & self._read.keys():
                following |= {end for each, end in self._read[at] if each == character}
            places = following
            if not places:
                break
        return places

    def _read_at(self, place: int) -> None:
        """Record what the escape at `place` may mean."""
        found: set[tuple[str, int]] = set()
        byte_values: set[tuple[int, int]] = set()
        begun = {(self._text[place], place + 1)}
        for _ in range(_DEEPEST):
            meanings: set[tuple[str, int]] = set()
            for introducer, end in begun:
                if introducer == "&":
                    meanings |= set(self._entity(end))
                    continue
                values = set(self._percent(end) if introducer == "%" else self._byte(end))
                byte_values |= values
                meanings |= {each for value, at in values for each in self._characters(value, at)}
                if introducer == "\\":
                    meanings |= set(self._backslash(end))
            meanings |= {each for meaning in meanings for each in self._surrogates(*meaning)}
            meanings |= {(" ", end) for meant, end in meanings if meant in "+\xa0"}
            begun = {each for each in meanings - found if each[0] in "%&\\"}
            found |= meanings
            if not begun:
                break
        if found:
            self._read[place] = found
            self._bytes[place] = byte_values

    def _percent(self, end: int) -> Iterator[tuple[int, int]]:
        if match := _PERCENT.match(self._text, end):
            yield int(match[0], 16), match.end()

    def _byte(self, end: int) -> Iterator[tuple[int, int]]:
        """Yield the bytes that a backslash and what follows at `end` may mean."""
        if (match := _BACKSLASH.match(self._text, end)) and match[4]:
            yield int(match[4], 16), match.end()
        if match := _OCTAL.match(self._text, end):
            for length in range(1, len(match[0]) + 1):
                if (value := int(match[0][:length], 8)) < 256:
                    yield value, end + length

    def _characters(self, value: int, end: int) -> Iterator[tuple[str, int]]:
        """Yield what a byte may mean: alone, or as the first one of several in UTF-8."""
        data = bytes([value])
        for code_page in ("latin-1", "cp1252"):
            with contextlib.suppress(UnicodeDecodeError):
                yield data.decode(code_page), end
        missing = 1 if 0xC2 <= value < 0xE0 else 2 if 0xE0 <= value < 0xF0 else 3
        if 0xC2 <= value < 0xF5:
            for more, at in self._continued(end, missing):
                with contextlib.suppress(UnicodeDecodeError):
                    yield (data + more).decode("utf-8"), at

    def _continued(self, end: int, missing: int) -> Iterator[tuple[bytes, int]]:
        if not missing:
            yield b"", end
            return
        for value, at in self._bytes.get(end, ()):
            if 0x80 <= value < 0xC0:
                for more, last in self._continued(at, missing - 1):
                    yield bytes([value]) + more, last

    def _entity(self, end: int) -> Iterator[tuple[str, int]]:
        match = _ENTITY.match(self._text, end)
        if not match:
            return
        if name := match[3]:
            for length in range(len(name), 1, -1):
                after = end + length
                closed = _SEMICOLON.match(self._text, after)
                if closed and (meant := _NAMES.get(f"{name[:length]};")):
                    yield meant, closed.end()
                if meant := _NAMES.get(name[:length]):
                    yield meant, after
            return
        # Without a semicolon the digits that follow may belong to the text.
        digits, base, last = match[1] or match[2], 10 if match[1] else 16, match.end()
        for length in range(1, len(digits) + 1):
            after = last - len(digits) + length
            closed = _SEMICOLON.match(self._text, after)
            for meant in _numbered(int(digits[:length], base)):
                yield meant, closed.end() if closed else after

    def _backslash(self, end: int) -> Iterator[tuple[str, int]]:
        """Yield the characters that a backslash and what follows at `end` may mean."""
        text = self._text
        if match := _BACKSLASH.match(text, end):
            for meant in _numbered(int(next(filter(None, match.groups())), 16)):
                yield meant, match.end()
        yield from self._css(end)
        following = text[end : end + 1]
        if following in _LETTERS:
            yield _LETTERS[following], end + 1
        elif following and not following.isalnum():
            yield following, end + 1
        # What is escaped by the backslash may be escaped once more: \&quot;
        if following in ("%", "&"):
            for meant, at in self._read.get(end, ()):
                if not meant.isalnum() and at - end <= _LONGEST_ESCAPE:
                    yield meant, at

    def _css(self, end: int) -> Iterator[tuple[str, int]]:
        if match := _CSS.match(self._text, end):
            for length in range(1, len(match[0]) + 1):
                for meant in _numbered(int(match[0][:length], 16)):
                    after = end + length
                    yield meant, after + self._text.startswith(" ", after)

    def _surrogates(self, character: str, end: int) -> Iterator[tuple[str, int]]:
        """Yield what a high surrogate means with the low one that follows."""
        if "\ud800" <= character <= "\udbff":
            for low, at in self._read.get(end, ()):
                if "\udc00" <= low <= "\udfff":
                    pair = (character + low).encode("utf-16-be", "surrogatepass")
                    yield pair.decode("utf-16-be"), at


@lru_cache(maxsize=1000)
def _numbers(secret: str) -> dict[str, list[int]]:
    """Return each character of the secret with its positions."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, character in enumerate(secret):
        found[character].append(number)
    return found


def _numbered(number: int) -> Iterator[str]:
    """Yield the character with this number, and the one that browsers take it for."""
    if 0 < number < 0x110000:
        yield chr(number)
    if 0x80 <= number < 0xA0:
        with contextlib.suppress(UnicodeDecodeError):
            yield bytes([number]).decode("cp1252")


def contains(text: str | bytes, secret: str) -> bool:
    """Return True if a text contains a secret: plain, escaped, in base64 or as hexadecimal digits.

    Raise TooManyEscapes for a text that would take seconds.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if not text or not secret:
        return False
    digits = {each for each in base64_digits(secret) if len(each) >= _SURE_DIGITS}
    if secret.encode().hex() in text.lower() or any(each in text for each in digits):
        return True
    read = EscapedText(text)
    return any(True for spelling in spellings(secret) for _ in read.find(spelling))


_SURE_DIGITS = 8
"""Of base64, as anything may stand in what a page sends."""


def spellings(secret: str) -> set[str]:
    """Return the secret as others may spell it: composed, white space or UTF-8 lost."""
    found = {secret, *(unicodedata.normalize(form, secret) for form in ("NFC", "NFD"))}
    # Pages show several spaces as one, and none at the ends.
    found.add(" ".join(secret.split()))
    for code_page in ("cp1252", "latin-1"):
        with contextlib.suppress(UnicodeError):
            found.add(secret.encode("utf-8").decode(code_page))
    return found


def base64_digits(secret: str) -> set[str]:
    """Return the digits that stand for the secret within base64, wherever it begins there.

    In both alphabets, as UTF-8, Windows-1252 and Latin-1. The digits at both ends that the
    neighbours of the secret decide as well are left out.
    """
    found: set[str] = set()
    for code_page in _CODE_PAGES:
        with contextlib.suppress(UnicodeEncodeError):
            data = secret.encode(code_page)
            cores = [_core(data, offset) for offset in range(3)]
            found.update(core for core in cores if len(core) >= _FEWEST_DIGITS)
    return found | {core.replace("+", "-").replace("/", "_") for core in found}


_FEWEST_DIGITS = 4
"""Fewer would be found in ordinary words."""


def _core(data: bytes, offset: int) -> str:
    """Return the digits that `data` alone decides when it begins `offset` bytes in."""
    digits = base64.b64encode(bytes(offset) + data + bytes(2)).decode("ascii")
    return digits[(offset * 8 + 5) // 6 : (offset + len(data)) * 8 // 6]
