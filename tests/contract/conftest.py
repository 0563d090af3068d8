"""What users and other programs see, held against golden files made from the real commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.golden import FOLDER, UPDATE, compare

if TYPE_CHECKING:
    from collections.abc import Callable


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        UPDATE, action="store_true", help="write tests/contract/golden anew from today's code"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Any], None]:
    """A function (name, value) that holds a value against a golden file, or writes it."""
    # Unknown where pytest is not started with this folder.
    update = request.config.getoption(UPDATE, default=False)

    def hold(name: str, value: Any) -> None:
        __tracebackhide__ = True
        compare(FOLDER / name, value, update=update)

    return hold
