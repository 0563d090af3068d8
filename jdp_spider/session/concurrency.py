"""How many vehicles at a time a site can handle, found out from durations and refusals."""

from __future__ import annotations

from math import ceil
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

START = 3
"""Vehicles at a time if nothing is known of the site."""
_BROWSER_BYTES = 250_000_000
_CONTEXT_BYTES = 60_000_000
"""What browser, driver and crawl take without any context, and each context (measured)."""
_CONTEXTS_A_CORE = 10
"""At a site that answers at once a core does 13,000 vehicles an hour: ten contexts of the real
one are far from that."""
_GAIN = 0.25
"""Share of the ideal gain in throughput that makes more vehicles at a time worthwhile."""
_STEADY_ROUNDS = 5
"""Vehicles that are measured for a decision, per vehicle at a time."""
_FIRST_PATIENCE = 20
_MOST_PATIENCE = 640
"""Vehicles between two tries of another number; more after each try that gained nothing."""
_CEILING_PATIENCE = 8
"""So many times as patient where only fewer can be tried: that costs what it is to gain."""
_CEILING_LASTS = 400
"""Vehicles for which a number that the site has refused is not tried again, at first."""
_SLOWER = 0.75
"""Share of the known throughput below which the site counts as slower."""
_OTHER_KIND = 5
"""Vehicles of the other kind, one after the other, that show that the work has changed."""


class Known(NamedTuple):
    """What a run leaves for the account's next one."""

    limit: int = START
    ceiling: int | None = None
    """More than that the site has refused; None if it has refused nothing, or long ago."""
    ceiling_left: int = 0
    """Vehicles until more than the ceiling is tried again."""


def most_for(wanted: int, available: int, cores: int) -> int:
    """Return how many contexts at most a computer carries with so many bytes of free memory."""
    by_memory = (available - _BROWSER_BYTES) // _CONTEXT_BYTES
    return max(1, min(wanted, by_memory, cores * _CONTEXTS_A_CORE))


