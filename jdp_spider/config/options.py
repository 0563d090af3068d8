"""The project's own settings: what each one means, and its value in a run.

Each may come from `-s NAME=VALUE`, the environment or `.env`, in that order.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jdp_spider.config import validators as parse
from jdp_spider.pages.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jdp_spider.config.proxies import Proxy

SECRETS = frozenset({"JD_PASS", "JDP_PROXY"})
"""Settings whose values may appear nowhere, and that no other process inherits."""
PRIVATE = SECRETS | {"JD_USER", "JDP_ON_END"}
"""Settings that appear in no file of a run: such files are sent to others."""


@dataclass(frozen=True)
class Option:
    """A setting, and the field of Config that holds its value."""

    name: str
    default: str
    parse: Callable[[str], Any]
    """Return the value of a text. Raises ValueError, which says what the text must be."""
    help: str
    field: str = ""


def _option(name: str, default: str, parse: Callable[[str], Any], text: str) -> Any:
    option = Option(name, default, parse, text)
    return field(metadata={"option": option}, repr=name not in SECRETS)


@dataclass(frozen=True)
class Config:
    """The checked values. A test compares the table in docs/settings.md with it."""

    user: str = _option(
        "JD_USER",
        "",
        parse.credential,
        "User name of your Values Online account. Used by the login.",
    )
    password: str = _option(
        "JD_PASS",
        "",
        parse.credential,
        "Its password. Never logged or stored. Used by the login.",
    )
    base_url: str = _option(
        "JD_BASE_URL",
        parse.REAL_SITE,
        parse.site,
        "Address of the site. Used by every request.",
    )
    login_hosts: tuple[str, ...] = _option(
        "JDP_LOGIN_HOSTS",
        "",
        parse.hosts,
        "Further hosts, separated by commas, that may have login, licence and logout. At any other "
        "origin nothing is typed or clicked, and the run ends. Used by the pages.",
    )
    http_hosts: tuple[str, ...] = _option(
        "JDP_HTTP_HOSTS",
        "",
        parse.hosts,
        "Hosts, separated by commas, to which the password may be sent by http, where anybody in "
        "between can read it. Used by the check of JD_BASE_URL.",
    )
    headless: bool = _option(
        "HEADLESS",
        "true",
        parse.flag,
        "false shows the browser's window. Used by the browser's launch.",
    )
    wanted_contexts: int | str = _option(
        "CONCURRENT_CONTEXTS",
        "5",
        parse.number_or_auto(1, 20),
        "Browser contexts, and so vehicles in flight at a time, 1 to 20: 3 careful, 5 normal, "
        "7 bold; auto finds out how many the site can handle. Sets CONCURRENT_REQUESTS; "
        "-s CONCURRENT_REQUESTS=n overrides it for both.",
    )
    most_contexts: int = _option(
        "JDP_MOST_CONTEXTS",
        "10",
        parse.whole_number(1, 20),
        "With CONCURRENT_CONTEXTS=auto: the most vehicles in flight at a time, 1 to 20. Sets "
        "CONCURRENT_REQUESTS.",
    )
    max_downloads: int | None = _option(
        "MAX_DOWNLOADS",
        "",
        parse.limit,
        "New downloads in this run; empty, 0 or 9999: all. Used by the spider.",
    )
    block_resources: bool = _option(
        "BLOCK_RESOURCES",
        "true",
        parse.flag,
        "Pages of vehicles load no images, fonts and media. Used by the pages.",
    )
    download_folder: Path = _option(
        "DOWNLOAD_FOLDER",
        "downloads",
        parse.folder,
        "Folder for the folders of the runs. Used by the job.",
    )
    state_folder: Path | None = _option(
        "JDP_STATE_FOLDER",
        "",
        parse.state_folder,
        "Folder for the account's lock and for a session that was not logged out; empty: the "
        "system's usual place. Computers that share it continue each other's sessions. Used by "
        "the account.",
    )
    browser: Path | None = _option(
        "JD_BROWSER",
        "",
        parse.browser,
        "Full path of the browser; empty: the program looks for one. Used by the browser's launch.",
    )
    own_proxy: str = _option(
        "JDP_PROXY",
        "",
        parse.proxy,
        "Address of a proxy for this program alone, such as http://proxy.example:8080; "
        "none: no proxy at all; empty: the proxy of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and "
        "NO_PROXY, else the system's. Never logged or stored. Used by the browser's launch.",
    )
    page_timeout: float = _option(
        "JDP_PAGE_TIMEOUT",
        "60",
        parse.seconds(1, 3600),
        "Seconds a page may take. Used by the pages.",
    )
    report_timeout: float = _option(
        "JDP_REPORT_TIMEOUT",
        "120",
        parse.seconds(1, 3600),
        "Seconds the site may take to make a report. Used by the pages.",
    )
    most_report_mb: int = _option(
        "JDP_MOST_REPORT_MB",
        "50",
        parse.whole_number(1, 60),
        "MB that a report may have; a larger one is aborted and not requested again. Used by the "
        "pages.",
    )
    most_export_mb: int = _option(
        "JDP_MOST_EXPORT_MB",
        "100",
        parse.whole_number(1, 250),
        "MB that the exported inventory may have. Used by the pages.",
    )
    retries: int = _option(
        "JDP_RETRIES",
        "2",
        parse.whole_number(0, 10),
        "How often a failed vehicle is tried again. Sets RETRY_TIMES.",
    )
    login_waits: int = _option(
        "JDP_LOGIN_WAITS",
        "3",
        parse.whole_number(0, 100),
        "How often the login waits for the account's other live session to end. "
        "Used by the session.",
    )
    context_vehicles: int = _option(
        "JDP_CONTEXT_VEHICLES",
        "50",
        parse.whole_number(1, 100_000),
        "Vehicles that a browser context serves before a fresh one takes its place, so that memory "
        "stays flat. Used by the download handler.",
    )
    failures_in_a_row: int = _option(
        "JDP_FAILURES_IN_A_ROW",
        "5",
        parse.whole_number(2, 1000),
        "Vehicles that fail in a row because of the site or the browser before contexts are "
        "replaced; after as many again, the browser is restarted; after as many again, the run "
        "ends. Used by the recovery.",
    )
    recovery_pause: float = _option(
        "JDP_RECOVERY_PAUSE",
        "10",
        parse.seconds(0, 3600),
        "Seconds of the pause before contexts are replaced; before the browser is restarted it is "
        "three times as long. A vehicle that got another one's report waits half as long, then "
        "longer. Used by the recovery.",
    )
    outage_timeout: float = _option(
        "JDP_OUTAGE_TIMEOUT",
        "1800",
        parse.seconds(1, 86_400),
        "Seconds the site may be out of reach or down for maintenance before the run ends; at most "
        "two minutes if it has never answered. Used by the circuit breaker.",
    )
    direct_reports: bool = _option(
        "JDP_DIRECT_REPORTS",
        "off",
        parse.auto,
        "auto: learns from the first vehicles how a report's address is built, compares three "
        "reports that are made both ways, and then fetches the others directly, without their "
        "pages; off: never. Used by the spider.",
    )
    self_repair: bool = _option(
        "JDP_SELF_REPAIR",
        "off",
        parse.auto,
        "auto: a crawl that finds the site changed before its first report looks once for what was "
        "renamed, writes it to selectors.toml after one correct report, and continues; off: it "
        "ends. Used by the session.",
    )
    accept_unverified: bool = _option(
        "JDP_ACCEPT_UNVERIFIED",
        "false",
        parse.flag,
        "true also saves reports without any text (scanned), marked as unverified, because nothing "
        "tells whose they are. Used by the pages.",
    )
    strict: bool = _option(
        "JDP_STRICT",
        "false",
        parse.flag,
        "true: a vehicle without a bookout link counts as failed in every run, and the exit status "
        "is 3; false: it is not available, and no failure, once two complete runs at least 6 hours "
        "apart have found none. Used by the job.",
    )
    report_page: bool = _option(
        "JDP_REPORT_PAGE",
        "true",
        parse.flag,
        "true makes report.html at the end of a run, which takes some seconds; scrapy report makes "
        "it at any time. Used by the report.",
    )
    snapshots: int = _option(
        "JDP_SNAPSHOTS",
        "100",
        parse.whole_number(0, 1000),
        "Pictures of pages with a failure to keep per run, one of each vehicle; of the first three "
        "with the same reason the HTML too. 0: none. Used by the download handler.",
    )
    checkpoint_every: int = _option(
        "JDP_CHECKPOINT_EVERY",
        "20",
        parse.whole_number(1, 10_000),
        "Vehicles between two writings of tracking.json and checkpoint.json; a fiftieth of the "
        "inventory if that is more (each vehicle is in the journal at once). Used by the job.",
    )
    progress_interval: float = _option(
        "JDP_PROGRESS_INTERVAL",
        "60",
        parse.seconds(1, 3600),
        "Seconds between two progress lines; on a terminal they go only to run.log. Used by the "
        "progress extension.",
    )
    keep_awake: bool = _option(
        "JDP_KEEP_AWAKE",
        "true",
        parse.flag,
        "true keeps an idle computer from going to sleep during a run. Used by the keep-awake "
        "extension.",
    )

    on_end: str | tuple[str, ...] = _option(
        "JDP_ON_END",
        "",
        parse.command,
        "Command that is started when a run has ended and its report is written, for example to "
        "send an e-mail; no shell, at most 60 seconds. Its environment says how the run ended. "
        "none: no command. Used by the crawl and by the night.",
    )

    selectors: Mapping[str, str] = field(default_factory=dict)
    """The contents of selectors.toml."""
    proxy: Proxy | None = None
    """What the browser uses; None if the system's settings decide."""

    @property
    def secrets(self) -> list[str]:
        """What no log may contain."""
        return [self.password, *(self.proxy.secrets if self.proxy else [])]

    @property
    def finds_contexts(self) -> bool:
        """True if the run finds out how many vehicles at a time the site can handle."""
        return self.wanted_contexts == parse.AUTO

    @property
    def contexts(self) -> int:
        """The vehicles at work at once, at most."""
        return self.most_contexts if self.finds_contexts else int(self.wanted_contexts)

    @cached_property
    def site(self) -> Site:
        """The site as the page functions see it, one for all that is done with these settings."""
        return Site(
            self.base_url,
            self.page_timeout,
            self.report_timeout,
            self.login_hosts,
            self.http_hosts,
            self.most_report_mb * 1_000_000,
            self.most_export_mb * 1_000_000,
        ).with_changes(self.selectors)

    @property
    def vehicle_timeout(self) -> float:
        """Seconds that one attempt may take in all: two pages, a bookout and a margin."""
        return 2 * self.page_timeout + self.report_timeout + 30

    @property
    def stall_timeout(self) -> float:
        """Seconds without the end of any attempt after which the run counts as stuck."""
        return 2 * self.vehicle_timeout

    def shown(self) -> dict[str, str]:
        """Return each setting by name, as it would be typed in, without the account's."""
        fields = {name: each.field for name, each in OPTIONS.items() if name not in PRIVATE}
        return {name: _typed(getattr(self, field)) for name, field in fields.items()}


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)


OPTIONS: dict[str, Option] = {
    option.name: dataclasses.replace(option, field=spec.name)
    for spec in dataclasses.fields(Config)
    if (option := spec.metadata.get("option"))
}
"""Each of the project's settings by name, in the order of the documents."""
