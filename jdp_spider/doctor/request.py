"""What `scrapy doctor --repair` is asked for, and what it has written or proposed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jdp_spider.config.selector_edit import SelectorEdit
from jdp_spider.config.selector_overrides import selectors_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass
class Repair:
    """What a repair of the doctor is asked for, and what came of it."""

    may_write: Callable[[str], Awaitable[bool]]
    """Asked with the line that would be written."""
    edit: SelectorEdit = field(default_factory=lambda: SelectorEdit(selectors_path()))
    written: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    """Lines that were found right, and not written."""
