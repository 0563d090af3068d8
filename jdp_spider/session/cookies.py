"""The session's cookies: used by all contexts, and kept in case the run cannot log out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from jdp_spider.meta import LoginCookies
from jdp_spider.pages.cookie_load import lean
from jdp_spider.pages.errors import one_line
from jdp_spider.utils.redaction import hide_cookies

if TYPE_CHECKING:
    from jdp_spider.session.account import Account

logger = logging.getLogger(__name__)


class SessionCookies:
    """Holds the cookies of the last login, in memory and in the account's folder."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.login = LoginCookies(0, account.load_session())
        """Generation 0: no login of this run, but one of an earlier run that did not log out."""
        self.are_held = False
        """True if a login was sent with these cookies and its result is unknown."""
        self.own = self.login.cookies
        """Those with which the login ended, whatever pages have added."""
        hide_cookies(self.login.cookies)

    @property
    def are_leftover(self) -> bool:
        """True if the cookies are an earlier run's."""
        is_first = self.login.generation == 0
        return is_first and bool(self.login.cookies) and not self.are_held

    def hold(self, cookies: list[dict[str, Any]]) -> None:
        """Keep the cookies of a login that was sent: the site may have a session for them.

        Contexts keep what they have; one that is opened anew gets these.
        """
        self.are_held, self.own = True, cookies
        self.renew(cookies)

    def replace(self, cookies: list[dict[str, Any]]) -> None:
        """Take the cookies of a new login."""
        self.are_held, self.own = False, cookies
        self.login = LoginCookies(self.login.generation + 1, cookies)
        self._keep()

    def renew(self, cookies: list[dict[str, Any]]) -> None:
        """Take over renewed cookies of the same login from a page."""
        cookies = lean(cookies, self.own)
        if cookies != self.login.cookies:
            self.login = self.login._replace(cookies=cookies)
            self._keep()

    def discard(self) -> None:
        """Drop the cookies, also in the contexts that hold them."""
        self.are_held = False
        self.login = LoginCookies(self.login.generation + 1, [])
        self.forget()

    def forget(self) -> None:
        """Remove the cookies from the account's folder."""
        self._account.forget_session()

    def _keep(self) -> None:
        hide_cookies(self.login.cookies)
        try:
            self._account.save_session(self.login.cookies)
        except OSError as error:
            logger.warning("The session could not be saved for the next run: %s", one_line(error))
