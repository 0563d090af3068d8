"""One repair's way through the site: what it knows by now, and how it settles what a name means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.site import PURPOSES
from jdp_spider.repair.candidates import Candidate, candidates, is_allowed, may_be, rate, said
from jdp_spider.repair.elements import Element, Looks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.rows import Row
    from jdp_spider.pages.site import Site
    from jdp_spider.repair.scene import Event, Scene

_CLEARLY = 0.5
"""By so much another element must fit better before one that is found is taken for a wrong one."""
MOST_TRIES = 4
"""Candidates of one name that are tried."""


@dataclass(frozen=True)
class Change:
    """One name that the site has another thing for: what it was, and what it is."""

    name: str
    before: str
    after: str
    shown: str = ""
    """What was found, in a few words."""


@dataclass
class Plan:
    """What a repair is asked for."""

    site: Site
    user: str
    password: str = field(repr=False)
    tell: Callable[[Event], None]
    accept: Callable[[Change], Awaitable[None]]
    """Takes each change as soon as it is known to work."""
    keep: Callable[[list[dict[str, Any]]], None]
    """Takes the cookies as soon as the site may have a session for them."""
    known: Mapping[str, Looks] = field(default_factory=dict)
    """What was used when all worked, by name."""
    vehicles: list[Vehicle] | None = None
    """The inventory, if it is known; else it is exported."""
    reference: str = ""
    """Of the vehicle to look at; empty: any."""
    is_live: bool = False
    """True if the page's context has a session of the account."""
    may_log_in: bool = True
    with_report: bool = True
    """False: the dialog is opened, and no report made."""


class NotRepaired(PageChanged):
    """Raised when nothing works for a name; says what might, as far as that is known."""

    def __init__(
        self, site: Site, step: str, name: str, proposals: Iterable[Candidate] = ()
    ) -> None:
        super().__init__(step, name, getattr(site, name), PURPOSES[name])
        self.proposals = list(proposals)


class Walk:
    """The state of a repair, and the one way in which a name gets another meaning."""

    def __init__(self, scene: Scene, plan: Plan) -> None:
        self.scene = scene
        self.plan = plan
        self.step = ""
        self.changes: dict[str, Change] = {}
        """Those that were believed, by name."""
        self.rejected: dict[str, set[str]] = {}
        """Selectors that were tried in vain, by name."""
        self.was_sent = False
        """True once the password was sent: it never is again."""
        self.vehicles = plan.vehicles
        self.home: list[Element] = []
        """What the page after the login showed."""
        self.ways: list[str] = []
        """Selectors of what may open a vehicle from its row, the best first."""
        self.row: Row | None = None
        self.vehicle: Vehicle | None = None
        self.barred: dict[str, list[Candidate]] = {}
        """What may be meant by a name and is never clicked."""
        self.asked: list[str] = []
        """Addresses, perhaps of reports, that a page asked for while none came."""
        self.untried: dict[str, Change] = {}
        """What can only be tried at the end: the way out."""

    @property
    def site(self) -> Site:
        """Return the site as it is known by now."""
        return self.scene.site

    def begin(self, step: str, text: str) -> None:
        """Report the next step."""
        self.step = step
        self.scene.tell("step", text, step=step)

    async def believe(self, name: str, shown: str = "") -> None:
        """Keep what a name means now, as it was seen to work, if that is new."""
        before, after = getattr(self.plan.site, name), getattr(self.site, name)
        known = self.changes.get(name)
        if after == (known.after if known else before):
            return
        change = self.changes[name] = Change(name, before, after, shown)
        self.scene.tell("found", f"{name} is '{after}' now ({shown or after})", name, after)
        await self.plan.accept(change)

    def change(self, name: str, shown: str) -> Change:
        """Return what a name means now, against what it meant before the repair."""
        return Change(name, getattr(self.plan.site, name), getattr(self.site, name), shown)

    async def current(self, name: str, elements: Iterable[Element]) -> Element | None:
        """Return the element that is found for a name as it is, if it may be the right one."""
        looks = await self.scene.look_of(name)
        if looks is None:
            return None
        found = next((each for each in elements if each.looks == looks), None)
        element = found or Element(looks, (getattr(self.site, name),))
        return element if found is None or may_be(name, element) else None

    async def options(
        self,
        name: str,
        elements: list[Element],
        new: Collection[Looks] = (),
        most: int = MOST_TRIES,
    ) -> list[Candidate]:
        """Return what may be tried for a name, in order.

        First what it finds now, unless that says something else or another fits clearly better;
        then what may have taken its place.
        """
        rejected, known = self.rejected.get(name, set()), self.plan.known.get(name)
        selector = getattr(self.site, name)
        current = await self.current(name, elements)
        found = candidates(name, elements, known, new=new, passed_over=rejected)
        found = [each for each in found if current is None or each.element != current]
        if not found:
            # Only somebody who knows the site may say that it is this.
            self.barred[name] = candidates(name, elements, known, new=new, barred=True)[:most]
        if current is not None and not self._is_wrong(name, current, selector):
            own = Candidate(name, current, selector, rate(name, current.looks, known)[0])
            is_beaten = bool(found) and found[0].score - max(own.score, 0.0) >= _CLEARLY
            found.insert(1 if is_beaten else 0, own)
        if not found or found[0].selector != selector:
            self.scene.tell("missing", f"{name} ('{selector}') is not there", name, selector)
            for each in found[:most]:
                text = f"{each.shown} may be {name} ({each.score:.2f})"
                self.scene.tell("proposal", text, name, each.selector, score=round(each.score, 2))
        return found[:most]

    def _is_wrong(self, name: str, element: Element, selector: str) -> bool:
        """Return True if what is found for a name now cannot be it."""
        says_other = said(name, element.looks) < 0 or not is_allowed(name, element.looks)
        return says_other or selector in self.rejected.get(name, set())

    def take(self, candidate: Candidate) -> None:
        """Look for a name by the selector of a candidate from now on."""
        self.scene.use(**{candidate.name: candidate.selector})

    def reject(self, candidate: Candidate, why: str) -> None:
        """Note that a candidate was tried in vain."""
        self.rejected.setdefault(candidate.name, set()).update(candidate.element.selectors)
        self.rejected[candidate.name].add(candidate.selector)
        text = f"{candidate.shown} is not {candidate.name}: {why}"
        self.scene.tell("rejected", text, candidate.name, candidate.selector)

    def not_repaired(self, name: str, proposals: Iterable[Candidate] = ()) -> NotRepaired:
        """Return the error that nothing works for a name."""
        site = self.plan.site.with_changes({name: getattr(self.plan.site, name)})
        proposed = list(proposals) or self.barred.get(name, [])
        return NotRepaired(site, self.step.capitalize(), name, proposed)


def appeared(after: Iterable[Element], before: Iterable[Element]) -> set[Looks]:
    """Return what elements look like that are there now and were not before."""
    known = {_apart(each.looks) for each in before}
    return {each.looks for each in after if _apart(each.looks) not in known}


def _apart(looks: Looks) -> tuple[object, ...]:
    """Return what tells elements apart, wherever they stand."""
    return (looks.tag, looks.id, looks.classes, looks.text, looks.label, looks.title, looks.parents)
