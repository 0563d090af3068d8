"""What the site says of a login that it refuses. Its own words are not known but for wrong ones."""

from __future__ import annotations

import pytest

from jdp_spider.demo.login import MESSAGES
from jdp_spider.pages.errors import LoginRefused, UnknownPage
from jdp_spider.pages.login import _refusal
from jdp_spider.pages.postponed import Delay, LoginPostponed
from jdp_spider.pages.refusal import refuses_login

LOCKED = "The site says that the account is locked"
INACTIVE = "The site says that the account is not active"
TOO_MANY = "The site says that there were too many attempts to log in"
EXPIRED = "The site says that the password has expired"
GENERAL = "The site refused the login, saying"

SAID = [
    (MESSAGES["account_locked"], LOCKED),
    ("Account locked", LOCKED),
    ("You are locked out. Too many failed attempts.", LOCKED),
    ("Your account is locked due to too many invalid password attempts.", LOCKED),
    ("User is locked and will be unlocked in 30 minutes.", LOCKED),
    ("Locked: 30 minutes remaining", LOCKED),
    ("Your account has been disabled.", INACTIVE),
    ("This user is not active.", INACTIVE),
    ("Suspended account: please call us", INACTIVE),
    ("Your subscription has expired", INACTIVE),
    ("Wrong password. Too many failed attempts: try again in 5 minutes.", TOO_MANY),
    (MESSAGES["password_expired"], EXPIRED),
    ("You must change your password.", EXPIRED),
    (MESSAGES["wrong_password"], GENERAL),
    ("Invalid password. Your account will be locked after 2 more attempts.", GENERAL),
    ("Wrong password: 3 attempts remaining before the account is locked", GENERAL),
    ("Incorrect. To avoid being locked out, reset your password by e-mail.", GENERAL),
    ("Invalid user name or password, or your account is disabled", GENERAL),
    ("Your account may be locked", GENERAL),
    ("JavaScript is disabled", GENERAL),
    ("Invalid user name or password, or the system is temporarily unavailable.", GENERAL),
    ("The password could not be checked at this time. Please try again later.", GENERAL),
    ("Login failed. Please try again.", GENERAL),
    ("Something else", GENERAL),
]
LATER = [
    ("The system is temporarily unavailable. Please try again later.", Delay.OUTAGE, None),
    ("Login is disabled during maintenance.", Delay.OUTAGE, None),
    ("Service Unavailable", Delay.OUTAGE, None),
    ("HTTP Error 503", Delay.OUTAGE, None),
    ("An internal server error occurred.", Delay.OUTAGE, None),
    ("Something went wrong. Please try again later.", Delay.OUTAGE, None),
    ("We are unable to process your request at this time.", Delay.OUTAGE, None),
    ("The login server is not responding. Try again in 10 minutes.", Delay.OUTAGE, 600.0),
    ("All 5 concurrent licenses of your dealership are in use.", Delay.OUTAGE, None),
    ("Your login page has expired. Please try again.", Delay.EXPIRED, None),
    ("Your session has expired", Delay.EXPIRED, None),
    ("After 20 minutes your session has expired.", Delay.EXPIRED, None),
    ("The page was open too long and is no longer valid.", Delay.EXPIRED, None),
    ("The form has expired: enter your user name and password again.", Delay.EXPIRED, None),
    ("The anti-forgery token was not supplied or was invalid.", Delay.EXPIRED, None),
    ("Too many login attempts. Please try again in 1 minute.", Delay.TOO_MANY, 60.0),
    ("Too many failed login attempts. Try again later.", Delay.TOO_MANY, None),
    ("The maximum number of attempts was exceeded", Delay.TOO_MANY, None),
    ("Your account may only be used between 8:00 AM and 6:00 PM.", Delay.NOT_HERE, None),
    ("Access from your IP address 203.0.113.7 is not permitted.", Delay.NOT_HERE, None),
]


@pytest.mark.parametrize(("said", "delay", "asked"), LATER)
def test_reason_that_passes_is_no_refusal(said: str, delay: Delay, asked: float | None) -> None:
    postponed = _refusal(said)
    assert isinstance(postponed, LoginPostponed)
    assert (postponed.delay, postponed.asked) == (delay, asked)
    assert str(postponed) == f"{delay.value}: {said}"


def test_question_for_a_person_is_no_refusal() -> None:
    assert isinstance(_refusal("Please confirm that you are not a robot."), UnknownPage)
    assert isinstance(_refusal("Invalid password. Enter the CAPTCHA."), LoginRefused)


@pytest.mark.parametrize(("said", "told"), SAID)
def test_unusable_account_is_distinguished_from_a_wrong_password(said: str, told: str) -> None:
    refusal = _refusal(said)
    assert isinstance(refusal, LoginRefused)
    assert str(refusal) == f"{told}: {said}"


@pytest.mark.parametrize(("said", "told"), SAID)
def test_advice_mentions_the_password_only_where_changing_it_helps(said: str, told: str) -> None:
    refusal = _refusal(said)
    assert isinstance(refusal, LoginRefused)
    no_help = "o change JD_PASS does not help" in refusal.advice
    assert no_help is (told in (LOCKED, INACTIVE, TOO_MANY))
    assert ("JD_PASS (in .env)" in refusal.advice) is not no_help


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("You could not be logged in. The user name or password provided is incorrect.", True),
        ("Invalid credentials", True),
        ("Your account has been locked. Back to the login", True),
        ("Your password expires in 3 days. Change it now", False),
        ("Choose your dealership", False),
        ("Another wrong password will lock your account", False),
        ("Welcome. Your last log-in failed on November 3", False),
        ("Enter the code that we sent to your e-mail address", False),
    ],
)
def test_page_without_the_form_refuses_a_login_only_beyond_doubt(said: str, refused: bool) -> None:
    assert refuses_login(said) == refused
