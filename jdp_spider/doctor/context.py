"""The checks' shared knowledge of the site and of each other, and their view of a page."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.doctor.findings import Finding, missing, shown
from jdp_spider.pages.blocking import block
from jdp_spider.pages.closing import close
from jdp_spider.pages.navigation import go_to
from jdp_spider.pages.page import SitePage
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playwright.async_api import BrowserContext, Page
    from scrapy.settings import Settings

    from jdp_spider.config.options import Config
    from jdp_spider.doctor.recorder import Recorder
    from jdp_spider.doctor.request import Repair
    from jdp_spider.inventory import Vehicle
    from jdp_spider.job.events import EventLog
    from jdp_spider.pages.errors import UnknownPage
    from jdp_spider.pages.login import Login
    from jdp_spider.pages.rows import Row
    from jdp_spider.pages.site import Site
    from jdp_spider.session.account import Account

_GRACE_S = 10.0
"""How long an element may take to appear on a loaded page."""


@dataclass
class DoctorContext:
    """One run of the doctor: what was asked for, and the results that later checks need."""

    settings: Settings
    say: Callable[[str], None]
    """Takes the lines for the user."""
    reference: str = ""
    """The vehicle to look at; empty: the first of the grid."""
    with_report: bool = True
    repair: Repair | None = None
    """Asked for by `--repair`: then the site is gone through once, and repaired on the way."""
    events: EventLog | None = None
    """Asked for by `--events`: takes what is printed, for other programs."""
    recorder: Recorder | None = None
    """Asked for by `--record`."""
    repaired: Site | None = None
    """The site as a repair has found it."""
    step: str = ""
    """Of the repair."""
    show: Callable[[str], None] = lambda _: None
    """Takes the line that says what is waited for; each replaces the one before."""
    looks_for: str = ""
    """The names that the page is searched for at the moment."""

    at_end: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    """What to release at the end: the account's lock, the browser."""
    limit: float = 60.0
    """Seconds that one check may take; the limit of a vehicle once the settings are known."""
    selectors: Mapping[str, str] = field(default_factory=dict)
    """The contents of selectors.toml."""
    config: Config = field(init=False)
    account: Account = field(init=False)
    context: BrowserContext = field(init=False)
    page: Page = field(init=False)
    cookies: list[dict[str, Any]] = field(default_factory=list, repr=False)
    """The session's; before the login those of a run that could not log out."""
    maybe_live: bool = False
    """True if there may be a session to log out."""
    login: Login | None = None
    unknown: UnknownPage | None = None
    """The page after the login, if it is not known."""
    is_inside: bool = False
    """True after login and licence: to be at their address again means to be sent back."""
    has_lost_session: bool = False
    vehicles: list[Vehicle] | None = None
    """The exported inventory; None if the export failed."""
    rows: list[Row] = field(default_factory=list)
    """Page one of the grid."""
    second_rows: list[Row] = field(default_factory=list)
    """Page two, where there is one."""
    tied: list[tuple[Row, Vehicle]] = field(default_factory=list)
    """The rows that are vehicles of the export, with these."""
    vehicle: Vehicle | None = None
    row: Row | None = None
    """The row of `vehicle`; None until it is found."""
    searched: bool = False
    """True if a search of this doctor may still filter the session's grid."""
    answers: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds that a page of each kind took, and the bookout."""

    @property
    def site(self) -> Site:
        """Return the site of the settings, or as a repair has found it."""
        return self.repaired or self.config.site

    def as_page(self, name: str = "") -> SitePage:
        """Return the open page as the site's page that messages call `name`."""
        return SitePage(self.page, self.site, name)

    def report(self, check: str, finding: Finding, kind: str = "check", **more: Any) -> None:
        """Print what a check has found, and note it as an event of this kind."""
        self.say(shown(check, finding))
        text = "; ".join(line.strip() for line in finding.lines)
        self.log_event(kind, text, check=check, mark=finding.mark, advice=finding.advice, **more)

    def log_event(self, kind: str, text: str, **more: Any) -> None:
        """Note an event, if events are asked for. `text` and `more` have no secrets."""
        if self.events is not None:
            self.events.write(kind, text, more=more)

    @property
    def at_login(self) -> bool:
        """True if the page is at the address of login and licence."""
        return self.site.is_login(self.page.url)

    async def has_left_login(self) -> bool:
        """Wait for the page to leave the address of login and licence. Return True if it does."""
        limit_ms = self._grace_s * 1000
        with contextlib.suppress(PlaywrightTimeout):
            await self.page.wait_for_url(
                lambda url: not self.site.is_login(url), wait_until="commit", timeout=limit_ms
            )
        return not self.at_login

    async def fresh_page(self, *, blocked: bool = False) -> None:
        """Open a new page, as each vehicle does; `blocked`: without pictures."""
        before = self.page
        self.page = await self.context.new_page()
        await close(before)
        await block(self.page, assets=blocked)

    async def go_to(self, url: str, what: str) -> None:
        """Open an address. Raise as `pages.navigation.go_to`."""
        await go_to(self.page, self.site, url, what)

    async def any_comes_up(self, *names: str) -> bool:
        """Return True if an element for any of these names appears on the page.

        As in a crawl, the page is loaded without what other hosts never send.
        """
        self.looks_for = " or ".join(names)
        try:
            page, seconds = self.as_page(), self._grace_s
            if await page.appears(seconds / 2, *names):
                return True
            seconds = seconds if await page.load_without_others() else seconds / 2
            return await page.appears(seconds, *names)
        finally:
            self.looks_for = ""

    async def lacking(self, *names: str) -> list[str]:
        """Return the names for which no element appears on the page."""
        if not await self.any_comes_up(*names):
            return list(names)
        page, seconds = self.as_page(), self._grace_s
        found = await asyncio.gather(*(page.appears(seconds, name) for name in names))
        return [name for name, there in zip(names, found, strict=True) if not there]

    @property
    def _grace_s(self) -> float:
        return min(_GRACE_S, self.site.page_timeout)

    def missing(self, *names: str, more: tuple[str, ...] = ()) -> Finding:
        """Return the failed finding that the page shows no element for these names."""
        return missing(self.site, names, self.selectors, *more)

    async def title(self) -> str:
        """Return a line that identifies the page."""
        return f"The page is titled '{to_ascii(redact(await self.page.title()))[:60]}'"
