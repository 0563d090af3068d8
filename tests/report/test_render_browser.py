"""The report in a real browser, with as many vehicles as a dealership has."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from jdp_spider.browser.launch import find_browser, launch_options
from jdp_spider.job.outcomes import FAILED
from jdp_spider.report.history import read_book
from jdp_spider.report.render import make_report
from tests.support.job_builder import JobFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

VEHICLES = 2000


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    job = JobFolder(tmp_path_factory.mktemp("downloads") / "11-23-2026 (2)", VEHICLES)
    job.run(1200, reason="")
    job.run(700, pause_h=9, reason="shutdown")
    with pytest.MonkeyPatch.context() as patch:
        # Where the run was started, its JOBDIR is.
        patch.chdir(tmp_path_factory.mktemp("project"))
        Path("crawls", "run 1").mkdir(parents=True)
        return make_report(job.path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    options = launch_options(find_browser(), headless=True, block_images=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(**options)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """The report, opened without a network; it may not ask for anything or say anything."""
    with browser.new_context(offline=True, viewport={"width": 1280, "height": 900}) as context:
        asked: list[str] = []
        said: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        context.on("console", lambda message: said.append(message.text))
        context.on("weberror", lambda error: said.append(str(error.error)))
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.goto(report.as_uri())
        yield tab
        assert (asked, said) == ([report.as_uri()], [])


def shown(page: Page) -> tuple[int, str]:
    """How many rows are seen, and what the page says about it."""
    return page.locator("#rows tr:visible").count(), page.locator("#found").inner_text()


def test_report_search_filters_vehicles(page: Page) -> None:
    assert shown(page) == (200, "2000 of 2000 vehicles")
    page.get_by_label("Search").fill("FORD  165600")
    assert shown(page) == (1, "1 of 2000 vehicles")
    page.get_by_label("Search").fill("<script>")
    assert shown(page) == (1, "1 of 2000 vehicles")
    page.get_by_label("Search").fill("")
    page.get_by_label("Show", exact=True).select_option("not attempted")
    assert shown(page) == (100, "100 of 2000 vehicles")
    page.get_by_label("Search").fill("no such vehicle")
    assert shown(page) == (0, "0 of 2000 vehicles")


def test_all_rows_can_be_shown(page: Page) -> None:
    page.get_by_role("button", name="Show all 2000").click()
    assert shown(page) == (2000, "2000 of 2000 vehicles")
    assert page.locator("#all").is_hidden()


def test_links_lead_to_files(page: Page, report: Path) -> None:
    # As the browser understands them.
    links = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    paths = [Path(url2pathname(urlsplit(link).path)) for link in links if "#" not in link]
    assert len(paths) > 1800
    assert paths.pop(0) == report.parent.parent / "index.html"
    assert {path.parts[len(report.parts) - 1] for path in paths} == {"pdfs", "run_data"}
    assert [path for path in paths if not path.is_file()] == []


def test_report_works_with_keyboard(page: Page) -> None:
    page.get_by_role("link", name="Vehicles", exact=True).press("Enter")
    page.get_by_label("Search").focus()
    page.keyboard.type("165700")
    # The outcomes, and the six names of columns.
    for _ in range(8):
        page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.getAttribute('href')")
    assert focused == "pdfs/165700.pdf"


def test_list_is_sorted_by_keyboard_and_stays_searchable(page: Page) -> None:
    def first(column: int) -> str:
        return page.locator("#rows tr:visible").first.locator("th, td").nth(column).inner_text()

    page.get_by_label("Search").fill("Kia")
    button = page.get_by_role("button", name="Seconds")
    button.press("Enter")
    fastest = float(first(3))
    assert shown(page) == (200, "500 of 2000 vehicles")
    button.press("Enter")
    assert float(first(3)) > fastest
    heads = page.locator("#vehicles thead th")
    assert [head.get_attribute("aria-sort") for head in heads.all()] == [
        *(None, None, None, "descending", None, None)
    ]
    page.get_by_role("button", name="Reference").click()
    assert page.get_by_role("button", name="Seconds").count() == 1
    assert first(0) < "165560"


def test_command_is_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#command").inner_text()
    assert copied.endswith(' -m scrapy crawl jdpower -s "JOBDIR=crawls/run 1"')


@pytest.mark.parametrize(
    ("width", "pictures"), [(1280, ["wide", "wide"]), (390, ["narrow", "narrow"])]
)
def test_report_fits_into_window(page: Page, width: int, pictures: list[str]) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    seen = page.locator("figure :is(.wide, .narrow):visible")
    assert seen.evaluate_all("all => all.map(each => each.className)") == pictures


def test_charts_follow_colour_scheme(page: Page) -> None:
    colours = """() => [document.body, document.querySelector('figure path[fill*=saved]')].map(
        (each) => getComputedStyle(each)).map((style) => [style.backgroundColor, style.fill])"""
    page.emulate_media(color_scheme="light")
    light = page.evaluate(colours)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(colours)
    assert (light[0][0], light[1][1]) == ("rgb(255, 255, 255)", "rgb(43, 117, 86)")
    assert (dark[0][0], dark[1][1]) == ("rgb(18, 22, 28)", "rgb(86, 185, 141)")


def test_failed_vehicles_are_printed_and_folded_again(page: Page, report: Path) -> None:
    failed = [
        row.vehicle.reference for row in read_book(report.parent).rows if row.outcome == FAILED
    ]
    folded = page.locator("#failed details:not([open])")
    before = folded.count()
    assert len(failed) > 30 and before
    printed = "".join(each.extract_text() for each in PdfReader(BytesIO(page.pdf())).pages)
    assert [reference for reference in failed if reference not in printed] == []
    assert folded.count() == before


def test_list_is_printed_on_request_only(page: Page) -> None:
    def pages() -> int:
        return page.pdf().count(b"/Type /Page\n")

    few = pages()
    assert 0 < few < 10
    page.get_by_label("Print this list, too").check()
    assert pages() > few + 10


@pytest.mark.parametrize("width", [769, 900, 1000])
def test_columns_fit_at_medium_widths(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert (
        page.locator("#rows tr")
        .first.locator("th, td:visible")
        .evaluate_all("cells => Math.min(...cells.map(cell => cell.clientWidth))")
        > 200
    )
