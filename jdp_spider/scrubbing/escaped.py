"""Text with characters that are written as escapes, such as %41 or &#65;."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ESCAPE = (
    r"(?:(?:%(?:25)*[0-9A-Fa-f]{2})+|(?:=[0-9A-F]{2}){2,}|&(?:amp;)*\#[xX]?[0-9a-fA-F]{1,6};"
    r"|\\+u[0-9a-fA-F]{4}|\\+u\{[0-9a-fA-F]{1,6}\}|\\+x[0-9a-fA-F]{2}"
    r"|\\+(?:[0-3][0-7]{2}|[4-7][0-7])(?![0-9]))"
)
"""What stands for a character, or for several by their bytes. A single =41 may be a value."""
_PIECES = re.compile(rf"{ESCAPE}|.", re.DOTALL)
_BYTE = re.compile(r"(?:%(?:25)*|=)[0-9A-Fa-f]{2}")


class Escaped:
    """Such a text as characters, each with the form that it was written in."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._plain: list[str] = []
        self._forms: list[str] = []
        for piece in _PIECES.findall(text):
            self._add(piece)

    def replaced(self, change: Callable[[str], str]) -> str:
        """Return the text with its characters changed: `change` keeps their number."""
        plain = "".join(self._plain)
        changed = change(plain)
        if changed == plain or len(changed) != len(plain):
            return self._text if changed == plain else changed
        pairs = zip(changed, self._plain, self._forms, strict=True)
        return "".join(form if new == old else _written(new, form) for new, old, form in pairs)

    def _add(self, piece: str) -> None:
        if len(piece) == 1:
            self._take([piece], [piece])
        elif piece[0] in "%=":
            self._bytes(piece)
        else:
            sign = chr(min(int(*_code(piece)), 0x10FFFF))
            self._take([sign], [piece])

    def _take(self, signs: list[str], forms: list[str]) -> None:
        self._plain += signs
        self._forms += forms

    def _bytes(self, piece: str) -> None:
        codes = _BYTE.findall(piece)
        data = bytes(int(code[-2:], 16) for code in codes)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
            self._take(list(text), codes)
            return
        at = 0
        for sign in text:
            size = len(sign.encode())
            self._take([sign], ["".join(codes[at : at + size])])
            at += size


def _code(piece: str) -> tuple[str, int]:
    if piece.endswith(";"):
        digits = piece.rpartition("#")[2].rstrip(";")
        return (
            (digits[1:], 16) if digits[:1] in "xX" else (re.sub("[^0-9]", "", digits) or "63", 10)
        )
    if octal := re.fullmatch(r"\\+([0-7]{2,3})", piece):
        return octal[1], 8
    return re.split(r"\\+[ux]", piece)[1].strip("{}"), 16


def _written(sign: str, form: str) -> str:
    """Return a character in the form of another one."""
    if len(form) == 1:
        return sign
    if form[0] in "%=":
        introducer = re.match(r"%(?:25)*|=", form)
        assert introducer is not None
        return "".join(f"{introducer[0]}{byte:02X}" for byte in sign.encode())
    if form.endswith(";"):
        head, _, digits = form.rpartition("#")
        code = f"x{ord(sign):x}" if digits[:1] in "xX" else str(ord(sign))
        return f"{head}#{code};"
    if form.endswith("}"):
        return f"{form.partition('{')[0]}{{{ord(sign):x}}}"
    slashes, kind = re.match(r"(\\+)([ux]?)", form).groups()  # type: ignore[union-attr]
    if not kind:
        return f"{slashes}{ord(sign):03o}"
    return f"{slashes}{kind}{ord(sign):0{4 if kind == 'u' else 2}x}"
