"""Whether JD_BASE_URL is to blame where nothing is found, not even the login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jdp_spider.pages.network import AllRefused, WrongAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from jdp_spider.meta import PageTask
    from jdp_spider.session.account import Account
    from jdp_spider.session.circuit_breaker import CircuitBreaker

    Run = Callable[[str, PageTask], Coroutine[Any, Any, Any]]

_NOT_THERE = (400, 404, 405, 410)
"""How servers answer for an address that they do not have."""


class AddressCheck:
    """Tells a wrong address from a site that is away, as one is while it is installed anew."""

    def __init__(self, base_url: str, account: Account, circuit_breaker: CircuitBreaker) -> None:
        self._base_url = base_url
        self._account = account
        self._circuit_breaker = circuit_breaker

    def judged(self, error: Exception) -> Exception:
        """Return the error; a WrongAddress where no run has ever found the inventory there."""
        if not isinstance(error, AllRefused) or error.status not in _NOT_THERE:
            return error
        if self._circuit_breaker.has_served or self._account.load_inventory_sizes():
            return error
        return WrongAddress(error.refused, self._base_url)

    def judging(self, run: Run) -> Run:
        """Return a function that does the same as `run`, and judges how that fails."""

        async def judged(url: str, task: PageTask) -> Any:
            try:
                return await run(url, task)
            except AllRefused as refused:
                raise self.judged(refused) from None

        return judged
