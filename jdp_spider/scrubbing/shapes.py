"""What private values look like in a text, and the forms in which they are written."""

from __future__ import annotations

import base64
import binascii
import re

from jdp_spider.scrubbing.escaped import ESCAPE

_HEX = "[0-9A-Fa-f]"
GUID = re.compile(
    rf"(?:(?<![^\W_])|(?<=%[2-7]{_HEX})|(?<=\\x{_HEX}{_HEX})|(?<=\\u00{_HEX}{_HEX}))"
    rf"(?:{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}|(?=[0-9]*[A-Fa-f]){_HEX}{{32}})(?![^\W_])"
)
"""The number of a customer, a session or the like, whatever name or escape is in front of it."""
_STREET = r"(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Dr|Drive|Ln|Lane|Hwy|Highway|Way|Court)"
_DAY = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}"
    r"|[0-9]{1,2}-[0-9]{1,2}-(?:19|20)?[0-9]{2}(?![0-9-])"
)
_HIDDEN = (
    "\u00ad\u0300-\u036f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
)
"""Characters that nobody sees, and accents that are characters of their own."""
PIECES = re.compile(
    rf"""
    (?P<escaped>[A-Za-z0-9]*{ESCAPE}(?:{ESCAPE}|[A-Za-z0-9])*)
    |(?P<hexes>(?<![^\W_]){_HEX}{{2}}(?:[ :-]{_HEX}{{2}}){{4,}}(?![^\W_]))
    |(?P<sign>\\+[nrtbfv0](?=[^\W\d_]))
    |(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)*)
    |(?P<spaced>(?<![^\s"'`>(\[=,;:])[^\s"'`](?:[ ][^\s"'`]){{3,}}(?![^\s"'`<)\],;:]))
    |(?P<parted>(?<![^\W_])[^\W\d_](?P<by>[._-])[^\W\d_](?:(?P=by)[^\W\d_]){{2,}}(?![^\W_])
        |[^\W_]+(?:[{_HIDDEN}]+[^\W_]+)+)
    |(?P<strewn>(?<![^\W_])[^\W_](?P<gap>[^\w|]{{1,3}})[^\W_](?:(?P=gap)[^\W_]){{2,}}(?![^\W_]))
    |(?P<vin>(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-HJ-NPR-Za-hj-npr-z0-9]{{17}}(?![A-Za-z0-9]))
    |(?P<mixed>(?<![A-Za-z0-9])(?=[A-Za-z0-9]{{5}})
        (?:(?:[A-Za-z]{{1,2}}[0-9]{{1,2}}){{2,}}[A-Za-z]{{0,2}}
        |(?:[0-9]{{1,2}}[A-Za-z]{{1,2}}){{2,}}[0-9]{{0,2}})(?![A-Za-z0-9]))
    |(?P<plate>(?<![\w\#.-])(?:[0-9][A-Z]{{3}}[0-9]{{2,3}}|[A-Z]{{3}}-?[0-9]{{3,4}}
        |[0-9]{{3}}-?[A-Z]{{3}}|[A-Z]{{2}}[0-9]{{2}}[ ]?[A-Z]{{3}})(?![\w-]))
    |(?P<host>(?<![\w.])(?!127\.|[0-9]+\.0\.0\.)[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}(?![\w.-])
        |(?<![\w:])[0-9A-Fa-f]{{1,4}}(?:::?[0-9A-Fa-f]{{1,4}}){{4,7}}(?![\w:]))
    |(?P<groups>(?<![\w.:/-])(?!{_DAY})
        (?:\+?[0-9]{{1,4}}(?:[ .()-]{{1,2}}[0-9]{{2,4}}){{2,}}|[0-9]{{3}}[.-][0-9]{{4}})(?![\w:/-]))
    |(?P<long>[A-Za-z0-9+/]{{8,}}(?![A-Za-z0-9+/_-])={{0,2}}|[A-Za-z0-9_-]{{8,}}={{0,2}})
    |(?P<street>[0-9]{{1,5}}[ ](?:[A-Z][\w.'-]*[ ]){{1,4}}(?i:{_STREET})\b)
    |(?P<phone>\(?[0-9]{{3}}\)?[ .-]{{1,2}}[0-9]{{3}}[ .-][0-9]{{4}}(?!\d))
    |(?P<names>(?<!\w)[A-Z][a-z]+(?:[ ][A-Z][a-z]+)+(?!\w))
    |(?P<money>(?<=[$\u20ac\u00a3])[0-9]{{3}}(?![0-9.,' ]))
    |(?P<number>(?<=[$\u20ac\u00a3])[0-9]{{1,3}}(?:[ .][0-9]{{3}})+(?!\d)
        |[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+(?=,[0-9]{{2}}(?!\d))
        |[0-9]{{1,3}}(?:[,'\u2019\u00a0\u202f][0-9]{{3}})+(?!\d)|[0-9]+)
    |(?P<digits>\d+)
    |(?P<word>[^\W\d_]+)
    """,
    re.VERBOSE,
)
_SHORTEST_BASE64 = 12
"""Characters from which on any text may have been meant; of fewer only simple words."""
_SHORTEST_WIDE = 6
"""Bytes from which on zeros between them are no accident."""
_SIMPLE = re.compile(r"[A-Za-z0-9 .,$@/-]+")
NO_SIGN = rf"[._{_HIDDEN}-]"


def parted(text: str, model: str) -> str:
    """Return the text with the signs that part the letters of `model`."""
    if len(text) != len(re.sub(NO_SIGN, "", model)):
        return text
    left = iter(text)
    return re.sub(rf"[^._{_HIDDEN}-]", lambda _: next(left), model)


def spaced(text: str, model: str) -> str:
    """Return the text with the spaces of `model`."""
    if len(text) != len(model.replace(" ", "")):
        return " ".join(text)
    left = iter(text)
    return "".join(" " if sign == " " else next(left) for sign in model)


def strewn(text: str, model: str) -> str:
    """Return the text with what is between the single characters of `model`."""
    if 2 * len(text) - 1 > len(model):
        return text
    step = (len(model) - 1) // (len(text) - 1)
    return "".join(sign + model[at * step + 1 : (at + 1) * step] for at, sign in enumerate(text))


def _bytes_of(digits: str) -> bytes:
    plain = digits.rstrip("=")
    padded = plain.replace("-", "+").replace("_", "/") + "=" * (-len(plain) % 4)
    return base64.b64decode(padded, validate=True)


def _encoding(data: bytes) -> str:
    """Return which encoding of a text these bytes seem to be in, by where their zeros are."""
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(data) >= _SHORTEST_WIDE and len(data) % 2 == 0 and not any(data[start::2][1:]):
            return encoding
    return "utf-8"


def decoded(digits: str) -> str | None:
    """Return the text that these base64 digits stand for; None if they do for none."""
    try:
        data = _bytes_of(digits)
        text = data.decode(_encoding(data))
    except (binascii.Error, ValueError):
        return None
    if len(digits) < _SHORTEST_BASE64 and not _SIMPLE.fullmatch(text):
        return None
    return text if text.isprintable() or not re.search(r"[\0-\x08\x0e-\x1f]", text) else None


def encoded(text: str, model: str) -> str:
    """Return a text in base64 as `model` is written."""
    encoding = _encoding(_bytes_of(model))
    encoded = base64.b64encode(text.encode(encoding, "replace")).decode()
    if "-" in model or "_" in model:
        encoded = encoded.replace("+", "-").replace("/", "_")
    return encoded if model.endswith("=") else encoded.rstrip("=")
