"""The check of the way to the site: proxy, certificate, and how long a connection takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.browser.certificates import connect
from jdp_spider.config.proxies import shown
from jdp_spider.doctor.findings import failed, from_error, passed, warned
from jdp_spider.pages.errors import SiteError
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.doctor.context import DoctorContext
    from jdp_spider.doctor.findings import Finding

_LONGEST_S = 10.0

_INSPECTED = (
    "Nothing, if that is your antivirus or your company's firewall. It can read everything that is "
    "sent to the site, your password, too (docs/proxies.md)."
)


async def check_network(doctor: DoctorContext) -> Finding:
    """Check that the browser connects to the site's host, and trusts its certificate."""
    config, browser = doctor.config, doctor.context.browser
    assert browser is not None
    way, limit_s = shown(config.proxy, config.base_url), min(_LONGEST_S, config.page_timeout)
    try:
        connection = await connect(browser, config.base_url, limit_s)
    except PlaywrightTimeout:
        # The site may just be slow, which the next check finds out.
        return warned(f"{way}; no answer within {limit_s:g} s", advice="See the next line.")
    except (SiteError, PlaywrightError) as error:
        found = from_error(error, doctor.selectors, doctor.limit)
        return failed(*found.lines, f"reached by: {way}", advice=found.advice)
    lines = [f"{way}; a connection takes {connection.seconds:.2f} s"]
    ignored = config.proxy.ignored if config.proxy else ()
    if ignored:
        entries = to_ascii(", ".join(ignored))
        lines.append(f"the browser does not understand these parts of NO_PROXY: {entries}")
    certificate = connection.certificate
    if certificate is None:
        lines.append("no certificate: the site is reached by http")
    elif certificate.is_public:
        lines.append(f"certificate issued by {certificate.issuer}")
    else:
        lines.append(f"certificate issued by {certificate.issuer}, which is no public authority")
        return warned(*lines, advice=_INSPECTED)
    if ignored:
        return warned(*lines, advice="Correct NO_PROXY: docs/proxies.md has what it may contain.")
    return passed(*lines)
