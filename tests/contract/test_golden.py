"""The comparison itself: a golden file holds all that there is, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.contract.golden import FOLDER, compare, kinds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    compare(tmp_path / "golden" / "names.json", {"one": 1, "two": 2}, update=True)
    return tmp_path / "golden" / "names.json"


def test_order_of_keys_does_not_matter(path: Path) -> None:
    compare(path, {"two": 2, "one": 1})


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"one": 1}, '-  "two": 2'),
        ({"one": 1, "two": 3}, '-  "two": 2'),
        ({"one": 1, "three": 3, "two": 2}, '+  "three": 3,'),
    ],
    ids=["gone", "changed", "added"],
)
def test_difference_is_reported_with_its_line(path: Path, value: dict[str, Any], line: str) -> None:
    with pytest.raises(AssertionError) as raised:
        compare(path, value)
    assert line in str(raised.value).splitlines()
    assert "--update-golden" in str(raised.value)


def test_missing_golden_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        compare(tmp_path / "golden" / "names.json", {})


def test_keys_missing_in_some_rows_are_marked() -> None:
    assert kinds([{"a": 1, "b": {}}, {"a": None}]) == {"a": "int or null", "b?": "object"}


def test_every_golden_file_is_compared() -> None:
    texts = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    names = {path.name for path in FOLDER.iterdir()}
    assert [name for name in names if not any(f'"{name}"' in text for text in texts)] == []
