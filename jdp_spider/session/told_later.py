"""Whether the site puts all vehicles off, on pages that look like its other ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from jdp_spider.failures import classify
from jdp_spider.pages.errors import Maintenance, PageChanged
from jdp_spider.pages.trouble import says_later
from jdp_spider.pdf.errors import BookoutRejected

if TYPE_CHECKING:
    from jdp_spider.failures import Failure
    from jdp_spider.inventory import Vehicle

_Error = TypeVar("_Error", bound=BaseException)

_SURE = 3
"""Vehicles that are put off, with none saved between: one alone may never get any values."""


def as_told(error: _Error) -> _Error | Maintenance:
    """Return an error as the site's maintenance, if its page puts the user off; else as it is."""
    if isinstance(error, PageChanged) and says_later(error.said):
        return Maintenance(*error.args).saying(error.said)
    if isinstance(error, BookoutRejected) and error.reason == "html_page":
        return Maintenance(error.message).saying(error.said) if says_later(error.said) else error
    return error


class ToldLater:
    """Compares what is said on pages that come instead of vehicles' pages or reports."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        """Vehicles that were put off since the last success."""

    def record_success(self) -> None:
        """Note that a vehicle was saved."""
        self._keys.clear()

    def cause(self, vehicle: Vehicle, failure: Failure, *, has_served: bool) -> Failure:
        """Return the failure; or, where it is that of all vehicles, that the site is down.

        `has_served`: this run has saved a vehicle. Those that a run begins with may all be ones
        for which the site has nothing.
        """
        told = as_told(failure.error)
        if told is failure.error:
            return failure
        self._keys.add(vehicle.key)
        return classify(told) if has_served and len(self._keys) >= _SURE else failure
