"""What the site says of a login that it refuses. Its own words are not known but for wrong ones."""

from __future__ import annotations

import pytest

from jdp_spider.demo.login import MESSAGES
from jdp_spider.pages.errors import LoginRefused
from jdp_spider.pages.login import _refusal

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
    ("Too many failed login attempts. Try again later.", TOO_MANY),
    ("The maximum number of attempts was exceeded", TOO_MANY),
    (MESSAGES["password_expired"], EXPIRED),
    ("You must change your password.", EXPIRED),
    (MESSAGES["wrong_password"], GENERAL),
    ("Invalid password. Your account will be locked after 2 more attempts.", GENERAL),
    ("Wrong password: 3 attempts remaining before the account is locked", GENERAL),
    ("Incorrect. To avoid being locked out, reset your password by e-mail.", GENERAL),
    ("Invalid user name or password, or your account is disabled", GENERAL),
    ("Your account may be locked", GENERAL),
    ("JavaScript is disabled", GENERAL),
    ("Your session has expired", GENERAL),
    ("Something else", GENERAL),
]


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
