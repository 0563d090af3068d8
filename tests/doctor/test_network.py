"""The doctor's line about the way to the site."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.browser.certificates import Certificate as Read
from jdp_spider.browser.certificates import Connection
from jdp_spider.config.proxies import find_proxy
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.doctor import network
from jdp_spider.pages.errors import NetworkRefused
from tests.support.proxy import Certificate, port_of, running_proxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.crawl_process import Crawl
    from jdp_spider.doctor.findings import Finding

SITE = "https://site.test/ValuesOnline/"


def look(
    monkeypatch: pytest.MonkeyPatch, found: Connection | Exception, **variables: str
) -> Finding:
    async def connect(*_: Any) -> Connection:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(network, "connect", connect)
    proxy = find_proxy(SITE, variables.get("JDP_PROXY", ""), variables)
    config = SimpleNamespace(proxy=proxy, base_url=SITE, page_timeout=60.0)
    doctor = SimpleNamespace(
        config=config, context=SimpleNamespace(browser=1), selectors={}, limit=60.0
    )
    return asyncio.run(network.check_network(doctor))  # type: ignore[arg-type]


def test_certificate_of_a_public_authority_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = look(monkeypatch, Connection(0.123, Read("Known CA", True)), JDP_PROXY="none")
    assert (finding.mark, finding.lines) == (
        "PASS",
        ("no proxy (JDP_PROXY); a connection takes 0.12 s", "certificate issued by Known CA"),
    )


def test_an_inspecting_antivirus_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    login = "http://us3r:s3cret@p:1"
    finding = look(monkeypatch, Connection(1, Read("Shield", False)), HTTPS_PROXY=login)
    assert (finding.mark, finding.lines) == (
        "WARN",
        (
            (
                "proxy http://p:1 (HTTPS_PROXY, with user name and password); a connection takes "
                "1.00 s"
            ),
            "certificate issued by Shield, which is no public authority",
        ),
    )


def test_parts_of_no_proxy_that_chromium_ignores_are_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finding = look(monkeypatch, Connection(1, Read("CA", True)), HTTPS_PROXY="p", NO_PROXY="a/b,c")
    assert finding.mark == "WARN"
    assert "the browser does not understand these parts of NO_PROXY: a/b" in finding.lines


def test_refusal_of_the_network_has_its_own_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = look(monkeypatch, NetworkRefused("Untrusted", "Do this"), JDP_PROXY="none")
    assert (finding.mark, finding.lines, finding.advice, finding.status) == (
        "FAIL", ("Untrusted", "reached by: no proxy (JDP_PROXY)"), "Do this", 6
    )  # fmt: skip


@pytest.mark.browser
@pytest.mark.crawl
def test_doctor_names_an_untrusted_issuer(crawl: Callable[..., Crawl]) -> None:
    with (
        running_demo(DemoOptions(vehicles=3)) as site,
        running_proxy(port_of(site.base_url), "us3r:s3cret", tls=Certificate().context()) as proxy,
    ):
        doctor = crawl(site, JD_BASE_URL=SITE, JDP_PROXY=f"us3r:s3cret@{proxy.address}")
        doctor.name = ("doctor",)
        done = doctor.run()
    text = " ".join(done.output.split())
    assert (done.status, site.log.logins) == (6, 0)
    assert (
        "FAIL network The browser does not trust the certificate of site.test, issued by "
        '"Antivirus Web Shield Root, Antivirus Ltd": this computer does not know who' in text
    )
    way = f"reached by: proxy http://{proxy.address} (JDP_PROXY, with user name and password)"
    assert way in text
    assert re.search("us3r|s3cret", done.output) is None
