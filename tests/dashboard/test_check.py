from __future__ import annotations

import pytest

from jdp_spider.dashboard.check import CheckLine, parse_check
from jdp_spider.doctor.findings import failed, passed, shown, skipped, warned
from jdp_spider.reasons import ExitStatus

LINES = [
    shown("settings", passed("https://site/")),
    shown("folder", warned("a " * 80 + "end", advice="Make room: a large inventory needs it.")),
    shown("login", failed("refused", advice="Look at it.", status=ExitStatus.LOGIN_REFUSED)),
    shown("3 checks", skipped("licence, home, grid: they need what failed")),
]
END = "\n\nThe first FAIL again:\n  login            refused\n\n1 PASS, 1 FAIL. Exit status 4."


def test_the_doctors_own_lines_are_understood() -> None:
    check = parse_check("\n".join(LINES) + END, None, is_alive=False)
    assert check.lines == (
        CheckLine("PASS", "settings", "https://site/"),
        CheckLine("WARN", "folder", "a " * 80 + "end", "Make room: a large inventory needs it."),
        CheckLine("FAIL", "login", "refused", "Look at it."),
        CheckLine("SKIP", "3 checks", "licence, home, grid: they need what failed"),
    )
    assert (check.status, check.is_running) == (ExitStatus.LOGIN_REFUSED, False)
    assert check.refusal == "refused"


@pytest.mark.parametrize("number", range(len(LINES) + 1))
def test_lines_are_shown_as_they_come(number: int) -> None:
    check = parse_check("\n".join(LINES[:number]), None, is_alive=True)
    assert (len(check.lines), check.status, check.is_running) == (number, None, True)


def test_a_check_that_is_over_needs_no_process() -> None:
    """Its number may be another process's by now."""
    text = f"{LINES[0]}\n\n1 PASS. All that a crawl needs is there: go on with ten vehicles "
    check = parse_check(f"{text}(README.md).", None, is_alive=True)
    assert (check.is_good, check.is_running) == (True, False)


def test_what_was_printed_instead_of_a_check_is_kept() -> None:
    check = parse_check("scrapy: JD_USER must be set\n", None, is_alive=False)
    assert (check.lines, check.rest) == ((), "scrapy: JD_USER must be set")


def test_a_check_that_was_killed_has_no_result() -> None:
    check = parse_check(LINES[0], None, is_alive=False)
    assert (check.status, check.is_running, check.is_good) == (None, False, False)
