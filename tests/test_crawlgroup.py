"""`scrapy crawlgroup` with real crawls against a demo site of several accounts."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from benchmarks.groups import faults, make_group
from benchmarks.processes import survivors, tree
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.exit_status import ExitStatus
from jdp_spider.locks import RunLock

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.groups import Group
    from jdp_spider.demo.site import DemoSite

pytestmark = [pytest.mark.browser, pytest.mark.crawl]


def assert_right(group: Group, site: DemoSite) -> None:
    """Every account has every report, made once, and is logged out."""
    wrong = [one for user in site.options.users for one in faults(group.account(user), site, user)]
    assert wrong == []
    made = Counter({v.id: 1 for found in site.state.inventories.values() for v in found})
    assert site.log.reports == made
    assert (site.log.max_live_sessions, site.log.live_sessions) == (1, 0)


def test_accounts_are_crawled_and_one_that_is_refused_stops_none(tmp_path: Path) -> None:
    with running_demo(DemoOptions(vehicles=5, accounts=2)) as site:
        group = make_group(site, tmp_path, {"CONCURRENT_CONTEXTS": 1})
        right = group.file.read_text()
        group.file.write_text(f'{right}\npassword = "env:WRONG"')
        group.environment["WRONG"] = "not-the-password"
        status, output = group.crawl()
        assert status == ExitStatus.LOGIN_REFUSED, output
        assert "Run " in output and ": 2 of 2 accounts to do, 2 at a time\n" in output
        assert re.search(r"^demo +complete +5 +0 +0 ", output, re.MULTILINE)
        assert re.search(r"^demo-2 +login refused +0 +0 +0 ", output, re.MULTILINE)
        assert "demo-2: Correct user and password." in output
        assert "not-the-password" not in output
        # With the right password: only what is missing.
        group.file.write_text(right)
        status, output = group.crawl()
        assert status == ExitStatus.COMPLETE, output
        assert ": 1 of 2 accounts to do, " in output
        assert (site.log.logins, site.log.refused_logins) == (2, Counter(wrong_password=1))
        assert_right(group, site)
        status, output = group.crawl()
    assert (status, site.log.logins) == (ExitStatus.COMPLETE, 2)
    assert "This run is complete. For another one: --run NAME" in output
    assert (group.run / "index.html").read_text("utf-8").count("status complete") == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send")
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_however_it_ends_each_account_is_logged_out(tmp_path: Path, how: str) -> None:
    """Also when it is killed: the crawls notice that nobody runs them any more."""
    with running_demo(DemoOptions(vehicles=8, accounts=2, latency="fast")) as site:
        group = make_group(site, tmp_path)
        process = group.start("crawlgroup", str(group.file))
        while len(site.log.reports) < 4 or site.log.logins < 2:
            assert process.poll() is None
            time.sleep(0.05)
        crawls = tree(process.pid)[1:]
        os.kill(process.pid, getattr(signal, how))
        output = process.communicate(timeout=60)[0]
        assert survivors(crawls, 60) == []
        assert (site.log.logouts, site.log.live_sessions) == (2, 0), output
        made = len(site.log.reports)
        saved = sum(group.account(user).standing().saved for user in site.options.users)
        # What was in flight has finished.
        assert saved == made < 16
        stopped = {"SIGKILL": -signal.SIGKILL}.get(how, ExitStatus.INTERRUPTED)
        assert process.returncode == stopped, output
        if how == "SIGINT":
            # What goes on is the same after both.
            status, output = group.crawl()
            assert status == ExitStatus.COMPLETE, output
            assert_right(group, site)


def test_a_run_has_one_group_at_a_time(tmp_path: Path) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        group = make_group(site, tmp_path)
        lock = RunLock(tmp_path / "groups" / "tonight" / "group.lock", "", "")
        lock.acquire()
        status, output = group.crawl("--run", "tonight")
        lock.release()
    assert (status, site.log.counts) == (ExitStatus.IN_USE, Counter())
    assert "Another run holds this run of the group (process " in output
