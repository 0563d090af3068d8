"""Checks of the way in and out: the site's address, login, licence, home page, logout."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.doctor.findings import failed, passed, warned
from jdp_spider.doctor.inventory import leave_unfiltered
from jdp_spider.pages import login
from jdp_spider.pages.errors import (
    ActiveSession,
    LoginRefused,
    PageChanged,
    ServerError,
    SiteError,
    SiteMoved,
    UnknownPage,
)
from jdp_spider.pages.postponed import LoginPostponed
from jdp_spider.pages.way_out import leave_by_address, logout_address
from jdp_spider.reasons import CloseReason
from jdp_spider.session.postponed_logins import PostponedLogins
from jdp_spider.utils.redaction import hide_cookies, redact

if TYPE_CHECKING:
    from jdp_spider.doctor.context import DoctorContext
    from jdp_spider.doctor.findings import Finding
    from jdp_spider.pages.login import Login

_FORM = ("user_name", "password", "log_in")
_INSIDE = ("log_out", "inventory_link")

_MENUS_S = 10.0
"""How long the way out is looked for in menus."""
_POSTPONED_S = 10.0
"""How long to wait at most until a login is sent again. A crawl waits longer."""
_COOKIES_S = 10.0
"""How long the browser may take to return its cookies."""


async def check_site(doctor: DoctorContext) -> Finding:
    """Check that the site answers with a known page.

    With the session of an earlier run, ask for the inventory, as the crawl does: that leads to
    the login if the session has ended.
    """
    started = time.perf_counter()
    if not doctor.cookies or not await _reach_inside(doctor):
        doctor.cookies = []
        await doctor.go_to(doctor.site.login_url, "the login")
    seconds = time.perf_counter() - started
    if await doctor.any_comes_up(*_FORM, "licence", *_INSIDE):
        return passed(f"{doctor.site.base_url} answers in {seconds:.1f} s")
    return doctor.missing(*_FORM, more=(await doctor.title(),))


async def _reach_inside(doctor: DoctorContext) -> bool:
    """Return True if the kept session still opens a page; forget it if not."""
    with contextlib.suppress(ServerError):
        await doctor.go_to(doctor.site.inventory_url, "the inventory")
        if await doctor.any_comes_up(*_FORM, "licence", *_INSIDE):
            return True
    await doctor.context.clear_cookies()
    doctor.account.forget_session()
    return False


async def check_login(doctor: DoctorContext) -> Finding:
    """Check that the login form is complete and accepts the account, unless already logged in."""
    if lacking := await _lacking(doctor):
        return doctor.missing(*lacking)
    doctor.maybe_live = True
    try:
        doctor.login, postponed = await _log_in(doctor)
    except (LoginRefused, LoginPostponed, ActiveSession, SiteMoved) as error:
        doctor.maybe_live = isinstance(error, LoginPostponed) and error.may_be_live
        keep_refusal(doctor, error)
        raise
    except UnknownPage as error:
        if await doctor.as_page().is_visible(*_FORM):
            advice = "Log in by hand and see what the site says. No second try was made."
            return failed(redact(str(error)), advice=advice)
        doctor.unknown = error
        # The next checks say which page it is.
        return passed("the form was sent, and is gone")
    finally:
        await _keep_session(doctor)
    if not doctor.login.sent:
        return passed("not needed: the session of an earlier run is live, and is used")
    doctor.account.refused_login.forget()
    text = "user name and password are accepted"
    again = "when they were sent again"
    return passed(text) if postponed is None else passed(f"{text} {again}", redact(str(postponed)))


async def _log_in(doctor: DoctorContext) -> tuple[Login, LoginPostponed | None]:
    """Log in; again, as a crawl does, if the site did not judge the login and that costs no time.

    Return the reason why the login was sent again, too. Raise as `log_in`.
    """
    config, logins, postponed = doctor.config, PostponedLogins(_POSTPONED_S), None
    keep = partial(keep_cookies, doctor)
    while True:
        try:
            done = await login.log_in(doctor.page, config.user, config.password, doctor.site, keep)
            return done, postponed
        except LoginPostponed as error:
            seconds = logins.wait(error)
            if seconds is None:
                raise
            postponed = error
        await asyncio.sleep(seconds)
        await doctor.go_to(doctor.site.login_url, "the login")


async def _lacking(doctor: DoctorContext) -> list[str]:
    """Return what the login's form lacks; nothing where it asks for one thing after the other."""
    page = doctor.as_page()
    if not await page.is_visible(*_FORM):
        return []
    lacking = await doctor.lacking(*_FORM)
    return [] if lacking and await login.is_first_step(page) else lacking


