"""Limits of open files: raised where that is allowed, else told before the login."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from harness.crawl_process import Crawl, finish, make_crawl, start
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from tests.support.marks import long

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeCrawl = Callable[..., Crawl]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")

PROVIDE = """
import resource
from jdp_spider.utils.descriptors import TooFewDescriptors, provide_descriptors
try:
    provide_descriptors({contexts})
except TooFewDescriptors as error:
    print(error)
else:
    print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
NEEDED = (
    "This computer lets the program have {} files open at a time, and with CONCURRENT_CONTEXTS={} "
    "it needs {}: raise that limit (ulimit -n, or LimitNOFILE of a service)"
)


def limited(
    limit: str, *command: str, environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run this Python under a limit of the shell; return exit status and output."""
    shell = ["/bin/sh", "-c", f'ulimit {limit}; exec "$@"', "sh", sys.executable]
    return finish(start([*shell, *command], environment))


@pytest.mark.parametrize(
    ("limit", "contexts", "told"),
    [
        ("-n 1000", 5, "1000"),
        ("-n 192", 5, "192"),
        ("-Sn 64", 5, "192"),
        ("-n 191", 5, f"{NEEDED.format(191, 5, 192)}, or set CONCURRENT_CONTEXTS=4"),
        ("-n 64", 1, NEEDED.format(64, 1, 128)),
    ],
)
def test_descriptor_limit_is_raised_as_needed_and_allowed(
    limit: str, contexts: int, told: str
) -> None:
    assert limited(limit, "-c", PROVIDE.format(contexts=contexts)) == (0, f"{told}\n")


@pytest.mark.crawl
@pytest.mark.parametrize("name", [("crawl", "jdpower"), long(("doctor",))])
def test_too_low_descriptor_limit_is_an_error_before_the_login(
    name: tuple[str, ...], tmp_path: Path
) -> None:
    with running_demo(DemoOptions(vehicles=2)) as site:
        environment = make_crawl(site, tmp_path).environment
        status, output = limited("-n 64", "-m", "scrapy", *name, environment=environment)
    assert status == ExitStatus.USAGE
    assert NEEDED.format(64, 5, 192) in " ".join(output.split())
    assert "Traceback" not in output
    assert site.log.logins == 0


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.crawl
@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux sets another process's limit")
def test_running_out_of_descriptors_ends_the_run(crawl: MakeCrawl, tmp_path: Path) -> None:
    import resource

    jobdir = f"JOBDIR={tmp_path / 'job'}"
    with running_demo(DemoOptions(vehicles=20, latency="fast")) as site:
        first = crawl(site)
        process = first.start("-s", jobdir)
        while sum(site.log.reports.values()) < 3:
            assert process.poll() is None
            time.sleep(0.05)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (10, 10))
        first.finish(process)
        second = crawl(site).run("-s", jobdir)
    assert first.status == ExitStatus.UNEXPECTED
    assert "ERROR: The system lets no more files be opened: end other programs" in first.output
    assert "Traceback" not in first.output, first.output
    assert (site.log.logins, site.log.logouts) == (2, 2)
    assert second.status == ExitStatus.COMPLETE
    second.assert_right(site)


@pytest.mark.crawl
def test_driver_that_does_not_start_is_reported_without_a_traceback(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=2)) as site:
        done = crawl(site, PLAYWRIGHT_NODEJS_PATH="/nonexistent", JDP_RETRIES="0").run()
    assert done.status == ExitStatus.USAGE, done.output
    assert "The browser's driver did not start: Cannot launch Node.js" in done.output
    assert "Traceback" not in done.output
