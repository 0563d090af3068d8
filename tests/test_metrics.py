from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from samples import config, vehicle

from jdp_spider.job import Outcome
from jdp_spider.metrics import as_stats, measure, table, why_not_attempted
from jdp_spider.tracking import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

SAVED = Entry(
    "1#1",
    "1",
    "",
    "saved",
    file="1.pdf",
    size=4000,
    attempts=2,
    seconds=2.3456,
    context="context-1",
)
FAILED = Entry("4#1", "4", "", "failed", reason="timeout", attempts=3, seconds=60.0)
OUTCOMES = [
    (vehicle("1", 1), Outcome("saved", "", SAVED)),
    (vehicle("2", 2), Outcome("already_there", "", SAVED)),
    (vehicle("3\xe9", 3), Outcome("failed", "no_bookout_link", Entry("3#1", "3", "", "failed"))),
    (vehicle("4", 4), Outcome("not_attempted", "limit", FAILED)),
    (vehicle("5", 5), Outcome("not_attempted", "limit", None)),
]
FIGURES = {
    "total_inventory": 5,
    "attempted": 4,
    "succeeded": 2,
    "failed": 2,
    "success_rate": 50.0,
    "total_runtime_hours": 0.0067,
    "avg_seconds_per_vehicle": 6.0,
    "speedup_factor": 10.0,
    "concurrent_contexts": 7,
    "browser_restarts": 1,
    "checkpoint_saves": 3,
}
NOTHING = {
    "attempts": 0, "seconds": 0.0, "bytes": 0, "context": "", "file": None, "verified": False
}  # fmt: skip
PDF = {"attempts": 2, "seconds": 2.35, "bytes": 4000, "context": "context-1"}
PDF |= {"file": "1.pdf", "verified": True}


def row(number: int, reference: str, outcome: str, reason: str, figures: dict) -> dict[str, Any]:
    vin = vehicle("", number).vin
    return {"reference": reference, "vin": vin, "outcome": outcome, "reason": reason, **figures}


ROWS = [
    row(1, "1", "saved", "", PDF),
    row(2, "2", "already_there", "", PDF),
    row(3, "3\xe9", "failed", "no_bookout_link", NOTHING),
    row(4, "4", "not_attempted", "limit", NOTHING),
    row(5, "5", "not_attempted", "limit", NOTHING),
]
METRICS = {**FIGURES, "finish_reason": "finished", "vehicles": ROWS}
NO_VEHICLES = {
    **dict.fromkeys(FIGURES, 0),
    "success_rate": 0.0,
    "total_runtime_hours": 0.0067,
    "concurrent_contexts": 7,
    "browser_restarts": 1,
    "checkpoint_saves": 3,
    "finish_reason": "site_changed",
    "vehicles": [],
}


class Finished:
    """A job that has come to these outcomes."""

    running_seconds = 24.0
    total_browser_restarts = 1
    checkpoint_saves = 3

    def __init__(self, outcomes: list[Any], reached: bool = True) -> None:
        self.limit = SimpleNamespace(reached=reached)
        self._outcomes = outcomes
        self.asked: list[str] = []

    def outcomes(self, ended: str) -> Iterator[Any]:
        self.asked.append(ended)
        yield from self._outcomes


def test_the_metrics_of_a_run() -> None:
    job = Finished(OUTCOMES)
    assert measure(job, config(contexts=7), "finished") == METRICS
    assert job.asked == ["limit"]


def test_the_metrics_without_vehicles() -> None:
    assert measure(Finished([]), config(contexts=7), "site_changed") == NO_VEHICLES


