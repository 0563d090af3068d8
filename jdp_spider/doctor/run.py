"""The order of the checks, and the clean-up, whatever happened."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.doctor import environment, inventory, network, vehicle
from jdp_spider.doctor import login as login_module
from jdp_spider.doctor.findings import (
    CHECK_FAILURES,
    FAIL,
    PASS,
    SKIP,
    WARN,
    CheckSkipped,
    Finding,
    again,
    from_error,
    skipped,
    wrapped,
)
from jdp_spider.doctor.probes import answers, find_out_waiting
from jdp_spider.doctor.recording import save_recording
from jdp_spider.doctor.repairing import LIMIT_S, check_repair
from jdp_spider.doctor.waiting import waiting
from jdp_spider.pages.errors import LoggedOut
from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jdp_spider.doctor.context import DoctorContext


class Check(NamedTuple):
    """A name, a function, the check that it depends on, and what it looks for."""

    name: str
    function: Callable[[DoctorContext], Awaitable[Finding]]
    needs: str = ""
    looks_for: str = ""


CHECKS = (
    Check("settings", environment.check_settings, looks_for="what is set"),
    Check("folder", environment.check_folder, needs="settings", looks_for="a place for the PDFs"),
    Check(
        "account",
        environment.check_account,
        needs="settings",
        looks_for="another run of it",
    ),
    Check("browser", environment.check_browser, needs="account", looks_for="a browser that starts"),
    Check("network", network.check_network, needs="browser", looks_for="a connection to the site"),
    Check("site", login_module.check_site, needs="network", looks_for="a page that is known"),
    Check("login", login_module.check_login, needs="site", looks_for="the form and its answer"),
    Check("licence", login_module.check_licence, needs="login", looks_for="the way past it"),
    Check("home", login_module.check_home, needs="licence", looks_for="the way to the inventory"),
    Check(
        "inventory",
        inventory.check_inventory,
        needs="licence",
        looks_for="the grid",
    ),
    Check("export", inventory.check_export, needs="inventory", looks_for="the exported inventory"),
    Check("grid", inventory.check_grid, needs="inventory", looks_for="rows with a bookout link"),
    Check("pager", inventory.check_pager, needs="grid", looks_for="the next page of the grid"),
    Check("search", inventory.check_search, needs="grid", looks_for="one vehicle by its reference"),
    Check("filter", inventory.check_filter, needs="search", looks_for="the filter of that search"),
    Check("vehicle", vehicle.check_vehicle, needs="grid", looks_for="a vehicle's own page"),
    Check("dialog", vehicle.check_dialog, needs="vehicle", looks_for="the reports dialog"),
    Check("report", vehicle.check_one_report, needs="dialog", looks_for="one report"),
)
REPAIR = Check("repair", check_repair, needs="network", looks_for="what has changed")
"""Made in the place of all checks of the site, where that is asked for."""
LOGOUT = Check("logout", login_module.check_logout, needs="login", looks_for="the way out")
"""Made last, and whenever a session may have to be ended."""

FURTHER = (*CHECKS[-3:-1], CHECKS[-1]._replace(function=vehicle.check_further_report))
"""Checks of each further vehicle: those of the first, which are the last ones."""
_OF_COMPUTER = 5
"""Checks that look at this computer and the way to the site."""
_STAYS_LIVE = (
    "The session stays open at the site: the next run uses it, or waits until it has ended."
)


async def run_checks(doctor: DoctorContext) -> ExitStatus:
    """Make all checks, printing each at once. Return the status of the first that failed.

    End the session, close the browser and release the lock in any case, even if cancelled.
    """
    findings: dict[str, Finding] = {}
    lines = _Lines(doctor)
    try:
        for check in CHECKS if doctor.repair is None else (*CHECKS[:_OF_COMPUTER], REPAIR):
            if check is REPAIR:
                doctor.limit = LIMIT_S
            await _make(check, doctor, findings, lines)
        await _more_vehicles(doctor, findings, lines)
        if doctor.recorder is not None:
            doctor.recorder.step = "waits"
        if _is_good("grid", findings) and not doctor.has_lost_session:
            await _find_out(doctor)
    finally:
        try:
            # An interrupted login may have created a session as well.
            needs = "" if doctor.maybe_live else LOGOUT.needs
            if doctor.maybe_live or doctor.repair is None:
                await _make(LOGOUT._replace(needs=needs), doctor, findings, lines)
            lines.flush()
        finally:
            await doctor.at_end.aclose()
            save_recording(doctor, [(name, each.mark) for name, each in findings.items()])
    if doctor.seconds:
        doctor.say("\nWhat was found out:")
        for line in answers(doctor):
            doctor.say(line)
    failures = [(name, finding) for name, finding in findings.items() if finding.mark == FAIL]
    status = failures[0][1].status if failures else ExitStatus.COMPLETE
    if failures:
        doctor.say(f"\nThe first FAIL again:\n{again(*failures[0])}")
    doctor.say(f"\n{closing_line(findings, status)}")
    return status


class _Lines:
    """Prints each check's lines; those that were not made for the same cause share one line."""

    def __init__(self, doctor: DoctorContext) -> None:
        self._doctor = doctor
        self._skipped: list[tuple[str, Finding]] = []

    def add(self, name: str, finding: Finding, *, obstacle: bool) -> None:
        if obstacle:
            self._skipped.append((name, finding))
            return
        self.flush()
        self._doctor.report(name, finding)

    def flush(self) -> None:
        """Print the checks that were not made."""
        if len(self._skipped) > 1:
            names = ", ".join(name for name, _ in self._skipped)
            self._skipped = [(f"{len(self._skipped)} checks", skipped(f"{names}: {_NEED_IT}"))]
        for name, finding in self._skipped:
            self._doctor.report(name, finding)
        self._skipped = []


