from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jdp_spider.group.folders import GroupRun
from jdp_spider.group.index_page import render, write_index
from tests.support.account_builder import write_books
from tests.support.demo_browser import launch

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOW = datetime(2026, 11, 25, 6, 5, tzinfo=timezone.utc)


@pytest.fixture
def run(tmp_path: Path) -> GroupRun:
    run = GroupRun(tmp_path / "tonight", ["north", "south", "east", "west"])
    north, south, east, _ = run.accounts.values()
    write_books(north, {"165548": "saved", "165549": "saved"})
    north.record(0, 3661)
    assert north.run_folder is not None
    (north.run_folder / "report.html").touch()
    write_books(south, {"165548": "saved", "165549": "failed"}, total=3)
    south.record(3, 5)
    south.log.touch()
    east.record(2, 0, 'No password: <b>& "it"</b>')
    return run


def cards(page: str) -> list[list[str]]:
    """The text of each account's lines, links as name -> address."""
    page = re.sub(r'<a href="(.*?)">(.*?)</a>', r"\2 -> \1", page)
    found = re.findall(r"<li>(.*?)</li>", page, re.DOTALL)
    return [[line for line in re.sub(r"<.*?>", "", card).splitlines() if line] for card in found]


def test_each_account_has_a_card_and_failures_come_first(run: GroupRun) -> None:
    folder = "11-25-2026"
    assert cards(render(run, NOW)) == [
        [
            "south some failed",
            "1 of 3 saved, 1 failed, 5 s",
            "The same command tries just these again.",
            f"PDFs -> south/{folder}/pdfs/",
            "Log -> south/crawl.log",
        ],
        [
            "east not set up",
            "Nothing saved",
            "No password: &lt;b&gt;&amp; &#34;it&#34;&lt;/b&gt;",
            "Do what the message says, then the same command again.",
        ],
        ["west not begun", "Nothing saved", "The same command resumes it."],
        [
            "north complete",
            "2 of 2 saved, 1 h 01 min",
            f"Report -> north/{folder}/report.html",
            f"PDFs -> north/{folder}/pdfs/",
        ],
    ]


def test_totals_cover_all_accounts(run: GroupRun) -> None:
    tiles = re.findall(r"<dt>(.*?)</dt><dd>(\d+)", render(run, NOW))
    assert tiles == [("Accounts complete", "1"), ("Reports saved", "3"), ("Failed", "1")]
    assert '<time datetime="2026-11-25T06:05:00+00:00">25 Nov 2026, 06:05</time>' in render(
        run, NOW
    )


def test_a_run_folder_elsewhere_is_linked_by_its_full_path(run: GroupRun, tmp_path: Path) -> None:
    """DOWNLOAD_FOLDER is beside JOBDIR, but a job may have been moved by hand."""
    place = run.accounts["north"]
    assert place.run_folder is not None
    moved = place.run_folder.rename(tmp_path / "moved #1")
    job = place.jobdir / "job.json"
    job.write_text(json.dumps(json.loads(job.read_text()) | {"folder": str(moved)}))
    assert f"PDFs -> {moved.as_uri()}/pdfs" in cards(render(run, NOW))[-1]


def test_page_loads_nothing_external(run: GroupRun) -> None:
    page = write_index(run).read_text("utf-8")
    assert re.findall(r'(?:src|href)="(?!north|south|data:)', page) == []
    assert "http" not in re.sub(r"http-equiv", "", page)


@pytest.fixture
def tab() -> Page:  # type: ignore[misc]
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser.new_page()
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "columns"), [(1100, 3), (380, 1)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_the_window(
    run: GroupRun, tab: Page, width: int, columns: int, scheme: str
) -> None:
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    tab.goto(Path(write_index(run)).as_uri())
    boxes = [card.bounding_box() for card in tab.locator(".accounts > li").all()]
    assert len({box["x"] for box in boxes if box}) == columns
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is (scheme == "light")
    assert complaints == []


def test_totals_are_green_only_if_every_account_is_complete(run: GroupRun) -> None:
    assert '<div class="saved">' not in render(run, NOW)
