"""What the page says: one plain sentence, one main button and what to do, for each state.

Pure: `state_of` depends on the facts alone.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from jdp_spider.dashboard.model import (
    CHECK,
    CONTINUE,
    OPEN_PDFS,
    OPEN_REPORT,
    STOP,
    SUPPORT,
    TODAY,
    TRY_LOGIN,
    Button,
    State,
)
from jdp_spider.dashboard.trouble import after_trouble, refused, refused_at
from jdp_spider.reasons import CloseReason

if TYPE_CHECKING:
    from jdp_spider.dashboard.check import Check
    from jdp_spider.dashboard.jobs import JobFacts
    from jdp_spider.dashboard.model import Facts

_ACCOUNT_TEXT = (
    "The program logs in to Values Online with your own account, and asks for nothing else."
)
_CHECK_TEXT = (
    "Log out of Values Online in your own browser first: the site allows one login per account. "
    "The check logs in once, looks at everything that a run needs, makes one report and logs out."
)
_SWITCH_OFF = "Please do not switch off the computer. This takes a minute or two."


def state_of(facts: Facts) -> State:
    """Return what the page says: what is at work now, else what has to be done first."""
    return _at_work(facts) or _first_of_all(facts) or after_trouble(facts) or _at_rest(facts)


# What is at work


def _at_work(facts: Facts) -> State | None:
    job = facts.job
    if job is not None and job.is_live:
        return _running(job, is_member=facts.is_member)
    if facts.check is not None and facts.check.is_running:
        return _checking(facts.check, facts)
    if facts.is_starting:
        return State("starting", "Starting ...", "The program opens its hidden browser.")
    if facts.is_account_busy:
        return State(
            "busy",
            "The account is at work in another window of this program.",
            "Wait until that is over, or stop it there.",
        )
    return None


def _running(job: JobFacts, *, is_member: bool) -> State:
    parts, progress = frozenset({"progress"}), job.progress
    is_ending = (progress is not None and progress.is_ending) or bool(job.ended)
    if is_ending:
        return State("stopping", "Finishing the last vehicles.", _SWITCH_OFF, shows=parts)
    if progress is not None and progress.next_login is not None:
        return State(
            "in_use",
            "The account is logged in somewhere else.",
            "Log out of Values Online there. The program tries again automatically; nothing is "
            "lost.",
            TRY_LOGIN,
            (STOP,),
            shows=parts,
        )
    words = "Getting the reports." if job.total else "Logging in and reading the inventory."
    return State(
        "running", words, "You can close this page: the work continues.", STOP, shows=parts
    )


def _checking(check: Check, facts: Facts) -> State:
    words = "Looking for what has changed." if check.is_repair else "Checking."
    return State(
        "checking",
        words,
        "Please wait: this takes a minute or two on a slow site.",
        step=2 if facts.is_first_time else 0,
        shows=frozenset({"check"}),
    )


# What has to be done first


def _first_of_all(facts: Facts) -> State | None:
    if facts.problem:
        return State(
            "trouble",
            "A setting is wrong, so that nothing can be started.",
            "Correct it in the file .env, or ask whoever set up the program.",
            said=facts.problem,
            main=Button("Look again", "look"),
        )
    if refused_at(facts):
        return refused(facts)
    # Later on it is asked for when it is needed: what there is to see is shown without it.
    if not facts.has_account and facts.is_first_time:
        return State(
            "account",
            "Enter your user name and password for Values Online.",
            _ACCOUNT_TEXT,
            step=1,
            shows=frozenset({"account"}),
        )
    if facts.said:
        return State(
            "trouble",
            "It could not be started.",
            "Do what these lines say, then try again.",
            CHECK,
            (SUPPORT,),
            said=facts.said,
        )
    return None


# Nothing is at work


def _at_rest(facts: Facts) -> State:
    job = facts.job
    if job is None or not job.total:
        return _before_first_job(facts)
    is_limited = job.has_limit and job.reason == CloseReason.FINISHED
    if job.was_killed or job.was_stopped or (job.left and not is_limited):
        return _stopped(job)
    if job.left:
        return State(
            "limited",
            f"{job.saved:,} reports are saved: look at them.",
            "If they are as you want them, get all others.",
            Button(f"Get all {job.total:,} reports", "continue"),
            (OPEN_PDFS, OPEN_REPORT),
            step=4,
            shows=frozenset({"failures"}),
        )
    return _finished(job, facts.now)


def _before_first_job(facts: Facts) -> State:
    if facts.is_member:
        return State("ready", "Nothing is saved yet.")
    check = facts.check
    if check is None or not check.is_good:
        return State(
            "first_check",
            "Check that everything works.",
            _CHECK_TEXT,
            CHECK,
            (Button("Another account", "show", "account"),),
            step=2,
        )
    return State(
        "first_ten",
        "Everything works. Get the first ten reports.",
        "They show you what you get. All others follow after that.",
        Button("Get ten reports", "ten"),
        step=3,
        shows=frozenset({"check"}),
    )


def _stopped(job: JobFacts) -> State:
    how = "was stopped" if job.was_stopped else "ended early"
    if job.was_killed:
        how = "was cut off"
    return State(
        "stopped",
        f"The run {how}: {job.saved:,} of {job.total:,} saved.",
        "Nothing is lost: it continues where it ended.",
        CONTINUE,
        (OPEN_PDFS, TODAY),
        shows=frozenset({"failures"}),
    )


def _finished(job: JobFacts, now: datetime) -> State:
    count = f"{job.saved:,} of {job.total:,} saved"
    if job.not_available:
        count += f", {job.not_available:,} not available"
    parts = frozenset({"failures"})
    need = f"{job.missing:,} {'needs' if job.missing == 1 else 'need'} a look"
    if _is_of_today(job, now):
        words = f"Done: {count}." if not job.missing else f"Done: {count}, {need}."
        again = Button("Try again what failed", "continue")
        if job.missing:
            return State("done", words, "", again, (OPEN_PDFS, OPEN_REPORT, TODAY), shows=parts)
        return State("done", words, "", OPEN_PDFS, (OPEN_REPORT, TODAY), shows=parts)
    day = _day(job, now)
    words = f"{day}: {count}." if not job.missing else f"{day}: {count}, {need}."
    see = (Button(f"See the {job.missing:,}", "show", "failures"),) if job.missing else ()
    return State("ready", words, "", TODAY, (OPEN_PDFS, *see, OPEN_REPORT), shows=parts)


def _is_of_today(job: JobFacts, now: datetime) -> bool:
    return _end(job).astimezone().date() == now.astimezone().date()


def _day(job: JobFacts, now: datetime) -> str:
    """Return when a job was at work last, in a word or two."""
    end = _end(job).astimezone()
    days = (now.astimezone().date() - end.date()).days
    if days == 1:
        return "Last night" if end.hour >= 17 or end.hour < 6 else "Yesterday"
    return f"On {end.day} {end:%B}" if 0 <= days < 300 else f"On {end.day} {end:%B %Y}"


def _end(job: JobFacts) -> datetime:
    return job.ended or job.started or datetime.fromtimestamp(0, timezone.utc)
