"""Scripts and style sheets without comments, and without what is private in their texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jdp_spider.scrubbing.scrubber import Scrubber

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    |(?P<comment>//[^\n\r]*|/\*.*?\*/|<!--[^\n\r]*)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<regex>/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*)
    |(?P<number>[0-9][\w.]*)
    |(?P<word>[^\W\d][\w$]*|\$[\w$]*)
    |(?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NO_VALUE = "(,=:[!&|?{};+-*%<>~^}"
"""Signs after which a `/` begins a regular expression."""
_KEYWORDS = ("return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do")
_SIMPLE = re.compile(r"[0-9]+")
_LEAST_PRIVATE = 10_000
_DATA_URL = re.compile(r"data:[\w/+;=.-]*,[^\s\"')>]+", re.IGNORECASE)


class NotUnderstood(ValueError):
    """Raised for a script whose texts cannot be told from its code."""


_CODES = re.compile(r"(?<=fromCharCode\()\s*[0-9]+(?:\s*,\s*[0-9]+)*|(?<=fromCodePoint\()[0-9 ,]+")


def script(code: str, scrubber: Scrubber) -> str:
    """Return a script that does the same. Raise NotUnderstood for one that cannot be read."""
    made, _ = _Script(code, scrubber).read(0)
    return _CODES.sub(lambda found: _characters(found[0], scrubber), made)


def _characters(codes: str, scrubber: Scrubber) -> str:
    signs = (min(int(each), 0x10FFFF) for each in re.findall("[0-9]+", codes))
    return ",".join(str(ord(sign)) for sign in scrubber.code("".join(map(chr, signs))))


class _Script:
    def __init__(self, code: str, scrubber: Scrubber) -> None:
        self._code = code
        self._scrubber = scrubber

    def read(self, at: int, *, nested: bool = False) -> tuple[str, int]:
        """Return the script from `at` on, to its end or the bracket that closes it."""
        made: list[str] = []
        before, depth = "", 0
        while at < len(self._code):
            if self._code[at] == "`":
                text, at = self._template(at + 1)
                made.append(text)
                before = "`"
                continue
            found = _TOKEN.match(self._code, at)
            assert found is not None
            if found.lastgroup == "regex" and not _may_be_regex(before):
                made.append("/")
                at, before = at + 1, "/"
                continue
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if depth < 0:
                if nested:
                    return "".join(made), at
                raise NotUnderstood("a bracket too many")
            made.append(self._scrubbed(found))
            if found.lastgroup not in ("space", "comment"):
                before = found[0]
            at = found.end()
        return "".join(made), at

    def _template(self, at: int) -> tuple[str, int]:
        made, begun = ["`"], at
        while at < len(self._code):
            sign = self._code[at]
            if sign == "\\":
                at += 2
            elif sign == "`":
                return "".join([*made, self._text(self._code[begun:at]), "`"]), at + 1
            elif self._code.startswith("${", at):
                made.append(self._text(self._code[begun:at]))
                inner, at = self.read(at + 2, nested=True)
                made.append("${" + inner + "}")
                at = begun = at + 1
            else:
                at += 1
        raise NotUnderstood("a text without an end")

    def _scrubbed(self, found: re.Match[str]) -> str:
        kind, text = found.lastgroup, found[0]
        if kind == "comment":
            self._scrubber.counts["comment"] += 1
            return "\n" if "\n" in text else " "
        if kind == "string":
            return text[0] + self._text(text[1:-1]) + text[0]
        if kind == "number":
            return self._number(text)
        if kind in ("word", "regex"):
            return self._scrubber.code(text)
        if text in "\"'":
            raise NotUnderstood("a text without an end")
        return text

    def _text(self, text: str) -> str:
        text = _DATA_URL.sub("data:,", text)
        return self._scrubber.code(text)

    def _number(self, text: str) -> str:
        if not _SIMPLE.fullmatch(text) or int(text) < _LEAST_PRIVATE:
            return text
        number = int(text)
        is_round = text.endswith("00") or number & (number - 1) == 0 or number & (number + 1) == 0
        return text if is_round else self._scrubber.code(text)


def _may_be_regex(before: str) -> bool:
    return not before or before[-1] in _NO_VALUE or before in _KEYWORDS


_CSS = re.compile(
    r"""
    (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<url>url\([^)]*\))
    |(?P<selector>(?<=[{};])[^{};@]+(?=\{)|\A[^{};@]+(?=\{))
    |(?P<own>--[\w-]+(?:\s*:[^;{}]*)?)
    |(?P<font>(?<![\w-])font(?:-family)?\s*:[^;{}]*)
    |(?P<name>@[\w-]+[^{};"']*|(?<![\w-])(?:animation|grid|container|counter)[\w-]*\s*:[^;{}]*)
    """,
    re.VERBOSE | re.DOTALL,
)


_CSS_LETTER = re.compile(
    r"\\0{0,4}(3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])(?:\s|(?![0-9a-f]))", re.IGNORECASE
)
"""A letter or digit that is written as an escape."""


def style(css: str, scrubber: Scrubber) -> str:
    """Return a style sheet that looks the same, but for pictures and fonts that it holds."""

    def replaced(found: re.Match[str]) -> str:
        return scrubber.code(_DATA_URL.sub("data:,", found[0]))

    # Comments first: a selector is what follows a sign directly.
    without = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    without = _CSS_LETTER.sub(lambda found: chr(int(found[1], 16)), without)
    return _CSS.sub(replaced, without)
