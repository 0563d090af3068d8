"""The project's own Scrapy signals."""

from __future__ import annotations

run_event = object()
"""Something happened in the run: `kind`, `text`, `outside`, `more`, as `job.events.note` sends it.

On Windows it also comes from the thread of the browser's loop.
"""
