"""Which proxy the browser is told."""

from __future__ import annotations

import pytest

from jdp_spider.config.proxies import Proxy, ProxyError, find_proxy, shown

SITE = "https://site.example/"
LOOPBACK = ("localhost", "127.0.0.0/8", "[::1]")
SERVER = {"HTTPS_PROXY": "http://p:1"}


@pytest.mark.parametrize(
    ("own", "environment", "server", "source"),
    [
        ("", SERVER, "http://p:1", "HTTPS_PROXY"),
        ("", {"https_proxy": "p:1"}, "http://p:1", "HTTPS_PROXY"),
        ("", {"Https_Proxy": "p:1"}, "http://p:1", "HTTPS_PROXY"),
        ("", {"https_proxy": "lower", "HTTPS_PROXY": "upper"}, "http://lower", "HTTPS_PROXY"),
        ("", {"ALL_PROXY": "socks5h://p:1080"}, "socks5://p:1080", "ALL_PROXY"),
        ("", {"ALL_PROXY": "socks5://all", **SERVER}, "http://p:1", "HTTPS_PROXY"),
        ("http://own", SERVER, "http://own", "JDP_PROXY"),
        ("http://own", {"NO_PROXY": "*"}, "http://own", "JDP_PROXY"),
        ("https://[::2]:8", {}, "https://[::2]:8", "JDP_PROXY"),
        ("HTTP://P.example.:8/", {}, "http://p.example:8", "JDP_PROXY"),
        ("none", SERVER, "direct://", "JDP_PROXY"),
        ("Direct", {}, "direct://", "JDP_PROXY"),
        ("", {"NO_PROXY": "*", **SERVER}, "direct://", "NO_PROXY"),
        ("", {"no_proxy": "a, *"}, "direct://", "NO_PROXY"),
    ],
)
def test_proxy_comes_from_setting_or_environment(
    own: str, environment: dict[str, str], server: str, source: str
) -> None:
    found = find_proxy(SITE, own, environment)
    assert found is not None
    assert (found.server, found.source, found.bypass) == (server, source, LOOPBACK)


@pytest.mark.parametrize(
    "environment", [{}, {"HTTPS_PROXY": " "}, {"HTTP_PROXY": "http://p:1"}, {"NO_PROXY": "a"}]
)
def test_missing_variable_leaves_the_proxy_to_the_system(environment: dict[str, str]) -> None:
    assert find_proxy(SITE, "", environment) is None


def test_scheme_of_the_site_selects_the_proxy() -> None:
    environment = {"HTTP_PROXY": "http://plain", "HTTPS_PROXY": "http://secure"}
    found = [find_proxy(site, "", environment) for site in (SITE, "http://site.example/")]
    assert [each.server for each in found if each] == ["http://secure", "http://plain"]


@pytest.mark.parametrize(
    ("entry", "rules"),
    [
        ("a.example", ["a.example", ".a.example"]),
        (".a.example", ["a.example", ".a.example"]),
        ("*.a.example", ["a.example", ".a.example"]),
        ("a.example:8443", ["a.example:8443", ".a.example:8443"]),
        ("b\xfccher.example", ["xn--bcher-kva.example", ".xn--bcher-kva.example"]),
        ("a*.example", ["a*.example"]),
        ("192.168.1.7", ["192.168.1.7"]),
        ("192.168.1.7:80", ["192.168.1.7:80"]),
        ("192.168.", ["192.168.*"]),
        ("192.168.*", ["192.168.*"]),
        ("10.1.0.0/8", ["10.0.0.0/8"]),
        ("fe80::/10", ["fe80::/10"]),
        ("::2", ["[::2]"]),
        ("[::2]", ["[::2]"]),
        ("[::2]:80", ["[::2]:80"]),
    ],
)
def test_exceptions_are_translated_for_chromium(entry: str, rules: list[str]) -> None:
    found = find_proxy(SITE, "", {**SERVER, "NO_PROXY": entry})
    assert found is not None
    assert (found.bypass, found.ignored) == ((*LOOPBACK, *rules), ())


