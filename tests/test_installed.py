"""The package installed like any other: a folder of the user's with `scrapy.cfg` is the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.dotenv import ENV_FILE
from jdp_spider.utils.files import PACKAGE_PARENT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a folder with `scrapy.cfg`, beside a copy of the package in a place of its own."""
    shutil.copytree(PACKAGE_PARENT / "jdp_spider", tmp_path / "site-packages" / "jdp_spider")
    folder = tmp_path / "project"
    (folder / "below").mkdir(parents=True)
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = jdp_spider.settings\n", "utf-8")
    (folder / ".env").write_text("MAX_DOWNLOADS=17\n", "utf-8")
    return folder


def get_setting(name: str, folder: Path, packages: Path) -> str:
    environment = {n: v for n, v in os.environ.items() if n not in (ENV_FILE, name)}
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "settings", "--get", name],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(packages)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout.strip() or done.stderr


@pytest.mark.parametrize("place", [".", "below"])
def test_env_file_is_read_beside_scrapy_cfg(place: str, project: Path) -> None:
    packages = project.parent / "site-packages"
    assert get_setting("MAX_DOWNLOADS", project / place, packages) == "17"


def test_selectors_are_read_beside_scrapy_cfg(project: Path) -> None:
    (project / "selectors.toml").write_text('reports = "#a"\nreport = "#b"\n', "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "jdpower"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project.parent / "site-packages"), ENV_FILE: ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert "selectors.toml: report is not a name; did you mean reports?" in done.stderr
