"""Texts that stand beside each other, and may be one value together."""

from __future__ import annotations

import re
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING

from jdp_spider.scrubbing.vocabulary import SHORTEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jdp_spider.scrubbing.learned import Replaced
    from jdp_spider.scrubbing.scrubber import Scrubber

_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"[0-9]{4,}")
_FEWEST_SIGNS = 4
_LONGEST_SIGN = 2


def scrubbed_together(
    pieces: Sequence[str],
    scrubber: Scrubber,
    clean: Callable[[str], str],
    *,
    with_numbers: bool = False,
) -> list[str]:
    """Return the pieces of a line, each after `clean`; what is split among them is one value.

    `with_numbers` is for pieces that can be no numbers of their own, as those of a pager are.
    """
    if len(pieces) == 1:
        return [clean(pieces[0])]
    spans = _spans(pieces, scrubber, clean, with_numbers=with_numbers)
    starts = [0, *accumulate(map(len, pieces))]
    return [_piece(piece, at, spans, clean) for piece, at in zip(pieces, starts, strict=False)]


def _spans(
    pieces: Sequence[str], scrubber: Scrubber, clean: Callable[[str], str], *, with_numbers: bool
) -> list[Replaced]:
    """Return what is to be replaced in a line: known values, words and numbers that are split."""
    joined = "".join(pieces)
    spans = scrubber.known.spans(joined)
    ends = list(accumulate(map(len, pieces)))
    for start, end in [found.span() for found in _WORD.finditer(joined)]:
        cuts = [start, *(each for each in ends if start < each < end), end]
        parts = [joined[first:last] for first, last in pairwise(cuts)]
        whole = clean(joined[start:end])
        if len(parts) > 1 and _is_free(start, end, spans) and not _are_words(parts, clean):
            spans.append((start, end, whole))
    for found in _NUMBER.finditer(joined) if with_numbers else ():
        start, end = found.span()
        if any(start < each < end for each in ends) and _is_free(start, end, spans):
            spans.append((start, end, clean(found[0])))
    return sorted(spans)


def replaced_apart(signs: Sequence[str], scrubber: Scrubber) -> list[str]:
    """Return texts of one or two characters that follow each other, without a value that they are.

    Only single letters may be a word: those of two are the days of a week, or states.
    """
    joined = "".join(signs)
    if all(len(sign) == 1 for sign in signs) and len(signs) >= _FEWEST_SIGNS:
        joined = scrubber.apart(joined, scrubber.text)
    else:
        for start, end, stand_in in scrubber.known.spans(joined):
            joined = joined[:start] + stand_in + joined[end:]
    left = iter(joined)
    return ["".join(next(left) for _ in sign) for sign in signs]


class Signs:
    """The texts of one or two characters of a page: letters may be anywhere in it, one by one."""

    def __init__(self, out: list[str], scrubber: Scrubber) -> None:
        self._out = out
        self._scrubber = scrubber
        self._noted: list[tuple[int, str]] = []
        """Where in `out` each is, and what it is; an empty one for a longer text."""

    def note(self, text: str) -> None:
        """Note a text that is about to be written."""
        if sign := text.strip():
            is_short = len(sign) <= _LONGEST_SIGN and sign.isalnum()
            self._noted.append((len(self._out), sign if is_short else ""))

    def end(self) -> None:
        """Replace what is written one by one in what was written."""
        for is_short, group in groupby(self._noted, key=lambda each: bool(each[1])):
            # What was replaced with the texts beside it is no more as it was.
            found = [(n, sign) for n, sign in group if self._out[n].strip() == sign]
            clean = replaced_apart([sign for _, sign in found], self._scrubber) if is_short else []
            for (place, sign), new in zip(found, clean, strict=False):
                self._out[place] = self._out[place].replace(sign, new)


def _is_free(start: int, end: int, spans: list[Replaced]) -> bool:
    return all(last <= start or first >= end for first, last, _ in spans)


def _are_words(parts: list[str], clean: Callable[[str], str]) -> bool:
    return all(len(each) >= SHORTEST and clean(each) == each for each in parts)


def _piece(piece: str, at: int, spans: list[Replaced], clean: Callable[[str], str]) -> str:
    """Return a piece that begins at `at` of the line in which `spans` are replaced."""
    made, done = [], 0
    for start, end, stand_in in spans:
        first, last = max(start - at, 0), min(end - at, len(piece))
        if first >= last:
            continue
        if start >= at and end <= at + len(piece):
            continue  # whole in this piece: `clean` finds it
        made += [clean(piece[done:first]), stand_in[at + first - start : at + last - start]]
        done = last
    return "".join([*made, clean(piece[done:])])
