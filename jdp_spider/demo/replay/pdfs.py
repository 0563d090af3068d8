"""Reports made anew from the places of their texts."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import io
import json
from typing import Any

from reportlab.pdfgen.canvas import Canvas

_PAGE_AFTER = b"\r\n<!DOCTYPE html>\r\n<html><body></body></html>\r\n"


def pdf_of(places: str) -> bytes:
    """Return a PDF with these texts at these places, and the bytes around it as they were."""
    described = json.loads(places)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1, pageCompression=0)
    canvas.setTitle("Bookout Report")
    for number, page in enumerate(described["pages"]):
        canvas.setPageSize(page["size"])
        for x, y, size, text in page["texts"]:
            canvas.setFont("Helvetica", size or 10)
            canvas.drawString(x, y, text)
        if not number:
            _draw_fields(canvas, described["fields"])
        canvas.showPage()
    canvas.save()
    pdf = buffer.getvalue()
    if described["glued"]:
        pdf = pdf.rstrip().removesuffix(b"%%EOF").rstrip() + b"%%EOF"
    return _bytes(described["before"]) + pdf + _bytes(described["after"])


def _draw_fields(canvas: Any, fields: dict[str, str]) -> None:
    for number, (name, value) in enumerate(fields.items()):
        canvas.acroForm.textfield(name=name, value=value, x=50, y=700 - 22 * number, width=300)


def _bytes(described: list[Any]) -> bytes:
    kind, length = described
    if kind == "page":
        return _PAGE_AFTER
    data = bytes.fromhex(kind) if kind != "other" else b"x"
    return (data * length)[:length] if data and length > len(data) else data[:length]
