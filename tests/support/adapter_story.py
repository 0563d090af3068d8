"""`python -m tests.support.adapter_story [threaded]`: all that PlaywrightAdapter does, once."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from scrapy.utils.reactor import install_reactor

OPTIONS = {"storage_state": {"cookies": [], "origins": []}, "service_workers": "block"}


async def story(adapter: Any) -> None:
    """Open, close, lose and restart. Raises AssertionError."""
    lost: list[bool] = []
    adapter.on_browser_lost = lambda: lost.append(True)

    page = await adapter.open_page("one", OPTIONS)
    context = page.context
    # The pool knows a context by its identity.
    assert (await adapter.open_page("two", OPTIONS)).context is not context
    assert adapter.context_names == {"one", "two"}

    await adapter.close_page(page)
    assert page.is_closed()
    assert (await adapter.open_page("one", OPTIONS)).context is context
    await adapter.close_context("one")
    await adapter.close_context("never opened")
    assert adapter.context_names == {"two"}

    assert await adapter.driver_answers()
    await adapter.close_browser()
    await adapter.restart_driver()
    assert (lost, adapter.context_names) == ([], set())

    page = await adapter.open_page("one", OPTIONS)
    devtools = await page.context.browser.new_browser_cdp_session()
    ending = asyncio.ensure_future(devtools.send("Browser.close"))
    await asyncio.wait([ending], timeout=5.0)
    for _ in range(100):
        if lost and page.is_closed() and not hasattr(adapter, "browser"):
            break
        await asyncio.sleep(0.05)
    ending.cancel()
    assert lost
    # It launches the next one.
    assert not (await adapter.open_page("one", OPTIONS)).is_closed()


async def main(*, threaded: bool) -> None:
    """Run the story in the loop of the browser."""
    from scrapy import signals
    from scrapy.utils.test import get_crawler

    from jdp_spider.browser.adapter import PlaywrightAdapter
    from jdp_spider.browser.launch import find_browser, launch_options

    options = launch_options(find_browser(), headless=True, block_images=False)
    crawler = get_crawler(
        settings_dict={
            "PLAYWRIGHT_BROWSER_PROVIDER": "jdp_spider.browser.provider.BrowserProvider",
            "PLAYWRIGHT_LAUNCH_OPTIONS": options,
            "_PLAYWRIGHT_THREADED_LOOP": threaded,
        }
    )
    crawler._apply_settings()
    crawler.spider = crawler.spidercls("test")
    adapter = PlaywrightAdapter(crawler)
    await crawler.signals.send_catch_log_async(signals.engine_started)
    await adapter.in_browser_loop(story(adapter))
    await adapter.close()
    sys.stdout.write("complete\n")


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    asyncio.get_event_loop().run_until_complete(main(threaded="threaded" in sys.argv))
