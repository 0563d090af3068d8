"""The stream of what is the case, for as long as a tab is open."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from jdp_spider.dashboard import views
from jdp_spider.dashboard.guard import stream_headers
from jdp_spider.dashboard.state import state_of

if TYPE_CHECKING:
    from jdp_spider.dashboard.desk import Desk

_LOOK_S = 1.0
_REST_LOOK_S = 2.0
"""How often is looked while nothing is at work."""
_SILENT_LOOKS = 15
"""After so many looks without news something is sent, so that an end of the tab is noticed."""


class Stream:
    """Sends to each tab what has changed. Without a tab nothing is looked at."""

    def __init__(self, desk: Desk, ended: asyncio.Event) -> None:
        self._desk = desk
        self._ended = ended
        self._tabs: set[asyncio.Task[Any]] = set()

    def end(self) -> None:
        """Break off all streams."""
        for task in self._tabs:
            task.cancel()

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Send what is the case, and from then on what has changed."""
        response = web.StreamResponse(headers=stream_headers())
        await response.prepare(request)
        task = asyncio.current_task()
        assert task is not None
        self._tabs.add(task)
        try:
            await self._send_changes(response)
        except ConnectionError:
            pass
        finally:
            self._tabs.discard(task)
        return response

    async def _send_changes(self, response: web.StreamResponse) -> None:
        before: dict[str, Any] = {}
        silent = 0
        while not self._ended.is_set():
            now, pause = await self._look()
            news = {name: value for name, value in now.items() if before.get(name) != value}
            silent = 0 if news else silent + 1
            if news or silent >= _SILENT_LOOKS:
                silent = 0
                await response.write(f"data: {json.dumps(news)}\n\n".encode("ascii"))
            before = now
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._desk.changed.wait(), pause)

    async def _look(self) -> tuple[dict[str, Any], float]:
        """Return the page's part for this moment, and how long it may stay as it is."""
        return await asyncio.to_thread(self._look_in_thread)

    def _look_in_thread(self) -> tuple[dict[str, Any], float]:
        desk = self._desk
        facts = desk.facts()
        state = state_of(facts)
        form = desk.setup.form() if "account" in state.shows else None
        html = views.today(state, facts, desk.failures(state, facts), form)
        values = views.live_values(facts)
        is_resting = not values and state.name not in ("starting", "checking")
        title = f"{state.sentence.rstrip('.')} - Bookout reports"
        known = {"html": html, "values": values, "title": title, "accounts": self._accounts()}
        return known, _REST_LOOK_S if is_resting else _LOOK_S

    def _accounts(self) -> str:
        """Return the part with the accounts of a group; empty without a group."""
        group = self._desk.group
        if not group.is_there:
            return ""
        return views.accounts(group.look())
