"""One vehicle's whole work: open its page, ask for its report once, read what came."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages import grid
from jdp_spider.pages.common import press, wait_for, wait_until
from jdp_spider.pages.errors import (
    BrowserFailed,
    LoggedOut,
    NoBookoutLink,
    PageChanged,
    ReportNotOpened,
    ReportTimeout,
    ServerError,
    WrongVehicle,
    connection_error,
    is_closed,
)
from jdp_spider.pages.site import BLOCKED_ASSETS
from jdp_spider.pages.watch import retry_after, watch
from jdp_spider.vehicles import normalise, plain
from jdp_spider.verification import Report, ReportRefused, check_report, unverified_report

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.site import Site
    from jdp_spider.vehicles import Vehicle

logger = logging.getLogger(__name__)

_WHERE = "Vehicle"
_TURN_PAGES = 2
"""How many times a page's limit a vehicle may search before others have their turn."""

# Takes what would open the report in a new tab and keeps its request instead: the report is
# then fetched once, by this page's own context, and belongs to no other page. Covers an address
# given to window.open, an empty window that is sent somewhere, a form and a link with a target.
_CATCH_REPORT = """mark => {
    // What was caught before belongs to another click, and nothing is replaced twice.
    window.jdpReport = null;
    if (window.jdpCatching) return;
    window.jdpCatching = true;
    const keep = (url, method = 'GET', body = null) => {
        if (!url || String(url).startsWith('about:')) return;
        const found = {url: new URL(url, document.baseURI).href, method, body, at: Date.now()};
        found.marked = found.url.includes(mark);
        // A page that asks to wait may come first.
        if (!window.jdpReport || found.marked) window.jdpReport = found;
    };
    const ours = target => target && !['_self', '_top', '_parent'].includes(target);
    const place = {assign: keep, replace: keep, set href(url) { keep(url); }, get href() { return 'about:blank'; }};
    const tab = {closed: false, opener: window, focus() {}, blur() {}, close() {}, print() {},
        addEventListener() {}, document: {write() {}, writeln() {}, open() {}, close() {}, title: ''},
        get location() { return place; }, set location(url) { keep(url); }};
    window.open = url => { keep(url); return tab; };
    const keepForm = (form, button) => {
        const data = new URLSearchParams(new FormData(form, button ?? undefined)).toString();
        const action = button?.getAttribute('formaction') || form.getAttribute('action')
            || location.href;
        if (form.method === 'post') return keep(action, 'POST', data);
        const url = new URL(action, document.baseURI);
        url.search = data;
        keep(url.href);
    };
    const submit = HTMLFormElement.prototype.submit;
    HTMLFormElement.prototype.submit = function () {
        return ours(this.target) ? keepForm(this) : submit.call(this);
    };
    document.addEventListener('submit', event => {
        if (event.defaultPrevented || !ours(event.submitter?.formTarget || event.target.target)) return;
        event.preventDefault();
        keepForm(event.target, event.submitter);
    });
    document.addEventListener('click', event => {
        const link = event.target.closest?.('a[href]');
        if (!link || event.defaultPrevented || !ours(link.target)) return;
        event.preventDefault();
        keep(link.href);
    });
}"""  # noqa: E501
# What the page shows, the values of its fields too: the stock number may stand in one.
_TEXT = """() => [document.body.innerText,
    ...[...document.querySelectorAll('input, textarea')].map(field => field.value)].join('\\n')"""
_CAUGHT = """() => window.jdpReport
    && (window.jdpReport.marked || Date.now() - window.jdpReport.at > 3000) && window.jdpReport"""

_VIN = re.compile(r"\b(?=[A-Z]*[0-9])[A-HJ-NPR-Z0-9]{17}\b")


class _Shared:
    """What the pages of one browser share."""

    def __init__(self) -> None:
        self.search_turn = asyncio.Lock()
        self.reports_name_vins = False


_shared: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Shared] = weakref.WeakKeyDictionary()
"""By the loop that the pages run in: on Windows not the crawl's."""


