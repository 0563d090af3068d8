"""`scrapy nightly` with a real crawl, in a project folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from harness.crawl_process import finish, make_crawl
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils.files import PACKAGE_PARENT

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.demo.site import DemoSite

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

COMMAND = (sys.executable, "-m", "scrapy", "nightly", "--begins", "00:00")
CHECK = (sys.executable, "-m", "scrapy", "doctor")


def start(
    project: Path, site: DemoSite, command: tuple[str, ...] = COMMAND, **settings: str
) -> subprocess.Popen[str]:
    own = {"PYTHONPATH": str(PACKAGE_PARENT), "CONCURRENT_CONTEXTS": "1", **settings}
    given = make_crawl(site, project, **own)
    return subprocess.Popen(
        command,
        cwd=project,
        env=given.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="ascii",
        start_new_session=True,
    )


def record(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / "crawls" / "nightly.json").read_text("utf-8"))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder."""
    found = tmp_path / "my jdp \xe9"
    found.mkdir()
    (found / "scrapy.cfg").write_text("[settings]\ndefault = jdp_spider.settings\n", "utf-8")
    return found


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send")
def test_interrupted_night_ends_gracefully_and_the_next_call_continues_it(project: Path) -> None:
    with running_demo(DemoOptions(vehicles=6, latency="fast")) as site:
        night = start(project, site)
        while len(site.log.reports) < 2:
            assert night.poll() is None
            time.sleep(0.05)
        os.kill(night.pid, signal.SIGTERM)
        status, output = finish(night)
        assert status == ExitStatus.INTERRUPTED, output
        assert (site.log.logins, site.log.logouts, site.log.live_sessions) == (1, 1, 0)
        made = len(site.log.reports)
        job = record(project)["job"]
        status, output = finish(start(project, site))
        assert status == ExitStatus.COMPLETE, output
    assert (record(project)["job"], len(record(project)["tries"])) == (job, 2)
    assert (2 <= made < 6, site.log.logins, site.log.live_sessions) == (True, 2, 0)
    # Each report was made once, into one folder.
    assert set(site.log.reports.values()) == {1}
    (folder,) = (path for path in (project / "downloads").iterdir() if path.is_dir())
    assert len(list((folder / "pdfs").glob("*.pdf"))) == 6
    log = (project / job / "night.log").read_bytes()
    assert log.isascii() and site.options.password.encode() not in log


@pytest.mark.long
def test_night_fetches_what_came_after_the_pages_run_of_that_day(project: Path) -> None:
    day = f"{datetime.now().astimezone():%Y-%m-%d}"
    page = (*COMMAND[:3], "crawl", "jdpower", "-s", f"JOBDIR=crawls/{day}")
    for vehicles, command in ((3, page), (4, COMMAND)):
        with running_demo(DemoOptions(vehicles=vehicles, latency="fast")) as site:
            status, output = finish(start(project, site, command))
            assert status == ExitStatus.COMPLETE, output
            assert len(site.log.reports) == vehicles
    assert record(project)["job"] == f"crawls/{day}-night"
    found = sorted((project / "downloads").glob("*/pdfs"))
    assert [len(list(pdfs.glob("*.pdf"))) for pdfs in found] == [3, 4]


def test_refused_password_is_sent_in_one_night_and_a_correct_one_in_the_next(
    tmp_path: Path,
) -> None:
    """Each night is a job of its own, as the earlier one's folder is moved away."""
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = jdp_spider.settings\n", "utf-8")
    with running_demo(DemoOptions(vehicles=2, latency="fast")) as site:
        seen = []
        for number, password in enumerate(["not-the-password"] * 2 + [site.options.password]):
            status, output = finish(start(tmp_path, site, JD_PASS=password))
            seen.append((status, site.log.refused_logins.total(), site.log.logins))
            (log,) = (tmp_path / "crawls").glob("*/night.log")
            assert ("is not sent again" in log.read_text("ascii")) == (number == 1), output
            (tmp_path / "crawls").rename(tmp_path / f"crawls {number}")
    refused, complete = ExitStatus.LOGIN_REFUSED, ExitStatus.COMPLETE
    assert seen == [(refused, 1, 0), (refused, 1, 0), (complete, 1, 1)], output
    assert not list(tmp_path.rglob("refused_login.json"))


@pytest.mark.long
def test_unlocked_account_is_tried_once_more_by_the_check_only(tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = jdp_spider.settings\n", "utf-8")
    with running_demo(DemoOptions(vehicles=2, latency="fast", password_state="locked")) as site:
        assert finish(start(tmp_path, site))[0] == ExitStatus.LOGIN_REFUSED
        site.state.sessions.accounts[site.options.user].password_state = "good"
        (tmp_path / "crawls").rename(tmp_path / "crawls 1")
        assert finish(start(tmp_path, site))[0] == ExitStatus.LOGIN_REFUSED
        assert (site.log.refused_logins.total(), site.log.logins) == (1, 0)
        status, output = finish(start(tmp_path, site, command=CHECK))
        assert (status, site.log.logins) == (ExitStatus.COMPLETE, 1), output
        assert "its last login was refused, and is tried once more" in " ".join(output.split())
    # The next night logs in.
    assert not list(tmp_path.rglob("refused_login.json"))
