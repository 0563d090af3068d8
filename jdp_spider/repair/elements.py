"""What a page shows of its elements, as plain values, for comparing and ranking them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, fields
from typing import Any

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPLIT = re.compile(r"[^A-Za-z0-9+&]+")


@dataclass(frozen=True)
class Looks:
    """What an element looks like: a fingerprint, if it is kept. It holds no value and no secret."""

    tag: str = ""
    id: str = ""
    classes: tuple[str, ...] = ()
    name: str = ""
    type: str = ""
    role: str = ""
    title: str = ""
    label: str = ""
    text: str = ""
    icon: str = ""
    placeholder: str = ""
    address: str = ""
    script: str = ""
    data: str = ""
    parents: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    place: tuple[int, ...] = ()
    acts: tuple[str, ...] = field(default=(), compare=False)
    """The code and the addresses of a click on it: they may bar it, and are not kept."""

    @classmethod
    def of(cls, values: Any) -> Looks:
        """Return what can be used of values from outside; the rest is left empty."""
        known = values if isinstance(values, dict) else {}
        return cls(**{each.name: _fitting(known.get(each.name), each.name) for each in fields(cls)})

    def as_json(self) -> dict[str, Any]:
        """Return the values that are not empty, for a file."""
        found = {each.name: getattr(self, each.name) for each in fields(Looks) if each.compare}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.items()
            if value
        }

    @property
    def shown(self) -> str:
        """Return the words that a person reads on it or beside it."""
        return self.text or self.label or self.title or self.icon or self.placeholder


@dataclass(frozen=True)
class Element:
    """One element of a page, with where it stands and how it is found."""

    looks: Looks
    selectors: tuple[str, ...] = ()
    """Those that find just it, the best first."""
    region: str = ""
    """Where it stands: dialog, menu, row, header, main or footer."""
    entry: bool = False
    """True in a form with a password."""
    sends: bool = False
    """True if a click sends a form."""
    edits: bool = False
    """True for a field that changes a vehicle rather than finds one."""
    off: bool = False
    """True while it cannot be used."""
    usable: bool = True
    """True for buttons, links and fields; False for plain elements that may have a listener."""
    url: str = ""
    """The complete address of a link."""

    @classmethod
    def of(cls, values: dict[str, Any]) -> Element:
        """Return the element that `elements.js` or `families.js` describes."""
        return cls(
            Looks.of(values),
            tuple(values.get("selectors", ())),
            values.get("region", ""),
            bool(values.get("entry")),
            bool(values.get("sends")),
            bool(values.get("edits")),
            bool(values.get("off")),
            bool(values.get("usable", True)),
            values.get("url", ""),
        )


_LISTS = ("classes", "parents", "siblings")
_LONGEST = 200
_LONGEST_ACT = 2000


def _fitting(value: Any, name: str) -> Any:
    if name == "place":
        is_place = isinstance(value, (list, tuple)) and all(type(each) is int for each in value)
        return tuple(value[:2]) if is_place else ()
    if name == "acts":
        texts = value if isinstance(value, (list, tuple)) else ()
        return tuple(each[:_LONGEST_ACT] for each in texts if isinstance(each, str))
    if name in _LISTS:
        texts = value if isinstance(value, (list, tuple)) else ()
        return tuple(each[:_LONGEST] for each in texts if isinstance(each, str))[:12]
    return value[:_LONGEST] if isinstance(value, str) else ""


def words_of(text: str) -> str:
    """Return the words of a name or an address, in lower case: "btnSignIn" is "btn sign in".

    Letters lose their accents.
    """
    plain = text if text.isascii() else _without_accents(text)
    parts = _SPLIT.split(_CAMEL.sub(" ", plain))
    return " ".join(part for part in parts if part).lower()


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(each for each in parts if not unicodedata.combining(each))
