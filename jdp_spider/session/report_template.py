"""How a bookout is requested: what all requests share, what tells the vehicle, what is random."""

from __future__ import annotations

import base64
import re
import secrets
import string
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from jdp_spider.pages.file_request import ReportRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jdp_spider.inventory import Vehicle

_FACT = re.compile(r"(?!\.+$)[\w .~+=-]{1,100}", re.ASCII)
"""Values from links.jsonl, which may have been edited by hand, that may go into an address."""
_VALUES = re.compile(r"([/?&=#;\n]+)")
"""Between the values of an address or a form."""
_WORDS = re.compile(r"([^0-9A-Za-z]+)")
"""Between the parts of a value."""
_NEAR_S = 86_400.0
"""How far a number may be from the current time and still count as a time."""
_ALPHABETS = (
    string.digits,
    string.digits + "abcdef",
    string.digits + "ABCDEF",
    string.digits + string.ascii_lowercase,
    string.digits + string.ascii_uppercase,
    string.digits + string.ascii_letters,
)


def facts_of(vehicle: Vehicle, number: str, address: str | None) -> dict[str, str]:
    """Return what is known of a vehicle that its requests may carry, by name.

    `number` is the site's own, `address` that of the vehicle's page: the grid's link may hold a
    token for each vehicle.
    """
    facts = {"number": number}
    if address is not None:
        parts = urlsplit(address)
        facts |= {f"segment {n}": each for n, each in enumerate(parts.path.split("/"))}
        facts |= {f"parameter {name}": value for name, value in parse_qsl(parts.query)}
    known = {name: value for name, value in facts.items() if _FACT.fullmatch(value)}
    own = {"vin": vehicle.vin, "reference": vehicle.reference.strip()}
    return known | {name: value for name, value in own.items() if value}


@dataclass(frozen=True)
class Sample:
    """A request that the site's page made, for a vehicle of which this is known."""

    facts: Mapping[str, str]
    request: ReportRequest


@dataclass(frozen=True)
class ReportTemplate:
    """Builds the request of any vehicle's bookout."""

    _method: str
    _host: str
    _has_body: bool
    _parts: tuple[_Part, ...]

    @classmethod
    def learn(cls, samples: Sequence[Sample]) -> ReportTemplate | None:
        """Return what all samples have in common; None if that does not tell the vehicle.

        The samples are of different vehicles.
        """
        shapes = {_shape(sample.request) for sample in samples}
        if len(shapes) != 1 or not samples[0].request.url:
            return None
        texts = [_VALUES.split(_text(sample.request)) for sample in samples]
        parts = _rules(texts, [sample.facts for sample in samples])
        if parts is None or not any(isinstance(part, _Fact) and part.is_own for part in parts):
            return None
        return cls(*shapes.pop(), tuple(parts))

    def request(self, facts: Mapping[str, str]) -> ReportRequest | None:
        """Return the request of the vehicle with these facts; None if one is missing."""
        values = [part.value(facts) for part in self._parts]
        if None in values:
            return None
        rest, _, body = "".join(value or "" for value in values).partition("\n")
        return ReportRequest(self._host + rest, self._method, body if self._has_body else None)


def _shape(request: ReportRequest) -> tuple[str, str, bool]:
    host_ends = request.url.find("/", request.url.find("://") + 3)
    return request.method, request.url[:host_ends], request.body is not None


def _text(request: ReportRequest) -> str:
    _, host, has_body = _shape(request)
    rest = request.url[len(host) :]
    return f"{rest}\n{request.body}" if has_body else rest


# Rules of the parts of a request


@dataclass(frozen=True)
class _Same:
    text: str

    def value(self, facts: Mapping[str, str]) -> str | None:
        return self.text


@dataclass(frozen=True)
class _Fact:
    name: str
    encode: Callable[[str], str]
    before: str
    after: str
    is_own: bool
    """True if no two samples have the same value."""

    def value(self, facts: Mapping[str, str]) -> str | None:
        fact = facts.get(self.name)
        return None if fact is None else f"{self.before}{self.encode(fact)}{self.after}"


@dataclass(frozen=True)
class _Time:
    factor: int
    """1 for seconds, 1,000 for milliseconds."""

    def value(self, facts: Mapping[str, str]) -> str | None:
        return str(int(time.time() * self.factor))


