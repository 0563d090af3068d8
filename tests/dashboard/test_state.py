"""What the page says in each case: pure, so a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from jdp_spider.dashboard.check import Check, CheckLine
from jdp_spider.dashboard.jobs import JobFacts
from jdp_spider.dashboard.model import Facts, State
from jdp_spider.dashboard.state import state_of
from jdp_spider.dashboard.trouble import refused_at
from jdp_spider.job.ending import Ending
from jdp_spider.job.progress_file import RunProgress
from jdp_spider.reasons import CloseReason, ExitStatus

NOW = datetime(2026, 11, 26, 12, 0).astimezone()
EARLIER = NOW - timedelta(hours=1)
NIGHT = NOW - timedelta(hours=14)
WEEK = NOW - timedelta(days=7)
NOBODY = Facts(NOW, has_account=False)
FACTS = Facts(NOW, has_account=True)
JOB = JobFacts(
    folder=Path("downloads/11-26-2026"), jobdir=Path("crawls/a"), started=EARLIER, ended=EARLIER,
    reason="finished", total=1820, saved=1812, failed=8,
)  # fmt: skip
LIVE = replace(JOB, reason="", ended=None, is_live=True, saved=10, failed=0)
PROGRESS = RunProgress(1, 1820, 1820, 10, 0, 5, 900.0, "", is_ending=False, next_login=None)
GOOD = Check((CheckLine("PASS", "settings", "fine"),), ExitStatus.COMPLETE, at=EARLIER)
BAD = replace(GOOD, status=ExitStatus.SITE_TROUBLE)
REFUSAL = Check(
    (CheckLine("FAIL", "login", "The site refused it"),), ExitStatus.LOGIN_REFUSED, at=EARLIER
)


def ended(reason: CloseReason, *, at: datetime = EARLIER, said: str = "The words") -> Ending:
    status = reason.status or ExitStatus.COMPLETE
    return Ending(status, reason, said, "crawls/a", at)


def shown(state: State) -> tuple[str, str, list[str]]:
    """The name, the main button's action, and those of the others."""
    main = state.main.action if state.main else ""
    return state.name, main, [each.action for each in state.others]


CASES: dict[str, tuple[Facts, tuple[str, str, list[str]]]] = {
    "nothing is known": (NOBODY, ("account", "", [])),
    "refused, and the account is not known any more": (
        replace(NOBODY, check=REFUSAL), ("refused", "show", ["support"]),
    ),
    "the account is not known any more": (
        replace(NOBODY, job=JOB), ("done", "continue", ["open", "open", "today"]),
    ),
    "no check yet": (FACTS, ("first_check", "check", ["show"])),
    "first check at work": (
        replace(FACTS, check=Check(is_running=True)), ("checking", "", []),
    ),
    "first check is good": (replace(FACTS, check=GOOD), ("first_ten", "ten", [])),
    "first check failed": (
        replace(FACTS, check=BAD), ("checked", "check", ["repair", "support"]),
    ),
    "a repair failed": (
        replace(FACTS, check=replace(BAD, is_repair=True)), ("checked", "check", ["support"]),
    ),
    "account in use at the check": (
        replace(FACTS, check=replace(BAD, status=ExitStatus.IN_USE)), ("in_use", "check", []),
    ),
    "password refused at the check": (
        replace(FACTS, check=REFUSAL), ("refused", "show", ["support"]),
    ),
    "password refused at the check, then another one given": (
        replace(FACTS, check=REFUSAL, account_changed=NOW), ("first_check", "check", ["show"]),
    ),
    "a run starts": (replace(FACTS, is_starting=True), ("starting", "", [])),
    "a run is at work": (replace(FACTS, job=LIVE), ("running", "stop", [])),
    "a run is at work, whatever was before": (
        replace(NOBODY, job=replace(LIVE, progress=PROGRESS), last=ended(
            CloseReason.LOGIN_REFUSED), check=BAD, problem="wrong", said="words"),
        ("running", "stop", []),
    ),
    "a run waits for the account": (
        replace(FACTS, job=replace(LIVE, progress=replace(PROGRESS, next_login=1.0))),
        ("in_use", "try-login", ["stop"]),
    ),
    "a run is ending": (
        replace(FACTS, job=replace(LIVE, progress=replace(PROGRESS, is_ending=True))),
        ("stopping", "", []),
    ),
    "a run makes its report": (replace(FACTS, job=replace(LIVE, ended=NOW)), ("stopping", "", [])),
    "another program has the account": (replace(FACTS, is_account_busy=True), ("busy", "", [])),
    "ten are there": (
        replace(FACTS, job=replace(JOB, saved=10, failed=0, has_limit=True)),
        ("limited", "continue", ["open", "open"]),
    ),
    "all are there": (
        replace(FACTS, job=replace(JOB, saved=1820, failed=0)), ("done", "open", ["open", "today"]),
    ),
    "some failed": (
        replace(FACTS, job=JOB), ("done", "continue", ["open", "open", "today"]),
    ),
    "last night": (
        replace(FACTS, job=replace(JOB, started=NIGHT, ended=NIGHT)),
        ("ready", "today", ["open", "show", "open"]),
    ),
    "stopped": (
        replace(FACTS, job=replace(JOB, reason="stop_file", saved=100, failed=0)),
        ("stopped", "continue", ["open", "today"]),
    ),
    "killed": (
        replace(FACTS, job=replace(JOB, reason="", ended=None, saved=100, failed=0)),
        ("stopped", "continue", ["open", "today"]),
    ),
    "trouble is over, but not all was attempted": (
        replace(FACTS, job=replace(JOB, reason="site_unreachable", failed=0), check=GOOD,
                last=ended(CloseReason.SITE_UNREACHABLE, at=NIGHT)),
        ("stopped", "continue", ["open", "today"]),
    ),
    "a wrong setting": (replace(FACTS, problem="HEADLESS must be"), ("trouble", "look", [])),
    "a command that did not start": (
        replace(FACTS, said="No browser"), ("trouble", "check", ["support"]),
    ),
    "refused": (
        replace(FACTS, last=ended(CloseReason.LOGIN_REFUSED)), ("refused", "show", ["support"]),
    ),
    "site changed": (
        replace(FACTS, job=JOB, last=ended(CloseReason.SITE_CHANGED)),
        ("site_changed", "check", ["continue", "support"]),
    ),
    "site changed, then a good check": (
        replace(FACTS, job=JOB, last=ended(CloseReason.SITE_CHANGED, at=NIGHT), check=GOOD),
        ("done", "continue", ["open", "open", "today"]),
    ),
    "site changed, then a run was killed": (
        replace(
            FACTS, last=ended(CloseReason.SITE_CHANGED, at=NIGHT),
            job=replace(JOB, reason="", ended=None),
        ),
        ("stopped", "continue", ["open", "today"]),
    ),
    "a failed check before a good run": (
        replace(FACTS, job=JOB, check=replace(BAD, at=WEEK), last=ended(CloseReason.FINISHED)),
        ("done", "continue", ["open", "open", "today"]),
    ),
    "account in use at the end": (
        replace(FACTS, job=JOB, last=ended(CloseReason.ACCOUNT_IN_USE)), ("in_use", "continue", []),
    ),
}  # fmt: skip
TROUBLE = {
    CloseReason.SITE_CHANGED: "site_changed",
    CloseReason.ACCOUNT_IN_USE: "in_use",
    CloseReason.UNKNOWN_PAGE: "site_changed",
    CloseReason.SITE_MOVED: "site_changed",
    CloseReason.TOO_MANY_FAILURES: "site_changed",
    CloseReason.SITE_UNREACHABLE: "no_connection",
    CloseReason.SITE_TROUBLE: "no_connection",
    CloseReason.NETWORK_REFUSED: "no_connection",
    CloseReason.LOGIN_POSTPONED: "no_connection",
    CloseReason.STORAGE_FAILED: "disk_full",
    CloseReason.JOB_IN_USE: "in_use",
    CloseReason.JOB_UNUSABLE: "trouble",
    CloseReason.BROWSER_FAILED: "trouble",
    CloseReason.UNEXPECTED_ERROR: "trouble",
}


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_state_and_its_buttons(case: str) -> None:
    facts, wanted = CASES[case]
    assert shown(state_of(facts)) == wanted


