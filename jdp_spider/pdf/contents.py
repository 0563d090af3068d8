"""Whether the bytes of a bookout are a complete PDF, and what it says."""

from __future__ import annotations

import importlib.util
import io
import logging
import re
import unicodedata
from typing import TYPE_CHECKING, NoReturn

from jdp_spider.inventory import normalise
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Container

    from pypdf import PdfReader

if importlib.util.find_spec("pypdf") is None:
    # It is loaded late: what is missing shall be told before anybody logs in.
    raise ModuleNotFoundError("No module named 'pypdf'", name="pypdf")

# pypdf tells of every oddity that it got over; what matters becomes a BookoutRejected here.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

_LONGEST_PREFIX = 1024
"""Bytes among which the header must stand, as in Acrobat: gateways put some before it."""
_NEAR = 16
"""Bytes by which a trailer may miss the table that it points to, if the table is right."""
_STARTXREF = re.compile(rb"startxref\s+([0-9]{1,12})\s*%%EOF")
_XREF = re.compile(rb"\s*(?:xref\b|[0-9]+\s+[0-9]+\s+obj\b)")
_TABLE = re.compile(rb"(?<![a-z])xref\s")
_SECTION = re.compile(rb"\s*([0-9]+) ([0-9]+)\s*?[\r\n]\s*")
_ENTRY = re.compile(rb"([0-9]{10}) ([0-9]{5}) ([nf])[ \r\n]{1,2}")
_STREAM = re.compile(rb"/Length\s+([0-9]{1,10})\b[^<>]{0,500}>>\s*stream\r?\n")
_STREAM_END = re.compile(rb"\s{0,2}endstream")
_MORE_OBJECTS = re.compile(rb"^[\s\0]*[0-9]+\s+[0-9]+\s*o?b?j?|[0-9]\s+obj\b|endobj")
"""Bytes after the last trailer that belong to the PDF: the trailer after them is lost."""
_MOST_LAID_OUT = 10
"""Pages of a bookout: usual ones have one or two."""
_FEWEST_LETTERS = 5
"""Single letters on a line from which on they are taken as spaced."""
_DOUBLED = re.compile(r"(?<!\S)(?:(\S)\1)+(?!\S)")
_FEWEST_PAIRS = 4
"""Different letters in a word of pairs that no word has by chance: "SSttoocckk", "VVIINN" not."""
_SHORTEST_NUMBER = 4
_LENGTH = re.compile(rb"/Linearized\b[^>]{0,200}?/L\s+([0-9]{1,12})")


# --- the file ---


def check_complete(pdf: bytes) -> None:
    """Raise BookoutRejected unless these bytes hold a complete PDF.

    Other bytes may stand before its header and after its trailer. A trailer that does not lead to
    the table of objects means that bytes were lost in between.
    """
    if not pdf.strip(b"\0\t\n\x0c\r "):
        raise BookoutRejected("empty", f"The report is empty ({len(pdf)} bytes)")
    start = pdf.find(b"%PDF-", 0, _LONGEST_PREFIX + 5)
    if start < 0 or _is_page(pdf[:start]):
        _refuse_other_file(pdf)
    ends = list(_STARTXREF.finditer(pdf, start))
    if not ends or _MORE_OBJECTS.search(pdf[ends[-1].end() :]):
        raise BookoutRejected(
            "cut", f"The report is cut: no PDF trailer at the end of {len(pdf)} bytes"
        )
    length = _LENGTH.search(pdf, start, start + 1024)
    if length and int(length[1]) > len(pdf) - start:
        raise BookoutRejected("cut", f"The report is cut: {len(pdf)} of {int(length[1])} bytes")
    offset = int(ends[-1][1])
    if not any(_XREF.match(pdf, offset + shift) for shift in {0, start}):
        _check_table(pdf, offset, start)


def _check_table(pdf: bytes, offset: int, start: int) -> None:
    """Accept a table near the offset all of whose entries lead to their objects."""
    for shift in sorted({0, start}):
        near = max(0, offset + shift - _NEAR)
        table = _TABLE.search(pdf, near, offset + shift + _NEAR + 5)
        if (
            table
            and _has_whole_streams(pdf)
            and any(_leads_to_objects(pdf, table.end(), moved) for moved in {0, start})
        ):
            return
    raise BookoutRejected(
        "cut", f"The report lost bytes: its trailer points to {offset}, where no table stands"
    )


def _has_whole_streams(pdf: bytes) -> bool:
    """Return whether each stream is as long as it says: no table tells of the last object's end."""
    streams = list(_STREAM.finditer(pdf))
    is_whole = all(_STREAM_END.match(pdf, each.end() + int(each[1])) for each in streams)
    return is_whole and len(streams) == pdf.count(b"endstream")


def _leads_to_objects(pdf: bytes, place: int, shift: int) -> bool:
    count = 0
    while section := _SECTION.match(pdf, place):
        place = section.end()
        for number in range(int(section[1]), int(section[1]) + int(section[2])):
            entry = _ENTRY.match(pdf, place)
            if entry is None:
                return False
            place = entry.end()
            if entry[3] == b"n":
                count += 1
                found = re.compile(rb"\s*%d\s+%d\s+obj\b" % (number, int(entry[2])))
                if not found.match(pdf, int(entry[1]) + shift):
                    return False
    return count > 0