@dataclass(frozen=True)
class BookoutReport:
    """A report that was read and found to be the vehicle's own; `timings` in seconds by step."""

    pdf: bytes
    checked: Report
    timings: dict[str, float]
    cookies: list[dict[str, Any]] = field(default_factory=list, repr=False)
    """The session's, as they are now: the site may renew them."""


async def bookout_report(
    page: Page,
    vehicle: Vehicle,
    site: Site,
    *,
    by_search: bool,
    search_at: str | None = None,
    needs_vin: bool = False,
    accept_unverified: bool = False,
) -> BookoutReport:
    """Take the vehicle's report from `page`, which was sent to its address or to the inventory.

    `search_at` is the inventory's address when the vehicle may be searched for, should the
    address of an earlier walk not lead to it any more.
    `needs_vin` says that other vehicles have the same reference: only the VIN tells them apart.
    `accept_unverified` takes a report without any text, too, as the user has allowed it.
    Raises any SiteError, or ReportRefused when what came is not this vehicle's report.
    """
    started = time.perf_counter()
    if by_search:
        await _open_by_search(page, vehicle, site)
    elif search_at is None:
        watch(page).check(f"vehicle {vehicle.label}")
        await check_page(page, vehicle, site)
    else:
        await _open_by_old_address(page, vehicle, search_at, site)
    opened = time.perf_counter()
    await open_dialog(page, site)
    request = await catch_report(page, vehicle, site)
    asked = time.perf_counter()
    pdf = await fetch_report(page, request, vehicle, site)
    fetched = time.perf_counter()
    checked = await _check(pdf, vehicle, needs_vin, accept_unverified)
    cookies = [dict(cookie) for cookie in await page.context.cookies()]
    timings = {
        "page": opened - started,
        "dialog": asked - opened,
        "report": fetched - asked,
        "check": time.perf_counter() - fetched,
    }
    return BookoutReport(pdf, checked, timings, cookies)


def _of_this_loop() -> _Shared:
    return _shared.setdefault(asyncio.get_running_loop(), _Shared())


async def _open_by_search(page: Page, vehicle: Vehicle, site: Site) -> None:
    watch(page).check(f"the inventory, for vehicle {vehicle.label}")
    # The session keeps one filter and one selected vehicle for all contexts (U): from the search
    # until the page shows the vehicle, only one may be at it.
    async with _of_this_loop().search_turn:
        # Bounded: a page that hangs must not keep the others from their turns.
        try:
            await asyncio.wait_for(_search(page, vehicle, site), _TURN_PAGES * site.page_timeout)
        except asyncio.TimeoutError:
            purpose = f"the search for vehicle {vehicle.label} took too long"
            raise site.changed("Inventory", "search", purpose=purpose) from None


async def _search(page: Page, vehicle: Vehicle, site: Site) -> None:
    await grid.wait_for_grid(page, site)
    row = await grid.find(page, vehicle, site)
    if row is None:
        raise NoBookoutLink(f"No row of the inventory is vehicle {vehicle.label}")
    await grid.open_row(page, row)
    await check_page(page, vehicle, site)


async def _open_by_old_address(page: Page, vehicle: Vehicle, search_at: str, site: Site) -> None:
    try:
        watch(page).check(f"vehicle {vehicle.label}")
        await check_page(page, vehicle, site)
    except (ServerError, WrongVehicle, PageChanged) as error:
        if isinstance(error, ServerError) and error.status >= 500:
            raise
        logger.info("The old link of vehicle %s does not hold: searching", vehicle.label)
        await page.goto(search_at, wait_until="domcontentloaded", timeout=site.page_ms)
        await _open_by_search(page, vehicle, site)


async def check_page(page: Page, vehicle: Vehicle, site: Site) -> None:
    """Wait for the vehicle's page. Raises as `wait_for`, or WrongVehicle when it names another."""
    await wait_for(page, site, "reports", where=_WHERE)
    text = await page.evaluate(_TEXT)
    if not names_vehicle(text, vehicle):
        message = f"The page opened for vehicle {vehicle.label} does not name it"
        raise WrongVehicle(message, text)


