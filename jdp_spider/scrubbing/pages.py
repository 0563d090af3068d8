"""HTML of pages and of parts of pages, with the same elements and without what is private."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from jdp_spider.scrubbing.names import is_secret_name
from jdp_spider.scrubbing.pieces import Signs, scrubbed_together
from jdp_spider.scrubbing.scripts import NotUnderstood, script, style

if TYPE_CHECKING:
    from jdp_spider.scrubbing.scrubber import Scrubber

_INLINE = frozenset(
    """
    a abbr b bdi bdo cite code em font i ins kbd mark q s samp small span strong sub sup tt u
    var wbr
    """.split()  # noqa: SIM905 - easier to read
)
_CODE = frozenset(("id", "class", "name", "for", "style", "form", "list"))
_LANGUAGE = frozenset(
    """
    type role rel method formmethod enctype target lang charset http-equiv media
    width height colspan rowspan tabindex autocomplete
    """.split()  # noqa: SIM905 - easier to read
)
"""Attributes whose values are words of HTML."""
_ADDRESSES = frozenset(
    """
    href src action formaction data poster cite srcset ping background
    """.split()  # noqa: SIM905 - easier to read
)
_ELEMENTS = frozenset(
    """
    acronym aside audio colgroup datalist defs dfn foreignobject frameset hgroup lineargradient
    marker marquee mfrac mrow msub msup noframes optgroup polyline radialgradient ruby strike
    symbol textpath tfoot tspan video
    """.split()  # noqa: SIM905 - easier to read
)
"""Elements of HTML, SVG and MathML whose names are no words of this program."""
_NAMED = ("name", "id", "property", "itemprop", "http-equiv", "autocomplete", "data-name")
_SCRIPTS = ("", "text/javascript", "application/javascript", "module")
_DOCTYPE = re.compile(
    r"""doctype\s+html (?:\s+(?:public|system) (?:\s+"(?:
    -//W3C//DTD\ X?HTML\ [0-9]\.[0-9]{1,2} (?:\ (?:Transitional|Strict|Frameset|Final))? //EN
    |http://www\.w3\.org/TR/x?html[0-9]{1,2}/ (?:DTD/)? (?:xhtml[0-9]{1,2})? -?
     (?:transitional|strict|frameset|loose)? \.dtd
    |about:legacy-compat)")*)? \s*""",
    re.IGNORECASE | re.VERBOSE,
)
"""Those that are known, as they decide on how a browser shows a page."""
_PARTS = re.compile(r"[?&;#](?:amp;)?[^?&;#]*|[^?&;#]+")
_PARAMETER = re.compile(r"([?&;#](?:amp;)?)([\w$.%-]+)=([^&#;]*)")


def address(url: str, scrubber: Scrubber) -> str:
    """Return an address without what is private: its parts keep their names and their order."""
    lowered = url.strip().lower()
    if lowered.startswith("data:"):
        scrubber.counts["left out: data in an address"] += 1
        return "data:,"
    if lowered.startswith(("mailto:", "tel:", "sms:")):
        return url.partition(":")[0] + ":" + scrubber.text(url.partition(":")[2])
    if lowered.startswith("javascript:"):
        code = _code_of(unquote(url.strip()[11:]), scrubber)
        return "javascript:" + code.replace("%", "%25")
    head, mark, query = url.partition("?")
    query = "".join(
        _PARAMETER.sub(lambda found: _parameter(found, scrubber), part)
        if _PARAMETER.fullmatch(part)
        else scrubber.code(part)
        for part in _PARTS.findall(mark + query)
    )
    return scrubber.code(head) + query


def _parameter(found: re.Match[str], scrubber: Scrubber) -> str:
    sign, name, value = found.groups()
    clean = parameter(unquote(name), unquote(value), scrubber)
    kept = value if clean == unquote(value) else quote(clean, safe="/,:")
    return f"{sign}{scrubber.code(name)}={kept}"


def parameter(name: str, value: str, scrubber: Scrubber) -> str:
    """Return the value that a parameter of an address or a form may show."""
    if is_secret_name(name):
        return scrubber.token(value)
    return scrubber.text(value) if " " in value else scrubber.value(value)


def policy(value: str, scrubber: Scrubber) -> str:
    """Return what a page says that it may load, with the nonces of its scripts."""
    nonce = re.compile(r"(?<='nonce-)[^']+")
    clean = iter([scrubber.token(found) for found in nonce.findall(value)])
    return nonce.sub(lambda _: next(clean), scrubber.code(value))


def _code_of(code: str, scrubber: Scrubber) -> str:
    try:
        return script(code, scrubber)
    except NotUnderstood:
        scrubber.counts["left out: script"] += 1
        return ""


def page(source: str, scrubber: Scrubber, *, scripts: bool = True) -> str:
    """Return a page, or a part of one, without comments; without scripts and styles if so asked."""
    writer = _Writer(scrubber, scripts=scripts)
    writer.feed(source)
    writer.close()
    return writer.made()


