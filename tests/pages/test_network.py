from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.errors import (
    ConnectionFailed,
    NetworkRefused,
    ServerError,
    SiteUnreachable,
    UntrustedCertificate,
    connection_error,
    network_error,
)
from jdp_spider.pages.network import NetworkMonitor

PAGE = "http://site/vehicle/1"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("net::ERR_CONNECTION_REFUSED", SiteUnreachable),
        ("net::ERR_NAME_NOT_RESOLVED", SiteUnreachable),
        ("net::ERR_INTERNET_DISCONNECTED", SiteUnreachable),
        ("net::ERR_PROXY_CONNECTION_FAILED", SiteUnreachable),
        ("net::ERR_SOCKS_CONNECTION_FAILED", SiteUnreachable),
        ("net::ERR_TUNNEL_CONNECTION_FAILED", SiteUnreachable),
        ("net::ERR_NETWORK_CHANGED", SiteUnreachable),
        ("net::ERR_ADDRESS_UNREACHABLE", SiteUnreachable),
        ("net::ERR_CONNECTION_TIMED_OUT", SiteUnreachable),
        ("net::ERR_TIMED_OUT", SiteUnreachable),
        ("net::ERR_SSL_PROTOCOL_ERROR", SiteUnreachable),
        ("net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH", NetworkRefused),
        ("net::ERR_SSL_CLIENT_AUTH_CERT_NEEDED", NetworkRefused),
        ("net::ERR_PROXY_AUTH_UNSUPPORTED", NetworkRefused),
        ("net::ERR_UNEXPECTED", SiteUnreachable),
        ("net::ERR_CERT_AUTHORITY_INVALID", UntrustedCertificate),
        ("net::ERR_CERT_DATE_INVALID", UntrustedCertificate),
        ("net::ERR_PROXY_CERTIFICATE_INVALID", SiteUnreachable),
        ("apiRequestContext.fetch: connect ECONNREFUSED 10.0.0.1:443", SiteUnreachable),
        ("apiRequestContext.fetch: getaddrinfo EAI_AGAIN site", SiteUnreachable),
        ("net::ERR_CONNECTION_RESET", ConnectionFailed),
        ("net::ERR_EMPTY_RESPONSE", ConnectionFailed),
        ("net::ERR_INCOMPLETE_CHUNKED_ENCODING", ConnectionFailed),
        ("apiRequestContext.fetch: socket hang up", ConnectionFailed),
    ],
)
def test_refused_and_broken_connections_are_different_errors(
    reason: str, kind: type[ConnectionFailed]
) -> None:
    assert type(connection_error(reason, "a page")) is kind


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("net::ERR_SOCKS_CONNECTION_FAILED", "browsers give to no SOCKS proxy"),
        ("net::ERR_PROXY_CONNECTION_FAILED", "the proxy does not answer"),
        ("net::ERR_TIMED_OUT", "the proxy if there is one, and JD_BASE_URL"),
        ("net::ERR_UNEXPECTED", "a proxy whose login by NTLM fails"),
        ("net::ERR_PROXY_AUTH_UNSUPPORTED", "wants a kind of login that the browser cannot give"),
        ("net::ERR_MISCONFIGURED_AUTH_ENVIRONMENT", "wants a kind of login that the browser"),
        ("net::ERR_PROXY_AUTH_REQUESTED", "JDP_PROXY=http://user:password@host:port"),
    ],
)
def test_proxy_errors_are_described(reason: str, words: str) -> None:
    assert words in str(connection_error(reason, "a page"))


def test_network_errors_of_a_navigation() -> None:
    failed = PlaywrightError("Page.goto: net::ERR_CONNECTION_REFUSED at http://site/\nCall log:")
    assert type(network_error(failed)) is SiteUnreachable
    for message in ("Page.goto: net::ERR_ABORTED at http://site/", "Page.goto: Timeout 1ms"):
        assert network_error(PlaywrightError(message)) is None


CERT = "The browser does not trust the "


@pytest.mark.parametrize(
    ("reason", "url", "issuer", "what"),
    [
        ("net::ERR_CERT_REVOKED", "", "", "site's certificate: it was revoked"),
        (
            "net::ERR_CERT_DATE_INVALID",
            "https://site.example/x",
            "A, B",
            (
                'certificate of site.example, issued by "A, B": it is out of date, or this '
                "computer's clock is wrong"
            ),
        ),
        (
            "net::ERR_CERT_COMMON_NAME_INVALID",
            "https://site.example:8/",
            "",
            "certificate of site.example: it belongs to another host",
        ),
        ("net::ERR_CERT_WEAK_KEY", "", "", "site's certificate: it is not valid"),
    ],
)
def test_certificate_errors_are_described(reason: str, url: str, issuer: str, what: str) -> None:
    error = UntrustedCertificate(reason, url, issuer)
    assert error.what == f"{CERT}{what} ({reason})"
    assert str(error) == f"{error.what}. {error.advice}"


def test_an_untrusted_certificate_of_a_navigation_has_its_address() -> None:
    text = "Page.goto: net::ERR_CERT_AUTHORITY_INVALID at https://site.example/x\nCall log:"
    error = network_error(PlaywrightError(text))
    assert isinstance(error, UntrustedCertificate)
    assert (error.chromiums_word, error.url) == (
        "net::ERR_CERT_AUTHORITY_INVALID",
        "https://site.example/x",
    )


