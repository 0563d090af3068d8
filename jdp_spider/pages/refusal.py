"""Tells from the site's message whether a refused login concerns the password or the account."""

from __future__ import annotations

import re

from jdp_spider.pages.errors import LoginRefused
from jdp_spider.utils.text import to_ascii

_LONGEST = 200
_ACCOUNT = r"\b(account|user(name| name| id)?|profile|login|access|subscription|membership)\b"

# What may happen after further tries has not happened, and what may be instead is not known: such a
# sentence is taken as about the password.
_STATE = r"(lock|disabl|suspend|block|deactivat|inactiv|expir)"
_WARNING = re.compile(
    rf"\b(will|would|may|might|could|can)( \w+){{0,3}} {_STATE}"
    rf"|\b(before|to avoid|to prevent)\b.*\b{_STATE}"
    r"|\b(attempts?|tries|try)\b.*\b(remain|remaining|left|more)\b|\bremaining (attempts?|tries)\b"
    rf"|\bor\b.*\b(account|user|profile)\b.*\b{_STATE}",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")

# The first that fits: who is locked out for too many tries is told to have the lock taken off.
_KINDS = (
    (
        r"\block(ed)?\b|\block(ed)?[- ]?out\b",
        "The site says that the account is locked",
        (
            "Have the account unlocked by J.D. Power's support or who manages the accounts of your "
            "dealership: to change JD_PASS does not help"
        ),
    ),
    (
        (
            rf"{_ACCOUNT}.*\b(disabled|suspended|de-?activated|inactive|not active|blocked|closed"
            r"|terminated|expired|revoked|on hold)\b"
            rf"|\b(disabled|suspended|de-?activated|inactive|blocked|expired)\b.*{_ACCOUNT}"
        ),
        "The site says that the account is not active",
        (
            "Ask J.D. Power's support or who manages the accounts of your dealership about the "
            "account: to change JD_PASS does not help"
        ),
    ),
    (
        (
            r"\btoo many\b.*\b(attempts|tries|failed|failures|logins|requests|times)\b"
            r"|\b(attempts|tries)\b.*\bexceeded\b|\bexceeded\b.*\b(attempts|tries)\b"
        ),
        "The site says that there were too many attempts to log in",
        "Wait as long as the site asks, then log in by hand once. To change JD_PASS does not help",
    ),
    (
        (
            r"\bpassword\b.*\b(expired|must be (changed|reset)|needs to be (changed|reset))\b"
            r"|\bexpired\b.*\bpassword\b|\b(change|reset|choose|create|set)\b.*\bnew password\b"
            r"|\b(must|need to|have to) (change|reset) your password\b"
        ),
        "The site says that the password has expired",
        "Log in by hand, choose a new password there, and put it into JD_PASS (in .env)",
    ),
)
_COMPILED = tuple(
    (re.compile(pattern, re.IGNORECASE), says, advice) for pattern, says, advice in _KINDS
)

# On a page of its own, without the form: what it may be otherwise is not known, so both must stand
# in one sentence.
_SUBJECT = (
    r"(?:user ?-?(?:name|id)?|password|credentials?|e-?mail|(?:log|sign)[ -]?(?:in|on)|account)"
)
_VERDICT = (
    r"(?:incorrect|invalid|wrong|failed|locked|disabled|suspended|deactivated"
    r"|not (?:valid|correct|recogni[sz]ed|found|match|accepted|active))"
)
_REFUSES = re.compile(
    rf"\b{_SUBJECT}\b[^.!?]*?\b{_VERDICT}\b|\b(?:incorrect|invalid|wrong) {_SUBJECT}\b",
    re.IGNORECASE,
)
_IS_NEWS = re.compile(r"\b(?:last|since|previous|welcome)\b", re.IGNORECASE)


def refuses_login(text: str) -> bool:
    """Return whether a page says beyond doubt that the login was refused."""
    sentences = [each for each in _SENTENCE.split(text) if not _WARNING.search(each)]
    return any(map(_REFUSES.search, sentences)) and not _IS_NEWS.search(text)


def login_refused(text: str) -> LoginRefused:
    """Return the error for the site's message, in one line; a general one if that is unknown.

    They are empty if the form came back without a word.
    """
    if not text:
        return LoginRefused("The site showed the login again, without a word", is_silent=True)
    shown = to_ascii(text[:_LONGEST])
    sentences = [each for each in _SENTENCE.split(text) if not _WARNING.search(each)]
    for pattern, says, advice in _COMPILED:
        if any(pattern.search(sentence) for sentence in sentences):
            return LoginRefused(f"{says}: {shown}", advice)
    return LoginRefused(f"The site refused the login, saying: {shown}")
