"""Every way to write a secret is found."""

from __future__ import annotations

import html
import json
import random
import string
import time
from base64 import b64encode, urlsafe_b64encode
from html.entities import codepoint2name
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from jdp_spider.utils import redaction
from jdp_spider.utils.redaction import hide, redact

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD = "p\xe4ss ~*'(w)! /\"\\d%&<7>\u20ac\U0001f600"


def each(write: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "".join(map(write, text))


def json_escape(character: str) -> str:
    return json.dumps(character)[1:-1]


def percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def percent_cp1252(character: str) -> str:
    return "".join(f"%{byte:02x}" for byte in character.encode("cp1252", "replace"))


def named(character: str) -> str:
    name = codepoint2name.get(ord(character), "")
    return f"&{name};" if name else f"&#{ord(character)};"


def utf16(character: str) -> str:
    data = character.encode("utf-16-be")
    return "".join(f"\\u{data[n : n + 2].hex()}" for n in range(0, len(data), 2))


FORMS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "percent": lambda text: quote(text, safe=""),
    "percent, of signs too": each(percent),
    "percent, lower case": lambda text: each(percent)(text).lower(),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent four times": lambda text: quote(quote(quote(quote(text, safe="")))),
    "form": quote_plus,
    "entities": html.escape,
    "named entities": each(named),
    "entities with zeros": each(lambda c: f"&#x000{ord(c):X};"),
    "entities without semicolons": each(lambda c: f"&#{ord(c)}"),
    "entities twice": lambda text: html.escape(html.escape(text)),
    "percent of entities": lambda text: quote(each(named)(text), safe=""),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON with slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON within JSON": lambda text: json.dumps(json.dumps(json.dumps(text)))[7:-7],
    "JSON in a page": lambda text: html.escape(json.dumps(text)[1:-1]),
    "JSON in an address": lambda text: quote(json.dumps(text)[1:-1]),
    "entities in JavaScript": lambda text: html.escape(text).replace("&", "\\u0026"),
    "repr": lambda text: repr(text)[1:-1],
    "ascii": lambda text: ascii(text)[1:-1],
    "bytes": lambda text: repr(text.encode())[2:-1],
    "all as JavaScript": each(utf16),
    "code points": each(lambda c: f"\\u{{{ord(c):X}}}"),
    "octal": each(lambda c: "".join(f"\\{byte:03o}" for byte in c.encode())),
    "CSS": each(lambda c: f"\\{ord(c):x} "),
    "UTF-8 as Windows-1252": lambda text: text.encode().decode("latin-1"),
    "white space": lambda text: text.replace(" ", "\xa0"),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_escaped_secret_is_masked(form: str) -> None:
    hide([PASSWORD])
    assert redact(f"({FORMS[form](PASSWORD)})") == "([hidden])"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("before", [b"", b"u", b"u:", b"user:", "\xff\xfe\xfb".encode("latin-1")])
@pytest.mark.parametrize("after", [b"", b"\xff\xff", b" and more"])
def test_base64_is_masked_whole(
    encoding: str, encode: Callable[[bytes], bytes], before: bytes, after: bytes
) -> None:
    password = "~?\xfb\xff>p\xe4ss~\xbf"
    hide([password])
    digits = encode(before + password.encode(encoding) + after).decode()
    for shown in (digits, digits.rstrip("="), digits.replace("/", "\\/")):
        assert redact(f"Basic {shown} sent") == "Basic [hidden] sent"
    masked = redact(f"?a={quote(digits, safe='')}&b")
    assert "[hidden]" in masked
    assert len(masked) < 40


CHARACTERS = string.printable.strip() + " \xe4\xdf\u20ac\u8eca\U0001f600" + "%%&&\\\\++;#"
MIXED = [
    str,
    percent,
    lambda c: percent(c).lower(),
    lambda c: quote(percent(c)),
    percent_cp1252,
    named,
    lambda c: f"&#{ord(c):06d};",
    lambda c: f"&amp;#x{ord(c):x};",
    utf16,
    json_escape,
    lambda c: json_escape(json_escape(c)),
]
LAYERS = [str, str, html.escape, quote, lambda text: json.dumps(text)[1:-1]]


@pytest.mark.parametrize("seed", range(10))
def test_escapes_in_any_mixture_are_masked(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lot = random.Random(seed)
    for number in range(60):
        monkeypatch.setattr(redaction, "_hidden", {})
        password = "".join(lot.choices(CHARACTERS, k=lot.randint(6, 30))).strip().ljust(6, "~")
        hide([password])
        if redaction.is_word_or_number(password):
            continue
        # Windows-1252 has no sign for some.
        writers = [w for w in MIXED if w is not percent_cp1252 or not password.isascii()]
        text = "".join(
            lot.choice(MIXED if c.isascii() else [w for w in writers if w is not percent_cp1252])(c)
            for c in password
        )
        text = lot.choice(LAYERS)(lot.choice(LAYERS)(text))
        assert redact(f"(({text}))") == "(([hidden]))", (seed, number, password, text)


@pytest.mark.parametrize(
    "text",
    [
        PASSWORD[:-1],
        PASSWORD[1:],
        PASSWORD.upper(),
        quote(PASSWORD[:-1]),
        "%70%c3",
        "&#112;&#228",
        "\\u0070\\",
        "%",
        "&",
        "\\",
        "",
    ],
)
def test_other_text_is_unchanged(text: str) -> None:
    hide([PASSWORD])
    assert redact(text) == text


@pytest.mark.parametrize("piece", ["\\", "%25", "&amp;", "&#x41;", "\\u00", "%c3%a4", "%c3\\", "p"])
def test_masking_any_text_is_fast(piece: str) -> None:
    """Two seconds of processor time at most were seen; what grows faster takes hours."""
    hide([PASSWORD, *(f"{n:02d}abcdefghijklmnop" for n in range(10))])
    started = time.process_time()
    redact((piece * 50_000)[:1_000_000])
    assert time.process_time() - started < 20


def test_text_of_only_escapes_is_hidden_completely() -> None:
    hide([PASSWORD])
    assert redact("%" * 200_000) == "[hidden]"
