from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.job.batch import Outcome
from jdp_spider.job.journal import JournalEntry
from jdp_spider.job.metrics import (
    build_metrics,
    exit_status,
    table,
    to_stats,
    why_not_attempted,
)
from tests.support.factories import config, vehicle

if TYPE_CHECKING:
    from collections.abc import Iterator

SAVED = JournalEntry(
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
FAILED = JournalEntry(
    "4#1", "4", "", "failed", reason="timeout", attempts=3, seconds=60.0, said="Wait"
)
OUTCOMES = [
    (vehicle("1", 1), Outcome("saved", "", SAVED)),
    (vehicle("2", 2), Outcome("already_there", "", SAVED)),
    (
        vehicle("3\xe9", 3),
        Outcome("failed", "no_bookout_link", JournalEntry("3#1", "3", "", "failed", said="Sold")),
    ),
    (vehicle("4", 4), Outcome("not_attempted", "limit", FAILED)),
    (vehicle("5", 5), Outcome("not_attempted", "limit", None)),
]
FIGURES = {
    "total_inventory": 5,
    "attempted": 4,
    "succeeded": 2,
    "failed": 2,
    "not_available": 0,
    "success_rate": 50.0,
    "total_runtime_hours": 0.0067,
    "avg_seconds_per_vehicle": 6.0,
    "speedup_factor": 10.0,
    "concurrent_contexts": 7,
    "browser_restarts": 1,
    "checkpoint_saves": 3,
}
NOTHING = {
    "said": "",
    "attempts": 0, "seconds": 0.0, "bytes": 0, "context": "", "file": None, "verified": False
}  # fmt: skip
PDF = {"said": "", "attempts": 2, "seconds": 2.35, "bytes": 4000, "context": "context-1"}
PDF |= {"file": "1.pdf", "verified": True}


def row(number: int, reference: str, outcome: str, reason: str, figures: dict) -> dict[str, Any]:
    vin = vehicle("", number).vin
    return {"reference": reference, "vin": vin, "outcome": outcome, "reason": reason, **figures}


ROWS = [
    row(1, "1", "saved", "", PDF),
    row(2, "2", "already_there", "", PDF),
    row(3, "3\xe9", "failed", "no_bookout_link", {**NOTHING, "said": "Sold"}),
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
    """A batch that has come to these outcomes."""

    job = SimpleNamespace(
        checkpoint=SimpleNamespace(running_seconds=24.0, total_browser_restarts=1, saves=3)
    )

    def __init__(self, outcomes: list[Any], reached: bool = True) -> None:
        self.limit = SimpleNamespace(reached=reached)
        self._outcomes = outcomes
        self.asked: list[str] = []

    def outcomes(self, ended: str) -> Iterator[Any]:
        self.asked.append(ended)
        yield from self._outcomes


def test_metrics_describe_the_run() -> None:
    batch = Finished(OUTCOMES)
    assert build_metrics(batch, config(wanted_contexts=7), "finished") == METRICS
    assert batch.asked == ["limit"]


def test_the_metrics_without_vehicles() -> None:
    assert build_metrics(Finished([]), config(wanted_contexts=7), "site_changed") == NO_VEHICLES


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
    metrics = build_metrics(Finished(outcomes), config(), "finished")
    names = ("attempted", "succeeded", "failed", "success_rate")
    names += ("avg_seconds_per_vehicle", "speedup_factor")
    assert tuple(metrics[name] for name in names) == figures


def test_success_rate_of_100_means_all() -> None:
    """1,999 of 2,000 would be rounded up to it."""
    outcomes = [*OUTCOMES[:1] * 1999, *OUTCOMES[2:3]]
    assert build_metrics(Finished(outcomes), config(), "finished")["success_rate"] == 99.9


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
def test_reason_of_vehicles_not_attempted(reached: bool, finish_reason: str, why: str) -> None:
    assert why_not_attempted(Finished([], reached), finish_reason) == why


def test_stats_describe_the_run() -> None:
    assert to_stats(METRICS) == {
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
    assert to_stats(NO_VEHICLES) == {**figures, "jdp/vehicle_count": 0}


TABLE = """\
Vehicles in the inventory  5
  saved                    1
  already there            1
  failed                   1
        1  The site shows no bookout link for it
  not attempted            2
        2  MAX_DOWNLOADS was reached
Time                       12 s, with earlier runs 24 s
  login, export, waits     2 s
Speed                      360 vehicles an hour, without these
PDFs                       /d/pdfs

Go on with it."""


def test_summary_table_of_a_run() -> None:
    before = copy.deepcopy(METRICS)
    text = table(METRICS, 12.0, 10.0, {"PDFs": "/d/pdfs"}, "Go on with it.")
    assert (text, text.isascii(), METRICS) == (TABLE, True, before)


def test_summary_table_without_vehicles_and_advice() -> None:
    assert table(NO_VEHICLES, 24.0, 24.0, {}, "").splitlines() == [
        "Vehicles in the inventory  0",
        "  saved                    0",
        "  already there            0",
        "  failed                   0",
        "  not attempted            0",
        "Time                       24 s",
    ]


def test_reasons_are_below_their_outcome_by_frequency() -> None:
    reasons = [("failed", "timeout"), ("failed", "cut"), ("failed", "cut"), ("failed", "a_new_one")]
    rows = [row(1, "1", *pair, NOTHING) for pair in [*reasons, ("not_attempted", "interrupted")]]
    lines = table({**NO_VEHICLES, "vehicles": rows}, 24.0, 24.0, {}, "").splitlines()
    assert lines[3:8] == [
        "  failed                   4",
        "        2  The report was not complete",
        "        1  A new one",
        "        1  A page, or the vehicle as a whole, took too long",
        "  not attempted            1",
    ]


def test_not_available_is_not_a_failure() -> None:
    entry = JournalEntry("3#1", "3", "", "not_available", reason="no_bookout_link")
    settled = (vehicle("3", 3), Outcome("not_available", "no_bookout_link", entry))
    metrics = build_metrics(Finished([*OUTCOMES[:2], settled]), config(), "finished")
    names = ("total_inventory", "attempted", "succeeded", "failed", "not_available")
    assert [metrics[name] for name in names] == [3, 2, 2, 0, 1]
    assert exit_status({**to_stats(metrics), "finish_reason": "finished"}) == 0
    assert table(metrics, 24.0, 24.0, {}, "").splitlines()[3:6] == [
        "  failed                   0",
        "  not available            1",
        "        1  The site shows no bookout link for it",
    ]
