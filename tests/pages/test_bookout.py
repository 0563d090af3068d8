"""Reading a report that a page has fetched."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from jdp_spider.pages.acceptance import AcceptanceRules
from jdp_spider.pages.bookout import _check, _taken
from jdp_spider.pages.errors import LoggedOut
from jdp_spider.pages.site import Site
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.verification import verify_bookout
from tests.pdf.test_unpacking import locked, zipped
from tests.support.factories import pdf_of, vehicle

ONE, TWO = vehicle("165548", 1), vehicle("165549", 2)
NO_VIN = pdf_of(ONE, names_vin=False)
LOGIN = b"<html><input id='usernameInput'>"


def outcome(*pdfs: bytes, rules: AcceptanceRules | None = None) -> object:
    """What the last of these reports comes to, in one browser."""

    async def read() -> object:
        for pdf in pdfs:
            try:
                found: object = await _check(pdf, ONE, rules or AcceptanceRules())
            except (BookoutRejected, LoggedOut) as error:
                found = error
        return found

    return asyncio.run(read())


def test_bookout_of_the_vehicle_is_accepted() -> None:
    assert outcome(pdf_of(ONE)) == verify_bookout(pdf_of(ONE), ONE.reference, ONE.vin)
    assert outcome(NO_VIN) == verify_bookout(NO_VIN, ONE.reference, ONE.vin)


@pytest.mark.parametrize(
    ("pdfs", "rules", "reason"),
    [
        ((pdf_of(TWO),), AcceptanceRules(), "other_reference"),
        ((b"",), AcceptanceRules(), "empty"),
        ((pdf_of(ONE), NO_VIN), AcceptanceRules(), "vin_missing"),
        ((NO_VIN,), AcceptanceRules(needs_vin=True), "vin_missing"),
    ],
)
def test_rejection_has_the_hash_of_the_rejected_file(
    pdfs: tuple[bytes, ...], rules: AcceptanceRules, reason: str
) -> None:
    refused = outcome(*pdfs, rules=rules)
    assert isinstance(refused, BookoutRejected)
    assert refused.identity == (reason, hashlib.sha256(pdfs[-1]).hexdigest())


def test_login_page_means_logged_out() -> None:
    assert isinstance(outcome(LOGIN), LoggedOut)


def taken(*files: tuple[str, bytes]) -> object:
    """What a zip file of these names and PDFs comes to: the PDF, or the reason."""
    try:
        work = _taken(zipped(*files), ONE, Site("https://example.com/"), AcceptanceRules())
        return asyncio.run(work)[0]
    except BookoutRejected as error:
        return error.reason


OURS, OTHER = pdf_of(ONE), pdf_of(TWO)
STICKER = OURS.replace(b"%PDF-1.3", b"%PDF-1.4")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([("a.pdf", OURS)], OURS),
        ([("a.pdf", OTHER)], "other_reference"),
        ([("a.pdf", OTHER), ("b.pdf", OURS)], OURS),
        ([("a.pdf", OURS), ("b.pdf", OURS)], OURS),
        ([("a.pdf", OTHER), ("b.pdf", OTHER)], "other_reference"),
        ([("Sticker.pdf", STICKER), ("Book-Out.pdf", OURS)], OURS),
        ([("a.pdf", STICKER), ("b.pdf", OURS)], "zip_unclear"),
        # A name does not make another vehicle's bookout ours.
        ([("a.pdf", OURS), ("Bookout.pdf", OTHER)], OURS),
    ],
)
def test_zip_file_is_taken_for_the_one_pdf_of_the_vehicle(
    files: list[tuple[str, bytes]], expected: object
) -> None:
    assert taken(*files) == expected


def test_refused_zip_file_has_its_own_hash() -> None:
    data = locked(zipped(("a.pdf", OURS)))
    with pytest.raises(BookoutRejected) as info:
        asyncio.run(_taken(data, ONE, Site("https://example.com/"), AcceptanceRules()))
    assert info.value.identity == ("zip_locked", hashlib.sha256(data).hexdigest())
