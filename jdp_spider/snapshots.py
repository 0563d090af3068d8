"""Pictures and HTML of pages on which something failed, for those who look after the program."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp_spider import meta
from jdp_spider.filenames import file_stem
from jdp_spider.files import write_atomic
from jdp_spider.pages.errors import BrowserFailed, LoggedOut, LoginRefused, SiteUnreachable
from jdp_spider.redaction import redact

if TYPE_CHECKING:
    from playwright.async_api import Page
    from scrapy.crawler import Crawler
    from scrapy.http import Request

    from jdp_spider.spiders.jdpower import JDPowerSpider

logger = logging.getLogger(__name__)

_LIMIT_S = 10.0
_ALIKE = 3
"""Snapshots of failures with the same words, at most."""

_TELL_NOTHING = (BrowserFailed, LoggedOut, LoginRefused, SiteUnreachable)

# A page's own secrets: what was typed into the login, and the tokens that its forms carry.
_HTML = """() => {
    const copy = document.documentElement.cloneNode(true);
    for (const input of copy.querySelectorAll("input[type='hidden'], input[type='password']"))
        if (input.hasAttribute('value')) input.setAttribute('value', '[hidden]');
    copy.querySelectorAll('script').forEach(script => { script.textContent = ''; });
    return '<!DOCTYPE html>' + copy.outerHTML;
}"""


class Snapshots:
    """Keeps at most `most` in a run, below run_data/snapshots, as NAME.png and NAME.html."""

    def __init__(self, crawler: Crawler, most: int) -> None:
        self._crawler = crawler
        self._left = most
        self._alike: Counter[str] = Counter()

    async def keep(self, page: Page, request: Request, error: Exception) -> None:
        """Keep what the page shows; nothing happens when that is not possible."""
        kind = getattr(error, "names", "") or getattr(error, "reason", type(error).__name__)
        if isinstance(error, _TELL_NOTHING) or not self._left or self._alike[kind] >= _ALIKE:
            return
        if page.is_closed() or page.url == "about:blank":
            return
        self._left -= 1
        self._alike[kind] += 1
        with contextlib.suppress(PlaywrightError, OSError, asyncio.TimeoutError):
            await asyncio.wait_for(self._write(page, self._name(request, error)), _LIMIT_S)

    def _name(self, request: Request, error: Exception) -> str:
        vehicle = request.meta.get(meta.VEHICLE)
        where = file_stem(vehicle.reference) if vehicle else "control"
        reason = getattr(error, "reason", "timeout")
        return f"{where}~{reason}~{self._alike.total()}"

    async def _write(self, page: Page, name: str) -> None:
        html = redact(await page.evaluate(_HTML))
        picture = await page.screenshot(timeout=_LIMIT_S * 1000)
        spider: JDPowerSpider = self._crawler.spider  # type: ignore[assignment]
        folder = spider.job.run_data / "snapshots"
        folder.mkdir(exist_ok=True)
        await asyncio.to_thread(write_atomic, folder / f"{name}.html", html.encode("utf-8"))
        await asyncio.to_thread(write_atomic, folder / f"{name}.png", picture)
        logger.info("Kept what the page showed: %s/%s", folder.name, name)
