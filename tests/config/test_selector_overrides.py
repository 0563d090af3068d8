from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.problems import ConfigError
from jdp_spider.config.selector_overrides import read_selectors, selectors_path
from jdp_spider.pages.site import PURPOSES, Site
from tests.support.factories import config

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "selectors.toml"


def test_missing_file_overrides_nothing(path: Path) -> None:
    assert read_selectors(path) == {}


def test_selectors_file_is_beside_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JDP_ENV_FILE", str(tmp_path / "other.env"))
    assert selectors_path() == tmp_path / "selectors.toml"


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_overrides_reach_the_site(path: Path, bom: str) -> None:
    path.write_text(f"{bom}reports = '.print'  # new\ninventory_path = 'stock/'\n", "utf-8")
    site = config(selectors=read_selectors(path)).site
    assert (site.reports, site.inventory_url) == (".print", "http://site/stock/")
    assert site.create_pdf == Site("http://site/").create_pdf


NO_TEXT = 'reports must be a text between quotes, such as reports = "#someId"'
WRONG = [
    ("report = '.x'", "report is not a name; did you mean reports? (see docs/selectors.md)"),
    ("xyz = '.x'", "xyz is not a name (see docs/selectors.md)"),
    ("page_timeout = '3'", "page_timeout is not a name (see docs/selectors.md)"),
    ("reports = 3", NO_TEXT),
    ("reports = '  '", NO_TEXT),
]


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_problems_are_named(path: Path, text: str, problem: str) -> None:
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as raised:
        read_selectors(path)
    assert raised.value.problems == [f"selectors.toml: {problem}"]


NO_TOML = [b"reports = .x", b"\xff\xfex", b"reports = " + b"[\n" * 50_000]
NO_TOML += [b"reports = " + b"9" * 5000, b'reports = "\\u0000"', b"a." * 100_000]


@pytest.mark.parametrize("data", NO_TOML, ids=range(len(NO_TOML)))
def test_file_that_is_not_toml_is_an_error_with_an_example(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="expected lines such as reports = "):
        read_selectors(path)


def test_purposes_of_selectors_are_unique() -> None:
    assert len(set(PURPOSES.values())) == len(PURPOSES)


def test_error_names_the_missing_element() -> None:
    error = Site("http://site/").changed("Vehicle", "reports")
    assert str(error) == (
        "Vehicle: found no 'button.reportButton:not(.requiresVehicle)' "
        "(reports: opens the reports dialog)"
    )
    assert error.names == "reports"
