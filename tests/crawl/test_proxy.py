"""The real command behind a proxy that alone knows the site's name."""

from __future__ import annotations

import contextlib
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.process_tree import command_of
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from tests.support.marks import long
from tests.support.proxy import Certificate, port_of, running_proxy

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from harness.crawl_process import Crawl
    from jdp_spider.demo.site import DemoSite

    MakeCrawl = Callable[..., Crawl]

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

ADDRESS = "http://site.test/ValuesOnline/"
SECURE = "https://site.test/ValuesOnline/"
LOGIN = "pr0xy-user:pr0xy-s3cret"
SECRETS = ("pr0xy-user", "pr0xy-s3cret", "cHIweHktdXNlcjpwcjB4eS1zM2NyZXQ")


@contextmanager
def demo(origin: str) -> Iterator[DemoSite]:
    """Run a demo site of three vehicles that knows itself by another name."""
    with running_demo(DemoOptions(vehicles=3)) as site:
        site.state.origin = origin
        yield site


class CommandLines(threading.Thread):
    """Collects the command lines of all that a process starts, until it ends."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self.found: set[str] = set()
        self._process = psutil.Process(process.pid)
        self.start()

    def run(self) -> None:
        while self._process.is_running():
            with contextlib.suppress(psutil.Error):
                children = self._process.children(recursive=True)
                self.found |= {" ".join(command_of(child)) for child in children}
            time.sleep(0.05)


@pytest.mark.parametrize("name", ["JDP_PROXY", long("all_proxy")])
def test_all_requests_use_the_proxy_and_its_login_is_not_written(
    crawl: MakeCrawl, name: str
) -> None:
    with demo("http://site.test") as site:
        with running_proxy(port_of(site.base_url), LOGIN) as proxy:
            settings = {name: f"http://{LOGIN}@{proxy.address}", "JDP_HTTP_HOSTS": "site.test"}
            made = crawl(site, JD_BASE_URL=ADDRESS, **settings)
            process = made.start("-L", "DEBUG")
            lines = CommandLines(process)
            done = made.finish(process)
        done.assert_right(site, 3)
        assert (done.status, site.log.reports.total()) == (ExitStatus.COMPLETE, 3)
        # The site saw nothing that the proxy did not.
        assert len(proxy.asked) == len(site.log.requests)
    kept = [path.read_bytes() for path in made.workdir.rglob("*") if path.is_file()]
    found = [*lines.found, done.output, *(data.decode("utf-8", "replace") for data in kept)]
    assert any("--proxy-server" in line for line in lines.found)
    assert f"The browser uses the proxy http://{proxy.address}" in done.output
    assert [(s, text[:200]) for s in SECRETS for text in found if s in text] == []


def test_an_untrusted_certificate_ends_the_run_with_its_issuer(crawl: MakeCrawl) -> None:
    with (
        demo("https://site.test") as site,
        running_proxy(port_of(site.base_url), tls=Certificate().context()) as proxy,
    ):
        done = crawl(site, JD_BASE_URL=SECURE, HTTPS_PROXY=proxy.address).run()
    line = (
        'does not trust the certificate of site.test, issued by "Antivirus Web Shield Root, '
        'Antivirus Ltd": this computer does not know who issued it'
    )
    (error,) = [line for line in done.output.splitlines() if " ERROR: " in line]
    assert line in error
    assert (done.status, done.stats["finish_reason"]) == (6, "network_refused")
    assert site.log.logins == 0


@pytest.mark.parametrize(("address", "login"), [long(ADDRESS, ""), (SECURE, "pr0xy-user:wrong@")])
def test_proxy_that_refuses_the_login_ends_the_run(
    crawl: MakeCrawl, address: str, login: str
) -> None:
    with (
        demo(address.removesuffix("/ValuesOnline/")) as site,
        running_proxy(port_of(site.base_url), LOGIN) as proxy,
    ):
        settings = {"JDP_PROXY": f"{login}{proxy.address}", "JDP_HTTP_HOSTS": "site.test"}
        done = crawl(site, JD_BASE_URL=address, **settings).run()
    (error,) = [line for line in done.output.splitlines() if " ERROR: " in line]
    assert "The proxy wants a user name and a password, or refuses those that it got" in error
    assert (done.status, done.stats["finish_reason"]) == (6, "network_refused")
    assert (proxy.asked, site.log.requests) == ([], [])


def test_unreachable_proxy_is_named_at_once(crawl: MakeCrawl) -> None:
    with demo("https://site.test") as site:
        settings = {"JDP_PROXY": "127.0.0.1:9", "JDP_OUTAGE_TIMEOUT": "1"}
        done = crawl(site, JD_BASE_URL=SECURE, **settings).run()
    first = next(line for line in done.output.splitlines() if " WARNING: " in line)
    assert "the proxy does not answer: check its address (JDP_PROXY" in first
    assert (done.status, done.stats["finish_reason"]) == (6, "site_unreachable")
