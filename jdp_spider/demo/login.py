"""Login, licence, home page and logout."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from jdp_spider.demo.sessions import LoginRefusedError
from jdp_spider.demo.state import (
    CALLBACK_HEADER,
    EXCHANGE,
    LICENCE_PATH,
    LOGIN_ADDRESS,
    ROOT,
    SESSION_COOKIE,
    STATE,
    page,
    session_of,
    text_of,
)

if TYPE_CHECKING:
    from jdp_spider.demo.options import DemoOptions
    from jdp_spider.demo.sessions import Session
    from jdp_spider.demo.state import State

MESSAGES = {
    "wrong_password": "The user name or password provided is incorrect.",
    "password_expired": "Your password has expired. Please choose a new password to log in.",
    "expired": "Your login page has expired. Please try again.",
    "account_locked": "This account has been locked. Please contact customer support.",
}

END_OTHER = (
    "You already have an active session on another computer. Do you want to end that session and "
    "log in here?"
)

SLOW_S = 12.0
"""How long a login takes where it is slow: longer than a page may be quiet (`pages/answer.py`)."""

routes = web.RouteTableDef()


@routes.get(LICENCE_PATH.lower())
@routes.get(LICENCE_PATH)
async def login_or_licence(request: web.Request) -> web.Response:
    state = request.app[STATE]
    session = request[EXCHANGE].session
    if not session and (key := request.query.get("ticket")):
        return _let_in(key)
    moved_to = state.options.moved_part("login")
    if not session and moved_to and request.host != urlsplit(moved_to).netloc:
        raise web.HTTPFound(moved_to + LOGIN_ADDRESS)
    if not session:
        return _form(request)
    if "password-reminder" in state.options.like and "skip" not in request.query:
        return page(request, "reminder.html")
    if not session.account.licence_accepted:
        return page(request, "licence.html")
    raise web.HTTPFound(_return_address(request))


@routes.post(LICENCE_PATH.lower())
@routes.post(LICENCE_PATH)
async def log_in_or_accept(request: web.Request) -> web.Response:
    session = request[EXCHANGE].session
    if session:
        return await _accept_licence(request, session)
    return await _log_in(request)


@routes.get(ROOT)
async def home(request: web.Request) -> web.Response:
    inventory = request.app[STATE].inventory(request[EXCHANGE].session)
    return page(request, "home.html", vehicles=len(inventory))


@routes.get(ROOT.rstrip("/"))
@routes.get("/")
async def to_home(request: web.Request) -> web.Response:
    raise web.HTTPFound(ROOT)


@routes.get(f"{ROOT}Home/Logout")
async def log_out(request: web.Request) -> web.Response:
    state = request.app[STATE]
    state.sessions.end(session_of(request))
    state.log.logged_out()
    location = state.options.moved_part("logout") + LOGIN_ADDRESS
    response = web.Response(status=302, headers={"Location": location})
    response.del_cookie(SESSION_COOKIE)
    return response


@routes.get(f"{ROOT}Account/EndOther")
async def end_other(request: web.Request) -> web.Response:
    """End the sessions of the account: what somebody has asked for who said yes."""
    request.app[STATE].sessions.end_all(request.query.get("user"))
    raise web.HTTPFound(LOGIN_ADDRESS)


async def _accept_licence(request: web.Request, session: Session) -> web.Response:
    if (await request.post()).get("Agreement") == "true":
        session.account.licence_accepted = True
    if not session.account.licence_accepted:
        return page(request, "licence.html")
    raise web.HTTPFound(_return_address(request))


def _form(request: web.Request, **values: Any) -> web.Response:
    moved_to = request.app[STATE].options.moved_part("form")
    action = moved_to and moved_to + LOGIN_ADDRESS
    steps = "two-steps" in request.app[STATE].options.like
    values = {"step": "name" if steps else "", **values}
    return page(request, "login.html", action=action, **values)


def _let_in(key: str) -> web.Response:
    """Hand the session to a browser that logged in under another name of this site."""
    response = web.Response(status=302, headers={"Location": LOGIN_ADDRESS})
    response.set_cookie(SESSION_COOKIE, key, httponly=True, samesite="Lax")
    return response


async def _log_in(request: web.Request) -> web.Response:
    state = request.app[STATE]
    form = await request.post()
    if moved_to := state.options.moved_part("answer"):
        raise web.HTTPTemporaryRedirect(moved_to + LOGIN_ADDRESS)
    user = text_of(form.get("UserName"))
    if "two-steps" in state.options.like and "Password" not in form:
        return _form(request, entered=user, step="password")
    by_script = request.headers.get(CALLBACK_HEADER[0]) == CALLBACK_HEADER[1]
    if "login-slow" in state.options.like:
        await asyncio.sleep(SLOW_S)
    try:
        session = _judged(state, user, text_of(form.get("Password")))
    except LoginRefusedError as refused:
        state.log.login_refused(refused.reason)
        error = _message(refused.reason, state.options)
        if by_script:
            return web.json_response({"error": error})
        if "refused-on-page" in state.options.like:
            return page(request, "refused.html", error=error)
        if refused.reason == "active_session" and "asks-to-end-other" in state.options.like:
            minutes = state.options.wait_text
            ends = f" It ends automatically after {minutes} minutes." if minutes else ""
            return _form(request, question=f"{END_OTHER}{ends}", user=user)
        if "refused-by-alert" in state.options.like:
            return _form(request, alert=error)
        return _form(request, error=error, entered=user)
    session.filter_text = state.options.stale_filter or ""
    session.page = state.options.start_page
    state.log.logged_in()
    # The login leads to the same address again, for the licence, at the site's own name.
    home = f"{state.origin}{LOGIN_ADDRESS}&ticket={session.key}"
    away = request.host != urlsplit(state.origin).netloc
    location = home if away else LOGIN_ADDRESS
    response = web.Response(status=302, headers={"Location": location})
    if by_script:
        response = web.json_response({"location": location})
    response.set_cookie(SESSION_COOKIE, session.key, httponly=True, samesite="Lax")
    return response


def _judged(state: State, user: str, password: str) -> Session:
    """Return the session of a login. Raise LoginRefusedError."""
    # Before anything is judged, as a form's token that is too old.
    if "login-expired" in state.options.like and not state.log.refused_logins["expired"]:
        raise LoginRefusedError("expired")
    return state.sessions.log_in(user, password)


def _message(reason: str, options: DemoOptions) -> str:
    if reason in MESSAGES:
        return MESSAGES[reason]
    minutes = options.wait_text or str(max(1, round(options.active_session_wait_s / 60)))
    return (
        "There is already an active session for this account. "
        f"Please wait {minutes} minute{'s' if minutes != '1' else ''} and try again."
    )


def _return_address(request: web.Request) -> str:
    wanted = request.query.get("ReturnUrl", ROOT)
    return wanted if wanted.startswith(ROOT) else ROOT
