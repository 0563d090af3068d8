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


def start(
    project: Path, site: DemoSite, command: tuple[str, ...] = COMMAND
) -> subprocess.Popen[str]:
    given = make_crawl(site, project, PYTHONPATH=str(PACKAGE_PARENT), CONCURRENT_CONTEXTS="1")
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
