"""What a certificate is read as."""

from __future__ import annotations

import ssl

import pytest
from cryptography import x509

from jdp_spider.browser.certificates import Certificate, parse_certificate
from tests.support import proxy

LOGS = x509.UnrecognizedExtension(
    x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), bytes.fromhex("04020000")
)


def der(**known: str) -> bytes:
    pem = proxy.Certificate(**known).pem().decode("ascii")  # type: ignore[arg-type]
    return ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])


@pytest.mark.parametrize(
    ("known", "issuer"),
    [
        ({}, "Antivirus Web Shield Root, Antivirus Ltd"),
        ({"organisation": ""}, "Antivirus Web Shield Root"),
        ({"issuer": "Same", "organisation": "Same"}, "Same"),
        ({"issuer": "F\xfcr", "organisation": ""}, "F\\xfcr"),
    ],
)
def test_issuer_is_read_from_the_certificate(known: dict[str, str], issuer: str) -> None:
    assert parse_certificate(der(**known)) == Certificate(issuer, is_public=False)


def test_certificate_with_log_entries_is_from_a_public_authority(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(proxy, "MORE", (LOGS,))
    assert parse_certificate(der()).is_public


def test_unreadable_certificate_has_an_unnamed_issuer() -> None:
    assert parse_certificate(b"x") == Certificate("an unnamed authority", is_public=False)
