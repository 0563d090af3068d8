"""A contract for `scrapy check`: what the spider makes of a report, without site or browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.contracts import Contract
from scrapy.core.downloader.handlers.base import BaseDownloadHandler

from jdp_spider import meta
from jdp_spider.browser.response import BookoutResponse
from jdp_spider.inventory import Vehicle
from jdp_spider.pages.file_request import ReportRequest
from jdp_spider.pdf.verification import VerifiedPdf

if TYPE_CHECKING:
    from scrapy.http import Request, Response


class WithReport(Contract):
    """Names the vehicle of the response: `@with_report 165548`, after `@url data:,`."""

    name = "with_report"

    def pre_process(self, response: Response) -> None:
        """Put on the request what it would have after a download."""
        (reference,) = self.args
        vehicle = Vehicle(reference, "1FTFW1E50MFA10001", 1, "2021", "Ford", "F-150")
        attempt = meta.Attempt(context="context-1", seconds=2.0)
        response.meta.update({meta.VEHICLE: vehicle, meta.ATTEMPT: attempt})


class SampleBookouts(BaseDownloadHandler):
    """The download handler of `scrapy check`: returns a verified bookout for each request."""

    async def download_request(self, request: Request) -> BookoutResponse:
        """Return a bookout of five bytes."""
        pdf = b"%PDF-"
        return BookoutResponse(
            request.url, body=pdf, request=request, timings={"page": 1.5},
            checked=VerifiedPdf(1, True, "0" * 64, len(pdf)), sent=ReportRequest(request.url),
        )  # fmt: skip
