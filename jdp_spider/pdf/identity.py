"""Whether the text of a bookout is about one given vehicle.

The site is known to hand out other vehicles' bookouts (site fact F19), so a bookout is believed
only for what its own text says, compared with the whole inventory where it is known. Which words
stand before the reference was seen on the real site (site fact F20); the layout was not. The tables
below are the one place to change.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from jdp_spider.inventory import normalise
from jdp_spider.pdf.contents import clean, shown
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.utils.vin import VIN_CHARACTER, has_check_digit, labelled_vins_in, vins_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp_spider.pdf.known_vehicles import KnownVehicles

LONG = 20
"""Characters from which a reference may be broken over lines at any place."""

_MARK = r"(?:\s*#\s*:?|\s*:\s*#?)?\s*"
_NUMBER = r"(?:number(?![^\W\d_])|num\b\.?|no\b\.?)"
# The first kind of label with a value decides alone: a bookout may have a reference of its own, but
# the site searches for the CSV's reference number in a field it calls StockNumber.
LABELS = (
    re.compile(rf"(?i)(?<![^\W\d_])stock\s*(?:{_NUMBER}|(?=[#:])){_MARK}"),
    re.compile(
        rf"(?i)(?<![^\W\d_])(?:reference(?![^\W\d_])(?:\s*{_NUMBER})?"
        rf"|ref\b\.?\s*(?:{_NUMBER}|(?=[#:]))){_MARK}"
    ),
)
# What may follow a label that has no value (a table's header), or a value on its line.
FIELDS = (
    "vin year make model trim body style series mileage odometer miles exterior interior color "
    "colour engine transmission drivetrain date created printed report period region state zip "
    "price msrp value values weight type category customer dealer description vehicle location "
    "age days status notes comments certified book stock reference page"
)
_FIELD = re.compile(
    rf"(?i)(?:{'|'.join(FIELDS.split())})(?=[\s:#.(]|$)|[^\W\d_]{{3,}} *(?::|#(?=[\s:]|$))"
)
_NEXT = re.compile(rf"{_FIELD.pattern}|{VIN_CHARACTER}{{17}}\b|(?:19|20)[0-9]{{2}} +[^\W\d_]")
# "165548 B", "165548 - 2", "165548 (III)": a short piece at the end of the line or before a field.
_SUFFIX = re.compile(r"(?:[-/\\#(+.&] *)*\w{1,3}\)?(?: +|$)")
# "165548 - red convertible", but not "165548 DEMO": more than one word describes the vehicle.
_DESCRIPTION = re.compile(
    rf"[-|/]? *[^\W\d_]{{3,}} +(?!{_NEXT.pattern.removeprefix('(?i)')})\S", re.IGNORECASE
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_DISTANCE = re.compile(r"(?i)(?:mileage|odometer|miles|kilomet(?:er|re)s?|km)[ :]*$")

_SHORTEST_CUT = 4
"""Characters of a reference that a cut one must have left."""


def check_identity(text: str, reference: str, vin: str, known: KnownVehicles | None) -> bool:
    """Raise BookoutRejected unless the text is about this vehicle; return whether it names its VIN.

    `vin` is "" when unknown. Case counts in the reference, not in the VIN. An empty reference is
    always refused. A VIN that only this vehicle of the inventory has settles it, unless the text
    fits another vehicle better; otherwise, and where no inventory is known, the reference decides
    as well.
    """
    reference = normalise(clean(reference))
    if not reference:
        raise BookoutRejected(
            "other_reference", "The vehicle has no reference to tell its report by"
        )
    names_vin = bool(vin) and vin in "".join(text.upper().split())
    if known is not None and names_vin and known.has_one(vin):
        _check_vins(text, vin, known)
        _check_fits_no_other(text, reference, vin, known)
        return True
    _check_reference(text, reference, vin if names_vin else "", known)
    if known is not None and names_vin:
        _check_vins(text, vin, known)
    else:
        _check_vin(text, vin, names_vin)
    if known is not None and (names_vin or not vin):
        _check_names_no_twin(text, reference, vin, known)
    if known is not None and not vin:
        _check_has_no_owner(text, reference, known)
    return names_vin


# --- compared with the inventory ---


def _check_vins(text: str, vin: str, known: KnownVehicles) -> None:
    """Refuse another labelled VIN; where none is labelled, any other that may be a vehicle's."""
    labelled = labelled_vins_in(text)
    names = labelled or [*known.vins_within(text), *filter(has_check_digit, vins_in(text))]
    others = [each for each in dict.fromkeys(names) if each != vin]
    if others:
        reason = "names_others" if labelled[:1] == [vin] else "other_vin"
        _refuse_vin(f"VIN {shown(vin)}", others, reason)


