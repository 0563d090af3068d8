"""A client without a browser: what the site itself allows, with next to no cost of its own.

It knows the site's forms and addresses by heart, checks nothing and could not do the real job: the
others are measured against it. Vehicles begin while the pages of the inventory are still read.
"""

from __future__ import annotations

import asyncio
import re

from aiohttp import ClientSession, CookieJar, TCPConnector

from benchmarks.baselines import INVENTORY, LOGIN, Task, read_task

ROW = re.compile(r'id="bookOutButton_(\d+)".*?<td class="dxgv stock">([^<]+)</td>', re.DOTALL)
NEXT_PAGE = "GVPagerOnClick('vehicleGridView','PBN')"

Queue = asyncio.Queue["tuple[str, str] | None"]
"""Vehicles to do, each with its id and its reference; None when there are no more."""


class Floor:
    """One session at the site, with several requests at a time."""

    def __init__(self, task: Task, client: ClientSession) -> None:
        self._task = task
        self._client = client

    async def run(self) -> None:
        """Log in, do all vehicles and log out. Raise ClientError if a request fails."""
        await self._log_in()
        inventory = await self._ask("GET", INVENTORY)
        await self._ask("POST", "vehicle/Export", columns="all", format="csv")
        vehicles: Queue = asyncio.Queue()
        workers = [self._work(vehicles) for _ in range(self._task.workers)]
        await asyncio.gather(self._walk(inventory, vehicles), *workers)
        await self._ask("GET", "Home/Logout")

    async def _log_in(self) -> None:
        await self._ask("GET", LOGIN)
        await self._ask("POST", LOGIN, UserName=self._task.user, Password=self._task.password)
        await self._ask("POST", LOGIN, Agreement="true")

    async def _walk(self, page: bytes, vehicles: Queue) -> None:
        while True:
            for found in ROW.findall(page.decode()):
                vehicles.put_nowait(found)
            if NEXT_PAGE not in page.decode():
                break
            page = await self._ask("POST", "vehicle/GridCallback", action="page", value="PBN")
        for _ in range(self._task.workers):
            vehicles.put_nowait(None)

    async def _work(self, vehicles: Queue) -> None:
        while (vehicle := await vehicles.get()) is not None:
            number, reference = vehicle
            await self._ask("GET", f"vehicle/BookOut/{number}")
            report = f"Report/GetPdfReport?vehicleId={number}&reports=bookout"
            self._task.save(reference, await self._ask("GET", report))

    async def _ask(self, method: str, path: str, **fields: str) -> bytes:
        address = self._task.site + path
        async with self._client.request(method, address, data=fields or None) as answer:
            answer.raise_for_status()
            return await answer.read()


async def main(task: Task) -> None:
    # The demo site has a number for a name: cookies for such are refused by default.
    jar = CookieJar(unsafe=True)
    async with ClientSession(cookie_jar=jar, connector=TCPConnector(limit=0)) as client:
        await Floor(task, client).run()


if __name__ == "__main__":
    asyncio.run(main(read_task("floor", __doc__)))
