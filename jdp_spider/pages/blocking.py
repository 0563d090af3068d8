"""What pages do not load: assets that nobody looks at, and what another host never sends."""

from __future__ import annotations

import asyncio
import logging
import weakref
from typing import TYPE_CHECKING

from jdp_spider.pages.network import watch
from jdp_spider.pages.site import BLOCKED_ASSETS
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.async_api import CDPSession, Page

logger = logging.getLogger(__name__)


class _Blocked:
    """What one page does not load, as its browser was told."""

    def __init__(self, devtools: CDPSession, assets: bool) -> None:
        self.devtools = devtools
        self.assets = assets
        self.patterns: tuple[str, ...] = ()


_pages: weakref.WeakKeyDictionary[Page, _Blocked] = weakref.WeakKeyDictionary()
_never_sent: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, None]] = (
    weakref.WeakKeyDictionary()
)
"""Addresses without their queries, by the loop that the pages run in."""


async def block(page: Page, *, assets: bool) -> None:
    """Let the browser itself keep `page` from loading what it does without, from now on."""
    known = _pages.get(page)
    never_sent = _known()
    if known is None:
        if not (assets or never_sent):
            return
        known = _pages[page] = _Blocked(await page.context.new_cdp_session(page), assets)
        await known.devtools.send("Network.enable")
    patterns = (*(BLOCKED_ASSETS if known.assets else ()), *(f"{each}*" for each in never_sent))
    if patterns != known.patterns:
        await known.devtools.send("Network.setBlockedURLs", {"urls": list(patterns)})
        known.patterns = patterns


async def load_without(page: Page, addresses: Iterable[str]) -> bool:
    """Load the page, and every later page, again without the files that other hosts do not send.

    Return False for a page that is the answer to a form, which would be sent once more.
    """
    answer = watch(page).navigation
    if answer is None or answer.request.method != "GET":
        return False
    for address in addresses:
        plain = address.partition("#")[0].partition("?")[0]
        logger.info("Loading pages without %s, which does not arrive", to_ascii(redact(plain)))
        _known()[plain] = None
    await block(page, assets=False)
    await page.reload(wait_until="commit")
    return True


def load_everything() -> None:
    """Try again to load what did not come: without it, a page did not work either."""
    _known().clear()


def _known() -> dict[str, None]:
    return _never_sent.setdefault(asyncio.get_running_loop(), {})
