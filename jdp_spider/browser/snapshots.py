"""Pictures and HTML of pages on which something failed, for the program's maintainers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from playwright.async_api import Error as PlaywrightError

from jdp_spider import meta
from jdp_spider.browser.sanitize import SEARCH_BOX, clean_html, clean_text
from jdp_spider.failures import classify
from jdp_spider.job.filenames import snapshot_number
from jdp_spider.pages.world import evaluate_once, find_once
from jdp_spider.utils.files import in_utf8, write_atomic
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Frame, Page
    from scrapy.crawler import Crawler
    from scrapy.http import Request

logger = logging.getLogger(__name__)

_LIMIT_S = 10.0
_ALIKE = 3
"""Failures with the same reason of which the HTML is kept too, at most."""

_PICTURES = 3
"""Pictures that are taken of a page while new secrets keep appearing on it."""

_TEXTS = load_js("browser/js/texts.js")
_READ = "texts => texts.map(([holder, name]) => holder[name])"
_REPLACE = load_js("browser/js/replace_texts.js")

_SOURCE = load_js("browser/js/source.js")

# A picture shows what is typed into text fields, of which only passwords appear as dots.
_FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable='false'])"
_BUTTONS = "[type='button'], [type='submit'], [type='reset'], [type='checkbox'], [type='radio']"
_NOTHING_TYPED = f""":is({_FIELDS}):not({_BUTTONS}) {{
    color: transparent !important;
    -webkit-text-fill-color: transparent !important;
    text-shadow: none !important;
    transition: none !important;
}}"""


class SnapshotWriter:
    """Keeps at most `most` in a run, below run_data/snapshots, as NAME.png.

    Each vehicle has its picture, once for the same failure; of the first failures that are alike,
    NAME.html is kept too.
    """

    def __init__(self, crawler: Crawler, most: int) -> None:
        self._crawler = crawler
        self._left = most
        self._alike: Counter[str] = Counter()
        self._kept: set[tuple[str, str]] = set()
        self._number = 0
        """Of the last snapshot, those of the job's earlier runs counted."""

    async def capture(self, page: Page, request: Request, error: Exception) -> None:
        """Save what the page shows; do nothing if that is not possible."""
        failure = classify(error)
        if not failure.worth_snapshot or not self._left:
            return
        if page.is_closed() or page.url == "about:blank":
            return
        where, kind = self._where(request), getattr(error, "names", "") or failure.reason
        if (where, kind) in self._kept:
            return
        self._left -= 1
        self._kept.add((where, kind))
        self._alike[kind] += 1
        with contextlib.suppress(PlaywrightError, OSError, ValueError, asyncio.TimeoutError):
            name = f"{where}~{failure.reason}~{self._next_number()}"
            writing = self._write(page, name, with_html=self._alike[kind] <= _ALIKE)
            await asyncio.wait_for(writing, _LIMIT_S)

    @property
    def _run(self) -> Any:
        # A Run, which belongs to a higher layer.
        return cast("Any", self._crawler.spider).run

    def _where(self, request: Request) -> str:
        vehicle = request.meta.get(meta.VEHICLE)
        if vehicle is None:
            return "control"
        name: str = self._run.job.files[vehicle.key]
        return name.removesuffix(".pdf")

    def _next_number(self) -> int:
        if not self._number:
            folder: Path = self._run.job.paths.snapshots
            names = [path.name for path in folder.glob("*")]
            self._number = max((snapshot_number(name) for name in names), default=0)
        self._number += 1
        return self._number

    async def _write(self, page: Page, name: str, *, with_html: bool) -> None:
        picture = await _picture(page)
        folder: Path = self._run.job.paths.snapshots
        folder.mkdir(exist_ok=True)
        if with_html:
            source = await evaluate_once(page, _SOURCE, [self._run.config.site.search, SEARCH_BOX])
            html = await asyncio.to_thread(clean_html, source)
            await asyncio.to_thread(write_atomic, folder / f"{name}.html", in_utf8(html))
        if picture is not None:
            await asyncio.to_thread(write_atomic, folder / f"{name}.png", picture)
        logger.info("Kept what the page showed: snapshots/%s", name)


async def _picture(page: Page) -> bytes | None:
    """Return a picture of the page without secrets; None if the page shows them again.

    This changes the page, which is closed after a failure anyway.
    """
    for _ in range(_PICTURES):
        await _hide_secrets(page)
        picture = await page.screenshot(timeout=_LIMIT_S * 1000, style=_NOTHING_TYPED)
        # More of the page, or a frame, may have loaded before the picture was taken.
        if not await _hide_secrets(page):
            return picture
    return None


async def _hide_secrets(page: Page) -> bool:
    """Replace the secrets that the page and its frames show. Return True if there were any."""
    return any(await asyncio.gather(*map(_hide_in_frame, page.frames)))


async def _hide_in_frame(frame: Frame) -> bool:
    # They are looked for here: a page is not given any secret.
    is_page = frame == frame.page.main_frame
    texts = await (find_once(frame.page, _TEXTS) if is_page else frame.evaluate_handle(_TEXTS))
    assert texts is not None
    shown: list[str] = await texts.evaluate(_READ)
    changes = await asyncio.to_thread(_changes, shown)
    if changes:
        await texts.evaluate(_REPLACE, changes)
    return bool(changes)


def _changes(shown: list[str]) -> list[tuple[int, str]]:
    return [(n, clean) for n, text in enumerate(shown) if (clean := clean_text(text)) != text]
