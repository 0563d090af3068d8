from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.group.accounts import AccountEntry, Accounts, read_accounts
from jdp_spider.group.folders import AccountFolder
from tests.support.account_builder import FILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Accounts]:
    """The accounts that a text of the file means."""

    def of(text: str) -> Accounts:
        path = tmp_path / "accounts.toml"
        path.write_text(text, encoding="utf-8")
        return read_accounts(path)

    return of


@pytest.fixture
def entry(read: Callable[[str], Accounts]) -> AccountEntry:
    (entry,) = read(FILE).entries
    return entry


@pytest.fixture
def place(tmp_path: Path) -> AccountFolder:
    return AccountFolder(tmp_path / "groups" / "tonight" / "north")
