"""Finds the live session in another context when one context has lost it."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from jdp_spider import signals
from jdp_spider.failures import RunEnded, classify
from jdp_spider.meta import PageTask
from jdp_spider.pages.errors import one_line
from jdp_spider.pages.network import AllRefused
from jdp_spider.pages.shared_cookies import find_session
from jdp_spider.session.control_page import SITE_FAILURES

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp_spider.pages.shared_cookies import FoundSession
    from jdp_spider.pages.site import Site
    from jdp_spider.session.circuit_breaker import CircuitBreaker
    from jdp_spider.session.control_page import ControlPage
    from jdp_spider.session.cookies import SessionCookies

logger = logging.getLogger(__name__)

_LITTLE_PROGRESS = 10
"""Pieces of work, such as bookouts. Where the site gives a new cookie with each answer, contexts
with jars of their own lose the session sooner."""


class SessionFinder:
    """Looks whether another context has the session, before a second login is sent.

    A site may give a new session cookie with each answer, and end the old one: then contexts with
    jars of their own take the session from each other. But a site may also show its login once by
    mistake, and renew a cookie now and then: neither is a reason to go one at a time.
    """

    def __init__(
        self,
        crawler: Crawler,
        site: Site,
        timeout: float,
        cookies: SessionCookies,
        circuit_breaker: CircuitBreaker,
    ) -> None:
        self._crawler = crawler
        self._site = site
        self._timeout = timeout
        self._cookies = cookies
        self._circuit_breaker = circuit_breaker
        self._is_told = False
        self._progress: float = math.inf
        """Pieces of work done since the session was last found with a renewed cookie."""

    async def find(self, control_page: ControlPage) -> bool:
        """Return True if the session was found; all contexts get its cookies then."""
        site, given = self._site, self._cookies.login.cookies
        # What is in flight may have the session, and would get a newer cookie meanwhile.
        task = PageTask(
            find_session,
            (site, given),
            timeout=self._timeout,
            reset_cookies=True,
            after_others=True,
        )
        try:
            await self._circuit_breaker.acquire()
            found: FoundSession | None = await control_page.look(site.inventory_url, task)
        except RunEnded:
            return False
        except AllRefused as refused:
            # Without having looked, no login may be sent.
            self._circuit_breaker.record_failure(classify(refused))
            return await self.find(control_page)
        except SITE_FAILURES as error:
            self._circuit_breaker.record_failure(classify(error))
            logger.info("The other contexts were not searched for the session: %s", one_line(error))
            return False
        if found:
            self._cookies.replace(found.cookies)
            self._crawler.stats.inc_value("jdp/session/found_count")
            logger.info("The session is live, as another page shows: no login is needed")
            if self._rotates(found) and not self._is_told:
                self._is_told = True
                self._crawler.signals.send_catch_log(signals.cookies_rotate)
        return found is not None

    def record_progress(self) -> None:
        """Note that a piece of work was done in the session."""
        self._progress += 1

    def _rotates(self, found: FoundSession) -> bool:
        """Return True if the site lets in only who has its newest cookies."""
        if not found.is_renewed:
            return False
        # The cookies known to the session opened the inventory: they may be the newest by chance.
        is_second = self._progress < _LITTLE_PROGRESS
        self._progress = 0
        return found.is_elsewhere or is_second
