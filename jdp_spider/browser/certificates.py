"""A connection to the site's host, and who signed the certificate that the browser is shown."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID
from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.errors import SiteError, UntrustedCertificate, network_error
from jdp_spider.pages.network import watch
from jdp_spider.pages.origin import origin_of
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from playwright.async_api import Browser

_ISSUER_S = 10.0
"""How long is waited for the certificate of an issuer that is not trusted."""

_TIMESTAMPS = bytes.fromhex("060a2b06010401d679020402")
"""The name of the extension that holds the logs' signatures (1.3.6.1.4.1.11129.2.4.2), in DER."""
_SHOWN = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)


class Certificate(NamedTuple):
    """What a certificate says of itself."""

    issuer: str
    """Who signed it: common name and organisation, in ASCII."""
    is_public: bool
    """True if public logs list it, as they do every certificate of a public authority."""


class Connection(NamedTuple):
    """A first connection to the site."""

    seconds: float
    """Until it was open; without a new connection, until the answer."""
    certificate: Certificate | None
    """None without https."""


async def connect(browser: Browser, url: str, limit_s: float) -> Connection:
    """Connect to the host of an address as a crawl would, but without any cookie.

    Raise ConnectionFailed, with the issuer if the browser does not trust the certificate;
    PlaywrightTimeout if nothing answers in time.
    """
    try:
        return await _connect(browser, url, limit_s)
    except PlaywrightError as error:
        raise network_error(error) or error from None
    except UntrustedCertificate as error:
        raise await with_issuer(error, browser) from None


async def with_issuer(error: UntrustedCertificate, browser: Browser | None) -> UntrustedCertificate:
    """Return the error with whoever signed the certificate, if that can be found out."""
    issuer = ""
    if browser:
        with contextlib.suppress(PlaywrightError, SiteError, asyncio.TimeoutError):
            found = await asyncio.wait_for(
                _connect(browser, error.url, _ISSUER_S, ignore_https_errors=True), _ISSUER_S
            )
            issuer = found.certificate.issuer if found.certificate else ""
    return UntrustedCertificate(error.chromiums_word, error.url, issuer)


async def _connect(
    browser: Browser, url: str, limit_s: float, *, ignore_https_errors: bool = False
) -> Connection:
    context = await browser.new_context(
        ignore_https_errors=ignore_https_errors, java_script_enabled=False, service_workers="block"
    )
    origin, started = str(origin_of(url)), time.perf_counter()
    try:
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        # Whoever answers may not be the site, and the first page may lead to another host.
        going = page.goto(f"{origin}/robots.txt", wait_until="commit", timeout=limit_s * 1000)
        response = await watch(page).unbroken(going)
        seconds = time.perf_counter() - started
        open_ms = response.request.timing["connectEnd"] if response else -1
        if open_ms > 0:
            seconds = open_ms / 1000
        answer = await session.send("Network.getCertificate", {"origin": origin})
        encoded = answer["tableNames"]
        found = parse_certificate(base64.b64decode(encoded[0])) if encoded else None
        return Connection(seconds, found)
    finally:
        await context.close()


def parse_certificate(data: bytes) -> Certificate:
    """Return what a certificate in DER says."""
    names: list[str] = []
    # What an antivirus makes may break rules that the parser upholds.
    with contextlib.suppress(ValueError):
        issuer = x509.load_der_x509_certificate(data).issuer
        names = [str(n.value) for oid in _SHOWN for n in issuer.get_attributes_for_oid(oid)]
    shown = ", ".join(to_ascii(name) for name in dict.fromkeys(names))
    return Certificate(shown or "an unnamed authority", _TIMESTAMPS in data)
