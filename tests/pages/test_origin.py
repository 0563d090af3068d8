from __future__ import annotations

import pytest

from jdp_spider.pages.errors import SiteMoved
from jdp_spider.pages.origin import is_own, origin_of
from jdp_spider.pages.site import Site

BASE = "https://extapps.example/ValuesOnline/"

OWN = [
    (BASE, "https://extapps.example/"),
    (BASE, "https://EXTAPPS.Example./x?y#z"),
    (BASE, "https://extapps.example:443/"),
    ("https://EXTAPPS.example.:443/a/", "https://extapps.example/"),
    ("https://b\xfccher.example/", "https://xn--bcher-kva.example/"),
    ("https://fa\xdf.example/", "https://xn--fa-hia.example/"),
    ("http://host/", "http://host:80/"),
    ("http://host/", "https://host/"),
    ("http://host:80/", "https://host:443/"),
    ("http://127.0.0.1:8765/", "http://127.0.0.1:8765/x"),
    ("http://[::1]:8765/", "http://[0:0::1]:8765/"),
]
FOREIGN = [
    (BASE, "http://extapps.example/"),
    (BASE, "https://extapps.example:444/"),
    (BASE, "https://extapps.example.evil/"),
    (BASE, "https://evil/extapps.example"),
    (BASE, "https://extapps.example@evil/"),
    (BASE, "https://sub.extapps.example/"),
    (BASE, "https://extapps.example:99999/"),
    (BASE, "ftp://extapps.example/"),
    (BASE, "data:text/html,https://extapps.example/"),
    (BASE, "blob:https://extapps.example/1"),
    (BASE, "about:blank"),
    (BASE, ""),
    ("https://host/", "http://host/"),
    ("https://host:8443/", "https://host/"),
    ("http://host:8080/", "https://host:8080/"),
    ("http://host:8080/", "https://host/"),
    ("http://host/", "https://host:8443/"),
    ("http://127.0.0.1:1/", "http://127.0.0.1:2/"),
    ("http://127.0.0.1:1/", "http://localhost:1/"),
]


@pytest.mark.parametrize(("base_url", "address"), OWN)
def test_address_at_the_own_origin_is_own(base_url: str, address: str) -> None:
    assert is_own(base_url, address)


@pytest.mark.parametrize(("base_url", "address"), FOREIGN)
def test_address_at_another_origin_is_not_own(base_url: str, address: str) -> None:
    assert not is_own(base_url, address)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("HTTPS://Host.:443/x", "https://host"),
        ("http://host:8080/", "http://host:8080"),
        ("http://[::1]:80/", "http://[::1]"),
        ("mailto:x@host", "None"),
    ],
)
def test_origin_is_shown_as_scheme_host_and_port(address: str, shown: str) -> None:
    assert str(origin_of(address)) == shown


@pytest.mark.parametrize(
    ("base_url", "address", "is_allowed"),
    [
        (BASE, "https://login.example/", True),
        (BASE, "https://LOGIN.example.:8443/", True),
        # Never from https to http.
        (BASE, "http://login.example/", False),
        (BASE, "https://sub.login.example/", False),
        # The site's own host is no further one.
        (BASE, "https://extapps.example/", False),
        ("http://localhost:1/", "http://127.0.0.1:2/", True),
        # http to another computer has to be allowed as well.
        ("http://localhost:1/", "http://login.example/", False),
        ("http://localhost:1/", "http://intranet/", True),
    ],
)
def test_login_host_may_be_allowed(base_url: str, address: str, is_allowed: bool) -> None:
    hosts = ("login.example", "127.0.0.1", "intranet")
    site = Site(base_url, login_hosts=hosts, http_hosts=("intranet",))
    assert site.is_login_host(address) == is_allowed


def advice(site: Site, address: str) -> str:
    error = site.moved("Login", address)
    assert isinstance(error, SiteMoved)
    assert str(error) == f"{error.what}. {error.advice}"
    return error.advice


@pytest.mark.parametrize(
    ("site", "address", "lines"),
    [
        (
            Site(BASE),
            "https://New.example/x",
            ("JDP_LOGIN_HOSTS=new.example ", "JD_BASE_URL=https://new.example/ValuesOnline/"),
        ),
        (
            Site(BASE, login_hosts=("a",)),
            "https://b:8443/",
            ("JDP_LOGIN_HOSTS=a,b ", "JD_BASE_URL=https://b:8443/ValuesOnline/"),
        ),
        (
            Site("http://a/", http_hosts=("a",)),
            "http://b/",
            ("JDP_LOGIN_HOSTS=b and JDP_HTTP_HOSTS=a,b ", "JD_BASE_URL=http://b/ and JDP_HTTP"),
        ),
    ],
)
def test_advice_shows_the_lines_that_allow_an_origin(
    site: Site, address: str, lines: tuple[str, ...]
) -> None:
    text = advice(site, address)
    assert [line for line in lines if line not in text] == []


@pytest.mark.parametrize("address", ["http://extapps.example/", "http://evil/", "data:x"])
def test_unencrypted_origin_cannot_be_allowed(address: str) -> None:
    assert advice(Site(BASE), address).startswith("Nothing in .env allows that")


@pytest.mark.parametrize(
    ("address", "is_login", "is_report"),
    [
        ("http://site/Home/LicenseAgreement?ReturnUrl=/", True, False),
        ("http://site/home/licenseagreement?returnurl=/", True, False),
        ("http://other/home/licenseagreement", False, False),
        ("http://site/report/getpdfreport?id=1", False, True),
        ("http://site/vehicle/", False, False),
    ],
)
def test_addresses_are_recognized_ignoring_case(
    address: str, is_login: bool, is_report: bool
) -> None:
    site = Site("http://site/")
    assert (site.is_login(address), site.is_report(address)) == (is_login, is_report)
