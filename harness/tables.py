"""Tables of figures that are printed a row at a time; a column is as wide as its heading."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_T = TypeVar("_T")


def header(columns: Mapping[str, Callable[[_T], str]]) -> str:
    return " ".join(columns)


def row(columns: Mapping[str, Callable[[_T], str]], figures: _T) -> str:
    return " ".join(f"{cell(figures):>{len(heading)}}" for heading, cell in columns.items())
