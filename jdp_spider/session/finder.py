"""Looks whether the session is live, and finds it in another context when one has lost it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from jdp_spider import signals
from jdp_spider.failures import FailureKind, RunEnded, classify
from jdp_spider.meta import PageTask
from jdp_spider.pages.cookie_load import lean
from jdp_spider.pages.errors import one_line
from jdp_spider.pages.network import AllRefused
from jdp_spider.pages.shared_cookies import check_session, find_session
from jdp_spider.session.control_page import SITE_FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scrapy.crawler import Crawler

    from jdp_spider.pages.shared_cookies import FoundSession
    from jdp_spider.pages.site import Site
    from jdp_spider.session.circuit_breaker import CircuitBreaker
    from jdp_spider.session.control_page import ControlPage
    from jdp_spider.session.cookies import SessionCookies

logger = logging.getLogger(__name__)


class SessionFinder:
    """Looks whether the session is live, here or in another context, before a login is sent.

    A site may give a new session cookie with each answer, and end the old one: then contexts with
    jars of their own take the session from each other. But a site may also show its login once by
    mistake, and renew a cookie now and then: neither is a reason to go one at a time.
    """

    def __init__(
        self,
        crawler: Crawler,
        control_page: ControlPage,
        site: Callable[[], Site],
        timeout: float,
        cookies: SessionCookies,
        circuit_breaker: CircuitBreaker,
    ) -> None:
        self._crawler = crawler
        self._control_page = control_page
        self._site = site
        self._timeout = timeout
        self._cookies = cookies
        self._circuit_breaker = circuit_breaker
        self._is_told = False

    async def is_live(self) -> bool:
        """Return True if the inventory opens with the session's cookies.

        Take over what that answer renews: another look would begin with cookies of no use. If they
        rotate, all contexts get them. Raise SITE_FAILURES, which prove nothing.
        """
        # Once the newest go from task to task, that others are of no use is nothing new.
        given = [] if self._is_told else self._cookies.login.cookies
        found = await self._look(check_session, given)
        if found is None:
            return False
        if found.rotates:
            self._share(found)
        else:
            self._cookies.renew(found.cookies)
        return True

    async def is_away(self) -> bool:
        """Return True if the inventory does not open: then the site is down, or refuses all.

        For whoever has just found it so: nothing is waited for, except the page.
        """
        try:
            await self.is_live()
        except SITE_FAILURES as error:
            failure = classify(error)
            return failure.pauses_all or failure.kind is FailureKind.CONNECTION_LOST
        return False

    async def find(self) -> bool:
        """Return True if the session was found; all contexts get its cookies then."""
        try:
            await self._circuit_breaker.acquire()
            # What is in flight may have the session, and would get a newer cookie meanwhile.
            given = self._cookies.login.cookies
            found = await self._look(find_session, given, after_others=True)
        except RunEnded:
            return False
        except AllRefused as refused:
            # Without having looked, no login may be sent.
            self._circuit_breaker.record_failure(classify(refused))
            return await self.find()
        except SITE_FAILURES as error:
            self._circuit_breaker.record_failure(classify(error))
            logger.info("The other contexts were not searched for the session: %s", one_line(error))
            return False
        if found:
            self._share(found)
        return found is not None

    async def _look(
        self,
        function: Callable[..., Coroutine[Any, Any, FoundSession | None]],
        given: list[dict[str, Any]],
        *,
        after_others: bool = False,
    ) -> FoundSession | None:
        site = self._site()
        task = PageTask(
            function,
            (site, given),
            timeout=self._timeout,
            reset_cookies=True,
            after_others=after_others,
        )
        found: FoundSession | None = await self._control_page.look(site.inventory_url, task)
        return found

    def _share(self, found: FoundSession) -> None:
        """Have all contexts get the cookies of a session that was found."""
        self._cookies.replace(lean(found.cookies, self._cookies.own))
        self._crawler.stats.inc_value("jdp/session/found_count")
        logger.info("The session is live, as another page shows: no login is needed")
        if found.rotates and not self._is_told:
            self._is_told = True
            self._crawler.signals.send_catch_log(signals.cookies_rotate)
