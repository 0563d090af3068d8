"""What each fault of ``faults`` does to the answer to a request."""

from __future__ import annotations

import math
import time
from email.utils import formatdate
from random import Random
from typing import TYPE_CHECKING

from aiohttp import web

from jdp_spider.demo.connections import NEVER_PATH, TruncatedResponse, reset_connection, until_gone
from jdp_spider.demo.echo import echo
from jdp_spider.demo.hostile import make_bomb, make_heavy
from jdp_spider.demo.like_pages import WELCOME_PATH, refusal_like
from jdp_spider.demo.reports import make_report
from jdp_spider.demo.scanned_reports import make_scan
from jdp_spider.demo.state import EXCHANGE, STATE, page, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jdp_spider.demo.faults import Fault
    from jdp_spider.demo.vehicles import DemoVehicle

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

RETRY_AFTER_S = 5.0
OUTAGE_S = 30.0
CUT_SHARE = 0.3
CUT_TAIL = 20
INSERTS = {
    "no-load-event": f'<script async src="{NEVER_PATH}"></script>',
    "alert": '<script>alert("Values were updated."); confirm("Load the page again?");</script>',
    "no-dialog": "<script>stopClicks('.reportButton')</script>",
    "no-popup": "<script>stopClicks('#createPdfButton')</script>",
}
STOP_CLICKS = """<script>function stopClicks(selector) {
  document.addEventListener("click", (event) => {
    if (event.target.closest(selector)) event.stopImmediatePropagation();
  }, true);
}</script>"""


@web.middleware
async def inject_fault(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with a fault if one is due, after the login check, which has none."""
    what, until = request.app[STATE].down
    is_here = request.path != WELCOME_PATH and request[EXCHANGE].kind != "control"
    if is_here and time.monotonic() < until:
        return _down(request, what)
    fault = _draw(request)
    if not fault:
        return await handler(request)
    instead = await _instead(request, fault)
    if instead:
        return instead
    try:
        answer = await handler(request)
    except web.HTTPException:
        _refund(request, fault)
        raise
    assert isinstance(answer, web.Response)
    spoilt = _corrupt(request, fault, answer)
    if not spoilt:
        _refund(request, fault)
    return spoilt or answer


async def _instead(request: web.Request, fault: Fault) -> web.Response | None:
    """Return the answer of a fault that replaces the site's own."""
    what = fault.what
    if what.startswith("status-"):
        return _status(fault)
    if what == "hang":
        return await _hang(request, fault)
    if what.startswith("outage"):
        return await _outage(request, fault)
    if what == "maintenance":
        return page(request, "maintenance.html", user=None)
    if what == "echo":
        return await echo(request)
    if what == "html-error":
        return page(request, "server_error.html", user=None)
    if what == "login-page":
        return page(request, "login.html", user=None)
    if what in ("session-ends", "licence-again"):
        return _end_session(request, fault)
    if what == "reset" and request[EXCHANGE].kind == "login":
        # Never a login whose cookie is lost: it would keep the account out for minutes.
        return TruncatedResponse(page(request, "login.html"), request.transport)
    return None


def _corrupt(request: web.Request, fault: Fault, answer: web.Response) -> web.Response | None:
    """Return the answer as changed by the fault, or None if the fault does not apply to it."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    if fault.what == "slow":
        return answer
    if fault.what == "reset":
        return TruncatedResponse(answer, request.transport)
    if fault.what == "short":
        rows = body.splitlines(keepends=True)
        changed = b"".join(rows[: len(rows) * 2 // 3])
    elif fault.what in INSERTS:
        inserted = STOP_CLICKS + INSERTS[fault.what] + "</body>"
        changed = body.replace(b"</body>", inserted.encode())
    else:
        changed = _corrupt_report(request, fault, body)
    answer.body = changed
    return answer if changed != body else None


def _corrupt_report(request: web.Request, fault: Fault, body: bytes) -> bytes:
    state, vehicle = request.app[STATE], request[EXCHANGE].vehicle
    if not vehicle:
        return body
    make = {"no-text": make_scan, "heavy": make_heavy, "bomb": make_bomb}.get(fault.what)
    if make is not None:
        return make(vehicle)
    if fault.what == "other-vehicle":
        lot = Random(f"{state.options.seed}/{vehicle.id}")
        inventory = state.inventory(request[EXCHANGE].session)
        others = [one for one in inventory if one.reference != vehicle.reference]
        names_vin = state.options.report_names_vin
        return make_report(lot.choice(others), names_vin=names_vin) if others else body
    lengths = {"cut": round(len(body) * (1 - CUT_SHARE)), "cut-tail": -CUT_TAIL, "empty": 0}
    return body[: lengths[fault.what]]


def _status(fault: Fault) -> web.Response:
    status = int(fault.what.split("-")[1])
    seconds = math.ceil(RETRY_AFTER_S if fault.seconds is None else fault.seconds)
    headers = {}
    if fault.what == "status-429":
        headers["Retry-After"] = str(seconds)
    elif fault.what == "status-429-date":
        headers["Retry-After"] = formatdate(math.ceil(time.time()) + seconds, usegmt=True)
    return web.Response(status=status, text=f"Error {status}", headers=headers)


async def _hang(request: web.Request, fault: Fault) -> web.Response:
    await until_gone(request, fault.seconds)
    reset_connection(request.transport)
    return web.Response()  # The client has gone.


async def _outage(request: web.Request, fault: Fault) -> web.Response:
    go_down, seconds = request.app[STATE].go_down, fault.seconds
    seconds = OUTAGE_S if seconds is None else seconds
    if fault.what != "outage":
        request.app[STATE].down = (fault.what, time.monotonic() + seconds)
        return _down(request, fault.what)
    if go_down:
        await go_down(seconds)
    return web.Response()  # The client has gone.


def _down(request: web.Request, what: str) -> web.Response:
    if what == "outage-503":
        return page(request, "maintenance.html", user=None, status=503)
    if what in ("outage-429", "outage-words"):
        status = 429 if what == "outage-429" else 200
        text = "<h1>Too many requests</h1><p>Please slow down.</p>"
        return web.Response(status=status, text=text, content_type="text/html")
    if what == "outage-elsewhere":
        welcome = f"{request.app[STATE].elsewhere}{WELCOME_PATH}"
        return web.Response(status=302, headers={"Location": welcome})
    reset_connection(request.transport)
    return web.Response()  # The client has gone.


def _end_session(request: web.Request, fault: Fault) -> web.Response | None:
    session = request[EXCHANGE].session
    if not session:
        return None
    if fault.what == "session-ends":
        request.app[STATE].sessions.end(session)
    else:
        session.account.licence_accepted = False
        return refusal(request)
    return refusal_like(request) or refusal(request)


def _draw(request: web.Request) -> Fault | None:
    exchange = request[EXCHANGE]
    if exchange.kind in ("control", "asset"):
        return None
    vehicle_id, reference = _named(exchange.vehicle)
    exchange.fault = request.app[STATE].faults.draw(exchange.kind, vehicle_id, reference)
    return exchange.fault


def _refund(request: web.Request, fault: Fault) -> None:
    exchange = request[EXCHANGE]
    request.app[STATE].faults.refund(fault, _named(exchange.vehicle)[0])
    exchange.fault = None


def _named(vehicle: DemoVehicle | None) -> tuple[int | None, str | None]:
    return (vehicle.id, vehicle.reference) if vehicle else (None, None)
