"""Feeds as users open them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exporters import CsvItemExporter

if TYPE_CHECKING:
    from io import BytesIO


class CsvForExcel(CsvItemExporter):
    """Begins a CSV with the mark by which Excel knows UTF-8: others are read as Windows-1252."""

    def __init__(self, file: BytesIO, **known: Any) -> None:
        super().__init__(file, **{**known, "encoding": "utf-8-sig"})
