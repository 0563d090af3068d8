"""What the tests said on Windows, compared with what is expected of Wine."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPECTED = Path(__file__).resolve().with_name("expected.toml")


def read_expected(path: Path = EXPECTED) -> dict[str, str]:
    """Return the reason for each test that fails under Wine alone, by the test's id."""
    found: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found


@dataclass
class Results:
    """The outcomes of a run of pytest."""

    counts: Counter[str] = field(default_factory=Counter)
    """Passed, failed, skipped; "failed" counts errors of fixtures, too."""
    failures: dict[str, str] = field(default_factory=dict)
    """The first line of each failure's message, by the test's id."""
    passed: set[str] = field(default_factory=set)

    def unexpected(self, expected: Mapping[str, str]) -> dict[str, str]:
        """Return the failures that are not expected."""
        return {test: text for test, text in self.failures.items() if test not in expected}

    def stale(self, expected: Mapping[str, str]) -> list[str]:
        """Return the tests that are expected to fail and have passed."""
        return sorted(self.passed.intersection(expected))


def read_results(path: Path) -> Results:
    """Return what pytest wrote with --junitxml. Raise OSError or ParseError if it did not."""
    results = Results()
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '')}"
        problem = next((part for part in case if part.tag in ("failure", "error")), None)
        if problem is not None:
            lines = (problem.get("message") or "").splitlines()
            results.failures[name] = lines[0] if lines else ""
        elif case.find("skipped") is None:
            results.passed.add(name)
        else:
            results.counts["skipped"] += 1
    results.passed -= set(results.failures)
    results.counts["failed"] = len(results.failures)
    results.counts["passed"] = len(results.passed)
    return results


def summary(results: Results, expected: Mapping[str, str]) -> str:
    """Return the counts in one line."""
    unexpected = len(results.unexpected(expected))
    known = results.counts["failed"] - unexpected
    counts = results.counts
    return (
        f"{counts['passed']} passed, {unexpected} failed, {known} failed as expected of Wine, "
        f"{counts['skipped']} skipped"
    )
