"""When to send a login again that the site did not take, and how often at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.pages.postponed import Delay
from jdp_spider.pages.waits import LONGEST_WAIT_S

if TYPE_CHECKING:
    from jdp_spider.pages.postponed import LoginPostponed

_PAUSES_S = {Delay.EXPIRED: (2.0,), Delay.TOO_MANY: (0.0,), Delay.OUTAGE: (60.0, 600.0)}
"""Before each further login: few, as each sends the password."""
_MARGIN_S = 5.0
"""Beyond the time that the site names: it may be rounded."""


class PostponedLogins:
    """Counts the logins since the last one that was accepted."""

    def __init__(self, longest_outage_s: float) -> None:
        self._longest_outage_s = longest_outage_s
        self._counts: dict[Delay, int] = {}
        self._waited = 0.0

    def reset(self) -> None:
        """Note that the site has taken a login."""
        self._counts, self._waited = {}, 0.0

    def wait(self, postponed: LoginPostponed) -> float | None:
        """Return the seconds until the login may be sent again; None if this run must not.

        All waits together last no longer than an outage may. A wait is never shorter than the time
        that the site names; without one, a site that had too many logins gets no other.
        """
        delay, asked = postponed.delay, postponed.asked
        count = self._counts.get(delay, 0)
        self._counts[delay] = count + 1
        pauses = _PAUSES_S[delay]
        if delay is Delay.TOO_MANY and asked is None:
            return None
        if count >= len(pauses):
            return None
        seconds = pauses[count]
        if asked is not None:
            seconds = max(seconds, asked + _MARGIN_S)
        self._waited += seconds
        is_too_long = self._waited > self._longest_outage_s or seconds > LONGEST_WAIT_S
        return None if is_too_long else seconds
