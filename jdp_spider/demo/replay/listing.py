"""Answers that list vehicles, such as the grid and the export, with other vehicles in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from jdp_spider.demo.replay.vehicles import renamed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jdp_spider.demo.replay.vehicles import Vehicle

_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905


@dataclass
class Rows:
    """The rows of one list within an answer, by the number of their recorded vehicle."""

    start: int
    end: int
    by_number: dict[int, str]


@dataclass
class Listing:
    """An answer, and the lists in it: there are two where the grid's columns are fixed."""

    text: str
    lists: list[Rows]

    @property
    def numbers(self) -> list[int]:
        """Return the recorded vehicles that are listed."""
        found = (number for rows in self.lists for number in rows.by_number)
        return list(dict.fromkeys(found))

    def with_vehicles(self, wanted: Sequence[Vehicle], recorded: Sequence[Vehicle]) -> str:
        """Return the answer with rows for these vehicles only."""
        parts, done = [], 0
        for rows in self.lists:
            parts.append(self.text[done : rows.start])
            for vehicle in wanted:
                number = vehicle.base if vehicle.base in rows.by_number else min(rows.by_number)
                parts.append(renamed(rows.by_number[number], recorded[number], vehicle))
            done = rows.end
        return "".join([*parts, self.text[done:]])


def listing(text: str, recorded: Sequence[Vehicle], *, by_line: bool) -> Listing:
    """Return where vehicles are listed in an answer; nowhere if none is named."""
    visits = _visits(text, recorded)
    lists: list[list[tuple[int, int, int]]] = []
    for visit in visits:
        if not lists or any(number == visit[2] for _, _, number in lists[-1]):
            lists.append([])
        lists[-1].append(visit)
    if by_line:
        return Listing(text, [_lines(text, each) for each in lists])
    elements = _Elements(text)
    return Listing(text, [rows for each in lists if (rows := elements.rows(each))])


def _visits(text: str, recorded: Sequence[Vehicle]) -> list[tuple[int, int, int]]:
    """Return where each vehicle is named, from its first to its last name in a row."""
    by_name = {name.casefold(): each.number for each in reversed(recorded) for name in each.names}
    if not by_name:
        return []
    names = "|".join(re.escape(name) for name in sorted(by_name, key=len, reverse=True))
    visits: list[tuple[int, int, int]] = []
    for found in re.finditer(rf"(?i)(?<![a-z0-9])(?:{names})(?![a-z0-9])", text):
        number = by_name[found[0].casefold()]
        if visits and visits[-1][2] == number:
            visits[-1] = (visits[-1][0], found.end(), number)
        else:
            visits.append((found.start(), found.end(), number))
    return visits


def _lines(text: str, visits: list[tuple[int, int, int]]) -> Rows:
    starts = [text.rfind("\n", 0, start) + 1 for start, _, _ in visits]
    last = text.find("\n", visits[-1][1])
    ends = [*starts[1:], len(text) if last < 0 else last + 1]
    spans = zip(starts, ends, visits, strict=True)
    rows = {number: text[start:end] for start, end, (_, _, number) in spans}
    return Rows(starts[0], ends[-1], rows)


@dataclass
class _Element:
    start: int
    tag: str = ""
    end: int = 0
    children: list[_Element] = field(default_factory=list)

    def holds(self, start: int, end: int) -> bool:
        return self.start <= start and end <= self.end


class _Elements(HTMLParser):
    """The elements of an answer, with their places in its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self._root = _Element(0, end=len(text))
        self._open = [self._root]
        self.feed(text)
        self.close()
        for left in self._open[1:]:
            left.end = len(text)

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, _: object) -> None:
        element = _Element(self._place(), tag)
        self._open[-1].children.append(element)
        if tag in _VOID:
            element.end = element.start + len(self.get_starttag_text() or "")
        else:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            element = self._open.pop()
            element.end = element.start + len(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        tags = [element.tag for element in self._open]
        if tag not in tags:
            return
        end = self._place() + len(tag) + 3
        while True:
            element = self._open.pop()
            element.end = end
            if element.tag == tag:
                return

    def rows(self, visits: list[tuple[int, int, int]]) -> Rows | None:
        """Return the rows that these places are in: children of the element that holds them all."""
        outer, before = self._root, []
        while True:
            inner = [e for e in outer.children if e.holds(visits[0][0], visits[-1][1])]
            if not inner:
                break
            before.append(outer)
            outer = inner[0]
        if len(visits) == 1:
            return self._only_row(visits[0], [*before, outer])
        children = [
            next((e for e in outer.children if e.holds(start, start)), None)
            for start, _, _ in visits
        ]
        last = [e for e in outer.children if e.holds(visits[-1][1], visits[-1][1])]
        if any(child is None for child in children) or not last:
            return None
        starts = [child.start for child in children if child is not None]
        ends = [*starts[1:], last[0].end]
        text = self.rawdata_text()
        spans = zip(starts, ends, visits, strict=True)
        by_number = {number: text[start:end] for start, end, (_, _, number) in spans}
        return Rows(starts[0], ends[-1], by_number)

    def _only_row(self, visit: tuple[int, int, int], path: list[_Element]) -> Rows | None:
        rows = [each for each in path if each.tag in ("tr", "li", "article")]
        if not rows:
            return None
        row = rows[-1]
        return Rows(row.start, row.end, {visit[2]: self.rawdata_text()[row.start : row.end]})

    def rawdata_text(self) -> str:
        """Return the text that was fed."""
        return self._text

    def feed(self, data: str) -> None:
        self._text = data
        super().feed(data)
