from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.dotenv import ENV_FILE
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.selector_edit import SelectorEdit, edited
from jdp_spider.config.selector_overrides import read_selectors

if TYPE_CHECKING:
    from pathlib import Path

OWN = """# Mine, of March
reports = "button.printButton"  # the big one

  search="#stock"
"""


def test_new_name_is_appended_and_other_lines_are_kept() -> None:
    text = edited(OWN, "log_in", "#go", "# why")
    assert text == OWN + '\n# why\nlog_in = "#go"\n'


def test_replaced_line_is_kept_as_a_comment() -> None:
    text = edited(OWN, "reports", "text:Reports", "# why")
    assert text.splitlines() == [
        "# Mine, of March",
        '# (before the repair) reports = "button.printButton"  # the big one',
        "# why",
        'reports = "text:Reports"',
        "",
        '  search="#stock"',
    ]


@pytest.mark.parametrize(
    "own",
    [
        'search = """\n#stock"""\n# after\n',
        "'search' = '#stock'\n",
        '"search"="#stock"\r\nreports = "x"\r\n',
        "search = '''#a\nsearch = b'''\n",
    ],
)
def test_every_way_to_write_a_line_is_replaced(own: str, tmp_path: Path) -> None:
    path = tmp_path / "selectors.toml"
    path.write_bytes(edited(own, "search", "#new", "# why").encode())
    assert read_selectors(path)["search"] == "#new"
    assert path.read_bytes().count(b"\r\n") in (0, len(path.read_bytes().splitlines()))


@pytest.mark.parametrize(
    "value", ["a[title='Bookout']", 'a[title="x"]', "a\\b\"'", "\u00e9 \u200b"]
)
def test_any_value_is_read_back_unchanged(value: str, tmp_path: Path) -> None:
    path = tmp_path / "selectors.toml"
    SelectorEdit(path).write("bookout", value, "before", "a 'Bookout'")
    assert read_selectors(path) == {"bookout": value}


def test_several_changes_make_one_backup(tmp_path: Path) -> None:
    path = tmp_path / "selectors.toml"
    path.write_text(OWN, "utf-8")
    edit = SelectorEdit(path)
    edit.write("log_in", "#go", "#loginButton", "button 'Sign In'")
    edit.write("reports", "text:Reports", "button.printButton", "button 'Reports'")
    assert edit.backup is not None
    assert edit.backup.read_text("utf-8") == OWN
    assert len(list(tmp_path.glob("selectors-*.toml"))) == 1
    assert "it was #loginButton; it is button 'Sign In'" in path.read_text("utf-8")
    assert set(read_selectors(path)) == {"reports", "search", "log_in"}


def test_lines_of_another_process_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "selectors.toml"
    edit = SelectorEdit(path)
    edit.write("log_in", "#go", "#loginButton", "")
    SelectorEdit(path).write("search", "#find", "#StockNumberInput", "")
    edit.write("log_out", "#bye", "#btnLogout", "")
    assert read_selectors(path) == {"log_in": "#go", "search": "#find", "log_out": "#bye"}


def test_broken_file_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "selectors.toml"
    path.write_text("reports = \n", "utf-8")
    with pytest.raises(ConfigError):
        SelectorEdit(path).write("log_in", "#go", "", "")
    assert path.read_text("utf-8") == "reports = \n"


def test_nothing_is_written_beside_a_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENV_FILE, os.devnull)
    with pytest.raises(OSError, match="JDP_ENV_FILE names no file"):
        SelectorEdit(tmp_path / "selectors.toml").write("log_in", "#go", "", "")
    assert list(tmp_path.iterdir()) == []
