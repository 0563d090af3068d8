"""A site in simulated time: how many requests it serves at once, and what becomes of the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jdp_spider.session.concurrency import ConcurrencyLimit

PAUSE_S = 1.0
"""After a refusal, for all."""
MEAN_S = {"page": 2.0, "report": 4.0}


@dataclass
class Work:
    """A request under way."""

    kind: str
    left: float
    """Seconds of work, alone at the site."""
    vehicle: int


Rates = "Callable[[Sequence[Work]], list[float]]"


def freely(works: Sequence[Work]) -> list[float]:
    return [1.0] * len(works)


def reports_at_a_time(most: int) -> Callable[[Sequence[Work]], list[float]]:
    def rates(works: Sequence[Work]) -> list[float]:
        reports = [work for work in works if work.kind == "report"][:most]
        return [float(work.kind == "page" or work in reports) for work in works]

    return rates


def one_at_a_time(works: Sequence[Work]) -> list[float]:
    return [float(number == 0) for number in range(len(works))]


def slower_above(most: int) -> Callable[[Sequence[Work]], list[float]]:
    return lambda works: [min(1.0, most / len(works))] * len(works)


@dataclass
class SimulatedRun:
    """A run of so many vehicles; the limit decides how many are in flight."""

    limit: ConcurrencyLimit
    rates: Callable[[Sequence[Work]], list[float]]
    refuses_above: int = 100
    seed: int = 1
    spread: float = 0.3
    first_takes: float = 1.0
    """Times as long as another page takes a context's first one."""
    now: float = 0.0
    refused: int = 0
    requests: int = 0
    in_flight_seconds: float = 0.0
    contexts: int = 0
    limits: list[int] = field(default_factory=list)

    def run(self, vehicles: int) -> float:
        """Return the vehicles a second."""
        rng, start = Random(self.seed), self.now
        works: list[Work] = []
        begun: dict[int, tuple[int, float]] = {}
        waiting = list(range(vehicles))
        paused_until = 0.0

        def ask(kind: str, vehicle: int) -> None:
            nonlocal paused_until
            self.requests += 1
            if len(works) >= self.refuses_above:
                self.refused += 1
                paused_until = self.now + PAUSE_S
                self.limit.fail(begun.pop(vehicle)[0], refused=True)
                waiting.insert(0, vehicle)
                return
            is_first, self.contexts = len(begun) > self.contexts, max(self.contexts, len(begun))
            seconds = MEAN_S[kind] * rng.lognormvariate(-(self.spread**2) / 2, self.spread)
            works.append(Work(kind, seconds * self.first_takes**is_first, vehicle))

        while waiting or works:
            while waiting and len(begun) < self.limit.limit and self.now >= paused_until:
                vehicle = waiting.pop(0)
                begun[vehicle] = self.limit.limit, self.now
                ask("page", vehicle)
            if not works:
                self.now = max(self.now, paused_until)
                continue
            rates = self.rates(works)
            ends = [work.left / rate for work, rate in zip(works, rates, strict=True) if rate]
            step = min(ends)
            if self.now < paused_until < self.now + step:
                step = paused_until - self.now
            self.now += step
            self.in_flight_seconds += step * len(begun)
            for work, rate in zip(works, rates, strict=True):
                work.left -= step * rate
            for work in [work for work in works if work.left <= 1e-9]:
                works.remove(work)
                if work.kind == "page":
                    ask("report", work.vehicle)
                else:
                    begun_at, since = begun[work.vehicle]
                    self.limit.succeed(begun_at, len(begun), self.now - since)
                    del begun[work.vehicle]
                    self.limits.append(self.limit.limit)
        return vehicles / (self.now - start)
