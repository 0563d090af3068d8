"""Login, licence and logout."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.answer import Answer, is_inside
from jdp_spider.pages.ended import DEFAULT_WAIT_S, EndedByOther, words_of_end
from jdp_spider.pages.errors import (
    ActiveSession,
    LoggedOut,
    LoginRefused,
    Maintenance,
    ServerError,
    SiteError,
    UnknownPage,
)
from jdp_spider.pages.evaluation import Navigated, navigation_detected
from jdp_spider.pages.fingerprints import remember
from jdp_spider.pages.guard import close_other_ways, kept_here
from jdp_spider.pages.look import look_at, unknown_page
from jdp_spider.pages.navigation import follow
from jdp_spider.pages.network import AllRefused, is_plain_refusal, watch
from jdp_spider.pages.page import SitePage
from jdp_spider.pages.postponed import Delay, LoginPostponed, login_postponed, wants_person
from jdp_spider.pages.questions import ACTIVE_SESSION
from jdp_spider.pages.refusal import login_refused, refuses_login
from jdp_spider.pages.shared_cookies import cookies_of
from jdp_spider.pages.trouble import RequestBlocked
from jdp_spider.pages.view import DOM, IS_VISIBLE
from jdp_spider.pages.waits import time_in_words
from jdp_spider.pages.way_out import use_hidden_way_out, wait_until_out
from jdp_spider.utils.javascript import load_js
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from playwright.async_api import Page

    from jdp_spider.pages.network import Exchange
    from jdp_spider.pages.site import Site

_T = TypeVar("_T")

_COOKIES_S = 5.0
"""How long the browser may take to return its cookies after a failure."""

_STEP_S = 1.0
"""How long the field for the password may take to appear next to that for the user name."""
_SENDS = (
    "text:Next",
    "text:Continue",
    "text:Log in",
    "text:Sign in",
    "button[type=submit], input[type=submit]",
)
"""The element that sends a step of the login if the known button is missing."""
_TICKED_S = 2.0
"""How long a ticked licence may take to continue automatically."""
_LOOK_S = 0.1
_LONGEST = 200

_MARK_SENT = "() => { window.jdpSent = true; return document.title; }"
_MESSAGES = load_js("pages/js/login_messages.js")
_MARK_ACCEPT = load_js("pages/js/mark_accept.js", DOM)

# Where both stand in a message the password is what it is about, and is never tried again.
_ABOUT_PASSWORD = re.compile(r"password|incorrect|invalid|locked|disabled", re.IGNORECASE)
_ABOUT_SESSION = re.compile(ACTIVE_SESSION, re.IGNORECASE)


class Login(NamedTuple):
    """The cookies of a live session; whether it took a login to get them, and the licence."""

    cookies: list[dict[str, Any]]
    sent: bool
    licence: bool
    told: str = ""
    """What the login's page says of the end of a session by another login; none should."""


async def log_in(
    page: Page,
    user: str,
    password: str,
    site: Site,
    keep: Callable[[list[dict[str, Any]]], None],
    known: str | None = None,
) -> Login:
    """Log in if the page asks for it, and accept the licence if the page asks for that.

    A page that is inside already is left as it is. `keep` gets the cookies as soon as the site may
    have a session for them, whatever happens next. If the login's page says that another login has
    ended the session, in other words than the `known` ones, nothing is sent, unless `known` is
    None. Raise LoginRefused, LoginPostponed, ActiveSession, UnknownPage, LoggedOut, ServerError or
    PageChanged.
    """
    if watch(page).wants_person:
        raise UnknownPage(f"The site wants a person to answer: {watch(page).said}")
    try:
        watch(page).check("the login")
    except ServerError as error:
        is_of_login = site.is_login(page.url) and is_plain_refusal(error)
        raise AllRefused(error) if is_of_login else error from None
    form = SitePage(page, site, "Login", at_login=True)
    try:
        state = await Answer(form).state("licence", "login", "inside")
    except RequestBlocked as error:
        raise AllRefused(error) if site.is_login(page.url) else error from None
    sent, told = state == "login", ""
    if sent:
        told = await words_of_end(page, site)
        if known is not None and told not in ("", known):
            raise EndedByOther(told)
        sending = _send(form, user, password)
        state = await _kept(page, keep, kept_here(page, site, form.name, sending, password))
        keep(await cookies_of(page.context))
    if state == "licence":
        await _kept(page, keep, _accept(replace(form, name="Licence")))
    await _check_inside(form)
    await remember(form, "log_out", "inventory_link")
    return Login(await cookies_of(page.context), sent, licence=state == "licence", told=told)


