"""The text of a PDF with its places: what is kept of a report in a recording."""

from __future__ import annotations

import io
import json
import re
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_PAGES = 20
_HEADER = re.compile(rb"%PDF-")
_NO_SIGN = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""A font without a table of its signs gives their numbers in it, such as 0x14 for each 1."""
_TRAILER = b"%%EOF"
_WIDTHS = {
    **dict.fromkeys(" iljtf.,:;'|!I()[]/-", 0.28),
    **dict.fromkeys('r*"', 0.35),
    **dict.fromkeys("mMW@%w", 0.85),
    **dict.fromkeys("ABCDEGHKNOPQRSUVXY&", 0.7),
}
"""How wide letters are in most fonts, as a share of their size; others have 0.55."""
_SAME_LINE = 1.0
_UNEVEN = 0.08
_SPACE = 0.2
_OVERLAP = -1.5
_WORDS_APART = 0.6
_LETTERS_APART = 1.5
"""How far texts of one line are apart at most, as a share of their size; those of one letter."""


def places_of(pdf: bytes, clean: Callable[[str], str]) -> bytes:
    """Return the PDF's texts as JSON: what each says after `clean`, where, and how large.

    Raise what pypdf raises for a file that it cannot read.
    """
    # All commands are imported for each: a crawl does without what takes 0.1 s to load.
    from pypdf import PdfReader

    start = max(pdf.find(b"%PDF-"), 0)
    end = pdf.rfind(_TRAILER) + len(_TRAILER)
    reader = PdfReader(io.BytesIO(pdf[start:end] + b"\n"))
    pages = [_page(page, clean) for page in reader.pages[:_MOST_PAGES]]
    fields = reader.get_fields() or {}
    values = {name: str(each.get("/V", "")) for name, each in fields.items()}
    described = {
        "pages": pages,
        "fields": {clean(name): clean(value) for name, value in values.items()},
        "before": _kind(pdf[:start]),
        "after": _kind(pdf[end:]),
        "glued": pdf[max(0, end - 6) : end - 5].isdigit(),
    }
    return json.dumps(described, ensure_ascii=False).encode()


def _kind(data: bytes) -> tuple[str, int]:
    """Return what kind of bytes these are, and how many."""
    if not data.strip(b"\0\t\n\x0c\r "):
        return data.hex()[:16], len(data)
    return ("page" if b"<" in data else "other"), len(data)


def _page(page: Any, clean: Callable[[str], str]) -> dict[str, Any]:
    lines: list[list[Any]] = []

    def visit(text: str, matrix: list[float], place: list[float], _: Any, size: float) -> None:
        text = _NO_SIGN.sub("?", text.replace("\n", "").replace("\t", " "))
        if text.strip():
            x, y = matrix[4] + place[4] * matrix[0], matrix[5] + place[5] * matrix[3]
            lines.append([round(x, 1), round(y, 1), round(float(size), 1), text])

    page.extract_text(visitor_text=visit)
    texts = _cleaned([_Text(*each) for each in lines], clean)
    box = page.mediabox
    return {
        "size": [float(box.width), float(box.height)],
        "texts": [[*each[:3], text] for each, text in zip(lines, texts, strict=True)],
    }


class _Text(NamedTuple):
    x: float
    y: float
    size: float
    text: str

    def gap(self, after: _Text) -> float:
        """Return how far this text begins after the end of another, in its own size."""
        width = sum(_WIDTHS.get(sign, 0.55) for sign in after.text) * after.size
        return (self.x - after.x - width) / (self.size or 1)


def _cleaned(texts: list[_Text], clean: Callable[[str], str]) -> list[str]:
    """Return the texts after `clean`: those of one line together, as each may be one letter."""
    made = [each.text for each in texts]
    for line in _lines(texts):
        joined = "".join(sign + texts[number].text for number, sign in line)
        cleaned, at = clean(joined), 0
        if len(cleaned) != len(joined):
            # It held the password, say: its mask is longer or shorter.
            cleaned = cleaned[: len(joined)].ljust(len(joined))
        for number, sign in line:
            at += len(sign)
            made[number] = cleaned[at : at + len(texts[number].text)]
            at += len(texts[number].text)
    return made


def _lines(texts: list[_Text]) -> list[list[tuple[int, str]]]:
    """Return which texts stand beside each other, each with the space in front of it or none."""
    order = sorted(range(len(texts)), key=lambda n: (-round(texts[n].y), texts[n].x))
    lines: list[list[int]] = []
    for number in order:
        before = texts[lines[-1][-1]] if lines else None
        text = texts[number]
        is_beside = (
            before is not None
            and abs(before.y - text.y) <= _SAME_LINE
            and _OVERLAP <= text.gap(before) <= _apart(text)
        )
        if is_beside:
            lines[-1].append(number)
        else:
            lines.append([number])
    lone = sorted(n for n, *more in lines if not more and len(texts[n].text.strip()) == 1)
    strewn: list[list[tuple[int, str]]] = []
    for number in lone:
        # Signs that are drawn one after another: they may stand below each other.
        if strewn and strewn[-1][-1][0] == number - 1:
            strewn[-1].append((number, " "))
        else:
            strewn.append([(number, "")])
    apart = set(lone)
    return strewn + [_spaced(line, texts) for line in lines if line[0] not in apart]


def _apart(text: _Text) -> float:
    return _LETTERS_APART if len(text.text) == 1 else _WORDS_APART


def _spaced(line: list[int], texts: list[_Text]) -> list[tuple[int, str]]:
    """Return the texts of a line with the spaces between them, which may not be there as texts."""
    pairs = [(texts[before], texts[after]) for before, after in pairwise(line)]
    gaps = [after.gap(before) for before, after in pairs]
    # Letters may all be somewhat apart.
    space = max(0.0, median(gaps or [0.0])) + _SPACE
    steps = [(after.x - before.x) / (after.size or 1) for before, after in pairs]
    step = median(steps or [0.0])
    if all(len(texts[number].text) == 1 for number in line) and _are_multiples(steps, step):
        # Each letter is as wide as any other, whatever `_WIDTHS` says.
        gaps, space = steps, 1.5 * step
    spaces = (" " * (gap > space) for gap in gaps)
    return [(line[0], ""), *zip(line[1:], spaces, strict=True)]


def _are_multiples(steps: list[float], step: float) -> bool:
    shares = [each / step for each in steps] if step > 0 else []
    return all(round(share) >= 1 and abs(share - round(share)) < _UNEVEN for share in shares)