_NEED_IT = "they need what failed"


async def _make(
    check: Check, doctor: DoctorContext, findings: dict[str, Finding], lines: _Lines
) -> None:
    obstacle = _obstacle(check, doctor, findings)
    if doctor.recorder is not None:
        doctor.recorder.step = check.name
    finding = skipped(obstacle) if obstacle else await _outcome(check, doctor)
    if doctor.recorder is not None and not obstacle and hasattr(doctor, "page"):
        await doctor.recorder.end_step(doctor.page)
    if check.name == LOGOUT.name and finding.mark == FAIL and doctor.maybe_live:
        finding = dataclasses.replace(finding, advice=f"{finding.advice} {_STAYS_LIVE}")
    findings[check.name] = finding
    lines.add(check.name, finding, obstacle=bool(obstacle))


def _obstacle(check: Check, doctor: DoctorContext, findings: dict[str, Finding]) -> str:
    """Return why a check cannot be made; empty if it can."""
    if check.needs and not _is_good(check.needs, findings):
        return f"needs: {check.needs}"
    if doctor.has_lost_session and check.name != LOGOUT.name:
        return "needs: a session"
    return ""


async def _outcome(check: Check, doctor: DoctorContext) -> Finding:
    is_logged_out = False
    try:
        async with waiting(doctor, check.name, check.looks_for):
            finding = await asyncio.wait_for(check.function(doctor), doctor.limit)
    except CheckSkipped as reason:
        return skipped(str(reason))
    except CHECK_FAILURES as error:
        # A file is asked for from a page that stays, whatever is answered.
        is_logged_out = isinstance(error, LoggedOut)
        finding = from_error(error, doctor.selectors, doctor.limit)
    if finding.mark == FAIL and doctor.is_inside and (is_logged_out or doctor.at_login):
        # Whatever was missing: it is the wrong page, and the next ones would be, too.
        doctor.has_lost_session = True
        ended = LoggedOut("The site has ended the session: the login is there again")
        finding = from_error(ended, doctor.selectors, doctor.limit)
    return finding


def _is_good(name: str, findings: dict[str, Finding]) -> bool:
    return name in findings and findings[name].mark in (PASS, WARN)


async def _more_vehicles(
    doctor: DoctorContext, findings: dict[str, Finding], lines: _Lines
) -> None:
    """Make the checks of a vehicle for further ones, where a recording is to have them."""
    if doctor.recorder is None or not _is_good("report", findings):
        return
    done = doctor.vehicle
    others = [(row, each) for row, each in doctor.tied if each != done]
    for number, (row, each) in enumerate(others[: doctor.recorder.vehicles - 1], 2):
        doctor.row, doctor.vehicle = row, each
        before = "grid"
        for check in FURTHER:
            name = f"{check.name} {number}"
            await _make(check._replace(name=name, needs=before), doctor, findings, lines)
            before = name


async def _find_out(doctor: DoctorContext) -> None:
    with contextlib.suppress(asyncio.TimeoutError):
        async with waiting(doctor, "waits", "how requests of one session wait for each other"):
            await asyncio.wait_for(find_out_waiting(doctor), doctor.limit)


def closing_line(findings: dict[str, Finding], status: ExitStatus) -> str:
    """Return what the checks have come to, and what to do now, as it fits into the window."""
    return wrapped(_result(findings, status), 0)


def _result(findings: dict[str, Finding], status: ExitStatus) -> str:
    marks = Counter(finding.mark for finding in findings.values())
    counted = ", ".join(f"{marks[mark]} {mark}" for mark in (PASS, WARN, FAIL, SKIP) if marks[mark])
    if status == ExitStatus.COMPLETE and REPAIR.name in findings:
        return "A crawl works now: try ten vehicles (README.md)."
    if status == ExitStatus.COMPLETE:
        return f"{counted}. All that a crawl needs is there: try ten vehicles (README.md)."
    return f"{counted}. Do what the first FAIL says, then run this again. Exit status {status}."
