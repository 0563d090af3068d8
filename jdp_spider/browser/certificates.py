"""Who signed the certificate that the browser is shown for a site."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID
from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.errors import SiteError, UntrustedCertificate
from jdp_spider.pages.network import watch
from jdp_spider.pages.origin import origin_of
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from playwright.async_api import Browser

_LIMIT_S = 15.0

_TIMESTAMPS = x509.oid.ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS
_SHOWN = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)


class Certificate(NamedTuple):
    """What a certificate says of itself."""

    issuer: str
    """Who signed it: common name and organisation, in ASCII."""
    is_public: bool
    """True if public logs list it, as they do every certificate of a public authority."""


async def with_issuer(error: UntrustedCertificate, browser: Browser | None) -> UntrustedCertificate:
    """Return the error with whoever signed the certificate."""
    found = await certificate_of(browser, error.url) if browser else None
    return UntrustedCertificate(error.chromiums_word, error.url, found.issuer if found else "")


async def certificate_of(browser: Browser, url: str) -> Certificate | None:
    """Return the certificate that is shown for the site, trusted or not; None if there is none.

    A fresh context asks for the first page of the host, so that whoever answers learns nothing.
    """
    with contextlib.suppress(PlaywrightError, SiteError, asyncio.TimeoutError):
        return await asyncio.wait_for(_look(browser, url), _LIMIT_S)
    return None


async def _look(browser: Browser, url: str) -> Certificate | None:
    context = await browser.new_context(
        ignore_https_errors=True, java_script_enabled=False, service_workers="block"
    )
    try:
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        await watch(page).unbroken(page.goto(f"{origin_of(url)}/", wait_until="commit"))
        answer = await session.send("Network.getCertificate", {"origin": str(origin_of(url))})
        encoded = answer["tableNames"]
        return parse_certificate(base64.b64decode(encoded[0])) if encoded else None
    finally:
        await context.close()


def parse_certificate(data: bytes) -> Certificate:
    """Return what a certificate in DER says."""
    certificate = x509.load_der_x509_certificate(data)
    names = [n.value for oid in _SHOWN for n in certificate.issuer.get_attributes_for_oid(oid)]
    issuer = ", ".join(to_ascii(str(name)) for name in dict.fromkeys(names))
    is_public = any(extension.oid == _TIMESTAMPS for extension in certificate.extensions)
    return Certificate(issuer or "nobody", is_public)
