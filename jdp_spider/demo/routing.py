"""Routing: the kind, session and vehicle of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.demo.addresses import number_of
from jdp_spider.demo.state import LICENCE_PATH, ROOT, SESSION_COOKIE, STATE, Exchange, text_of

if TYPE_CHECKING:
    from aiohttp import web

ASSET_PREFIXES = ("/favicon.ico", f"{ROOT}Content/", f"{ROOT}Scripts/")
KINDS = {
    f"{ROOT}vehicle": "inventory",
    f"{ROOT}vehicle/": "inventory",
    f"{ROOT}vehicle/GridCallback": "grid",
    f"{ROOT}vehicle/Export": "export",
    f"{ROOT}Report/GetPdfReport": "report",
    f"{ROOT}Report/GetPdfReport".lower(): "report",
    f"{ROOT}Home/Logout": "logout",
}


async def identify(request: web.Request, exchange: Exchange) -> None:
    state = request.app[STATE]
    path = state.changes.old_path(request.path)
    exchange.kind = _kind(path)
    if exchange.kind == "asset":
        return
    key = request.cookies.get(SESSION_COOKIE)
    if "elsewhere" in state.options.like and exchange.kind == "report":
        # Another origin has no cookie of this one.
        key = None if key else request.query.get("ticket")
    exchange.session = state.sessions.find(key)
    if path in (LICENCE_PATH, LICENCE_PATH.lower()):
        exchange.kind = "licence" if exchange.session else "login"
    vehicle_id = await _vehicle_id(request, exchange)
    if vehicle_id is not None:
        exchange.vehicle = state.find_vehicle(exchange.session, vehicle_id)


def _kind(path: str) -> str:
    if path.startswith(ASSET_PREFIXES):
        return "asset"
    if path.startswith(f"{ROOT}vehicle/BookOut"):
        return "vehicle"
    if path.startswith(f"{ROOT}Report/GetPdfReport/"):
        return "report"
    return KINDS.get(path, "other")


async def _vehicle_id(request: web.Request, exchange: Exchange) -> int | None:
    """Return the id of the vehicle named by the address, the form or else the session."""
    selected = exchange.session.selected if exchange.session else None
    last_part = request.app[STATE].changes.old_path(request.path).rpartition("/")[2]
    if exchange.kind == "vehicle" and last_part.isdecimal():
        return int(last_part)
    if exchange.kind == "vehicle" and last_part == "BookOut":
        return selected
    if exchange.kind == "report" and request.app[STATE].options.report_address == "session":
        return selected
    if exchange.kind == "report" and (number := number_of(request)):
        return int(number) if number.isdecimal() else None
    named = request.query.get("vehicleId") or text_of((await request.post()).get("vehicleId"))
    return int(named) if named.isdecimal() else None
