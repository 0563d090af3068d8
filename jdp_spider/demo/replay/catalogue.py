"""Finds the recorded answer for a request, by its shape and by what was asked before it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jdp_spider.demo.replay.kept import Report, kept_seconds
from jdp_spider.demo.replay.listing import Listing, listing
from jdp_spider.demo.replay.vehicles import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp_spider.demo.replay.vehicles import Vehicle, Vehicles
    from jdp_spider.recording.archive import Exchange, Recording

Shape = tuple[str, str, tuple[str, ...]]
"""Method, path and names of parameters of a request; vehicles are {vehicle}."""


@dataclass(frozen=True)
class Asked:
    """A request to a replayed site."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...]
    """Names and values of its address and its form."""
    by_script: bool = False

    def shape(self, vehicles: Vehicles) -> Shape:
        """Return what requests of the same kind have in common."""
        names = tuple(sorted({name for name, _ in self.fields}))
        return self.method, vehicles.without_names(self.path), names

    def vehicle(self, vehicles: Vehicles) -> Vehicle | None:
        """Return the vehicle that it names."""
        texts = (self.path, *(value for _, value in self.fields))
        found = (vehicles.named(text) for text in texts)
        return next((vehicle for vehicle in found if vehicle is not None), None)


@dataclass
class Entry:
    """A recorded exchange, and what it means."""

    number: int
    exchange: Exchange
    asked: Asked
    vehicle: Vehicle | None
    """The one that it names, else the one that was named last."""
    is_inside: bool
    """Whether it was asked between login and logout."""
    after: int
    """The number of the last request before it that may have changed what the site shows."""
    listing: Listing | None = None
    searched: str = ""
    """The field in which a reference was searched for."""

    @property
    def changes(self) -> bool:
        """Return whether it may have changed what the site shows."""
        return self.exchange.method != "GET" or bool(self.exchange.does)

    @property
    def places(self) -> str:
        """Return the file that holds the texts of the report, if the answer has one."""
        return f"{self.exchange.body.partition('.')[0]}.pdf.json"


@dataclass
class Session:
    """What a replayed site knows of one browser context."""

    is_inside: bool = False
    after: int = -1
    vehicle: Vehicle | None = None
    seen: dict[object, int] = field(default_factory=lambda: defaultdict(int))


