"""Whether bytes are the complete bookout of one given vehicle."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jdp_spider.inventory import normalise
from jdp_spider.pdf.contents import (
    check_complete,
    clean,
    closed_up,
    extract_text,
    is_readable,
    laid_out_text,
    letters_once,
)
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.identity import check_identity, labelled_values
from jdp_spider.pdf.sameness import lasting
from jdp_spider.pdf.values import shows_values
from jdp_spider.utils.vin import vins_in

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from jdp_spider.pdf.known_vehicles import KnownVehicles


@dataclass(frozen=True)
class VerifiedPdf:
    """What is known of an accepted report."""

    pages: int
    names_vin: bool
    """False when the VIN is unknown, or the report names none at all (site fact F21)."""
    sha256: str
    size: int
    """In bytes."""
    verified: bool = True
    """False when it holds no text, and was accepted because the user allows that."""
    says: str = field(default="", compare=False)
    """SHA-256 of its text without times and running numbers; empty where it cannot be read."""
    shows_values: bool = field(default=True, compare=False)
    """Whether it shows values; also True where its text cannot be read."""


def verify_bookout(
    pdf: bytes, reference: str, vin: str, known: KnownVehicles | None = None
) -> VerifiedPdf:
    """Return the bookout's figures, if it is complete and about this vehicle.

    `vin` is "" when unknown, `known` the inventory it is compared with. Raise BookoutRejected
    otherwise, and MemoryError as it comes. Keeps no state: safe in threads.
    """
    check_complete(pdf)
    pages, text = extract_text(pdf)
    if not text.strip():
        raise BookoutRejected("no_text", f"The report's {pages} pages hold no text to check")
    try:
        vin = vin.strip().upper()
        readings = _readings(pdf, text, reference, vin, known)
        names_vin = _names_vin(readings, reference, vin, known)
    except BookoutRejected as rejected:
        if rejected.reason == "other_reference" and not is_readable(text):
            raise BookoutRejected(
                "unreadable_text", "The report's text cannot be read: its fonts do not say how"
            ) from None
        if rejected.reason == "other_reference" and known and _names_nothing(text, known):
            rejected = BookoutRejected(
                "names_no_vehicle", "The report names no reference number and no VIN"
            )
            rejected.said = text
        rejected.text = text
        raise rejected from None
    says = hashlib.sha256(lasting(text).encode()).hexdigest()
    has_values = any(map(shows_values, _as_drawn(text, ())))
    sha256 = hashlib.sha256(pdf).hexdigest()
    return VerifiedPdf(
        pages,
        names_vin,
        sha256,
        len(pdf),
        says=says,
        shows_values=has_values or not is_readable(text),
    )


def _names_vin(
    readings: Iterator[str], reference: str, vin: str, known: KnownVehicles | None
) -> bool:
    """Return what the first reading that is about the vehicle says; raise what the first raises."""
    refused = None
    for text in readings:
        try:
            return check_identity(text, reference, vin, known)
        except BookoutRejected as error:
            refused = refused or error
    assert refused is not None
    raise refused


def _readings(
    pdf: bytes, text: str, reference: str, vin: str, known: KnownVehicles | None
) -> Iterator[str]:
    """Yield the text as drawn; with spaced letters joined; doubled ones once; and as it looks.

    A VIN on two lines of a table's cell is in pieces as it looks: the last one keeps it whole, so
    that a bookout of another vehicle stays one. It leaves out form fields, which may name another
    vehicle as well.
    """
    drawn = []
    for reading in _as_drawn(text, known.references if known else None):
        drawn.append(reading)
        yield reading
    if known and any(_names_another(each, reference, vin, known) for each in drawn):
        return
    if looks := laid_out_text(pdf):
        vins = known.vins_within(text) if known else []
        yield "\n".join([looks, "names", *vins])
        once = letters_once(looks, known.references) if known else looks
        if once != looks:
            yield "\n".join([once, "names", *vins])


def _as_drawn(text: str, names: Container[str] | None) -> Iterator[str]:
    """Yield a text as it is; with spaced letters joined; and with doubled ones once as well.

    Each only if it differs. `names` are the references that stay as they are; None: all words do.
    """
    yield text
    joined = closed_up(text)
    if joined != text:
        yield joined
    once = joined if names is None else letters_once(joined, names)
    if once != joined:
        yield once


def _names_another(text: str, reference: str, vin: str, known: KnownVehicles) -> bool:
    """Return whether a text without this vehicle's VIN names another one of the inventory.

    By its VIN, or by a label: then it is the other's, in whatever order its words are read.
    """
    reference = normalise(clean(reference))
    if vin and vin in "".join(text.upper().split()):
        return False
    if set(known.vins_within(text)) - known.vins_of(reference):
        return True
    names = map(known.named_by, labelled_values(text))
    return any(name not in ("", reference) for name in names)


def _names_nothing(text: str, known: KnownVehicles) -> bool:
    """Return whether a text is about no vehicle at all, as that of an error is."""
    *_, text = _as_drawn(text, ())
    is_named = any(labelled_values(text)) or bool(vins_in(text))
    return not is_named and not any(known.named_by(word.lstrip("#([\"'")) for word in text.split())


def unverified_report(pdf: bytes) -> VerifiedPdf:
    """Return the figures of a bookout whose text nothing can be told from.

    Raise BookoutRejected when it is not complete.
    """
    check_complete(pdf)
    pages, _ = extract_text(pdf)
    return VerifiedPdf(pages, False, hashlib.sha256(pdf).hexdigest(), len(pdf), verified=False)
