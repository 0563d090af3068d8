"""Values that are private beyond doubt, such as the references and VINs of an inventory."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from jdp_spider.scrubbing.standins import StandIns, in_case_of
from jdp_spider.scrubbing.vocabulary import SHORTEST, words_of
from jdp_spider.utils.escapes import EscapedText, base64_digits, spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jdp_spider.utils.escapes import Span

_SHORTEST_ANYWHERE = 5
"""Characters of a value that is looked for within others, too; with digit and letter fewer do."""
_MOST_DRAWS = 50
_JOINS = ("", "-", "_", ".", "+")
"""What stands for the spaces of a name in addresses and the like."""
_VIN_ENDS = (8, 6)
"""Parts of a VIN that sites show by themselves."""


Replaced = tuple[int, int, str]
"""Where something begins and ends in a text, and what comes in its place."""


class Learned:
    """Known values with their stand-ins, both in lower case."""

    def __init__(self, key: bytes, is_taken: Callable[[str], bool]) -> None:
        self.stand_ins = StandIns(key, is_taken, self.holds)
        self._known: dict[str, Callable[[], str]] = {}
        """How each value's stand-in is drawn: only once all values are known."""
        self._drawn: dict[str, str] = {}
        self._lengths: set[int] = set()
        self._by_start: defaultdict[str, list[str]] = defaultdict(list)
        """The values by their first characters: most texts hold none of thousands."""
        self._swept: set[str] = set()
        """Values that are also looked for in any spelling."""

    def learn(self, *values: str, is_swept: bool = True) -> None:
        """Replace these values from now on, whatever they look like.

        `is_swept` looks for them in every spelling, which takes its time.
        """
        for each in values:
            value = each.strip().casefold()
            if len(value) >= SHORTEST:
                self._add(value, partial(self._private_alone, value), is_swept=is_swept)

    def learn_words(self, *texts: str) -> None:
        """Replace these texts and each word of them, also where its words are joined."""
        for text in texts:
            self.learn(text, *words_of(text))
            self.learn(*(sign.join(text.split()) for sign in _JOINS), is_swept=False)

    def learn_vin(self, vin: str, *, is_swept: bool = True) -> None:
        """Replace this VIN, and its last characters where they stand alone."""
        vin = vin.strip().casefold()
        self._add(vin, partial(self.stand_ins.vin, vin), is_swept=is_swept)
        for length in _VIN_ENDS:
            self._add(vin[-length:], partial(self._end_of, vin, length), is_swept=False)

    def get(self, value: str) -> str | None:
        """Return the stand-in of a value in its case; None if it was not learned."""
        lower = value.casefold()
        return in_case_of(self._stand_in(lower), value) if lower in self._known else None

    def holds(self, text: str) -> bool:
        """Return whether a text is a learned value, or holds one that others may hold."""
        lower = text.casefold()
        return lower in self._known or any(
            lower[at : at + length] in self._known
            for length in self._lengths
            for at in range(len(lower) - length + 1)
        )

    def _stand_in(self, value: str) -> str:
        if value not in self._drawn:
            self._drawn[value] = self._known[value]()
        return self._drawn[value]

    def _end_of(self, vin: str, length: int) -> str:
        return self._stand_in(vin)[-length:]

    def _private_alone(self, value: str) -> str:
        """Return a value as `private` does, but never as another one that was learned."""
        found = first = self.private(value)
        for _ in range(_MOST_DRAWS):
            if not self.holds(found):
                return found
            found = self.private(found)
        return first

    def private(self, value: str) -> str:
        """Return a value with all its words and numbers replaced."""
        value = re.sub(r"[0-9]+", lambda found: self.stand_ins.number(found[0]), value)
        return re.sub(
            rf"[^\W\d_]{{{SHORTEST},}}", lambda found: self.stand_ins.word(found[0]), value
        )

    def spans(self, text: str) -> list[Replaced]:
        """Return where learned values stand in a text, and what replaces them."""
        found: list[Replaced] = []
        lower = _lower(text)
        sizes = {min(length, _SHORTEST_ANYWHERE) for length in self._lengths}
        for size in sizes:
            for start in range(len(lower) - size + 1):
                for value in self._by_start.get(lower[start : start + size], ()):
                    end = start + len(value)
                    if lower.startswith(value, start) and _is_apart(lower, start, end):
                        stand_in = in_case_of(self._stand_in(value), text[start:end])
                        found.append((start, end, stand_in))
        return apart(found)

    def _add(self, value: str, draw: Callable[[], str], *, is_swept: bool) -> None:
        if value not in self._known:
            self._known[value] = draw
            is_mixed = re.search("[0-9]", value) and re.search(r"[^\W\d_]", value)
            if len(value) >= _SHORTEST_ANYWHERE or is_mixed:
                self._by_start[value[:_SHORTEST_ANYWHERE]].append(value)
                self._lengths.add(len(value))
        self._swept |= {value} if is_swept else set()

    def spelled(self, text: str) -> list[Span]:
        """Return where learned values stand in any spelling: escaped, or as base64.

        Raise TooManyEscapes for a text that cannot be looked through.
        """
        read = EscapedText(text)
        found: set[Span] = set()
        for value in self._swept:
            if len(value) >= _SHORTEST_ANYWHERE:
                for cased in {value, value.upper(), value.title()}:
                    for spelling in spellings(cased):
                        found.update(read.find(spelling))
                    for digits in base64_digits(cased):
                        found.update(read.find(digits))
        return sorted(found, key=lambda span: (span[0], -span[1]))


def _lower(text: str) -> str:
    """Return a text in lower case, each character in its place: a sharp s would become two."""
    lower = text.casefold()
    if len(lower) == len(text):
        return lower
    return "".join(folded if len(folded := sign.casefold()) == 1 else sign for sign in text)


def _is_apart(text: str, start: int, end: int) -> bool:
    """Return whether a value goes on neither before nor after these places."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return not any(
        each and (each.isdecimal() if inner.isdecimal() else "a" <= each <= "z")
        for each, inner in ((before, text[start]), (after, text[end - 1]))
    )


def apart(spans: Iterable[Replaced]) -> list[Replaced]:
    """Return the spans that do not overlap a longer one before them."""
    kept: list[Replaced] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
