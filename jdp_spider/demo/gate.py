"""The way every request takes: who asks for what, may he, how long does it take.

``record`` finds the kind, session and vehicle of a request before anything else happens, so
that a fault can be put behind it as one more middleware.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from jdp_spider.demo.log import RequestRecord
from jdp_spider.demo.state import (
    EXCHANGE,
    LICENCE_PATH,
    LOGIN_ADDRESS,
    ROOT,
    SESSION_COOKIE,
    STATE,
    Exchange,
    text_of,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONTROL_PREFIX = "/__demo__/"
ASSET_PREFIXES = ("/favicon.ico", f"{ROOT}Content/", f"{ROOT}Scripts/")
KINDS = {
    f"{ROOT}vehicle": "inventory",
    f"{ROOT}vehicle/": "inventory",
    f"{ROOT}vehicle/GridCallback": "grid",
    f"{ROOT}vehicle/Export": "export",
    f"{ROOT}Report/GetPdfReport": "report",
    f"{ROOT}Home/Logout": "logout",
}
CALLBACK_HEADER = ("X-Requested-With", "XMLHttpRequest")


@web.middleware
async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and log every request but those that ask about the site itself."""
    request[EXCHANGE] = exchange = Exchange("control")
    if request.path.startswith(CONTROL_PREFIX):
        return await handler(request)
    log = request.app[STATE].log
    arrived = time.time()
    await _identify(request, exchange)
    status = 500
    with log.in_flight(exchange.kind):
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            log.answered(_record(request, exchange, arrived, status))
    return response


@web.middleware
async def hold_session(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep the session live while one of its requests is under way, and from its end on."""
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
async def take_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer after the latency drawn for the kind of request.

    The work itself is done at arrival: the server reads and changes the session then, whatever
    else happens to the session until the answer is out.
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
async def require_login(request: web.Request, handler: Handler) -> web.StreamResponse:
    exchange = request[EXCHANGE]
    if exchange.kind in ("control", "asset") or request.path == LICENCE_PATH:
        return await handler(request)
    session = exchange.session
    if session and (session.account.licence_accepted or exchange.kind == "logout"):
        return await handler(request)
    name, value = CALLBACK_HEADER
    if exchange.kind == "grid" or request.headers.get(name) == value:
        return web.Response(status=401, text="Your session has ended.")
    raise web.HTTPFound(LOGIN_ADDRESS)


MIDDLEWARES = (record, hold_session, take_time, require_login)


async def _wait(request: web.Request, kind: str) -> None:
    exchange = request[EXCHANGE]
    exchange.latency_s = request.app[STATE].draw_latency(kind)
    if exchange.latency_s:
        await asyncio.sleep(exchange.latency_s)


async def _identify(request: web.Request, exchange: Exchange) -> None:
    state = request.app[STATE]
    exchange.kind = _kind(request.path)
    if exchange.kind == "asset":
        return
    exchange.session = state.sessions.find(request.cookies.get(SESSION_COOKIE))
    if request.path == LICENCE_PATH:
        exchange.kind = "licence" if exchange.session else "login"
    vehicle_id = await _vehicle_id(request, exchange)
    exchange.vehicle = state.by_id.get(vehicle_id) if vehicle_id is not None else None


def _kind(path: str) -> str:
    if path.startswith(ASSET_PREFIXES):
        return "asset"
    if path.startswith(f"{ROOT}vehicle/BookOut"):
        return "vehicle"
    return KINDS.get(path, "other")


async def _vehicle_id(request: web.Request, exchange: Exchange) -> int | None:
    """The vehicle that the address, the form or else the session names."""
    last_part = request.path.rpartition("/")[2]
    if exchange.kind == "vehicle" and last_part.isdecimal():
        return int(last_part)
    if exchange.kind == "vehicle" and last_part == "BookOut":
        return exchange.session.selected if exchange.session else None
    named = request.query.get("vehicleId") or text_of((await request.post()).get("vehicleId"))
    return int(named) if named.isdecimal() else None


def _record(request: web.Request, exchange: Exchange, arrived: float, status: int) -> RequestRecord:
    return RequestRecord(
        time=arrived,
        method=request.method,
        path=request.path,
        kind=exchange.kind,
        session=exchange.session.short_key if exchange.session else None,
        vehicle_id=exchange.vehicle.id if exchange.vehicle else None,
        status=status,
        latency=exchange.latency_s,
    )
