from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.utils.test import get_crawler

from jdp_spider.session.account import Account
from jdp_spider.session.concurrency import Known
from jdp_spider.session.found_contexts import FoundContexts
from jdp_spider.signals import run_event
from tests.support.factories import config

if TYPE_CHECKING:
    from pathlib import Path


def test_next_run_begins_with_the_number_found(tmp_path: Path) -> None:
    crawler = get_crawler()
    crawler._apply_settings()
    told: list[Any] = []

    def tell(kind: str, more: dict[str, Any]) -> None:
        told.append((kind, more["contexts"]))

    crawler.signals.connect(tell, run_event)
    known = config(wanted_contexts="auto", state_folder=tmp_path)
    account = Account(known)
    (tmp_path / account.id).mkdir()
    first = FoundContexts(crawler, known, account)
    first.note()
    first.save()
    assert account.load_contexts() is None
    assert first.limit is not None
    for seconds in (1.0, 1.0, *[9.0] * 20):
        first.limit.succeed(first.limit.limit, first.limit.limit, seconds)
    first.save()
    found = first.limit.limit
    assert account.load_contexts() == Known(found)
    assert told[:2] == [("contexts_changed", 3), ("contexts_changed", 6)]
    second = FoundContexts(crawler, known, account)
    assert second.limit is not None
    assert second.limit.limit == found
    assert FoundContexts(crawler, config(), account).limit is None


def test_next_run_does_not_try_what_the_site_has_refused(tmp_path: Path) -> None:
    crawler = get_crawler()
    crawler._apply_settings()
    known = config(wanted_contexts="auto", state_folder=tmp_path)
    account = Account(known)
    (tmp_path / account.id).mkdir()
    first = FoundContexts(crawler, known, account).limit
    assert first is not None
    for seconds in (1.0, 1.0):
        first.succeed(first.limit, first.limit, seconds)
    first.fail(6, refused=True)
    first.fail(5, refused=True)
    assert first.known is not None
    account.save_contexts(first.known)
    second = FoundContexts(crawler, known, account).limit
    assert second is not None
    tried = set()
    for _ in range(390):
        second.succeed(second.limit, second.limit, 1.0)
        tried.add(second.limit)
    assert max(tried) == 4
    for _ in range(60):
        second.succeed(second.limit, second.limit, 1.0)
        tried.add(second.limit)
    assert 5 in tried


def test_damaged_file_counts_as_missing(tmp_path: Path) -> None:
    account = Account(config(state_folder=tmp_path))
    (tmp_path / account.id).mkdir()
    account.save_contexts(Known(4))
    [path] = tmp_path.glob("*/contexts.json")
    for text in ("{", "[]", '{"contexts": "7"}', '{"contexts": 0}', '{"contexts": true}'):
        path.write_text(text, encoding="utf-8")
        assert account.load_contexts() is None
    for more in ('"ceiling": 3', '"ceiling": 0, "ceiling_left": 9', '"ceiling_left": "x"'):
        path.write_text(f'{{"contexts": 4, {more}}}', encoding="utf-8")
        assert account.load_contexts() == Known(4)