@dataclass(frozen=True)
class _Random:
    """A part that differs each time and is nothing known, such as one that defeats caches."""

    before: str
    alphabet: str
    lengths: tuple[int, ...]
    begins_with_zero: bool

    def value(self, facts: Mapping[str, str]) -> str | None:
        made = [secrets.choice(self.alphabet) for _ in range(secrets.choice(self.lengths))]
        if made and made[0] == "0" and not (self.before or self.begins_with_zero):
            made[0] = "1"
        return self.before + "".join(made)


@dataclass(frozen=True)
class _OneOf:
    """A part that varies within one that differs each time: the minute of a date, for example."""

    texts: tuple[str, ...]

    def value(self, facts: Mapping[str, str]) -> str | None:
        return secrets.choice(self.texts)


_Part = _Same | _Fact | _Time | _Random | _OneOf


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_ENCODINGS: tuple[Callable[[str], str], ...] = (
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="="),
    quote_plus,
    lambda text: quote(text.lower(), safe=""),
    lambda text: quote(text.upper(), safe=""),
    lambda text: quote(_base64(text), safe=""),
    _base64,
    lambda text: _base64(text).replace("+", "-").replace("/", "_").rstrip("="),
    lambda text: text.encode().hex(),
    *(
        lambda text, width=width: quote(text.zfill(width), safe="")
        for width in (8, 9, 10, 12, 16, 20)
    ),
)


def _rules(texts: list[list[str]], facts: list[Mapping[str, str]]) -> list[_Part] | None:
    """Return a rule for each part; None if the samples are not alike or one has no rule.

    `texts` has for each sample its parts, and between them what separates these.
    """
    if len({len(parts) for parts in texts}) != 1:
        return None
    rules: list[_Part] = []
    for values in zip(*texts, strict=True):
        found = _rules_of_value(values, facts)
        if found is None:
            return None
        rules += found
    return rules


def _rules_of_value(values: tuple[str, ...], facts: list[Mapping[str, str]]) -> list[_Part] | None:
    if rule := _same(values) or _fact(values, facts) or _time(values):
        return [rule]
    if len(set(values)) < len(values):
        return None
    words = [_WORDS.split(value) for value in values]
    if len({(len(parts), *parts[1::2]) for parts in words}) == 1 and len(words[0]) > 1:
        return [
            _same(each) or _fact(each, facts) or _time(each) or _random(each) or _OneOf(each)
            for each in zip(*words, strict=True)
        ]
    rule = _random(values)
    return None if rule is None else [rule]


def _same(values: tuple[str, ...]) -> _Part | None:
    return _Same(values[0]) if len(set(values)) == 1 else None


def _fact(values: tuple[str, ...], facts: list[Mapping[str, str]]) -> _Part | None:
    for name in facts[0]:
        if not all(name in each for each in facts):
            continue
        known = [each[name] for each in facts]
        for encode in _ENCODINGS:
            around = {
                (before, after) if found else None
                for value, fact in zip(values, known, strict=True)
                for before, found, after in [value.rpartition(encode(fact))]
            }
            if len(around) == 1 and (only := around.pop()) is not None:
                return _Fact(name, encode, *only, is_own=len(set(known)) == len(known))
    return None


def _time(values: tuple[str, ...]) -> _Part | None:
    for factor in (1, 1000):
        now = time.time() * factor
        if all(each.isdecimal() and abs(int(each) - now) < _NEAR_S * factor for each in values):
            return _Time(factor)
    return None


def _random(values: tuple[str, ...]) -> _Part | None:
    if len(set(values)) < len(values):
        return None
    before = _common_start(values)
    rests = [value[len(before) :] for value in values]
    marks = "".join(sorted(set("".join(rests)) & set("-_.~")))
    for alphabet in (each + marks for each in _ALPHABETS):
        if set("".join(rests)) <= set(alphabet):
            zero = any(value.startswith("0") for value in values)
            return _Random(before, alphabet, tuple(map(len, rests)), zero)
    return None


def _common_start(values: tuple[str, ...]) -> str:
    first, last = min(values), max(values)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first[: len(first) if length is None else length]