@pytest.mark.parametrize("reason", CloseReason)
def test_each_close_reason_leads_to_a_state(reason: CloseReason) -> None:
    found = state_of(replace(FACTS, job=replace(JOB, reason=str(reason)), last=ended(reason)))
    others = "stopped" if reason.status is ExitStatus.INTERRUPTED else "done"
    if reason is CloseReason.LOGIN_REFUSED:
        others = "refused"
    assert found.name == TROUBLE.get(reason, others)
    if found.said:
        assert found.said == "The words"


@pytest.mark.parametrize("facts", [facts for facts, _ in CASES.values()], ids=CASES)
def test_each_state_has_one_plain_sentence(facts: Facts) -> None:
    state = state_of(facts)
    assert state.sentence[-1] in ".:"
    assert state.sentence.isascii()
    plain = f"{state.sentence} {state.help}".lower()
    jargon = ("jdp_", "jobdir", "context", "exception", "session", "command", "exit status")
    assert [word for word in jargon if word in plain] == []


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ({}, "Last night: 1,812 of 1,820 saved, 8 need a look."),
        ({"saved": 1820, "failed": 0}, "Last night: 1,820 of 1,820 saved."),
        ({"not_available": 7, "failed": 1},
         "Last night: 1,812 of 1,820 saved, 7 not available, 1 needs a look."),
        ({"ended": WEEK}, "On 19 November: 1,812 of 1,820 saved, 8 need a look."),
    ],
)  # fmt: skip
def test_sentence_contains_the_counts(job: dict[str, Any], sentence: str) -> None:
    night = replace(JOB, **{"started": NIGHT, "ended": NIGHT, **job})
    assert state_of(replace(FACTS, job=night)).sentence == sentence


def test_refused_password_is_blocked_until_it_is_changed() -> None:
    refused = replace(FACTS, last=ended(CloseReason.LOGIN_REFUSED))
    assert refused_at(refused) == EARLIER
    assert refused_at(replace(refused, account_changed=WEEK)) == EARLIER
    assert refused_at(replace(refused, account_changed=NOW)) is None
    # A good check proves the password.
    assert refused_at(replace(refused, check=replace(GOOD, at=NOW))) is None
    assert refused_at(replace(refused, check=replace(GOOD, at=WEEK))) == EARLIER


def test_steps_are_shown_only_the_first_time() -> None:
    first = [NOBODY, FACTS, replace(FACTS, check=GOOD)]
    assert [state_of(each).step for each in first] == [1, 2, 3]
    later = replace(FACTS, job=JOB, check=BAD)
    assert state_of(later).step == 0
    assert state_of(replace(later, check=None)).step == 0


def test_time_zone_of_records_does_not_matter() -> None:
    end = EARLIER.astimezone(timezone.utc)
    job = replace(JOB, ended=end, started=end)
    assert state_of(replace(FACTS, job=job)).name == "done"


def test_group_member_is_not_asked_for_an_account() -> None:
    member = replace(NOBODY, is_member=True)
    assert shown(state_of(member)) == ("ready", "", [])
    refused = replace(member, last=ended(CloseReason.LOGIN_REFUSED))
    assert shown(state_of(refused)) == ("refused", "", [])
