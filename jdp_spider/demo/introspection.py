"""Requests of tests and benchmarks about the site itself: without session, never counted."""

from __future__ import annotations

from aiohttp import web

from jdp_spider.demo.middlewares import CONTROL_PREFIX
from jdp_spider.demo.state import ROOT, STATE

routes = web.RouteTableDef()


@routes.get(f"{CONTROL_PREFIX}log")
async def log(request: web.Request) -> web.Response:
    with_requests = request.query.get("requests") == "1"
    return web.json_response(request.app[STATE].log.as_json(with_requests))


@routes.get(f"{CONTROL_PREFIX}vehicles")
async def vehicles(request: web.Request) -> web.Response:
    return web.json_response(
        [
            {"id": vehicle.id, "reference": vehicle.reference, "vin": vehicle.vin}
            for vehicle in request.app[STATE].vehicles
        ]
    )


@routes.post(f"{CONTROL_PREFIX}forbidden")
async def forbidden(request: web.Request) -> web.Response:
    """Count a click on what must never be clicked."""
    request.app[STATE].log.forbidden_click(request.query.get("what", ""))
    return web.Response()


@routes.get(f"{ROOT}Cart/{{what:.+}}")
async def forbidden_address(request: web.Request) -> web.Response:
    """Count a visit of an address that changes something."""
    request.app[STATE].log.forbidden_click(request.path)
    return web.Response(text="<h1>Done</h1>", content_type="text/html")


@routes.post(f"{CONTROL_PREFIX}reset")
async def reset(request: web.Request) -> web.Response:
    request.app[STATE].log.reset()
    return web.json_response({"reset": True})
