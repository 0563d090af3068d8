"""`scrapy doctor`: the checks against demo sites in one browser, and some of the real command."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
import time
import weakref
from collections import Counter
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import async_playwright
from scrapy.utils.project import get_project_settings

from harness.crawl_process import make_crawl
from harness.process_tree import kill
from harness.shared_browser import SharedBrowser
from jdp_spider.browser.launch import find_browser, launch_options
from jdp_spider.browser.provider import BrowserProvider
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.renames import RENAMES
from jdp_spider.demo.running import running_demo
from jdp_spider.demo.site import DemoSite
from jdp_spider.demo.state import SESSION_COOKIE
from jdp_spider.doctor import environment, inventory
from jdp_spider.doctor.context import DoctorContext
from jdp_spider.doctor.findings import passed
from jdp_spider.doctor.probes import verdict
from jdp_spider.doctor.run import CHECKS, LOGOUT, run_checks
from jdp_spider.job.events import EventLog, read_events
from jdp_spider.pages import bookout, grid
from jdp_spider.pages.site import PURPOSES, Site
from jdp_spider.reasons import ExitStatus
from jdp_spider.session.account import Account
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii
from tests.support.factories import config, exported, references, vehicle
from tests.support.marks import long

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from pathlib import Path

    from harness.crawl_process import Crawl

    MakeDoctor = Callable[..., Crawl]
    Run = Callable[[Awaitable[Any]], Any]

pytestmark = pytest.mark.browser

AT_ONCE = 10
NAMES = [check.name for check in (*CHECKS, LOGOUT)]


@dataclass
class Seen:
    """What one visit said, and what the site saw of it."""

    site: DemoSite
    status: int
    output: str
    filters_left: list[str] = field(default_factory=list)
    """The filter of each session when it was ended."""

    @property
    def text(self) -> str:
        """The output with its lines joined."""
        return " ".join(self.output.split())

    def marks(self, *marks: str) -> list[str]:
        """The checks that ended so."""
        folded = re.compile(r"^SKIP  \d+ checks +([^:]+):.*(\n {19}.*)*", re.MULTILINE)
        output = folded.sub(
            lambda found: re.sub(r"(\w+),?\s*", r"SKIP  \1\n", found[1]), self.output
        )
        found = re.findall(r"^(PASS|WARN|FAIL|SKIP)  (\w+)", output, re.MULTILINE)
        return [name for mark, name in found if mark in marks]

    @property
    def answers(self) -> dict[str, str]:
        """What was found out, by the question."""
        block = self.output.partition("What was found out:\n")[2].partition("\n\n")[0]
        found = re.findall(r"^  (\S.*?\?)  +(.+(?:\n   .*)*)", block, re.MULTILINE)
        return {question: " ".join(answer.split()) for question, answer in found}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Awaitable[Any]], Any]]:
    """Runs a coroutine where visits share one browser; nothing of the user's is read."""
    home = tmp_path_factory.mktemp("home")
    loop = asyncio.new_event_loop()
    playwright = loop.run_until_complete(async_playwright().start())
    options = launch_options(find_browser(), headless=True, block_images=False)
    browser = loop.run_until_complete(playwright.chromium.launch(**options))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(environment, "BrowserProvider", lambda _: SharedBrowser(browser))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        patch.setenv("JDP_ENV_FILE", os.devnull)
        patch.setenv("DOWNLOAD_FOLDER", str(home / "downloads"))
        yield loop.run_until_complete
    loop.run_until_complete(browser.close())
    loop.run_until_complete(playwright.stop())
    loop.close()


async def visited(
    site: DemoSite, reference: str = "", *, report: bool = True, **given: str
) -> Seen:
    """One visit of the site."""
    own = {
        "JD_USER": site.options.user,
        "JD_PASS": site.options.password,
        "JD_BASE_URL": site.base_url,
        "JDP_PAGE_TIMEOUT": "30",
    }
    settings = get_project_settings()
    settings.setdict({**own, **given}, priority="cmdline")
    said: list[str] = []
    filters = filters_left(site)
    status = await run_checks(DoctorContext(settings, said.append, reference, with_report=report))
    return Seen(site, status, redact("\n".join(said)), filters)


