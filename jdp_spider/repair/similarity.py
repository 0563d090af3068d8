"""How much an element looks like one that was known: the fingerprint of when it last worked."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from jdp_spider.repair.elements import Looks

_TEXTS = {
    "text": 3.0,
    "id": 2.0,
    "label": 1.5,
    "name": 1.5,
    "title": 1.2,
    "icon": 0.8,
    "placeholder": 0.8,
    "address": 1.2,
    "script": 1.2,
    "data": 1.0,
}
_EQUAL = {"tag": 1.0, "type": 0.8, "role": 0.3}
_LISTS = {"classes": 1.5, "parents": 2.0, "siblings": 1.0}
_PLACE = 1.0
_FAR = 400
"""Pixels; what stands further away has moved."""


def similarity(known: Looks, found: Looks) -> float:
    """Return how alike two elements are, 0 to 1; what neither has does not count."""
    total = score = 0.0
    for name, weight in _TEXTS.items():
        one, other = getattr(known, name), getattr(found, name)
        if one or other:
            total += weight
            score += weight * _alike(one, other)
    for name, weight in _EQUAL.items():
        one, other = getattr(known, name), getattr(found, name)
        if one or other:
            total += weight
            score += weight * (one == other)
    for name, weight in _LISTS.items():
        one, other = getattr(known, name), getattr(found, name)
        if one or other:
            total += weight
            score += weight * _shared(one, other)
    if known.place and found.place:
        total += _PLACE
        score += _PLACE * _near(known.place, found.place)
    return score / total if total else 0.0


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if not one or not other:
        return 0.0
    matcher = SequenceMatcher(None, one.lower(), other.lower(), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() > 0.4 else 0.0


def _shared(one: Collection[str], other: Collection[str]) -> float:
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 1.0


def _near(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    distance = sum(abs(a - b) for a, b in zip(one, other, strict=False))
    return max(0.0, 1.0 - distance / _FAR)
