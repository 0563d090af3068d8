"""What the download handler returns for a page task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.http import Response

if TYPE_CHECKING:
    from jdp_spider.pages.file_request import ReportRequest
    from jdp_spider.pdf.verification import VerifiedPdf


class TaskResponse(Response):
    """Carries the return value of the task's function. It has no body."""

    attributes = (*Response.attributes, "result")

    def __init__(self, url: str, *args: Any, result: Any = None, **kwargs: Any) -> None:
        super().__init__(url, *args, **kwargs)
        self.result = result


class BookoutResponse(Response):
    """A vehicle's verified bookout: its body is the PDF.

    Like any response it passes the downloader middlewares. It has status 200 and no headers, so
    none of Scrapy's replaces or decodes it. HttpCacheMiddleware would keep customers' PDFs in a
    second place and return them as plain responses: the request's `dont_cache` prevents that.
    """

    attributes = (*Response.attributes, "checked", "sent", "timings")

    def __init__(
        self,
        url: str,
        *args: Any,
        checked: VerifiedPdf,
        sent: ReportRequest,
        timings: dict[str, float],
        **kwargs: Any,
    ) -> None:
        super().__init__(url, *args, **kwargs)
        self.checked = checked
        self.sent = sent
        """The request that asked the site for the PDF."""
        self.timings = timings
        """Seconds, keyed by step."""
