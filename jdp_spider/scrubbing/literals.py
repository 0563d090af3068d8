"""Values of JavaScript that are sent as text, such as DevExpress' answers to callbacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jdp_spider.scrubbing.data import string_value
from jdp_spider.scrubbing.scripts import NotUnderstood, listed_apart, number

if TYPE_CHECKING:
    from jdp_spider.scrubbing.scrubber import Scrubber

_BEGINNING = re.compile(r"""[\ufeff\s]*(?:[0-9]+\|)?(?:/\*\w*\*/)?[\s\w$.]*\((?=\s*[{\[(\"'])""")
"""What a script looks for before it reads the rest: `0|/*DX*/(`, or the function of JSONP."""
_TOKEN = re.compile(
    r"""
    (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<comment>/\*.*?\*/)
    |(?P<number>[0-9][\w.]*)
    |(?P<word>[^\W\d][\w$]*|\$[\w$]*)
    |(?P<sign>[{}\[\](),:;.!\s-])
    """,
    re.VERBOSE | re.DOTALL,
)
_KEY = re.compile(r"\s*:")
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<long>[0-9a-fA-F]{1,6})\}|u(?P<unit>[0-9a-fA-F]{4})|x(?P<byte>[0-9a-fA-F]{2})"
    r"|(?P<octal>[0-3]?[0-7]{1,2})|(?P<line>\r\n|[\n\u2028\u2029])|(?P<sign>.))",
    re.DOTALL,
)
_SIGNS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WRITTEN = {"\\": "\\\\", **{sign: f"\\{letter}" for letter, sign in _SIGNS.items()}}
_MUST_BE_ESCAPED = re.compile(r"[\\\x00-\x1f\u2028\u2029]|<(?=/)")


def literal(text: str, scrubber: Scrubber, *, scripts: bool) -> str:
    """Return such a text with its values cleaned; without scripts in it if so asked.

    Raise NotUnderstood for any other text.
    """
    beginning = _BEGINNING.match(text)
    if beginning is None:
        raise NotUnderstood("no value of JavaScript")
    text = listed_apart(text, scrubber)
    made, at, name = [scrubber.name(beginning[0])], beginning.end(), ""
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise NotUnderstood("more than values")
        at = token.end()
        if token["comment"]:
            scrubber.counts["comment"] += 1
            continue
        if token["string"] or token["word"]:
            is_key = _KEY.match(text, at) is not None
            name = _plain(token[0].strip("\"'")) if is_key else name
            if token["string"] and not is_key:
                made.append(_string(token[0], name, scrubber, scripts=scripts))
            else:
                made.append(scrubber.code(token[0]))
        elif token["number"] and token[0].isdecimal():
            # These are values, as in JSON, and none that a script works with.
            made.append(scrubber.text(token[0]))
        else:
            made.append(number(token[0], scrubber) if token["number"] else token[0])
    return "".join(made)


def _string(written: str, name: str, scrubber: Scrubber, *, scripts: bool) -> str:
    quote, plain = written[0], _plain(written[1:-1])
    clean = string_value(plain, name, scrubber, scripts=scripts)
    if clean == plain:
        return written
    escaped = _MUST_BE_ESCAPED.sub(_escaped, clean).replace(quote, f"\\{quote}")
    return f"{quote}{escaped}{quote}"


def _plain(text: str) -> str:
    """Return what a text of a script says. Half a character becomes a question mark."""
    plain = _ESCAPE.sub(_meant, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _meant(escape: re.Match[str]) -> str:
    if digits := escape["long"] or escape["unit"] or escape["byte"]:
        return chr(min(int(digits, 16), 0x10FFFF))
    if escape["octal"]:
        return chr(int(escape["octal"], 8))
    return "" if escape["line"] else _SIGNS.get(escape["sign"], escape["sign"])


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    return "<\\" if sign == "<" else _WRITTEN.get(sign, f"\\u{ord(sign):04x}")