async def send_user_name(page: Page, user: str, password: str, site: Site) -> bool:
    """Send only the user name, if the login asks for it first. The password is not sent.

    Return True if the password is asked for then. Raise as `log_in`.
    """
    form = SitePage(page, site, "Login", at_login=True)
    before = (await look_at(form)).text
    await form.fill("user_name", user)
    sending = _press(form, await _of_step(form), before, "password", of_name=True)
    return await kept_here(page, site, form.name, sending, password) == "password"


async def _send(form: SitePage, user: str, password: str) -> str:
    """Type both and send them. Return the state of the next page; raise the error of a refusal."""
    before, button = (await look_at(form)).text, form
    if not await form.is_visible("user_name"):
        button = await _of_step(form)
    else:
        await form.fill("user_name", user)
        if not await form.appears(_STEP_S, "password") and await is_first_step(form):
            state = await _press(form, await _of_step(form), before, "password", of_name=True)
            if state != "password":
                return state
            before, button = (await look_at(form)).text, await _of_step(form)
    await close_other_ways(form)
    await form.fill("password", password)
    return await _press(form, button, before)


async def is_first_step(form: SitePage) -> bool:
    """Return True if a form with the user name has no field for a password, whatever it is called.

    One that is not known must not be sent empty.
    """
    is_there = await form.is_visible("user_name")
    return is_there and not await form.evaluate(IS_VISIBLE, ["input[type=password]"])


async def _press(
    form: SitePage, button: SitePage, before: str, *awaited: str, of_name: bool = False
) -> str:
    """Send the form, or one step of it. Return the state; raise the error of a refusal."""
    title = str(await form.act(_MARK_SENT))
    pressed = time.monotonic()
    exchange = watch(form.page).begin_exchange()
    await button.click("log_in")
    answer = Answer(form, exchange, of_name=of_name, title=title)
    try:
        state = await answer.state("licence", "login", "inside", *awaited)
    except (UnknownPage, RequestBlocked) as error:
        # What a firewall refuses once, such as a password with signs that it takes for an attack,
        # it would refuse again.
        unknown = error if isinstance(error, UnknownPage) else UnknownPage(str(error))
        seen = await look_at(form)
        told = _new_words(seen.text, before)
        # One that can be left is of a session that we have.
        found = None if seen.log_out else _refusal(told)
        is_sure = isinstance(found, ActiveSession) or (
            isinstance(found, LoginRefused) and refuses_login(told)
        )
        raise (found if found and is_sure else unknown) from None
    except Maintenance as down:
        if isinstance(down, ServerError):
            raise
        # Each further look for the end of an outage would send the password.
        said = _new_words((await look_at(form)).text, before)
        raise LoginPostponed(Delay.OUTAGE, said, time_in_words(said), may_be_live=True) from None
    if state != "login":
        return state
    marked = _new_words(await form.evaluate(_MESSAGES), before)
    shown = marked or _new_words((await look_at(form)).text, before)
    asked = _new_words(watch(form.page).consequences.said(pressed), before)
    told = " ".join(filter(None, (asked, shown)))
    if not told and not exchange.was_sent:
        raise form.changed("log_in", purpose="to send the login: the form was loaded anew")
    raise _refusal(told)


