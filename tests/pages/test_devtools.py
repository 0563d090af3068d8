from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from jdp_spider.pages.devtools import without_cache
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.browser


def test_nothing_comes_from_the_cache_meanwhile() -> None:
    asked: list[str] = []

    async def report(request: web.Request) -> web.Response:
        asked.append(request.path)
        headers = {"Cache-Control": "private, max-age=3600"}
        return web.Response(
            text=f"<p>Report {len(asked)}", content_type="text/html", headers=headers
        )

    async def run(browser: Browser) -> list[str]:
        application = web.Application()
        application.router.add_get("/report", report)
        server = TestServer(application)
        await server.start_server()
        page = await browser.new_page()

        async def shown() -> str:
            await page.goto("about:blank")
            await page.goto(str(server.make_url("/report")))
            return await page.inner_text("p")

        try:
            texts = [await shown(), await shown()]
            async with without_cache(page):
                texts.append(await shown())
            return [*texts, await shown()]
        finally:
            await page.close()
            await server.close()

    assert lasting_browser.run(run) == ["Report 1", "Report 1", "Report 2", "Report 2"]
