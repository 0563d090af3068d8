"""Recognizes that the first vehicles all fail alike: they have one cause in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.config.selector_overrides import selectors_advice
from jdp_spider.failures import FailureKind
from jdp_spider.pages.errors import PageChanged, ServerError, one_line
from jdp_spider.reasons import FailureReason
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp_spider.failures import Failure
    from jdp_spider.inventory import Vehicle

_SURE = 10
"""Vehicles that must fail alike, with none saved before or between: fewer may be a coincidence."""

_KINDS = {FailureKind.VEHICLE, FailureKind.BOOKOUT_REJECTED}
"""Other failures concern connection, server or browser, and RecoveryPolicy handles them."""
_OWN = {"no_bookout_link", "too_heavy"}
"""Reasons that concern a single vehicle: many may have been sold since the export."""


class CommonCause:
    """Compares the failures of the run's first vehicles, until one is saved."""

    def __init__(self, failed_before: Callable[[Vehicle], bool]) -> None:
        """Take a function that says whether a vehicle has failed in an earlier run of the job.

        Such a vehicle may have its own reason: it is no evidence.
        """
        self._failed_before = failed_before
        self._alike: dict[tuple[str, ...], set[str]] = {}
        """Keys of vehicles, by what their failures have in common."""
        self._is_over = False

    def record_success(self) -> None:
        """Note a saved vehicle: from now on, failures are those of single vehicles."""
        self._is_over = True

    def alike(self, failure: Failure) -> int:
        """Return how many vehicles have failed like this one before any was saved."""
        return 0 if self._is_over else len(self._alike.get(_likeness(failure), ()))

    def record_failure(self, vehicle: Vehicle, failure: Failure) -> bool:
        """Note a failed attempt. Return True once enough vehicles have failed alike."""
        if self._is_over or not _is_evidence(failure):
            return False
        alike = self._alike.setdefault(_likeness(failure), set())
        if self._failed_before(vehicle):
            return False
        alike.add(vehicle.key)
        # At each further failure, too: the first look may have found another cause, and a vehicle
        # had to be tried alone first.
        return len(alike) >= _SURE


def _is_evidence(failure: Failure) -> bool:
    if failure.kind not in _KINDS or failure.reason in _OWN:
        return False
    return not (isinstance(failure.error, ServerError) and failure.error.status >= 500)


def _likeness(failure: Failure) -> tuple[str, ...]:
    error = failure.error
    if isinstance(error, PageChanged):
        return failure.reason, error.names
    if isinstance(error, ServerError):
        return failure.reason, str(error.status)
    # A bookout without a VIN may be of any vehicle.
    is_other = failure.is_of_another or failure.reason == "vin_missing"
    return ("other",) if is_other else (failure.reason,)


def diagnosis(failure: Failure) -> tuple[str, str]:
    """Return what is wrong with the site, in a sentence, and what the user can do about it."""
    error, reason = failure.error, FailureReason(failure.reason)
    if isinstance(error, PageChanged):
        return (
            f"its pages have changed ({one_line(error)})",
            selectors_advice(error.names.split(", "), ()),
        )
    part = "vehicles' pages" if failure.kind is FailureKind.VEHICLE else "reports"
    said = f"{reason.text}; the last one: {to_ascii(str(error))}"
    return f"its {part} are not as expected ({said})", reason.in_doctor or _BY_HAND


_BY_HAND = (
    "Make one vehicle's report by hand and compare it with what `scrapy doctor` finds: it takes "
    "one vehicle step by step."
)
