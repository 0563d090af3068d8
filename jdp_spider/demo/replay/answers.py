"""Recorded answers as they are for this request: for its vehicle, with the rows that it wants."""

from __future__ import annotations

import base64
import re
from collections import Counter
from html import escape, unescape
from typing import TYPE_CHECKING

from aiohttp import web

from jdp_spider.demo.replay.behaviour import Behaviour
from jdp_spider.demo.replay.kept import KeptReport
from jdp_spider.demo.replay.pdfs import pdf_of
from jdp_spider.demo.replay.vehicles import renamed
from jdp_spider.recording.archive import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jdp_spider.demo.replay.catalogue import Asked, Catalogue, Entry, Session
    from jdp_spider.demo.replay.vehicles import Vehicles
    from jdp_spider.recording.archive import Recording

_PDF_HERE = "GetPdfReport-here"
PIXEL = base64.b64decode(b"R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==")
"""A picture, for those that were left out."""
# Nothing of a recording may reach for the site that it was made of.
_POLICY = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'"


_OF_SCRIPTS = re.compile(
    "script-src|default-src|require-trusted-types-for|trusted-types|sandbox", re.IGNORECASE
)
"""What a recorded policy says of scripts: these are others here, with other sums and nonces."""
_META = re.compile(
    r"""<meta\b[^>]*\bhttp-equiv\s*=\s*["']?content-security-policy[^>]*>""", re.IGNORECASE
)


async def _filler(size: int) -> AsyncIterator[bytes]:
    """Yield `size` bytes; with 0, go on until nobody reads."""
    # Letters: DevTools passes on a zero as six characters.
    piece, left = b"x" * 1_000_000, size
    while left > 0 or not size:
        yield piece[: left or None]
        left -= min(left, len(piece))


class Answers:
    """Makes answers out of recorded ones."""

    def __init__(self, recording: Recording, catalogue: Catalogue, vehicles: Vehicles) -> None:
        self._recording = recording
        self._vehicles = vehicles
        self._behaviour = Behaviour(recording, catalogue)
        self._script = "" if recording.with_scripts else self._behaviour.script()
        self._kept = KeptReport(catalogue.kept_s)
        self.reports: Counter[str] = Counter()
        """Bookouts made, by reference."""

    def dialog(self, session: Session) -> web.Response:
        """Return the page as it stood with the open dialog, for the vehicle that is open."""
        text = self._of_open_vehicle(self._behaviour.dialog.decode("utf-8"), session)
        return web.Response(text=text, content_type="text/html")

    def _of_open_vehicle(self, text: str, session: Session) -> str:
        """Return what was recorded of the first vehicle's page for the one that is open."""
        if self._behaviour.looked_at is None or session.vehicle is None:
            return text
        return renamed(text, self._behaviour.looked_at, session.vehicle)

    def text(self, entry: Entry) -> str:
        """Return the body of a recorded answer."""
        return self._recording.files.get(entry.exchange.body, b"").decode("utf-8")

    def recorded(self, entry: Entry, asked: Asked, session: Session) -> web.Response:
        """Return a recorded answer for this request."""
        exchange = entry.exchange
        text = self._body(entry, asked, session)
        headers = dict(exchange.headers)
        kind = headers.pop("content-type", "")
        if "location" in headers:
            headers["location"] = self._for_vehicle(headers["location"], entry, session)
        if "html" in kind:
            recorded = headers.pop("content-security-policy", "").split(",")
            kept = [self._policy(each) for each in recorded]
            headers["content-security-policy"] = ", ".join(filter(None, [*kept, _POLICY]))
            text = _META.sub(self._meta, text)
            if exchange.kind == "document":
                text += self._of_open_vehicle(self._script, session)
        body: bytes | AsyncIterator[bytes] = self._bytes(entry, text, kind, session)
        if kind:
            # A recording keeps texts in UTF-8, whatever they came in.
            headers["content-type"] = re.sub(r"(?i)(?<=charset=)[^;\s]+", "utf-8", kind)
        if exchange.left_out == TOO_LARGE:
            body = _filler(exchange.size)
            if exchange.size:
                headers["content-length"] = str(exchange.size)
        return web.Response(status=exchange.status, body=body, headers=headers)

    def _policy(self, recorded: str) -> str:
        """Return a policy of a page without what would stop the scripts of a replay."""
        if self._script:
            # Our own script sends what the site's did from there.
            return ""
        rules = (rule.strip() for rule in recorded.split(";"))
        return "; ".join(rule for rule in rules if rule and not _OF_SCRIPTS.match(rule))

    def _meta(self, found: re.Match[str]) -> str:
        def changed(content: re.Match[str]) -> str:
            return f'content="{escape(self._policy(unescape(content[1])))}"'

        return re.sub(r'(?i)\bcontent="([^"]*)"', changed, found[0])

    def _body(self, entry: Entry, asked: Asked, session: Session) -> str:
        text = self.text(entry)
        if entry.listing is None or not entry.listing.lists:
            return self._for_vehicle(text, entry, session)
        numbers = entry.listing.numbers
        wanted = self._vehicles.of_recorded(numbers)
        value = dict(asked.fields).get(entry.searched, "").strip().casefold()
        if value:
            shown = (each for each in self._vehicles.all if each.has_row)
            wanted = [each for each in shown if value in each.reference.casefold()]
        if [each.number for each in wanted] == numbers:
            return text
        return entry.listing.with_vehicles(wanted, self._vehicles.recorded)

    def _for_vehicle(self, text: str, entry: Entry, session: Session) -> str:
        if entry.vehicle is None or session.vehicle is None:
            return text
        return renamed(text, entry.vehicle, session.vehicle)

    def _bytes(self, entry: Entry, text: str, kind: str, session: Session) -> bytes:
        places = entry.places
        if places in self._recording.files:
            pdf = self._kept.pdf or self._made(places, entry, session)
            if entry.exchange.body == places:
                return pdf
            return text.replace(_PDF_HERE, base64.b64encode(pdf).decode()).encode()
        if not entry.exchange.body and kind.startswith("image/"):
            return PIXEL
        return text.encode()

    def _made(self, places: str, entry: Entry, session: Session) -> bytes:
        """Return a new report of the vehicle that is open."""
        described = self._recording.files[places].decode("utf-8")
        pdf = pdf_of(self._for_vehicle(described, entry, session))
        if session.vehicle is not None:
            self.reports[session.vehicle.reference] += 1
        self._kept.keep(pdf)
        return pdf
