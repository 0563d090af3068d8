"""The exit status of `scrapy crawl jdpower`, for schedulers and scripts."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExitStatus(IntEnum):
    """What a run came to."""

    COMPLETE = 0
    UNEXPECTED = 1
    USAGE = 2
    SOME_FAILED = 3
    LOGIN_REFUSED = 4
    IN_USE = 5
    SITE_TROUBLE = 6
    INTERRUPTED = 130


BY_REASON = {
    "shutdown": ExitStatus.INTERRUPTED,
    "stop_file": ExitStatus.INTERRUPTED,
    "parent_gone": ExitStatus.INTERRUPTED,
    "lease_lost": ExitStatus.INTERRUPTED,
    "login_refused": ExitStatus.LOGIN_REFUSED,
    "account_in_use": ExitStatus.IN_USE,
    "job_in_use": ExitStatus.IN_USE,
    "site_unreachable": ExitStatus.SITE_TROUBLE,
    "site_changed": ExitStatus.SITE_TROUBLE,
    "site_moved": ExitStatus.SITE_TROUBLE,
    "too_many_failures": ExitStatus.SITE_TROUBLE,
    "job_unusable": ExitStatus.USAGE,
    "browser_failed": ExitStatus.USAGE,
    "storage_failed": ExitStatus.UNEXPECTED,
    "unexpected_error": ExitStatus.UNEXPECTED,
}
"""Close reasons that decide by themselves; docs/stats.md lists them all."""


def exit_status(stats: Mapping[str, Any]) -> ExitStatus:
    """The status that a finished run's stats stand for."""
    if stats.get("jdp/session/login_refused"):
        # Even where the end was asked for meanwhile: nothing may try it again by itself.
        return ExitStatus.LOGIN_REFUSED
    reason = stats.get("finish_reason")
    if reason in BY_REASON:
        return BY_REASON[reason]
    if reason != "finished" or "jdp/vehicle_count" not in stats:
        return ExitStatus.UNEXPECTED
    if stats.get("jdp/vehicle_count/failed") or stats.get("jdp/unknown_reference_count"):
        return ExitStatus.SOME_FAILED
    left = stats.get("jdp/vehicle_count/not_attempted", 0)
    on_purpose = ("limit", "not_asked_for")
    allowed = sum(stats.get(f"jdp/vehicle_count/not_attempted/{why}", 0) for why in on_purpose)
    return ExitStatus.COMPLETE if left == allowed else ExitStatus.UNEXPECTED
