"""Answers and pages as other sites have them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from html import escape

from aiohttp import web

from jdp_spider.demo.likes import SESSIONS
from jdp_spider.demo.state import EXCHANGE, ROOT, STATE, page

WELCOME_PATH = f"{ROOT}Welcome"
DEALERSHIP_PATH = f"{ROOT}Home/Dealership"

routes = web.RouteTableDef()


@routes.get("/__demo__/never.{ending}")
async def never(_: web.Request) -> web.Response:
    """Never answer in time, as another host might for its script or style sheet."""
    await asyncio.sleep(3600)
    raise web.HTTPNotFound


@routes.get(f"{ROOT}wait")
async def wait(_: web.Request) -> web.Response:
    return web.Response(text="<p>Please wait.</p>", content_type="text/html")


@routes.get(f"{ROOT}asks-opener")
async def asks_opener(_: web.Request) -> web.Response:
    script = "setTimeout(() => location.replace(window.opener.reportUrl), 100)"
    return web.Response(text=f"<script>{script}</script>", content_type="text/html")


@routes.get(f"{ROOT}viewer")
async def viewer(request: web.Request) -> web.Response:
    frame = f'<iframe src="{escape(request.query["file"])}"></iframe>'
    return web.Response(text=f"<h1>Your report</h1>{frame}", content_type="text/html")


@routes.get(f"{ROOT}dialog")
async def dialog(request: web.Request) -> web.Response:
    return page(request, "dialog.html", vehicle_id=request.query["vehicleId"])


@routes.post(f"{ROOT}mail")
async def mail(_: web.Request) -> web.Response:
    """Take what nobody has asked for: the demo sends no mail."""
    return web.Response(status=204)


@routes.post(f"{ROOT}announce")
async def announce(request: web.Request) -> web.Response:
    await asyncio.sleep(1)
    return web.json_response({"file": request.query["file"]})


def in_object(html: str) -> str:
    """Return a part of a page as DevExpress sends it to its scripts."""
    script = '<script id="dxss_1" type="text/javascript">\r\nwindow.shown = "grid";\r\n</script>'
    written = html.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\r\\n")
    script = script.replace("\r\n", "\\r\\n")
    written = (script + written).replace("</", "<\\/")
    return f"0|/*DX*/({{'result':{{'html':'{written}','stateObject':{{'keys':[]}}}},'id':0}})"


def report_answer(request: web.Request, vehicle_id: int) -> web.Response | None:
    """Return what comes instead of a report; None for the report itself."""
    state = request.app[STATE]
    likes, headers = state.options.like, request.headers
    if "checks-request" in likes and not (
        headers.get("Sec-Fetch-Mode") == "navigate"
        and headers.get("Sec-Fetch-Site") == "same-origin"
        and "/vehicle/" in headers.get("Referer", "")
    ):
        return web.Response(status=403, text="Not from the vehicle's page.")
    if "kept-report" in likes and state.kept_report[0] > time.monotonic():
        return web.Response(body=state.kept_report[1], content_type="application/pdf")
    session = request[EXCHANGE].session
    if "page-token" in likes and session and request.query.get("page") != session.page_token:
        text = "<h1>Server Error</h1><p>The required anti-forgery token was invalid.</p>"
        return web.Response(status=500, text=text, content_type="text/html")
    if "prepared" in likes and vehicle_id not in state.prepared:
        state.prepared.add(vehicle_id)
        text = "<p>Your report is being prepared.</p>"
        again = {"Retry-After": "1"}
        return web.Response(status=202, text=text, content_type="text/html", headers=again)
    return None


async def endless(request: web.Request, start: bytes, kind: str) -> web.StreamResponse:
    """Send on and on, until nobody reads."""
    response = web.StreamResponse(headers={"Content-Type": kind})
    await response.prepare(request)
    await response.write(start)
    with contextlib.suppress(ConnectionError):
        while True:
            await response.write(b"x" * 1_000_000)
    return response


def refusal_like(request: web.Request) -> web.Response | None:
    """Return how the site says that a session has ended; None for the usual way.

    Of several ways each session has one.
    """
    state = request.app[STATE]
    ways = [name for name in state.options.like if name in SESSIONS]
    if not ways:
        return None
    way = ways[(state.log.logins - 1) % len(ways)].removeprefix("ends-with-")
    if way.isdecimal():
        return web.Response(status=int(way), text="Your session has ended.")
    if way in ("home", "elsewhere"):
        host = state.elsewhere if way == "elsewhere" else ""
        return web.Response(status=302, headers={"Location": f"{host}{WELCOME_PATH}"})
    if way == "json":
        return web.json_response({"error": "unauthenticated"})
    return page(request, f"ends_with_{way}.html")


@routes.get(WELCOME_PATH)
async def welcome(request: web.Request) -> web.Response:
    return page(request, "welcome.html", user=None)


def page_before_all(request: web.Request) -> web.Response | None:
    """Return the page that a new session must answer first, if there is one."""
    session = request[EXCHANGE].session
    if not session or "choose-dealership" not in request.app[STATE].options.like:
        return None
    if "dealership" in request.query:
        session.chosen = True
    if session.chosen or request[EXCHANGE].kind == "logout":
        return None
    if request.path != DEALERSHIP_PATH:
        return web.Response(status=302, headers={"Location": DEALERSHIP_PATH})
    return page(request, "dealership.html")
