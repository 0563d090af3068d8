"""A PDF within another answer, such as JSON."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re

EMBEDDED_PDF = re.compile(
    rb"JVBERi0(?:[A-Za-z0-9+/]|\\/|\\u002[bBfF]|(?:\\[nr]|[\r\n])[ \t]*)+(?:=|\\u003[dD])*"
)
"""A PDF as base64: it begins with %PDF-; lines may break, and JSON may escape signs."""
_BREAK = re.compile(rb"\\[nr]|\s")
_ESCAPED = re.compile(rb"\\(?:u00(..)|/)")


def embedded_pdf(data: bytes) -> bytes | None:
    """Return the PDF that stands within JSON or another text as base64; None if none does."""
    found = EMBEDDED_PDF.search(data)
    if found is None:
        return None
    digits = _ESCAPED.sub(_unescaped, _BREAK.sub(b"", found[0]))
    if len(digits) % 4 == 1:
        # Of a word on the next line: it would make all of it unreadable.
        digits = digits[:-1]
    with contextlib.suppress(binascii.Error):
        return base64.b64decode(digits + b"=" * (-len(digits) % 4))
    return None


def _unescaped(escaped: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escaped[1].decode()) if escaped[1] else b"/"