def filters_left(site: DemoSite) -> list[str]:
    """Gets the filter of each session of the site that is ended from now on."""
    filters: list[str] = []
    sessions = site.state.sessions
    end = sessions.end
    sessions.end = lambda session: (filters.append(session.filter_text), end(session))
    return filters


def visit(run: Run, options: DemoOptions, *args: Any, **given: Any) -> Seen:
    with running_demo(options) as site:
        return run(visited(site, *args, **given))


def assert_quiet(seen: Seen, reports: int = 1) -> None:
    """One login, one logout, so many reports, and a grid that is left without a filter."""
    log = seen.site.log
    assert (log.logins, log.logouts, log.live_sessions) == (1, 1, 0)
    assert sum(log.reports.values()) == reports
    assert log.refused_logins == Counter()
    assert seen.filters_left == [""]


# All is well

SITES = {
    "addresses": DemoOptions(vehicles=25, latency="fast"),
    "scripts": DemoOptions(vehicles=25, link_kind="script", report_kind="form", start_page=2),
    "plain": DemoOptions(
        vehicles=45,
        pager="plain",
        report_kind="form",
        licence=False,
        latency="fast",
        session_lock=True,
    ),
    "one_page": DemoOptions(vehicles=6, stale_filter="1655"),
    "nasty": DemoOptions(vehicles=24, nasty_references=True, link_kind="script"),
}
REPEATING = ("one_page", "scripts")


@pytest.mark.parametrize(
    "options",
    [
        long(made, id=name) if name in REPEATING else pytest.param(made, id=name)
        for name, made in SITES.items()
    ],
)
def test_every_check_passes(run: Run, options: DemoOptions) -> None:
    seen = visit(run, options)
    assert seen.marks("PASS") == NAMES, seen.output
    assert seen.status == ExitStatus.COMPLETE
    assert_quiet(seen)
    took = r"inventory \d+\.\d s, vehicle \d+\.\d s, report \d+\.\d s"
    assert re.fullmatch(took, seen.answers["How long do pages and reports take?"])
    lock = seen.answers["Do requests of one session wait for each other?"]
    # On a busy computer the times may tell neither.
    answer = "yes" if options.session_lock else "no"
    if options.latency == "fast":
        assert lock.partition(" (")[0] in (answer, "not clear"), lock
    if options == SITES["addresses"]:
        assert seen.answers["Does the report's address name the vehicle?"] == (
            "yes, by the number of its bookout link"
        )
        assert seen.answers["How does the report open?"] == "by an address"


