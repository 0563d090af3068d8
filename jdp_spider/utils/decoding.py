"""Text as editors, spreadsheets and consoles save it; others are known by their first bytes."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Its mark begins as that of UTF-16 does.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = (
    (b"{\\rtf", "rich text (RTF)"),
    (b"PK\x03\x04", "a document of Excel, Word or the like, or a zip file"),
    (b"\xd0\xcf\x11\xe0", "a document of an old Excel or Word"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
)
_LEFT_MARKS = ("\ufeff", "\u00ef\u00bb\u00bf")
"""A byte-order mark before the text, and one that some program took for letters."""

_OF_WORD_PROCESSORS = re.compile("[\u00a0\u200b-\u200f\u2018-\u201f\u2060\ufeff]")


class NotText(ValueError):
    """Raised for bytes that are no text. Says in ASCII what they are, to follow "is"."""

    def __init__(self, what: str, *, is_document: bool = False) -> None:
        super().__init__(what)
        self.is_document = is_document
        """True for a file of another kind; False for a text that may be cut."""


def decode(data: bytes) -> str:
    """Return the text of UTF-8, UTF-16 and UTF-32, with or without a mark, or of Windows-1252.

    Raise NotText, also if the text is cut within a character.
    """
    for start, what in _OTHERS:
        if data.startswith(start):
            raise NotText(what, is_document=True)
    encoding = _encoding_of(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        name = "Windows-1252" if encoding == "cp1252" else encoding.upper()
        raise NotText(f"no {name} text at byte {error.start} (it may be cut)") from None
    while text.startswith(_LEFT_MARKS):
        text = text.removeprefix(_LEFT_MARKS[0]).removeprefix(_LEFT_MARKS[1])
    return text


def _encoding_of(data: bytes) -> str:
    """Return the encoding by the mark; else by the zeros of UTF-16; else UTF-8 if it fits."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    # Every second byte of ASCII is zero in UTF-16.
    if data[1:8:2] == b"\0" * 4 and data[0:8:2].isascii() and b"\0" not in data[0:8:2]:
        return "utf-16-le"
    if data[0:8:2] == b"\0" * 4 and b"\0" not in data[1:8:2]:
        return "utf-16-be"
    try:
        data.rstrip(b"\0\x1a").decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def typed_by_word(text: str) -> str:
    """Return the line with characters that word processors put in place of typed ones, if any."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _OF_WORD_PROCESSORS.search(line):
            return f"; line {number} has quotes or blanks of a word processor: type plain ones"
    return ""
