"""The site's log: the truth that tests and benchmarks compare a crawl with."""

from __future__ import annotations

import threading
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")

MAX_REQUESTS = 50_000
"""Bounded, so that a soak of many hours does not fill the memory."""

FLIGHT_GROUPS: dict[str, tuple[str, ...]] = {
    "asset": (),
    "vehicle": ("dynamic", "vehicle", "vehicle_or_report"),
    "report": ("dynamic", "report", "vehicle_or_report"),
}


@dataclass(frozen=True)
class RequestRecord:
    """One answered request; ``time`` is its arrival (epoch seconds), ``latency`` in seconds.

    ``seconds`` from arrival to answer: the latency, the work and the wait for its turn.
    """

    time: float
    method: str
    path: str
    kind: str
    session: str | None
    vehicle_id: int | None
    status: int
    latency: float
    fault: str | None = None
    seconds: float = 0.0
    user: str | None = None
    """The user whose session it was."""


class _Copied(Generic[_T]):
    """An attribute of the log; readers get a copy, made under the lock."""

    def __init__(self, copy: Callable[[Any], _T]) -> None:
        self._copy = copy

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, log: SiteLog, owner: type) -> _T:
        with log._lock:
            return self._copy(getattr(log, self._name))


class SiteLog:
    """Counters of one site. Written by the site's thread, readable from any; readers get copies."""

    requests = _Copied(list[RequestRecord])
    counts = _Copied(Counter[str])
    """Answered requests by kind."""
    reports = _Copied(Counter[int])
    """Bookouts generated, by vehicle id; also those that a fault spoilt afterwards."""
    refused_logins = _Copied(Counter[str])
    forbidden_clicks = _Copied(Counter[str])
    """Clicks on what must never be clicked, by its words."""
    faults = _Copied(Counter[str])
    """Requests that a fault hit, by what it was."""
    max_in_flight = _Copied(dict[str, int])
    drawn_seconds = _Copied(dict[str, float])
    """Sums of the latencies drawn for vehicle pages and for bookouts."""

    def __init__(self, live_sessions: Callable[[], Counter[str]]) -> None:
        self._live_sessions = live_sessions
        """Of each account."""
        self._lock = threading.Lock()
        self._in_flight: Counter[str] = Counter()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._requests: deque[RequestRecord] = deque(maxlen=MAX_REQUESTS)
            self._counts: Counter[str] = Counter()
            self._reports: Counter[int] = Counter()
            self._refused_logins: Counter[str] = Counter()
            self._faults: Counter[str] = Counter()
            self._forbidden_clicks: Counter[str] = Counter()
            self._drawn_seconds = {"vehicle": 0.0, "report": 0.0}
            groups = ("dynamic", "vehicle", "report", "vehicle_or_report")
            self._max_in_flight = {group: self._in_flight[group] for group in groups}
            self._max_live_sessions = self._live_sessions()
            self.logins = 0
            self.logouts = 0

    @property
    def live_sessions(self) -> int:
        """The number of live sessions of all accounts."""
        return self._live_sessions().total()

    @property
    def max_live_sessions(self) -> int:
        """The most live sessions that any one account had at a time."""
        with self._lock:
            return max(self._max_live_sessions.values(), default=0)

    @contextmanager
    def in_flight(self, kind: str) -> Iterator[None]:
        groups = FLIGHT_GROUPS.get(kind, ("dynamic",))
        with self._lock:
            for group in groups:
                self._in_flight[group] += 1
                highest = max(self._max_in_flight[group], self._in_flight[group])
                self._max_in_flight[group] = highest
        try:
            yield
        finally:
            with self._lock:
                self._in_flight.subtract(groups)

    def answered(self, record: RequestRecord) -> None:
        with self._lock:
            self._requests.append(record)
            self._counts[record.kind] += 1
            if record.fault:
                self._faults[record.fault] += 1
            if record.kind in self._drawn_seconds:
                self._drawn_seconds[record.kind] += record.latency

    def report_made(self, vehicle_id: int) -> None:
        with self._lock:
            self._reports[vehicle_id] += 1

    def logged_in(self) -> None:
        with self._lock:
            self.logins += 1
            # The larger of the two for each account.
            self._max_live_sessions |= self._live_sessions()

    def logged_out(self) -> None:
        with self._lock:
            self.logouts += 1

    def login_refused(self, reason: str) -> None:
        with self._lock:
            self._refused_logins[reason] += 1

    def forbidden_click(self, what: str) -> None:
        with self._lock:
            self._forbidden_clicks[what] += 1

    def as_json(self, with_requests: bool = False) -> dict[str, Any]:
        data: dict[str, Any] = {
            "counts": self.counts,
            "reports": self.reports,
            "logins": self.logins,
            "logouts": self.logouts,
            "refused_logins": self.refused_logins,
            "faults": self.faults,
            "forbidden_clicks": self.forbidden_clicks,
            "max_in_flight": self.max_in_flight,
            "live_sessions": self.live_sessions,
            "max_live_sessions": self.max_live_sessions,
            "drawn_seconds": self.drawn_seconds,
        }
        if with_requests:
            data["requests"] = [asdict(record) for record in self.requests]
        return data
