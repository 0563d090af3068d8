from __future__ import annotations

import getpass
import subprocess
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.dashboard.home import Home
from jdp_spider.utils.process import is_alive

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 26, tzinfo=timezone.utc)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "state", tmp_path)
    assert found.open()
    return found


def test_each_project_folder_has_one_dashboard(home: Home, tmp_path: Path) -> None:
    again = Home(tmp_path / "state", tmp_path)
    other = Home(tmp_path / "state", tmp_path / "other")
    assert (again.open(), other.open()) == (False, True)
    home.close()
    assert again.open()
    again.close()
    other.close()


def test_users_who_share_a_state_folder_have_a_dashboard_each(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "somebody else")
    other = Home(tmp_path / "state", tmp_path)
    assert other.open()
    other.close()


def test_saved_values_are_read_back(home: Home) -> None:
    assert home.load_address() == (0, "")
    home.save_address(8765, "secret")
    assert home.load_address() == (8765, "secret")
    home.save_check(is_repair=True)
    assert home.load_check()
    home.save_account_change(AT, 7)
    assert home.load_account_change() == (AT, 7)
    home.save_account_change(None, 8)
    assert home.load_account_change() == (None, 8)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"port": "x", "pid": null, "changed": 1}'])
def test_damaged_file_counts_as_missing(home: Home, text: str) -> None:
    for name in ("address.json", "check.json", "account.json"):
        (home.folder / name).write_text(text)
    assert home.load_address() == (0, "")
    assert not home.load_check()
    assert home.load_account_change() == (None, 0)


def test_process_is_alive_until_it_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert is_alive(process.pid)
        process.communicate(b"\n")
    assert not is_alive(process.pid)
    assert not is_alive(0)


def test_dashboard_process_imports_neither_scrapy_nor_playwright() -> None:
    code = """
import sys
import jdp_spider.dashboard.__main__
heavy = ("scrapy", "twisted", "playwright", "matplotlib", "lxml", "pypdf", "keyring", "tqdm")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_FOLDER, capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == "[]"
