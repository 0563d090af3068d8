"""Checks the PDFs of a run's folder against its journal and against what they say themselves."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.job.journal import FAILED, Journal, JournalEntry
from jdp_spider.pdf.reader import reader
from jdp_spider.pdf.verification import BookoutRejected
from jdp_spider.reasons import FailureReason
from jdp_spider.utils.loading import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class Finding(NamedTuple):
    """What was found about one file; `problem` is empty when it is right."""

    name: str
    problem: str
    entry: JournalEntry | None


def verify(folder: Path) -> Iterator[Finding]:
    """A finding for each PDF in the books, and for each file that is in none of them.

    Raises OSError when the folder cannot be read, or LoadError when the journal cannot.
    """
    journal = _journal(folder)
    known = set()
    for entry in journal.saved():
        known.add(entry.file)
        yield Finding(entry.file, _problem(folder / "pdfs" / entry.file, entry), entry)
    for path in sorted((folder / "pdfs").glob("*.pdf")):
        if path.name not in known:
            yield Finding(path.name, "is not in the books of this run", None)


def _journal(folder: Path) -> Journal:
    journal = Journal(folder / "run_data" / "journal.jsonl")
    journal.load()
    return journal


def _problem(path: Path, entry: JournalEntry) -> str:
    try:
        if entry.verified:
            report = reader.check_file(path, entry.reference, entry.vin)
        else:
            report = reader.check_unverified_file(path)
    except FileNotFoundError:
        return "is missing"
    except LoadError as error:
        return error.problem
    except BookoutRejected as refused:
        return f"is not the report of this vehicle ({refused})"
    if report.sha256 != entry.sha256:
        return "was changed since it was saved"
    return ""


def mark_for_download(folder: Path, findings: Iterable[Finding]) -> int:
    """Note in the journal that these are to be downloaded again; how many.

    Raises OSError or LoadError.
    """
    journal = _journal(folder)
    entries = [finding.entry for finding in findings if finding.entry is not None]
    for entry in entries:
        journal.record(
            dataclasses.replace(entry, outcome=FAILED, reason=FailureReason.MARKED_BY_VERIFY)
        )
    return len(entries)