async def _keep_session(doctor: DoctorContext) -> None:
    """Keep the cookies while the session lives, so that the next run can use it after a kill."""
    if not doctor.maybe_live:
        doctor.account.forget_session()
        return
    # Bounded: this also runs when a browser that hangs has used up the time of the check.
    with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
        cookies = await asyncio.wait_for(doctor.context.cookies(), _COOKIES_S)
        keep_cookies(doctor, [dict(cookie) for cookie in cookies])


def keep_cookies(doctor: DoctorContext, cookies: list[dict[str, Any]]) -> None:
    """Keep the cookies of a session that the site may have now."""
    doctor.cookies = cookies
    hide_cookies(cookies)
    with contextlib.suppress(OSError):
        doctor.account.save_session(cookies)


def keep_refusal(doctor: DoctorContext, error: SiteError) -> None:
    """Keep what the site has said of the login, so that no run sends it again, or not so soon."""
    with contextlib.suppress(OSError):
        doctor.account.refused_login.keep(error)


async def check_licence(doctor: DoctorContext) -> Finding:
    """Check that the licence, which has the login's address, is accepted if asked for."""
    if doctor.unknown is not None and doctor.at_login:
        finding = doctor.missing("licence", more=(redact(str(doctor.unknown)),))
        advice = f"{CloseReason.UNKNOWN_PAGE.advice} If it is the licence: {finding.advice}"
        return failed(*finding.lines, advice=advice)
    asked_for = doctor.login is not None and doctor.login.licence
    if await doctor.has_left_login():
        doctor.is_inside = True
        return passed("accepted" if asked_for else "not asked for")
    if asked_for:
        advice = "Accept it once by hand, in your own browser. Then run this again."
        return failed("was ticked, and the page did not go on", advice=advice)
    return doctor.missing("licence", more=(await doctor.title(),))


async def check_home(doctor: DoctorContext) -> Finding:
    """Check that the page after the login has a way out or a way to the inventory."""
    lacking = await doctor.lacking(*_INSIDE)
    if len(lacking) == len(_INSIDE):
        return doctor.missing(*_INSIDE, more=(await doctor.title(),))
    if "inventory_link" in lacking:
        finding = doctor.missing("inventory_link")
        advice = f"Nothing at once: the crawl knows the address. {finding.advice}"
        return warned(*finding.lines, advice=advice)
    return passed("has a link to the inventory")


async def check_logout(doctor: DoctorContext) -> Finding:
    """Remove the grid's filter, end the session, and check that the login form is back."""
    doctor.is_inside = False
    await doctor.fresh_page()
    if not await _find_way_out(doctor):
        await _leave_by_address(doctor)
        return doctor.missing("log_out")
    site = doctor.site
    if not await doctor.any_comes_up("log_out", "user_name"):
        # It may be in a menu.
        site = dataclasses.replace(site, page_timeout=min(_MENUS_S, site.page_timeout))
    if doctor.recorder is not None:
        doctor.recorder.log_out_next()
    try:
        was_live = await login.log_out(doctor.page, site)
    except PageChanged:
        await _leave_by_address(doctor)
        raise
    doctor.maybe_live = False
    doctor.account.forget_session()
    if not was_live:
        advice = "See that nobody else uses the account meanwhile."
        return warned("the site had ended the session before", advice=advice)
    lacking = await _lacking(doctor)
    return doctor.missing(*lacking) if lacking else passed("the session is ended")


async def _leave_by_address(doctor: DoctorContext) -> None:
    """End the session by the logout's address, if that does it: no page shows the way out."""
    with contextlib.suppress(SiteError, PlaywrightError):
        await doctor.go_to(logout_address(doctor.site), "the logout")
        await leave_by_address(doctor.page, doctor.site)
        doctor.maybe_live = False
        doctor.account.forget_session()


async def _find_way_out(doctor: DoctorContext) -> bool:
    """Go to a page that can log out: the inventory as in a crawl, else home. Return True if so."""
    for url in (doctor.site.inventory_url, doctor.site.base_url):
        with contextlib.suppress(ServerError):
            await doctor.go_to(url, "the logout")
            if await doctor.any_comes_up("log_out", "user_name", "inventory_link"):
                with contextlib.suppress(SiteError, PlaywrightError):
                    await leave_unfiltered(doctor)
                return True
    return False
