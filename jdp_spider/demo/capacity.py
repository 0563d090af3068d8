"""How many requests the site serves at a time, and what becomes of more: `--serves`."""

from __future__ import annotations

import asyncio

KINDS = ("vehicle", "report")
"""Of requests; all others are always served."""


class Capacity:
    """The requests being served, under one of options.SERVES."""

    def __init__(self, serves: str) -> None:
        self._kind, _, number = serves.partition(":")
        self._most = int(number or 1)
        self._places = asyncio.Semaphore(self._most)
        self._active = 0
        self._changed = asyncio.Event()
        self.refused = 0

    def refuses(self, kind: str) -> bool:
        """Return True if one more request of this kind is refused."""
        is_one_too_many = kind in KINDS and self._active >= self._most
        if self._kind != "refuses" or not is_one_too_many:
            return False
        self.refused += 1
        return True

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
