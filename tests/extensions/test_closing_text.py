"""What a run says when it has ended."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.extensions.closing_text import advice, before_the_inventory, failed_lines
from jdp_spider.job.ending import what_was_found
from jdp_spider.job.selection import Selection
from jdp_spider.pages.errors import LoginRefused
from jdp_spider.reasons import CloseReason
from jdp_spider.utils import cli
from tests.support.factories import vehicle

if TYPE_CHECKING:
    from jdp_spider.inventory import Vehicle

OF_A_NAME = "O'Brien"
SMALL = os.terminal_size((80, 24))


@pytest.fixture(autouse=True)
def small_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not in `shutil` itself: pytest asks there, too.
    monkeypatch.setenv("COLUMNS", str(SMALL.columns))
    monkeypatch.setenv("LINES", str(SMALL.lines))


def failed(
    number: int, reason: str = "no_bookout_link", reference: str = "", said: str = ""
) -> dict[str, Any]:
    reference = reference or str(165500 + number)
    row = {"reference": reference, "vin": f"VIN{number}", "outcome": "failed", "reason": reason}
    return {**row, "said": said}


def test_every_failed_vehicle_has_a_line() -> None:
    rows = [failed(1), failed(2, "file_in_use"), {**failed(3, "no_reference"), "reference": ""}]
    rows.append({**failed(4), "outcome": "not_attempted"})
    assert failed_lines(rows, "report.html") == [
        "Failed:",
        "  165501  The site shows no bookout link for it",
        "  165502  Its file is open in another program",
        "  VIN3    It has no reference number",
    ]


@pytest.mark.parametrize(("number", "more"), [(7, 0), (8, 2), (100, 94)])
def test_few_failures_are_listed_and_the_rest_counted(number: int, more: int) -> None:
    lines = failed_lines([failed(n) for n in range(number)], "x/report.html")
    assert len(lines) <= 1 + 7
    assert lines[-1].startswith("  and") == bool(more)
    if more:
        assert lines[-1] == f"  and {more} more, see x/report.html"


def test_words_of_a_page_are_below_the_reason_and_no_wider_than_a_screen() -> None:
    rows = [failed(1, "report_not_opened", said="Mileage is required."), failed(2)]
    assert failed_lines(rows, "r") == [
        "Failed:",
        '  165501  "Create PDF" opened no report',
        "          The page says: Mileage is required.",
        "  165502  The site shows no bookout link for it",
    ]
    for words in ("word " * 40, "x" * 200, "\u2014" * 100):
        lines = failed_lines([failed(1, said=words)], "r")
        assert len(lines) == 4
        assert max(map(len, lines)) <= 80
        assert lines[-1].endswith(" ...")


def test_words_of_pages_do_not_make_the_list_longer_than_a_screen() -> None:
    lines = failed_lines([failed(n, said="word " * 40) for n in range(9)], "r")
    assert len(lines) == 1 + 7
    assert [line for line in lines if "more, see r" in line] == ["  and 7 more, see r"]


def test_references_are_ascii_and_no_failure_means_no_line() -> None:
    assert failed_lines([failed(1, reference="1\xe9")], "r")[1].startswith("  1\\xe9  The site")
    assert failed_lines([], "r") == []


def test_run_that_ended_before_the_inventory_names_the_reason() -> None:
    words = "The run ended: the site could not be reached, before the inventory was read"
    assert before_the_inventory("site_unreachable") == words


SAID = "The inventory could not be read: nothing came of the click; the page says: We mail it"
ASKED = "The site could not be used for 120 s: check the internet connection and JD_BASE_URL"
REFUSED = LoginRefused("The site refused the login, saying: Wrong", "Look at it")


@pytest.mark.parametrize(
    ("reason", "said", "refused", "last"),
    [
        ("site_trouble", SAID, None, f"{SAID}."),
        ("too_many_failures", SAID, None, f"{SAID}."),
        # What to do about it is said once.
        ("site_unreachable", ASKED, None, f"{ASKED}."),
        ("site_unreachable", "Gone", None, "Gone. Check the internet connection and JD_BASE_URL."),
        (
            "login_refused",
            f"{REFUSED} - Look at it",
            REFUSED,
            f"{REFUSED} - Look at it. Then run it again.",
        ),
        ("browser_failed", "No\nbrowser", None, CloseReason.BROWSER_FAILED.advice),
        ("finished", "Unexpected error", None, ""),
    ],
)
def test_last_sentence_says_what_was_found(
    reason: str, said: str, refused: LoginRefused | None, last: str
) -> None:
    folder = SimpleNamespace(jobdir=None)
    batch = SimpleNamespace(pending=list, unknown_references=list)
    session = SimpleNamespace(refused=refused)
    job = SimpleNamespace(vehicles=[], folder=folder)
    run: Any = SimpleNamespace(job=job, batch=batch, session=session)
    assert advice(run, reason, what_was_found(reason, said)) == last


@pytest.mark.parametrize(
    ("refs", "others"),
    [
        ({"9"}, ""),
        ({"9", "1"}, " All others that were asked for have their report."),
    ],
)
def test_other_vehicles_are_mentioned_only_if_there_are_some(refs: set[str], others: str) -> None:
    vehicles: list[Vehicle] = [vehicle("1", 1), vehicle("2", 2)]
    selection = Selection(frozenset(refs))
    batch = SimpleNamespace(
        pending=list, selection=selection, unknown_references=lambda: selection.unknown(vehicles)
    )
    job = SimpleNamespace(vehicles=vehicles, folder=SimpleNamespace(jobdir=None))
    run: Any = SimpleNamespace(job=job, batch=batch, session=SimpleNamespace(refused=None))
    assert advice(run, "finished") == (
        f"Not in the inventory of this job: 9.{others} A new JOBDIR reads the inventory anew."
    )


@pytest.mark.parametrize(
    ("jobdir", "how"),
    [
        (OF_A_NAME, f"run it again: {cli.resume_command(OF_A_NAME)}"),
        # As the console shows it, it would begin another job.
        ("m\xe4rz", "run the same command again."),
    ],
)
def test_command_that_goes_on_is_shown_only_where_it_can_be_typed(jobdir: str, how: str) -> None:
    folder = SimpleNamespace(jobdir=Path(jobdir))
    run = run_with(folder)
    assert advice(run, "finished") == f"To go on with the one that is missing, {how}"


@pytest.mark.parametrize(
    ("reasons", "ends"),
    [
        (["no_reference", "too_large"], "For the 2 that are missing something has to be done"),
        (["no_reference", "cut"], "To go on with the 2 that are missing, run it again"),
        (["no_reference", None], "To go on with the 2 that are missing, run it again"),
    ],
)
def test_another_run_is_advised_only_where_it_may_help(
    reasons: list[str | None], ends: str
) -> None:
    run = run_with(SimpleNamespace(jobdir=Path(OF_A_NAME)), *reasons)
    assert advice(run, "finished").startswith(ends)


@pytest.mark.parametrize(
    ("reason", "start"),
    [
        ("no_bookout_link", "The grid shows 1 of the 5 vehicles of the export: a list or a filter"),
        ("cut", "To go on with the 5 that are missing, run it again"),
    ],
)
def test_list_that_hides_vehicles_is_named_as_long_as_they_have_no_link(
    reason: str, start: str
) -> None:
    run = run_with(SimpleNamespace(jobdir=Path(OF_A_NAME)), *[reason] * 5, hidden=4)
    text = advice(run, "finished")
    assert text.startswith(start)
    assert "To go on with the 5 that are missing, run it again" in text


def run_with(folder: object, *reasons: str | None, hidden: int = 0) -> Any:
    """Return a run with a missing vehicle for each reason of its failure; None: it has none."""
    vehicles = [vehicle(str(n), n) for n in range(len(reasons or [None]))]
    entries = {
        each.key: SimpleNamespace(reason=reason)
        for each, reason in zip(vehicles, reasons, strict=False)
        if reason
    }
    journal = SimpleNamespace(entries=entries)
    links = SimpleNamespace(hidden=hidden)
    job = SimpleNamespace(vehicles=vehicles, folder=folder, journal=journal, links=links)
    limit = SimpleNamespace(reached=False)
    batch = SimpleNamespace(pending=lambda: vehicles, unknown_references=list, limit=limit)
    return SimpleNamespace(job=job, batch=batch, session=SimpleNamespace(refused=None))
