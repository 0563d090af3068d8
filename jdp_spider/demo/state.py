"""The state that all parts of one demo site share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, PackageLoader

from jdp_spider.demo.capacity import Capacity
from jdp_spider.demo.changes import SiteChanges, draw
from jdp_spider.demo.faults import Faults
from jdp_spider.demo.likes import EACH_OTHERWISE
from jdp_spider.demo.log import SiteLog
from jdp_spider.demo.options import LATENCIES, DemoOptions
from jdp_spider.demo.sessions import Account, Sessions
from jdp_spider.demo.vehicles import DemoVehicle, make_vehicles

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from jdp_spider.demo.faults import Fault
    from jdp_spider.demo.sessions import Session

ROOT = "/ValuesOnline/"
LICENCE_PATH = f"{ROOT}Home/LicenseAgreement"
LOGIN_ADDRESS = f"{LICENCE_PATH}?ReturnUrl={ROOT}"
INVENTORY_PATH = f"{ROOT}vehicle/"
SESSION_COOKIE = "ASP.NET_SessionId"
CALLBACK_HEADER = ("X-Requested-With", "XMLHttpRequest")

TEMPLATES = Environment(
    loader=PackageLoader("jdp_spider.demo"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass
class Exchange:
    """What the site knows of a request before it answers; faults can be chosen by it."""

    kind: str
    session: Session | None = None
    vehicle: DemoVehicle | None = None
    latency_s: float = 0.0
    fault: Fault | None = None


@dataclass
class State:
    """What the running site knows."""

    options: DemoOptions
    inventories: dict[str, list[DemoVehicle]] = field(init=False)
    """By user name."""
    sessions: Sessions = field(init=False)
    log: SiteLog = field(init=False)
    rng: Random = field(init=False)
    faults: Faults = field(init=False)
    origin: str = ""
    """The origin at which the site is reached; set by the site."""
    go_down: Callable[[float], Awaitable[None]] | None = None
    """Causes an outage of so many seconds; set by the site."""

    down: tuple[str, float] = ("", 0.0)
    """How every request fails, and until when, as `time.monotonic` says."""

    changes: SiteChanges = field(init=False)
    """How the site has changed."""
    capacity: Capacity = field(init=False)
    random_parts: set[str] = field(default_factory=set)
    """Those of the reports' addresses, each good for one report."""
    prepared: set[int] = field(default_factory=set)
    """Vehicles whose reports were asked for, where reports are prepared first."""

    kept_report: tuple[float, bytes] = (0.0, b"")
    """Until when, as `time.monotonic` says, which report is kept."""

    _stamps: Iterator[int] = field(default_factory=lambda: count(10_041))

    def __post_init__(self) -> None:
        options = self.options
        self.changes = draw(options.changed_seed, options.changes)
        self.inventories = {u: make_vehicles(options, n) for n, u in enumerate(options.users)}
        self._by_id = {u: {v.id: v for v in found} for u, found in self.inventories.items()}
        self.sessions = Sessions(map(self._account, options.users), options.active_session_wait_s)
        self.log = SiteLog(self.sessions.live_by_user)
        self.rng = Random(options.seed)
        self.capacity = Capacity(options.serves)
        self.faults = Faults(options.faults, options.seed, options.most_faults_per_vehicle)

    def _account(self, user: str) -> Account:
        options = self.options
        accepted = not options.licence
        return Account(user, options.password, accepted, options.password_state)

    @property
    def vehicles(self) -> list[DemoVehicle]:
        """The inventory of the first account."""
        return self.inventories[self.options.user]

    def inventory(self, session: Session | None) -> list[DemoVehicle]:
        """Return the inventory of the session's account; without a session, the first account's."""
        return self.inventories[self._user(session)]

    def find_vehicle(self, session: Session | None, vehicle_id: int) -> DemoVehicle | None:
        """Return a vehicle by its id, if it belongs to the session's account."""
        return self._by_id[self._user(session)].get(vehicle_id)

    def _user(self, session: Session | None) -> str:
        return session.account.user if session else self.options.user

    @property
    def elsewhere(self) -> str:
        """The same server under another name."""
        return self.origin.replace("127.0.0.1", "localhost")

    @property
    def report_root(self) -> str:
        """Where reports are."""
        return f"{self.elsewhere if 'elsewhere' in self.options.like else ''}{ROOT}"

    def like_of(self, vehicle: DemoVehicle | None) -> tuple[str, ...]:
        """Return what a vehicle's page is like: of several of some kinds each vehicle has one."""
        left = list(self.options.like)
        for kind in EACH_OTHERWISE:
            of_kind = [name for name in self.options.like if name in kind]
            left = [name for name in left if name not in kind]
            if of_kind and vehicle is not None:
                left.append(of_kind[self.vehicles.index(vehicle) % len(of_kind)])
        return tuple(left)

    def has_link(self, vehicle: DemoVehicle) -> bool:
        return vehicle.reference not in self.options.without_link

    def href(self, vehicle: DemoVehicle) -> str:
        """Return the `href` of the vehicle's bookout link."""
        is_script = self.options.link_kind == "script"
        usual = "javascript:void(0);" if is_script else f"{INVENTORY_PATH}BookOut/{vehicle.id}"
        if "link-token" in self.options.like:
            usual += f"?key={vehicle.token}"
        return dict(self.options.hrefs).get(vehicle.reference, usual)

    def stamp(self) -> str:
        """Return what only this report says: its time and its number."""
        number = next(self._stamps)
        return (
            f"Report ID: {number} - printed {datetime.now().astimezone():%m/%d/%Y %I:%M:%S.%f %p}"
        )

    def draw_latency(self, kind: str) -> float:
        return LATENCIES[self.options.latency].draw(kind, self.rng)


STATE = web.AppKey("STATE", State)
EXCHANGE = web.RequestKey("EXCHANGE", Exchange)


def session_of(request: web.Request) -> Session:
    """Return the session of a request that passed the login check."""
    session = request[EXCHANGE].session
    if not session:
        raise web.HTTPFound(LOGIN_ADDRESS)
    return session


def refusal(request: web.Request) -> web.Response:
    """Return a redirect to the login, which also asks for the licence."""
    name, value = CALLBACK_HEADER
    if request[EXCHANGE].kind == "grid" or request.headers.get(name) == value:
        return web.Response(status=401, text="Your session has ended.")
    lower = "address-case" in request.app[STATE].options.like
    address = LOGIN_ADDRESS.lower() if lower else LOGIN_ADDRESS
    return web.Response(status=302, headers={"Location": address})


def text_of(data: Any) -> str:
    """Return a form field as text; a missing one or a file counts as empty."""
    return data if isinstance(data, str) else ""


def page(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    """Return a page made from a template, with the values that every page shows."""
    state = request.app[STATE]
    session = request[EXCHANGE].session
    values = {
        "user": session.account.user if session else None,
        "session_key": session.key if session else "",
        "session_token": session.token if session else "",
        "page_token": session.page_token if session else "",
        "like": state.like_of(request[EXCHANGE].vehicle),
        **values,
    }
    values |= {"changes": state.changes, "extras": state.changes.extras}
    values |= {"elsewhere": state.elsewhere, "report_root": state.report_root}
    html = TEMPLATES.get_template(template).render(root=ROOT, options=state.options, **values)
    # A page of a session must never come out of a cache.
    headers = {"Cache-Control": "private, no-store"}
    return web.Response(text=html, status=status, content_type="text/html", headers=headers)
