"""A demo site in a thread of its own, for tests."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jdp_spider.demo.site import DemoSite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp_spider.demo.options import DemoOptions
    from jdp_spider.demo.replay.site import ReplaySite


@contextmanager
def running_demo(options: DemoOptions | None = None) -> Iterator[DemoSite]:
    """Run a site during the block. Its log can be read at any time, also afterwards.

    Raise OSError if the port is in use.
    """
    site = DemoSite(options)
    with running_site(site):
        yield site


@contextmanager
def running_site(site: DemoSite | ReplaySite) -> Iterator[None]:
    """Run a site during the block. Raise OSError if the port is in use."""
    runner = _SiteThread(site)
    runner.start()
    try:
        runner.wait_until_ready()
        yield
    finally:
        runner.stop()


class _SiteThread(threading.Thread):
    def __init__(self, site: DemoSite | ReplaySite) -> None:
        super().__init__(name="demo-site", daemon=True)
        self._site = site
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - raised in the waiting thread
            self._error = error
        finally:
            self._ready.set()

    def wait_until_ready(self) -> None:
        self._ready.wait()
        if self._error:
            raise self._error

    def stop(self) -> None:
        if self._loop and self._stopping and self.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        await self._site.start()
        self._ready.set()
        try:
            await self._stopping.wait()
        finally:
            await self._site.stop()
