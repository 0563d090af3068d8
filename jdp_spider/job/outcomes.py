"""The words for a vehicle's outcome, in the journal, metrics.json and the report."""

from __future__ import annotations

SAVED = "saved"
FAILED = "failed"
ALREADY_THERE = "already_there"
"""Saved by an earlier run of the job."""
PASSED_OVER = "passed_over"
"""No vehicle after all: only a reference said so, and the grid shows none. In the journal only."""
NOT_ATTEMPTED = "not_attempted"
NOT_AVAILABLE = "not_available"
"""The site has no bookout for it, as complete runs have seen twice: see job/availability.py."""
GONE = "gone"
"""Saved, but the PDF is no longer in its folder: in the report only."""
