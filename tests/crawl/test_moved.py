"""Pages at another origin than the site's own: nothing is typed or pressed there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from harness.crawl_process import make_crawl
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from tests.support.marks import long

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.crawl_process import Crawl
    from jdp_spider.demo.site import DemoSite

    MakeCrawl = Callable[..., Crawl]

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

SHORT = {"JDP_PAGE_TIMEOUT": "10"}


@pytest.fixture(params=["crawl", long("doctor")])
def command(request: pytest.FixtureRequest, tmp_path: Path) -> MakeCrawl:
    """The crawl, and the doctor."""

    def make(site: DemoSite, **settings: str) -> Crawl:
        made = make_crawl(site, tmp_path, **SHORT, **settings)
        return made if request.param == "crawl" else replace(made, name=("doctor",))

    return make


def origin(site: DemoSite, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{urlsplit(site.base_url).port}"


def posts(site: DemoSite) -> list[str]:
    return [record.kind for record in site.log.requests if record.method == "POST"]


def assert_told(done: Crawl, site: DemoSite, other: str) -> None:
    """Status 6, both origins, and the lines for .env."""
    text = " ".join(done.output.split())
    assert done.status == ExitStatus.SITE_TROUBLE, done.output
    assert f"leads to {other}, and JD_BASE_URL says {origin(site)}: nothing was typed" in text
    assert f"JDP_LOGIN_HOSTS={urlsplit(other).hostname} " in text
    assert f"JD_BASE_URL={other}/ValuesOnline/" in text
    if "doctor" not in done.name:
        assert "'finish_reason': 'site_moved'" in text
    assert site.options.password not in text


@pytest.mark.parametrize(
    ("moved", "sent"), [("login", []), long("form", []), ("answer", ["login"])]
)
def test_login_at_another_origin_gets_no_password(
    command: MakeCrawl, moved: str, sent: list[str]
) -> None:
    """It redirects there, its form is sent there, or its answer has the browser send it there."""
    with running_demo() as other:
        options = DemoOptions(vehicles=3, moved_to=origin(other), moved=moved)
        with running_demo(options) as site:
            done = command(site).run()
    assert posts(other) == []
    assert_told(done, site, origin(other))
    # No second look, but for the doctor's at the network, and no second login.
    looks = 2 if "doctor" in done.name else 1
    assert (site.log.counts["login"], posts(site)) == (looks + len(sent), sent)


@pytest.mark.parametrize(("moved", "asked"), [long("inventory", 0), ("vehicle", 5)])
def test_page_at_another_origin_after_the_login_ends_the_run(
    command: MakeCrawl, moved: str, asked: int
) -> None:
    with running_demo() as other:
        options = DemoOptions(vehicles=40, moved_to=origin(other), moved=moved)
        with running_demo(options) as site:
            done = command(site).run()
    assert_told(done, site, origin(other))
    assert (posts(other), site.log.logins, site.log.reports) == ([], 1, {})
    # Those that were under way; none of them a second time.
    assert site.log.counts["vehicle"] <= asked


@pytest.mark.parametrize("command", [long("doctor")], indirect=True)
def test_login_at_an_allowed_host_works(command: MakeCrawl) -> None:
    """The site sends to its other name for the login, and back with a ticket."""
    with running_demo() as free:
        port = urlsplit(free.base_url).port
    options = DemoOptions(vehicles=6, port=port, moved_to=f"http://localhost:{port}")
    with running_demo(options) as site:
        done = command(site, JDP_LOGIN_HOSTS="Localhost.").run()
    assert done.status == ExitStatus.COMPLETE, done.output
    assert (site.log.logins, site.log.logouts, site.log.live_sessions) == (1, 1, 0)


def test_ended_session_logs_in_again_at_an_allowed_host(
    crawl: MakeCrawl,
) -> None:
    """The site sends to its other name for each login, and back with a ticket.

    A vehicle's page at that host says that the session has ended, and not that the site has moved.
    """
    with running_demo() as free:
        port = urlsplit(free.base_url).port
    options = DemoOptions(vehicles=6, port=port, moved_to=f"http://localhost:{port}")
    with running_demo(options) as site:
        reference = site.vehicles[3].reference
        site.faults.set(Fault("vehicle", "session-ends", references=(reference,)))
        done = crawl(site, JDP_LOGIN_HOSTS="Localhost.").run()
    assert done.status == ExitStatus.COMPLETE, done.output
    assert (site.log.logins, site.log.logouts, site.log.live_sessions) == (2, 1, 0)


def test_logout_at_another_origin_leaves_the_run_complete(crawl: MakeCrawl) -> None:
    """All is saved, and the session is over: the run is complete."""
    with running_demo() as other:
        options = DemoOptions(vehicles=3, moved_to=origin(other), moved="logout")
        with running_demo(options) as site:
            done = crawl(site).run()
    assert done.status == ExitStatus.COMPLETE, done.output
    assert (site.log.logouts, site.log.live_sessions, posts(other)) == (1, 0, [])
    assert len(done.pdfs) == 3
