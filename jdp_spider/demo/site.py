"""The demo site as an aiohttp server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from jdp_spider.demo import (
    assets,
    bookout,
    connections,
    introspection,
    inventory,
    like_pages,
    login,
)
from jdp_spider.demo.listener import Served, listen
from jdp_spider.demo.middlewares import MIDDLEWARES
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.state import ROOT, STATE, State

if TYPE_CHECKING:
    from jdp_spider.demo.faults import Faults
    from jdp_spider.demo.log import SiteLog
    from jdp_spider.demo.vehicles import DemoVehicle


class DemoSite:
    """One site with its own inventory, accounts and log.

    >>> site = DemoSite(DemoOptions(vehicles=20))
    >>> await site.start()  # OSError where the port is in use
    >>> await site.stop()
    """

    def __init__(self, options: DemoOptions | None = None) -> None:
        self.options = options or DemoOptions()
        self.state = State(self.options)
        self.base_url = ""
        self._served: Served | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def vehicles(self) -> list[DemoVehicle]:
        """The current inventory, in the order of the grid."""
        return self.state.vehicles

    @property
    def log(self) -> SiteLog:
        return self.state.log

    @property
    def faults(self) -> Faults:
        """The faults, to change with ``set`` and ``clear`` while the site runs."""
        return self.state.faults

    async def start(self) -> None:
        assets.assets()
        app = _application(self.state)
        self._served = await listen(app, self.options.host, self.options.port)
        self._loop = asyncio.get_running_loop()
        self.state.go_down = self._served.listener.go_down
        self.state.origin = f"http://{self.options.host}:{self._served.port}"
        self.base_url = f"{self.state.origin}{ROOT}"

    async def stop(self) -> None:
        if self._served:
            await self._served.close()
            self._served = None

    def outage(self, seconds: float) -> None:
        """Refuse all connections for `seconds`, as if the site restarted; sessions survive.

        Return as soon as the site is down. Not for the site's own thread, which awaits
        ``state.go_down`` instead.
        """
        if not self._served or not self._loop:
            raise RuntimeError("The demo site is not running.")
        going = self._served.listener.go_down(seconds)
        asyncio.run_coroutine_threadsafe(going, self._loop).result()

    def end_sessions(self, user: str | None = None) -> int:
        """End the live sessions (of one user), as a takeover or a forgetful site does.

        Return their number. Thread-safe.
        """
        return self.state.sessions.end_all(user)


def _at_new_path(route: web.AbstractRouteDef, state: State) -> web.RouteDef:
    """Return the route at the address that it has now."""
    assert isinstance(route, web.RouteDef)
    path = state.changes.new_path(route.path)
    return web.RouteDef(route.method, path, route.handler, route.kwargs)


def _application(state: State) -> web.Application:
    app = web.Application(middlewares=MIDDLEWARES)
    app[STATE] = state
    for module in (login, inventory, bookout, connections, assets, introspection, like_pages):
        app.add_routes([_at_new_path(route, state) for route in module.routes])
    return app