def test_answers_describe_the_site(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a site whose report addresses name no vehicle, and whose reports no VIN."""
    # Those of the other tests' sites do, in the same browser.
    monkeypatch.setattr(bookout, "_name_vins", weakref.WeakSet())
    options = DemoOptions(vehicles=25, link_kind="script", report_kind="form")
    seen = visit(run, replace(options, report_address="session", report_names_vin=False))
    found = seen.answers
    del found["How long do pages and reports take?"]
    del found["Do requests of one session wait for each other?"]
    assert found == {
        "Is a bookout link a real address?": "no, a script: each vehicle is searched for, one "
        "after the other, which is slower",
        "Does the report's address name the vehicle?": "no: the site may print what the session "
        "opened last. Where vehicles get each other's reports, the crawl goes over to one at a "
        "time",
        "Does the report name the VIN?": "no: the crawl tells reports by their reference alone",
        "How does the report open?": "by a form that is sent",
    }
    assert seen.marks("WARN") == ["report"]
    assert_quiet(seen)


def test_session_lock_is_unknown_when_a_page_fails(run: Run) -> None:
    """The page of the second vehicle fails, and the rest goes on."""
    with running_demo(DemoOptions(vehicles=6)) as site:
        second = site.vehicles[1].reference
        site.faults.set(Fault("vehicle", "status-500", references=(second,), times=None))
        seen = run(visited(site))
    found = seen.answers["Do requests of one session wait for each other?"]
    assert found == "not found out: The site answered 500 for a page"
    assert seen.status == ExitStatus.COMPLETE


@pytest.mark.parametrize(
    ("alone", "together", "answer"),
    [
        (1.0, 1.3, "no (a page 1.00 s, two at once 1.30 s)"),
        (1.0, 1.5, "not clear (a page 1.00 s, two at once 1.50 s)"),
        (1.0, 2.0, "yes (a page 1.00 s, two at once 2.00 s): many contexts gain little"),
        (0.02, 0.04, "not clear, too quick to tell (a page 0.02 s, two at once 0.04 s)"),
    ],
)
def test_session_lock_verdict_compares_the_times(
    alone: float, together: float, answer: str
) -> None:
    assert verdict(alone, together) == answer


# The site has changed

EXPECTED = {
    "usernameInput": ("login", ["user_name"]),
    "passwordInput": ("login", ["password"]),
    "loginButton": ("login", ["log_in"]),
    "agreementCheckBox": ("licence", ["licence"]),
    "inventoryLink": ("home", ["inventory_link"]),
    "StockNumberInput": ("search", ["search"]),
    "filterFunction": ("search", ["search_function"]),
    "filterBar": ("filter", ["filter_on", "filter_off"]),
    "bookOutButton": ("grid", ["bookout"]),
    "bookOutImage": ("grid", []),
    "exportMenu": ("export", ["export_menu"]),
    "exportAll": ("export", ["export_all_columns"]),
    "exportCsv": ("export", ["export_csv"]),
    "reportButton": ("vehicle", ["reports"]),
    "createPdf": ("dialog", ["create_pdf"]),
    "btnLogout": ("logout", ["log_out"]),
}
"""The check that finds it, and the names in selectors.toml."""
NOT_NEEDED = ("inventoryLink", "bookOutImage")


def always(kind: str, what: str) -> Fault:
    return Fault(kind, what, rate=1, times=None)


TROUBLES = {
    "maintenance": (always("login", "maintenance"), "site", "The page is titled 'Maintenance"),
    "silence": (always("login", "hang"), "site", "Timeout 8000ms exceeded"),
    "no_inventory": (always("inventory", "status-503"), "inventory", "answered 503 for the inv"),
    "logged_out": (always("export", "session-ends"), "export", "The site has ended the session"),
    "no_answer": (always("vehicle", "hang"), "vehicle", "Timeout 8000ms exceeded"),
    "no_tab": (always("vehicle", "no-popup"), "report", "'Create PDF' opened no report"),
    "other": (always("report", "other-vehicle"), "report", "Not the report of '1655"),
    "html": (always("report", "html-error"), "report", "A web page instead of a PDF"),
    "cut": (always("report", "cut"), "report", "The report is cut"),
    "no_report": (always("report", "hang"), "report", "No report for vehicle"),
    "error": (always("report", "status-500"), "report", "The site answered 500 for the report"),
}
"""What goes wrong, the check that finds it, and what is told of it."""

OTHERS = {
    "no_way_in_known": DemoOptions(vehicles=3, renamed=("btnLogout", "inventoryLink")),
    "no_licence_known": DemoOptions(
        vehicles=3, renamed=("agreementCheckBox", "btnLogout", "inventoryLink")
    ),
}


USUALLY = {
    "loginButton", "inventoryLink", "filterFunction", "bookOutButton", "createPdf", "btnLogout",
    "maintenance", "logged_out", "no_answer", "no_tab", "other",
}  # fmt: skip
"""One of each kind: the others repeat it for another name, or another test does (the licence and
the export)."""


def usually(names: Iterable[str]) -> list[Any]:
    return [name if name in USUALLY else long(name) for name in names]


@pytest.fixture(scope="module")
def seen(run: Run, pytestconfig: pytest.Config) -> dict[str, Seen]:
    """Visits of sites that have changed or are in trouble, by name; some at once, as they wait."""
    sites = {name: DemoOptions(vehicles=6, renamed=(name,)) for name in RENAMES}
    sites |= {name: DemoOptions(vehicles=6, faults=(row[0],)) for name, row in TROUBLES.items()}
    if not pytestconfig.getoption("--long"):
        sites = {name: options for name, options in sites.items() if name in USUALLY}
    sites |= OTHERS
    turn = asyncio.Semaphore(AT_ONCE)
    limits = {"JDP_PAGE_TIMEOUT": "8", "JDP_REPORT_TIMEOUT": "8"}

    async def one(options: DemoOptions) -> Seen:
        async with turn:
            with running_demo(options) as site:
                return await visited(site, report=bool(options.faults), **limits)

    async def all_of_them() -> dict[str, Seen]:
        found = await asyncio.gather(*map(one, sites.values()))
        return dict(zip(sites, found, strict=True))

    return run(all_of_them())


@pytest.mark.parametrize("name", usually(RENAMES))
def test_renamed_selector_is_named(seen: dict[str, Seen], name: str) -> None:
    told, (check, names) = seen[name], EXPECTED[name]
    assert told.marks("FAIL", "WARN") == [check], told.output
    site = Site("")
    found = [f"no '{getattr(site, each)}' ({each}: {PURPOSES[each]})" for each in names]
    if name == "bookOutImage":
        found = ["no 'img[title='Bookout'][src*='book.png']'"]
    assert [line for line in found if line not in told.text] == []
    # Some are what a click should have brought.
    first_time, *_ = told.text.split("The first FAIL again")
    assert len(re.findall("(?:found|brought) no '", first_time)) == len(found)
    assert "docs/selectors.md" in told.text or not names
    needed = name not in NOT_NEEDED
    assert told.status == (ExitStatus.SITE_TROUBLE if needed else ExitStatus.COMPLETE)


@pytest.mark.parametrize("name", usually(RENAMES))
def test_session_is_ended_whichever_selector_is_renamed(seen: dict[str, Seen], name: str) -> None:
    log = seen[name].site.log
    logins = 0 if EXPECTED[name][0] == "login" else 1
    # Without a button to log out, by the address.
    assert (log.logins, log.logouts) == (logins, logins)
    assert seen[name].filters_left in ([], [""])
    assert "The session stays open at the site" not in seen[name].text


@pytest.mark.parametrize(
    ("name", "value", "check", "told"),
    [
        ("inventory_path", "stock/", "inventory", "The site answered 404 for the inventory"),
        long("inventory_path", "?x", "inventory", "The page is titled 'Home"),
        long("search_field", "Lot", "search", "vehicleGridViewFilterChanged('Lot') fails"),
        long("search_function", "gridGoTo", "search", "gridGoTo('StockNumber') changes nothing"),
        long("filter_on", "#xyz", "filter", "found no '#xyz' (filter_on: to take off a filter"),
        long(
            "filter_off", "#xyz", "filter", "found no '#xyz' (filter_off: says that no filter is on"
        ),
        ("reports", "#[", "vehicle", "is not a valid selector"),
        ("report_mark", "MakePdf", "report", "found no 'MakePdf' (report_mark: part of a report"),
    ],
)
def test_wrong_override_in_selectors_toml_is_named(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    check: str,
    told: str,
) -> None:
    (tmp_path / ".env").touch(0o600)
    (tmp_path / "selectors.toml").write_text(f'{name} = "{value}"\n', "ascii")
    monkeypatch.setenv("JDP_ENV_FILE", str(tmp_path / ".env"))
    seen = visit(run, DemoOptions(vehicles=6), JDP_PAGE_TIMEOUT="5")
    assert seen.marks("FAIL", "WARN") == [check], seen.output
    assert f"selectors.toml changes {name}" in seen.text
    assert told in seen.text
    if name != "inventory_path":
        assert f"Correct or remove the line of {name} in selectors.toml." in seen.text
    assert_quiet(seen, reports=sum(seen.site.log.reports.values()))


# The site or the account is in trouble


def test_wrong_password_is_sent_once(run: Run) -> None:
    seen = visit(run, DemoOptions(vehicles=3), JD_PASS="not-the-password")
    assert (seen.status, seen.marks("FAIL")) == (ExitStatus.LOGIN_REFUSED, ["login"])
    assert "The user name or password provided is incorrect." in seen.text
    assert "No second try was made." in seen.text
    assert seen.site.log.refused_logins == Counter(wrong_password=1)
    assert "not-the-password" not in seen.output
    assert seen.marks("SKIP") == NAMES[NAMES.index("licence") :]
    # Those that were not made take no more than three lines, and the failure is told again.
    lines = seen.output.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("SKIP"))
    assert lines.index("The first FAIL again:") - first <= 5
    again = seen.output.partition("The first FAIL again:")[2]
    assert "password provided is incorrect." in " ".join(again.split())


def test_locked_account_is_not_reported_as_a_wrong_password(run: Run) -> None:
    seen = visit(run, DemoOptions(vehicles=3, password_state="locked"))
    assert (seen.status, seen.marks("FAIL")) == (ExitStatus.LOGIN_REFUSED, ["login"])
    assert "The site says that the account is locked: This account has been locked." in seen.text
    assert "to change JD_PASS does not help. No second try was made." in seen.text
    assert seen.site.log.refused_logins == Counter(account_locked=1)


def test_another_live_session_is_reported_without_waiting(run: Run) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        site.state.sessions.log_in(site.options.user, site.options.password)
        seen = run(visited(site))
    assert (seen.status, seen.marks("FAIL")) == (ExitStatus.IN_USE, ["login"])
    assert "has another live session; it asks to wait 300 s" in seen.text
    assert site.log.refused_logins == Counter(active_session=1)
    assert site.log.live_sessions == 1


def test_account_in_use_by_a_run_is_left_alone(run: Run) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        options = site.options
        account = Account(
            config(user=options.user, password=options.password, base_url=site.base_url)
        )
        account.lock.acquire()
        seen = run(visited(site))
        account.lock.release()
    assert (seen.status, seen.marks("FAIL")) == (ExitStatus.IN_USE, ["account"])
    assert f"Another run holds this account (process {os.getpid()}, since" in seen.text
    assert site.log.counts == Counter()


def test_session_of_an_earlier_run_is_reused(run: Run) -> None:
    seen, kept = visit_with_session(run, live=True)
    assert seen.marks("PASS") == NAMES, seen.output
    assert "not needed: the session of an earlier run is live" in seen.text
    assert (seen.site.log.logins, seen.site.log.logouts) == (0, 1)
    assert kept == []


def test_expired_session_is_forgotten(run: Run) -> None:
    seen, kept = visit_with_session(run, live=False)
    assert seen.marks("PASS") == NAMES, seen.output
    assert_quiet(seen)
    assert kept == []


def test_doctor_gets_past_what_a_crawl_gets_past(run: Run) -> None:
    """A script that never answers, before everything else; a login whose page had expired."""
    likes = ("third-party-first", "login-expired")
    with running_demo(DemoOptions(vehicles=3, like=likes)) as site:
        seen = run(visited(site, report=False))
    assert [*seen.marks("FAIL"), *seen.marks("WARN")] == [], seen.output
    assert "accepted when they were sent again The login's page had expired" in seen.text
    assert (site.log.refused_logins, site.log.logins) == ({"expired": 1}, 1)
    assert "not found out" not in seen.answers["Do requests of one session wait for each other?"]


def visit_with_session(run: Run, *, live: bool) -> tuple[Seen, list[dict[str, Any]]]:
    """A visit with a session that was kept before; and what is kept of it afterwards."""
    with running_demo(DemoOptions(vehicles=3, licence=False)) as site:
        options = site.options
        account = Account(
            config(user=options.user, password=options.password, base_url=site.base_url)
        )
        key = site.state.sessions.log_in(options.user, options.password).key if live else "x" * 24
        account.lock.acquire()
        cookie = {"name": SESSION_COOKIE, "value": key, "domain": "127.0.0.1", "path": "/"}
        account.save_session([cookie])
        account.lock.release()
        seen = run(visited(site))
    assert key not in seen.output
    return seen, account.load_session()


def test_unavailable_site_fails_the_check(run: Run) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        address = site.base_url
    seen = run(visited(site, JD_BASE_URL=address))
    assert (seen.status, seen.marks("FAIL")) == (ExitStatus.SITE_TROUBLE, ["network"])
    assert "Check the internet connection and JD_BASE_URL in .env." in seen.text
    assert seen.marks("SKIP") == NAMES[NAMES.index("site") :]


@pytest.mark.parametrize("name", usually(TROUBLES))
def test_failure_is_reported_by_the_check_that_met_it(seen: dict[str, Seen], name: str) -> None:
    told, (_, check, text) = seen[name], TROUBLES[name]
    assert told.marks("FAIL")[:1] == [check], told.output
    assert text in told.text
    assert told.status == ExitStatus.SITE_TROUBLE
    assert told.site.log.live_sessions == 0
    assert sum(told.site.log.reports.values()) <= 1


def test_ended_session_is_not_reported_as_a_changed_page(seen: dict[str, Seen]) -> None:
    told = seen["logged_out"]
    assert (told.marks("FAIL"), told.marks("WARN")) == (["export"], ["logout"])
    assert "checks grid, pager, search, filter, vehicle, dialog, report: they need" in told.text
    assert (told.site.log.logins, "found no" in told.output) == (1, False)


@pytest.mark.parametrize(
    ("name", "checks"),
    [("no_way_in_known", ["home", "logout"]), ("no_licence_known", ["licence", "logout"])],
)
def test_unknown_page_after_the_login_is_described(
    seen: dict[str, Seen], name: str, checks: list[str]
) -> None:
    assert seen[name].marks("FAIL") == checks, seen[name].output
    assert "PASS login the form was sent, and is gone" in seen[name].text
    assert "The page is titled '" in seen[name].text


EXPORTS = {
    "PASS": [exported(vehicle("165581"))],
    "WARN": [b"Reference Number,Body\r\n165581,Sedan\r\n"],
    "FAIL": [exported(), b"<html>", b"Stock,VIN\r\n1,2\r\n", b"Reference Number,VIN\r\n1"],
}
REPEATED = EXPORTS["FAIL"][1:]
"""tests/test_inventory.py has what each of them lacks."""


@pytest.mark.parametrize(
    ("mark", "data"),
    [
        (long if data in REPEATED else pytest.param)(mark, data)
        for mark, all_of in EXPORTS.items()
        for data in all_of
    ],
)
def test_unusable_export_is_reported(
    run: Run, monkeypatch: pytest.MonkeyPatch, mark: str, data: bytes
) -> None:
    async def export(*_: Any) -> bytes:
        return data

    monkeypatch.setattr(inventory, "export_csv", export)
    seen = visit(run, DemoOptions(vehicles=3), report=False)
    assert "export" in seen.marks(mark), seen.output


# This computer


@pytest.mark.parametrize("name", ["HEADLESS", "JD_USER", "JDP_RETRIES"])
def test_wrong_settings_skip_all_other_checks(run: Run, name: str) -> None:
    seen = visit(run, DemoOptions(vehicles=3), **{name: ""}, JDP_PAGE_TIMEOUT="0")
    assert (seen.status, seen.marks("FAIL")) == (ExitStatus.USAGE, ["settings"])
    assert f" {name} must be" in seen.text
    assert "JDP_PAGE_TIMEOUT must be a number of seconds" in seen.text
    assert seen.marks("SKIP") == NAMES[1:]
    assert seen.site.log.counts == Counter()


def test_folder_that_cannot_be_created_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "downloads")
    seen = visit(run, DemoOptions(vehicles=3), report=False, DOWNLOAD_FOLDER=folder)
    assert (seen.status, seen.marks("FAIL")) == (ExitStatus.USAGE, ["settings"])
    assert "DOWNLOAD_FOLDER must name a folder" in seen.text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize(
    ("mode", "name", "text", "how"),
    [
        (0o600, "own.env", "JD_PASS=s3cret", ""),
        (0o400, "own.env", "JD_PASS=s3cret", ""),
        (0o640, "own.env", "JD_PASS=s3cret", "Run: chmod 600 {}"),
        (0o604, "own.env", "JD_PASS=s3cret", "Run: chmod 600 {}"),
        (0o644, "my own.env", "JDP_PROXY=http://a:b@c:8", 'Run: chmod 600 "{}"'),
        (0o644, "m\xe4rz.env", "JD_PASS=s3cret", "Give it the mode 600."),
        # Nothing in it is secret.
        (0o644, "own.env", "JD_PASS=\nHEADLESS=true", ""),
    ],
)
def test_env_file_readable_by_others_is_reported(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: int,
    name: str,
    text: str,
    how: str,
) -> None:
    path = tmp_path / name
    path.write_text(text, "ascii")
    path.chmod(mode)
    monkeypatch.setenv("JDP_ENV_FILE", str(path))
    given = {"JD_USER": "me", "JD_PASS": "s3cret", "JD_BASE_URL": "http://127.0.0.1:9/"}
    settings = get_project_settings()
    settings.setdict(given, priority="cmdline")
    finding = run(environment.check_settings(DoctorContext(settings, print)))
    assert finding.mark == ("WARN" if how else "PASS")
    if how:
        assert f"others may read {to_ascii(str(path))}" in finding.lines
        assert finding.advice.endswith(how.format(path))


def test_event_of_a_check_keeps_its_lines_apart(tmp_path: Path) -> None:
    doctor = DoctorContext(get_project_settings(), print)
    doctor.events = EventLog(tmp_path / "events.jsonl")
    doctor.report("settings", passed("http://127.0.0.1:9/", "  others may read .env"))
    (event,) = read_events(tmp_path / "events.jsonl")
    assert event.text == "http://127.0.0.1:9/; others may read .env"


@pytest.mark.parametrize("place", ["OneDrive - Dealership", "Mobile Documents/com~apple~CloudDocs"])
def test_folder_synchronized_to_a_cloud_is_reported(place: str, tmp_path: Path) -> None:
    folder = tmp_path / place / "Reports"
    looked_at = SimpleNamespace(config=SimpleNamespace(download_folder=folder))
    finding = asyncio.run(environment.check_folder(looked_at))
    assert finding.mark == "WARN"
    assert "not copied to the internet" in finding.advice


def test_browser_that_does_not_start(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "BrowserProvider", BrowserProvider)
    seen = visit(run, DemoOptions(vehicles=3), JD_BROWSER=sys.executable)
    assert (seen.status, seen.marks("FAIL")) == (ExitStatus.USAGE, ["browser"])
    assert f"The browser {sys.executable} did not start: it ended at once" in seen.text
    assert "it said: " in seen.text
    assert seen.site.log.counts == Counter()


def test_what_a_crawl_does_without_is_a_warning(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A nearly full disk, a browser that was passed over, an unknown pager, and a wrong link."""
    made: Callable[[Any], Any] = vars(environment)["BrowserProvider"]

    def make(options: Any) -> Any:
        found = made(options)
        found.passed_over = ["The browser /one did not start: it ended at once"]
        return found

    monkeypatch.setattr(environment, "BrowserProvider", make)
    usage = shutil.disk_usage("/")._replace(free=30_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    async def no_next_page(*_: Any, **__: Any) -> bool:
        return False

    monkeypatch.setattr(grid, "next_page", no_next_page)
    wrong = (references(25)[0], "mailto:sales@dealer.example")
    seen = visit(run, DemoOptions(vehicles=25, hrefs=(wrong,)), report=False)
    warned = ["folder", "browser", "pager"]
    assert (seen.status, seen.marks("WARN")) == (ExitStatus.COMPLETE, warned), seen.output
    assert "found no link to the next page; this one has 20 of the vehicles" in seen.text
    assert "1 of 20 do not lead to a page of the site" in seen.text
    assert "downloads, 0.0 GB free What to do: Make room" in seen.text
    assert "/one did not start: it ended at once What to do: Each run tries that" in seen.text
    # Without the report, no bookout is requested.
    assert seen.marks("SKIP") == ["report"]
    assert_quiet(seen, reports=0)


# Which vehicle


@pytest.mark.parametrize("reference", [long("165548"), " 165548A "])
def test_requested_vehicle_is_checked(run: Run, reference: str) -> None:
    """Wherever in the inventory it stands."""
    seen = visit(run, DemoOptions(vehicles=45), reference)
    assert seen.marks("PASS") == NAMES, seen.output
    assert f"finds {reference.strip()}, as one of" in seen.text
    made = {v.reference for v in seen.site.vehicles if seen.site.log.reports[v.id]}
    assert made == {reference.strip()}


def test_missing_requested_vehicle_is_reported(run: Run) -> None:
    seen = visit(run, DemoOptions(vehicles=6), "99\xe9")
    assert (seen.status, seen.marks("FAIL")) == (ExitStatus.USAGE, ["search"])
    assert r"the exported inventory holds no vehicle 99\xe9" in seen.text
    assert_quiet(seen, reports=0)


def test_requested_vehicle_needs_no_export(run: Run) -> None:
    options = DemoOptions(vehicles=25, renamed=("exportMenu",))
    seen = visit(run, options, "165548A", JDP_PAGE_TIMEOUT="5")
    assert seen.marks("FAIL") == ["export"], seen.output
    assert seen.marks("SKIP") == []
    assert "20 rows with a bookout link, of which vehicles only the export tells" in seen.text
    # As a crawl does: by the VIN, too, which the row shows.
    assert "names reference and VIN" in seen.text
    assert seen.answers["Does the report name the VIN?"] == "yes"
    assert_quiet(seen)


def test_vehicle_without_a_link_is_reported(run: Run) -> None:
    seen = visit(run, DemoOptions(vehicles=6, without_link=("165548",)), "165548")
    assert (seen.marks("FAIL"), seen.status) == (["search"], ExitStatus.SITE_TROUBLE)
    assert "rows that a search for 165548 lists, none is this vehicle" in seen.text
    assert_quiet(seen, reports=0)


# The real command


@pytest.fixture
def doctor(tmp_path: Path) -> Callable[..., Crawl]:
    """A function (site, **settings) -> Crawl that runs the command."""

    def make(site: DemoSite, **settings: str) -> Crawl:
        return replace(make_crawl(site, tmp_path, **settings), name=("doctor",))

    return make


@pytest.mark.crawl
def test_doctor_leaves_no_files(doctor: MakeDoctor, tmp_path: Path) -> None:
    password = "marked-Passw0rd$#"
    (tmp_path / "tmp").mkdir()
    with running_demo(DemoOptions(vehicles=6, password=password)) as site:
        events = tmp_path / "events.jsonl"
        done = doctor(site, TMPDIR=str(tmp_path / "tmp")).run(
            "-L", "DEBUG", "--events", str(events)
        )
        keys = {record.session for record in site.log.requests if record.session}
    assert done.status == ExitStatus.COMPLETE, done.output
    assert "19 PASS. All that a crawl needs is there" in done.output
    *checks, end = read_events(events)
    assert [event.more["check"] for event in checks] == NAMES
    assert (end.kind, end.more) == ("ended", {"status": 0})
    assert (site.log.logins, site.log.logouts, sum(site.log.reports.values())) == (1, 1, 1)
    written = done.output.encode() + b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )
    # The site's log knows the first signs of each session cookie.
    assert [secret for secret in (password, *keys) if secret.encode() in written] == []
    assert keys
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / "downloads").iterdir()) == []


