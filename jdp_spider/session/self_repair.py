"""Repairs a crawl that finds the site changed, once and in the same session, if that is set."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from filelock import FileLock, Timeout

from jdp_spider.config.problems import ConfigError
from jdp_spider.config.selector_edit import SelectorEdit
from jdp_spider.config.selector_overrides import (
    FILE_NAME,
    check_has_place,
    read_selectors,
    selectors_path,
)
from jdp_spider.inventory_table import InventoryError
from jdp_spider.job.events import note
from jdp_spider.meta import PageTask
from jdp_spider.pages.errors import (
    ActiveSession,
    LoginRefused,
    PageChanged,
    ReportNotOpened,
    ServerError,
    UnknownPage,
    one_line,
)
from jdp_spider.pages.postponed import LoginPostponed
from jdp_spider.repair.run import repair
from jdp_spider.repair.walk import NotRepaired, Plan
from jdp_spider.session.control_page import SITE_FAILURES
from jdp_spider.utils.redaction import OwnText

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from scrapy.crawler import Crawler

    from jdp_spider.config.options import Config
    from jdp_spider.pages.site import Site
    from jdp_spider.repair.run import Repaired
    from jdp_spider.repair.scene import Event
    from jdp_spider.repair.walk import Change
    from jdp_spider.session.account import Account
    from jdp_spider.session.cookies import SessionCookies

    RunTask = Callable[[str, PageTask], Coroutine[Any, Any, Any]]

logger = logging.getLogger(__name__)

_LIMIT_S = 1800.0
_LOOK_S = 1.0
"""Between two tries to take the lock, which another account's crawl may hold for minutes."""


class Known(NamedTuple):
    """How the session's knowledge of the site is read and replaced."""

    get: Callable[[], Site]
    put: Callable[[Site], None]


