"""The inventory page, its grid's callbacks and the export."""

from __future__ import annotations

from aiohttp import web

from jdp_spider.demo.export import inventory_csv
from jdp_spider.demo.grid import filtered, grid_page, page_asked_for
from jdp_spider.demo.like_pages import endless, in_object
from jdp_spider.demo.state import INVENTORY_PATH, STATE, page, session_of, text_of

routes = web.RouteTableDef()


@routes.get(INVENTORY_PATH)
async def inventory(request: web.Request) -> web.Response:
    is_framed = "framed" in request.query
    if "inventory-in-frame" in request.app[STATE].options.like and not is_framed:
        return page(request, "portal.html")
    return _grid(request, "inventory.html", framed=is_framed)


@routes.get(INVENTORY_PATH.rstrip("/"))
async def to_inventory(request: web.Request) -> web.Response:
    raise web.HTTPFound(INVENTORY_PATH)


@routes.post(f"{INVENTORY_PATH}GridCallback")
async def grid_callback(request: web.Request) -> web.Response:
    """Change the session's filter or page, and return the grid's new HTML."""
    session = session_of(request)
    form = await request.post()
    action, value = text_of(form.get("action")), text_of(form.get("value"))
    if action == "filter":
        session.filter_text, session.page = value, 1
    elif action == "unfold":
        session.unfolded.add(value)
    elif action == "page":
        session.page = _page(value, session.page)
    else:
        raise web.HTTPBadRequest(text="Unknown action")
    answer = _grid(request, "grid.html")
    if "grid-in-object" in request.app[STATE].options.like:
        answer.text = in_object(answer.text or "")
    return answer


@routes.post(f"{INVENTORY_PATH}Export")
async def export(request: web.Request) -> web.StreamResponse:
    """Serve the rows that match the session's filter as a CSV file."""
    session = session_of(request)
    rows = filtered(request.app[STATE].inventory(session), session.filter_text)
    likes = request.app[STATE].options.like
    exported = inventory_csv(rows, likes)
    if "export-endless" in likes:
        return await endless(request, exported, "text/csv")
    return web.Response(
        body=exported,
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="Inventory.csv"'},
    )


def _grid(request: web.Request, template: str, *, framed: bool = False) -> web.Response:
    state = request.app[STATE]
    session = session_of(request)
    vehicles = state.inventory(session)
    if "row-gone" in state.options.like:
        vehicles = vehicles[1:]
    shown = grid_page(vehicles, session, state.options.page_size)
    return page(
        request,
        template,
        grid=shown,
        framed=framed,
        has_link=state.has_link,
        href=state.href,
        unfolded=session.unfolded,
    )


def _page(argument: str, current: int) -> int:
    try:
        return page_asked_for(argument, current)
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
