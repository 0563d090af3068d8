"""Small objects for the tests that need neither a browser nor a crawl."""

from __future__ import annotations

import hashlib
import io
from functools import cache
from typing import TYPE_CHECKING, Any

from reportlab.pdfgen.canvas import Canvas

from jdp_spider.config.options import OPTIONS, Config
from jdp_spider.inventory import Vehicle
from jdp_spider.items import BookoutItem
from jdp_spider.job.batch import Batch
from jdp_spider.job.limit import DownloadLimit
from jdp_spider.job.selection import Selection

if TYPE_CHECKING:
    from jdp_spider.job.job import Job

VINS = tuple(f"1FTFW1E50MFA1000{n}" for n in range(9))


def config(**given: Any) -> Config:
    """A Config of the defaults and what is `given`, by field."""
    own = {o.field: o.parse(o.default) for n, o in OPTIONS.items() if n[:3] != "JD_"}
    site = {"user": "me", "password": "pw", "base_url": "http://site/", "browser": None}
    return Config(**site | own | given)


def vehicle(reference: str, number: int = 0, **given: Any) -> Vehicle:
    """A vehicle with the sample VIN of that number."""
    fields = {
        "vin": VINS[number],
        "occurrence": 1,
        "year": "2021",
        "make": "Ford",
        "model": "F-150",
    }
    return Vehicle(reference, **fields | given)


def report(of: Vehicle, pdf: bytes = b"%PDF-1", **given: Any) -> BookoutItem:
    """A checked report of the vehicle with these bytes."""
    return BookoutItem(
        reference=of.reference,
        vin=of.vin,
        year=of.year,
        make=of.make,
        model=of.model,
        sha256=hashlib.sha256(pdf).hexdigest(),
        pages=1,
        bytes=len(pdf),
        seconds=2.5,
        pdf=pdf,
        vehicle=of,
        context="context-1",
        **given,
    )


def batch_of(job: Job, *refs: str, most: int | None = None) -> Batch:
    """The batch of a run of the job that is asked for these references, without any for all."""
    return Batch(job, Selection(frozenset(refs) or None), DownloadLimit(most))


@cache
def pdf_of(of: Vehicle, *, names_vin: bool = True) -> bytes:
    """A PDF that names the vehicle, as `verify_bookout` wants it."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.drawString(40, 780, f"Stock #: {of.reference}")
    if names_vin:
        canvas.drawString(40, 760, f"VIN: {of.vin}")
    canvas.save()
    return buffer.getvalue()


def exported(*vehicles: Vehicle) -> bytes:
    """The CSV of these vehicles as the site exports it."""
    rows = [["Reference Number", "VIN", "Year", "Make", "Model"]]
    rows += [[v.reference, v.vin, v.year, v.make, v.model] for v in vehicles]
    return "".join(",".join(row) + "\r\n" for row in rows).encode("utf-8-sig")
