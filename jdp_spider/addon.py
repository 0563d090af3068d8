"""The add-on: derives Scrapy's and scrapy-playwright's settings from the project's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.settings import default_settings

from jdp_spider.browser.launch import OTHERS, find_browser, launch_options, other_browsers
from jdp_spider.config import credentials
from jdp_spider.config.sources import check_encrypted, load_config
from jdp_spider.supervision import read_password

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from jdp_spider.config.options import Config


def derived_from(config: Config) -> dict[str, Any]:
    """Return the settings that follow from the values alone, without a look at the computer."""
    return {
        "CONCURRENT_REQUESTS": config.contexts,
        "CONCURRENT_REQUESTS_PER_DOMAIN": config.contexts,
        "DOWNLOAD_TIMEOUT": config.vehicle_timeout,
        "RETRY_TIMES": config.retries,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": config.page_timeout * 1000,
    }


class DerivedSettings:
    """Sets what follows from the project's settings; `-s` on the command line still wins."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Derive the settings. Raise ConfigError or BrowserNotFound before anything starts."""
        # Before starting anything that would inherit it.
        credentials.collect(read_password)
        config = load_config(settings)
        check_encrypted(config)
        browser = find_browser(config.browser, headless=config.headless)
        # Only the one that was chosen, if any was.
        others = [] if config.browser else other_browsers(browser, headless=config.headless)
        scheme = urlsplit(config.base_url).scheme
        derived = {
            **derived_from(config),
            # The one scheme in use: each has a handler, and so a browser, of its own. No address
            # that a site gives may lead to a file of this computer, or to another service.
            "DOWNLOAD_HANDLERS": {
                **dict.fromkeys(default_settings.DOWNLOAD_HANDLERS_BASE),
                scheme: "jdp_spider.browser.handler.DownloadHandler",
            },
            "PLAYWRIGHT_LAUNCH_OPTIONS": {
                **launch_options(
                    browser,
                    headless=config.headless,
                    block_images=config.block_resources,
                    proxy=config.proxy,
                ),
                OTHERS: others,
            },
        }
        for name, value in derived.items():
            # It may have been given as auto.
            is_found = name == "CONCURRENT_REQUESTS" and config.finds_contexts
            settings.set(name, value, "cmdline" if is_found else "addon")
