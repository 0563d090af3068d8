"""The open page as a repair sees it: waited for until it is quiet, listed, and clicked once."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.click import ClickResult
from jdp_spider.pages.clicked_file import open_here
from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.evaluation import evaluate
from jdp_spider.pages.navigation import go_to
from jdp_spider.pages.network import watch
from jdp_spider.pages.page import SitePage
from jdp_spider.pages.place import check_place
from jdp_spider.pages.view import DOM, FEATURES, FINGERPRINTS, ROOTS
from jdp_spider.pages.world import evaluate_in_frames
from jdp_spider.repair.elements import Element, Looks
from jdp_spider.repair.holding import RequestHold
from jdp_spider.utils.javascript import load_js
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Page

    from jdp_spider.pages.site import Site

logger = logging.getLogger(__name__)

_QUIET = load_js("repair/js/quiet.js", DOM)
_ELEMENTS = load_js("repair/js/elements.js", FEATURES, DOM)
_KINDS = load_js("pages/js/row_kinds.js")
_FAMILIES = load_js("repair/js/families.js", FEATURES, _KINDS, ROOTS)
_HOLD_FORMS = load_js("repair/js/hold_forms.js")
_RELEASE_FORMS = "() => { window.jdpHolds = null; }"
_SOMETHING_NEW = load_js("repair/js/something_new.js", DOM)
_TEXT = load_js("pages/js/page_text.js")

_STILL_MS = 400
"""A page that has not changed for so long, and waits for nothing, is quiet."""
_LONGEST_S = 15.0
_LOOK_S = 5.0
"""After this long a page that is not quiet is looked at for a reason."""
_PAGE_S = 20.0
"""The limit of a page, or of a step on it, while something is tried out."""
TRIAL_S = 6.0
"""How long nothing may come of a click that is tried."""
_OPENS_S = 12.0
"""The same of what is to open something: it is clicked again meanwhile, as a run does it."""
SENDS_FORMS = ("log_in", "licence", "search", "filter_on", "export_csv", "log_out")
"""Names whose clicks may send a form; what makes a report is let through apart."""


@dataclass(frozen=True)
class Event:
    """A step of a repair, for whoever shows or records it. Its text is ASCII, without secrets."""

    kind: str
    """step, missing, click, rejected, found or proposal."""
    text: str
    name: str = ""
    """What it is about, as selectors.toml calls it."""
    selector: str = ""
    more: dict[str, Any] = field(default_factory=dict)


class Scene:
    """One page of the browser, with the site as it is known by now."""

    def __init__(self, page: Page, site: Site, tell: Callable[[Event], None]) -> None:
        self.page = page
        # What is tried is not yet what is used.
        self.site = replace(site, page_timeout=min(site.page_timeout, _PAGE_S), fingerprints=None)
        self._tell = tell
        self.requests = RequestHold(page, site.base_url)
        """What is held back while something is only tried."""
        self.clicks = 0

    def tell(self, kind: str, text: str, name: str = "", selector: str = "", **more: Any) -> None:
        """Report an event, and log it."""
        text = to_ascii(redact(text))
        logger.info("Repair, %s: %s", kind, text)
        self._tell(Event(kind, text, name, selector, more))

    def view(self, name: str, *, trial: float = _PAGE_S, at_login: bool = False) -> SitePage:
        """Return the page as the site's page `name`; a `trial` gives up after so many seconds."""
        site = replace(self.site, page_timeout=min(self.site.page_timeout, trial))
        return SitePage(self.page, site, name, at_login=at_login)

    async def go_to(self, url: str, what: str) -> None:
        """Open an address and wait until it is quiet. Raise as `pages.navigation.go_to`."""
        self.requests.opened()
        await go_to(self.page, self.site, url, what)
        await self.quiet()

    async def quiet(self) -> None:
        """Return once the page has come and does not change any more, or when that takes long."""
        end, may_wait = time.monotonic() + _LONGEST_S, True
        while (left := end - time.monotonic()) > 0:
            limit_ms = min(left, _LOOK_S) * 1000
            is_quiet = await evaluate(self.page, _QUIET, [_STILL_MS, limit_ms])
            # As a run does: another host may never send what the page waits for. Such a page counts
            # as quiet after a while, with nothing on it.
            if may_wait and await self.view("Repair").load_without_others():
                may_wait = False
                continue
            if is_quiet and not watch(self.page).consequences.is_busy:
                break
        check_place(self.page, self.site, "A page")

    async def elements(self) -> list[Element]:
        """Return what can be seen and used on the page."""
        found = await evaluate(self.page, _ELEMENTS)
        check_place(self.page, self.site, "A page")
        return [Element.of(each) for each in found]

    async def families(self) -> list[Element]:
        """Return what stands once in each of several parts of the page, a row for one."""
        return [Element.of(each) for each in await evaluate(self.page, _FAMILIES)]

    async def text(self) -> str:
        """Return what the page shows."""
        return str(await evaluate(self.page, _TEXT))

    async def look_of(self, name: str) -> Looks | None:
        """Return what is found for a name now; None if nothing is seen."""
        with contextlib.suppress(PlaywrightError):
            asked = {name: getattr(self.site, name)}
            found = await evaluate(self.page, FINGERPRINTS, asked)
            return Looks.of(found[name]) if name in found else None
        # A selector that is none.
        return None

    async def asks_for_login(self) -> bool:
        """Return True if the page has the login's form, or the first step of it."""
        return any(each.entry for each in await self.elements())

    def log_click(self, name: str, what: str = "") -> None:
        """Report a click that is about to be made."""
        self.clicks += 1
        selector = getattr(self.site, name)
        self.tell("click", f"clicks '{selector}' for {name}{what}", name, selector)

    async def click(self, name: str) -> bool:
        """Click what stands for a name, once, and wait until the page is quiet.

        No form is sent but for those names that may. Return False if it cannot be clicked.
        """
        page = self.view("Repair", trial=TRIAL_S, at_login=True)
        try:
            await self.hold(name)
            self.log_click(name)
            await page.click(name)
        except PageChanged:
            return False
        finally:
            await self.quiet()
        return True

    async def open_by(self, name: str) -> bool:
        """Click as a run does what opens something: in this page, and again where nothing comes.

        Return False if nothing new can be used then.
        """
        page = self.view("Repair", trial=_OPENS_S, at_login=True)
        await self.hold(name)
        await open_here(page)
        await evaluate(self.page, _SOMETHING_NEW, True)
        self.log_click(name)
        try:
            await page.click(name, until=ClickResult(_SOMETHING_NEW, name))
        except PageChanged:
            return False
        finally:
            await self.quiet()
        return True

    async def hold(self, name: str) -> None:
        """Let the page and its frames send from now on only what a click for a name may send."""
        self.requests.trying(name)
        page = self.view("Repair", at_login=True)
        script, argument = _HOLD_FORMS, name == "create_pdf"
        if name in SENDS_FORMS:
            script = _RELEASE_FORMS
        await page.act(script, argument, inside=True)
        await evaluate_in_frames(self.page, script, argument, lambda _: True)

    def use(self, **changes: str) -> None:
        """Look for these names by other selectors from now on."""
        self.site = self.site.with_changes(changes)
