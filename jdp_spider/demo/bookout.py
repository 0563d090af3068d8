"""The vehicle's page and its bookout."""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from jdp_spider.demo.addresses import is_whole
from jdp_spider.demo.like_files import packed_like
from jdp_spider.demo.like_pages import endless, report_answer
from jdp_spider.demo.reports import make_report
from jdp_spider.demo.state import EXCHANGE, INVENTORY_PATH, ROOT, STATE, page, session_of
from jdp_spider.demo.values import bookout_values

if TYPE_CHECKING:
    from jdp_spider.demo.vehicles import DemoVehicle

_KEPT_S = 2.0
"""How long the site keeps a report, where it does."""

routes = web.RouteTableDef()


@routes.get(f"{INVENTORY_PATH}BookOut/{{vehicle_id}}")
async def vehicle_page(request: web.Request) -> web.Response:
    """Serve a vehicle at its own address; 404 where bookout links are scripts."""
    if request.app[STATE].options.link_kind != "href":
        raise web.HTTPNotFound
    checks = "checks-request" in request.app[STATE].options.like
    if checks and INVENTORY_PATH not in request.headers.get("Referer", ""):
        raise web.HTTPFound(INVENTORY_PATH)
    vehicle = _vehicle(request)
    session_of(request).selected = vehicle.id
    return _page(request, vehicle)


@routes.post(f"{INVENTORY_PATH}SelectVehicle")
async def select_vehicle(request: web.Request) -> web.Response:
    vehicle = _vehicle(request)
    session_of(request).selected = vehicle.id
    return web.json_response({"selected": vehicle.id})


@routes.get(f"{INVENTORY_PATH}BookOut")
async def selected_vehicle_page(request: web.Request) -> web.Response:
    """Serve the vehicle that the session selected last, all at one address."""
    if not request[EXCHANGE].vehicle:
        raise web.HTTPFound(INVENTORY_PATH)
    return _page(request, _vehicle(request))


@routes.get(f"{ROOT}Report/GetPdfReport".lower())
@routes.get(f"{ROOT}Report/GetPdfReport")
@routes.get(f"{ROOT}Report/GetPdfReport/{{number}}")
@routes.post(f"{ROOT}Report/GetPdfReport")
async def report(request: web.Request) -> web.StreamResponse:
    """Serve a new bookout for each request, like the real site."""
    state = request.app[STATE]
    vehicle = _vehicle(request)
    if state.options.report_insists and vehicle.id not in session_of(request).opened:
        raise web.HTTPInternalServerError(text="The vehicle is not open.")
    likes = state.options.like
    if not is_whole(request, vehicle):
        return web.Response(status=400, text="Something is missing in this address.")
    if request.method == "HEAD":
        return web.Response(content_type="application/pdf")
    if (answer := report_answer(request, vehicle.id)) is not None:
        return answer
    if "stale-direct" in likes and vehicle.id not in session_of(request).opened:
        vehicle = replace(vehicle, price=vehicle.price - 500)
    stamp = state.stamp() if "stamped-reports" in likes else ""
    body = make_report(vehicle, names_vin=state.options.report_names_vin, likes=likes, stamp=stamp)
    own = state.like_of(vehicle)
    is_file = "opens-download" in own
    body, kind = packed_like(body, own)
    disposition = "attachment; filename=Report.pdf" if is_file else "inline"
    state.log.report_made(vehicle.id)
    state.kept_report = (time.monotonic() + _KEPT_S, body)
    if "report-endless" in own:
        return await endless(request, body, "application/pdf")
    if "report-large" in own:
        body += b"\0" * 200_000_000
    if request.query.get("as") == "json":
        data = base64.b64encode(body).decode()
        return web.json_response({"status": "ok", "document": {"type": "pdf", "data": data}})
    if request.query.get("as") == "base64":
        return web.Response(text=base64.b64encode(body).decode())
    return web.Response(
        body=body,
        content_type=kind,
        headers={"Content-Disposition": disposition, "Cache-Control": "private, no-store"},
    )


def _page(request: web.Request, vehicle: DemoVehicle) -> web.Response:
    session = session_of(request)
    session.opened.add(vehicle.id)
    session.page_token = secrets.token_hex(8)
    answer = page(request, "vehicle.html", vehicle=vehicle, values=bookout_values(vehicle))
    if "strict-page" in request.app[STATE].like_of(vehicle):
        answer.headers["Content-Security-Policy"] = "connect-src 'none'"
    return answer


def _vehicle(request: web.Request) -> DemoVehicle:
    vehicle = request[EXCHANGE].vehicle
    if not vehicle or not request.app[STATE].has_link(vehicle):
        raise web.HTTPNotFound
    return vehicle
