"""Exports and reports as other sites write them."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_PAGE = b"\r\n<!DOCTYPE html>\r\n<html><body><form action='./Report'></form></body></html>\r\n"


def csv_like(csv: str, likes: Collection[str]) -> bytes:
    """Return the exported CSV as a site with these behaviours sends it."""
    header, *rows = csv.splitlines()
    if "csv-formulas" in likes:
        rows = [re.sub(r"(?:^|(?<=,))([0-9A-Z]+)(?=,)", r'="\1"', row) for row in rows]
    if "csv-uncertain" in likes:
        others = [f"{text}{',' * header.count(',')}" for text in ("Sold units", "900001")]
        # Of one vehicle nothing but the reference is known.
        only = rows[-1].partition(",")[0]
        rows = [others[0], *rows[:-1], f"{only}{',' * header.count(',')}", others[1]]
    if "csv-totals" in likes:
        blank = "," * header.count(",")
        rows = [f"Make: all ({len(rows)} items){blank}", *rows, blank, f"Count={len(rows)}{blank}"]
    if "csv-title" in likes:
        header = f"sep=,\r\nInventory of the demo\r\n\r\n{header}"
    data = "".join(f"{line}\r\n" for line in (header, *rows)).encode(
        "utf-8-sig" if "csv-mark" in likes else "utf-8"
    )
    if "csv-padded" in likes:
        data += b"\0" * 512
    return _zipped("Inventory.csv", data) if "csv-zip" in likes else data


def reference_like(reference: str, likes: Collection[str]) -> str:
    """Return what a report has under `Stock #:`."""
    if "pdf-words" in likes:
        return f"{reference} Used"
    if "pdf-stock-na" in likes:
        return f"N/A Reference #: {reference}"
    if "pdf-case" in likes:
        return f"00{reference.swapcase()}"
    return reference[:4] if "pdf-cut-reference" in likes else reference


def line_like(line: str, likes: Collection[str]) -> str:
    """Return a line of a report's text."""
    return "  ".join(" ".join(word) for word in line.split()) if "pdf-apart" in likes else line


def packed_like(pdf: bytes, likes: Collection[str]) -> tuple[bytes, str]:
    """Return the bytes of a report, or of a zip file with it and a text, and their type."""
    if "opens-zip" not in likes:
        return pdf, "application/pdf"
    return _zipped("Report.pdf", pdf), "application/zip"


def _zipped(name: str, data: bytes) -> bytes:
    """Return a zip file of this file and a text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("read me.txt", "Files of the demo")
        file.writestr(name, data)
    return buffer.getvalue()


def pdf_like(pdf: bytes, likes: Collection[str]) -> bytes:
    """Return the bytes of a report as they are sent."""
    changes: dict[str, Callable[[bytes], bytes]] = {
        "pdf-glued": lambda data: re.sub(rb"(startxref\n[0-9]+)\n%%EOF\n?\Z", rb"\1%%EOF", data),
        "pdf-prefix": lambda data: b"\r\n" + data,
        "pdf-padded": lambda data: data + b"\0" * 4096,
        "pdf-page-after": lambda data: data + _PAGE,
    }
    for name, change in changes.items():
        if name in likes:
            pdf = change(pdf)
    return pdf
