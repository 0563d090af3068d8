"""Makes what a recording keeps out of a request and its answer."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from jdp_spider.pdf.embedded import EMBEDDED_PDF, embedded_pdf
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.places import places_of
from jdp_spider.pdf.unpacking import unpacked, unpacked_csv
from jdp_spider.recording.archive import TOO_LARGE, Exchange
from jdp_spider.scrubbing import data, literals, pages, scripts
from jdp_spider.utils.decoding import NotText, decode

if TYPE_CHECKING:
    from jdp_spider.doctor.recorder import Raw
    from jdp_spider.recording.archive import Recording
    from jdp_spider.scrubbing.scrubber import Scrubber

PDF_HERE = "GetPdfReport-here"
"""Written where a PDF stood as base64."""
_FORM = "application/x-www-form-urlencoded"
_OF_FORM = re.compile(
    r'name="([^"]*)"(?:; filename="[^"]*")?\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', re.DOTALL
)
_SLASHES = r"(?://|\\/\\/)"
_GUARD = re.compile(r"\s*(?:\)\]\}'?,?|(?:while|for)\s*\((?:1|;;)\);?|\{\}\s*&&)\s*(?=[\[{\"])")
"""In front of JSON, so that no other site can run it as a script."""
_MOST_UNPACKED = 20_000_000
_TEXTS = ("text", "json", "javascript", "xml", "csv")
_NO_TEXT = re.compile(r"[\x00-\x08\x0e\x0f\x1b]")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
"""The same where nobody says that it is a text."""
_SCRIPTS = ("javascript", "ecmascript")
_ENDINGS = {"html": "html", "json": "json", "javascript": "js", "css": "css", "csv": "csv"}


class Cleaning:
    """Scrubs what was recorded; addresses become those of one site."""

    def __init__(self, scrubber: Scrubber, origin: str, *, with_scripts: bool) -> None:
        self._scrubber = scrubber
        self._with_scripts = with_scripts
        self._origins = {origin: ""}
        """What begins the addresses of each origin in the recording."""
        self._names: dict[tuple[bytes, str], str] = {}
        """Of files that are there already, by what they hold."""
        self.not_listed: list[str] = []
        """Names of vehicles whose lines the export is to lose."""
        self.left_out: Counter[str] = Counter()

    def know(self, url: str) -> None:
        """Replace the origin of this address from now on wherever it is named."""
        self._local(url)

    def path(self, url: str) -> str:
        """Return an address without its origin, and without what is private."""
        return pages.address(self._local(url), self._scrubber)

    def page(self, html: str) -> str:
        """Return the HTML of a page as it stood, always without scripts."""
        return self._scrubber.swept(pages.page(self._here(html), self._scrubber, scripts=False))

    def add(self, raw: Raw, recording: Recording) -> None:
        """Add a request and its answer to the recording."""
        if not raw.url.startswith("http"):
            return
        parts = urlsplit(raw.url)
        exchange = Exchange(
            step=raw.step,
            at_s=round(raw.at_s, 3),
            kind=raw.kind,
            method=raw.method,
            path=self.path(parts._replace(query="", fragment="").geturl()),
            query=self._fields(parts.query),
            by_script=raw.by_script,
            status=raw.status,
            seconds=round(raw.seconds, 3),
            size=len(raw.body or b""),
            headers=self._headers(raw),
            does=raw.does,
        )
        if raw.sent_kind.startswith(_FORM):
            exchange.form = self._fields(raw.sent)
        elif raw.sent_kind.startswith("multipart/"):
            exchange.form = self._clean(_OF_FORM.findall(raw.sent))
        elif raw.sent:
            exchange.sent = self._as_data(raw.sent) or self._scrubber.text(raw.sent)
        recording.exchanges.append(exchange)
        self._add_body(raw, exchange, recording)

    def _fields(self, text: str) -> list[tuple[str, str]]:
        return self._clean(parse_qsl(text, keep_blank_values=True))

    def _clean(self, fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
        scrubber = self._scrubber
        return [
            (
                scrubber.code(name),
                scrubber.known.get(value) or pages.parameter(name, self._here(value), scrubber),
            )
            for name, value in fields
        ]

    def _headers(self, raw: Raw) -> dict[str, str]:
        found = {name: self._here(value) for name, value in raw.headers.items()}
        if "location" in found:
            found["location"] = self._local(raw.headers["location"])
        return data.headers(found, self._scrubber)

    def _local(self, url: str) -> str:
        parts = urlsplit(url)
        if not parts.netloc:
            return url
        if not parts.scheme:
            # As `//host/path` in a redirect; which scheme is meant makes no difference here.
            parts = parts._replace(scheme="https")
        origin = f"{parts.scheme}://{parts.netloc}"
        prefix = self._origins.setdefault(origin, f"/__other__/{len(self._origins)}")
        return prefix + (parts._replace(scheme="", netloc="").geturl() or "/")

    def _here(self, text: str) -> str:
        """Return the text with addresses of origins that are known as those of one site."""
        for origin, prefix in self._origins.items():
            # Also as an address that leaves the scheme to the page: //host/path.
            scheme, _, host = (re.escape(part) for part in origin.partition("://"))
            text = re.sub(
                rf"(?i)(?:{scheme}:|(?<![:\w])(?<![:\w]\\)){_SLASHES}{host}(?=\\?/)", prefix, text
            )
        return text

    def _add_body(self, raw: Raw, exchange: Exchange, recording: Recording) -> None:
        if raw.is_too_large:
            length = raw.headers.get("content-length", "")
            exchange.left_out = TOO_LARGE
            exchange.size = int(length) if length.isdecimal() else 0
            self.left_out[f"left out: {TOO_LARGE}"] += 1
            return
        if raw.body is None:
            exchange.left_out = "not seen" if raw.status else "no answer"
            if raw.status and not 300 <= raw.status < 400:
                self.left_out[f"left out: {raw.kind}"] += 1
            return
        number = len(recording.exchanges)
        body, kind = _unpacked(raw.body, raw.headers.get("content-type", ""))
        if body.find(b"%PDF-", 0, 1024) >= 0:
            self._add_places(body, f"bodies/{number:04}.pdf.json", exchange, recording)
            return
        text = _text_of(body, kind)
        if why_not := _why_not(kind, body, text, with_scripts=self._with_scripts):
            exchange.left_out = why_not
            self.left_out[f"left out: {exchange.left_out}"] += 1
            return
        if (pdf := embedded_pdf(body)) is not None:
            self._add_places(pdf, f"bodies/{number:04}.pdf.json", exchange, recording)
            text = EMBEDDED_PDF.sub(PDF_HERE.encode(), text.encode()).decode()
        ending = next((end for part, end in _ENDINGS.items() if part in kind), "txt")
        clean = self._of_kind(self._here(self._without_others(text)), ending)
        if body.startswith(b"\xef\xbb\xbf"):
            clean = "\ufeff" + clean
        data = self._scrubber.swept(clean).encode()
        is_alone = f"bodies/{number:04}.pdf.json" in recording.files
        name = f"bodies/{number:04}.{ending}"
        exchange.body = name if is_alone else self._names.setdefault((data, ending), name)
        recording.files[exchange.body] = data

    def _without_others(self, text: str) -> str:
        """Return an export with the vehicles only that the recording has rows of."""
        if not self.not_listed or re.search(r"<[a-zA-Z!]", text):
            return text
        names = "|".join(re.escape(name) for name in self.not_listed if name)
        other = re.compile(rf"(?<![A-Za-z0-9])(?:{names})(?![A-Za-z0-9])")
        lines = text.splitlines(keepends=True)
        kept = [line for line in lines if not other.search(line)]
        self.left_out["left out: line of the export"] += len(lines) - len(kept)
        return "".join(kept)

    def _of_kind(self, text: str, ending: str) -> str:
        scrubber = self._scrubber
        if ending == "js":
            try:
                return scripts.script(text, scrubber)
            except scripts.NotUnderstood:
                self.left_out["left out: script"] += 1
                return ""
        if ending == "css":
            return scripts.style(text, scrubber)
        is_page = text.lstrip("\ufeff \t\r\n").startswith("<")
        if ending != "csv" and not is_page and (made := self._as_data(text)):
            return made
        if re.search(r"<[a-zA-Z!]", text) and ending != "csv":
            return pages.page(text, scrubber, scripts=self._with_scripts)
        return scrubber.text(text)

    def _as_data(self, text: str) -> str:
        """Return JSON, or a value of JavaScript, whatever it is called; empty if it is none."""
        guard = _GUARD.match(text)
        head = guard[0] if guard else ""
        for clean in (data.json_text, literals.literal):
            with contextlib.suppress(ValueError):
                rest = clean(text[len(head) :], self._scrubber, scripts=self._with_scripts)
                return head + rest
        return ""

    def _add_places(self, pdf: bytes, name: str, exchange: Exchange, recording: Recording) -> None:
        try:
            places = places_of(pdf, self._scrubber.text)
        except Exception:  # noqa: BLE001 - pypdf raises errors of many kinds
            exchange.left_out = "a PDF that cannot be read"
            self.left_out["left out: PDF"] += 1
            return
        exchange.body = name
        recording.files[name] = self._scrubber.swept(places.decode()).encode()
        self._scrubber.counts["PDF made of its text"] += 1


def _text_of(body: bytes, kind: str) -> str:
    """Return a body as text; empty where it is none: what is not understood is not kept."""
    try:
        text = decode(body)
    except NotText:
        return ""
    is_named = any(part in kind for part in _TEXTS)
    # Zeros at the end are padding. Any others separate letters that nobody would find.
    return "" if (_NO_TEXT if is_named else _BINARY).search(text.rstrip("\0\x1a")) else text


def _unpacked(body: bytes, kind: str) -> tuple[bytes, str]:
    """Return the only CSV or PDF of a zip file, and its kind; anything else as it is."""
    kind = kind.partition(";")[0].lower()
    if (table := unpacked_csv(body, _MOST_UNPACKED)) != body:
        return table, "text/csv"
    with contextlib.suppress(BookoutRejected):
        pdfs = unpacked(body, _MOST_UNPACKED)
        if len(pdfs) == 1:
            return pdfs[0].pdf, kind
    return body, kind


def _why_not(kind: str, body: bytes, text: str, *, with_scripts: bool) -> str:
    """Return why a body is left out; empty if it is kept."""
    if body and not text:
        return "not understood"
    if with_scripts:
        return ""
    is_source = any(part in kind for part in (*_SCRIPTS, "css"))
    return "script or style sheet of the site" if is_source else ""
