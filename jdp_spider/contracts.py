"""A contract for `scrapy check`: what the spider makes of a report, without site or browser."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from scrapy.contracts import Contract

from jdp_spider import meta
from jdp_spider.inventory import Vehicle
from jdp_spider.pages.bookout import BookoutReport, ReportRequest
from jdp_spider.pdf.verification import VerifiedPdf

if TYPE_CHECKING:
    from scrapy.http import Response


class WithReport(Contract):
    """Gives the callback a checked report: `@with_report 165548`, behind `@url data:,`."""

    name = "with_report"

    def pre_process(self, response: Response) -> None:
        """Put on the request what a download would have left there."""
        (reference,) = self.args
        pdf = b"%PDF-"
        report = BookoutReport(
            pdf,
            VerifiedPdf(1, True, "0" * 64, len(pdf)),
            ReportRequest(response.url),
            {"page": 1.5},
        )
        response.meta.update({
            meta.VEHICLE: Vehicle(reference, "1FTFW1E50MFA10001", 1, "2021", "Ford", "F-150"),
            meta.SECONDS: 2.0,
            "playwright_page_methods": [SimpleNamespace(result=report)],
            "playwright_context": "context-1",
        })  # fmt: skip
