"""A page's HTML without its secrets: passwords, cookies, tokens and typed-in text."""

from __future__ import annotations

import re

from lxml import etree, html

from jdp_spider.scrubbing.names import is_secret_name
from jdp_spider.utils.redaction import MASK, redact

SEARCH_BOX = "data-jdp-search"
"""The attribute that marks an input whose value is kept."""

_QUOTED = r"""(?:"(?P<of_name>[^"]{1,9999})"|'(?P<of_name2>[^']{1,9999})')"""
_IN_TEXT = re.compile(
    "|".join(
        (
            # In an address: ?token=..., ;jsessionid=..., //user:password@, ASP.NET's /(S(...))/
            r"""[?&;#](?P<parameter>[\w$.-]+)=(?P<of_parameter>[^&#;\s"'<>]+)""",
            r"""://(?P<user>[^/\s"'<>@]+)@""",
            r"/\([A-Z]\((?P<cookieless>[^)\s]+)",
            # In a script or in JSON: "token": "...", token='...'
            rf"""(?<![\w$.-])(?P<name>[\w$.-]+)["']?\s{{0,9}}[:=]\s{{0,9}}{_QUOTED}""",
            # A JSON web token, anywhere.
            r"(?<![\w-])(?P<jwt>eyJ[\w-]+\.[\w-]+\.[\w-]*)",
        )
    )
)
_LONG_WORD = re.compile(r"[\w=+~-]{20,}")
"""Longer than any reference or VIN."""
_MIXED = re.compile(r"[A-Za-z]\d|\d[A-Za-z]")
_FEWEST_CHANGES = 4
"""Changes between letters and digits that occur in random tokens, but not in names."""
_DATA_URL = re.compile(r"data:[^,]*,.*", re.IGNORECASE | re.DOTALL)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_LABELLED = ("button", "submit", "reset", "checkbox", "radio", "image")
"""Types of inputs whose values are not typed in."""
_FIELDS = ("input", "meta", "param", "option", "button", "data", "output", "textarea")
_VALUES = ("value", "content", "data-value", "data-content")
_DROPPED = ("srcdoc",)


def clean_text(text: str) -> str:
    """Return a page's text without the values hidden in logs and without named tokens."""
    return _without_tokens(redact(text))


def _without_tokens(text: str) -> str:
    return _IN_TEXT.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    name = match["parameter"] or match["name"]
    if name and not is_secret_name(name):
        # The text in the quotes may be an address, or hold names of its own.
        return _nested(match) if match["name"] else match[0]
    group = match.lastgroup
    assert group is not None
    start, end = (place - match.start() for place in match.span(group))
    return f"{match[0][:start]}{MASK}{match[0][end:]}"


def _nested(match: re.Match[str]) -> str:
    group = "of_name" if match["of_name"] else "of_name2"
    start, end = (place - match.start() for place in match.span(group))
    return f"{match[0][:start]}{_without_tokens(match[0][start:end])}{match[0][end:]}"


def _without_long_words(text: str) -> str:
    return _LONG_WORD.sub(
        lambda word: MASK if len(_MIXED.findall(word[0])) >= _FEWEST_CHANGES else word[0], text
    )


def clean_html(source: str) -> str:
    """Return a page's HTML, safe to show to whoever looks into a failure.

    Scripts, comments and typed-in text are left out, except the text of an input with SEARCH_BOX.
    So are the values of hidden inputs, of everything named token, session and the like, and
    whatever is hidden in logs. Raise ValueError if `source` is not a page.
    """
    text = _NOT_XML.sub("", source)
    if not text.strip():
        raise ValueError("no page")
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = html.document_fromstring(text, parser=parser)
    except etree.ParserError:
        raise ValueError("no page") from None
    # Most pages hold no secret: each piece is looked at only in those that do.
    clean = clean_text if redact(text) != text else _without_tokens
    for element in root.iter(etree.Element):
        _clean_content(element)
        for name, value in element.attrib.items():
            cleaned = _clean_attribute(element, name, value)
            if cleaned is None:
                del element.attrib[name]
            elif (cleaned := clean(cleaned)) != value:
                element.set(name, cleaned)
        for part in ("text", "tail"):
            value = getattr(element, part)
            if value and (cleaned := clean(value)) != value:
                setattr(element, part, cleaned)
    # What no piece shows, such as a secret that is spread over two.
    return redact(html.tostring(root, encoding="unicode", doctype="<!DOCTYPE html>"))


def _clean_content(element: html.HtmlElement) -> None:
    """Empty an element that holds a script or typed-in text."""
    tag = element.tag
    typed_in = tag == "textarea" or element.get("contenteditable", "false").lower() != "false"
    named = tag in ("output", "data") and _is_secret(element)
    if tag == "script" or typed_in or named:
        tail = element.tail
        for child in list(element):
            element.remove(child)
        element.text, element.tail = ("" if tag == "script" else MASK), tail


def _clean_attribute(element: html.HtmlElement, name: str, value: str) -> str | None:
    """Return the value that an attribute may show; None to leave it out."""
    lowered = name.lower()
    if lowered in _DROPPED or (element.tag == "option" and lowered == "selected"):
        return None
    if not value or lowered == SEARCH_BOX:
        return value
    if lowered in _VALUES:
        return MASK if _hides_value(element, lowered) else value
    if is_secret_name(lowered) or (lowered.startswith("data-") and is_secret_name(name)):
        return MASK
    if _DATA_URL.fullmatch(value.strip()):
        return f"data:{MASK}"
    if lowered.startswith(("data-", "on")) or "?" in value:
        return _without_long_words(value)
    return value


def _hides_value(element: html.HtmlElement, name: str) -> bool:
    if element.tag in _FIELDS and _is_secret(element):
        return True
    if element.tag != "input" or name != "value":
        return False
    kind = element.get("type", "text").lower()
    return kind not in _LABELLED and element.get(SEARCH_BOX) is None


def _is_secret(element: html.HtmlElement) -> bool:
    """Return True if a field is named token, session or the like."""
    names = ("name", "id", "property", "itemprop", "http-equiv", "autocomplete", "data-name")
    return any(is_secret_name(element.get(name, "")) for name in names)
