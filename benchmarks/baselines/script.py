"""The usual asynchronous Playwright script: one login, N tabs, a semaphore, sleeps, a lock.

Written after what is known of the downloader that was used before: every vehicle begins on the
inventory page with a search for its reference, and its report is made twice, once for the tab that
"Create PDF" opens and once for the script. What is in the PDF is not looked at.
"""

from __future__ import annotations

import asyncio
import csv
import io
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import Error, async_playwright

from benchmarks.baselines import INVENTORY, LOGIN, Task, read_task

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

logger = logging.getLogger("script")

TRIES = 3
BOOKOUT = "a[id^='bookOutButton_'][title='Bookout']"
CLEAR_FILTER = "a.dxgvFilterBarLink[onclick*='ClearFilter']"


async def rest(seconds: float) -> None:
    """Give the page time, since there is no known condition to wait for."""
    await asyncio.sleep(seconds)


async def log_in(page: Page, task: Task) -> None:
    await page.goto(task.site + LOGIN)
    await page.fill("#usernameInput", task.user)
    await page.fill("#passwordInput", task.password)
    await page.click("#loginButton")
    await page.wait_for_load_state("networkidle")
    await rest(2)
    if await page.is_visible("#agreementCheckBox"):
        await page.click("#agreementCheckBox")
        await page.wait_for_load_state("networkidle")
        await rest(2)


async def read_references(page: Page, task: Task) -> list[str]:
    """Export the inventory and return its reference numbers."""
    await page.goto(task.site + INVENTORY)
    await page.wait_for_load_state("networkidle")
    await rest(2)
    if await page.is_visible(CLEAR_FILTER):
        await page.click(CLEAR_FILTER)
        await rest(3)
    await page.hover("#primaryMenu_DXI4_T")
    await rest(1)
    await page.hover("#primaryMenu_DXI4i1_T")
    await rest(1)
    async with page.expect_download() as exporting:
        await page.click("#primaryMenu_DXI4i1i2_")
    path = await (await exporting.value).path()
    text = Path(path).read_text(encoding="utf-8-sig")
    return [row["Reference Number"] for row in csv.DictReader(io.StringIO(text))]


async def open_vehicle(page: Page, reference: str, task: Task) -> None:
    await page.goto(task.site + INVENTORY)
    await page.wait_for_load_state("networkidle")
    await rest(2)
    await page.fill("#StockNumberInput", reference)
    await page.evaluate("vehicleGridViewFilterChanged('StockNumber')")
    await page.wait_for_load_state("networkidle")
    await rest(3)
    await page.locator(BOOKOUT).first.click()
    await page.wait_for_selector("button.reportButton:not(.requiresVehicle)")
    await rest(2)


async def fetch_report(page: Page) -> bytes:
    """Let the tab make the bookout, then fetch its address again to get the PDF."""
    await page.click("button.reportButton:not(.requiresVehicle)")
    await rest(1)
    async with (
        page.context.expect_event("response", lambda r: "GetPdfReport" in r.url) as made,
        page.expect_popup() as opening,
    ):
        await page.click("button:text-is('Create PDF')")
    # A headless browser without a viewer leaves the tab's own address empty.
    address = (await made.value).url
    tab = await opening.value
    await rest(2)
    answer = await page.context.request.get(address)
    pdf = await answer.body()
    await tab.close()
    await rest(1)
    return pdf


async def download(
    context: BrowserContext, reference: str, task: Task, one_report: asyncio.Lock
) -> None:
    page = await context.new_page()
    try:
        await open_vehicle(page, reference, task)
        # Two tabs that make a bookout at the same time get each other's.
        async with one_report:
            pdf = await fetch_report(page)
        task.save(reference, pdf)
        logger.info("%s: saved", reference)
    finally:
        await page.close()


async def work(
    context: BrowserContext,
    reference: str,
    task: Task,
    tabs: asyncio.Semaphore,
    one_report: asyncio.Lock,
) -> None:
    async with tabs:
        for attempt in range(1, TRIES + 1):
            try:
                await download(context, reference, task, one_report)
                break
            except Error as error:
                logger.warning("%s: try %d failed: %s", reference, attempt, error.message[:100])
                await rest(3)


async def main(task: Task) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=task.browser)
        context = await browser.new_context()
        page = await context.new_page()
        await log_in(page, task)
        references = await read_references(page, task)
        tabs, one_report = asyncio.Semaphore(task.workers), asyncio.Lock()
        await asyncio.gather(*(work(context, r, task, tabs, one_report) for r in references))
        await page.click("#btnLogout")
        await page.wait_for_selector("#usernameInput")
        await browser.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s: %(message)s")
    asyncio.run(main(read_task("script", __doc__)))