class ConcurrencyLimit:
    """Finds the smallest number of vehicles at a time with which the throughput is greatest.

    Throughput is the number in flight divided by the mean duration (Little's law), over windows of
    vehicles that began and ended under one limit. At a site not known yet the limit doubles while
    that pays; afterwards, and from the start of the account's next run, it moves by one, and less
    often each time it brought nothing. A refusal lowers it at once, and is remembered as a ceiling.

    Vegas and the gradient of Netflix's concurrency-limits compare a duration with the shortest
    one seen, which a site with one request at a time never shows to three; AIMD only learns from
    refusals, which most sites do not send.
    """

    def __init__(
        self,
        most: int,
        start: Known | None = None,
        moved: Callable[[ConcurrencyLimit], None] = lambda _: None,
    ) -> None:
        """Begin with what the last run left; call `moved` after each move."""
        is_known, start = start is not None, start or Known()
        self.most = most
        self._moved = moved
        self.limit = max(1, min(start.limit, most))
        self._first_ones = self.limit if is_known else 0
        """Vehicles left that are their contexts' first ones: they take longer, and would make the
        first step look better than it is. At a site not known yet that step may be bold."""
        self._searching = not is_known
        self._before: int | None = None
        """The limit before a step whose result is not known yet."""
        self._window: list[float] = []
        self._throughput: dict[int, float] = {}
        self._saturated = False
        """True if more vehicles at a time gained nothing at the last try."""
        self._patience = _FIRST_PATIENCE
        self._rested = 0
        """Vehicles since the last step."""
        self._ceiling = min(start.ceiling or most, most)
        self._ceiling_left = start.ceiling_left if start.ceiling else 0
        self._ceiling_lasts = _CEILING_LASTS
        self._failures = 0
        """Since the last success."""
        self._kind = False
        self._other_kind = 0

    @property
    def known(self) -> Known | None:
        """What the next run begins with; None until more at a time than at first were tried."""
        if self._searching:
            return None
        ceiling = self._ceiling if self._ceiling_left else None
        return Known(self.limit, ceiling, self._ceiling_left)

    def succeed(
        self, begun_at: int, in_flight: int, seconds: float, *, direct: bool = False
    ) -> None:
        """Learn from a vehicle that took so many seconds; direct reports take less.

        `begun_at` was the limit when it began. If fewer than that are in flight, itself counted,
        its duration says nothing about the limit.
        """
        self._failures = 0
        self._age_ceiling()
        if not self._is_of_kind(direct):
            return
        if begun_at != self.limit or in_flight < self.limit:
            return
        if self._first_ones:
            self._first_ones -= 1
            return
        self._window.append(seconds)
        self._rested += 1
        needed = self.limit - 1 if self._searching else _STEADY_ROUNDS * self.limit
        if len(self._window) >= needed:
            self._decide(self.limit / max(fmean(self._window), 1e-6))

    def fail(self, begun_at: int, *, refused: bool) -> None:
        """Learn from a failure that the site is to blame for, such as a time limit.

        `refused` is one that asks for less: 429, 503 or Retry-After.
        """
        self._failures += 1
        if begun_at > self.limit or not (refused or self._failures > 1):
            # Begun before the last step down; or a single failure, which may be the vehicle's.
            return
        self._failures = 0
        if refused:
            self._ceiling = max(1, self.limit - 1)
            self._ceiling_left = self._ceiling_lasts
        self._searching, self._before, self._saturated = False, None, False
        self._move(max(1, self.limit - 1))

    def settle_at_one(self) -> None:
        """Note that the site can handle one at a time: the account's next runs begin with that."""
        self._searching, self._before, self._saturated = False, None, False
        self._ceiling, self._ceiling_left = 1, self._ceiling_lasts
        self._move(1)

    # Decisions

    def _decide(self, throughput: float) -> None:
        self._window.clear()
        before, known = self._before, self._throughput.get(self.limit)
        self._throughput[self.limit] = throughput
        if before is not None:
            self._judge(before, throughput)
        elif self._searching:
            self._step(min(2 * self.limit, self._ceiling))
        elif known and throughput < _SLOWER * known:
            # What was known of other numbers does not hold any more.
            self._throughput = {self.limit: throughput}
            self._saturated = True
            self._step(min(self.limit - 1, ceil(self.limit * throughput / known)))
        elif self._saturated:
            self._step(self.limit - 1)
        elif self.limit < self._ceiling and self._rested >= self._patience:
            self._step(self.limit + 1)
        elif self._rested >= _CEILING_PATIENCE * self._patience:
            self._step(self.limit - 1)

    def _judge(self, before: int, throughput: float) -> None:
        """Keep the last step, or undo it."""
        self._before = None
        gain, ideal = throughput / self._throughput[before], self.limit / before
        pays = gain - 1 >= _GAIN * (ideal - 1)
        if ideal > 1:
            self._saturated = not pays
            if pays and self._searching:
                self._step(min(2 * self.limit, self._ceiling))
            elif pays:
                self._patience = _FIRST_PATIENCE
            elif self._searching:
                self._searching = False
                # So much more throughput takes so many more at a time.
                self._move(max(1, min(self.limit, round(before * max(gain, 1.0)))))
            else:
                self._step_back(before)
        elif self._loses(throughput):
            self._saturated = False
            self._step_back(before)

    def _loses(self, throughput: float) -> bool:
        """Return True if more at a time would gain more than that: many small losses add up."""
        return any(
            known / throughput - 1 >= _GAIN * (number / self.limit - 1)
            for number, known in self._throughput.items()
            if number > self.limit
        )

    def _step(self, target: int) -> None:
        target = max(1, min(target, self._ceiling))
        if target == self.limit:
            self._searching = False
            return
        self._rested = 0
        self._before = self.limit
        self._move(target)

    def _step_back(self, before: int) -> None:
        self._move(before)
        self._rested = 0
        self._patience = min(2 * self._patience, _MOST_PATIENCE)

    def _move(self, limit: int) -> None:
        if limit == self.limit:
            return
        self.limit = limit
        self._window.clear()
        self._moved(self)

    def _age_ceiling(self) -> None:
        if not self._ceiling_left:
            return
        self._ceiling_left -= 1
        if not self._ceiling_left:
            self._ceiling = self.most
            self._ceiling_lasts *= 2

    def _is_of_kind(self, direct: bool) -> bool:
        """Return True if the vehicle's duration can be compared with those before."""
        if direct == self._kind:
            self._other_kind = 0
            return True
        self._other_kind += 1
        if self._other_kind >= _OTHER_KIND:
            self._kind, self._other_kind = direct, 0
            self._throughput.clear()
            self._window.clear()
            self._before = None
        return False
