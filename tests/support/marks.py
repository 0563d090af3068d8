"""Marks for parameters of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet


def long(*values: Any, id: str | None = None) -> ParameterSet:  # noqa: A002 - as pytest.param has it
    """Return a case that repeats what others show: `--long` runs it."""
    return pytest.param(*values, id=id, marks=pytest.mark.long)