def _check_fits_no_other(text: str, reference: str, vin: str, known: KnownVehicles) -> None:
    """Refuse a text with our VIN that a label gives the reference of another vehicle.

    Unless that vehicle's VIN does not stand there, and either a label gives ours as well, or the
    reference may be ours, spelled otherwise, and its vehicle has a VIN that is not ours. Then our
    VIN must have a label, and our reference not stand there as it is: a bookout without a VIN of
    its own may mention our vehicle.
    """
    is_spelt = vin in labelled_vins_in(text) and not _mentioned(text, _pattern(reference, True))
    names = [name for name in map(known.named_by, labelled_values(text)) if name]
    letters = "".join(text.upper().split())
    is_named = reference in names

    def is_other(name: str) -> bool:
        vins = known.vins_of(name)
        if any(each and each in letters for each in vins):
            return True
        is_spelling = is_spelt and "" not in vins and _may_be(reference, name)
        return not (is_named or is_spelling)

    others = [name for name in names if name != reference and is_other(name)]
    if others:
        _refuse_reference(reference, others)


def _check_names_no_twin(text: str, reference: str, vin: str, known: KnownVehicles) -> None:
    """Refuse a text that has another of the references with this VIN, other than as a short number.

    Where the VIN is not known, one that a label gives to another vehicle without a known VIN.
    """
    names = list(map(known.named_by, labelled_values(text)))
    if vin:
        mentioned = _others_mentioned(text, reference, vin, known)
        names += [name for name in mentioned if len(name) >= _SHORTEST_CUT]
    others = [name for name in names if name != reference and vin in known.vins_of(name)]
    if others:
        _refuse_reference(reference, others)


def _check_has_no_owner(text: str, reference: str, known: KnownVehicles) -> None:
    """Refuse the bookout of a vehicle with a known VIN for one whose VIN is not known.

    It has that VIN under a label; or, where no VIN has one, beside that vehicle's reference.
    """
    foreign = set(known.vins_within(text)) - known.vins_of(reference)
    labelled = labelled_vins_in(text)
    others = [
        vin
        for vin in sorted(foreign)
        if vin in labelled or (not labelled and _others_mentioned(text, reference, vin, known))
    ]
    if others:
        _refuse_vin(shown(reference), others)


def labelled_values(text: str) -> Iterator[str]:
    """Yield the rest of the line after each label of a reference."""
    for label in LABELS:
        for match in label.finditer(text):
            yield _line(text, match.end())


def _may_be(reference: str, found: str) -> bool:
    """Return whether `found` may be the reference, spelled, padded or cut otherwise."""
    ours, other = _bare(reference), _bare(found)
    short, long = sorted((ours, other), key=len)
    return bool(short) and (
        short == long or (len(short) >= _SHORTEST_CUT and long.startswith(short))
    )


def _bare(reference: str) -> str:
    return "".join(c for c in reference.casefold() if c.isalnum()).lstrip("0")


# --- the reference ---


def _check_reference(
    text: str, reference: str, named_vin: str, known: KnownVehicles | None
) -> None:
    """Every value behind the deciding labels must be the reference; with none, a mention does.

    `named_vin` is the vehicle's VIN if the text names it, else "".
    """
    names_vin = bool(named_vin)
    body = _pattern(reference, names_vin)
    ours = re.compile(rf"{body}(?:[,;](?= ))?(?=\s|$)")
    spans_lines = len(reference) >= LONG
    for label in LABELS:
        found, others = _values(text, label, ours, names_vin, spans_lines)
        if found and known is not None:
            others = [each for each in others if not _is_aside(each, text, known)]
        if others:
            _refuse_reference(reference, others)
        if found:
            return
    if not _mentioned(text, body):
        _refuse_reference(reference, [])
    if known is None:
        return
    if others := _others_mentioned(text, reference, named_vin, known):
        _refuse_reference(reference, others)
    # What seems to be our reference may be a mileage or a price.
    foreign = set(known.vins_within(text)) - known.vins_of(reference)
    if foreign and not named_vin:
        _refuse_vin(shown(reference), sorted(foreign))


def _is_aside(value: str, text: str, known: KnownVehicles) -> bool:
    """Return whether a value is that of a vehicle which a text about another one mentions.

    Its own bookout would name its VIN, as this text names one: "Next report: Stock # 165549".
    """
    vins = known.vins_of(known.named_by(value))
    if not vins or "" in vins or not labelled_vins_in(text):
        return False
    letters = "".join(text.upper().split())
    return not any(vin in letters for vin in vins)


