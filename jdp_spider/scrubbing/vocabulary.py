"""Words that give nothing away, since they are this program's own or the web's."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.abc import Traversable

SHORTEST = 3
"""Letters of a word. Shorter ones stay everywhere."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[^\W\d_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_READ = (".py", ".js", ".html", ".css")
_WITH_NAMES = ("vehicles.py", "catalogue.py", "values.py", "vocabulary.py")
"""Modules with names of people, makes, models and colours."""

NAMES = frozenset(
    """
    abel alexander alice allen amber andrew angel anna anthony archer arthur austin baker ball
    barber bell best bill bird bishop black blake block bond booth brook brooks brown bush butler
    carter cash chance chandler charity chase christian church clay cliff cole cook cooper cross
    daisy dale dawn day dean diamond don drew duke earl english faith falls farmer ferry fields
    fisher ford forest fox frank franklin french frost fuller gates gene glass gold golden grace
    grant graves gray green grey guy hall hardy harper harris hart heath henry hill hills holiday
    holland hood hope house hunter iris ivory ivy jack james jan jasmine jay jean jersey joe john
    jordan joy judge june justice kent king knight lake lamb lance lane lang law lee lily lincoln
    little long love lucky mac major march mark marks marsh marshall martin mason max may means
    mercy miles miller mills mitchell monk moon moore nelson nick noble norman north olive park
    parker parks paul pearl peter pierce pond poole pope potter powell powers pratt price pride
    prince ray rich richard rivers rob robert robin rod rose ross roy ruby rush sales sands savage
    scott sharp shaw shepherd short silver singer sky small smart smith snow south spears spencer
    sterling stewart stone strange strong sue summer summers swan taylor terry thomas tucker
    turner tyler valentine victor walker wall wallace ward warren washington waters watts wayne
    webb wells west white will williams winter wise wolf wood woods woodward wright yates york
    young
    """.split()  # noqa: SIM905 - a list of quoted words would be four times as long
)
"""Words that are names of people or makes as well: they stay only where they are written small."""


def parts(word: str) -> Iterator[tuple[int, int]]:
    """Yield where the parts of a word begin and end: "createPdf" has two."""
    for found in _PARTS.finditer(word):
        yield found.span()


def words_of(text: str) -> Iterator[str]:
    """Yield all words of a text in lower case."""
    for found in _LETTERS.finditer(text):
        run = found[0]
        if len(run) >= SHORTEST:
            yield run.casefold()
        for start, end in parts(run):
            if end - start >= SHORTEST:
                yield run[start:end].casefold()


def is_name(word: str) -> bool:
    """Return whether a word may be somebody's name, as it is written with a capital."""
    lower = word.casefold()
    return lower in NAMES and word != lower


@lru_cache(maxsize=1)
def program_words() -> frozenset[str]:
    """Return the words of this program's own source: its messages, comments and selectors."""
    return frozenset(word for text in _sources(files("jdp_spider")) for word in words_of(text))


def _sources(folder: Traversable) -> Iterator[str]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _sources(each)
        elif each.name.endswith(_READ) and each.name not in _WITH_NAMES:
            yield each.read_text(encoding="utf-8")


class Vocabulary:
    """Which words stay."""

    def __init__(self, more: Iterable[str] = (), platform: Iterable[str] = ()) -> None:
        """Take further texts of words: `more` of the settings, `platform` of the browser's names.

        The latter are only known as parts of scripts and the like.
        """
        self._known = program_words() | {word for text in more for word in words_of(text)}
        self._platform = self._known | {word for text in platform for word in words_of(text)}

    def has_in_text(self, word: str) -> bool:
        """Return whether a word stays in what people read."""
        return word.casefold() in self._known and not is_name(word)

    def has_in_code(self, word: str) -> bool:
        """Return whether a word stays in names and scripts."""
        return word.casefold() in self._platform
