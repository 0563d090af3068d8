"""What `scrapy doctor --repair` is asked for, and what it has written or proposed."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jdp_spider.config.selector_edit import SelectorEdit
from jdp_spider.config.selector_overrides import selectors_path
from jdp_spider.utils.files import append_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from jdp_spider.repair.scene import Event


@dataclass
class Repair:
    """What a repair of the doctor is asked for, and what came of it."""

    may_write: Callable[[str], Awaitable[bool]]
    """Asked with the line that would be written."""
    events: Path | None = None
    """Takes each event as a line of JSON."""
    edit: SelectorEdit = field(default_factory=lambda: SelectorEdit(selectors_path()))
    written: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    """Lines that were found right, and not written."""

    def note(self, event: Event) -> None:
        """Append an event to the file for them, if there is one."""
        if self.events is not None:
            append_line(self.events, json.dumps(dataclasses.asdict(event)), durable=False)
