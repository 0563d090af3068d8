"""Connections that are reset, and requests that get no answer."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

from aiohttp import web

from jdp_spider.demo.state import ROOT

if TYPE_CHECKING:
    from asyncio import BaseTransport

NEVER_PATH = f"{ROOT}Scripts/never.js"
LOOK_S = 0.05
"""How often a hanging request checks that its client is still there."""

routes = web.RouteTableDef()


@routes.get(NEVER_PATH)
async def never(request: web.Request) -> web.Response:
    await until_gone(request)
    return web.Response()


class TruncatedResponse(web.Response):
    """An answer whose connection is reset after its first half."""

    def __init__(self, answer: web.Response, transport: BaseTransport | None) -> None:
        super().__init__(body=answer.body, status=answer.status, headers=answer.headers)
        self._transport = transport

    async def write_eof(self, data: bytes = b"") -> None:
        body = self.body if isinstance(self.body, bytes) else b""
        if body:  # Without one, the client would have its complete answer already.
            await self.write(body[: len(body) // 2])
        # A reset throws away what the client has not read yet: give it the time to.
        await asyncio.sleep(LOOK_S)
        reset_connection(self._transport)


async def until_gone(request: web.Request, seconds: float | None = None) -> None:
    """Return when the client has gone, or after `seconds`."""
    end = math.inf if seconds is None else time.monotonic() + seconds
    # A handler is not notified that its client has gone, so it has to poll.
    while time.monotonic() < end:
        if not request.transport or request.transport.is_closing():
            return
        await asyncio.sleep(LOOK_S)


def reset_connection(transport: BaseTransport | None) -> None:
    """Reset a connection, which no client takes for the end of an answer."""
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        return
    connection = transport.get_extra_info("socket")
    if connection:
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # Before the transport does in the same turn, which on Windows shuts it down first and so
        # ends it as usual. Only the private socket can be closed.
        asyncio.get_running_loop().call_soon(connection._sock.close)
    transport.abort()