async def block_assets(page: Page) -> None:
    """Let the browser itself keep the page from loading what a vehicle's page does without."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.enable")
    await devtools.send("Network.setBlockedURLs", {"urls": list(BLOCKED_ASSETS)})


def names_vehicle(text: str, vehicle: Vehicle) -> bool:
    """Whether a page's text holds the vehicle's whole reference and, if it shows VINs, its VIN."""
    reference = re.escape(normalise(vehicle.reference))
    if not re.search(rf"(?<![A-Za-z0-9]){reference}(?![A-Za-z0-9])", normalise(text)):
        return False
    shown = set(_VIN.findall(text.upper()))
    return not vehicle.vin or not shown or vehicle.vin in shown


async def open_dialog(page: Page, site: Site) -> None:
    """Open the reports dialog of a vehicle's page. Raises LoggedOut or PageChanged."""
    await press(page, site, "reports", _WHERE)


async def catch_report(page: Page, vehicle: Vehicle, site: Site) -> dict[str, Any]:
    """Create the PDF in the dialog; the request that asks for it, caught before it is sent.

    Its `url`, `method` and `body`; `marked` says whether the site's report mark stands in the
    address. Raises PageChanged when the dialog does not come up, or ReportNotOpened.
    """
    await page.evaluate(_CATCH_REPORT, site.report_mark)
    await press(page, site, "create_pdf", "Reports dialog")
    try:
        request: dict[str, Any] = await wait_until(
            page, site, _CAUGHT, None, "report_mark", where="Reports dialog"
        )
    except PageChanged:
        message = f"'Create PDF' opened no report for vehicle {vehicle.label}"
        raise ReportNotOpened(message) from None
    return request


async def fetch_report(page: Page, request: dict[str, Any], vehicle: Vehicle, site: Site) -> bytes:
    """Send a caught request once, by the page's own context; what came, unchecked.

    Raises ReportTimeout, ServerError, ConnectionFailed or BrowserFailed.
    """
    headers = {"Referer": page.url}
    if request["body"] is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        response = await page.context.request.fetch(
            request["url"],
            method=request["method"],
            headers=headers,
            data=request["body"],
            timeout=site.report_ms,
        )
    except PlaywrightTimeout:
        message = f"No report for vehicle {vehicle.label} within {site.report_timeout:g} s"
        raise ReportTimeout(message) from None
    except PlaywrightError as error:
        if is_closed(error):
            raise BrowserFailed("The browser ended under the report") from None
        # Its message lists the request's headers, the session cookie among them.
        first_line = plain(error.message.splitlines()[0])
        raise connection_error(first_line, f"the report of {vehicle.label}") from None
    try:
        if response.status >= 400:
            what = f"the report of vehicle {vehicle.label}"
            raise ServerError(response.status, what, retry_after(response.headers))
        if response.url.startswith(site.login_url.partition("?")[0]):
            raise LoggedOut(f"The login came instead of the report of vehicle {vehicle.label}")
        return await response.body()
    finally:
        await response.dispose()


async def _check(pdf: bytes, vehicle: Vehicle, needs_vin: bool, accept_unverified: bool) -> Report:
    """Read the report in a thread, so that the other contexts' pages go on meanwhile.

    Reports may name no VIN at all (site-contract: inferred only); but where some do, all must.
    """
    shared = _of_this_loop()
    try:
        report = await asyncio.to_thread(check_report, pdf, vehicle.reference, vehicle.vin)
    except ReportRefused as refused:
        if refused.reason == "login_page":
            message = f"The login came instead of the report of vehicle {vehicle.label}"
            raise LoggedOut(message) from None
        if refused.reason == "no_text" and accept_unverified:
            return unverified_report(pdf)
        raise
    shared.reports_name_vins |= report.names_vin
    if not report.names_vin and (needs_vin or (vehicle.vin and shared.reports_name_vins)):
        message = f"The report of vehicle {vehicle.label} names no VIN, and it takes one to tell"
        raise ReportRefused("vin_missing", message)
    return report
