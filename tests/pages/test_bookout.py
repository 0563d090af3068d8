"""Reading a report that a page has fetched."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from jdp_spider.pages.acceptance import AcceptanceRules
from jdp_spider.pages.bookout import _check
from jdp_spider.pages.errors import LoggedOut
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.verification import verify_bookout
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
