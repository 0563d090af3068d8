"""`scrapy crawlgroup` with real crawls against a demo site of several accounts."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from harness.crawl_process import finish
from harness.group_process import faults, make_group
from harness.process_tree import survivors, tree
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.group.folders import AccountFolder
from jdp_spider.job.locks import RunLock
from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from harness.group_process import Group
    from jdp_spider.demo.site import DemoSite

pytestmark = [pytest.mark.browser, pytest.mark.crawl]


def assert_right(group: Group, site: DemoSite) -> None:
    """Every account has every report, made once, and is logged out."""
    wrong = [one for user in site.options.users for one in faults(group.account(user), site, user)]
    assert wrong == []
    made = Counter({v.id: 1 for found in site.state.inventories.values() for v in found})
    assert site.log.reports == made
    assert (site.log.max_live_sessions, site.log.live_sessions) == (1, 0)


def start_until(group: Group, site: DemoSite, reports: int) -> subprocess.Popen[str]:
    """The command, at work since so many reports were made."""
    process = group.start("crawlgroup", str(group.file))
    while len(site.log.reports) < reports:
        assert process.poll() is None
        time.sleep(0.05)
    return process


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send")
def test_stopped_group_continues_and_a_refused_account_stops_no_other(
    tmp_path: Path,
) -> None:
    with running_demo(DemoOptions(vehicles=6, accounts=2, latency="fast")) as site:
        # One at a time: the second one begins when the first one was refused.
        group = make_group(site, tmp_path, {"CONCURRENT_CONTEXTS": 1}, "at_once = 1")
        right = group.file.read_text()
        wrong = right.replace('user = "demo"', 'user = "demo"\npassword = "env:WRONG"')
        group.file.write_text(wrong)
        group.environment["WRONG"] = "not-the-password"
        process = start_until(group, site, 2)
        for _ in range(2):
            # The terminal is closed: the kernel's, and the shell's.
            os.kill(process.pid, signal.SIGHUP)
            time.sleep(0.1)
        status, output = finish(process)
        assert status == ExitStatus.LOGIN_REFUSED, output
        assert "Run " in output and ": 2 of 2 accounts to do, 1 at a time\n" in output
        # What was in flight has finished.
        made = len(site.log.reports)
        assert 2 <= made < 6
        assert re.search(rf"^demo-2 +stopped +{made} +0 +{6 - made} ", output, re.MULTILINE)
        assert re.search(r"^demo +login refused +0 +0 +0 ", output, re.MULTILINE)
        assert "demo: The end of its log says why: a wrong password, or a locked account." in output
        assert "not-the-password" not in output
        assert (site.log.logouts, site.log.live_sessions) == (1, 0)
        # Once more: only what is missing, and the password is not sent again.
        status, output = group.crawl()
        assert status == ExitStatus.LOGIN_REFUSED, output
        assert len(site.log.reports) == 6
        # With the right password: the rest.
        group.file.write_text(right)
        status, output = group.crawl()
        assert status == ExitStatus.COMPLETE, output
        assert (site.log.logins, site.log.refused_logins) == (3, Counter(wrong_password=1))
        assert_right(group, site)
        status, output = group.crawl()
    assert (status, site.log.logins) == (ExitStatus.COMPLETE, 3)
    assert "This run is complete. For another one: --run NAME" in output
    assert (group.run / "index.html").read_text("utf-8").count("status complete") == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send")
def test_crawls_end_gracefully_when_their_supervisor_is_gone(tmp_path: Path) -> None:
    with running_demo(DemoOptions(vehicles=12, latency="fast")) as site:
        group = make_group(site, tmp_path)
        process = start_until(group, site, 3)
        crawls = tree(process.pid)[1:]
        process.kill()
        status, output = finish(process)
        assert survivors(crawls, 60) == []
        assert status == -signal.SIGKILL, output
        assert (site.log.logouts, site.log.live_sessions) == (1, 0), output
        assert group.account("demo").standing().saved == len(site.log.reports) < 12


def test_second_group_on_the_same_run_is_refused(tmp_path: Path) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        group = make_group(site, tmp_path)
        lock = RunLock(tmp_path / "groups" / "tonight" / "group.lock", "", "")
        lock.acquire()
        status, output = group.crawl("--run", "tonight")
        lock.release()
    assert (status, site.log.counts) == (ExitStatus.IN_USE, Counter())
    assert "Another run holds this run of the group (process " in output


def test_wait_of_an_account_is_read_from_the_log_of_a_crawl(tmp_path: Path) -> None:
    with running_demo(DemoOptions(vehicles=1)) as site:
        site.state.sessions.log_in(site.options.user, site.options.password)
        group = make_group(site, tmp_path)
        process = group.start("crawlgroup", "--run", "tonight", str(group.file))
        place = AccountFolder(group.workdir / "groups" / "tonight" / site.options.user)
        while not (words := place.last_words()).startswith("The account has another live session"):
            assert process.poll() is None
            time.sleep(0.1)
        assert re.fullmatch(r"The account has another live session: next login in \d+ s", words)
        crawls = tree(process.pid)[1:]
        process.kill()
        finish(process)
        assert survivors(crawls, 60) == []
