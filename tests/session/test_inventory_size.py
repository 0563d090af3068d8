"""An inventory that is far smaller than in the account's last runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scrapy.utils.test import get_crawler

from jdp_spider.session.account import Account
from jdp_spider.session.inventory_size import compare_with_last_runs
from tests.support.factories import config

if TYPE_CHECKING:
    from pathlib import Path


def earlier_count(account: Account, vehicles: int) -> int | None:
    crawler = get_crawler()
    compare_with_last_runs(crawler, account, vehicles)
    found: int | None = crawler.stats.get_value("jdp/inventory/earlier_count")
    return found


@pytest.fixture
def account(tmp_path: Path) -> Account:
    account = Account(config(state_folder=tmp_path))
    (tmp_path / account.id).mkdir()
    return account


def test_much_smaller_inventory_is_told_for_a_week(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    assert earlier_count(account, 1998) is None
    assert caplog.messages == []
    assert earlier_count(account, 40) == 1998
    [message] = caplog.messages
    assert message.startswith("The inventory has 40 vehicles; in the account's la")
    assert [earlier_count(account, 40) for _ in range(7)] == [1998] * 6 + [None]


@pytest.mark.parametrize(("before", "now"), [(100, 70), (12, 2), (40, 400)])
def test_usual_change_is_none(account: Account, before: int, now: int) -> None:
    account.save_inventory_sizes([before])
    assert earlier_count(account, now) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"vehicles": 7}', '{"vehicles": [true, "7", 0]}'])
def test_damaged_file_counts_as_missing(account: Account, text: str, tmp_path: Path) -> None:
    (tmp_path / account.id / "inventory.json").write_text(text, encoding="utf-8")
    assert account.load_inventory_sizes() == []
