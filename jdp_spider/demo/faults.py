"""What the demo site does wrong, and when; ``inject_fault`` does it.

A bookout counts in ``log.reports`` if the site did its work before the fault: ``reset``, ``slow``
and the spoilt PDFs (``cut``, ``cut-tail``, ``empty``, ``other-vehicle``, ``no-text``, ``heavy``,
``bomb``). With all others none was made.

Whether a request is hit depends on the seed, the fault, the vehicle and the number of its earlier
requests, not on the order in which parallel vehicles arrive.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from random import Random

PAGES = frozenset({"login", "licence", "inventory", "vehicle", "other"})
ALL = PAGES | {"grid", "export", "report", "logout"}
REPORTS = frozenset({"report"})

WHATS: dict[str, frozenset[str]] = {
    # Any answer
    "status-403": ALL,
    "status-404": ALL,
    "status-500": ALL,
    "status-502": ALL,
    "status-503": ALL,
    "status-429": ALL,  # Retry-After in seconds
    "status-429-date": ALL,  # Retry-After as an HTTP date
    "reset": ALL,  # the connection is reset in the middle of the body
    "hang": ALL,  # no answer until the client goes; after `seconds` the connection is reset
    "slow": ALL,  # ten times the drawn latency, or `seconds`
    "outage": ALL,  # connections are refused for half a minute, or `seconds`
    "outage-503": ALL,  # for so long every answer is 503, a page, without a Retry-After
    "outage-429": ALL,  # for so long every answer is 429, without a Retry-After
    "outage-words": ALL,  # for so long every answer is a page that says "too many requests"
    "outage-reset": ALL,  # for so long every connection is reset
    "outage-elsewhere": ALL,  # for so long every address leads to a page of another host
    "maintenance": ALL,  # a maintenance page with status 200
    # Pages
    "no-load-event": PAGES,  # a script that never answers: DOMContentLoaded fires, load does not
    "alert": PAGES,  # alert() and confirm() while the page loads
    "no-dialog": frozenset({"vehicle"}),  # the report button does nothing
    "no-popup": frozenset({"vehicle"}),  # Create PDF does nothing
    "echo": PAGES,  # an error page that repeats password and session; a refused login that does
    "short": frozenset({"export"}),  # the last third of the rows is missing
    # Reports
    "cut": REPORTS,  # the last 30 % are missing
    "cut-tail": REPORTS,  # the last 20 bytes are missing
    "empty": REPORTS,
    "html-error": REPORTS,  # an error page with status 200
    # the login page with status 200, though the session lives
    "login-page": REPORTS | {"vehicle"},
    "other-vehicle": REPORTS,
    "no-text": REPORTS,  # one picture, no text to extract
    "heavy": REPORTS,  # a PDF of 13 kB that takes minutes to read
    "bomb": REPORTS,  # a PDF of 31 kB that takes 4 GB of memory to read
    # The session
    "session-ends": ALL - {"login"},
    "licence-again": ALL - {"login", "licence", "logout"},
}
"""Each fault with the kinds of requests it can hit."""

MOST_PER_VEHICLE = 2
SLOWER = 10
"""Factor by which a slow answer exceeds the drawn latency."""


@dataclass(frozen=True)
class Fault:
    """One fault of one kind of request.

    With ``times=None`` it is permanent; otherwise it passes, and counts against
    ``DemoOptions.most_faults_per_vehicle``.
    """

    kind: str
    """A kind of request, or "any" for all that the fault can hit."""
    what: str
    rate: float = 0.0
    """Share of the requests, 0 to 1; those that name no vehicle count too."""
    references: tuple[str, ...] = ()
    """Only these vehicles, each time."""
    times: int | None = 1
    """How often per vehicle, and in total for requests that name none; None: always."""
    seconds: float | None = None
    """How long it hangs, how slow it is, the value of Retry-After; None: the default."""

    def __post_init__(self) -> None:
        kinds = WHATS.get(self.what)
        if kinds is None:
            raise ValueError(f"fault must be one of {', '.join(WHATS)}, got {self.what!r}")
        if self.kind != "any" and self.kind not in kinds:
            known = ", ".join(["any", *sorted(kinds)])
            raise ValueError(
                f"kind of fault {self.what!r} must be one of {known}, got {self.kind!r}"
            )
        if not 0 <= self.rate <= 1:
            raise ValueError(f"rate of a fault must be 0 to 1, got {self.rate!r}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times of a fault must be 1 or more, got {self.times!r}")

    def can_hurt(self, kind: str, reference: str | None) -> bool:
        named = not self.references or reference in self.references
        return named and self.kind in (kind, "any") and kind in WHATS[self.what]


def parse_fault(text: str) -> Fault:
    """Return the fault that KIND:WHAT[:RATE][:TIMES] means; the default rate is 1.

    TIMES may be "always". Raise ValueError if the text is anything else.
    """
    parts = text.split(":")
    if not 2 <= len(parts) <= 4:
        raise ValueError(f"a fault must be KIND:WHAT[:RATE][:TIMES], got {text!r}")
    kind, what, rate, times = [*parts, "1", "1"][:4] if len(parts) < 4 else parts
    try:
        share = float(rate)
        count = None if times == "always" else int(times)
    except ValueError:
        shape = "RATE from 0 to 1 and TIMES a number or 'always'"
        raise ValueError(f"a fault must have {shape}, got {text!r}") from None
    return Fault(kind, what, share, times=count)


def slowed(drawn_s: float, fault: Fault | None) -> float:
    """Return an answer's latency in seconds, which a fault may increase."""
    if not fault or fault.what != "slow":
        return drawn_s
    return drawn_s * SLOWER if fault.seconds is None else fault.seconds


