"""Files that come packed: the PDFs or the CSV of a zip file, or what gzip has made smaller.

Whatever such a file says of itself, no more than a limit of bytes is ever unpacked.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from jdp_spider.pdf.contents import shown
from jdp_spider.pdf.errors import BookoutRejected

MOST_FILES = 100
"""Files of a zip file that is looked through."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip file begins; the second is an empty one."""
_GZIP = b"\x1f\x8b\x08"
_ENTRY = b"PK\x01\x02"
"""Begins each entry of a zip file's list: it is counted before the list is read."""
_ENCRYPTED = 0x1
_HEAD = 1029
"""Bytes among which a PDF's header begins, as `check_complete` has it, and its length."""
# None but these two unpack by pieces: of the others, a few bytes may become any number.
_METHODS = (ZIP_STORED, ZIP_DEFLATED)
_BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)
"""What reading a damaged zip file raises; RuntimeError also for what Python cannot unpack."""
_BOOKOUT = re.compile("book[-_ ]?out", re.IGNORECASE)


class PackedPdf(NamedTuple):
    """A PDF, and what it is called within its zip file: "" where it came alone."""

    name: str
    pdf: bytes

    @property
    def is_called_bookout(self) -> bool:
        """Return whether its name says that it is a bookout."""
        return _BOOKOUT.search(self.name) is not None


def unpacked(data: bytes, most: int) -> list[PackedPdf]:
    """Return the PDFs within a zip file: one or more. Anything else comes back as it is.

    Raise BookoutRejected for a zip file without any, for one that takes a password or is damaged,
    and for what would be more than `most` bytes. A zip file within another is not opened.
    """
    if data.startswith(_GZIP):
        data = _gunzipped(data, most)
    if not data.startswith(_ZIP):
        return [PackedPdf("", data)]
    try:
        found = _pdfs(data, most)
    except _BROKEN as error:
        text = f"The zip file is damaged: {type(error).__name__} {shown(str(error))}"
        raise BookoutRejected("cut", text) from error
    if not found:
        raise BookoutRejected("not_a_pdf", "A zip file without a PDF in it")
    return found


def unpacked_csv(data: bytes, most: int) -> bytes:
    """Return the only CSV file of a zip file, if it is complete and has `most` bytes at most.

    Anything else comes back as it is: whoever reads it says what it is.
    """
    if not data.startswith(_ZIP) or data.count(_ENTRY) > MOST_FILES:
        return data
    try:
        with ZipFile(io.BytesIO(data)) as file:
            found = [each for each in file.infolist() if each.filename.lower().endswith(".csv")]
            is_one = len(found) == 1 and found[0].compress_type in _METHODS
            return _read(file, found[0], most) if is_one and found[0].file_size <= most else data
    except _BROKEN:
        return data


def _gunzipped(data: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unzipped = unpacker.decompress(data, most + 1)
    except zlib.error as error:
        text = f"What gzip has packed is damaged: {shown(str(error))}"
        raise BookoutRejected("cut", text) from error
    _check_size(len(unzipped), most)
    if not unpacker.eof:
        raise BookoutRejected("cut", "What gzip has packed is cut")
    return unzipped


def _pdfs(data: bytes, most: int) -> list[PackedPdf]:
    if data.count(_ENTRY) > MOST_FILES:
        raise BookoutRejected("too_heavy", f"The zip file has more than {MOST_FILES} files")
    with ZipFile(io.BytesIO(data)) as file:
        entries = [each for each in file.infolist() if not each.is_dir()]
        locked = [each for each in entries if each.flag_bits & _ENCRYPTED]
        # Were only the others looked at, one of them might be taken for the bookout.
        if locked:
            text = f"The zip file takes a password: {shown(locked[0].filename)}"
            raise BookoutRejected("zip_locked", text)
        pdfs = [each for each in entries if each.compress_type in _METHODS]
        pdfs = [each for each in pdfs if b"%PDF-" in _read(file, each, _HEAD)]
        # What it says itself, before anything is unpacked; and then what really comes.
        _check_size(sum(each.file_size for each in pdfs), most)
        found: list[PackedPdf] = []
        for each in pdfs:
            left = most - sum(len(other.pdf) for other in found)
            pdf = _read(file, each, left + 1)
            _check_size(len(pdf), left)
            found.append(PackedPdf(each.filename, pdf))
        return found


def _read(archive: ZipFile, entry: ZipInfo, size: int) -> bytes:
    """Return the first bytes of a file. It is unpacked in pieces, and never beyond them."""
    with archive.open(entry) as opened:
        return opened.read(size)


def _check_size(size: int, most: int) -> None:
    if size > most:
        text = f"Unpacked, the report has more than the {most / 1e6:,.0f} MB of JDP_MOST_REPORT_MB"
        raise BookoutRejected("too_heavy", text)