@pytest.mark.parametrize(
    ("outcomes", "figures"),
    [
        (OUTCOMES[:2], (2, 2, 0, 100.0, 12.0, 5.0)),
        (OUTCOMES[2:3], (1, 0, 1, 0.0, 24.0, 2.5)),
        (OUTCOMES[:3], (3, 2, 1, 66.7, 8.0, 7.5)),
        (OUTCOMES[4:], (0, 0, 0, 0.0, 0.0, 0.0)),
    ],
)
def test_rates_are_of_what_was_attempted(outcomes: list, figures: tuple[float, ...]) -> None:
    metrics = measure(Finished(outcomes), config(), "finished")
    names = ("attempted", "succeeded", "failed", "success_rate")
    names += ("avg_seconds_per_vehicle", "speedup_factor")
    assert tuple(metrics[name] for name in names) == figures


@pytest.mark.parametrize(
    ("reached", "finish_reason", "why"),
    [
        (False, "shutdown", "interrupted"),
        (False, "stop_file", "interrupted"),
        (False, "finished", "run_ended"),
        (False, "site_unreachable", "run_ended"),
        (True, "finished", "limit"),
    ],
)
def test_why_vehicles_were_left(reached: bool, finish_reason: str, why: str) -> None:
    assert why_not_attempted(Finished([], reached), finish_reason) == why


def test_the_stats_of_a_run() -> None:
    assert as_stats(METRICS) == {
        **{f"jdp/{name}": value for name, value in FIGURES.items()},
        "jdp/vehicle_count": 5,
        "jdp/vehicle_count/saved": 1,
        "jdp/vehicle_count/already_there": 1,
        "jdp/vehicle_count/failed": 1,
        "jdp/vehicle_count/failed/no_bookout_link": 1,
        "jdp/vehicle_count/not_attempted": 2,
        "jdp/vehicle_count/not_attempted/limit": 2,
    }


def test_the_stats_without_vehicles() -> None:
    figures = {f"jdp/{name}": NO_VEHICLES[name] for name in FIGURES}
    assert as_stats(NO_VEHICLES) == {**figures, "jdp/vehicle_count": 0}


TABLE = """\
Vehicles in the inventory    5
  saved                      1
  already there              1
  failed                     1
    no bookout link          1
  not attempted              2
    limit                    2
Success rate                 50.0 %
Running time                 0 min 24 s
Seconds a vehicle            6.00
Speed-up over one at a time  10.0 times
Contexts                     7
Browser restarts             1
PDFs                         /d/pdfs
Go on with it."""


def test_the_table() -> None:
    before = copy.deepcopy(METRICS)
    text = table(METRICS, {"PDFs": "/d/pdfs"}, "Go on with it.")
    assert (text, text.isascii(), METRICS) == (TABLE, True, before)


def test_the_table_without_vehicles_and_advice() -> None:
    lines = table(NO_VEHICLES, {}, "").splitlines()
    assert [line.split()[-1] for line in lines[:5]] == ["0"] * 5
    assert lines[5:8] == [
        "Success rate                 0.0 %",
        "Running time                 0 min 24 s",
        "Seconds a vehicle            0.00",
    ]
    assert lines[-1] == "Browser restarts             1"


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        (0.0, "0 min 00 s"),
        (0.0166, "1 min 00 s"),
        (0.9999, "1 h 00 min 00 s"),
        (1.5, "1 h 30 min 00 s"),
        (30.0025, "30 h 00 min 09 s"),
    ],
)
def test_the_running_time(hours: float, shown: str) -> None:
    text = table({**NO_VEHICLES, "total_runtime_hours": hours}, {}, "")
    assert f"Running time                 {shown}" in text.splitlines()


def test_the_reasons_stand_below_their_outcome_in_order() -> None:
    reasons = [("failed", "timeout"), ("failed", "page_changed"), ("failed", "timeout")]
    rows = [row(1, "1", *pair, NOTHING) for pair in [*reasons, ("not_attempted", "timeout")]]
    lines = table({**NO_VEHICLES, "vehicles": rows}, {}, "").splitlines()
    assert [" ".join(line.split()) for line in lines[3:8]] == [
        "failed 3",
        "page changed 1",
        "timeout 2",
        "not attempted 1",
        "timeout 1",
    ]
