"""A newcomer's whole way by clicks alone, in a real browser, against the demo site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.dashboard_process import dashboard
from harness.demo_process import demo_process
from jdp_spider.demo.options import DemoOptions
from tests.support.dashboard_process import give_account, press, sentence

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext

pytestmark = [pytest.mark.browser, pytest.mark.crawl]


def test_new_user_downloads_every_bookout_by_clicks(
    context: BrowserContext, tmp_path: Path
) -> None:
    """The page is reloaded on the way, killed in mid-run, started again and watched in two tabs."""
    said: list[str] = []
    with (
        demo_process(DemoOptions(vehicles=24)) as site,
        dashboard(tmp_path / "project", site.base_url) as own,
    ):
        context.on("weberror", lambda error: said.append(str(error.error)))
        page = own.open(context)
        sentence(page, "Enter your user name and password")
        give_account(page)
        sentence(page, "Check that everything works.")
        press(page, "Run the check")
        sentence(page, "Everything works.")
        page.reload()
        sentence(page, "Everything works.")
        press(page, "Get ten reports")
        sentence(page, "10 reports are saved")
        press(page, "Get all 24 reports")
        sentence(page, "Getting the reports.")
        own.kill()
        page.get_by_text("The program does not answer.").wait_for()
        own.start()
        second = own.open(context)
        # The first tab has the key of the process that is gone.
        page.get_by_text("This page is out of date.").wait_for()
        sentence(second, "Done: 24 of 24 saved.")
        second.get_by_role("link", name="Runs").click()
        second.get_by_label("Find a vehicle").fill(next(iter(site.vehicles)))
        press(second, "Search")
        second.get_by_role("button", name="Open the PDF").first.wait_for()
        second.get_by_label("Find a vehicle").fill("1")
        press(second, "Search")
        second.get_by_text("Type at least three characters.").wait_for()
        # What was said is not said of another page.
        second.get_by_role("link", name="Settings").click()
        second.get_by_text("The folder for the reports").wait_for()
        assert second.locator("#said").inner_text() == ""
        figures = site.figures
    pdfs = list((tmp_path / "project" / "downloads").glob("*/pdfs/*.pdf"))
    assert (len(pdfs), said) == (24, [])
    # The check, ten, all: each logs out, and none meets another one's session.
    counted = {name: figures[name] for name in ("logins", "logouts", "max_live_sessions")}
    assert counted == {"logins": 3, "logouts": 3, "max_live_sessions": 1}
    everything = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in everything if b"demo-password" in path.read_bytes()] == []
