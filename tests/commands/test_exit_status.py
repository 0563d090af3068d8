from __future__ import annotations

from typing import Any

import pytest

from jdp_spider.job.metrics import exit_status
from jdp_spider.reasons import CloseReason, ExitStatus

COUNT = "jdp/vehicle_count"
FINISHED = {"finish_reason": "finished", COUNT: 9}
FAILED = {f"{COUNT}/failed": 1, f"{COUNT}/failed/timeout": 1}


def left(number: int, **reasons: int) -> dict[str, int]:
    stem = f"{COUNT}/not_attempted"
    return {stem: number, **{f"{stem}/{name}": count for name, count in reasons.items()}}


STATUSES: list[tuple[dict[str, Any], int]] = [
    (FINISHED, 0),
    ({**FINISHED, f"{COUNT}/saved": 9}, 0),
    ({**FINISHED, f"{COUNT}/already_there": 9}, 0),
    ({**FINISHED, COUNT: 0}, 0),
    ({**FINISHED, **left(4, limit=4)}, 0),
    ({**FINISHED, **FAILED}, 3),
    ({**FINISHED, **FAILED, **left(4, limit=4)}, 3),
    ({**FINISHED, f"{COUNT}/failed": 1, f"{COUNT}/failed/no_bookout_link": 1}, 3),
    ({**FINISHED, **left(4, not_asked_for=4)}, 0),
    ({**FINISHED, **left(4, not_asked_for=3, limit=1)}, 0),
    ({**FINISHED, **left(4, not_asked_for=4), "jdp/unknown_reference_count": 1}, 3),
    ({**FINISHED, f"{COUNT}/saved": 9, "jdp/grid/unlisted_row_count": 5}, 3),
    ({**FINISHED, **left(4, limit=3)}, 1),
    ({**FINISHED, **left(4, limit=3, run_ended=1)}, 1),
    ({**FINISHED, **left(4, run_ended=4)}, 1),
    ({}, 1),
    ({"finish_reason": "finished"}, 1),
    ({**FINISHED, "finish_reason": "cancelled"}, 1),
    ({**FINISHED, "finish_reason": "closespider_timeout"}, 1),
    ({**FINISHED, **FAILED, "finish_reason": "memusage_exceeded"}, 1),
]
REASONS = {
    "shutdown": 130,
    "stop_file": 130,
    "parent_gone": 130,
    "lease_lost": 130,
    "login_refused": 4,
    "login_postponed": 6,
    "account_in_use": 5,
    "job_in_use": 5,
    "site_unreachable": 6,
    "site_trouble": 6,
    "site_changed": 6,
    "site_moved": 6,
    "network_refused": 6,
    "wrong_address": 2,
    "unknown_page": 6,
    "too_many_failures": 6,
    "job_unusable": 2,
    "browser_failed": 2,
    "storage_failed": 1,
    "folder_unreachable": 1,
    "unexpected_error": 1,
}


@pytest.mark.parametrize(("stats", "status"), STATUSES)
def test_status_of_a_finished_run(stats: dict[str, Any], status: int) -> None:
    assert exit_status(stats) == status


@pytest.mark.parametrize("more", [{}, FINISHED, FINISHED | FAILED, FINISHED | left(4, run_ended=4)])
@pytest.mark.parametrize(("reason", "status"), REASONS.items())
def test_status_of_a_run_that_ended_early(reason: str, status: int, more: dict[str, Any]) -> None:
    assert exit_status({**more, "finish_reason": reason}) == status


@pytest.mark.parametrize("reason", ["shutdown", "lease_lost", "parent_gone", "finished"])
def test_refused_login_outranks_a_stop_request(reason: str) -> None:
    assert exit_status({"jdp/session/login_refused": 1, "finish_reason": reason}) == 4


def test_every_close_reason_has_a_test_case() -> None:
    assert set(REASONS) == set(CloseReason) - {CloseReason.FINISHED}


def test_status_numbers_are_fixed() -> None:
    assert {status.name: int(status) for status in ExitStatus} == {
        "COMPLETE": 0,
        "UNEXPECTED": 1,
        "USAGE": 2,
        "SOME_FAILED": 3,
        "LOGIN_REFUSED": 4,
        "IN_USE": 5,
        "SITE_TROUBLE": 6,
        "INTERRUPTED": 130,
    }
