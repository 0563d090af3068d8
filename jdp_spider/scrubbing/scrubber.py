"""Text without what is private. All that is not known to be harmless is replaced.

A stand-in has the length of its value, so that what surrounds a value never has to be understood.
"""

from __future__ import annotations

import re
import secrets
import string
import unicodedata
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.scrubbing.escaped import Escaped
from jdp_spider.scrubbing.learned import Learned, apart
from jdp_spider.scrubbing.shapes import (
    GUID,
    NO_SIGN,
    PIECES,
    decoded,
    encoded,
    parted,
    spaced,
    strewn,
)
from jdp_spider.scrubbing.vocabulary import SHORTEST, Vocabulary, is_name, parts, words_of
from jdp_spider.utils.escapes import TooManyEscapes
from jdp_spider.utils.redaction import MASK, redact

if TYPE_CHECKING:
    from collections.abc import Callable

_MIXED = re.compile(r"(?=[A-Za-z]\d|\d[A-Za-z])")
_FEWEST_CHANGES = 4
"""Changes between letters and digits that occur in random tokens, but not in names."""
_SMALL_WORDS = ("at", "by", "id", "if", "in", "is", "it", "no", "of", "on", "or", "to", "up", "us")
"""Words that are no names, though some are written with a capital, as in "Log In"."""
_RUNS = re.compile(r"(?P<number>[0-9]+)|(?P<word>[^\W\d_]+)")
_SHORTEST_TOKEN = 12
_NAME = re.compile(r"[A-Za-z_-]+")
_PART = re.compile(r"[^_-]+")
_BETWEEN = re.compile(r"[^_-](?:.*[^_-])?")
_MENU = re.compile(r"DXI[0-9]{1,2}(?:i[0-9]{1,2})*")
"""A place in a menu of DevExpress."""
_LONG_WORD = 4
_LEAST_SHARE = 3
"""Every third letter of a name belongs to a known word; in a token that happens to few."""
_NO_ALPHABET = "\u2e80"
"""From here on a name may have one or two characters, as in Chinese."""
_YEAR = re.compile(r"(?:19[5-9]|20[0-4])[0-9]")
_SHORTEST_NUMBER = 3
_SHORTEST_IN_CODE = 4
_SHORTEST_IN_LOG = 6
_LONGEST_SMALL = 4
_DEEPEST = 4
_ACCOUNT = re.compile(r"([\\/](?:home|Users)[\\/]+)([^\\/:*?\"<>|\r\n]+)(?=[\\/])", re.IGNORECASE)
"""The name of a user's folder, which is the user's name."""


class Rules(NamedTuple):
    """What comes in the place of a word, and of a number."""

    word: Callable[[str], str]
    number: Callable[[str], str]
    keeps: Callable[[str], bool] = lambda _: False
    """Whether a learned word stays where it stands alone, since it means something else."""


