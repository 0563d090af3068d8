from __future__ import annotations

from random import Random

import pytest
from scrapy.http import Request

from jdp_spider.pages.origin import is_own, is_report_address, own_address

SITE = "http://site:8000/ValuesOnline/"

SAME = [
    (SITE, "http://site:8000/vehicle/1"),
    (SITE, "HTTP://SITE.:8000/vehicle/1?a=b#c"),
    ("http://site/", "http://site:80/1"),
    ("https://Site./x/", "https://site:443"),
    ("http://site/", "https://site/1"),
    ("http://site:80/", "https://site:443/1"),
    ("http://[::1]:8000/", "http://[::1]:8000/1"),
    ("http://m\xfcller.example/", "http://xn--mller-kva.example/1"),
]


@pytest.mark.parametrize(("base", "url"), SAME)
def test_address_of_the_same_origin_is_own(base: str, url: str) -> None:
    assert is_own(base, url) is True


OTHER = [
    "mailto:me@site",
    "javascript:open(5)",
    "data:,x",
    "file:///etc/passwd",
    "ftp://site:8000/1",
    "ws://site:8000/1",
    "blob:http://site:8000/1",
    "//site:8000/1",
    "/vehicle/1",
    "http://site/1",
    "http://site:8001/1",
    "http://site:99999/1",
    "http://site:-1/1",
    "http://site:x/1",
    "http://site:\u0668\u0660\u0660\u0660/1",
    "https://site:8000/1",
    "http://evil.example:8000/1",
    "http://site.evil.example:8000/1",
    "http://evil\\@site:8000/1",
    "http://site\\.evil:8000/1",
    "http://me:secret@site:8000/1",
    "http://site@evil.example/",
    "http://[::1",
    "http://[site]:8000/1",
    "http://\u2100.example/1",
    "http://s\u0131te:8000/1",
    "http://" + "\xfc" * 70 + ".example/",
    "http://",
    "",
    " ",
    None,
    7,
    b"http://site:8000/1",
]


@pytest.mark.parametrize("url", OTHER, ids=repr)
def test_address_of_another_origin_is_not_used(url: object) -> None:
    assert own_address(SITE, url) is None
    assert is_own(SITE, url) is ("http" in str(url) and "@site" in str(url))


def test_downgrade_to_http_is_another_origin() -> None:
    assert is_own("https://site/", "http://site/1") is False
    assert is_own("https://site:8000/", "http://site:8000/1") is False
    assert is_own("http://site:8000/", "https://site/1") is False


@pytest.mark.parametrize(
    "url",
    [
        "http://site:8000/a b",
        "http://site:8000/\n1",
        " http://site:8000/1",
        "http://site:8000/\ud800",
        "http://site:8000/\xe9",
        "http://site:8000/" + "x" * 8000,
    ],
    ids=ascii,
)
def test_malformed_address_is_not_used(url: str) -> None:
    assert own_address(SITE, url) is None


def test_address_needs_the_scheme_of_the_site() -> None:
    """The crawl has one download handler."""
    assert own_address("http://site/", "https://site/1") is None
    assert own_address("https://site/", "https://site/1") == "https://site/1"


def test_every_own_address_becomes_a_request() -> None:
    random = Random(12)
    printable = [chr(code) for code in range(0x21, 0x7F)]
    for _ in range(5000):
        tail = "".join(random.choices(printable, k=random.randrange(40)))
        address = own_address(SITE, f"http://site:8000{random.choice('/?#')}{tail}")
        assert address is not None
        assert Request(address).url.startswith("http://site:8000")


@pytest.mark.parametrize(
    ("base", "url", "allowed"),
    [
        ("https://site/", "https://files.example/GetPdfReport", True),
        ("http://127.0.0.1:8/", "http://127.0.0.1:9/GetPdfReport", True),
        ("https://site/", "http://site/GetPdfReport", False),
        ("https://site/", "file:///GetPdfReport", False),
        ("https://site/", "https://user:word@site/GetPdfReport", False),
        ("https://site/", "https://site:99999/", False),
    ],
)
def test_address_of_a_bookout_is_recognized(base: str, url: str, allowed: bool) -> None:
    assert is_report_address(base, url) is allowed
