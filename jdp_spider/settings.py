"""Scrapy's settings. The project's own ones are in config/options.py and docs/settings.md."""

from __future__ import annotations

from scrapy.settings import default_settings

from jdp_spider.config.sources import project_settings
from jdp_spider.items import EXPORTED

BOT_NAME = "jdp_spider"
SPIDER_MODULES = ["jdp_spider.spiders"]
NEWSPIDER_MODULE = "jdp_spider.spiders"
COMMANDS_MODULE = "jdp_spider.commands"

# What follows from the own settings: contexts, time limits, retries, the browser.
ADDONS = {"jdp_spider.addon.DerivedSettings": 0}

DOWNLOADER_MIDDLEWARES = {
    "jdp_spider.middlewares.DeduplicateMiddleware": 100,
    # Next to the downloader: it takes the context last, and gives it back first.
    "jdp_spider.middlewares.SessionMiddleware": 950,
}
ITEM_PIPELINES = {"jdp_spider.pipelines.SavePdfPipeline": 300}
EXTENSIONS = {
    "jdp_spider.extensions.KeepAwake": 0,
    "jdp_spider.extensions.KeepLastRun": 0,
    "jdp_spider.extensions.ParentsWord": 0,
    "jdp_spider.extensions.Progress": 0,
    "jdp_spider.extensions.RunLog": 0,
    "jdp_spider.extensions.RunReport": 0,
    "jdp_spider.extensions.StopFile": 0,
    "jdp_spider.extensions.Watchdog": 0,
    # The progress line says more.
    "scrapy.extensions.logstats.LogStats": None,
    # Its file is written in place, and nothing here keeps state in it.
    "scrapy.extensions.spiderstate.SpiderState": None,
}
# For `scrapy check`, which developers run.
SPIDER_CONTRACTS = {"jdp_spider.contracts.WithReport": 10}
STATS_CLASS = "jdp_spider.extensions.run_report.MetricsReport"

# JOBDIR names the job and its folder. What is still to do is the inventory less what is saved:
# Scrapy's own queue on disk loses requests when a run is killed, and repeats them after a stop.
SCHEDULER = "jdp_spider.scheduler.MemoryScheduler"
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

PLAYWRIGHT_BROWSER_TYPE = "chromium"
PLAYWRIGHT_BROWSER_PROVIDER = "jdp_spider.browser.provider.BrowserProvider"
# The browser sends its own headers and the session's cookies.
PLAYWRIGHT_PROCESS_REQUEST_HEADERS = None

RETRY_EXCEPTIONS = [
    "jdp_spider.pages.errors.SiteError",
    "jdp_spider.pdf.errors.BookoutRejected",
    "playwright.async_api.Error",
    "scrapy.exceptions.DownloadTimeoutError",
]
# The spider itself logs which vehicle failed, and why.
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"

# Scrapy would drop a longer address without telling the spider: the vehicle would be missing from
# the outcomes, and its place in the limit lost.
URLLENGTH_LIMIT = 0

# One site, one account: no delay beyond the number of contexts, no cookies of Scrapy's own.
DOWNLOAD_DELAY = 0
AUTOTHROTTLE_ENABLED = False
COOKIES_ENABLED = False
ROBOTSTXT_OBEY = False

FEED_EXPORT_ENCODING = "utf-8"
FEED_EXPORTERS = {"csv": "jdp_spider.exporters.CsvForExcel"}
FEED_EXPORT_FIELDS = list(EXPORTED)

# Both open a port and are on by default.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# Scrapy also loads components that are switched off: 11 MB (measured).
_never_used = {
    "scrapy.extensions.telnet.TelnetConsole",
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
}


def _used(components: dict[str, int]) -> dict[str, int]:
    return {name: order for name, order in components.items() if name not in _never_used}


EXTENSIONS_BASE = _used(default_settings.EXTENSIONS_BASE)
DOWNLOADER_MIDDLEWARES_BASE = _used(default_settings.DOWNLOADER_MIDDLEWARES_BASE)

LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s: %(message)s"
LOG_DATEFORMAT = "%H:%M:%S"
# Else Scrapy colours a terminal's lines wherever colorlog happens to be installed.
LOG_COLOR = False

globals().update(project_settings())