class _Writer(HTMLParser):
    """Writes what it is fed: elements as they are, texts and values scrubbed."""

    def __init__(self, scrubber: Scrubber, *, scripts: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._scrubber = scrubber
        self._scripts = scripts
        self._out: list[str] = []
        self._texts: list[int] = []
        """Where in `_out` the texts of one line of text are, which may be one value together."""
        self._signs = Signs(self._out, scrubber)
        self._within = ""
        """The element whose content is no HTML, if any."""
        self._is_script = False

    def made(self) -> str:
        self._end_texts()
        self._signs.end()
        return "".join(self._out)

    def handle_decl(self, decl: str) -> None:
        self._out.append(f"<!{decl}>" if _DOCTYPE.fullmatch(decl) else "<!DOCTYPE html>")

    def handle_comment(self, _: str) -> None:
        self._scrubber.counts["comment"] += 1

    def unknown_decl(self, _: str) -> None:
        self._scrubber.counts["comment"] += 1

    def handle_pi(self, _: str) -> None:
        self._scrubber.counts["comment"] += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in self.CDATA_CONTENT_ELEMENTS:
            self.handle_endtag(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self._end_texts()
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._within = tag
            self._is_script = values.get("type", "").lower() in _SCRIPTS
            if not self._scripts:
                return
        if tag == "base" or (tag == "link" and not self._scripts and "href" in values):
            return
        written = "".join(self._attribute(tag, *each, values) for each in attrs)
        sign = values.get("value", "") if tag == "input" else ""
        before, value, after = written.partition(f' value="{sign}"')
        if len(sign) == 1 and value:
            # There may be one field for each letter.
            self._out.append(f'<input{before} value="')
            self._signs.note(sign)
            self._out += [sign, f'"{after}>']
        else:
            self._out.append(f"<{self._tag(tag)}{written}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self._end_texts()
        if tag in ("script", "style"):
            self._within = ""
            if not self._scripts:
                self._scrubber.counts[f"left out: {tag}"] += 1
                return
        self._out.append(f"</{self._tag(tag)}>")

    def _tag(self, tag: str) -> str:
        return tag if tag in _ELEMENTS else self._scrubber.name(tag)

    def handle_data(self, data: str) -> None:
        if self._within:
            if self._scripts:
                self._out.append(self._embedded(data))
            return
        self._signs.note(data)
        self._texts.append(len(self._out))
        self._out.append(data)

    def _embedded(self, data: str) -> str:
        if self._within == "style":
            return style(data, self._scrubber)
        if self._is_script:
            return _code_of(data, self._scrubber)
        # Data, or a template: what a script makes of it is not known.
        return self._scrubber.text(data)

    def _end_texts(self) -> None:
        """Scrub texts that stand beside each other: together, as a value may be split by tags."""
        places, self._texts = self._texts, []
        if not places:
            return
        pieces = [self._out[place] for place in places]
        made = scrubbed_together(pieces, self._scrubber, self._scrubber.text)
        for place, piece in zip(places, made, strict=True):
            self._out[place] = escape(piece, quote=False)

    def _attribute(self, tag: str, name: str, value: str | None, others: dict[str, str]) -> str:
        clean_name = self._scrubber.name(name)
        if value is None:
            return f" {clean_name}"
        if name in ("srcdoc", "integrity"):
            self._scrubber.counts[f"left out: {name}"] += 1
            return ""
        return f' {clean_name}="{escape(self._value(tag, name, value, others))}"'

    def _value(self, tag: str, name: str, value: str, others: dict[str, str]) -> str:
        if name in _ADDRESSES:
            return address(value, self._scrubber)
        if name.startswith("on"):
            return _code_of(value, self._scrubber)
        if name == "style":
            return style(f"{{{value}}}", self._scrubber)[1:-1]
        if name in _LANGUAGE:
            return self._scrubber.name(value)
        if name in _CODE:
            return self._scrubber.code(value)
        return _other_value(tag, name, value, others, self._scrubber)


def _other_value(
    tag: str, name: str, value: str, others: dict[str, str], scrubber: Scrubber
) -> str:
    if name == "nonce":
        return scrubber.token(value)
    if name == "content" and "policy" in others.get("http-equiv", "").lower():
        return policy(value, scrubber)
    is_value = name in ("value", "content") or name.startswith("data-")
    if is_value and others.get("type", "").lower() == "password":
        return ""
    names = (name, *(others.get(each, "") for each in _NAMED if tag not in ("button", "a")))
    if is_value and any(map(is_secret_name, names)) and tag != "body":
        return scrubber.token(value)
    if name in ("title", "alt", "placeholder", "label", "summary") or name.startswith("aria-"):
        return scrubber.text(value)
    if others.get("type", "").lower() in ("button", "submit", "reset", "checkbox", "radio"):
        return scrubber.code(value)
    if name == "value" or name == "content":
        return scrubber.text(value)
    return scrubber.code(value)
