"""The real command against the demo site, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.crawls import Crawl, make_crawl
from benchmarks.postgres import find_postgres

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jdp_spider.demo.site import DemoSite


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what starts a PostgreSQL where none is installed."""
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    if left_out and find_postgres() is None:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_report_header() -> str:
    if find_postgres() is not None:
        return ""
    return "Left out: the tests of the queue, as PostgreSQL is not installed (apt: postgresql)"


@pytest.fixture
def crawl(tmp_path: Path) -> Callable[..., Crawl]:
    """A function (site, **settings) -> Crawl, ready to be run."""

    def make(site: DemoSite, **settings: str) -> Crawl:
        return make_crawl(site, tmp_path, **settings)

    return make
