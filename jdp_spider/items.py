"""The item of the crawl."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jdp_spider.inventory import Vehicle


Body = bytes
"""The type by another name: the item has a field called bytes."""


@dataclass
class BookoutItem:
    """One vehicle's checked report. Feeds export the fields up to `seconds`."""

    reference: str
    vin: str
    year: str
    make: str
    model: str
    sha256: str
    pages: int
    bytes: int
    seconds: float
    """The last try, from its start to the checked report."""
    file: str | None = None
    """Name of the file; set when it is saved."""
    # Left out of logs: the body is long, the rest is for the books.
    pdf: Body | None = field(default=None, repr=False)
    vehicle: Vehicle | None = field(default=None, repr=False)
    names_vin: bool = field(default=False, repr=False)
    verified: bool = field(default=True, repr=False)
    attempts: int = field(default=1, repr=False)
    context: str = field(default="", repr=False)


EXPORTED = (
    "reference",
    "vin",
    "year",
    "make",
    "model",
    "file",
    "sha256",
    "pages",
    "bytes",
    "seconds",
)
"""FEED_EXPORT_FIELDS: what goes into feeds, in this order."""
