"""What may have taken the place of something: ranked by words, by likeness, by what it must be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp_spider.repair.barred import barred_word, makes_report
from jdp_spider.repair.elements import Looks, words_of
from jdp_spider.repair.similarity import similarity
from jdp_spider.repair.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jdp_spider.repair.elements import Element

_LEAST = 0.35
"""Below this nothing speaks for an element."""
_ALIKE = 0.5
"""From this likeness on, an element may be tried without a word that speaks for it."""
_TEXT_INPUTS = ("", "text", "email", "tel", "search", "number")
_CLICKED = ("button", "submit", "image")
_NAMED = 0.75
"""How much a word counts in an id, a class or an address, against one that a person reads."""
_NEW = 0.35
"""What counts for an element that the last click has brought."""
_OFF = 0.1
"""What counts against an element that cannot be used yet: a click waits for it."""
_TYPED = ("user_name", "password", "search")
_OF_FILTER = re.compile(r"filter|search|quer(?:y|ies)|criteria|\bshow all\b", re.IGNORECASE)
_SEEN_ONLY = ("filter_off", "user_name", "password", "search", "inventory_link")
"""Names that are not clicked: nothing bars them."""


@dataclass(frozen=True)
class Candidate:
    """An element that may be what is looked for, and how it would be found."""

    name: str
    element: Element
    selector: str
    score: float
    likeness: float = 0.0
    """How much it looks like what was there before; 0 if that is not known."""

    @property
    def shown(self) -> str:
        """Return what it is, in a few words."""
        looks = self.element.looks
        said = f"'{looks.shown}'" if looks.shown else "without words"
        return f"{looks.tag} {said}"


def candidates(
    name: str,
    elements: Iterable[Element],
    known: Looks | None = None,
    *,
    new: Collection[Looks] = (),
    passed_over: Collection[str] = (),
    barred: bool = False,
) -> list[Candidate]:
    """Return what may be tried for a name, the best first.

    `known` is what it looked like; `new` are elements that have just appeared; `passed_over` are
    selectors that were tried in vain. `barred` returns what may not be clicked instead, where what
    a person reads speaks for it.
    """
    found = []
    for element in elements:
        if not element.selectors or not may_be(name, element):
            continue
        if element.off and name in _TYPED:
            continue
        if passed_over and any(each in passed_over for each in element.selectors):
            continue
        score, likeness = rate(name, element.looks, known)
        if element.looks in new:
            score += _NEW
        if element.off:
            score -= _OFF
        if name == "log_in" and element.sends:
            score += 0.5
        if barred and said(name, _read(element.looks)) <= 0:
            continue
        if score >= _LEAST and is_allowed(name, element.looks) != barred:
            found.append(Candidate(name, element, element.selectors[0], score, likeness))
    found.sort(key=lambda each: (-each.score, not each.element.usable))
    return found


def _read(looks: Looks) -> Looks:
    """Return what a person reads of an element."""
    return Looks(tag=looks.tag, text=looks.text, label=looks.label, title=looks.title)


def is_allowed(name: str, looks: Looks) -> bool:
    """Return True if an element may be clicked for a name."""
    if name in _SEEN_ONLY:
        return True
    words = WORDS.get(name)
    if name == "filter_on" and not _is_of_filter(looks):
        return False
    return not barred_word(looks, plain=words.plain if words else "")


def _is_of_filter(looks: Looks) -> bool:
    """Return True unless it could as well take away a vehicle: an "x" on its card."""
    around = (looks.text, looks.label, looks.title, looks.id, looks.name, looks.script, looks.data)
    named = " ".join((*around, looks.address, *looks.classes, *looks.parents))
    return bool(_OF_FILTER.search(named))


def rate(name: str, looks: Looks, known: Looks | None = None) -> tuple[float, float]:
    """Return how much speaks for an element, and how much it looks like what was known."""
    words = said(name, looks)
    likeness = similarity(known, looks) if known is not None else 0.0
    if known is None:
        return words, 0.0
    if words < 0:
        # It looks like it and says something else: only if it looks very much like it.
        return (likeness * 0.6 if likeness > 0.85 else -1.0), likeness
    score = 0.6 * words + likeness if likeness >= _ALIKE else 0.8 * words + 0.3 * likeness
    return score, likeness


def said(name: str, looks: Looks) -> float:
    """Return how much the words of an element speak for a name; -1 if they speak against it."""
    words = WORDS.get(name)
    if words is None:
        return 0.0
    read = [looks.text, looks.label, looks.title, looks.placeholder]
    scores = [words.score(text) for text in read if text]
    if scores and min(scores) < 0:
        return -1.0
    if name in ("reports", "create_pdf") and any(makes_report(text) for text in read if text):
        scores.append(0.85)
    named = [looks.id, looks.name, looks.address, looks.script, looks.data, looks.icon]
    named += looks.classes
    found = [words.score(words_of(text)) for text in named if text]
    if found and min(found) < 0 and not any(score > 0.5 for score in scores):
        return -1.0
    hidden = max(found, default=0.0) * _NAMED
    visible = max(scores, default=0.0)
    # Both together are surer than either.
    return max(visible, hidden) + 0.1 * min(visible, hidden)


def may_be(name: str, element: Element) -> bool:
    """Return True if an element is of the kind that a name must be."""
    looks = element.looks
    is_field = looks.tag in ("input", "textarea", "select") and looks.type not in _CLICKED
    is_box = looks.type in ("checkbox", "radio")
    if name == "password":
        return looks.type == "password"
    if name == "user_name":
        return looks.tag == "input" and looks.type in _TEXT_INPUTS and element.entry
    if name == "search":
        is_text = looks.tag == "input" and looks.type in _TEXT_INPUTS
        return is_text and not (element.entry or element.edits)
    if name == "licence":
        return (is_box or not is_field) and not element.entry and looks.tag != "label"
    if is_field or looks.tag == "label":
        return False
    if name == "log_in":
        return element.entry and element.usable
    if name == "inventory_link":
        return looks.tag == "a" and bool(element.url)
    if name in ("reports", "create_pdf", "filter_on"):
        # A form that such a button would send might change something.
        return element.region != "row" and not element.sends
    return element.region != "row" and not element.entry
