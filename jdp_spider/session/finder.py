"""Finds the live session in another context when one context has lost it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jdp_spider import signals
from jdp_spider.failures import RunEnded, classify
from jdp_spider.meta import PageTask
from jdp_spider.pages.errors import one_line
from jdp_spider.pages.shared_cookies import find_session
from jdp_spider.session.control_page import SITE_FAILURES

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp_spider.pages.site import Site
    from jdp_spider.session.circuit_breaker import CircuitBreaker
    from jdp_spider.session.control_page import ControlPage
    from jdp_spider.session.cookies import SessionCookies

logger = logging.getLogger(__name__)


class SessionFinder:
    """Looks whether another context has the session, before a second login is sent.

    A site may give a new session cookie with each answer, and end the old one: then contexts with
    jars of their own take the session from each other.
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
            found = await control_page.look(site.inventory_url, task)
        except RunEnded:
            return False
        except SITE_FAILURES as error:
            self._circuit_breaker.record_failure(classify(error))
            logger.info("The other contexts were not searched for the session: %s", one_line(error))
            return False
        if found:
            self._cookies.replace(found)
            self._tell()
        return bool(found)

    def _tell(self) -> None:
        self._crawler.stats.inc_value("jdp/session/found_count")
        if not self._is_told:
            self._is_told = True
            self._crawler.signals.send_catch_log(signals.cookies_rotate)
