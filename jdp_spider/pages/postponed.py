"""Tells from the site's message that a login came back for a reason that passes.

Nothing was said about the password then: it is not refused, and may be sent again, a few times.
"""

from __future__ import annotations

import re
from enum import Enum

from jdp_spider.pages.errors import SiteError
from jdp_spider.pages.waits import time_in_words
from jdp_spider.utils.text import to_ascii

_LONGEST = 200


class Delay(Enum):
    """Why a login came back that was not judged; the value is what the log says of it."""

    EXPIRED = "The login's page had expired when it was sent"
    TOO_MANY = "The site takes no login for now, because there were too many"
    OUTAGE = "The site cannot take logins at the moment"
    NOT_HERE = "The site takes no login at this hour, or none from this computer"


class LoginPostponed(SiteError):
    """Raised from the login when it came back, and neither password nor account is the reason."""

    reason = "login_postponed"
    advice = "Nothing was said against user name and password. Run the same command again later"
    """What the user does about it: a sentence without its full stop."""

    def __init__(
        self, delay: Delay, said: str, asked: float | None, *, may_be_live: bool = False
    ) -> None:
        super().__init__(f"{delay.value}: {to_ascii(said[:_LONGEST])}")
        self.delay = delay
        self.asked = asked
        """Seconds that the site asks to wait; None if it names no time. Not bounded yet."""
        self.may_be_live = may_be_live
        """True if the form is gone: the site may have a session."""


_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_TOO_MANY = (
    r"\btoo many(?: [\w-]+){0,4} (?:attempts|tries|logins|log-?ins|sign-?ins|requests|failures"
    r"|times)\b|\b(?:attempts|tries|requests)\b[^.]*\bexceeded\b|\brate limit"
    r"|\bexceeded\b[^.]*\b(?:attempts|tries|requests)\b"
)
_TOKEN = r"\b(?:anti-?forgery|csrf|xsrf|(?:request )?verification|security) (?:token|cookie)\b"
_ENDED = r"(?:expired|timed[ -]?out|no longer valid|stale|out of date)"
_PAGE = (
    r"(?:page|form|session|request|view ?state|(?:log|sign)[ -]?(?:in|on) (?:attempt|link|window))"
)
_EXPIRED = rf"{_TOKEN}|\b{_PAGE}\b.*\b{_ENDED}\b|\b(?:expired|stale)\b.*\b{_PAGE}\b"
_SYSTEM = (
    r"(?:system|service|site|web ?site|server|servers|application|portal|database|log[ -]?in"
    r"|sign[ -]?in|authentication)s?"
)
_OUT = (
    r"(?:unavailable|not available|down|offline|out of service|unreachable|not responding|busy"
    r"|overloaded)"
)
_LATER = (
    r"(?:\blater\b|\bat (?:this|the) (?:time|moment)\b|\bshortly\b|\bin a (?:few|moment|minute)"
    r"|\btemporar)"
)
_OUTAGE = (
    rf"\b(?:temporarily|currently|momentarily) {_OUT}\b|\b{_SYSTEM} (?:is|are|was|were)\b.*\b{_OUT}"
    rf"|\b{_OUT}\b.*\b(?:at (?:this|the) (?:time|moment)|temporarily)\b|\bservice unavailable\b"
    r"|\bmaintenance\b|\b(?:internal|server|system|technical|unexpected) (?:server )?"
    r"(?:error|problem|difficult|issue|fault)|\b(?:error|status|http)[ :]*5[0-9][0-9]\b"
    r"|\bgateway time-?out\b|\bbad gateway\b"
)
# What says little by itself, and with a word of later says that nothing was judged.
_VAGUE = (
    r"\berrors?\b|\bwent wrong\b|\b(?:unable|not able) to (?:process|connect|complete|reach)"
    r"|\b(?:could|can) ?not (?:process|connect|complete|reach)|\bproblem\b"
)
_LOGINS_FULL = (
    r"\b(?:licen[sc]es|seats|users|connections)\b.*\b(?:in use|taken|reached|exceeded)\b"
    r"|\bmaximum (?:number of )?(?:concurrent |simultaneous )?(?:users|log-?ins|connections)\b"
)
_PLACE = r"\b(?:from|at) (?:your|this) (?:ip|network|location|country|region|computer|address)\b"
_HOURS = (
    r"\b(?:only|outside)\b.*\bhours\b|\bonly (?:\w+ ){0,3}between [0-9]"
    r"|\bbetween [0-9:]+ ?(?:am|pm|a\.m\.|p\.m\.)? and [0-9:]+ ?(?:am|pm|a\.m|p\.m)"
)
_IN_ORDER = (
    (Delay.NOT_HERE, rf"{_PLACE}|{_HOURS}"),
    (Delay.EXPIRED, _EXPIRED),
    (Delay.TOO_MANY, _TOO_MANY),
    (Delay.OUTAGE, rf"{_OUTAGE}|{_LOGINS_FULL}"),
)
_COMPILED = tuple((delay, re.compile(pattern, re.IGNORECASE)) for delay, pattern in _IN_ORDER)
_IS_VAGUE, _IS_LATER = re.compile(_VAGUE, re.IGNORECASE), re.compile(_LATER, re.IGNORECASE)

