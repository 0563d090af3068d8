"""The site's listening socket, which can be closed for a while."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from jdp_spider.demo.connections import reset_connection

SHUTDOWN_S = 0.5
"""Answers still waiting out their latency are given up after this long."""
ACCEPT_STEPS = 3
"""Turns of the event loop until a connection that was just accepted has its protocol."""


class Listener:
    """Reopens the same port after an outage, during which it stays bound without a listener."""

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner
        self._socket: socket.socket | None = None
        self._site: web.SockSite | None = None
        self._return: asyncio.Task[None] | None = None
        # Two requests may bring an outage each, and none may come while the socket changes.
        self._changing = asyncio.Lock()

    async def open(self, host: str, port: int) -> int:
        """Listen, and return the port. Raise OSError if it is in use."""
        self._socket = _bound(host, port)
        try:
            await self._listen()
        except OSError:
            self._socket.close()
            raise
        return int(self._socket.getsockname()[1])

    async def go_down(self, seconds: float) -> None:
        """Refuse connections and reset open ones for `seconds`."""
        async with self._changing:
            if self._return:
                self._return.cancel()
            if self._site:
                await self._stop_listening()
            for connection in self._runner.server.connections if self._runner.server else ():
                reset_connection(connection.transport)
            self._return = asyncio.create_task(self._come_back(seconds))

    async def close(self) -> None:
        """Accept nothing more; call this before the runner is closed."""
        if self._return:
            self._return.cancel()
        if self._socket and self._site:
            await _stop_accepting(self._socket)
        elif self._socket:
            self._socket.close()

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._changing:
            await self._listen()

    async def _listen(self) -> None:
        assert self._socket
        site = web.SockSite(self._runner, self._socket)
        await site.start()
        # Not before: one that was broken off does not close the socket.
        self._site = site

    async def _stop_listening(self) -> None:
        assert self._socket and self._site
        site, self._site = self._site, None
        host, port = self._socket.getsockname()[:2]
        await _stop_accepting(self._socket)
        await site.stop()
        # At once, or another program could take the port meanwhile.
        self._socket = _bound(host, port)


async def _stop_accepting(listening: socket.socket) -> None:
    """Stop cleanly: asyncio loses a connection whose server closes right after accepting it."""
    with suppress(NotImplementedError):  # Windows' event loop accepts in another way.
        asyncio.get_running_loop().remove_reader(listening)
    for _ in range(ACCEPT_STEPS):
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Served:
    """An application that is served."""

    listener: Listener
    port: int
    _runner: web.AppRunner

    async def close(self) -> None:
        """Accept nothing more, and give up what is still being answered."""
        await self.listener.close()
        await self._runner.cleanup()


async def listen(app: web.Application, host: str, port: int) -> Served:
    """Serve an application. Raise OSError if the port is in use."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    listener = Listener(runner)
    try:
        return Served(listener, await listener.open(host, port), runner)
    except OSError:
        await runner.cleanup()
        raise


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if os.name == "posix":  # Elsewhere it would let others share the port.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except BaseException:
        bound.close()
        raise
    return bound
