"""The project's own `Request.meta` keys, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import ViewportSize

VEHICLE = "jdp_vehicle"
"""The Vehicle of a vehicle request."""

TASK = "jdp_task"
"""The PageTask that the browser runs for the request; without one Scrapy downloads it itself."""

ATTEMPT = "jdp_attempt"
"""The Attempt at that task."""


class LoginCookies(NamedTuple):
    """The cookies of one login, in Playwright's format."""

    generation: int
    """Counts the logins of the run; contexts that hold an older one's cookies get new ones."""
    cookies: list[dict[str, Any]]


@dataclass(frozen=True)
class PageTask:
    """A task for a page of the request's context, and what it needs."""

    function: Callable[..., Awaitable[Any]] | None
    """Called with the page, at the request's address, and `args`. None only opens the page."""
    args: tuple[Any, ...] = field(default=(), repr=False)
    """Those of the login hold the password."""
    timeout: float | None = None
    """Seconds until the task is cancelled and its context discarded. None: no limit."""
    direct: Callable[..., Awaitable[Any]] | None = None
    """Does the same from a page of the site that is there. Called with it and `Attempt.direct`."""
    viewport: ViewportSize | None = None
    """None: `view.SCREEN`."""
    block_assets: bool = False
    """The page loads no images, fonts or media."""
    reset_cookies: bool = False
    """The context gets the login's cookies again, as the site may have renewed them since."""
    renews_cookies: bool = False
    """The session takes over the context's cookies afterwards: signals.cookies_renewed."""
    keep_page: bool = False
    """The page stays open for the context's next task."""
    resume_page: bool = False
    """A page already at the request's address is used as it is."""
    after_others: bool = False
    """The task waits for all requests in flight."""
    exclusive: bool = False
    """All other contexts are closed first, and requests in flight in them cancelled."""

    def is_at(self, site: Any) -> bool:
        """Return True if the task's functions take just this Site, or none by name."""
        of = (each.keywords.get("site", site) for each in self._functions)
        return all(each is site for each in of)

    def at(self, site: Any) -> PageTask:
        """Return the task with this Site, which a repair may have changed since it was made."""
        if self.is_at(site):
            return self
        function, direct = (
            partial(each, site=site) if isinstance(each, partial) else each
            for each in (self.function, self.direct)
        )
        return replace(self, function=function, direct=direct)

    def searching(self, search_at: str) -> PageTask:
        """Return the task with the address at which the vehicle may be searched for."""
        if not isinstance(self.function, partial):
            return self
        return replace(self, function=partial(self.function, search_at=search_at))

    @property
    def _functions(self) -> list[partial[Any]]:
        return [each for each in (self.function, self.direct) if isinstance(each, partial)]


@dataclass
class Attempt:
    """One attempt at a request's task, and the knowledge from earlier ones.

    Retried copies of a request share it. The downloader's side clears `login` and `direct` after
    each attempt, so that a retry never carries stale cookies.
    """

    context: str = ""
    """Name of the browser context."""
    login: LoginCookies | None = field(default=None, repr=False)
    """The login that the context must have."""
    started: float = 0.0
    """Seconds on the monotonic clock."""
    seconds: float = 0.0
    """Duration of the last attempt."""
    vehicle_id: str = ""
    """The site's own number of the vehicle, if known."""
    direct: tuple[Any, ...] | None = None
    """The ReportRequest to send without opening the vehicle's page."""
    admitted: bool = False
    """True once DeduplicateMiddleware has let the vehicle through; retries need not ask again."""
    free_retries: int = 0
    """Attempts not counted, as the vehicle did not cause their failure."""
    is_elsewhere: bool = False
    """True if the vehicle's address led to another vehicle, or to none."""
    beside_others: bool = False
    """True if the last attempt failed, and other vehicles in flight may have caused that."""
    rejected: tuple[str, str] | None = None
    """Reason and SHA-256 of what the last attempt received, if that was rejected."""
