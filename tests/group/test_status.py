from __future__ import annotations

import pytest

from jdp_spider.group.folders import AccountOutcome, AccountProgress
from jdp_spider.group.status import SERIOUS, format_table, most_serious, words
from jdp_spider.reasons import ExitStatus


def test_every_status_has_a_rank() -> None:
    assert sorted(SERIOUS) == sorted(ExitStatus)


@pytest.mark.parametrize(
    ("statuses", "one"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 3], 3),
        ([3, 130], 130),
        ([130, 6], 6),
        ([6, 5], 5),
        ([5, 1], 1),
        ([1, 4], 4),
        ([4, 2, 0], 2),
    ],
)
def test_most_serious_status_is_the_status_of_the_group(statuses: list[int], one: int) -> None:
    assert most_serious(statuses) == one


@pytest.mark.parametrize(
    ("status", "standing", "word"),
    [
        (None, AccountProgress(), "not begun"),
        (None, AccountProgress(3, 1), "begun"),
        (0, AccountProgress(3, 3), "complete"),
        (0, AccountProgress(3, 1), "limit reached"),
        (4, AccountProgress(), "login refused"),
    ],
)
def test_status_in_words(status: int | None, standing: AccountProgress, word: str) -> None:
    assert words(AccountOutcome(status), standing).status == word


def test_table_columns_are_aligned() -> None:
    rows = [("Account", "Status", "Saved", "Time"), ("a", "complete", "12", "1 s")]
    expected = ["Account  Status    Saved  Time", "a        complete     12   1 s"]
    assert format_table([(*row[:3], row[3]) for row in rows]).splitlines() == expected
