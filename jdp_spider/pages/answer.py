"""What follows after login or licence was sent, judged by the arrival of the answer, not by words.

A page may say whatever it likes while it waits for its answer, and a login may be refused by an
icon alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages.errors import LoggedOut, ServerError, SiteMoved, UnknownPage
from jdp_spider.pages.evaluation import (
    Navigated,
    evaluate_until,
    navigation_detected,
)
from jdp_spider.pages.look import look_anywhere, look_at, next_look, said, shown, unknown_page
from jdp_spider.pages.navigation import go_to
from jdp_spider.pages.network import AllRefused, is_plain_refusal, watch
from jdp_spider.pages.page import SitePage
from jdp_spider.pages.place import check_place
from jdp_spider.pages.product import CHOOSE_PRODUCT, product_names
from jdp_spider.pages.questions import QUESTIONS
from jdp_spider.pages.trouble import blocked_in
from jdp_spider.pages.view import DOM, IS_VISIBLE, SHORT_TEXT
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.look import Look
    from jdp_spider.pages.network import Exchange
    from jdp_spider.pages.site import Site
    from jdp_spider.pages.trouble import RequestBlocked

logger = logging.getLogger(__name__)

_OPEN_LOGIN = load_js("pages/js/open_login.js", DOM)
_DECLINE = load_js("pages/js/decline.js", DOM, QUESTIONS)
_MOST_OFFERS = 3
_LOOK_S = 0.25
_QUIET_S = 6.0
"""After this long without a change, a page that asks for something waits for an answer: one that
is left by a script may show a link, too."""
_LANDING_S = 1.5
"""After this long without a change, what opens the login is clicked on a page that has no form."""
_HELD_UP_S = 5.0
"""After this long without a change, a page is loaded without what other hosts do not send."""
_REFUSED_S = 1.0
"""After this long without a change, a form that is still there after a status of 400 is refused."""
_IN_PLACE_S = 10.0
"""The same after other answers: a page may report success and continue later."""
_PAUSE_S = 0.02
_LOADED_S = 3.0
"""How long a page that may be a firewall's may take to load."""


class _Quiet:
    """Tells for how long a page has not changed."""

    def __init__(self) -> None:
        self._seen: Look | None = None
        self._since = time.monotonic()

    def seconds(self, seen: Look, *, is_busy: bool = False) -> float:
        if is_busy or seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        return time.monotonic() - self._since


async def is_inside(page: Page, site: Site) -> bool:
    """Return whether the inventory's address, to which the page was sent, leads to the inventory.

    Raise ServerError if the server fails, SiteMoved at another origin.
    """
    inventory = SitePage(page, site, "Inventory", at_login=True)
    navigation = watch(page).navigation
    if navigation is not None and navigation.status >= 400:
        if navigation.status >= 500 or navigation.status == 429:
            watch(page).check("the inventory")
        return False
    grid, quiet = site.selectors("filter_off", "filter_on", "bookout"), _Quiet()
    end = time.monotonic() + site.page_timeout
    while time.monotonic() < end:
        is_there = await evaluate_until(page, IS_VISIBLE, grid, _LOOK_S)
        seen = await look_at(inventory)
        # It may lie over the inventory.
        if seen.form or seen.licence:
            return False
        if is_there:
            return True
        if not seen.loading and quiet.seconds(seen) >= min(_QUIET_S, site.page_timeout / 2):
            return False
    return False


async def check_all_refused(page: Page, site: Site) -> None:
    """Raise AllRefused if the page was refused, and so is the login's address.

    Once a session has ended, the site shows its login there, however it refuses what needs one.
    """
    monitor = watch(page)
    refused = monitor.navigation
    if refused is None or monitor.wants_person:
        return
    if refused.status < 400 and not await _blocked_on(page, "The inventory"):
        return
    # The login of some sites is at another host.
    with contextlib.suppress(LoggedOut, SiteMoved):
        try:
            await go_to(page, site, site.login_url, "the login")
        except ServerError as error:
            if not is_plain_refusal(error):
                raise
            if error.status == refused.status:
                raise AllRefused(error) from None
            return
        if blocked := await _blocked_on(page, "The login"):
            raise AllRefused(blocked)


