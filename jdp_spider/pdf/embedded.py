"""A PDF within another answer, such as JSON."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re

EMBEDDED_PDF = re.compile(rb"JVBERi0(?:[A-Za-z0-9+/=]|\\[/nr])+")
"""A PDF as base64: it begins with %PDF-; JSON may escape slashes and line breaks."""


def embedded_pdf(data: bytes) -> bytes | None:
    """Return the PDF that stands within JSON or another text as base64; None if none does."""
    found = EMBEDDED_PDF.search(data)
    if found is None:
        return None
    digits = found[0].replace(b"\\/", b"/").replace(b"\\n", b"").replace(b"\\r", b"")
    with contextlib.suppress(binascii.Error):
        return base64.b64decode(digits + b"=" * (-len(digits) % 4))
    return None