class Catalogue:
    """All recorded exchanges."""

    def __init__(self, recording: Recording, vehicles: Vehicles) -> None:
        self._recording = recording
        self._vehicles = vehicles
        self.entries: list[Entry] = []
        self.unanswered: set[Shape] = set()
        """Requests that the doctor saw, and that were given up before an answer came."""
        self.begins_inside = False
        """No login was recorded: it was not needed, or not reached."""
        self._by_shape: dict[Shape, list[Entry]] = defaultdict(list)
        self._read()
        self._join_searches()
        self.kept_s = self._take_out_kept()
        """For how long the site gives a report to whoever asks; 0: to its own vehicle only."""

    def _read(self) -> None:
        exchanges = self._recording.exchanges
        self.begins_inside = not any(each.does == "login" for each in exchanges)
        is_inside, after, last = self.begins_inside, -1, None
        for number, exchange in enumerate(exchanges):
            fields = tuple((name, value) for name, value in (*exchange.query, *exchange.form))
            asked = Asked(exchange.method, exchange.path, fields, exchange.by_script)
            named = asked.vehicle(self._vehicles)
            entry = Entry(number, exchange, asked, named, is_inside, after)
            entry.searched = self._searched(asked)
            entry.listing = self._listing(entry)
            if entry.listing is None or not entry.listing.lists:
                entry.searched = ""
            if not entry.searched:
                last = named or last
                entry.vehicle = last
            if exchange.status:
                self.entries.append(entry)
                self._by_shape[asked.shape(self._vehicles)].append(entry)
            else:
                self.unanswered.add(asked.shape(self._vehicles))
            if entry.changes:
                after = number
            is_inside = {"login": True, "logout": False}.get(exchange.does, is_inside)

    def _join_searches(self) -> None:
        """Take what differs from a search in what is searched for only as a search, too."""
        for entries in self._by_shape.values():
            for search in [each for each in entries if each.searched]:
                for other in entries:
                    if other.listing and _others(other, search) == _others(search, search):
                        other.searched = search.searched
                        other.vehicle = None

    def _take_out_kept(self) -> float:
        """Remove reports of other vehicles. Return for how long the site gave them."""
        seconds, others = kept_seconds(self._reports())
        for entry in [each for each in self.entries if each.number in others]:
            self.entries.remove(entry)
            self._by_shape[entry.asked.shape(self._vehicles)].remove(entry)
        return seconds

    def _reports(self) -> Iterator[Report]:
        for entry in self.entries:
            if entry.vehicle is not None and entry.places in self._recording.files:
                text = self._recording.files[entry.places].decode("utf-8")
                asked = entry.vehicle.number
                shown = [each.number for each in self._vehicles.recorded if names(text, each)]
                of = asked if asked in shown or not shown else shown[0]
                yield Report(entry.number, entry.exchange.at_s, asked, of)

    def _searched(self, asked: Asked) -> str:
        """Return the field whose value is no more than the reference of a vehicle."""
        references = {each.reference.casefold(): each for each in self._vehicles.recorded}
        for name, value in asked.fields:
            found = references.get(value.strip().casefold())
            if found is not None and found.id != value:
                return name
        return ""

    def _listing(self, entry: Entry) -> Listing | None:
        body = self._recording.files.get(entry.exchange.body)
        is_own = entry.vehicle is not None and not entry.searched
        if (
            body is None
            or not entry.is_inside
            or is_own
            or entry.exchange.body.endswith("pdf.json")
        ):
            return None
        by_line = entry.exchange.body.endswith((".csv", ".txt"))
        text = body.decode("utf-8")
        if not by_line and not any(
            each.row in text for each in self._recording.vehicles if each.row
        ):
            return None
        return listing(text, self._vehicles.recorded, by_line=by_line)

    def find(self, asked: Asked, session: Session) -> Entry | None:
        """Return the entry to answer with; None where nothing of the kind was recorded."""
        found = self._by_shape.get(asked.shape(self._vehicles), [])
        found = [each for each in found if each.is_inside == session.is_inside] or found
        if not found:
            return None
        wanted = asked.vehicle(self._vehicles)
        best = max(self._likeness(each, asked, wanted, session) for each in found)
        found = [each for each in found if self._likeness(each, asked, wanted, session) == best]
        found = _nearest(found, session.after)
        key = (asked.method, asked.path, asked.fields, found[0].after)
        turn = session.seen[key]
        session.seen[key] += 1
        return found[min(turn, len(found) - 1)]

    def _likeness(
        self, entry: Entry, asked: Asked, wanted: Vehicle | None, session: Session
    ) -> tuple[int, int, int]:
        values = set(asked.fields)
        alike = sum(each in values for each in entry.asked.fields) + bool(entry.searched)
        if entry.searched:
            wanted = None
        vehicle = wanted or session.vehicle
        is_same = (
            vehicle is not None
            and entry.vehicle is not None
            and (entry.vehicle.number == vehicle.base)
        )
        return (is_same if wanted else 0, alike, is_same)

    def is_inside_only(self, asked: Asked) -> bool:
        """Return whether such a request was only made between login and logout."""
        found = self._by_shape.get(asked.shape(self._vehicles), [])
        return bool(found) and all(each.is_inside for each in found)


def _others(entry: Entry, search: Entry) -> set[tuple[str, str]]:
    return {each for each in entry.asked.fields if each[0] != search.searched}


def _nearest(entries: list[Entry], after: int) -> list[Entry]:
    """Return those that followed the same change, else an earlier one, else a later one."""
    known = {entry.after for entry in entries}
    earlier = [each for each in known if each <= after]
    chosen = max(earlier) if earlier else min(known)
    return [entry for entry in entries if entry.after == chosen]
