"""Bookouts that come in a zip file, or packed by gzip."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

import pytest

from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.unpacking import MOST_FILES, unpacked, unpacked_csv

PDF = b"%PDF-1.4\n" + b"x" * 2000 + b"\n%%EOF"
MOST = 10_000


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file of these names and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in files:
            # Without the time, each process that runs tests makes the same.
            file.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def refused(data: bytes, most: int = MOST) -> str:
    with pytest.raises(BookoutRejected) as info:
        unpacked(data, most)
    return info.value.reason


def locked(data: bytes) -> bytes:
    """Return the zip file with the sign that its files take a password."""
    at, listed = data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8
    changed = bytearray(data)
    changed[at] |= 1
    changed[listed] |= 1
    return bytes(changed)


def with_size(data: bytes, size: int) -> bytes:
    """Return the zip file with another size of its first file, as the file itself says."""
    at, listed = data.index(b"PK\x03\x04") + 22, data.index(b"PK\x01\x02") + 24
    changed = bytearray(data)
    changed[at : at + 4] = changed[listed : listed + 4] = size.to_bytes(4, "little")
    return bytes(changed)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_pdfs_of_a_zip_file_are_found_by_their_contents(method: int) -> None:
    other = b"\r\n" + PDF
    data = zipped(
        ("a/", b""), ("read.me", b"x"), ("a/1.bin", PDF), ("Bookout", other), method=method
    )
    found = unpacked(data, MOST)
    assert [tuple(each) for each in found] == [("a/1.bin", PDF), ("Bookout", other)]
    assert [each.is_called_bookout for each in found] == [False, True]


@pytest.mark.parametrize("data", [PDF, b"", b"<html>", b"PK", zlib.compress(PDF)])
def test_other_files_come_back_as_they_are(data: bytes) -> None:
    assert [tuple(each) for each in unpacked(data, MOST)] == [("", data)]


def test_gzip_is_unpacked_around_a_pdf_and_a_zip_file() -> None:
    assert unpacked(gzip.compress(PDF), MOST)[0].pdf == PDF
    assert unpacked(gzip.compress(zipped(("a.pdf", PDF))), MOST)[0].pdf == PDF


ZIP = zipped(("a.pdf", PDF))
GZIP = gzip.compress(PDF, mtime=0)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped(("a.csv", b"Reference Number")), "not_a_pdf"),
        (zipped(), "not_a_pdf"),
        # Nor is a zip file within another opened.
        (zipped(("a.zip", ZIP)), "not_a_pdf"),
        # Its kind of packing cannot be unpacked by pieces.
        (zipped(("a.pdf", PDF), method=zipfile.ZIP_BZIP2), "not_a_pdf"),
        (locked(ZIP), "zip_locked"),
        (ZIP[: len(ZIP) // 2], "cut"),
        (ZIP[:60] + ZIP[61:], "cut"),
        (GZIP[:-9], "cut"),
        (b"\x1f\x8b\x08" + b"x" * 99, "cut"),
        (zipped(*((f"{number}.pdf", PDF) for number in range(MOST_FILES + 1))), "too_heavy"),
        (zipped(*((f"{number}.pdf", PDF) for number in range(6))), "too_heavy"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_packed_files_without_a_report_are_refused(data: bytes, reason: str) -> None:
    assert refused(data) == reason


@pytest.mark.parametrize("pack", [gzip.compress, lambda pdf: zipped(("a.pdf", pdf))])
def test_no_more_than_the_limit_is_unpacked(pack: object) -> None:
    large = b"%PDF-1.4\n" + bytes(50_000_000)
    data = pack(large)  # type: ignore[operator]
    assert len(data) < 100_000
    assert refused(data) == "too_heavy"


@pytest.mark.parametrize("size", [0, 100, 9_999])
def test_zip_file_that_lies_about_its_sizes_is_refused(size: int) -> None:
    large = with_size(zipped(("a.pdf", b"%PDF-1.4\n" + bytes(50_000_000))), size)
    assert refused(large) in ("cut", "not_a_pdf")


CSV = b"Reference Number,VIN\r\n165548,\r\n"


def test_export_is_the_only_csv_file_of_a_zip_file() -> None:
    both = zipped(("a.csv", CSV), ("b.csv", CSV))
    whole = zipped(("read.me", b"x"), ("Inventory.CSV", CSV))
    assert unpacked_csv(whole, MOST) == CSV
    large = zipped(("a.csv", bytes(MOST + 1)))
    sheet = zipped(("[Content_Types].xml", b"<"), ("xl/workbook.xml", b"<"))
    left = [CSV, both, large, sheet, locked(zipped(("a.csv", CSV))), whole[:99], whole[:-30]]
    assert [unpacked_csv(data, MOST) for data in left] == left
