"""Stand-ins: the same value gives the same one, of the same length, case and kind of characters."""

from __future__ import annotations

import hashlib
import string
from typing import TYPE_CHECKING

from jdp_spider.utils.vin import check_digit, has_check_digit

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 8
_MOST_DRAWS = 50
_SHORTEST_FRESH = 4
"""There are too few shorter stand-ins for any choice among them."""
_VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


class StandIns:
    """Draws stand-ins by a key, which is kept nowhere: nothing leads back from one to its value."""

    def __init__(
        self,
        key: bytes,
        is_taken: Callable[[str], bool] = lambda _: False,
        is_private: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._key = key
        self._is_taken = is_taken
        """Words that have a meaning and are the stand-in of nothing."""
        self._is_private = is_private
        """What holds somebody's value: no stand-in does, as nobody could tell that it is one."""
        self._found: dict[str, str] = {}
        self._used: set[str] = set()

    def word(self, word: str) -> str:
        """Return a stand-in for letters, for the same word in any case the same."""
        plain = "".join(_ascii_letter(letter) for letter in word.casefold())
        plain = plain[: len(word)].ljust(len(word), "x")
        return in_case_of(self._fresh("word", plain, self._other_word), word)

    def number(self, digits: str) -> str:
        """Return a stand-in for digits; zeros in front stay."""
        plain = digits.lstrip("0")
        zeros = digits[: len(digits) - len(plain)]
        return zeros + self._fresh("number", plain, self._other_number) if plain else digits

    def vin(self, vin: str) -> str:
        """Return a stand-in for a VIN, with a valid check digit if it has one."""
        return in_case_of(self._fresh("vin", vin.upper(), self._other_vin).lower(), vin)

    def token(self, token: str) -> str:
        """Return a stand-in for a token: letters for letters, digits for digits, signs stay."""
        return in_case_of(self._fresh("token", token.casefold(), self._other_token), token)

    def _fresh(self, kind: str, value: str, other: Callable[[str, int], str]) -> str:
        """Return the stand-in of a value: the first that holds no private one and is not in use."""
        known = self._found.get(kind + value)
        if known is not None:
            return known
        found = first = other(value, 0)
        if len(value) >= _SHORTEST_FRESH:
            for attempt in range(1, _MOST_DRAWS):
                is_new = found != value and found not in self._used
                if is_new and not self._is_private(found):
                    break
                found = other(value, attempt)
            else:
                found = first
        self._used.add(found)
        self._found[kind + value] = found
        return found

    def _other_word(self, plain: str, attempt: int) -> str:
        found = self._permuted(plain, string.ascii_lowercase, attempt)
        while self._is_taken(found) and not self._is_taken(plain):
            found = self._permuted(found, string.ascii_lowercase, attempt)
        return found

    def _other_number(self, plain: str, attempt: int) -> str:
        found = self._permuted(plain, string.digits, attempt)
        while found[0] == "0":
            found = self._permuted(found, string.digits, attempt)
        return found

    def _other_vin(self, upper: str, attempt: int) -> str:
        found = self._drawn(upper, f"vin{attempt}", _VIN_LETTERS)
        return found[:8] + check_digit(found) + found[9:] if has_check_digit(upper) else found

    def _other_token(self, token: str, attempt: int) -> str:
        return self._drawn(token, f"token{attempt}", string.ascii_lowercase)

    def _permuted(self, text: str, alphabet: str, attempt: int) -> str:
        """Return the text moved around among all of its length: no two get the same one."""
        half = len(text) // 2
        parts = [text[:half], text[half:]]
        if not half:
            return alphabet[(alphabet.index(text) + self._draw(alphabet, 0)) % len(alphabet)]
        for number in range(_ROUNDS):
            moved, by = number % 2, parts[1 - number % 2]
            shift = self._draw(f"{attempt}{alphabet}{len(text)}:{by}", number)
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
