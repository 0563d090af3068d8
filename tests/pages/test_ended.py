"""Which words of a page say that another login of the account has ended the session."""

from __future__ import annotations

import pytest

from jdp_spider.pages.ended import ended_by_other
from jdp_spider.pages.errors import LoggedOut, ServerError
from jdp_spider.pages.file_request import Answer, ReportRequest
from jdp_spider.pages.site import Site
from jdp_spider.pages.trouble import body_of

ENDED = [
    "You have been signed out because your account signed in on another computer.",
    "Your session was ended by another login.",
    "Your session has been terminated because your account was used to log in from another place.",
    "You have been logged out because you logged in from another device.",
    "You have been logged out because you signed in elsewhere.",
    "Another user has logged in with your credentials.",
    "Someone else logged in with this user name. You have been logged off.",
    "Your session has been ended: concurrent login detected.",
    "Duplicate session detected. You have been disconnected.",
    "Your account has been logged in from another location.",
    "This account is now logged in elsewhere.",
    "Your session has been ended by a new login.",
    "You were logged off. Reason: another session was started for your account.",
    "Session expired: you have logged in from another browser or device.",
    "Multiple logins are not allowed. Your session was ended.",
    "This session has been replaced by a newer session.",
    "You are logged in at another location. This session was closed.",
    "You've been logged out because someone else signed in with your account.",
    "Another session with this user has been opened. This session is no longer valid.",
    "A login from another device has ended this session.",
]
OTHERWISE = [
    "Your session has expired. Please log in to start a new session.",
    "Your session has timed out due to inactivity.",
    "You have been logged out. Sign in with another account.",
    "You have successfully logged out. To log in again, close all other browser windows.",
    "You will be signed out if you sign in on another computer.",
    "Only one session per account. If you sign in elsewhere, you may be logged out.",
    "Your session has expired, or you have logged in from another browser.",
    "Someone else using this computer? Log out first.",
    "For best results, use another browser.",
    "Welcome back. Last login from a different device: 11/20/2026",
    "This vehicle was used at another location.",
]


@pytest.mark.parametrize("text", ENDED)
def test_words_of_another_login_are_found_among_others(text: str) -> None:
    said = ended_by_other(f"Log in\n\nUser name\n{text}\nPassword")
    assert said
    assert said in text


@pytest.mark.parametrize("text", OTHERWISE)
def test_other_words_say_nothing_of_another_login(text: str) -> None:
    assert ended_by_other(f"Log in\n{text}\nPassword") == ""


def test_login_that_comes_instead_of_a_report_is_quoted() -> None:
    site, request = Site("https://site.example/"), ReportRequest("https://site.example/report")
    page = f"<title>Log in</title><nav>News</nav><p>{ENDED[0]}</p><form>User name".encode()
    with pytest.raises(LoggedOut) as raised:
        body_of(Answer(200, site.login_url, {}, page, request), site, "the report")
    assert raised.value.said == ENDED[0]
    refusal = Answer(401, request.url, {}, b'{"message": "Duplicate login: signed out"}', request)
    with pytest.raises(ServerError, match=r"the page says: .*Duplicate login: signed out"):
        body_of(refusal, site, "the report")
