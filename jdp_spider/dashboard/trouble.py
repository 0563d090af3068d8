"""What the page says after something went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.dashboard.model import ACCOUNT, CHECK, CONTINUE, REPAIR, SUPPORT, Button, State
from jdp_spider.reasons import CloseReason, ExitStatus, ending

if TYPE_CHECKING:
    from datetime import datetime

    from jdp_spider.dashboard.check import Check
    from jdp_spider.dashboard.model import Facts
    from jdp_spider.job.ending import Ending

_SITE_CHANGED = (
    CloseReason.SITE_CHANGED, CloseReason.UNKNOWN_PAGE, CloseReason.SITE_MOVED,
    CloseReason.TOO_MANY_FAILURES,
)  # fmt: skip
_NO_CONNECTION = (CloseReason.SITE_UNREACHABLE, CloseReason.NETWORK_REFUSED)
_IN_USE = (CloseReason.ACCOUNT_IN_USE, CloseReason.JOB_IN_USE)
_TROUBLE = (
    CloseReason.JOB_UNUSABLE, CloseReason.BROWSER_FAILED, CloseReason.UNEXPECTED_ERROR,
)  # fmt: skip
_NO_FAILURE = (
    None, ExitStatus.COMPLETE, ExitStatus.INTERRUPTED,
    # Once the account was entered anew: until then the page says that it is refused.
    ExitStatus.LOGIN_REFUSED,
)  # fmt: skip


def refused_at(facts: Facts) -> datetime | None:
    """Return when the site refused the password; None if not, or if another was given since."""
    times = []
    last, check = facts.last, facts.check
    if last is not None and last.status is ExitStatus.LOGIN_REFUSED:
        times.append(last.at)
    if check is not None and check.refusal and check.at is not None:
        times.append(check.at)
    at = max(times, default=None)
    if at is None or (facts.account_changed is not None and facts.account_changed > at):
        return None
    good = check is not None and check.is_good and check.at is not None and check.at > at
    return None if good else at


def refused(facts: Facts) -> State:
    """Return the state while the password is one that the site has refused."""
    said = facts.last.said if facts.last is not None else ""
    if facts.check is not None and facts.check.refusal:
        said = facts.check.refusal
    others = () if facts.is_member else (SUPPORT,)
    return State(
        "refused",
        "The site refused the login.",
        "The program does not try again until user name or password are entered anew, so that the "
        "account is not locked. Log in by hand once to see what is wrong.",
        None if facts.is_member else ACCOUNT,
        others,
        said=said,
    )


def after_trouble(facts: Facts) -> State | None:
    """Return the state after a check or a run that ended badly; None if all is well."""
    last, check = facts.last, facts.check
    if check is not None and check.status not in _NO_FAILURE and not _is_before(check, last):
        return _failed_check(check, facts)
    if last is None or _is_outdated(last, facts):
        return None
    return _ended_badly(last)


def _is_before(check: Check, last: Ending | None) -> bool:
    return last is not None and check.at is not None and check.at < last.at


def _is_outdated(last: Ending, facts: Facts) -> bool:
    """Return True if something has happened since that makes its trouble an old story."""
    job, check = facts.job, facts.check
    if job is not None and job.started is not None and job.ended is None and job.started > last.at:
        return True
    return check is not None and check.is_good and check.at is not None and check.at > last.at


def _failed_check(check: Check, facts: Facts) -> State:
    first = facts.is_first_time
    parts = frozenset({"check"})
    if check.status is ExitStatus.IN_USE:
        return State(
            "in_use",
            "The account is logged in somewhere else.",
            "Log out of Values Online there, then check again.",
            Button("Check again", "check"),
            step=2 if first else 0,
            shows=parts,
        )
    can_repair = check.status is ExitStatus.SITE_TROUBLE and not check.is_repair
    return State(
        "checked",
        "Something is not right yet.",
        "Do what the first line that failed says, then check again.",
        Button("Check again", "check"),
        ((REPAIR, SUPPORT) if can_repair else (SUPPORT,)),
        step=2 if first else 0,
        shows=parts,
    )


def _ended_badly(last: Ending) -> State | None:
    reason = last.reason
    if reason in _SITE_CHANGED:
        return State(
            "site_changed",
            "The site is not as this program knows it.",
            "Run the check: it finds what has changed, and can often repair it. What is saved "
            "stays saved.",
            CHECK,
            (CONTINUE, SUPPORT),
            said=last.said,
        )
    if reason in _NO_CONNECTION:
        return State(
            "no_connection",
            "The site could not be reached.",
            "See whether Values Online opens in your own browser. If it does, run the check.",
            Button("Try again", "continue"),
            (CHECK, SUPPORT),
            said=last.said,
        )
    if reason is CloseReason.SITE_TROUBLE:
        return State(
            "no_connection",
            "The site did not give what it was asked for.",
            "Read what it says. If Values Online works in your own browser now, try again; if that "
            "does not help, run the check.",
            Button("Try again", "continue"),
            (CHECK, SUPPORT),
            said=last.said,
        )
    if reason is CloseReason.LOGIN_POSTPONED:
        return State(
            "no_connection",
            "The site took no login for now.",
            "It says nothing against user name and password. Try again later, and not before the "
            "time that it names.",
            Button("Try again", "continue"),
            (CHECK, SUPPORT),
            said=last.said,
        )
    if reason is CloseReason.STORAGE_FAILED:
        return State(
            "disk_full",
            "The disk takes no more files.",
            "Make room on it, or choose another folder in the settings. Nothing is lost.",
            CONTINUE,
            (Button("Settings", "show", "settings"),),
            said=last.said,
        )
    if reason in _IN_USE:
        return State(
            "in_use",
            "The account was logged in somewhere else.",
            "Log out of Values Online there, then try again. What is saved stays saved.",
            Button("Try again", "continue"),
        )
    if reason in _TROUBLE:
        return State(
            "trouble",
            f"The run {ending(str(reason))}.",
            "Run the check: it says what to do.",
            CHECK,
            (CONTINUE, SUPPORT),
            said=last.said,
        )
    return None
