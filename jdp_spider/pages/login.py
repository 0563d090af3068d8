"""Login, licence and logout."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from jdp_spider.pages.errors import ActiveSession, LoginRefused
from jdp_spider.pages.network import watch
from jdp_spider.pages.page import DOM, IS_VISIBLE, SitePage
from jdp_spider.pages.place import kept_here
from jdp_spider.pages.refusal import login_refused
from jdp_spider.pages.waits import time_in_words
from jdp_spider.utils.javascript import load_js
from jdp_spider.utils.redaction import redact

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.site import Site

_DEFAULT_WAIT_S = 300.0
"""How long to wait for the other session when the message names no time (site fact F22)."""

_STATE = load_js("pages/js/login_state.js", DOM)
_TELLING = (
    "session|password|incorrect|invalid|locked|disabled|denied|expired|fail|error|wrong|in use"
    "|suspended|too many|attempts|active"
)
"""Words of an answer that comes without a new page; "Logging in..." holds none of them."""

_STATE_NAMES = ("licence", "user_name", "log_out", "inventory_link")
_LICENSED = load_js("pages/js/licence_accepted.js", DOM)
_INSIDE_NAMES = ("log_out", "inventory_link")
_MARK_SENT = "field => { document.querySelector(field).dataset.sent = document.body.innerText; }"
_MESSAGES = load_js("pages/js/login_messages.js")

# Where both stand in a message the password is what it is about, and is never tried again.
_ABOUT_PASSWORD = re.compile(r"password|incorrect|invalid|locked|disabled", re.IGNORECASE)
_ABOUT_SESSION = re.compile(
    r"(active|another|existing|open) session|already (logged|signed)"
    r"|(logged|signed) in (on|at|from)|concurrent session|session is (currently )?in use",
    re.IGNORECASE,
)


class Login(NamedTuple):
    """The cookies of a live session; whether it took a login to get them, and the licence."""

    cookies: list[dict[str, Any]]
    sent: bool
    licence: bool


async def log_in(page: Page, user: str, password: str, site: Site) -> Login:
    """Log in where the page asks for it, and accept the licence if it is asked for.

    A page that is inside already is left as it is. Raises LoginRefused, ActiveSession,
    ServerError or PageChanged.
    """
    watch(page).check("the login")
    form = SitePage(page, site, "Login", at_login=True)
    state = await _state(form)
    sent = state == "login"
    if sent:
        before = str(await form.evaluate("() => document.body.innerText"))
        state = await kept_here(page, site, form.name, _send(form, user, password))
        if state == "login":
            raise _refusal(await form.evaluate(_MESSAGES), before)
    if state == "licence":
        licence = replace(form, name="Licence")
        await licence.click("licence")
        # The way out may be on the licence's page, too: until that is left, nothing is accepted.
        looked_at = site.selectors("licence", *_INSIDE_NAMES)
        await licence.poll(_LICENSED, looked_at, *_INSIDE_NAMES)
    cookies = [dict(cookie) for cookie in await page.context.cookies()]
    return Login(cookies, sent, licence=state == "licence")


async def _state(form: SitePage) -> str:
    looked_at = [*form.site.selectors(*_STATE_NAMES), _TELLING]
    purpose = "the login, the licence or a page of the inside"
    return str(await form.poll(_STATE, looked_at, *_STATE_NAMES, purpose=purpose))


async def _send(form: SitePage, user: str, password: str) -> str:
    """Type both and send them. Return the state of what comes then."""
    await form.fill("user_name", user)
    await form.fill("password", password)
    await form.evaluate(_MARK_SENT, form.site.user_name)
    await form.click("log_in")
    return await _state(form)


def _refusal(message: str, before: str) -> ActiveSession | LoginRefused:
    """Return the error for what the page says now and did not say before the login was sent."""
    # Before anything is cut, as a part of a secret is not known any more.
    message = redact(message)
    known = {line.strip() for line in before.splitlines()}
    new = [line.strip() for line in message.splitlines() if line.strip() not in known]
    text = " ".join(" ".join(new).split()) or " ".join(message.split())
    if _ABOUT_SESSION.search(text) and not _ABOUT_PASSWORD.search(text):
        asked = time_in_words(text)
        return ActiveSession(_DEFAULT_WAIT_S if asked is None else asked)
    return login_refused(text)


async def log_out(page: Page, site: Site) -> bool:
    """Log out from an open page of the site. Return whether there was a session to end.

    Raises PageChanged when the way out is not found.
    """
    either = site.selectors("log_out", "user_name")
    inside = SitePage(page, site, "Log out", at_login=True)
    await inside.poll(IS_VISIBLE, either, "log_out")
    if await inside.is_visible("user_name"):
        return False
    await inside.click("log_out")
    await inside.poll(IS_VISIBLE, [site.user_name], "user_name")
    return True
