"""Who may talk to the server: a test for each line of what keeps others out."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import re
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from jdp_spider.dashboard.guard import KEY_HEADER, SECOND_HEADER, TOKEN_S
from jdp_spider.dashboard.opener import write_opener

if TYPE_CHECKING:
    from tests.dashboard.conftest import Served

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes say nothing there")
ADDRESSES = ("/events", "/view/runs", "/view/account", "/picture?run=a&name=b.png", "/other")
ACTIONS = ("today", "account", "quit", "open", "folders", "no-such-action")


def token_of(served: Served) -> str:
    """The token in the file that the browser is opened on."""
    text = write_opener(served.home, served.guard).read_text()
    return re.search(r'name="token" value="([^"]+)"', text)[1]


def test_only_this_computer_can_connect(served: Served) -> None:
    hosts = [host for host, *_ in served.server._runner.addresses]
    assert hosts == ["127.0.0.1"]


@pytest.mark.parametrize(
    "host",
    ["localhost:{}", "127.0.0.1", "evil.example:{}", "127.0.0.1.evil.example:{}", "[::1]:{}"],
)
@pytest.mark.parametrize("path", ["/", *ADDRESSES])
def test_another_host_is_refused(served: Served, path: str, host: str) -> None:
    """As after DNS rebinding: the browser has connected to us, and believes in another host."""
    served.let_in()
    headers = {"Cookie": served.cookie, KEY_HEADER: served.key}
    answer = served.send(path, Host=host.format(served.guard.port), **headers)
    assert answer.status == 421


def test_a_second_host_header_is_refused(served: Served) -> None:
    port = served.guard.port
    with socket.create_connection(("127.0.0.1", port)) as connection:
        hosts = f"Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n"
        connection.sendall(f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
        assert connection.recv(100).split()[1] in (b"400", b"421")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:{}", "https://127.0.0.1:{}", "http://127.0.0.1:1"]
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", *ADDRESSES])
def test_another_origin_is_refused(served: Served, path: str, origin: str) -> None:
    served.let_in()
    headers = {"Cookie": served.cookie, KEY_HEADER: served.key}
    answer = served.send(path, Origin=origin.format(served.guard.port), **headers)
    assert answer.status == 403


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_needs_its_origin(served: Served, action: str) -> None:
    served.let_in()
    headers = {"Cookie": served.cookie, KEY_HEADER: served.key}
    assert served.send(f"/do/{action}", b"{}", **headers).status == 403
    answer = served.send(f"/do/{action}", b"{}", Origin="http://evil.example", **headers)
    assert answer.status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_request_from_another_site_is_refused(served: Served, site: str) -> None:
    served.let_in()
    headers = {"Cookie": served.cookie, KEY_HEADER: served.key, "Sec-Fetch-Site": site}
    assert served.send("/view/runs", **headers).status == 403


@pytest.mark.parametrize("path", ADDRESSES)
def test_view_needs_both_cookie_and_key(served: Served, path: str) -> None:
    served.let_in()
    statuses = [
        served.send(path).status,
        served.send(path, Cookie=served.cookie).status,
        served.send(path, **{KEY_HEADER: served.key}).status,
        served.send(path, Cookie=f"{served.cookie}x", **{KEY_HEADER: served.key}).status,
        served.send(path, Cookie=served.cookie, **{KEY_HEADER: served.key[:-1]}).status,
        served.send(path, Cookie=served.cookie, **{KEY_HEADER: ""}).status,
    ]
    assert statuses == [403] * 6


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_needs_cookie_and_key(served: Served, action: str) -> None:
    served.let_in()
    known = {"Origin": served.url}
    path = f"/do/{action}"
    assert served.send(path, b"{}", **known).status == 403
    assert served.send(path, b"{}", Cookie=served.cookie, **known).status == 403
    assert served.send(path, b"{}", **{KEY_HEADER: served.key}, **known).status == 403


def test_page_needs_the_cookie_and_does_not_contain_the_key(served: Served) -> None:
    without = served.send("/")
    assert "opened by the program" in without.text
    served.let_in()
    page = served.send("/", Cookie=served.cookie)
    assert (page.status, 'id="view"' in page.text) == (200, True)
    assert served.key not in page.text + without.text


def test_the_token_is_valid_once(served: Served) -> None:
    token = token_of(served)
    assert [served.enter(token).status, served.enter(token).status] == [200, 403]


@pytest.mark.parametrize(("seconds", "status"), [(TOKEN_S - 1, 200), (TOKEN_S, 403)])
def test_the_token_is_valid_for_30_s(served: Served, seconds: float, status: int) -> None:
    assert TOKEN_S == 30
    token = token_of(served)
    served.now += seconds
    assert served.enter(token).status == status


@pytest.mark.parametrize("token", ["", "x", "\u20ac" * 9, "0" * 43])
def test_wrong_token_is_refused_and_the_right_one_stays_valid(served: Served, token: str) -> None:
    right = token_of(served)
    answer = served.enter(token)
    assert (answer.status, answer.headers["Set-Cookie"]) == (403, None)
    assert served.enter(right).status == 200


def test_empty_token_is_refused_while_none_is_valid(served: Served) -> None:
    assert served.enter("").status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:1"])
def test_another_page_cannot_post_a_token(served: Served, origin: str) -> None:
    assert served.enter(token_of(served), Origin=origin).status == 403


def test_token_in_an_address_is_refused(served: Served) -> None:
    token = token_of(served)
    assert served.send(f"/enter?token={token}").status == 405
    assert served.send(f"/enter?token={token}", b"", Origin="null").status == 403


def test_cookie_is_limited_to_this_page(served: Served) -> None:
    answer = served.enter(token_of(served))
    name, *rest = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith(f"jdp_{served.home.id}_{served.guard.port}=")
    assert sorted(rest) == ["HttpOnly", "Path=/", "SameSite=Strict"]


def test_start_page_continues_by_script_instead_of_a_redirect(served: Served) -> None:
    answer = served.enter(token_of(served))
    assert (answer.status, answer.headers["Location"]) == (200, None)
    assert 'location.replace("/")' in answer.text
    assert 'http-equiv="refresh"' not in answer.text


@POSIX
def test_file_with_the_token_is_readable_by_its_owner_only(served: Served) -> None:
    path = write_opener(served.home, served.guard)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    files = [each for each in path.parent.iterdir() if each.suffix in (".json", ".html", ".log")]
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}


@POSIX
def test_link_in_place_of_the_token_file_is_replaced(served: Served, tmp_path: object) -> None:
    """Of a link in its place, the link is replaced."""
    target = served.home.folder.parent / "target"
    target.write_text("as it was")
    served.home.opener.symlink_to(target)
    write_opener(served.home, served.guard)
    assert (target.read_text(), served.home.opener.is_symlink()) == ("as it was", False)


def test_the_file_with_the_token_is_removed_once_it_is_used(served: Served) -> None:
    served.let_in()
    assert not served.home.opener.exists()


def test_the_opener_posts_only_to_the_page(served: Served) -> None:
    text = write_opener(served.home, served.guard).read_text()
    assert re.findall(r'action="([^"]+)"', text) == [f"{served.url}/enter"]
    script = re.search(r"<script>(.*)</script>", text, re.DOTALL)[1]
    assert f"'{sha256(script)}'" in text.replace("&#39;", "'")


def sha256(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def test_policy_allows_only_own_script_and_style(served: Served) -> None:
    served.let_in()
    page = served.send("/", Cookie=served.cookie)
    script = re.search(r"<script>(.*)</script>", page.text, re.DOTALL)[1]
    style = re.search(r"<style>(.*)</style>", page.text, re.DOTALL)[1]
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in page.headers["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": f"'{sha256(script)}'",
        "style-src": f"'{sha256(style)}'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert re.findall(r"(?:src|href)=\"(?!#|data:,)[^\"]*\"| style=| on[a-z]+=", page.text) == []


@pytest.mark.parametrize("path", ["/", *ADDRESSES, "/enter", "/do/quit"])
def test_every_response_has_security_headers(served: Served, path: str) -> None:
    answer = served.send(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_second_start_needs_the_secret_from_the_file(served: Served) -> None:
    _, secret = served.home.load_address()
    right = {SECOND_HEADER: secret}
    assert served.send("/again", b"", **{SECOND_HEADER: "x"}).status == 403
    assert served.send("/again", b"").status == 403
    assert served.send("/again", b"", Origin=served.url, **right).status == 403
    assert not served.home.opener.exists()
    assert served.send("/again", b"", **right).status == 200
    assert served.home.opener.exists()


def test_a_second_start_keeps_the_first_tab(served: Served) -> None:
    served.let_in()
    first = served.key
    served.let_in()
    assert (served.key, served.get("/view/runs").status) == (first, 200)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(served: Served, method: str) -> None:
    served.let_in()
    headers = {"Cookie": served.cookie, KEY_HEADER: served.key, "Origin": served.url}
    answer = served.send("/view/runs", method=method, **headers)
    assert answer.status == 405
    assert answer.headers["Access-Control-Allow-Origin"] is None


def test_a_large_request_is_refused(served: Served) -> None:
    served.let_in()
    data = b'{"user": "' + b"x" * 100_000 + b'"}'
    headers = {"Cookie": served.cookie, KEY_HEADER: served.key, "Origin": served.url}
    assert served.send("/do/account", data, **headers).status == 413


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"value": [1]}', b"\xff"])
def test_a_malformed_request_is_answered(served: Served, body: bytes) -> None:
    served.let_in()
    headers = {"Cookie": served.cookie, KEY_HEADER: served.key, "Origin": served.url}
    assert served.send("/do/choose", body, **headers).status == 200
    assert served.send("/do/account", body, **headers).status == 200


def test_unauthorized_response_reveals_nothing(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.guard.port, timeout=20)
    connection.request("GET", "/view/account")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (403, b"This is not for you.\n")
    assert str(os.getpid()) not in str(answer.headers)
    connection.close()
