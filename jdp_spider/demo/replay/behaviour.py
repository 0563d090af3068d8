"""What the things of a recorded site did when the doctor used them, for a page without scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jdp_spider.recording.archive import TOO_LARGE
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp_spider.demo.replay.catalogue import Catalogue, Entry
    from jdp_spider.recording.archive import Recording

DIALOG_PATH = "/__demo__/dialog"
"""Where the page is as it stood when the reports dialog was open."""


class Behaviour:
    """Finds what each thing sent; writes the script that has it sent again."""

    def __init__(self, recording: Recording, catalogue: Catalogue) -> None:
        self._recording = recording
        self._entries = [entry for entry in catalogue.entries if not _is_asset(entry)]
        self.dialog = next(
            (data for name, data in recording.files.items() if name.endswith("-dialog.html")), b""
        )

        opened = self._last(lambda each: _in(each, "vehicle") and each.vehicle is not None)
        self.looked_at = opened.vehicle if opened else None
        """The vehicle whose page, dialog and report the doctor looked at first."""

    def script(self) -> str:
        """Return the element that goes at the end of a page."""
        requests = {name: _request(entry) for name, entry in self._found().items() if entry}
        opened = self._last(lambda each: each.exchange.step == "vehicle" and _is_page(each))
        recorded = {
            "selectors": self._recording.selectors,
            "requests": requests,
            "unfolding": [_request(entry) for entry in self._entries if _unfolds(entry)],
            "dialog": DIALOG_PATH if self.dialog else "",
            "opened": _address(opened) if opened else "",
            "inside": self._after_login(),
        }
        code = load_js("demo/replay/js/behaviour.js", json.dumps(recorded).replace("<", "\\u003c"))
        return f"<script>{code}</script>"

    def _found(self) -> dict[str, Entry | None]:
        pager = [each for each in self._entries if _in(each, "pager") and each.listing]
        return {
            "login": self._last(lambda each: each.exchange.does == "login"),
            "licence": self._last(
                lambda each: _in(each, "login") and each.is_inside and each.changes
            ),
            "export": self._last(
                lambda each: _in(each, "export") and (_is_table(each) or _is_too_large(each))
            ),
            "search": self._last(lambda each: bool(each.searched)),
            "next": pager[0] if pager else None,
            "back": pager[-1] if pager else None,
            "select": self._last(
                lambda each: _in(each, "vehicle") and each.changes and not each.searched
            ),
            "report": self._last(lambda each: _in(each, "report") and self._is_report(each)),
            "logout": self._last(lambda each: each.exchange.does == "logout"),
        }

    def _after_login(self) -> str:
        """Return the address of the page to which a script went after it had sent the login."""
        inside = (each for each in self._entries if each.is_inside and _is_page(each))
        return next(map(_address, inside), "")

    def _is_report(self, entry: Entry) -> bool:
        places = f"{entry.exchange.body.partition('.')[0]}.pdf.json"
        return places in self._recording.files or _is_too_large(entry)

    def _last(self, fits: Callable[[Entry], bool]) -> Entry | None:
        return next((entry for entry in reversed(self._entries) if fits(entry)), None)


def _in(entry: Entry, step: str) -> bool:
    return entry.exchange.step == step


def _is_table(entry: Entry) -> bool:
    return entry.exchange.body.endswith((".csv", ".txt"))


def _is_too_large(entry: Entry) -> bool:
    """Return True for a file that the program gave up, so that a replay sends it, too."""
    return entry.exchange.left_out == TOO_LARGE


def _unfolds(entry: Entry) -> bool:
    """Return True for what folded rows have sent: what else changes the grid comes later."""
    is_early = entry.exchange.step in ("inventory", "grid")
    return is_early and entry.changes and entry.listing is not None


def _is_page(entry: Entry) -> bool:
    return entry.exchange.kind == "document" and entry.exchange.method == "GET"


def _is_asset(entry: Entry) -> bool:
    return entry.exchange.kind in ("script", "stylesheet", "image", "font")


def _address(entry: Entry) -> str:
    query = urlencode(entry.exchange.query)
    return f"{entry.exchange.path}?{query}" if query else entry.exchange.path


def _request(entry: Entry) -> dict[str, Any]:
    exchange = entry.exchange
    is_get = exchange.method == "GET"
    query = urlencode(exchange.query)
    return {
        "method": exchange.method,
        "byScript": exchange.by_script,
        "path": exchange.path,
        "query": f"?{query}" if query and not is_get else "",
        "fields": exchange.query if is_get else exchange.form,
        "searched": entry.searched,
        "vehicle": entry.vehicle.id if entry.vehicle else "",
    }
