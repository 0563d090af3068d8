"""A file of accounts, and the books of an account's job as a crawl would leave them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jdp_spider.utils.files import write_json

if TYPE_CHECKING:
    from jdp_spider.group.folders import AccountFolder

FILE = """
[[account]]
name = "north"
user = "me"
password = "env:NORTH_PASS"
"""

HEADER = "Reference Number,VIN\n"


def write_books(place: AccountFolder, outcomes: dict[str, str], total: int | None = None) -> None:
    """An inventory of so many vehicles, and a journal of outcomes by reference."""
    run_data = place.path / "11-25-2026" / "run_data"
    run_data.mkdir(parents=True, exist_ok=True)
    (run_data.parent / "pdfs").mkdir(exist_ok=True)
    place.jobdir.mkdir(exist_ok=True)
    write_json(place.jobdir / "job.json", {"folder": str(run_data.parent), "account": "x"})
    number = len(outcomes) if total is None else total
    rows = "".join(f"{165548 + n},\n" for n in range(number))
    (run_data / "inventory.csv").write_text(HEADER + rows, encoding="utf-8")
    lines = (line(reference, how) for reference, how in outcomes.items())
    (run_data / "journal.jsonl").write_text("".join(lines))


def line(reference: str, outcome: str) -> str:
    """A line of the journal."""
    file = f"{reference}.pdf" if outcome == "saved" else ""
    known = {"key": f"{reference}#1", "reference": reference, "vin": "", "outcome": outcome}
    return json.dumps(known | {"file": file}) + "\n"
