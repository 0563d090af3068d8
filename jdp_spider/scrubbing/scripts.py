"""Scripts and style sheets without comments, and without what is private in their texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.scrubbing.pieces import replaced_apart, scrubbed_together

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_NUMBER = re.compile(r"([0-9]+(?:_[0-9]+)*)((?:\.[0-9]*)?(?:[eE][0-9]+)?n?)")
_BASES = {"x": 16, "o": 8, "b": 2}
_SHORTEST_NUMBER = 4
_SMALLEST_PRICE = 10_000
"""From here on a round number may be a price or a mileage."""
_TIMES_MS = frozenset(
    (10_000, 15_000, 20_000, 30_000, 60_000, 90_000, 100_000, 120_000, 180_000, 300_000,
     600_000, 900_000, 1_200_000, 1_800_000, 3_600_000, 86_400_000)
)  # fmt: skip
_PLACE = re.compile(r"(?<=\.)[0-9]{5,}")
"""Behind the point, where a place on the map is meant."""
_DATA_URL = re.compile(r"data:[\w/+;=.-]*,[^\s\"')>]+", re.IGNORECASE)


class NotUnderstood(ValueError):
    """Raised for a script whose texts cannot be told from its code."""


_CODES = re.compile(
    r"((?:fromCharCode|fromCodePoint|Uint8Array)(?:\.\w+)?\((?:[a-z][\w.]*,)?\s*(?:\.\.\.)?\[?)"
    r"(\s*(?:0x[0-9a-fA-F]+|[0-9]+)(?:\s*,\s*(?:0x[0-9a-fA-F]+|[0-9]+))*)"
)
"""The numbers of characters or bytes of which a script makes a text."""
_LIST = re.compile(r"(?<=\[)\s*[0-9]+(?:\s*,\s*[0-9]+){5,}\s*(?=\])")
_SIGN = re.compile(r"""(?<=['"])[^\W_](?=['"])""")
_SIGNS = re.compile(
    r"""\[\s*(?:'[^\W_]'\s*,\s*|"[^\W_]"\s*,\s*){3,}(?:'[^\W_]'|"[^\W_]")\s*\](?!\s*\.\s*join)"""
)
_FEWEST_BYTES = 6
"""Fewer numbers in a list may be anything."""
_WORD = re.compile(r"[^\W\d_]{3}")


def script(code: str, scrubber: Scrubber) -> str:
    """Return a script that does the same. Raise NotUnderstood for one that cannot be read."""
    # Before numbers are replaced: these are letters.
    code = _CODES.sub(lambda found: found[1] + _characters(found[2], scrubber), code)
    code = _LIST.sub(lambda found: _characters(found[0], scrubber, in_list=True), code)
    made, _ = _Script(listed_apart(code, scrubber), scrubber).read(0)
    return made


def listed_apart(code: str, scrubber: Scrubber) -> str:
    """Return a script whose lists of single characters, as of a form's fields, hold no value."""

    def replaced(found: re.Match[str]) -> str:
        left = iter(replaced_apart(_SIGN.findall(found[0]), scrubber))
        return _SIGN.sub(lambda _: next(left), found[0])

    return _SIGNS.sub(replaced, code)


def _characters(codes: str, scrubber: Scrubber, *, in_list: bool = False) -> str:
    """Return the numbers of characters of a text, scrubbed; in a list they may be no text."""
    numbers = [int(each, 0) for each in re.findall("0x[0-9a-fA-F]+|[0-9]+", codes)]
    signs = as_text(numbers) if in_list else "".join(chr(min(n, 0x10FFFF)) for n in numbers)
    clean = scrubber.code(signs)
    return codes if clean == signs else ",".join(str(ord(sign)) for sign in clean)


def as_text(numbers: Sequence[int]) -> str:
    """Return the text whose bytes these numbers seem to be; empty if they are none."""
    if len(numbers) < _FEWEST_BYTES or not all(number < 256 for number in numbers):
        return ""
    text = bytes(numbers).decode("utf-8", "replace")
    return text if text.isprintable() and _WORD.search(text) else ""


class _Token(NamedTuple):
    kind: str
    text: str


_NOTHING = ("space", "comment")
_BARE_WORD = re.compile("""(['"])[a-z]+\\1""")
"""A text that may be the name of an element, an event or the like."""
_LIST_END = ("]", ".", "join", "(")


class _Script:
    def __init__(self, code: str, scrubber: Scrubber) -> None:
        self._code = code
        self._scrubber = scrubber

    def read(self, at: int, *, nested: bool = False) -> tuple[str, int]:
        """Return the script from `at` on, to its end or the bracket that closes it."""
        made: list[_Token] = []
        before, depth = "", 0
        while at < len(self._code):
            if self._code[at] == "`":
                text, at = self._template(at + 1)
                made.append(_Token("template", text))
                before = "`"
                continue
            found = _TOKEN.match(self._code, at)
            assert found is not None
            kind = found.lastgroup or ""
            if kind == "regex" and not _may_be_regex(before):
                made.append(_Token("sign", "/"))
                at, before = at + 1, "/"
                continue
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if depth < 0:
                if nested:
                    return self._written(made), at
                raise NotUnderstood("a bracket too many")
            made.append(_Token(kind, self._scrubbed(kind, found[0])))
            if kind not in _NOTHING:
                before = found[0]
            at = found.end()
        return self._written(made), at

    def _written(self, tokens: list[_Token]) -> str:
        """Return the tokens as a script: texts that are joined there are replaced as one."""
        texts = [each.text for each in tokens]
        places = [n for n, each in enumerate(tokens) if each.kind not in _NOTHING]
        shown = [tokens[place] for place in places]
        done = -1
        for at in range(len(shown)):
            if at <= done or not (numbers := _joined(shown, at)):
                continue
            pieces = [shown[number].text for number in numbers]
            for number, piece, clean in zip(numbers, pieces, self._texts(pieces), strict=True):
                texts[places[number]] = piece[0] + clean + piece[0]
            done = numbers[-1]
        return "".join(texts)

    def _texts(self, pieces: list[str]) -> list[str]:
        if len(pieces) == 1 and _BARE_WORD.fullmatch(pieces[0]):
            return [self._scrubber.name(pieces[0][1:-1])]
        inner = [_DATA_URL.sub("data:,", piece[1:-1]) for piece in pieces]
        return scrubbed_together(inner, self._scrubber, self._scrubber.code, with_numbers=True)

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

    def _scrubbed(self, kind: str, text: str) -> str:
        """Return a token without what is private; a text only once those beside it are known."""
        if kind == "comment":
            self._scrubber.counts["comment"] += 1
            return "\n" if "\n" in text else " "
        if kind == "number":
            return number(text, self._scrubber)
        if kind == "word":
            return self._scrubber.name(text)
        if kind == "regex":
            return self._scrubber.code(text)
        if kind != "string" and text in "\"'":
            raise NotUnderstood("a text without an end")
        return text

    def _text(self, text: str) -> str:
        return self._scrubber.code(_DATA_URL.sub("data:,", text))


def number(text: str, scrubber: Scrubber) -> str:
    """Return a number of a script, replaced unless scripts work with such numbers."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return _in_other_base(text, scrubber)
    digits = found[1].replace("_", "")
    more = _PLACE.sub(lambda part: scrubber.code(part[0]), found[2])
    is_usual = len(digits) < _SHORTEST_NUMBER or (digits == found[1] and _is_usual(int(digits)))
    if is_usual and scrubber.known.get(digits) is None:
        return found[1] + more
    left = iter(scrubber.code(digits))
    return re.sub("[0-9]", lambda _: next(left), found[1]) + more


def _in_other_base(text: str, scrubber: Scrubber) -> str:
    """Return a number such as 0x286AC, replaced if it is a known value."""
    kind, digits = text[1:2].lower(), text[2:].rstrip("n")
    try:
        known = scrubber.known.get(str(int(digits, _BASES[kind])))
    except (KeyError, ValueError):
        return scrubber.code(text)
    if known is None:
        return text
    return text[:2] + format(int(known), kind) + text[2 + len(digits) :]


def _joined(tokens: list[_Token], at: int) -> list[int]:
    """Return which tokens from `at` on are texts that the script joins: `'a' + 'b'`."""
    if tokens[at].kind != "string":
        return []
    is_listed = at > 0 and tokens[at - 1].text == "["
    for sign in ("+", ",") if is_listed else ("+",):
        last = at
        while last + 2 < len(tokens) and tokens[last + 1].text == sign:
            if tokens[last + 2].kind != "string":
                break
            last += 2
        end = [each.text for each in tokens[last + 1 : last + 6]]
        is_joined = tuple(end[:4]) == _LIST_END and end[4:] in (["''"], ['""'])
        if last > at and (sign == "+" or is_joined):
            return list(range(at, last + 1, 2))
    return [at]


def _is_usual(number: int) -> bool:
    """Return whether scripts work with this number: a time, or all bits of so many."""
    is_round = number % 100 == 0 and (number < _SMALLEST_PRICE or number in _TIMES_MS)
    return is_round or number & (number - 1) == 0 or number & (number + 1) == 0


def _may_be_regex(before: str) -> bool:
    return not before or before[-1] in _NO_VALUE or before in _KEYWORDS


_CSS = re.compile(
    r"""
    (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<url>url\([^)]*\))
    |(?P<selector>(?<=[{};])[^{};@]+(?=\{)|\A[^{};@]+(?=\{))
    |(?P<own>--[\w-]+(?:\s*:[^;{}]*)?)
    |(?P<font>(?<![\w-])font(?:-family)?\s*:[^;{}]*)
    |(?P<capital>(?<![\w\#%.-])[A-Z][\w-]*)
    |(?P<name>@[\w-]+[^{};"']*|(?<![\w-])(?:animation|grid|container|counter)[\w-]*\s*:[^;{}]*)
    """,
    re.VERBOSE | re.DOTALL,
)


_CSS_LETTER = re.compile(
    r"\\0{0,4}(3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])(?:\s|(?![0-9a-f]))", re.IGNORECASE
)
"""A letter or digit that is written as an escape."""


_ELEMENT = re.compile(r"""(?<![\w.\#:\[='"-])([a-z][a-z0-9]*)(?![\w-])""")
"""In a selector; what begins by a sign is a name that the site has given."""


def style(css: str, scrubber: Scrubber) -> str:
    """Return a style sheet that looks the same, but for pictures and fonts that it holds."""

    def replaced(found: re.Match[str]) -> str:
        if found["selector"]:
            parts = _ELEMENT.split(found[0])
            return "".join(
                scrubber.name(part) if number % 2 else scrubber.code(part)
                for number, part in enumerate(parts)
            )
        return scrubber.code(_DATA_URL.sub("data:,", found[0]))

    # Comments first: a selector is what follows a sign directly.
    without = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    without = _CSS_LETTER.sub(lambda found: chr(int(found[1], 16)), without)
    return _CSS.sub(replaced, without)
