"""The job with Crawlee's PlaywrightCrawler, as its guides would have it.

There is one session in the pool, so one login serves all pages; it is made before the first
navigation. One request walks over the inventory; each vehicle is a request of its own in the queue,
and Crawlee tries it again where it fails. The report is the download that a headless browser makes
of the tab with the PDF, so it is made once. What is in the PDF is not looked at.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crawlee import ConcurrencySettings, Request
from crawlee.crawlers import (
    PlaywrightCrawler,
    PlaywrightCrawlingContext,
    PlaywrightPreNavCrawlingContext,
)
from crawlee.router import Router
from crawlee.sessions import SessionPool

from benchmarks.baselines import INVENTORY, LOGIN, Task, read_task

if TYPE_CHECKING:
    from playwright.async_api import Page

REPORT_S = 60.0
BOOKOUT = "a[id^='bookOutButton_']"
NEXT_PAGE = "a[onclick*=\"'PBN'\"]"
ROWS = """links => links.map(
    link => [link.href, link.closest('tr').querySelector('td.stock').textContent])"""
MOVED = "before => document.querySelector(\"a[id^='bookOutButton_']\").id !== before"


def make_crawler(task: Task) -> PlaywrightCrawler:
    """Return the crawler with exactly as many pages at a time as the task says."""
    at_a_time = ConcurrencySettings(task.workers, task.workers, desired_concurrency=task.workers)
    one_session = SessionPool(
        max_pool_size=1,
        create_session_settings={
            "max_age": timedelta(hours=12),
            "max_usage_count": 1_000_000,
            "max_error_score": 100,
        },
    )
    return PlaywrightCrawler(
        headless=True,
        # One's own account needs no disguise, and it costs CPU time.
        fingerprint_generator=None,
        # Without its sandbox, as is Playwright's own default: root cannot have it.
        browser_launch_options={"executable_path": task.browser, "chromium_sandbox": False},
        concurrency_settings=at_a_time,
        session_pool=one_session,
        max_session_rotations=0,
        # The walk over the inventory is one request.
        request_handler_timeout=timedelta(minutes=30),
    )


async def log_in(page: Page, task: Task) -> None:
    await page.goto(task.site + LOGIN)
    await page.fill("#usernameInput", task.user)
    await page.fill("#passwordInput", task.password)
    await page.click("#loginButton")
    await page.wait_for_selector("#btnLogout")
    await page.wait_for_load_state()
    licence = page.locator("#agreementCheckBox")
    if await licence.is_visible():
        # Not check(), which would look at the box again: the page is gone by then.
        await licence.click()
        await licence.wait_for(state="detached")


async def next_page(page: Page) -> bool:
    """Turn to the next page of the inventory. Return False on the last one."""
    if not await page.locator(NEXT_PAGE).count():
        return False
    before = await page.locator(BOOKOUT).first.get_attribute("id")
    await page.click(NEXT_PAGE)
    await page.wait_for_function(MOVED, arg=before)
    return True


async def make_report(page: Page) -> bytes:
    """Return the PDF that "Create PDF" opens in a tab; a headless browser downloads it instead."""
    await page.click("button.reportButton:not(.requiresVehicle)")
    limit_ms = REPORT_S * 1000
    async with (
        page.expect_popup(timeout=limit_ms) as opening,
        page.expect_download(timeout=limit_ms) as coming,
    ):
        await page.click("button:text-is('Create PDF')")
    download = await coming.value
    pdf = Path(await download.path()).read_bytes()
    await download.delete()
    await (await opening.value).close()
    return pdf


async def main(task: Task) -> None:
    crawler = make_crawler(task)
    router = Router[PlaywrightCrawlingContext]()
    crawler.router = router

    @crawler.pre_navigation_hook
    async def prepare(context: PlaywrightPreNavCrawlingContext) -> None:
        if context.request.label == "vehicle":
            await context.block_requests()
        else:
            await log_in(context.page, task)

    @router.default_handler
    async def walk(context: PlaywrightCrawlingContext) -> None:
        while True:
            rows = await context.page.eval_on_selector_all(BOOKOUT, ROWS)
            # Not context.add_requests, which holds them back until the walk is over.
            await crawler.add_requests(
                [
                    Request.from_url(url, label="vehicle", user_data={"reference": reference})
                    for url, reference in rows
                ]
            )
            if not await next_page(context.page):
                break

    @router.handler("vehicle")
    async def vehicle(context: PlaywrightCrawlingContext) -> None:
        reference = str(context.request.user_data["reference"])
        task.save(reference, await make_report(context.page))

    await crawler.run([task.site + INVENTORY])


if __name__ == "__main__":
    asyncio.run(main(read_task("crawlee", __doc__)))
