"""Small PDFs that take minutes or gigabytes to read. They name their vehicle."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jdp_spider.demo.vehicles import DemoVehicle

HEAVY_PAGES, HEAVY_OPERATORS = 2_000, 3_000
BOMB_PAGES, BOMB_BYTES = 60, 70_000_000
"""pypdf unpacks at most 75 MB at a time, and keeps the result."""

_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
    b"/Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>"
)
_FIRST = 4
"""Number of the first object after catalog, pages and font."""


def make_heavy(vehicle: DemoVehicle) -> bytes:
    """Return a PDF of 13 kB that takes minutes to read: a page of many operators, 2,000 times."""
    drawing = b"BT /F1 9 Tf " + b"(x) Tj 1 0 0 1 9 9 Tm " * HEAVY_OPERATORS + b"ET"
    objects = [_PAGE % (_FIRST + 1), _stream(_named(vehicle) + drawing)]
    return _pdf([_FIRST] * HEAVY_PAGES, objects)


def make_bomb(vehicle: DemoVehicle) -> bytes:
    """Return a PDF of 31 kB that takes 4 GB to read: 60 pages of 70 MB of blanks, packed twice."""
    numbers = range(_FIRST, _FIRST + BOMB_PAGES)
    pages = [_PAGE % (number + BOMB_PAGES) for number in numbers]
    return _pdf(numbers, [*pages, _stream(_named(vehicle)), *[_blanks()] * (BOMB_PAGES - 1)])


def _named(vehicle: DemoVehicle) -> bytes:
    text = f"BT /F1 9 Tf 40 700 Td (Stock #: {vehicle.reference}) Tj ET "
    text += f"BT /F1 9 Tf 40 680 Td (VIN: {vehicle.vin}) Tj ET "
    return text.encode("latin-1", "replace")


@lru_cache(maxsize=1)
def _blanks() -> bytes:
    return _stream(b" " * BOMB_BYTES)


def _stream(data: bytes) -> bytes:
    packed = zlib.compress(zlib.compress(data, 9), 9)
    head = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>" % len(packed)
    return head + b"\nstream\n" + packed + b"\nendstream"


def _pdf(pages: Sequence[int], objects: Sequence[bytes]) -> bytes:
    """Return a PDF of the pages with these object numbers, counted from `_FIRST`."""
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    tree = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids)
    pdf, places = b"%PDF-1.7\n", []
    for number, content in enumerate([_CATALOG, tree, _FONT, *objects], start=1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    return pdf + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(pdf))
    )
