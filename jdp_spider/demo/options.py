"""What a demo site can be told when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp_spider.demo.changes import KINDS
from jdp_spider.demo.faults import MOST_PER_VEHICLE
from jdp_spider.demo.likes import LIKES
from jdp_spider.demo.renames import RENAMES

if TYPE_CHECKING:
    from random import Random

    from jdp_spider.demo.faults import Fault


@dataclass(frozen=True)
class Latency:
    """Mean answer times in seconds; each answer draws its own within ``spread`` of the mean."""

    vehicle_page_s: float
    report_s: float
    grid_s: float
    other_s: float
    spread: float = 0.2

    def draw(self, kind: str, rng: Random) -> float:
        means = {
            "vehicle": self.vehicle_page_s,
            "report": self.report_s,
            "grid": self.grid_s,
            "inventory": self.grid_s,
        }
        return means.get(kind, self.other_s) * rng.uniform(1 - self.spread, 1 + self.spread)


LATENCIES: dict[str, Latency] = {
    "instant": Latency(0, 0, 0, 0),
    "fast": Latency(0.3, 0.5, 0.15, 0.1),
    "field": Latency(2.0, 4.0, 1.0, 0.8),
}
LINK_KINDS = ("href", "script")
REPORT_KINDS = ("script", "form")
PAGERS = ("devexpress", "plain")
SERVES = {
    "freely": "as many as come",
    "reports": "K reports at a time; others wait",
    "one": "one at a time; others wait",
    "slower": "K at full speed, more of them slower in proportion",
    "refuses": "K at a time; others get 503 and Retry-After",
    "rate": "K in 10 s; others get 429, without Retry-After",
}
"""How a site may bear many vehicles at a time: what it does with more."""
REPORT_ADDRESSES = ("vehicle", "session")
MOVED_PARTS = ("login", "form", "answer", "logout", "inventory", "vehicle")
PASSWORD_STATES = ("good", "expired", "locked")


@dataclass(frozen=True)
class DemoOptions:
    """One demo site; the same options make the same inventory, references and VINs."""

    vehicles: int = 200
    seed: int = 1
    latency: str = "instant"
    link_kind: str = "href"
    """"href": a bookout link is an address; "script": it selects the vehicle in the session."""
    report_kind: str = "script"
    """"script": the report opens by window.open; "form": by a form with target=_blank."""
    pager: str = "devexpress"
    page_size: int = 20
    licence: bool = True
    """Ask each account for the licence until it has accepted it."""
    user: str = "demo"
    password: str = "demo-password"
    accounts: int = 1
    """So many accounts: `demo`, `demo-2`, ..., each with an inventory of its own, one password."""
    stale_filter: str | None = None
    """The filter that the account's grid still holds at login."""
    nasty_references: bool = False
    without_link: tuple[str, ...] = ()
    """References whose rows have no bookout link."""
    hrefs: tuple[tuple[str, str], ...] = ()
    """Each a reference and the `href` of its bookout link, instead of the usual one."""
    fields: tuple[tuple[str, str, str], ...] = ()
    """Each a reference, a field of its vehicle, and the text that the site has in that field."""
    active_session_wait_s: float = 300.0
    """A session ends after this long without a request; until then it keeps others out."""
    wait_text: str = ""
    """How many minutes the site says that a second login has to wait; empty: the truth."""
    start_page: int = 1
    """The grid page a session stands on at login."""
    host: str = "127.0.0.1"
    port: int = 0
    report_names_vin: bool = True
    report_address: str = "vehicle"
    """"session": it names no vehicle, and prints what the session opened last when it is asked."""
    report_insists: bool = False
    """A report is made only for a vehicle whose page the session has opened."""
    serves: str = "freely"
    """How pages of vehicles and reports are served at once: one of SERVES, with ":K" where it has
    a number."""
    session_lock: bool = False
    """The dynamic requests of one session wait for each other, latency included."""
    password_state: str = "good"
    """"expired" and "locked" refuse the login with messages of their own."""
    renamed: tuple[str, ...] = ()
    """What the site calls by another name than it did: names in ``RENAMES``."""
    changed_seed: int | None = None
    """Draws how the site has changed, and what stands there that must never be clicked."""
    changes: int = 1
    """So many things have changed: 1, or more for a redesign."""
    moved_to: str = ""
    """Origin of another site, such as "http://127.0.0.1:8766": a part of this one leads there."""
    moved: str = "login"
    """Which part: "login", "inventory" and "vehicle" redirect there, and so does the "answer" to
    the login, by 307, which has the browser send the login once more; the login's "form" is sent
    there; "logout" leads there behind the session's end."""
    like: tuple[str, ...] = ()
    """What it does as other sites of this kind do: names in ``LIKES``."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong from the start; ``DemoSite.faults`` changes it while the site runs."""
    most_faults_per_vehicle: int = MOST_PER_VEHICLE
    """A vehicle meets at most so many passing faults: those whose ``times`` is not None."""

    def __post_init__(self) -> None:
        _check("latency", self.latency, tuple(LATENCIES))
        _check("link_kind", self.link_kind, LINK_KINDS)
        _check("report_kind", self.report_kind, REPORT_KINDS)
        _check("pager", self.pager, PAGERS)
        _check("report_address", self.report_address, REPORT_ADDRESSES)
        _check("moved", self.moved, MOVED_PARTS)
        _check("password_state", self.password_state, PASSWORD_STATES)
        kind, _, number = self.serves.partition(":")
        if kind not in SERVES or number.isdecimal() != ("K" in SERVES[kind]) or number == "0":
            raise ValueError(f"serves must be one of {', '.join(SERVES)}, with :K where it says so")
        for name in self.renamed:
            _check("renamed", name, tuple(RENAMES))
        for name in self.like:
            _check("like", name, tuple(LIKES))
        if self.vehicles < 0 or self.page_size < 1:
            raise ValueError("vehicles must be 0 or more and page_size 1 or more")
        if not 0 <= self.changes <= len(KINDS):
            raise ValueError(f"changes must be 0 to {len(KINDS)}")
        if self.accounts < 1:
            raise ValueError("accounts must be 1 or more")

    def moved_part(self, part: str) -> str:
        """Return where a part of the site has moved to, or ""."""
        return self.moved_to if part == self.moved else ""

    @property
    def users(self) -> tuple[str, ...]:
        """Return the user names of all accounts."""
        return (self.user, *(f"{self.user}-{n}" for n in range(2, self.accounts + 1)))


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
