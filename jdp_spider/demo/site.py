"""The demo site as an aiohttp server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from jdp_spider.demo import assets, bookout, control, inventory, login
from jdp_spider.demo.gate import MIDDLEWARES
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.state import ROOT, STATE, State

if TYPE_CHECKING:
    from jdp_spider.demo.log import SiteLog
    from jdp_spider.demo.vehicles import DemoVehicle

SHUTDOWN_S = 0.5
"""Answers still waiting out their latency are given up after this long."""


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
        self._runner: web.AppRunner | None = None

    @property
    def vehicles(self) -> list[DemoVehicle]:
        """The truth, in the order of the grid."""
        return self.state.vehicles

    @property
    def log(self) -> SiteLog:
        return self.state.log

    async def start(self) -> None:
        assets.assets()
        app = _application(self.state)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        site = web.TCPSite(runner, self.options.host, self.options.port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        port = runner.addresses[0][1]
        self.base_url = f"http://{self.options.host}:{port}{ROOT}"

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None


def _application(state: State) -> web.Application:
    app = web.Application(middlewares=MIDDLEWARES)
    app[STATE] = state
    for module in (login, inventory, bookout, assets, control):
        app.add_routes(module.routes)
    return app