class Faults:
    """The faults of one site; can be changed from any thread while it runs."""

    def __init__(self, faults: tuple[Fault, ...], seed: int, most_per_vehicle: int) -> None:
        self._seed = seed
        self._most = most_per_vehicle
        self._lock = threading.Lock()
        self.set(*faults)

    def set(self, *faults: Fault) -> None:
        """Replace the faults by these, and forget the hits of the old ones."""
        with self._lock:
            self._faults = faults
            self._draws: Counter[tuple[Fault, int | None]] = Counter()
            self._hits: Counter[tuple[Fault, int | None]] = Counter()
            self._passing: Counter[int] = Counter()

    def clear(self) -> None:
        self.set()

    def draw(self, kind: str, vehicle_id: int | None, reference: str | None) -> Fault | None:
        """Return the fault that hits this request, if any; it counts as a hit unless refunded."""
        with self._lock:
            for fault in self._faults:
                if fault.can_hurt(kind, reference) and self._hits_now(fault, vehicle_id):
                    self._count(fault, vehicle_id, 1)
                    return fault
        return None

    def refund(self, fault: Fault, vehicle_id: int | None) -> None:
        """Take back a hit that was not possible after all: a redirect has no body to cut."""
        with self._lock:
            self._count(fault, vehicle_id, -1)

    def _hits_now(self, fault: Fault, vehicle_id: int | None) -> bool:
        if fault.times is not None:
            if self._hits[fault, vehicle_id] >= fault.times:
                return False
            if vehicle_id is not None and self._passing[vehicle_id] >= self._most:
                return False
        if fault.references:
            return True
        self._draws[fault, vehicle_id] += 1
        number = self._draws[fault, vehicle_id]
        lot = Random(f"{self._seed}/{fault.kind}/{fault.what}/{vehicle_id}/{number}")
        return lot.random() < fault.rate

    def _count(self, fault: Fault, vehicle_id: int | None, by: int) -> None:
        self._hits[fault, vehicle_id] += by
        if fault.times is not None and vehicle_id is not None:
            self._passing[vehicle_id] += by
