"""The text of a PDF with its places: what is kept of a report in a recording."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_PAGES = 20
_HEADER = re.compile(rb"%PDF-")
_TRAILER = b"%%EOF"


def places_of(pdf: bytes, clean: Callable[[str], str]) -> bytes:
    """Return the PDF's texts as JSON: what each says after `clean`, where, and how large.

    Raise what pypdf raises for a file that it cannot read.
    """
    # All commands are imported for each: a crawl does without what takes 0.1 s to load.
    from pypdf import PdfReader

    start = max(pdf.find(b"%PDF-"), 0)
    end = pdf.rfind(_TRAILER) + len(_TRAILER)
    reader = PdfReader(io.BytesIO(pdf[start:end] + b"\n"))
    pages = [_page(page, clean) for page in reader.pages[:_MOST_PAGES]]
    fields = reader.get_fields() or {}
    values = {name: str(each.get("/V", "")) for name, each in fields.items()}
    described = {
        "pages": pages,
        "fields": {clean(name): clean(value) for name, value in values.items()},
        "before": _kind(pdf[:start]),
        "after": _kind(pdf[end:]),
        "glued": pdf[max(0, end - 6) : end - 5].isdigit(),
    }
    return json.dumps(described, ensure_ascii=False).encode()


def _kind(data: bytes) -> tuple[str, int]:
    """Return what kind of bytes these are, and how many."""
    if not data.strip(b"\0\t\n\x0c\r "):
        return data.hex()[:16], len(data)
    return ("page" if b"<" in data else "other"), len(data)


def _page(page: Any, clean: Callable[[str], str]) -> dict[str, Any]:
    lines: list[list[Any]] = []

    def visit(text: str, matrix: list[float], place: list[float], _: Any, size: float) -> None:
        text = text.replace("\n", "")
        if text.strip():
            x, y = matrix[4] + place[4] * matrix[0], matrix[5] + place[5] * matrix[3]
            lines.append([round(x, 1), round(y, 1), round(float(size), 1), text])

    page.extract_text(visitor_text=visit)
    box = page.mediabox
    return {
        "size": [float(box.width), float(box.height)],
        "texts": [[*each[:3], clean(each[3])] for each in lines],
    }