def _refuse_reference(reference: str, others: list[str]) -> NoReturn:
    names = ", ".join(shown(other) for other in dict.fromkeys(others)) or "no reference known to us"
    raise BookoutRejected(
        "other_reference", f"Not the report of {shown(reference)}: it names {names}"
    )


def _pattern(reference: str, names_vin: bool) -> str:
    """Return the reference as a regular expression.

    A line may break at its spaces only where it is long or the VIN vouches for the report: "165548"
    above "2021 Ford" is not the reference "165548 2021".
    """
    long = len(reference) >= LONG
    inside = r"(?:[^\S\n]*\n\s*)?" if long else ""
    between = r"\s+" if long or names_vin else r"[^\S\n]+"
    words = (inside.join(map(re.escape, word)) for word in reference.split())
    return between.join(words)


def _values(
    text: str, label: re.Pattern[str], ours: re.Pattern[str], names_vin: bool, spans_lines: bool
) -> tuple[int, list[str]]:
    """Return how often the reference follows such a label, and the other values that do."""
    found, others = 0, []
    for match in label.finditer(text):
        line = _line(text, match.end())
        own = ours.match(text, match.end())
        if own is None:
            others += _other_value(match[0], line)
        elif _goes_on(text[own.end() :] if spans_lines else _line(text, own.end()), names_vin):
            others.append(line)
        else:
            found += 1
    return found, others


def _line(text: str, start: int) -> str:
    """Return the rest of the line from there on."""
    return text[start:].partition("\n")[0].strip()


def _other_value(label: str, line: str) -> list[str]:
    """Return the value if it is not ours: "verify the stock number before" names no vehicle."""
    if not line or _FIELD.match(line):
        return []
    marked = ":" in label or ("#" in label and "\n" not in label)
    has_digit = any(c.isdigit() for c in line.split()[0])
    return [line] if marked or has_digit else []


def _goes_on(rest: str, settled: bool) -> bool:
    """Return True if the rest of the line may belong to the value, as in "165548 B".

    Anything but the next field counts, unless the VIN has settled it. Even then a short addition
    counts: one car may be in the inventory twice, as "165548" and "165548 B".
    """
    rest = rest.strip()
    if not rest or _NEXT.match(rest):
        return False
    if not settled:
        return True
    return not _DESCRIPTION.match(rest)


def _mentioned(text: str, body: str) -> bool:
    """Return True if the reference occurs as a word of its own that is no odometer reading."""
    for match in re.finditer(rf"(?<!\S)[#(\[\"']*{body}[.,;:)\]\"']*(?!\S)", text):
        before = text[: match.start()].rpartition("\n")[2]
        if not _DISTANCE.search(before) and not _has_suffix(_line(text, match.end())):
            return True
    return False


def _others_mentioned(text: str, reference: str, named_vin: str, known: KnownVehicles) -> list[str]:
    """Return the other vehicles' references that stand in a text without labels.

    Of "Bookout 165549, Price 165548" nobody can tell which number is the reference. Where the VIN
    vouches for the report, only the other rows with this VIN count.
    """
    others = []
    for line in text.splitlines():
        end = 0
        for match in re.finditer(r"(?<!\S)[#(\[\"']*(?=\S)", line):
            name = known.named_by(line[match.end() :]) if match.end() >= end else ""
            if not name:
                continue
            end = match.end() + len(name)  # no reference begins within another
            is_possible = not named_vin or named_vin in known.vins_of(name)
            is_number = _YEAR.fullmatch(name) or _DISTANCE.search(line[: match.start()])
            if name != reference and is_possible and not is_number:
                others.append(name)
    return others


def _has_suffix(rest: str) -> bool:
    suffix = _SUFFIX.match(rest)
    if suffix is None or _NEXT.match(rest):
        return False
    return suffix.end() == len(rest) or bool(_NEXT.match(rest, suffix.end()))


# --- the VIN ---


def _check_vin(text: str, vin: str, names_vin: bool) -> None:
    """Beside the vehicle's own VIN another one counts only with a right check digit.

    So a report of two vehicles is refused, and some other number of 17 characters does no harm.
    """
    if not vin:
        return
    others = [found for found in vins_in(text) if found != vin]
    if names_vin:
        others = [other for other in others if has_check_digit(other)]
    if others:
        _refuse_vin(f"VIN {shown(vin)}", others)


def _refuse_vin(ours: str, others: list[str], reason: str = "other_vin") -> NoReturn:
    alone = " alone" if reason == "names_others" else ""
    raise BookoutRejected(reason, f"Not the report of {ours}{alone}: it names {', '.join(others)}")
