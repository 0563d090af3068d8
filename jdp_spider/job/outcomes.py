"""The words for a vehicle's outcome, in the journal, metrics.json and the report."""

from __future__ import annotations

SAVED = "saved"
FAILED = "failed"
ALREADY_THERE = "already_there"
"""Saved by an earlier run of the job."""
NOT_ATTEMPTED = "not_attempted"
GONE = "gone"
"""Saved, but the PDF is no longer in its folder: in the report only."""
