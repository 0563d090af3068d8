"""progress.json: how far a run is, for whoever watches it from another process.

It is there while the run is at work, and after one that was killed. Nothing depends on it: it is
not flushed to disk, and a state that cannot be written is dropped.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jdp_spider.utils.files import part_of
from jdp_spider.utils.loading import Record, read_json
from jdp_spider.utils.process import is_alive

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class RunProgress:
    """How far a run is, as its own process says."""

    pid: int
    total: int
    goal: int
    """How many vehicles are done when the run has done its part."""
    saved: int
    failed: int
    at_work: int
    per_hour: float
    waiting_for: str
    is_ending: bool
    next_login: float | None
    """Epoch seconds of the next try to log in; None unless the account is in use elsewhere."""

    @property
    def left(self) -> int:
        """Return how many vehicles the run has still to do."""
        return max(self.goal - self.saved - self.failed, 0)


def write(path: Path, snapshot: Mapping[str, Any]) -> None:
    """Put the snapshot of a run of this process at `path`, whole or not at all."""
    known = {"pid": os.getpid(), **snapshot}
    known["goal"] = known["saved"] + known["failed"] + known["left"]
    part = part_of(path)
    # On Windows it is enough that another program reads it just now.
    with contextlib.suppress(OSError):
        part.write_text(json.dumps(known), encoding="ascii")
        os.replace(part, path)  # noqa: PTH105


def remove(path: Path) -> None:
    """Remove the file: the run has ended."""
    with contextlib.suppress(OSError):
        path.unlink()


def read_live(path: Path) -> RunProgress | None:
    """Return the progress of a run whose process lives; None if there is none."""
    try:
        value = read_json(path)
        found = Record(value) if value is not None else None
        if found is None or not is_alive(found.whole("pid")):
            return None
        is_waiting = found.values.get("next_login") is not None
        return RunProgress(
            pid=found.whole("pid"),
            total=found.whole("total"),
            goal=found.whole("goal"),
            saved=found.whole("saved"),
            failed=found.whole("failed"),
            at_work=found.whole("at_work"),
            per_hour=found.number("per_hour"),
            waiting_for=found.text("waiting_for"),
            is_ending=found.values.get("is_ending") is True,
            next_login=found.number("next_login") if is_waiting else None,
        )
    except ValueError:
        return None
