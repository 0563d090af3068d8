from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.job.locks import AlreadyRunning
from jdp_spider.session import account as account_module
from jdp_spider.session.account import Account
from tests.support.factories import config

if TYPE_CHECKING:
    from pathlib import Path

COOKIES = [
    {"name": "ASP.NET_SessionId", "value": "abc", "domain": "site", "path": "/"},
    {"name": "\xe9", "value": "", "domain": "site", "path": "/", "secure": True},
]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the state of accounts is kept."""
    path = tmp_path / "state"
    monkeypatch.setattr(account_module, "user_state_path", lambda *_, **__: path)
    return path


def account(**given: Any) -> Account:
    """An account whose folder is there, as the lock makes it."""
    made = Account(config(**given))
    made.lock.acquire()
    made.lock.release()
    return made


def session_file(state: Path) -> Path:
    (path,) = state.glob("*/session.json")
    return path


def test_saved_session_is_loaded_by_the_next_run(state: Path) -> None:
    account().save_session(COOKIES)
    assert Account(config()).load_session() == COOKIES
    assert json.loads(session_file(state).read_text("utf-8")) == COOKIES


def test_last_saved_session_is_loaded() -> None:
    one = account()
    one.save_session(COOKIES)
    one.save_session(COOKIES[:1])
    assert one.load_session() == COOKIES[:1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the user's folder to the user")
@pytest.mark.parametrize("left_over", [None, 0o666])
def test_session_file_is_readable_by_its_owner_only(left_over: int | None, state: Path) -> None:
    """Also where a killed run left a part file that others could read."""
    one = account()
    if left_over is not None:
        part = state / one.id / "session.part"
        part.touch()
        part.chmod(left_over)
    before = os.umask(0)
    try:
        one.save_session(COOKIES)
    finally:
        os.umask(before)
    assert session_file(state).stat().st_mode & 0o777 == 0o600
    assert list(state.glob("*/*.part")) == []


def test_forgotten_session_is_removed(state: Path) -> None:
    one = account()
    one.save_session(COOKIES)
    one.forget_session()
    one.forget_session()
    assert (one.load_session(), list(state.glob("*/session*"))) == ([], [])


def test_without_a_saved_session_there_are_no_cookies(state: Path) -> None:
    assert (Account(config()).load_session(), state.exists()) == ([], False)


COOKIE = COOKIES[0] | {"expires": 1.8e9, "httpOnly": True, "secure": False, "sameSite": "Lax"}
NO_COOKIES = [
    {"expires": "tomorrow"},
    {"expires": -5},
    {"httpOnly": 1},
    {"sameSite": "perhaps"},
    {"name": ""},
    {"domain": ""},
    {"path": "x"},
    {"value": "a;b"},
    {"value": "a\nb"},
]


@pytest.mark.parametrize("wrong", NO_COOKIES)
def test_a_cookie_that_the_browser_would_refuse_is_left_out(wrong: dict, state: Path) -> None:
    """With it, the browser takes none of the others either, and no context is made."""
    account().save_session([COOKIE, COOKIE | wrong, COOKIE | {"of_another": "version"}])
    assert Account(config()).load_session() == [COOKIE, COOKIE]


@pytest.mark.parametrize("data", [b"[" * 100_000, b"{", b"{}"], ids=range(3))
def test_unusable_saved_session_is_logged(
    data: bytes, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = account()
    one.save_session(COOKIES)
    session_file(state).write_bytes(data)
    assert one.load_session() == []
    (message,) = caplog.messages
    assert message.startswith("The saved session cannot be used, logging in again: ")


GARBAGE = {
    b"": [],
    b"garbage": [],
    b"\xff\xfe": [],
    b"7": [],
    b"null": [],
    b'{"name": "x", "value": "y"}': [],
    b'["x", 7, null, [], {}, {"name": "x"}, {"name": "x", "value": 7}]': [],
    b'[{"name": "x", "value": "y"}]': [],
    b'[7, {"name": "x", "value": "y", "domain": "a", "path": "/"}]': [
        {"name": "x", "value": "y", "domain": "a", "path": "/"}
    ],
}


@pytest.mark.parametrize(("data", "cookies"), GARBAGE.items())
def test_only_cookie_fields_are_loaded(data: bytes, cookies: list[dict], state: Path) -> None:
    one = account()
    one.save_session(COOKIES)
    session_file(state).write_bytes(data)
    assert one.load_session() == cookies


def test_state_folder_contains_neither_user_nor_password(state: Path) -> None:
    one = account(user="who-am-i", password="s3cret")
    one.save_session(COOKIES)
    one.lock.acquire()
    everything = "".join(f"{p} {p.read_text('utf-8')}" for p in state.rglob("*") if p.is_file())
    one.lock.release()
    assert [word for word in ("who-am-i", "s3cret") if word in everything] == []


def test_configured_state_folder_is_used(state: Path, tmp_path: Path) -> None:
    """Several computers may share it."""
    one = account(state_folder=tmp_path / "shared")
    one.save_session(COOKIES)
    assert Account(config(state_folder=tmp_path / "shared")).load_session() == COOKIES
    assert (Account(config()).load_session(), state.exists()) == ([], False)


OTHERS = [
    ({"password": "new"}, True),
    ({"wanted_contexts": 7}, True),
    ({"user": "you"}, False),
    ({"user": "Me"}, False),
    ({"base_url": "http://site:81/"}, False),
    ({"base_url": "https://site/"}, False),
    ({"base_url": "http://site/x/"}, False),
]


@pytest.mark.parametrize(("given", "same"), OTHERS)
def test_an_account_is_a_user_at_an_address(given: dict[str, Any], same: bool) -> None:
    one, other = account(), account(**given)
    one.save_session(COOKIES)
    assert (one.id == other.id, bool(other.load_session())) == (same, same)


@pytest.mark.parametrize(("given", "same"), OTHERS)
def test_an_account_has_one_run_at_a_time(given: dict[str, Any], same: bool) -> None:
    one, other = account(), account(**given)
    one.lock.acquire()
    if same:
        with pytest.raises(
            AlreadyRunning, match=r"^Another run holds this account \(process \d+, since "
        ):
            other.lock.acquire()
    else:
        other.lock.acquire()
    one.lock.release()
    other.lock.release()