@pytest.mark.parametrize("entry", ["http://a.example", "a.example/path", "a;b", "10.0.0.0/99"])
def test_exception_unknown_to_chromium_is_reported(entry: str) -> None:
    found = find_proxy(SITE, "", {**SERVER, "NO_PROXY": f"a.example {entry}"})
    assert found is not None
    assert (found.bypass, found.ignored) == ((*LOOPBACK, "a.example", ".a.example"), (entry,))


@pytest.mark.parametrize(
    "value",
    [
        "http://", "ftp://p", "http://p:port", "://", "http://[::1", "http://p:8/proxy.pac",
        "http://user:secret/1@p:8", "http://user:1/secret@p:8", "http://user:1#secret@p:8",
        "http://user:1?secret@p:8", "user secret", "socks5://user:secret@p", "http://p:99999",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["JDP_PROXY", "HTTPS_PROXY"])
def test_invalid_proxy_is_reported_without_its_secrets(name: str, value: str) -> None:
    own, environment = (value, {}) if name == "JDP_PROXY" else ("", {name: value})
    with pytest.raises(ProxyError, match=rf"^{name} ") as caught:
        find_proxy(SITE, own, environment)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "site", "bypassed"),
    [
        ("site.example", SITE, True),
        ("example", SITE, True),
        ("ite.example", SITE, False),
        ("site.example:443", SITE, True),
        ("site.example:8443", SITE, False),
        ("10.0.0.0/8", "https://10.1.2.3/", True),
        ("10.0.0.0/8", SITE, False),
        ("10.", "https://10.1.2.3/", True),
        ("::2", "https://[::2]/", True),
        ("[::2]:80", "https://[::2]/", False),
    ],
)
def test_no_proxy_bypasses_the_proxy(entry: str, site: str, bypassed: bool) -> None:
    found = find_proxy(site, "", {**SERVER, "NO_PROXY": entry})
    told = "no proxy (NO_PROXY)" if bypassed else "proxy http://p:1 (HTTPS_PROXY)"
    assert shown(found, site) == told


def test_launch_options_hold_the_decoded_proxy_login() -> None:
    found = find_proxy(SITE, "http://us%40r:p%3ass@p:1", {"NO_PROXY": "a"})
    assert found is not None
    assert not {"us@r", "p:ss", "us%40r"} & set(repr(found).split("'"))
    assert found.secrets == ["http://us%40r:p%3ass@p:1", "p:ss", "us@r"]
    assert found.launch_options == {
        "proxy": {
            "server": "http://p:1",
            "bypass": "localhost,127.0.0.0/8,[::1]",
            "username": "us@r",
            "password": "p:ss",
        }
    }


def test_no_proxy_becomes_an_argument_of_chromium() -> None:
    found = find_proxy(SITE, "none", SERVER)
    assert found is not None
    assert (found.launch_options, found.secrets) == ({"args": ["--proxy-server=direct://"]}, [])


@pytest.mark.parametrize(
    ("proxy", "text"),
    [
        (None, "the proxy of the system's settings, if they name one"),
        (Proxy("direct://", "JDP_PROXY"), "no proxy (JDP_PROXY)"),
        (Proxy("http://p:1", "ALL_PROXY"), "proxy http://p:1 (ALL_PROXY)"),
        (
            Proxy("http://p:1", "JDP_PROXY", "u", "pw"),
            "proxy http://p:1 (JDP_PROXY, with user name and password)",
        ),
    ],
)
def test_proxy_is_described_without_its_login(proxy: Proxy | None, text: str) -> None:
    assert shown(proxy, SITE) == text
    assert shown(proxy, "http://127.0.0.1:1/") == "no proxy, as the site is on this computer"
