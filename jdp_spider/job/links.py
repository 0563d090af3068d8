"""The links found by the pagination, kept so that a resumed job need not repeat it."""

from __future__ import annotations

import contextlib
import json
import logging
from typing import TYPE_CHECKING, Any

from jdp_spider.utils.files import append_line
from jdp_spider.utils.loading import LoadError, Record, read_lines
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.inventory import Vehicle

logger = logging.getLogger(__name__)

_COMPLETE = {"complete": True}
_UNLISTED, _HIDDEN = "unlisted", "hidden"


class LinkStore:
    """`links.jsonl`: a line for each vehicle's link, and a last one if the pagination completed.

    A file with an unreadable line counts as incomplete: the pagination is repeated.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._links: dict[str, tuple[str | None, str]] = {}
        self.spellings: dict[str, str] = {}
        """References as the site has them, by the keys of vehicles whose export has another form
        of the number."""
        self.complete = False
        self.unlisted = 0
        """How many vehicles the grid shows, at least, that the inventory does not have."""
        self.hidden = 0
        """How many vehicles of the inventory the grid does not show, where that is not usual."""
        self._told = False

    def load(self) -> None:
        """Read the file, if there is one."""
        try:
            is_damaged = bool(read_lines(self._path, self._take).damaged)
        except LoadError:
            is_damaged = True
        if is_damaged:
            logger.warning("The list of links is damaged: the inventory is paged through again")
            self.clear()

    def clear(self) -> None:
        """Forget all links, as the inventory is another one or the file is damaged."""
        self.complete, self.unlisted, self.hidden = False, 0, 0
        self._links.clear()
        self.spellings.clear()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _take(self, value: Any) -> None:
        """Take in a line of the file. Raise ValueError if it is none."""
        if value == _COMPLETE:
            self.complete = True
            return
        entry = Record(value)
        if _UNLISTED in entry.values:
            self.unlisted = entry.whole(_UNLISTED)
            return
        if _HIDDEN in entry.values:
            self.hidden = entry.whole(_HIDDEN)
            return
        url = None if entry.values.get("url", "") is None else entry.text("url")
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("no address")
        self._note(entry.text("key"), url, entry.text("id", ""), entry.text("reference", ""))

    def _note(self, key: str, url: str | None, vehicle_id: str, spelling: str) -> None:
        self._links[key] = url, vehicle_id
        if spelling:
            self.spellings[key] = spelling

    def get(self, vehicle: Vehicle) -> tuple[str | None, str]:
        """Return the page's address, None if only a search leads to it; and the vehicle's id."""
        return self._links.get(vehicle.key, (None, ""))

    def add(
        self, vehicle: Vehicle, url: str | None, vehicle_id: str = "", spelling: str = ""
    ) -> None:
        """Note a vehicle's link, and its reference where the site has it in another form."""
        self._note(vehicle.key, url, vehicle_id, spelling)
        more = {"reference": spelling} if spelling else {}
        self._write({"key": vehicle.key, "url": url, "id": vehicle_id, **more})

    @classmethod
    def spellings_in(cls, path: Path) -> dict[str, str]:
        """Return the spellings in a file, which stays as it is; none where it is damaged."""
        links = cls(path)
        try:
            read_lines(path, links._take)
        except LoadError:
            return {}
        return links.spellings

    def mark_complete(self) -> None:
        """Note that the pagination is complete."""
        self.complete = True
        self._write(_COMPLETE)

    def note_unlisted(self, number: int) -> None:
        """Note how many vehicles the inventory lacks: the next run exports it again."""
        self.unlisted = number
        self._write({_UNLISTED: number})

    def note_hidden(self, number: int) -> None:
        """Note how many vehicles of the inventory the grid does not show."""
        self.hidden = number
        self._write({_HIDDEN: number})

    def _write(self, entry: object) -> None:
        # A loss here costs a pagination, no vehicle: not flushed, and no reason to end a run.
        try:
            append_line(self._path, json.dumps(entry, ensure_ascii=False), durable=False)
        except OSError as error:
            # Once: while the folder is away, there may be hundreds.
            if not self._told:
                self._told = True
                logger.warning(
                    "A link could not be kept for the next run: %s", to_ascii(str(error))
                )