async def _blocked_on(page: Page, where: str) -> RequestBlocked | None:
    """Return the error if a firewall's page stands there, whatever its status."""
    text = await evaluate_until(page, SHORT_TEXT, True, _LOADED_S)
    return blocked_in(str(text or ""), where)


class Answer:
    """Waits for the answer to what was sent from a page."""

    def __init__(
        self,
        form: SitePage,
        exchange: Exchange | None = None,
        *,
        of_name: bool = False,
        title: str = "",
    ) -> None:
        """Take the exchange that began before something was sent; None if nothing was sent.

        `of_name`: it was the user name alone, and the password may be asked for next. `title` is
        that of the login's page.
        """
        self._form = form
        self._exchange = exchange
        self._of_name = of_name
        self._title = title
        self._quiet = _Quiet()
        self._has_opened = False
        self._is_loaded_again = False
        self._declined: set[str] = set()
        """The texts of pages that offered something, and were answered."""

    async def state(self, *awaited: str) -> str:
        """Return which of the `awaited` states the page reaches, as `Look.state` names them.

        After the user name "password", too, which says that it is asked for now.

        A page of another origin is awaited while it may lead back.

        Raise UnknownPage for a page that waits for somebody's answer, ServerError, Maintenance,
        SiteMoved, Playwright's TimeoutError when no answer came, or PageChanged.
        """
        form, end = self._form, time.monotonic() + self._form.site.page_timeout
        while (left := end - time.monotonic()) > 0:
            try:
                seen = await next_look(form, min(left, _LOOK_S))
            except SiteMoved as moved:
                await self._let_go_on(moved, left)
                continue
            is_busy = self._exchange is not None and bool(self._exchange.pending)
            state, quiet = self._state(seen), self._quiet.seconds(seen, is_busy=is_busy)
            if self._is_refused_in_place(seen, quiet):
                state = "login"
            if not state and seen.folded and quiet >= self._quiet_s and self._may_be_final:
                # Whether it is, the inventory tells.
                state = "inside"
            if not state and await self._leads_on(seen, quiet):
                continue
            if await self._declines(seen, state, quiet):
                await asyncio.sleep(_PAUSE_S)
                continue
            if state in awaited:
                if state == "login":
                    self._check_login(seen)
                return state
            if not (seen.loading or seen.form or seen.licence) and quiet > _LOOK_S:
                await self._raise_reason(seen, quiet)
            # A page that is not awaited is found at once, again and again.
            await asyncio.sleep(_PAUSE_S)
        raise await self._no_answer()

    async def _let_go_on(self, moved: SiteMoved, left: float) -> None:
        """Wait at a page of another origin while it may lead back, as in single sign-on.

        Nothing is typed or clicked there. Raise `moved` once it waits for somebody.
        """
        form = self._form
        seen = await look_anywhere(form)
        try:
            check_place(form.page, form.site, form.name)
        except SiteMoved:
            waits = seen.asks and not (seen.goes_on or seen.loading)
            is_final = waits and self._quiet.seconds(seen) >= self._quiet_s
            if seen.form or is_final or left <= 2 * _LOOK_S:
                raise moved from None
            await asyncio.sleep(_LOOK_S)

    async def _leads_on(self, seen: Look, quiet: float) -> bool:
        """Do what may lead on from a page that shows nothing known. Return whether it was done."""
        if seen.loading and quiet > _HELD_UP_S and not self._is_loaded_again:
            self._is_loaded_again = True
            await self._form.load_without_others()
            return True
        return quiet >= _LANDING_S and await self._opens_login(seen)

    async def _opens_login(self, seen: Look) -> bool:
        """Click what leads to the login from a page before it. Return whether there was any."""
        is_known = seen.form or seen.licence or seen.log_out or seen.inventory_link or seen.folded
        if self._has_opened or self._may_be_final or is_known or seen.loading:
            return False
        self._has_opened = True
        with contextlib.suppress(Navigated), navigation_detected():
            return bool(await self._form.act(_OPEN_LOGIN))
        return True

    async def _declines(self, seen: Look, state: str, quiet: float) -> bool:
        """Decline what a page offers before the inside, or choose the product in a list of several.

        Return True while the page may be left so.
        """
        is_between = not (seen.form or seen.licence or seen.inventory_link) and (seen.asks or state)
        if not is_between or not self._may_be_final or (seen.goes_on and not state):
            return False
        if seen.text in self._declined:
            return quiet < _IN_PLACE_S
        if seen.loading or (not state and quiet < _LANDING_S):
            # What may be inside is not awaited for long: it need not offer anything.
            return bool(state) and quiet < _LANDING_S
        if len(self._declined) >= _MOST_OFFERS:
            return False
        names = product_names(self._form.site, self._title)
        with contextlib.suppress(Navigated), navigation_detected():
            if not await self._form.act(_DECLINE):
                # With a link to the inventory, in whatever menu, this is the product.
                if seen.folded or not await self._form.act(CHOOSE_PRODUCT, names):
                    return False
                logger.info("The product was chosen on a page that says: %s", shown(seen.text))
        self._declined.add(seen.text)
        return True

    def _state(self, seen: Look) -> str:
        if self._of_name and seen.password:
            return "password"
        state = seen.state(at_login=self._form.site.is_login(self._form.page.url))
        # Half a page may be all that comes of it.
        is_half = self._exchange is not None and state == "login" and seen.loading
        return "" if is_half else state

    def _is_refused_in_place(self, seen: Look, quiet: float) -> bool:
        """Return True if the answer arrived without a new page, and the form can be used again."""
        sent = self._exchange
        if sent is None or sent.answer is None or not (sent.is_answered and seen.form):
            return False
        in_place = min(_IN_PLACE_S, self._form.site.page_timeout / 2)
        return seen.usable and quiet >= (_REFUSED_S if sent.answer.status >= 400 else in_place)

    def _check_login(self, seen: Look) -> None:
        """Raise the error for a form that is there for another reason than a refused login."""
        if self._declined:
            # What was sent was accepted: it must not count as refused.
            words = shown(min(self._declined))
            name = self._form.name
            raise UnknownPage(f"{name}: the login came again after a page that says: {words}")
        if self._exchange is None:
            return
        came = self._exchange.answer if seen.sent else watch(self._form.page).navigation
        if came is not None and came.status >= 500:
            raise ServerError(came.status, "the login")

    async def _raise_reason(self, seen: Look, quiet: float) -> None:
        """Raise what the page tells about why nothing known comes, if it does."""
        navigation = watch(self._form.page).navigation
        status = navigation.status if navigation is not None else 200
        is_own = navigation is not None and navigation.request.method != "GET"
        # What answers the login itself so may refuse it: that must not be sent again.
        if status >= 500 or status == 429 or (status >= 400 and not (is_own or seen.asks)):
            # What was sent is not sent again for as long as an outage may last.
            what = f"the page after the {self._form.name.lower()}"
            watch(self._form.page).check(what, may_wait=False)
        await self._form.raise_reason()
        waits = (seen.asks and not seen.goes_on) or status >= 400
        if waits and not seen.is_blank and quiet >= self._quiet_s and self._may_be_final:
            raise await unknown_page(self._form, seen)

    @property
    def _quiet_s(self) -> float:
        return min(_QUIET_S, self._form.site.page_timeout / 2)

    @property
    def _may_be_final(self) -> bool:
        """True unless this is the login's own address, whose form may be slow to come."""
        is_login = self._form.site.is_login(self._form.page.url)
        return self._exchange is not None or not is_login

    async def _no_answer(self) -> Exception:
        form, seen = self._form, await look_at(self._form)
        limit = f"within {form.site.page_timeout:g} s"
        if seen.loading:
            return PlaywrightTimeout(f"{form.name}: not loaded {limit}")
        is_unknown = seen.goes_on and seen.asks and self._may_be_final
        if (self._exchange is None and not is_unknown) or seen.is_blank or seen.licence:
            purpose = "the login, the licence or a page of the inside"
            if not seen.is_blank:
                purpose = f"{purpose}. {await said(form, seen)}"
            return form.changed(
                "licence", "user_name", "log_out", "inventory_link", purpose=purpose
            )
        sent = self._exchange
        if sent is not None and seen.form and seen.sent and sent.answer is None:
            return PlaywrightTimeout(f"{form.name}: sent, and no answer came {limit}")
        return await unknown_page(form, seen)
