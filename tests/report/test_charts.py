from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from jdp_spider.report import charts
from jdp_spider.report.charts import _an_hour, _Places, _ticks, histogram, throughput
from jdp_spider.report.history import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 11, 23, 23, 50, 5, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The computer's time zone is UTC."""
    if not hasattr(time, "tzset"):
        pytest.skip("Windows keeps the time zone elsewhere")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def run(start: float, end: float, *saved: float, failed: tuple[float, ...] = ()) -> Run:
    return Run(at(start), at(end), saved=[*map(at, saved)], failed=[*map(at, failed)])


@pytest.mark.parametrize(
    ("seconds", "edges", "an_hour"),
    [
        (40, [0, 20, 40], [360, 180]),
        # Steps of one run are equally long.
        (50, [0, 25, 50], [288, 144]),
        (8, [0, 8], [1350]),
    ],
)
def test_throughput_is_per_hour(seconds: float, edges: list[float], an_hour: list[float]) -> None:
    done = run(0, seconds, 1, 2, seconds)
    assert _an_hour(done, done.saved, 20) == (edges, pytest.approx(an_hour))


def test_runs_are_drawn_with_small_gaps() -> None:
    places = _Places([run(0, 60), run(86_400, 86_440)])
    assert (places.gap, places.starts, places.end) == (2, [0, 62], 102)
    moments = {-5: 0, 0: 0, 30: 30, 60: 60, 5000: 60, 86_400: 62, 86_430: 92, 90_000: 102}
    assert {moment: places.of(at(moment)) for moment in moments} == moments


@pytest.mark.parametrize(
    ("runs", "step"),
    [
        ([run(0, 3600, *range(3600))], 60),
        ([run(0, 60, *range(10))], 30),
        ([run(0, 60, *range(60))], 5),
        ([run(0, 36_000, *range(0, 36_000, 2)), run(90_000, 126_000)], 1800),
        ([run(0, 86_400, 1)], 86_400),
    ],
)
def test_chart_step_grows_with_duration(runs: list[Run], step: float) -> None:
    assert _Places(runs).step == step


def test_time_labels_need_room() -> None:
    places = _Places([run(0, 1200), run(86_400, 87_600)])
    assert _ticks(places, 5) == {
        0: "23:50\n23 Nov",
        595: "00:00\n24 Nov",
        1248: "23:50",
        1843: "00:00\n25 Nov",
        2443: "00:10",
    }


def test_seconds_are_shown_in_a_short_run() -> None:
    assert _ticks(_Places([run(0, 12)]), 5) == {
        0: "23:50:05\n23 Nov",
        5: "23:50:10",
        10: "23:50:15",
    }


MANY = [run(0, 3600, *range(0, 3600, 7), failed=(50.0, 60.0)), run(90_000, 93_600, 90_010)]


def drawn() -> dict[str, str]:
    """Every picture, in each width."""
    found = {
        "throughput": throughput(MANY, [(at(100), "1"), (at(101), "2")]),
        "histogram": histogram([2.0, 2.5, 3.0, 90]),
    }
    return {f"{name} {width}": svg for name, each in found.items() for width, svg in each.items()}


def test_charts_obey_page_policy() -> None:
    """No styles, nothing from elsewhere, colours that the page decides on."""
    for svg in drawn().values():
        parts = list(ElementTree.fromstring(svg).iter())
        assert {part.tag.rpartition("}")[2] for part in parts} <= {
            *("svg", "g", "defs", "path", "use", "text", "clipPath", "rect"),
        }
        attributes = [item for part in parts for item in part.items()]
        assert "style" not in dict(attributes)
        assert {value[0] for name, value in attributes if name == "href"} == {"#"}
        colours = {value for name, value in attributes if name in ("fill", "stroke")}
        assert colours <= {"none", *charts._COLOURS.values()}


def test_chart_ids_are_unique_in_page() -> None:
    names = re.findall(r' id="([^"]+)"', "".join(drawn().values()))
    assert len(names) == len(set(names)) > 0


def test_charts_are_reproducible() -> None:
    assert drawn() == drawn()


def texts(svg: str) -> list[str]:
    return [part.text or "" for part in ElementTree.fromstring(svg).iter(f"{charts.SVG}text")]


def test_very_long_times_share_one_bar() -> None:
    shown = texts(histogram([2.0 + n / 100 for n in range(100)] + [300.0])["wide"])
    assert "seconds; the last bar: 1 that took longer" in shown
    assert " half took less than 2.5 s" in shown


@pytest.mark.parametrize("seconds", [[5.0], [0.0], [0.001] * 9, [80_000.0, 90_000.0]])
def test_histogram_accepts_any_values(seconds: list[float]) -> None:
    assert set(histogram(seconds)) == {"wide", "narrow"}


@pytest.mark.parametrize("runs", [[run(0, 0, 0)], [run(0, 5_000_000, 5)], MANY * 20])
def test_throughput_accepts_any_values(runs: list[Run]) -> None:
    assert set(throughput(runs, [])) == {"wide", "narrow"}
