"""Stand-ins: the same value gives the same one, of the same length, case and kind of characters."""

from __future__ import annotations

import hashlib
import string
from typing import TYPE_CHECKING

from jdp_spider.utils.vin import check_digit, has_check_digit

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 8
_VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


class StandIns:
    """Draws stand-ins by a key, which is kept nowhere: nothing leads back from one to its value."""

    def __init__(self, key: bytes, is_taken: Callable[[str], bool] = lambda _: False) -> None:
        self._key = key
        self._is_taken = is_taken
        """Words that have a meaning and are the stand-in of nothing."""

    def word(self, word: str) -> str:
        """Return a stand-in for letters, for the same word in any case the same."""
        plain = "".join(_ascii_letter(letter) for letter in word.casefold())
        plain = plain[: len(word)].ljust(len(word), "x")
        found = self._permuted(plain, string.ascii_lowercase)
        while self._is_taken(found) and not self._is_taken(plain):
            found = self._permuted(found, string.ascii_lowercase)
        return in_case_of(found, word)

    def number(self, digits: str) -> str:
        """Return a stand-in for digits; zeros in front stay."""
        plain = digits.lstrip("0")
        zeros = digits[: len(digits) - len(plain)]
        if not plain:
            return digits
        found = self._permuted(plain, string.digits)
        while found[0] == "0":
            found = self._permuted(found, string.digits)
        return zeros + found

    def vin(self, vin: str) -> str:
        """Return a stand-in for a VIN, with a valid check digit if it has one."""
        upper = vin.upper()
        found = self._drawn(upper, "vin", _VIN_LETTERS)
        if has_check_digit(upper):
            found = found[:8] + check_digit(found) + found[9:]
        return in_case_of(found.lower(), vin)

    def token(self, token: str) -> str:
        """Return a stand-in for a token: letters for letters, digits for digits, signs stay."""
        return in_case_of(self._drawn(token, "token", string.ascii_lowercase), token)

    def _permuted(self, text: str, alphabet: str) -> str:
        """Return the text moved around among all of its length: no two get the same one."""
        half = len(text) // 2
        parts = [text[:half], text[half:]]
        if not half:
            return alphabet[(alphabet.index(text) + self._draw(alphabet, 0)) % len(alphabet)]
        for number in range(_ROUNDS):
            moved, by = number % 2, parts[1 - number % 2]
            shift = self._draw(f"{alphabet}{len(text)}:{by}", number)
            parts[moved] = _shifted(parts[moved], shift, alphabet)
        return "".join(parts)

    def _drawn(self, text: str, kind: str, letters: str) -> str:
        drawn = []
        for place, sign in enumerate(text):
            number = self._draw(f"{kind}{text.casefold()}", place)
            if sign.isdigit():
                drawn.append(string.digits[number % 10])
            else:
                drawn.append(letters[number % len(letters)] if sign.isalpha() else sign)
        return "".join(drawn)

    def _draw(self, text: str, number: int) -> int:
        data = f"{number}:{text}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(data, key=self._key, digest_size=16).digest(), "big")


def _shifted(text: str, shift: int, alphabet: str) -> str:
    base, value = len(alphabet), 0
    for sign in text:
        value = value * base + alphabet.index(sign)
    value = (value + shift) % base ** len(text)
    signs = []
    for _ in text:
        value, rest = divmod(value, base)
        signs.append(alphabet[rest])
    return "".join(reversed(signs))


def _ascii_letter(letter: str) -> str:
    if letter in string.ascii_lowercase:
        return letter
    return string.ascii_lowercase[ord(letter) % 26]


def in_case_of(text: str, model: str) -> str:
    """Return the text with capitals where the model has them; digits are as their surroundings."""
    if len(text) != len(model):
        return text
    is_upper = model == model.upper() and model != model.lower()
    pairs = zip(text, model, strict=True)
    return "".join(
        sign.upper() if (shown.isupper() if shown.isalpha() else is_upper) else sign.lower()
        for sign, shown in pairs
    )
