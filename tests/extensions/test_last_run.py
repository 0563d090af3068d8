"""How the account's last run ended, as it is kept for whoever looks later."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Spider, signals
from scrapy.utils.test import get_crawler

from jdp_spider.extensions import KeepLastRun
from jdp_spider.pages.errors import LoginRefused
from jdp_spider.utils.redaction import hide

if TYPE_CHECKING:
    from pathlib import Path


def end(
    path: Path, reason: str, *, was_held: bool = True, refused: LoginRefused | None = None
) -> dict[str, Any] | None:
    """What is kept of a run that logged an error with a secret and ended so."""
    crawler = get_crawler(Spider, {"EXTENSIONS": {KeepLastRun: 0}, "EXTENSIONS_BASE": {}})
    crawler._apply_settings()
    account = SimpleNamespace(lock=SimpleNamespace(was_held=was_held), last_run=path)
    folder = SimpleNamespace(jobdir="crawls/a")
    job = SimpleNamespace(folder=folder)
    session = SimpleNamespace(refused=refused)
    crawler.spider = Spider("stub", run=SimpleNamespace(account=account, job=job, session=session))
    crawler.signals.send_catch_log(signals.engine_started)
    logging.getLogger("jdp_spider.run").error("It is %s", "s3cret-word!")
    crawler.signals.send_catch_log(signals.spider_closed, spider=crawler.spider, reason=reason)
    crawler.signals.send_catch_log(signals.engine_stopped)
    return json.loads(path.read_text()) if path.exists() else None


def test_the_last_error_is_kept_without_secrets(tmp_path: Path) -> None:
    hide(["s3cret-word!"])
    kept = end(tmp_path / "last_run.json", "site_changed")
    assert kept is not None
    del kept["at"]
    assert kept == {
        "status": 6, "reason": "site_changed", "said": "It is [hidden]", "jobdir": "crawls/a",
    }  # fmt: skip


def test_what_the_site_said_to_the_login_is_kept(tmp_path: Path) -> None:
    refused = LoginRefused("The site refused the login, saying: Wrong", "Look at it")
    kept = end(tmp_path / "last_run.json", "login_refused", refused=refused)
    assert kept is not None
    assert kept["said"] == "The site refused the login, saying: Wrong - Look at it"


def test_a_run_that_did_not_get_the_account_keeps_nothing(tmp_path: Path) -> None:
    assert end(tmp_path / "last_run.json", "account_in_use", was_held=False) is None


@pytest.fixture(autouse=True)
def no_handler_left() -> Any:
    before = [*logging.getLogger("jdp_spider").handlers]
    yield
    assert logging.getLogger("jdp_spider").handlers == before
