"""Open questions about the site, and the answers that this doctor found."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp_spider.doctor.findings import wrapped
from jdp_spider.pages.blocking import block
from jdp_spider.pages.closing import close
from jdp_spider.pages.errors import LoggedOut, ServerError, SiteError, one_line
from jdp_spider.pages.place import check_place
from jdp_spider.utils.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from jdp_spider.doctor.context import DoctorContext

QUESTIONS = {
    "address": "Is a bookout link a real address?",
    "names_vehicle": "Does the report's address name the vehicle?",
    "names_vin": "Does the report name the VIN?",
    "opens": "How does the report open?",
    "waits": "Do requests of one session wait for each other?",
    "seconds": "How long do pages and reports take?",
}
"""In the words of the site's description (docs/architecture.md)."""

_ROUNDS = 5
"""Other load on computer and network only adds time, so the quickest says most."""
_NO_WAITING = 1.4
"""If two at once take at most so many times one alone, they do not wait for each other."""
_WAITING = 1.6
"""From this factor on they do: 2 is one after the other."""
_TOO_QUICK_S = 0.1
"""Seconds; quicker answers say more about the network than about the site."""


async def find_out_waiting(doctor: DoctorContext) -> None:
    """Request one page, then two at once, a few times, and compare the quickest.

    Only opens pages: two vehicles' if they have addresses, else the inventory twice.
    """
    urls = [row.url for row in doctor.rows if row.url is not None][:2] or [
        doctor.site.inventory_url
    ]
    first, second = urls[0], urls[-1]
    alone, together = [], []
    try:
        for number in range(_ROUNDS):
            alone.append(await _seconds(doctor, (first, second)[number % 2]))
            together.append(await _seconds(doctor, first, second))
    except (PlaywrightError, SiteError) as error:
        doctor.answers["waits"] = f"not found out: {redact(one_line(error))}"
        return
    doctor.answers["waits"] = verdict(min(alone), min(together))


async def _seconds(doctor: DoctorContext, *urls: str) -> float:
    """Return the seconds until all addresses, requested at once, have been answered.

    They are the browser's: opening tabs and running scripts are no work of the site's.
    """
    pages = [await doctor.context.new_page() for _ in urls]
    try:
        for page in pages:
            await block(page, assets=False)
        return max(await asyncio.gather(*map(partial(_get, doctor), pages, urls)))
    finally:
        await asyncio.gather(*map(close, pages))


async def _get(doctor: DoctorContext, page: Page, url: str) -> float:
    response = await page.goto(url, wait_until="domcontentloaded", timeout=doctor.site.page_ms)
    check_place(page, doctor.site, "A page")
    if response is None:
        return 0.0
    if response.status >= 400:
        raise ServerError(response.status, "a page")
    if doctor.site.is_login(page.url):
        raise LoggedOut("The login came instead of a page")
    await response.finished()
    timing = response.request.timing
    return (timing["responseEnd"] - max(timing["requestStart"], 0.0)) / 1000


def verdict(alone: float, together: float) -> str:
    """Return the answer, given the seconds of one page alone and of two at once."""
    seconds = f"a page {alone:.2f} s, two at once {together:.2f} s"
    if alone < _TOO_QUICK_S:
        return f"not clear, too quick to tell ({seconds})"
    if together <= _NO_WAITING * alone:
        return f"no ({seconds})"
    if together >= _WAITING * alone:
        return f"yes ({seconds}): many contexts gain little"
    return f"not clear ({seconds})"


def answers(doctor: DoctorContext) -> Iterator[str]:
    """Yield a line for each question, with its answer."""
    took = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in doctor.seconds.items())
    found = {**doctor.answers, **({"seconds": took} if took else {})}
    width = max(map(len, QUESTIONS.values()))
    for key, question in QUESTIONS.items():
        line = f"  {question:<{width}}  {found.get(key, 'not found out')}"
        yield wrapped(line, width + 4)
