"""Vehicle identification numbers in text."""

from __future__ import annotations

import re

VIN_CHARACTER = "[A-HJ-NPR-Z0-9]"
_VIN = re.compile(rf"(?<![A-Z0-9]){VIN_CHARACTER}{{17}}(?![A-Z0-9])")
# After its label a VIN is recognised even if broken by white space or glued to the next word.
_LABELLED_VIN = re.compile(
    rf"(?<![A-Z])VIN(?:\s*(?:NUMBER|NO\b|#))?[^A-Z0-9]{{0,5}}((?:{VIN_CHARACTER}\s?){{13}}(?:[0-9]\s?){{3}}[0-9])"
)


def vins_in(text: str) -> list[str]:
    """Return everything that looks like a VIN, once each."""
    found = _VIN.findall(text.upper()) + labelled_vins_in(text)
    return [vin for vin in dict.fromkeys(found) if not vin.isdigit() and not vin.isalpha()]


def labelled_vins_in(text: str) -> list[str]:
    """Return what follows the label `VIN`, once each, but not zeros, which stand there for none."""
    found = ("".join(vin.split()) for vin in _LABELLED_VIN.findall(text.upper()))
    return [vin for vin in dict.fromkeys(found) if len(set(vin)) > 1]


def has_check_digit(vin: str) -> bool:
    """Return True if the ninth character is the one that the others call for."""
    return vin[8] == check_digit(vin)


def check_digit(vin: str) -> str:
    """Return the ninth character that the others call for: their weighted sum modulo 11.

    That is the North American rule (49 CFR 565.15).
    """
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(w * int(values.get(c, c)) for w, c in zip(weights, vin, strict=True))
    return "0123456789X"[total % 11]
