"""The middlewares that each request passes: routing, access, latency, faults.

``record`` finds the kind, session and vehicle of a request before anything else happens;
``inject_fault`` comes last.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from jdp_spider.demo.fault_injection import inject_fault
from jdp_spider.demo.faults import slowed
from jdp_spider.demo.like_pages import WELCOME_PATH, page_before_all, refusal_like
from jdp_spider.demo.log import RequestRecord
from jdp_spider.demo.renames import renamed
from jdp_spider.demo.routing import identify
from jdp_spider.demo.state import (
    EXCHANGE,
    LICENCE_PATH,
    SESSION_COOKIE,
    STATE,
    Exchange,
    refusal,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONTROL_PREFIX = "/__demo__/"
MOVED_PAGES = ("inventory", "vehicle")
ONE_REPORT_S = 0.7
"""How long a report takes where another one is refused meanwhile."""
RENAMED_TYPES = ("text/html", "text/javascript", "text/css")


@web.middleware
async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and log each request, except those about the site itself."""
    request[EXCHANGE] = exchange = Exchange("control")
    if request.path.startswith(CONTROL_PREFIX):
        return await handler(request)
    log = request.app[STATE].log
    arrived, began = time.time(), time.monotonic()
    await identify(request, exchange)
    status = 500
    with log.in_flight(exchange.kind):
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            seconds = time.monotonic() - began
            log.answered(_record(request, exchange, arrived, status, seconds))
    return response


@web.middleware
async def rename(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Apply the site's renames and changes to pages, script and style sheet, and to addresses."""
    names, changes = request.app[STATE].options.renamed, request.app[STATE].changes
    try:
        answer = await handler(request)
    except web.HTTPException as redirect:
        if "Location" in redirect.headers:
            redirect.headers["Location"] = changes.new_path(redirect.headers["Location"])
        raise
    if "Location" in answer.headers:
        answer.headers["Location"] = changes.new_path(answer.headers["Location"])
    if not isinstance(answer, web.Response) or answer.content_type not in RENAMED_TYPES:
        return answer
    body = answer.body if isinstance(answer.body, bytes) else b""
    if names:
        body = renamed(body, names)
    if changes.of:
        body = changes.changed(body.decode()).encode()
    answer.body = body
    return answer


@web.middleware
async def hold_session(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep the session live during its requests, and restart its timeout when they end."""
    session = request[EXCHANGE].session
    if not session:
        return await handler(request)
    session.requests += 1
    try:
        return await handler(request)
    finally:
        session.requests -= 1
        session.last_seen = time.monotonic()


@web.middleware
async def rotate_cookies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with a new session cookie each time, where the site does that."""
    exchange, state = request[EXCHANGE], request.app[STATE]
    if not exchange.session or "rotating-cookies" not in state.options.like:
        return await handler(request)
    answer: web.StreamResponse | web.HTTPException
    try:
        answer = await handler(request)
    except web.HTTPException as redirect:
        answer = redirect
    if state.sessions.rotate(exchange.session):
        answer.set_cookie(SESSION_COOKIE, exchange.session.key, httponly=True, samesite="Lax")
    if isinstance(answer, web.HTTPException):
        raise answer
    return answer


@web.middleware
async def serialize_session(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Run the requests of one session one after the other, where the site does that.

    Each sees the session and the vehicle as the request before left them.
    """
    exchange = request[EXCHANGE]
    if not exchange.session or not request.app[STATE].options.session_lock:
        return await handler(request)
    async with exchange.session.turn:
        await identify(request, exchange)
        return await handler(request)


@web.middleware
async def refuse_too_many(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what the site does not serve at the same time as all others."""
    if request.app[STATE].capacity.refuses(request[EXCHANGE].kind):
        if not request.app[STATE].capacity.says_when:
            return web.Response(status=429)
        headers = {"Retry-After": "1"}
        return web.Response(status=503, text="Too many requests at a time.", headers=headers)
    return await handler(request)


@web.middleware
async def add_latency(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer after the latency drawn for the kind of request.

    The work itself is done at arrival: the server reads and changes the session then, whatever
    else happens to the session before the answer is sent.
    """
    exchange = request[EXCHANGE]
    if exchange.kind in ("control", "asset"):
        return await handler(request)
    try:
        response = await handler(request)
    except web.HTTPException:
        await _wait(request, "other")
        raise
    await _wait(request, exchange.kind if response.status == 200 else "other")
    return response


@web.middleware
async def one_report(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a report during another one, latency included, where the site does that."""
    exchange, likes = request[EXCHANGE], request.app[STATE].options.like
    if exchange.kind != "report" or not exchange.session or "one-report" not in likes:
        return await handler(request)
    if exchange.session.turn.locked():
        return web.Response(status=409, text="Another report is being created for you.")
    async with exchange.session.turn:
        await asyncio.sleep(ONE_REPORT_S)
        return await handler(request)


@web.middleware
async def require_login(request: web.Request, handler: Handler) -> web.StreamResponse:
    exchange = request[EXCHANGE]
    if exchange.kind in ("control", "asset") or request.path == WELCOME_PATH:
        return await handler(request)
    if before := page_before_all(request):
        return before
    path = request.app[STATE].changes.old_path(request.path)
    if path in (LICENCE_PATH, LICENCE_PATH.lower()):
        return await handler(request)
    session = exchange.session
    moved_to = request.app[STATE].options.moved_part(exchange.kind)
    if moved_to and exchange.kind in MOVED_PAGES:
        raise web.HTTPFound(moved_to + str(request.rel_url))
    if session and (session.account.licence_accepted or exchange.kind == "logout"):
        return await handler(request)
    return refusal_like(request) or refusal(request)


MIDDLEWARES = (
    record,
    rename,
    hold_session,
    rotate_cookies,
    serialize_session,
    one_report,
    refuse_too_many,
    add_latency,
    require_login,
    inject_fault,
)


async def _wait(request: web.Request, kind: str) -> None:
    exchange = request[EXCHANGE]
    exchange.latency_s = slowed(request.app[STATE].draw_latency(kind), exchange.fault)
    if exchange.latency_s:
        await request.app[STATE].capacity.serve(kind, exchange.latency_s)


def _record(
    request: web.Request, exchange: Exchange, arrived: float, status: int, seconds: float
) -> RequestRecord:
    return RequestRecord(
        time=arrived,
        method=request.method,
        path=request.path,
        kind=exchange.kind,
        session=exchange.session.short_key if exchange.session else None,
        vehicle_id=exchange.vehicle.id if exchange.vehicle else None,
        status=status,
        latency=exchange.latency_s,
        fault=exchange.fault.what if exchange.fault else None,
        seconds=seconds,
        user=exchange.session.account.user if exchange.session else None,
    )
