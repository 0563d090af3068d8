"""Reading a report that a page has fetched."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from samples import pdf_of, vehicle

from jdp_spider.pages.bookout import Terms, _check
from jdp_spider.pages.errors import LoggedOut
from jdp_spider.pdf.verification import ReportRefused, check_report

ONE, TWO = vehicle("165548", 1), vehicle("165549", 2)
NO_VIN = pdf_of(ONE, names_vin=False)
LOGIN = b"<html><input id='usernameInput'>"


def outcome(*pdfs: bytes, terms: Terms | None = None) -> object:
    """What the last of these reports comes to, in one browser."""

    async def read() -> object:
        for pdf in pdfs:
            try:
                found: object = await _check(pdf, ONE, terms or Terms())
            except (ReportRefused, LoggedOut) as error:
                found = error
        return found

    return asyncio.run(read())


def test_right_report() -> None:
    assert outcome(pdf_of(ONE)) == check_report(pdf_of(ONE), ONE.reference, ONE.vin)
    assert outcome(NO_VIN) == check_report(NO_VIN, ONE.reference, ONE.vin)


@pytest.mark.parametrize(
    ("pdfs", "terms", "reason"),
    [
        ((pdf_of(TWO),), Terms(), "other_reference"),
        ((b"",), Terms(), "empty"),
        ((pdf_of(ONE), NO_VIN), Terms(), "vin_missing"),
        ((NO_VIN,), Terms(needs_vin=True), "vin_missing"),
    ],
)
def test_refusal_has_the_hash_of_what_was_refused(
    pdfs: tuple[bytes, ...], terms: Terms, reason: str
) -> None:
    refused = outcome(*pdfs, terms=terms)
    assert isinstance(refused, ReportRefused)
    assert refused.identity == (reason, hashlib.sha256(pdfs[-1]).hexdigest())


def test_login_page_is_no_refusal() -> None:
    assert isinstance(outcome(LOGIN), LoggedOut)
