"""When to try the login again while the account has a live session elsewhere."""

from __future__ import annotations

import time
from collections import deque

from jdp_spider.pages.ended import ended_by_other

_FIRST_PAUSE_S = 60.0
_SHORTEST_PAUSE_S = 30.0
"""Seconds between two tries, even if Enter is pressed: each try sends the password."""
_MOST_AN_HOUR = 10
_HOUR_S = 3600.0


class OtherSession:
    """The waits for another session: each ends with a try, and others are made meanwhile.

    The site refuses such a try, which therefore is no second login. It may accept the first one
    after the other session was logged out, long before the wait that it asked for is over.
    """

    def __init__(self) -> None:
        self._end = 0.0
        self._pause = _FIRST_PAUSE_S
        self._tries: deque[float] = deque(maxlen=_MOST_AN_HOUR)
        self._is_asked = False
        self.said = ""
        """The words by which the site has said that another login ended our session."""
        self.known = ""
        """Such words that the login's page shows to everybody."""
        self.ways_given = 0
        """How often that other session was waited for."""
        self._is_given_way = False
        """True from such a wait until the next login."""
        self.next_at: float | None = None
        """Epoch seconds of the next try; None while none is waited for."""

    def refused(self) -> None:
        """Note that the site has just refused a try."""
        self._tries.append(time.monotonic())

    @property
    def is_over(self) -> bool:
        """True if the wait has ended, or none has begun."""
        return time.monotonic() >= self._end

    def begin(self, seconds: float) -> None:
        """Begin a wait of this length."""
        self._end = time.monotonic() + seconds

    def note_end(self, seen: object) -> None:
        """Note it if an error, or its text, says that another login has ended our session."""
        # Where it quotes a page, what it says before that is no part of the sentence.
        text = getattr(seen, "said", "") or str(seen).rpartition("the page says: ")[2]
        said = ended_by_other(text)
        if said and said != self.known and not self._is_given_way:
            self.said = said

    def give_way(self) -> None:
        """Note that such a wait begins: it has no tries, as the site might accept one.

        What is left of an earlier wait says nothing of this session.
        """
        self._end = 0.0
        self.said, self._is_given_way = "", True
        self.ways_given += 1
        self._tries.clear()

    @property
    def heeded(self) -> str | None:
        """The known words where others on the login's page count; None where none do.

        After a wait the page may say still why it was made.
        """
        return None if self._is_given_way else self.known

    def settled(self) -> None:
        """Note that there is a session of ours again."""
        self.said, self._is_given_way = "", False

    def next_try(self) -> float:
        """Return the monotonic time of the next try without Enter: after 1, 2, 4 ... minutes.

        Call it once for each try that was refused.
        """
        if not self._tries:
            return self._end
        due = self._tries[-1] + self._pause
        self._pause *= 2
        return max(min(due, self._end), self._allowed())

    def earliest_try(self) -> float:
        """Return the monotonic time from which Enter makes a try."""
        if not self._tries:
            return 0.0
        return max(self._tries[-1] + _SHORTEST_PAUSE_S, self._allowed())

    def ask(self) -> None:
        """Request a try before it is due; it is made as soon as it is allowed."""
        self._is_asked = True

    def take_request(self) -> bool:
        """Return True if a try was requested since the last call."""
        is_asked, self._is_asked = self._is_asked, False
        return is_asked

    def _allowed(self) -> float:
        """Return the time from which the hourly limit allows one more try."""
        return self._tries[0] + _HOUR_S if len(self._tries) == _MOST_AN_HOUR else 0.0