class SelfRepair:
    """Repairs at most once in a run. It writes a change once that has led to a correct report."""

    def __init__(
        self,
        crawler: Crawler,
        config: Config,
        account: Account,
        cookies: SessionCookies,
        known: Known,
    ) -> None:
        self._crawler = crawler
        self._config = config
        self._account = account
        self._cookies = cookies
        self._known = known
        self._attempt: asyncio.Future[bool] | None = None
        self._untried: dict[str, Change] = {}
        self._edit = SelectorEdit(selectors_path())
        self.proposals = ""
        """Possible replacements for the elements that were not found, for the error."""

    async def wait(self) -> None:
        """Wait until no repair is in progress."""
        if self._attempt is not None and not self._attempt.done():
            await asyncio.wait([self._attempt])

    async def attempt(self, error: BaseException, run: RunTask, *, is_live: bool) -> bool:
        """Repair what has led to `error`, if that is wanted and was not tried before.

        Callers that come meanwhile share the result. Return True if the site is known again. Raise
        LoginRefused, LoginPostponed or ActiveSession if a login of the repair ends so.
        """
        if not self._config.self_repair or not may_be_repaired(error):
            return False
        if self._attempt is not None:
            is_shared = not self._attempt.done()
            return await asyncio.shield(self._attempt) if is_shared else False
        self._attempt = asyncio.ensure_future(self._repair(error, run, is_live=is_live))
        return await asyncio.shield(self._attempt)

    async def _repair(self, error: BaseException, run: RunTask, *, is_live: bool) -> bool:
        self._crawler.stats.inc_value("jdp/repair/attempt_count")
        logger.warning("The site has changed: repairing, which takes a few minutes")
        note(self._crawler, "repair_started", "The site has changed", outside=one_line(error))
        async with _one_at_a_time():
            site = self._read_again()
            plan = self._plan(site, is_live=is_live)
            task = PageTask(
                repair, (plan,), timeout=_LIMIT_S, reset_cookies=True, renews_cookies=True
            )
            try:
                done: Repaired = await run(site.base_url, task)
            except (LoginRefused, LoginPostponed, ActiveSession):
                raise
            except SITE_FAILURES as failure:
                self._failed(failure)
                return False
            if not done.changes and site == self._known.get():
                logger.warning("The repair found nothing that has changed: one report was read")
                return False
            self._known.put(site.with_changes(done.values))
            if done.was_sent:
                self._cookies.replace(done.cookies)
            self._write(done.changes)
            self._tell(done.changes)
            self._untried = done.untried
        return True

    def _plan(self, site: Site, *, is_live: bool) -> Plan:
        loop = asyncio.get_running_loop()

        def keep(cookies: list[dict[str, Any]]) -> None:
            # The page may be in another loop.
            loop.call_soon_threadsafe(self._cookies.hold, cookies)

        def tell(event: Event) -> None:
            if event.kind in ("click", "found"):
                loop.call_soon_threadsafe(self._note, event)

        async def accept(_: Change) -> None:
            """Write nothing yet: one correct report must be read first."""

        return Plan(
            site=site,
            user=self._config.user,
            password=self._config.password,
            tell=tell,
            accept=accept,
            keep=keep,
            known=self._account.load_fingerprints(),
            is_live=is_live,
            may_log_in=not is_live,
        )

    def _note(self, event: Event) -> None:
        note(self._crawler, f"repair_{event.kind}", "The repair", outside=event.text)

    def _read_again(self) -> Site:
        """Return the site with what another process has meanwhile written to selectors.toml."""
        site = self._known.get()
        try:
            return site.with_changes(read_selectors(selectors_path()))
        except ConfigError as error:
            logger.warning("%s cannot be read again: %s", OwnText(FILE_NAME), error)
            return site

    def _write(self, changes: dict[str, Change]) -> None:
        for change in changes.values():
            try:
                self._edit.write(change.name, change.after, change.before, change.shown)
            except (OSError, ConfigError) as error:
                logger.warning("A change could not be written: %s", one_line(error))
        self._crawler.stats.inc_value("jdp/repair/change_count", len(changes))

    def _tell(self, changes: dict[str, Change]) -> None:
        what = ", ".join(changes) or "nothing but what another run has written"
        logger.warning(
            "The site has changed, and one report was read again: %s - see %s; the run continues",
            what,
            OwnText(FILE_NAME),
        )
        note(self._crawler, "repaired", "The crawl has repaired itself", outside=what)

    def logged_out(self) -> None:
        """Write the logout's selector, which has just been seen to work."""
        if self._untried:
            changes, self._untried = self._untried, {}
            self._write(changes)

    def _failed(self, failure: BaseException) -> None:
        self._crawler.stats.inc_value("jdp/repair/failed_count")
        if isinstance(failure, NotRepaired):
            found = (f"'{each.selector}' ({each.shown})" for each in failure.proposals)
            self.proposals = f" A repair found what may be it: {'; '.join(found) or 'nothing'}"
        what = f"{one_line(failure)}{self.proposals}"
        logger.error("The repair did not succeed: %s", what)
        note(self._crawler, "repair_failed", "The repair did not succeed", outside=what)


def may_be_repaired(error: BaseException) -> bool:
    """Return True for an error that a renamed or moved part of the site may lead to."""
    if isinstance(error, ServerError):
        return 400 <= error.status < 500 and error.status not in (408, 429)
    return isinstance(error, (PageChanged, ReportNotOpened, UnknownPage, InventoryError))


@contextlib.asynccontextmanager
async def _one_at_a_time() -> AsyncIterator[None]:
    """Let one process at a time repair: accounts of a group share the file."""
    lock = FileLock(selectors_path().with_name(f"{FILE_NAME}.repair.lock"), thread_local=False)
    while True:
        try:
            check_has_place()
            lock.acquire(timeout=0)
            break
        except Timeout:
            await asyncio.sleep(_LOOK_S)
        except OSError:
            # Nothing can be written there, so nobody shares it; the write will say so.
            break
    try:
        yield
    finally:
        lock.release()
