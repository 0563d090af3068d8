from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from lxml import html

from jdp_spider.job.packed import pack
from jdp_spider.report.all_runs import read_nights, write_all_runs
from jdp_spider.report.render import make_report
from tests.support.job_builder import JobFolder

if TYPE_CHECKING:
    from pathlib import Path


def night(parent: Path, name: str, reason: str = "finished", failed: int = 0) -> Path:
    """Make the folder of a run of 10 vehicles."""
    run_data = parent / name / "run_data"
    run_data.mkdir(parents=True)
    (parent / name / "report.html").touch()
    rows = [{"outcome": "failed", "reason": "no_bookout_link"}] * failed
    figures = {"total_inventory": 10, "succeeded": 10 - failed, "failed": failed}
    metrics = json.dumps({**figures, "finish_reason": reason, "vehicles": rows})
    (run_data / "metrics.json").write_text(metrics, "utf-8")
    return parent / name


def page_of(parent: Path) -> html.HtmlElement:
    path = write_all_runs(parent)
    assert path is not None
    return html.document_fromstring(path.read_text("utf-8"))


def test_all_runs_are_listed_newest_first_over_years(tmp_path: Path) -> None:
    names = ["12-31-2025", "01-02-2026 (10)", "01-02-2026 (2)", "01-02-2026"]
    for name in names:
        night(tmp_path, name)
    (tmp_path / "12-12-2026").mkdir()
    (tmp_path / "99-99-2026" / "run_data").mkdir(parents=True)
    links = [link.get("href") for link in page_of(tmp_path).cssselect(".runs a")]
    assert links == [
        "01-02-2026%20%2810%29/report.html",
        "01-02-2026%20%282%29/report.html",
        "01-02-2026/report.html",
        "12-31-2025/report.html",
    ]


def test_newest_run_shows_what_needs_attention(tmp_path: Path) -> None:
    night(tmp_path, "01-02-2026")
    night(tmp_path, "01-03-2026", failed=2)
    page = page_of(tmp_path)
    assert ": 2." in page.cssselect("section li")[0].text_content()
    assert [e.get("class") for e in page.cssselect(".runs li > span:nth-child(2)")] == [
        "failed",
        "complete",
    ]


def test_damaged_run_does_not_prevent_the_page(tmp_path: Path) -> None:
    night(tmp_path, "01-02-2026")
    for number, text in enumerate(("{", "[]", '{"failed": 1}', '{"vehicles": 3}')):
        broken = night(tmp_path, f"01-0{number + 3}-2026")
        (broken / "run_data" / "metrics.json").write_text(text, "utf-8")
    assert [each.kind for each in read_nights(tmp_path)] == ["open"] * 4 + ["complete"]
    text = page_of(tmp_path).text_content()
    assert "was killed" in text
    # Its PDFs are there, however many.
    assert "No figures" in text
    assert "Nothing saved" not in text


def test_packed_run_is_listed_with_its_figures_and_its_zip(tmp_path: Path) -> None:
    night(tmp_path, "01-03-2026")
    pack(night(tmp_path, "01-02-2026", failed=2))
    unpacked = page_of(tmp_path)
    shutil.rmtree(tmp_path / "01-02-2026")
    page = page_of(tmp_path)
    for found, address in ((unpacked, "01-02-2026/report.html"), (page, "01-02-2026.zip")):
        (row,) = (row for row in found.cssselect(".runs li") if "2 Jan 2026" in row.text_content())
        assert "8 of 10 saved, 2 failed" in row.text_content()
        assert [link.get("href") for link in row.cssselect("a")] == [address]
    (tmp_path / "01-02-2026.zip").write_bytes(b"damaged")
    assert [each.kind for each in read_nights(tmp_path)] == ["complete", "open"]


def test_foreign_index_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine", "utf-8")
    assert write_all_runs(tmp_path) is None
    assert (tmp_path / "index.html").read_text("utf-8") == "mine"


def test_report_writes_the_page_of_all_runs_beside_a_run_folder_only(tmp_path: Path) -> None:
    for name, expected in (("11-23-2026", True), ("copied by hand", False)):
        job = JobFolder(tmp_path / name[:4] / name, 3)
        job.run(3)
        make_report(job.path)
        assert (job.path.parent / "index.html").is_file() == expected


def test_trend_shows_vehicles_without_a_report_oldest_first(tmp_path: Path) -> None:
    for day, failed in ((3, 0), (2, 4), (1, 2)):
        night(tmp_path, f"01-0{day}-2026", failed=failed)
    bars = page_of(tmp_path).cssselect(".trend rect")
    assert [bar.get("height") for bar in bars] == ["2", "4", "0"]


def test_only_the_figures_of_older_runs_are_read(tmp_path: Path) -> None:
    """A year's nights of thousands of vehicles would take many seconds."""
    for day in (1, 2, 3):
        metrics = night(tmp_path, f"01-0{day}-2026", failed=2) / "run_data" / "metrics.json"
        figures = json.loads(metrics.read_text("utf-8"))
        text = json.dumps({**figures, "vehicles": figures["vehicles"] * 2000}, indent=2)
        metrics.write_text(text if day == 3 else text[:-9], "utf-8")
    assert [each.kind for each in read_nights(tmp_path)] == ["failed"] * 3
    assert [len(each.troubles) for each in read_nights(tmp_path)] == [1, 0, 0]


def test_run_with_only_not_available_vehicles_missing_is_complete(tmp_path: Path) -> None:
    path = night(tmp_path, "01-02-2026") / "run_data" / "metrics.json"
    figures = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({"not_available": 1, **figures, "succeeded": 9}), "utf-8")
    page = page_of(tmp_path)
    assert "has its report, but 1 that is not available." in page.text_content()
    assert page.cssselect(".runs .complete")[0].text == "9 of 10 saved, 1 not available"


def test_trend_bars_share_a_baseline(tmp_path: Path) -> None:
    for day, failed in ((1, 4), (2, 1)):
        night(tmp_path, f"01-0{day}-2026", failed=failed)
    bars = page_of(tmp_path).cssselect(".trend rect")
    assert [int(bar.get("y")) + int(bar.get("height")) for bar in bars] == [4, 4]
