"""Pictures and HTML of pages on which something failed, for those who look after the program."""

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
from jdp_spider.job.filenames import file_stem
from jdp_spider.utils.files import in_utf8, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Frame, Page
    from scrapy.crawler import Crawler
    from scrapy.http import Request

logger = logging.getLogger(__name__)

_LIMIT_S = 10.0
_ALIKE = 3
"""SnapshotWriter of failures with the same words, at most."""

_PICTURES = 3
"""Pictures that are taken of a page while new secrets keep coming up on it."""

# Every text that a picture of the document may show.
_TEXTS = """() => {
    const texts = [];
    const collect = root => {
        const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (nodes.nextNode())
            if (nodes.currentNode.data.trim()) texts.push([nodes.currentNode, 'data']);
        for (const element of root.querySelectorAll('*')) {
            for (const name of ['value', 'placeholder', 'alt', 'label'])
                if (typeof element[name] === 'string' && element[name]) texts.push([element, name]);
            if (element.shadowRoot) collect(element.shadowRoot);
        }
    };
    collect(document);
    return texts;
}"""
_READ = "texts => texts.map(([holder, name]) => holder[name])"
_REPLACE = """(texts, changes) => {
    for (const [number, text] of changes) texts[number][0][texts[number][1]] = text;
}"""

# A copy, as marks on the page itself might wake its scripts.
_SOURCE = f"""search => {{
    const copy = document.documentElement.cloneNode(true);
    for (const box of copy.querySelectorAll('[{SEARCH_BOX}]')) box.removeAttribute('{SEARCH_BOX}');
    try {{
        const boxes = copy.querySelectorAll(search);
        document.querySelectorAll(search).forEach((box, number) => {{
            if (!box.matches("input:not([type='password'], [type='hidden'])")) return;
            boxes[number].setAttribute('value', box.value);
            boxes[number].setAttribute('{SEARCH_BOX}', '');
        }});
    }} catch {{
        // Not every selector of selectors.toml is one of CSS.
    }}
    return copy.outerHTML;
}}"""

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
    """Keeps at most `most` in a run, below run_data/snapshots, as NAME.png and NAME.html."""

    def __init__(self, crawler: Crawler, most: int) -> None:
        self._crawler = crawler
        self._left = most
        self._alike: Counter[str] = Counter()

    async def capture(self, page: Page, request: Request, error: Exception) -> None:
        """Keep what the page shows; nothing happens when that is not possible."""
        failure = classify(error)
        kind = getattr(error, "names", "") or failure.reason
        if not failure.worth_snapshot or not self._left or self._alike[kind] >= _ALIKE:
            return
        if page.is_closed() or page.url == "about:blank":
            return
        self._left -= 1
        self._alike[kind] += 1
        with contextlib.suppress(PlaywrightError, OSError, ValueError, asyncio.TimeoutError):
            await asyncio.wait_for(self._write(page, self._name(request, failure.reason)), _LIMIT_S)

    def _name(self, request: Request, reason: str) -> str:
        vehicle = request.meta.get(meta.VEHICLE)
        where = file_stem(vehicle.reference) if vehicle else "control"
        return f"{where}~{reason}~{self._alike.total()}"

    async def _write(self, page: Page, name: str) -> None:
        picture = await _picture(page)
        # A Run, which stands above this layer.
        run = cast("Any", self._crawler.spider).run
        source = await page.evaluate(_SOURCE, run.config.site.search)
        html = await asyncio.to_thread(clean_html, source)
        folder: Path = run.job.paths.snapshots
        folder.mkdir(exist_ok=True)
        await asyncio.to_thread(write_atomic, folder / f"{name}.html", in_utf8(html))
        if picture is not None:
            await asyncio.to_thread(write_atomic, folder / f"{name}.png", picture)
        logger.info("Kept what the page showed: snapshots/%s", name)


async def _picture(page: Page) -> bytes | None:
    """Return a picture of the page without secrets; None for a page that shows them again.

    The page is changed for it: nobody needs it any more, it is closed after a failure.
    """
    for _ in range(_PICTURES):
        await _hide_secrets(page)
        picture = await page.screenshot(timeout=_LIMIT_S * 1000, style=_NOTHING_TYPED)
        # More of the page, or a frame, may have come before the picture was taken.
        if not await _hide_secrets(page):
            return picture
    return None


async def _hide_secrets(page: Page) -> bool:
    """Replace the secrets in what the page and its frames show; return whether there were any."""
    return any(await asyncio.gather(*map(_hide_in_frame, page.frames)))


async def _hide_in_frame(frame: Frame) -> bool:
    # They are looked for here: a page is not given any secret.
    texts = await frame.evaluate_handle(_TEXTS)
    shown: list[str] = await texts.evaluate(_READ)
    changes = await asyncio.to_thread(_changes, shown)
    if changes:
        await texts.evaluate(_REPLACE, changes)
    return bool(changes)


def _changes(shown: list[str]) -> list[tuple[int, str]]:
    return [(n, clean) for n, text in enumerate(shown) if (clean := clean_text(text)) != text]