async def _of_step(form: SitePage) -> SitePage:
    """Return the page with `log_in` set to the element that sends this step."""
    for selector in (form.site.log_in, *_SENDS):
        if await form.evaluate(IS_VISIBLE, [selector]):
            return replace(form, site=replace(form.site, log_in=selector))
    return form


async def _accept(licence: SitePage) -> None:
    """Accept the licence.

    The way out may be on the licence's page, too: until that is left, nothing is accepted.
    """
    exchange = await send_licence(licence)
    if await Answer(licence, exchange).state("inside", "login") == "login":
        raise LoggedOut("Licence: the login stands there instead")


async def send_licence(licence: SitePage) -> Exchange:
    """Tick the licence's box, and press its button if the box alone sends nothing.

    Return the exchange that has begun with it.
    """
    exchange = watch(licence.page).begin_exchange()
    clicked = time.monotonic()
    await licence.click("licence")
    while time.monotonic() < clicked + _TICKED_S:
        begun = exchange.was_sent or watch(licence.page).consequences.have_begun(clicked)
        if begun or not (await look_at(licence)).licence:
            break
        await asyncio.sleep(_LOOK_S)
    else:
        is_marked = False
        with contextlib.suppress(Navigated), navigation_detected():
            is_marked = await licence.act(_MARK_ACCEPT, licence.site.licence)
        if is_marked:
            accept = replace(licence.site, licence="[data-jdp-accept]")
            await replace(licence, site=accept).click("licence")
    return exchange


async def _check_inside(form: SitePage) -> None:
    """Raise UnknownPage if the page can only be left, and the inventory is not behind it.

    What has to be answered first may have a way out, and so may a home page without a known link.
    """
    seen = await look_at(form)
    if seen.inventory_link or not (seen.log_out or seen.folded):
        return
    unknown = await unknown_page(form, seen)
    if form.page.url != form.site.inventory_url:
        await follow(form.page, form.site, form.site.inventory_url)
    if not await is_inside(form.page, form.site):
        raise unknown


async def _kept(
    page: Page, keep: Callable[[list[dict[str, Any]]], None], work: Coroutine[Any, Any, _T]
) -> _T:
    """Do `work`; if it fails or is cancelled, keep the cookies, as the site may have a session."""
    try:
        return await work
    except (ActiveSession, LoginRefused):
        raise
    except BaseException as error:
        if isinstance(error, LoginPostponed) and not error.may_be_live:
            raise
        with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
            keep(await asyncio.wait_for(cookies_of(page.context), _COOKIES_S))
        raise


def _new_words(text: str, before: str) -> str:
    """Return the text that a page shows now and not before, without secrets, in one line."""
    known = {line.strip() for line in before.splitlines()}
    # Before anything is cut, as a part of a secret is not known any more.
    new = [line for line in redact(text).splitlines() if line.strip() not in known]
    return " ".join(" ".join(new).split())


def _refusal(told: str) -> SiteError:
    """Return the error for the text that was not on the page before the login was sent."""
    if _ABOUT_SESSION.search(told) and not _ABOUT_PASSWORD.search(told):
        asked = time_in_words(told)
        return ActiveSession(DEFAULT_WAIT_S if asked is None else asked)
    if wants_person(told):
        return UnknownPage(f"Login: the site wants a person to answer: {to_ascii(told)[:_LONGEST]}")
    return login_postponed(told) or login_refused(told)


async def log_out(page: Page, site: Site) -> bool:
    """Log out from an open page of the site. Return whether there was a session to end.

    It may be in a menu. Raise PageChanged when it is not found.
    """
    inside = SitePage(page, site, "Log out", at_login=True)
    if not await use_hidden_way_out(inside):
        await inside.poll(IS_VISIBLE, site.selectors("log_out", "user_name"), "log_out")
        if await inside.is_visible("user_name"):
            return False
        await inside.click("log_out")
    await wait_until_out(inside)
    return True
