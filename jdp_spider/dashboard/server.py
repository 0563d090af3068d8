"""The page's server: its addresses and what is answered there."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from aiohttp import web

from jdp_spider.dashboard import opener, runs, views
from jdp_spider.dashboard.actions import Actions
from jdp_spider.dashboard.commands import read_nightly
from jdp_spider.dashboard.guard import AGAIN, ENTER, HOST, PAGE, guarded
from jdp_spider.dashboard.stream import Stream
from jdp_spider.utils.loading import LARGEST_FILE, LoadError, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jdp_spider.dashboard.desk import Desk
    from jdp_spider.dashboard.guard import Guard
    from jdp_spider.dashboard.home import Home

_MOST_BYTES = 16_000
_LARGEST_PICTURE = 5 * LARGEST_FILE


class Server:
    """Serves the page at 127.0.0.1 until it is asked to end."""

    def __init__(
        self,
        home: Home,
        guard: Guard,
        desk: Desk,
        open_path: Callable[[Path], bool] = opener.open_path,
    ) -> None:
        self.ended = asyncio.Event()
        self._home = home
        self._guard = guard
        self._desk = desk
        self._open_path = open_path
        self._actions = Actions(desk, open_path, self.ended.set)
        self._stream = Stream(desk, self.ended)
        self._runner: web.AppRunner | None = None

    # Serving

    async def start(self, port: int) -> None:
        """Listen at the port, or at a free one if that is taken. Raise OSError."""
        app = web.Application(middlewares=[guarded(self._guard)], client_max_size=_MOST_BYTES)
        app.add_routes(
            [
                web.get(PAGE, self._page),
                web.post(ENTER, self._enter),
                web.post(AGAIN, self._again),
                web.get("/events", self._stream.send),
                web.get("/view/{name}", self._view),
                web.get("/picture", self._picture),
                web.post("/do/{name}", self._actions.do),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, HOST, port)
            await site.start()
        except OSError:
            if not port:
                raise
            site = web.TCPSite(self._runner, HOST, 0)
            await site.start()
        (_, self._guard.port, *_), *_ = self._runner.addresses
        self._home.save_address(self._guard.port, self._guard.second)

    async def stop(self) -> None:
        """End all streams and the server."""
        self._stream.end()
        if self._runner is not None:
            await self._runner.cleanup()

    # Pages

    async def _page(self, request: web.Request) -> web.Response:
        is_known = self._guard.has_cookie(request)
        return _html(*(views.page() if is_known else views.closed_page()))

    async def _enter(self, request: web.Request) -> web.Response:
        form = await request.post()
        if not self._guard.take_token(str(form.get("token", ""))):
            return _html(*views.closed_page(), status=403)
        with contextlib.suppress(OSError):
            self._home.opener.unlink()
        response = _html(*views.start_page(self._guard.key))
        self._guard.let_in(response)
        return response

    async def _again(self, _: web.Request) -> web.Response:
        """Write the opener anew for a second start, which opens it."""
        opener.write_opener(self._home, self._guard)
        return web.Response(text="written\n")

    async def _view(self, request: web.Request) -> web.Response:
        name, desk = request.match_info["name"], self._desk
        values = await asyncio.to_thread(desk.values)
        if name == "runs":
            html = views.runs(await asyncio.to_thread(runs.list_runs, desk.downloads()))
        elif name == "nights":
            has_group = await asyncio.to_thread(lambda: desk.group.is_there)
            html = views.nights(await read_nightly(), values.user, has_group=has_group)
        elif name == "settings":
            html = views.settings(values)
        elif name == "account":
            form = await asyncio.to_thread(desk.setup.form)
            html = views.account(form, values, is_sitting=all(desk.sitting.account))
        else:
            raise web.HTTPNotFound
        return web.Response(text=html, content_type="text/html")

    async def _picture(self, request: web.Request) -> web.Response:
        folder = await asyncio.to_thread(self._desk.run_folder, request.query.get("run", ""))
        path = runs.picture(folder, request.query.get("name", "")) if folder else None
        try:
            data = read_bytes(path, _LARGEST_PICTURE) if path else None
        except LoadError:
            data = None
        if data is None:
            raise web.HTTPNotFound
        return web.Response(body=data, content_type="image/png")


def _html(text: str, policy: str, status: int = 200) -> web.Response:
    headers = {"Content-Security-Policy": policy}
    return web.Response(text=text, content_type="text/html", headers=headers, status=status)