@pytest.mark.crawl
@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal for a process group")
def test_ctrl_c_logs_out(doctor: MakeDoctor) -> None:
    hang = Fault("report", "hang", rate=1, times=None)
    options = DemoOptions(vehicles=6, link_kind="script", faults=(hang,))
    with running_demo(options) as site:
        filters = filters_left(site)
        # On a slow computer the request that hangs may be waited for.
        process = doctor(site).start()
        wait_for(process, lambda: site.log.max_in_flight["report"])
        os.killpg(process.pid, signal.SIGINT)
        done = doctor(site).finish(process)
    assert done.status == ExitStatus.INTERRUPTED
    assert done.output.splitlines()[-2:] == [
        "PASS  logout       the session is ended",
        "Stopped before the end.",
    ]
    assert (site.log.logins, site.log.logouts, filters) == (1, 1, [""])


@pytest.mark.crawl
def test_killed_doctor_blocks_no_later_one(doctor: MakeDoctor) -> None:
    hang = Fault("report", "hang", rate=1)
    with running_demo(DemoOptions(vehicles=6, faults=(hang,))) as site:
        process = doctor(site).start()
        wait_for(process, lambda: site.log.max_in_flight["report"])
        kill(process)
        doctor(site).finish(process)
        done = doctor(site).run()
    assert done.status == ExitStatus.COMPLETE, done.output
    assert "an earlier run left its session open" in done.output
    assert (site.log.logins, site.log.logouts) == (1, 1)


def wait_for(process: subprocess.Popen[str], condition: Callable[[], Any]) -> None:
    while not condition():
        assert process.poll() is None
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--help"], 0, "Example: scrapy doctor --vehicle 165548"),
        (["165548"], 2, "unknown argument: '165548'"),
        (["--events", "/no/such/folder/file"], 2, "cannot be written: No such file or directory"),
    ],
)
def test_wrong_arguments_are_usage_errors(
    doctor: MakeDoctor, arguments: list[str], status: int, told: str, tmp_path: Path
) -> None:
    site = DemoSite(DemoOptions(vehicles=1))
    done = doctor(site, JD_BASE_URL="http://127.0.0.1:9/").run(*arguments)
    assert (done.status, told in " ".join(done.output.split())) == (status, True), done.output
