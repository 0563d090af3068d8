"""Finds out whether vehicles fail because others are in flight, by trials alone."""

from __future__ import annotations

_IN_A_ROW = 3
"""Vehicles that fail beside others, with none saved between, before one is tried alone."""
_ROUNDS = 3
"""Trials alone that must succeed, and several at a time fail again after each: once may be luck, or
a trouble of the site that has passed."""
_SURE = 10
"""So many more saved than failed beside others show that several at a time work."""
_FIRST_REST = 10
_LONGEST_REST = 640
"""Attempts before the next trial after one that failed, twice as many each time: a vehicle that
fails alone as well must not make the others wait often."""


class AloneTrials:
    """Decides which vehicles are tried alone, and what the results mean.

    Some sites keep something only once per session, such as a token of the page that was opened
    last: what overlaps fails, and each alone works. A vehicle is tried alone if some have failed
    in a row beside others, and before one fails for good that never failed alone.
    """

    def __init__(self) -> None:
        self._is_wanted = False
        """True if whichever vehicle is next is to be alone."""
        self._claims: list[str] = []
        """Keys of the vehicles that wait to be alone."""
        self._running = ""
        """Key of the vehicle that is alone."""
        self._in_a_row: set[str] = set()
        """Keys of vehicles that failed beside others since one was saved."""
        self._rounds = 0
        """Trials that succeeded while several at a time kept failing."""
        self._balance = 0
        """Vehicles saved less those failed beside others, within `_SURE`."""
        self._rest = 0
        """Attempts until the next trial may begin."""
        self._next_rest = _FIRST_REST

    @property
    def may_begin(self) -> bool:
        """True unless the last trial failed a short time ago."""
        return self._rest == 0

    @property
    def is_pending(self) -> bool:
        """True while the next vehicle is to be alone, or one is: then no other may begin."""
        return self._is_wanted or bool(self._running) or self._has_claims

    @property
    def _has_claims(self) -> bool:
        return bool(self._claims) and self.may_begin

    def claim(self, key: str) -> None:
        """Note that this vehicle waits to be alone."""
        self._claims.append(key)

    def drop_claim(self, key: str) -> None:
        """Note that this vehicle waits no longer."""
        self._claims.remove(key)

    def is_next(self, key: str) -> bool:
        """Return True if this vehicle may be the one that is alone."""
        return not self._has_claims or self._claims[0] == key

    def begin(self, key: str) -> None:
        """Note that this vehicle is in flight, alone if a trial is pending."""
        if self.is_pending:
            self._running = key

    def finish(self, key: str) -> None:
        """Note the end of this vehicle's attempt, after its result if it had one."""
        if self._running == key:
            self._running = ""

    def succeed(self, key: str, *, beside_others: bool) -> bool:
        """Note a saved vehicle. Return True if there is no doubt that one at a time is needed."""
        self._in_a_row.clear()
        if self._running == key:
            self._is_wanted, self._running = False, ""
            self._rest, self._next_rest = 0, _FIRST_REST
            self._rounds += 1
            return self._rounds >= _ROUNDS and self._balance < 0
        self._age()
        if beside_others:
            self._balance = min(self._balance + 1, _SURE)
            if self._balance == _SURE:
                self._rounds = 0
        return False

    def fail(self, key: str, *, beside_others: bool) -> None:
        """Note a failure that others in flight may have caused, if there were any."""
        if self._running == key:
            self._is_wanted, self._running = False, ""
            self._in_a_row.clear()
            self._rest = self._next_rest
            self._next_rest = min(2 * self._next_rest, _LONGEST_REST)
            return
        self._age()
        if beside_others:
            self._balance = max(self._balance - 1, -_SURE)
            self._in_a_row.add(key)
            self._is_wanted |= len(self._in_a_row) >= _IN_A_ROW and self.may_begin

    def _age(self) -> None:
        self._rest = max(self._rest - 1, 0)
