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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what starts a PostgreSQL where none is installed."""
    if find_postgres() is not None:
        return
    skip = pytest.mark.skip(reason="PostgreSQL is not installed (apt: postgresql)")
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(skip)


@pytest.fixture
def crawl(tmp_path: Path) -> Callable[..., Crawl]:
    """A function (site, **settings) -> Crawl, ready to be run."""

    def make(site: DemoSite, **settings: str) -> Crawl:
        return make_crawl(site, tmp_path, **settings)

    return make
