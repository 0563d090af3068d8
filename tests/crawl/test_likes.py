"""Files as other sites of this kind write them: each kind in a crawl, several to a crawl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.demo.likes import CSVS, OPENINGS, PDFS
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.reports import make_report
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crawl.test_crawl import MakeCrawl

# Each may change a PDF's bytes, its text, and the exported file.
TOGETHER = (
    ("pdf-padded", "pdf-words", "csv-formulas"),
    ("pdf-page-after", "pdf-stock-na", "csv-totals"),
    ("pdf-prefix", "pdf-case", "csv-title"),
    ("pdf-glued", "pdf-cut-reference", "csv-padded"),
    ("pdf-apart", "csv-mark", "csv-uncertain"),
)


def test_every_kind_is_in_a_crawl() -> None:
    assert sorted(name for names in TOGETHER for name in names) == sorted(CSVS | PDFS)


@pytest.mark.crawl
def test_reports_are_taken_whatever_way_they_open(crawl: MakeCrawl) -> None:
    """Each vehicle's opens otherwise: one is made for each, and the page need not be left."""
    like = ("prepared", *OPENINGS)
    with running_demo(DemoOptions(vehicles=len(OPENINGS), like=like)) as site:
        done = crawl(site).run()
        wanted = {make_report(vehicle, likes=like) for vehicle in site.vehicles}
        made = site.log.reports
    assert done.status == ExitStatus.COMPLETE, done.output
    assert set(done.pdfs.values()) == wanted
    assert set(made.values()) == {1}


@pytest.mark.crawl
@pytest.mark.parametrize("like", ["report-endless", "report-large", "export-endless"])
def test_transfer_is_broken_off_at_its_limit(like: str, crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=1, like=(like,))) as site:
        done = crawl(site).run("-s", "JDP_MOST_REPORT_MB=3", "-s", "JDP_MOST_EXPORT_MB=3")
        asked = site.log.counts
    assert "where JDP_MOST" in done.output
    is_export = like == "export-endless"
    assert done.status == (ExitStatus.SITE_TROUBLE if is_export else ExitStatus.SOME_FAILED)
    # Not tried again.
    assert asked["export" if is_export else "report"] == 1


@pytest.mark.crawl
@pytest.mark.parametrize("like", TOGETHER, ids=" ".join)
def test_every_vehicle_gets_its_own_bookout(
    like: tuple[str, ...], crawl: MakeCrawl, tmp_path: Path
) -> None:
    with running_demo(DemoOptions(vehicles=4, like=like)) as site:
        done = crawl(site).run()
        wanted = {make_report(vehicle, likes=like) for vehicle in site.vehicles}
    assert done.status == ExitStatus.COMPLETE, done.output
    assert set(done.pdfs.values()) == wanted
    assert len(done.pdfs) == 4
    verified = crawl(site)
    verified.name = ("verify",)
    assert verified.run(str(done.folder)).status == ExitStatus.COMPLETE, verified.output