def _is_page(prefix: bytes) -> bool:
    return prefix.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def _refuse_other_file(pdf: bytes) -> NoReturn:
    if not _is_page(pdf):
        raise BookoutRejected("not_a_pdf", f"Not a PDF: it begins with {shown(ascii(pdf[:20]))}")
    if re.search(b"(?i)(?:username|password)Input", pdf):
        raise BookoutRejected(
            "login_page", "The login page instead of a PDF: the session has ended"
        )
    title = re.search(b"(?is)<title[^>]*>(.*?)</title", pdf)
    found = title[1].decode("utf-8", "replace") if title else ""
    # Few reports are pages: the process that reads PDFs does without what reads them.
    from jdp_spider.utils.page_words import message_of

    refused = BookoutRejected(
        "html_page", f"A web page instead of a PDF, with the title {shown(found)}"
    )
    refused.said = message_of(pdf.decode("utf-8", "replace"))
    raise refused


# --- its text ---


def extract_text(pdf: bytes) -> tuple[int, str]:
    """Return the number of pages, and their text with the values of form fields.

    Raise BookoutRejected, and MemoryError as it comes.
    """
    # Here, as the crawl has it done by another process, and does without pypdf itself.
    from pypdf import PdfReader

    # Not strict=True: it refuses harmless oddities (a key given twice in a dictionary) that nobody
    # here can rule out for the real site; lost bytes are found by the trailer already.
    try:
        reader = PdfReader(io.BytesIO(pdf))
        texts = [page.extract_text() for page in reader.pages]
        pages = len(texts)
        texts += _field_values(reader)
    except MemoryError:
        raise
    except Exception as error:  # pypdf: "broken PDF files might cause other Exceptions"
        raise BookoutRejected(
            "unreadable", f"The report cannot be read: {type(error).__name__} {shown(str(error))}"
        ) from error
    if not pages:
        raise BookoutRejected("unreadable", "The report has no page")
    return pages, clean("\n".join(texts))


def laid_out_text(pdf: bytes) -> str:
    """Return the text line by line as it looks: some programs draw it in another order.

    Empty for what cannot be read so, and for more pages than a bookout has.
    """
    from pypdf import PdfReader

    try:
        pages = PdfReader(io.BytesIO(pdf)).pages
        if len(pages) > _MOST_LAID_OUT:
            return ""
        texts = [page.extract_text(extraction_mode="layout") for page in pages]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - it was read otherwise already
        return ""
    return clean("\n".join(texts))


def _field_values(reader: PdfReader) -> list[str]:
    """Return `name: value` for each form field with a value: some forms keep all texts there.

    None for a form that cannot be read: the text of the pages can.
    """
    try:
        fields = reader.get_fields() or {}
        return [f"{name}: {field.value}" for name, field in fields.items() if field.value]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a damaged form costs no report
        return []


def clean(text: str) -> str:
    """Return the text in one form of accents, without invisible characters."""
    return re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", unicodedata.normalize("NFC", text))


def closed_up(text: str) -> str:
    """Join letters that stand apart on a line: "S t o c k  # :  1 6 5 5 4 8"."""
    return "\n".join(map(_closed_up, text.split("\n")))


def _closed_up(line: str) -> str:
    letters = line.split()
    if len(letters) < _FEWEST_LETTERS or any(len(letter) > 1 for letter in letters):
        return line
    return " ".join("".join(word.split(" ")) for word in re.split(" {2,}", line.strip()))


def letters_once(text: str, names: Container[str]) -> str:
    """Return the text with each letter once if some are there twice: "SSttoocckk ##:: 11665555".

    Programs without a bold font draw each letter twice, a little apart. A word of `names`, which
    are references, stays as it is, and so does a number that would be short: "1122" may be one.
    """

    def is_sure(word: str) -> bool:
        return word.isalpha() and len(set(word.casefold())) >= _FEWEST_PAIRS

    def once(found: re.Match[str]) -> str:
        parts = re.findall(r"\w+", found[0])
        is_short = any(len(part) < 2 * _SHORTEST_NUMBER and not part.isalpha() for part in parts)
        is_name = found[0] in names or any(part in names for part in parts)
        return found[0] if is_short or is_name else found[0][::2]

    if not any(is_sure(each[0].rstrip(":#.")) for each in _DOUBLED.finditer(text)):
        return text
    return _DOUBLED.sub(once, text)


def is_readable(text: str) -> bool:
    """Return whether the text is made of characters, rather than of numbers of a font's glyphs."""
    letters = "".join(text.split())
    odd = sum(unicodedata.category(c) in ("Cc", "Co", "Cn") or c == "\ufffd" for c in letters)
    glyphs = sum(map(len, re.findall(r"/(?:g|gid|cid|glyph|c|index)[0-9]+", letters.lower())))
    return (odd + glyphs) * 10 < len(letters)


def shown(text: str) -> str:
    """Return the first characters of what was found, on one ASCII line."""
    return repr(to_ascii(normalise(text))[:60])
