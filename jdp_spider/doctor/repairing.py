"""`scrapy doctor --repair`: finds what the site has renamed, and writes it into selectors.toml."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from typing import TYPE_CHECKING

from jdp_spider.config.problems import ConfigError
from jdp_spider.config.selector_overrides import FILE_NAME
from jdp_spider.doctor.findings import Finding, failed, missing, passed
from jdp_spider.doctor.login import keep_cookies, keep_refusal
from jdp_spider.pages.errors import ActiveSession, LoginRefused, SiteMoved
from jdp_spider.pages.postponed import LoginPostponed
from jdp_spider.repair.leaving import get_out
from jdp_spider.repair.run import go_through
from jdp_spider.repair.scene import Scene
from jdp_spider.repair.walk import NotRepaired, Plan, Walk
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.doctor.context import DoctorContext
    from jdp_spider.repair.scene import Event
    from jdp_spider.repair.walk import Change

LIMIT_S = 1800.0
"""How long a whole repair may take on a slow site."""


async def check_repair(doctor: DoctorContext) -> Finding:
    """Go through the site from the login to one report, and repair what is in the way."""
    assert doctor.repair is not None
    config = doctor.config
    plan = Plan(
        site=config.site,
        user=config.user,
        password=config.password,
        tell=partial(_tell, doctor),
        accept=partial(_accept, doctor),
        keep=partial(keep_cookies, doctor),
        known=doctor.account.load_fingerprints(),
        reference=doctor.reference,
        is_live=bool(doctor.cookies),
        with_report=doctor.with_report,
    )
    walk = Walk(Scene(doctor.page, plan.site, plan.tell), plan)
    doctor.maybe_live = plan.is_live
    try:
        await go_through(walk)
    except NotRepaired as error:
        return _not_repaired(doctor, error)
    except (LoginRefused, LoginPostponed, ActiveSession, SiteMoved) as error:
        doctor.maybe_live = False
        keep_refusal(doctor, error)
        raise
    finally:
        doctor.maybe_live |= walk.was_sent
        # The way out by what is known now.
        changes = {name: getattr(walk.site, name) for name in (*walk.changes, *walk.untried)}
        doctor.repaired = config.site.with_changes(changes)
    if walk.was_sent:
        doctor.account.refused_login.forget()
    if await get_out(walk):
        doctor.maybe_live = False
        doctor.account.forget_session()
        doctor.report("logout", passed("the session is ended"))
    return _result(doctor, walk)


def _result(doctor: DoctorContext, walk: Walk) -> Finding:
    repair = doctor.repair
    assert repair is not None
    if doctor.maybe_live:
        return missing(doctor.site, ["log_out"], doctor.selectors)
    proof = "the report of one vehicle was read and is its own"
    if not walk.plan.with_report:
        proof = "the way to the report was found, as --no-report says"
    if not walk.changes:
        return passed(f"nothing to repair: {proof}")
    if repair.proposed:
        lines = [f"  {line}" for line in repair.proposed]
        advice = f"Put these lines into {FILE_NAME}, or run this again with --yes."
        return failed(f"{proof}, by lines that were not written:", *lines, advice=advice)
    kept = f"; the old file is {to_ascii(repair.edit.backup.name)}" if repair.edit.backup else ""
    number = len(repair.written)
    new = "1 line is" if number == 1 else f"{number} lines are"
    return passed(f"{new} new in {FILE_NAME}: {proof}{kept}")


def _not_repaired(doctor: DoctorContext, error: NotRepaired) -> Finding:
    finding = missing(doctor.config.site, error.names.split(", "), doctor.selectors)
    lines = [f"at the step '{error.page.lower()}': {finding.lines[0]}", *finding.lines[1:]]
    lines += [f"may be it: '{each.selector}' ({to_ascii(each.shown)})" for each in error.proposals]
    advice = (
        f"Look up what the site has for {error.names} now and put it into {FILE_NAME}; what was "
        "found before stays. docs/selectors.md tells how."
    )
    return dataclasses.replace(finding, lines=tuple(lines), advice=advice)


def _tell(doctor: DoctorContext, event: Event) -> None:
    about = {"name": event.name, "selector": event.selector, **event.more}
    if mark := _MARKS.get(event.kind):
        doctor.report(doctor.step, Finding(mark, (event.text,)), event.kind, **about)
        return
    doctor.log_event(event.kind, event.text, **about)
    if event.kind == "step":
        doctor.step = str(event.more.get("step", ""))
        doctor.looks_for = event.text


_MARKS = {"missing": "GONE", "click": "CLICK", "rejected": "NOT", "found": "FOUND"}


async def _accept(doctor: DoctorContext, change: Change) -> None:
    """Write a line at once, if that is wanted; else keep it as a proposal."""
    repair = doctor.repair
    assert repair is not None
    line = f"{change.name} = {json.dumps(change.after)}"
    # A question must not be written over by what is waited for.
    doctor.show("")
    show, doctor.show = doctor.show, lambda _: None
    try:
        may_write = await repair.may_write(line)
    finally:
        doctor.show = show
    if not may_write:
        repair.proposed.append(line)
        return
    try:
        repair.edit.write(change.name, change.after, change.before, change.shown)
    except (OSError, ConfigError) as error:
        doctor.report(doctor.step, failed(f"not written: {to_ascii(str(error))}", advice=""))
        repair.proposed.append(line)
        return
    repair.written.append(line)
    written = Finding("WRITE", (f"{to_ascii(line)} into {FILE_NAME}",))
    doctor.report(doctor.step, written, "written")
