"""The record of how a run ended, in JOBDIR and beside the account's lock."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from scrapy import Spider, signals
from scrapy.utils.test import get_crawler

from jdp_spider.extensions import KeepLastRun
from jdp_spider.job.ending import END, LAST_RUN, Ending, read_ending
from jdp_spider.pages.errors import LoginRefused
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.utils.redaction import hide

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler


def started(folder: Path, *, was_held: bool = True, refused: LoginRefused | None = None) -> Crawler:
    """Return a crawler whose run has logged an error with a secret."""
    crawler = get_crawler(Spider, {"EXTENSIONS": {KeepLastRun: 0}, "EXTENSIONS_BASE": {}})
    crawler._apply_settings()
    lock = SimpleNamespace(was_held=was_held)
    account = SimpleNamespace(lock=lock, last_run=folder / LAST_RUN)
    job = SimpleNamespace(folder=SimpleNamespace(jobdir=folder))
    session = SimpleNamespace(refused=refused)
    crawler.spider = Spider("stub", run=SimpleNamespace(account=account, job=job, session=session))
    logging.getLogger("jdp_spider.run").error("It is %s", "s3cret-word!")
    return crawler


def end(crawler: Crawler, reason: str, *, engine: bool = True) -> None:
    """Send the signals of a run's end; without `engine`, of one that never started."""
    send = crawler.signals.send_catch_log
    if engine:
        send(signals.engine_started)
    send(signals.spider_closed, spider=crawler.spider, reason=reason)
    if engine:
        crawler.engine = cast("Any", SimpleNamespace(spider=None))
        asyncio.run(crawler.signals.send_catch_log_async(signals.engine_stopped))


def kept(folder: Path) -> tuple[Ending | None, Ending | None]:
    return read_ending(folder / END), read_ending(folder / LAST_RUN)


@pytest.mark.parametrize("engine", [True, False])
def test_last_error_is_kept_without_secrets(tmp_path: Path, engine: bool) -> None:
    hide(["s3cret-word!"])
    end(started(tmp_path), "site_changed", engine=engine)
    reason = CloseReason.SITE_CHANGED
    found = Ending(ExitStatus.SITE_TROUBLE, reason, "It is [hidden]", str(tmp_path))
    assert kept(tmp_path) == (found, found)


def test_error_after_the_end_is_not_taken_for_its_cause(tmp_path: Path) -> None:
    crawler = started(tmp_path)
    crawler.signals.send_catch_log(signals.engine_started)
    crawler.signals.send_catch_log(
        signals.spider_closed, spider=crawler.spider, reason="site_trouble"
    )
    logging.getLogger("jdp_spider.run").error("PDFs have disappeared")
    keeper = crawler.get_extension(KeepLastRun)
    assert keeper is not None
    keeper.finish()
    found, _ = kept(tmp_path)
    assert found is not None
    assert (found.said, keeper.last_words) == ("It is s3cret-word!", "It is s3cret-word!")


def test_refusal_text_of_the_site_is_kept(tmp_path: Path) -> None:
    refused = LoginRefused("The site refused the login, saying: Wrong", "Look at it")
    end(started(tmp_path, refused=refused), "login_refused")
    found, _ = kept(tmp_path)
    assert found is not None
    assert found.said == "The site refused the login, saying: Wrong - Look at it"


def test_run_refused_for_an_account_in_use_keeps_the_record(tmp_path: Path) -> None:
    end(started(tmp_path, was_held=False), "account_in_use")
    found, last_run = kept(tmp_path)
    assert found is not None
    assert (found.reason, last_run) == (CloseReason.ACCOUNT_IN_USE, None)


def test_command_records_a_run_whose_engine_was_interrupted_at_its_end(tmp_path: Path) -> None:
    crawler = started(tmp_path)
    crawler.signals.send_catch_log(signals.engine_started)
    crawler.signals.send_catch_log(signals.spider_closed, spider=crawler.spider, reason="shutdown")
    assert kept(tmp_path) == (None, None)
    keeper = crawler.get_extension(KeepLastRun)
    assert keeper is not None
    keeper.finish()
    found, last_run = kept(tmp_path)
    assert (found, found is not None) == (last_run, True)
    (tmp_path / END).unlink()
    keeper.finish()
    assert kept(tmp_path)[0] is None


@pytest.fixture(autouse=True)
def no_handler_left() -> Any:
    before = [*logging.getLogger("jdp_spider").handlers]
    yield
    assert logging.getLogger("jdp_spider").handlers == before