class Page:
    """A page whose requests the test makes up."""

    def __init__(self) -> None:
        self.url = PAGE
        self.main_frame = object()
        self._listeners: dict[str, Any] = {}

    def on(self, event: str, listener: Any) -> None:
        self._listeners[event] = listener

    def request(self, kind: str = "document", failure: str = "", **known: Any) -> Any:
        request = SimpleNamespace(
            method="GET",
            url=PAGE,
            post_data=None,
            redirected_from=None,
            resource_type=kind,
            failure=failure,
            frame=self.main_frame,
            is_navigation_request=lambda: kind == "document",
        )
        vars(request).update(known)
        self._listeners["request"](request)
        if failure:
            self._listeners["requestfailed"](request)
        return request

    def answer(self, status: int, kind: str = "document", **headers: str) -> None:
        request = (
            self.request("document", frame=object()) if kind == "frame" else self.request(kind)
        )
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        response = SimpleNamespace(status=status, url=PAGE, request=request, headers=names)
        self._listeners["response"](response)


def watched(*steps: Any, waits: float = 0.01) -> Any:
    """What becomes of work on a page on which these things happen."""

    async def story() -> Any:
        page = Page()
        watch = NetworkMonitor(page)  # type: ignore[arg-type]

        async def work() -> str:
            for step in steps:
                step(page)
            await asyncio.sleep(waits)
            return "done"

        try:
            return await watch.unbroken(work())
        except ConnectionFailed as error:
            return error

    return asyncio.run(story())


def test_aborted_navigation_ends_the_task_at_once() -> None:
    error = watched(lambda page: page.request(failure="net::ERR_CONNECTION_RESET"), waits=3600)
    assert str(error) == "No answer to the request for a page (net::ERR_CONNECTION_RESET)"


def test_proxy_login_request_ends_the_task_at_once() -> None:
    error = watched(lambda page: page.answer(407), waits=3600)
    assert type(error) is NetworkRefused
    assert error.what.startswith("The proxy wants a user name and a password")


@pytest.mark.parametrize(
    "step",
    [
        lambda page: page.request(failure="net::ERR_ABORTED"),
        lambda page: page.request("image", failure="net::ERR_FAILED"),
        lambda page: page.request(failure="net::ERR_CONNECTION_RESET", frame=object()),
        lambda page: page.answer(500),
    ],
)
def test_other_failures_do_not_end_the_task(step: Any) -> None:
    assert watched(step) == "done"


def test_new_navigation_clears_the_failure() -> None:
    def broken_before(page: Page) -> None:
        page.request(failure="net::ERR_CONNECTION_RESET")
        page.answer(200)

    assert watched(broken_before) == "done"


def on_a_page(*steps: Any) -> NetworkMonitor:
    async def story() -> NetworkMonitor:
        page = Page()
        watch = NetworkMonitor(page)  # type: ignore[arg-type]
        for step in steps:
            step(page)
        return watch

    return asyncio.run(story())


def test_page_whose_script_asks_for_the_logout_is_told_from_one_that_is_sent_to_the_login() -> None:
    out = "http://site/ValuesOnline/Home/Logout"
    login, first = "http://site/Login?from=/Home/Logout", SimpleNamespace()

    def visits(*steps: dict[str, Any]) -> bool:
        return on_a_page(*(lambda page, step=step: page.request(**step) for step in steps)).logs_out

    assert visits({}, {"url": out}, {"url": login, "redirected_from": first})
    assert visits({"url": "http://site/account/sign-out"})
    assert not visits({"url": out}, {})
    assert not visits({"url": login})
    assert not visits({}, {"url": out, "redirected_from": first})
    assert not visits({"url": out, "frame": object()})


def test_the_status_of_the_last_navigation_counts() -> None:
    watch = on_a_page(lambda page: page.answer(503, retry_after="9"))
    with pytest.raises(ServerError, match="The site answered 503 for it") as raised:
        watch.check("it")
    assert (raised.value.status, raised.value.retry_after) == (503, 9.0)
    on_a_page(lambda page: page.answer(503), lambda page: page.answer(200)).check("it")
    on_a_page().check("it")


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (lambda page: page.answer(500, "xhr"), ServerError),
        (lambda page: page.answer(429, "fetch"), ServerError),
        (lambda page: page.answer(503, "frame"), ServerError),
        (lambda page: page.request("fetch", failure="net::ERR_CONNECTION_RESET"), ConnectionFailed),
    ],
)
def test_failures_of_requests_by_the_page_are_raised(step: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        on_a_page(step).check_dynamic()
    # They belong to the page that was there before.
    on_a_page(step, lambda page: page.answer(200)).check_dynamic()


@pytest.mark.parametrize(
    "step",
    [
        lambda page: page.answer(404, "xhr"),
        lambda page: page.answer(500, "image"),
        lambda page: page.request("xhr", failure="net::ERR_RESET", url="http://other/x"),
    ],
)
def test_failures_without_significance_are_ignored(step: Any) -> None:
    on_a_page(step).check_dynamic()