# Words of the password and of the account that say nothing of ours.
_HARMLESS = re.compile(
    r"\b(?:re-?)?(?:enter|type|submit)(?:ing)? (?:both )?(?:your |the )?"
    r"(?:(?:user ?(?:name|id)?|log-?in|e-?mail)(?: address)?,? ?(?:and|&|/) ?)?(?:your |the )?"
    rf"password\b|\bforgot(?:ten)? (?:your )?password\b|{_TOO_MANY}|[^.!?;]*{_TOKEN}[^.!?;]*"
    rf"|\bdisabled\b(?=.*\bmaintenance\b)|{_PLACE}[^!?;]{{0,80}}?\b(?:not )?(?:permitted|allowed"
    r"|authori[sz]ed|blocked)\b",
    re.IGNORECASE,
)
_JUDGES = re.compile(
    r"password|passcode|credential|incorrect|invalid|wrong\b(?<!went wrong)|\bmatch"
    r"|\bnot (?:valid|correct|recogni[sz]ed|found|active|authori[sz]ed|permitted|allowed)\b"
    r"|\bunknown user|\b(?:un)?lock|suspend|block|deactivat|inactiv|\bclosed\b|terminated|revoked"
    r"|on hold|disabled|\b(?:account|user|profile|subscription|membership|access)\b.*\bexpired\b",
    re.IGNORECASE,
)


_WANTS_PERSON = re.compile(
    r"captcha|\b(?:not|n.t) a (?:ro)?bot\b|\b(?:you are|you.re|a) human\b", re.IGNORECASE
)


def wants_person(told: str) -> bool:
    """Return True if a message asks to prove that a person logs in, and judges nothing."""
    return bool(_WANTS_PERSON.search(told)) and not _JUDGES.search(_HARMLESS.sub(" ", told))


def login_postponed(told: str) -> LoginPostponed | None:
    """Return the error for a message that tells of no judgement; None for any other.

    One that names both, such as "invalid password, or the system is unavailable", is a refusal: a
    second try may lock the account.
    """
    if _JUDGES.search(_HARMLESS.sub(" ", told)):
        return None
    for sentence in _SENTENCE.split(told):
        for delay, pattern in _COMPILED:
            if pattern.search(sentence):
                # A page that has expired may say after how long, and hours are no wait.
                may_ask = delay in (Delay.TOO_MANY, Delay.OUTAGE)
                return LoginPostponed(delay, told, time_in_words(told) if may_ask else None)
    if _IS_VAGUE.search(told) and _IS_LATER.search(told):
        return LoginPostponed(Delay.OUTAGE, told, time_in_words(told))
    return None
