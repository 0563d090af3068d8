from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from jdp_spider.pages.errors import LoginRefused
from jdp_spider.pages.postponed import Delay, LoginPostponed
from jdp_spider.session.refused_login import RefusedLogin

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = LoginRefused("The site refused the login, saying: Invalid user")


def test_only_the_refused_password_is_not_sent_again(tmp_path: Path) -> None:
    RefusedLogin(tmp_path, "hunter2 \u00e9").keep(REFUSED)
    found = RefusedLogin(tmp_path, "hunter2 \u00e9").find()
    assert "is not sent again. The site refused the login, saying: Invalid user" in str(found)
    assert found is not None and found.advice.endswith("-m scrapy doctor")
    assert RefusedLogin(tmp_path, "hunter2 e").find() is None
    RefusedLogin(tmp_path, "").forget()
    assert RefusedLogin(tmp_path, "hunter2 \u00e9").find() is None


def test_record_has_no_password_and_a_salt_of_its_own(tmp_path: Path) -> None:
    record = RefusedLogin(tmp_path, "hunter2")
    texts = []
    for _ in range(2):
        record.keep(REFUSED)
        texts.append((tmp_path / RefusedLogin.FILE).read_text("ascii"))
    assert "hunter2" not in texts[0]
    assert not set(texts[0].splitlines()[3:5]) & set(texts[1].splitlines()[3:5])


def test_named_time_holds_for_its_password_until_it_is_over(tmp_path: Path) -> None:
    record = RefusedLogin(tmp_path, "hunter2")
    record.keep(LoginPostponed(Delay.OUTAGE, "Some time", None))
    assert record.find() is None
    record.keep(LoginPostponed(Delay.OUTAGE, "Back in a day", 9e9))
    found = record.find()
    assert isinstance(found, LoginPostponed)
    assert str(found) == f"{Delay.OUTAGE.value}: Back in a day"
    assert found.asked is not None and 86000 < found.asked <= 86400
    assert RefusedLogin(tmp_path, "another").find() is None
    record.keep(LoginPostponed(Delay.OUTAGE, "Now", -1.0))
    assert record.find() is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_record_is_for_its_owner_only(tmp_path: Path) -> None:
    RefusedLogin(tmp_path, "hunter2").keep(REFUSED)
    assert stat.S_IMODE((tmp_path / RefusedLogin.FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"salt": "x", "hash": ""}'])
def test_damaged_record_counts_as_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / RefusedLogin.FILE).write_text(text, "ascii")
    assert "The record of it is damaged" in str(RefusedLogin(tmp_path, "any").find())
