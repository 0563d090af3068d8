"""The real command against the demo site, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.crawls import Crawl, make_crawl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jdp_spider.demo.site import DemoSite


@pytest.fixture
def crawl(tmp_path: Path) -> Callable[..., Crawl]:
    """A function (site, **settings) -> Crawl, ready to be run."""

    def make(site: DemoSite, **settings: str) -> Crawl:
        return make_crawl(site, tmp_path, **settings)

    return make
