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
_ROWS = ("tr", "li", "article")


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
    named = _named(text, recorded)
    if by_line:
        return Listing(text, [_lines(text, each) for each in _lists(named)])
    elements = _Elements(text)
    # A reference in a filter's text is no row, where there are rows.
    in_rows = [each for each in named if elements.row_of(each[0])]
    if not in_rows and len({number for _, _, number in named}) == 1:
        card = elements.card(named)
        return Listing(text, [card] if card else [])
    named = in_rows or named
    return Listing(text, [rows for each in _lists(named) if (rows := elements.rows(each))])


def _named(text: str, recorded: Sequence[Vehicle]) -> list[tuple[int, int, int]]:
    """Return where a vehicle is named: from where to where, and its number."""
    by_name = {name.casefold(): each.number for each in reversed(recorded) for name in each.names}
    if not by_name:
        return []
    names = "|".join(re.escape(name) for name in sorted(by_name, key=len, reverse=True))
    found = re.finditer(rf"(?i)(?<![a-z0-9])(?:{names})(?![a-z0-9])", text)
    return [(*each.span(), by_name[each[0].casefold()]) for each in found]


def _lists(named: list[tuple[int, int, int]]) -> list[list[tuple[int, int, int]]]:
    """Return the lists in which each vehicle comes once, from its first to its last name."""
    lists: list[list[tuple[int, int, int]]] = []
    for start, end, number in named:
        if lists and lists[-1][-1][2] == number:
            lists[-1][-1] = (lists[-1][-1][0], end, number)
            continue
        if not lists or any(other == number for _, _, other in lists[-1]):
            lists.append([])
        lists[-1].append((start, end, number))
    return lists


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
        if len(visits) == 1:
            return self._only_row(visits[0])
        outer = self._path(visits[0][0], visits[-1][1])[-1]
        children = [
            next((e for e in outer.children if e.holds(start, start)), None)
            for start, _, _ in visits
        ]
        last = [e for e in outer.children if e.holds(visits[-1][1], visits[-1][1])]
        if any(child is None for child in children) or not last:
            return None
        starts = [child.start for child in children if child is not None]
        ends = [*starts[1:], last[0].end]
        text = self._text
        spans = zip(starts, ends, visits, strict=True)
        by_number = {number: text[start:end] for start, end, (_, _, number) in spans}
        return Rows(starts[0], ends[-1], by_number)

    def _only_row(self, visit: tuple[int, int, int]) -> Rows | None:
        start, end, number = visit
        first, last = self.row_of(start), self.row_of(end)
        if first is None or last is None:
            return None
        row = self._text[first.start : last.end]
        return Rows(first.start, last.end, {number: row})

    def card(self, named: list[tuple[int, int, int]]) -> Rows | None:
        """Return the smallest element that says two things of the only vehicle: no row of a table.

        The link's number alone may stand twice in the link.
        """
        first = named[0][0]
        for element in reversed(self._path(first, first)[1:]):
            inside = [each for each in named if element.holds(each[0], each[1])]
            if len({self._text[start:end].casefold() for start, end, _ in inside}) > 1:
                row = self._text[element.start : element.end]
                return Rows(element.start, element.end, {named[0][2]: row})
        return None

    def row_of(self, place: int) -> _Element | None:
        """Return the innermost row that a place is in."""
        rows = [each for each in self._path(place, place) if each.tag in _ROWS]
        return rows[-1] if rows else None

    def _path(self, start: int, end: int) -> list[_Element]:
        """Return the elements that hold a part of the text, from the outermost on."""
        path = [self._root]
        while inner := [each for each in path[-1].children if each.holds(start, end)]:
            path.append(inner[0])
        return path

    def feed(self, data: str) -> None:
        self._text = data
        # Within a text of a script a script's end has a sign more; each place stays the same.
        super().feed(re.sub(r"<\\/(\w+)", r"</\1 ", data))
