"""How many requests the site serves at a time, and what becomes of more: `--serves`."""

from __future__ import annotations

import asyncio
import time
from collections import deque

KINDS = ("vehicle", "report")
"""Of requests; all others are always served."""
RATE_S = 10.0


class Capacity:
    """The requests being served, under one of options.SERVES."""

    def __init__(self, serves: str) -> None:
        self._kind, _, number = serves.partition(":")
        self._most = int(number or 1)
        self._places = asyncio.Semaphore(self._most)
        self._active = 0
        self._changed = asyncio.Event()
        self._served: deque[float] = deque()
        """When the last requests were served."""
        self.refused = 0

    def refuses(self, kind: str) -> bool:
        """Return True if one more request of this kind is refused."""
        if kind not in KINDS or self._kind not in ("refuses", "rate"):
            return False
        if self._kind == "rate":
            is_one_too_many = self._is_too_soon()
        else:
            is_one_too_many = self._active >= self._most
        self.refused += is_one_too_many
        return is_one_too_many

    @property
    def says_when(self) -> bool:
        """True if it says when to come again what it refuses."""
        return self._kind != "rate"

    def _is_too_soon(self) -> bool:
        now = time.monotonic()
        while self._served and now - self._served[0] > RATE_S:
            self._served.popleft()
        if len(self._served) >= self._most:
            return True
        self._served.append(now)
        return False

    async def serve(self, kind: str, seconds: float) -> None:
        """Return when a request is served that takes so many seconds alone at the site."""
        if kind not in KINDS:
            await asyncio.sleep(seconds)
            return
        self._change(+1)
        try:
            if self._kind == "slower":
                await self._share(seconds)
            elif self._kind == "one" or (self._kind == "reports" and kind == "report"):
                async with self._places:
                    await asyncio.sleep(seconds)
            else:
                await asyncio.sleep(seconds)
        finally:
            self._change(-1)

    async def _share(self, work: float) -> None:
        loop = asyncio.get_running_loop()
        while work > 0:
            speed, began, changed = min(1.0, self._most / self._active), loop.time(), self._changed
            try:
                await asyncio.wait_for(changed.wait(), work / speed)
            except asyncio.TimeoutError:
                return
            work -= speed * (loop.time() - began)

    def _change(self, by: int) -> None:
        self._active += by
        self._changed.set()
        self._changed = asyncio.Event()
