"""Makes the page, its parts, and the values that change while something is at work."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.dashboard.guard import page_policy
from jdp_spider.dashboard.model import STEPS
from jdp_spider.job.outcomes import FAILED, SAVED
from jdp_spider.reasons import why
from jdp_spider.utils.html import WebPage
from jdp_spider.utils.text import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jdp_spider.dashboard.commands import Nights
    from jdp_spider.dashboard.failures import FailureGroup
    from jdp_spider.dashboard.folders import Listing
    from jdp_spider.dashboard.jobs import JobFacts, Recent
    from jdp_spider.dashboard.model import Facts, GroupFacts, State
    from jdp_spider.dashboard.runs import Hit
    from jdp_spider.dashboard.values import Values
    from jdp_spider.report.all_runs import Night

_WEB_PAGE = WebPage("jdp_spider.dashboard")
_MARKS = {"pass": "Good", "warn": "Look", "skip": "Not made", "gone": "Gone", "write": "Written"}
_WEB_PAGE.environment.filters["mark"] = lambda mark: _MARKS.get(mark.lower(), mark.capitalize())
_SPEEDS = (
    ("3", "3 - careful: for the first days, or if others use the site at the same time"),
    ("5", "5 - normal"),
    ("7", "7 - bold: if 5 runs without failures"),
    ("auto", "As many as the site can handle: the program finds out"),
)


class AccountForm(NamedTuple):
    """What the form for user name and password shows."""

    user: str
    site: str
    has_keyring: bool
    can_forget: bool = False


@cache
def _css() -> str:
    return _WEB_PAGE.style("dashboard.css")


def page() -> tuple[str, str]:
    """Return the page itself, which holds no data, and its policy."""
    return _with_script("dashboard.html", "dashboard.js")


def start_page(key: str) -> tuple[str, str]:
    """Return the page that takes the key into the tab and leads on, and its policy."""
    return _with_script("enter.html", "enter.js", key=key)


def closed_page() -> tuple[str, str]:
    """Return the page for whoever was not let in, and its policy."""
    return _with_script("closed.html", "")


def _with_script(template: str, script: str, **values: Any) -> tuple[str, str]:
    css, js = _css(), _WEB_PAGE.source(script) if script else ""
    policy = page_policy(css, js)
    html = _WEB_PAGE.template(template).render(css=css, js=js, policy=policy, **values)
    return html, f"{policy}; frame-ancestors 'none'"


def today(
    state: State, facts: Facts, failures: Sequence[FailureGroup], form: AccountForm | None
) -> str:
    """Return the part for what is the case now. Nothing in it changes while a run is at work."""
    return _WEB_PAGE.template("today.html").render(
        state=state,
        steps=STEPS,
        check=facts.check,
        failures=failures,
        form=form,
        run=facts.job.folder.name if facts.job is not None else "",
    )


def live_values(facts: Facts) -> dict[str, Any]:
    """Return the values of a run at work, as the page shows them; none if there is none."""
    job = facts.job
    if job is None or not job.is_live:
        return {}
    return job_values(job)


def job_values(job: JobFacts) -> dict[str, Any]:
    """Return how far a job is, by the names that the page has for it."""
    progress = job.progress
    goal = progress.goal if progress is not None else job.total
    seconds = progress.left / progress.per_hour * 3600 if progress and progress.per_hour else 0.0
    is_waiting = progress is not None and bool(progress.waiting_for)
    is_login = progress is not None and progress.next_login is not None
    return {
        "goal": goal,
        "goal_text": f"{goal:,}" if goal else "?",
        "done": job.saved + job.failed,
        "saved": f"{job.saved:,}",
        "failed": f"{job.failed:,}",
        "at_work": str(progress.at_work) if progress else "",
        "rate": f"{progress.per_hour:,.0f}" if progress and progress.per_hour else "",
        "eta": duration(seconds, to_the_minute=True) if seconds and not is_waiting else "",
        "waiting": progress.waiting_for if progress and is_waiting and not is_login else "",
        "next_login": progress.next_login if progress else None,
        "recent": [_recent(each) for each in job.recent],
    }


def _recent(each: Recent) -> str:
    reference = each.reference or "(no reference)"
    if each.outcome == SAVED:
        return f"{reference}: saved, {each.seconds:.0f} s"
    return f"{reference}: {why(each.reason)}" if each.outcome == FAILED else reference


def account(form: AccountForm, values: Values, *, is_sitting: bool) -> str:
    """Return the part in which user name and password are changed."""
    where = "No user name and password are known yet."
    if is_sitting:
        where = f"{values.user}: kept until this program is closed. It is not kept for the nights."
    elif values.has_account:
        where = f"{values.user}: known, from the keyring or the file .env."
    return _WEB_PAGE.template("account.html").render(form=form, where=where)


def runs(nights: Sequence[Night]) -> str:
    """Return the part with all runs."""
    return _WEB_PAGE.template("runs.html").render(nights=nights)


def found(hits: Sequence[Hit], query: str, *, more: bool) -> str:
    """Return what a search has found."""
    return _WEB_PAGE.template("found.html").render(hits=hits, query=query, more=more)


def settings(values: Values) -> str:
    """Return the part with the settings."""
    speeds = list(_SPEEDS)
    if values.contexts not in dict(speeds):
        speeds.append((values.contexts, f"{values.contexts} - as it is set now"))
    return _WEB_PAGE.template("settings.html").render(
        values=values, speeds=speeds, downloads=str(PROJECT_FOLDER / values.downloads)
    )


def folders(listing: Listing) -> str:
    """Return the folders to choose from."""
    return _WEB_PAGE.template("folders.html").render(**listing._asdict())


def accounts(group: GroupFacts) -> str:
    """Return the part with the accounts of a group."""
    return _WEB_PAGE.template("accounts.html").render(**group._asdict())


def nights(state: Nights, user: str = "", *, has_group: bool = False) -> str:
    """Return the part with the nights: those of one account, also where there are several."""
    alone = (user or "one account") if has_group else ""
    return _WEB_PAGE.template("nights.html").render(nights=state, alone=alone)