class Scrubber:
    """Replaces values; learns which ones are private beyond doubt.

    The password and cookies are masked by `utils.redaction`, which knows them.
    """

    def __init__(self, vocabulary: Vocabulary | None = None, key: bytes = b"") -> None:
        self.vocabulary = vocabulary or Vocabulary()
        self._shown_number = partial(self._number, shortest=_SHORTEST_NUMBER)
        self._code_number = partial(self._number, shortest=_SHORTEST_IN_CODE)
        self._log_number = partial(self._number, shortest=_SHORTEST_IN_LOG)
        self.money = self._shown_number
        """Behind a currency sign a number is replaced as in a text, wherever it stands."""
        self.counts: Counter[str] = Counter()
        """What was replaced and what was left out, by kind."""
        self.known = Learned(key or secrets.token_bytes(32), self.vocabulary.has_in_code)
        self.stand_ins = self.known.stand_ins

    def stand_in_of(self, value: str) -> str:
        """Return what a learned value is replaced by; any other as in a text."""
        return self.known.get(value.strip()) or self.text(value)

    def text(self, text: str) -> str:
        """Return what people read, such as a cell or a message, without what is private."""
        return self.scrubbed(redact(text), Rules(self.text_word, self._shown_number))

    def code(self, text: str) -> str:
        """Return a name, an address or a piece of a script without what is private."""
        return self.scrubbed(
            redact(text), Rules(self._code_word, self._code_number, self._is_small_word)
        )

    def name(self, text: str) -> str:
        """Return a name of HTML or a script: as `code`, but known words stay, though learned."""
        rules = Rules(self._code_word, self._code_number, self.vocabulary.has_in_code)
        return self.scrubbed(redact(text), rules)

    def value(self, text: str) -> str:
        """Return a value within an address: as `code`, but no word that was learned stays."""
        return self.scrubbed(redact(text), Rules(self._code_word, self._code_number))

    def log(self, text: str) -> str:
        """Return lines of this program's log: as `text`, and more numbers stay."""
        text = _ACCOUNT.sub(lambda found: found[1] + self.stand_ins.token(found[2]), redact(text))
        return self.scrubbed(text, Rules(self.text_word, self._log_number))

    def token(self, text: str) -> str:
        """Return a stand-in for what is no more than a token."""
        if redact(text) != text:
            return MASK
        self.counts["token"] += bool(text)
        return self.stand_ins.token(text)

    def apart(self, signs: str, clean: Callable[[str], str]) -> str:
        """Return single characters that stand apart from each other, as one text after `clean`.

        The letters of the alphabet and the digits of a pager stay.
        """
        is_row = signs.lower() in string.ascii_lowercase or signs.isdigit()
        cleaned = signs if is_row and not self.known.holds(signs) else clean(signs)
        return cleaned if len(cleaned) == len(signs) else self.stand_ins.token(signs)

    def swept(self, text: str) -> str:
        """Return a whole file without learned values in any spelling: escaped, or as base64."""
        try:
            spans = self.known.spelled(text)
        except TooManyEscapes:
            self.counts["left out: too many escapes"] += 1
            return MASK
        pieces, done = [], 0
        for start, end in spans:
            found = text[start:end]
            if start >= done and not self.vocabulary.has_in_code(found):
                self.counts["escaped"] += 1
                pieces += [text[done:start], self.known.get(found) or self.stand_ins.token(found)]
                done = end
        return redact("".join([*pieces, text[done:]]))

    def scrubbed(self, text: str, rules: Rules, depth: int = 0) -> str:
        """Return a text by rules; `depth` says in how many others it stood."""
        if not text:
            return text
        reading = _Reading(self, rules, depth)
        pieces, done = [], 0
        ids = [(*each.span(), self.token(each[0])) for each in GUID.finditer(text)]
        known = (
            each for each in self.known.spans(text) if not rules.keeps(text[each[0] : each[1]])
        )
        for start, end, stand_in in apart([*known, *ids]):
            pieces += [reading.scrubbed(text[done:start]), stand_in]
            self.counts["known value"] += 1
            done = end
        return "".join([*pieces, reading.scrubbed(text[done:])])

    def text_word(self, word: str) -> str:
        """Return a word of a text that people read, or its stand-in if it may be private."""
        if (known := self.known.get(word)) is None and self.vocabulary.has_in_text(word):
            return word
        self.counts["word"] += 1
        return known or self.stand_ins.word(word)

    def _code_word(self, word: str) -> str:
        if self.vocabulary.has_in_code(word):
            return word
        self.counts["word"] += 1
        return self.known.get(word) or self.stand_ins.word(word)

    def _is_small_word(self, word: str) -> bool:
        """Return whether scripts, style sheets and addresses use a word for what it says."""
        is_known = word == word.lower() and self.vocabulary.has_in_code(word)
        return is_known and len(word) <= _LONGEST_SMALL

    def _number(self, number: str, shortest: int) -> str:
        digits = re.sub("[^0-9]", "", number)
        known = self.known.get(digits)
        is_small = len(number) < shortest or _YEAR.fullmatch(number)
        if known is None and digits == number and is_small:
            return number
        self.counts["number"] += 1
        left = iter(known or self.stand_ins.number(digits))
        return "".join(next(left) if sign in string.digits else sign for sign in number)


