"""Each kind of trouble, brought about by the demo site and seen and mended by clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.dashboard_process import dashboard
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from tests.support.dashboard_process import (
    give_account,
    press,
    sentence,
)
from tests.support.demo_client import Client

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from harness.dashboard_process import DashboardProcess

pytestmark = [pytest.mark.browser, pytest.mark.crawl, pytest.mark.long]


def begin(own: DashboardProcess, context: BrowserContext) -> Page:
    """Open the page, enter the account, and have the check succeed."""
    page = own.open(context)
    give_account(page)
    press(page, "Run the check")
    sentence(page, "Everything works.")
    return page


def test_refused_password_can_be_replaced(context: BrowserContext, tmp_path: Path) -> None:
    with (
        running_demo(DemoOptions(vehicles=3)) as site,
        dashboard(tmp_path / "project", site.base_url) as own,
    ):
        page = own.open(context)
        give_account(page, "wrong password 1")
        press(page, "Run the check")
        sentence(page, "The site refused the login.")
        page.get_by_label("What was said").wait_for()
        # Another start of the program does not forget it.
        own.kill()
        own.start()
        page = own.open(context)
        sentence(page, "The site refused the login.")
        press(page, "Enter user name and password")
        give_account(page)
        press(page, "Run the check")
        sentence(page, "Everything works.")
        assert site.log.refused_logins.total() == 1


def test_account_in_use_can_be_tried_at_once(context: BrowserContext, tmp_path: Path) -> None:
    with (
        running_demo(DemoOptions(vehicles=3)) as site,
        dashboard(tmp_path / "project", site.base_url) as own,
    ):
        page = begin(own, context)
        other = Client(site)
        other.log_in()
        press(page, "Get ten reports")
        sentence(page, "The account is logged in somewhere else.")
        page.get_by_text("Next try in").wait_for()
        other.ask("Home/Logout")
        press(page, "Try now")
        sentence(page, "Done: 3 of 3 saved.")
        assert site.log.max_live_sessions == 1


def test_a_run_is_stopped_and_continued(context: BrowserContext, tmp_path: Path) -> None:
    slow = (Fault("report", "slow", 1.0, times=None, seconds=2.0),)
    with (
        running_demo(DemoOptions(vehicles=30, faults=slow)) as site,
        dashboard(tmp_path / "project", site.base_url) as own,
    ):
        page = begin(own, context)
        press(page, "Get ten reports")
        page.get_by_text("The last vehicles").wait_for()
        press(page, "Stop after these vehicles")
        sentence(page, "The run was stopped: ")
        site.faults.clear()
        press(page, "Continue")
        sentence(page, "Done: 30 of 30 saved.")
        assert site.log.reports.total() == 31


def test_a_changed_site_is_repaired(context: BrowserContext, tmp_path: Path) -> None:
    options = DemoOptions(vehicles=3, renamed=("reportButton", "createPdf"))
    with (
        running_demo(options) as site,
        dashboard(tmp_path / "project", site.base_url, JDP_PAGE_TIMEOUT="5") as own,
    ):
        page = own.open(context)
        give_account(page)
        press(page, "Run the check")
        sentence(page, "Something is not right yet.")
        page.get_by_text("Failed").first.wait_for()
        press(page, "Repair")
        sentence(page, "Everything works.")
        press(page, "Get ten reports")
        sentence(page, "Done: 3 of 3 saved.")


def test_unreachable_site_can_be_tried_again(context: BrowserContext, tmp_path: Path) -> None:
    settings = {"JDP_OUTAGE_TIMEOUT": "1"}
    with (
        running_demo(DemoOptions(vehicles=3)) as site,
        dashboard(tmp_path / "project", site.base_url, **settings) as own,
    ):
        page = begin(own, context)
        site.faults.set(Fault("any", "status-503", 1.0, times=None))
        press(page, "Get ten reports")
        sentence(page, "The site did not give what it was asked for.")
        site.faults.clear()
        press(page, "Try again")
        sentence(page, "Done: 3 of 3 saved.")


def test_failures_are_grouped_and_shown_with_their_pages(
    context: BrowserContext, tmp_path: Path
) -> None:
    with (
        running_demo(DemoOptions(vehicles=6)) as site,
        dashboard(tmp_path / "project", site.base_url, JDP_RETRIES="0") as own,
    ):
        page = begin(own, context)
        first = site.vehicles[0].reference
        site.faults.set(Fault("report", "html-error", references=(first,), times=None))
        press(page, "Get ten reports")
        sentence(page, "Done: 5 of 6 saved, 1 needs a look.")
        page.get_by_text("Try again: 1").wait_for()
        page.get_by_role("button", name="Show its page").click()
        picture = page.get_by_role("img", name="The page on which it failed")
        picture.wait_for()
        assert picture.evaluate("canvas => canvas.width > 100 && canvas.height > 100")
        site.faults.clear()
        press(page, "Try again what failed")
        sentence(page, "Done: 6 of 6 saved.")
