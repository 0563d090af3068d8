"""A night on a site that has changed: the crawl repairs itself (`JDP_SELF_REPAIR`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.dotenv import ENV_FILE
from jdp_spider.config.selector_overrides import read_selectors
from jdp_spider.demo.changes import draw
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.crawl_process import Crawl

pytestmark = pytest.mark.crawl
LIMITS = {"JDP_SELF_REPAIR": "auto", "JDP_PAGE_TIMEOUT": "8", "JDP_REPORT_TIMEOUT": "10"}


@pytest.mark.parametrize(
    "options",
    [
        DemoOptions(vehicles=4, changed_seed=5, changes=8, like=("no-dialog",)),
        pytest.param(DemoOptions(vehicles=4, changed_seed=5, changes=8), marks=pytest.mark.long),
        pytest.param(DemoOptions(vehicles=4, renamed=("reportButton",)), marks=pytest.mark.long),
        pytest.param(DemoOptions(vehicles=4, renamed=("loginButton",)), marks=pytest.mark.long),
    ],
    ids=["redesign without a dialog", "redesign", "vehicle", "login"],
)
def test_crawl_repairs_selectors_within_one_session(
    crawl: Callable[..., Crawl], tmp_path: Path, options: DemoOptions
) -> None:
    (tmp_path / ".env").touch(0o600)
    with running_demo(options) as site:
        done = crawl(site, **LIMITS, **{ENV_FILE: str(tmp_path / ".env")}).run()
        done.assert_right(site)
        log = site.log
    assert done.status == 0, done.output
    assert (log.logins, log.logouts, log.max_live_sessions) == (1, 1, 1)
    assert not log.refused_logins
    assert not log.forbidden_clicks
    assert "The site has changed, and one report was read again" in done.output
    changed = {each.name for each in draw(options.changed_seed, options.changes).of}
    names = set(read_selectors(tmp_path / "selectors.toml"))
    assert names
    assert done.stats["jdp/repair/change_count"] == str(len(names))
    assert not changed or names & changed