class _Reading:
    """Replaces the pieces of one text by the rules for it."""

    def __init__(self, scrubber: Scrubber, rules: Rules, depth: int) -> None:
        self._scrubber = scrubber
        self._rules = rules
        self._word, self._number = rules.word, rules.number
        self._depth = depth
        self._kinds: dict[str, Callable[[str], str]] = {
            "escaped": lambda found: Escaped(found).replaced(self._inner),
            "sign": lambda found: found,
            "mail": partial(self._private, "e-mail address"),
            "spaced": lambda found: spaced(self._inner(found.replace(" ", "")), found),
            "strewn": self._strewn,
            "hexes": self._scrubber.token,
            "parted": lambda found: parted(self._inner(re.sub(NO_SIGN, "", found)), found),
            "plate": self._scrubber.token,
            "host": self._scrubber.token,
            "names": lambda found: re.sub("[A-Za-z]+", self._name, found),
            "digits": self._digits,
            "vin": self._vin,
            "mixed": self._scrubber.token,
            "long": self._long,
            "phone": partial(self._private, "telephone number"),
            "groups": partial(self._private, "telephone number"),
            "street": partial(self._private, "address"),
            "money": self._scrubber.money,
            "number": self._number,
            "word": self._words,
        }

    def scrubbed(self, text: str) -> str:
        """Return a text with each of its pieces replaced."""
        return PIECES.sub(lambda piece: self._kinds[piece.lastgroup or ""](piece[0]), text)

    def _inner(self, text: str) -> str:
        """Return a text that stood in another one, escaped."""
        if self._depth >= _DEEPEST:
            return self._scrubber.stand_ins.token(text)
        return self._scrubber.scrubbed(text, self._rules, self._depth + 1)

    def _name(self, found: re.Match[str]) -> str:
        """Return a word beside another one with a capital: read by people, wherever it stands."""
        clean = self._words(found[0])
        if clean != found[0] or clean.lower() in _SMALL_WORDS:
            return clean
        return self._scrubber.text_word(clean)

    def _strewn(self, found: str) -> str:
        """Return single characters that stand apart: a word, or a known value."""
        signs = "".join(re.findall(r"[^\W_]", found))
        return strewn(self._scrubber.apart(signs, self._inner), found)

    def _digits(self, found: str) -> str:
        return self._number("".join(str(unicodedata.digit(sign)) for sign in found))

    def _private(self, kind: str, found: str) -> str:
        self._scrubber.counts[kind] += 1
        return self._scrubber.known.private(found)

    def _vin(self, found: str) -> str:
        self._scrubber.counts["VIN"] += 1
        return self._scrubber.known.get(found) or self._scrubber.stand_ins.vin(found)

    def _long(self, found: str) -> str:
        """Return a long run of letters, digits and signs: base64, a token, or simply words."""
        if (plain := decoded(found)) is not None:
            clean = self._inner(plain)
            self._scrubber.counts["base64"] += clean != plain
            return found if clean == plain else encoded(clean, found)
        if found.endswith("="):
            return self._padded(found)
        if "/" in found or "+" in found:
            return re.sub(r"[^/+]+", lambda part: self._long(part[0]), found)
        names = [part.span() for part in _PART.finditer(found) if self._is_plain(part[0])]
        if names or found != found.strip("_-"):
            return self._apart(found, names)
        return self._scrubber.token(found) if self._is_token(found) else self._runs(found)

    def _runs(self, found: str) -> str:
        return _RUNS.sub(
            lambda run: self._number(run[0]) if run["number"] else self._words(run[0]), found
        )

    def _apart(self, found: str, names: list[tuple[int, int]]) -> str:
        """Return known words as they are read, and what is beside them as if it stood alone."""
        made, done = [], 0
        for start, end in (*names, (len(found), len(found))):
            rest = _BETWEEN.sub(lambda part: self.scrubbed(part[0]), found[done:start])
            made += [rest, self._runs(found[start:end])]
            done = end
        return "".join(made)

    def _is_plain(self, part: str) -> bool:
        """Return whether a part of a name is made of known words."""
        if _MENU.fullmatch(part):
            return True
        letters = part.rstrip(string.digits)
        if len(letters) < SHORTEST or len(part) - len(letters) >= _SHORTEST_IN_CODE:
            return False
        spans = list(parts(letters))
        words = [letters[start:end] for start, end in spans if end - start >= SHORTEST]
        is_whole = sum(end - start for start, end in spans) == len(letters)
        return is_whole and bool(words) and all(map(self._scrubber.vocabulary.has_in_code, words))

    def _padded(self, found: str) -> str:
        """Return what ends as base64 does, or as the name of a parameter."""
        plain = found.rstrip("=")
        clean = self._long(plain)
        is_name = clean == plain and _NAME.fullmatch(plain)
        if len(found) % 4 == 0 and not is_name:
            return self._scrubber.token(found)
        return clean + found[len(plain) :]

    def _is_token(self, found: str) -> bool:
        """Return whether letters and digits change as in a token, and few of them are words."""
        if len(found) < _SHORTEST_TOKEN or len(_MIXED.findall(found)) < _FEWEST_CHANGES:
            return False
        words = {word for word in words_of(found) if len(word) >= _LONG_WORD}
        known = sum(len(word) for word in words if self._scrubber.vocabulary.has_in_code(word))
        return known * _LEAST_SHARE < sum(map(str.isalpha, found))

    def _words(self, run: str) -> str:
        if (known := self._scrubber.known.get(run)) is not None:
            return run if self._rules.keeps(run) else known
        made, done = [], 0
        spans = list(parts(run))
        if len(spans) == 1 and is_name(run):
            return self._scrubber.text_word(run)
        is_long = len(run) >= SHORTEST or run[0] >= _NO_ALPHABET
        if is_long and all(end - start < SHORTEST for start, end in spans):
            return self._word(run)
        for start, end in spans:
            piece = run[start:end]
            made += [run[done:start], piece if end - start < SHORTEST else self._word(piece)]
            done = end
        return "".join([*made, run[done:]])
