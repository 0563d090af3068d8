"""Makes outcome.csv: every vehicle of the inventory and what became of it, for a spreadsheet."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING

from jdp_spider import reasons
from jdp_spider.exporters import harmless
from jdp_spider.job.outcomes import FAILED, GONE, NOT_ATTEMPTED, NOT_AVAILABLE, SAVED
from jdp_spider.utils.files import in_utf8, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.report.history import JobHistory, Row

OUTCOME_TABLE = "outcome.csv"

_HEAD = (
    "Reference",
    "VIN",
    "Year",
    "Make",
    "Model",
    "Outcome",
    "Reason",
    "File",
    "Time",
    "The page says",
)
_OUTCOMES = {
    SAVED: "saved",
    FAILED: "failed",
    GONE: "PDF is gone",
    NOT_AVAILABLE: "not available",
    NOT_ATTEMPTED: "not attempted",
}


def write_outcome_table(folder: Path, book: JobHistory) -> Path:
    """Write outcome.csv into the run's folder, and return its path. Raise OSError if it fails."""
    path = folder / OUTCOME_TABLE
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_HEAD)
    writer.writerows([harmless(cell) for cell in _cells(row)] for row in book.rows)
    # By this mark Excel knows UTF-8.
    write_atomic(path, codecs.BOM_UTF8 + in_utf8(text.getvalue()))
    return path


def _cells(row: Row) -> tuple[str, ...]:
    """Return the texts of a line, in the order of the head."""
    vehicle, entry = row.vehicle, row.entry
    has_file = row.outcome == SAVED and entry is not None
    return (
        vehicle.reference,
        vehicle.vin,
        vehicle.year,
        vehicle.make,
        vehicle.model,
        _OUTCOMES.get(row.outcome, row.outcome),
        reason(row),
        f"pdfs/{entry.file}" if has_file and entry else "",
        f"{row.at.astimezone():%Y-%m-%d %H:%M:%S}" if row.at else "",
        row.said,
    )


def reason(row: Row) -> str:
    """Return why a vehicle has no report, or what there is to know of the one it has."""
    if row.entry is None:
        return row.why_left
    if row.outcome == NOT_AVAILABLE:
        return reasons.SETTLED
    if row.outcome == FAILED:
        return reasons.why(row.entry.reason)
    if row.outcome == SAVED and not row.entry.verified:
        return "Nothing tells whose it is (unverified)"
    return ""
