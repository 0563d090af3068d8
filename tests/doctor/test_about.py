"""What `scrapy doctor --about` says of a computer, and what it does not say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scrapy.settings import Settings

from harness.crawl_process import finish, start
from jdp_spider.config.dotenv import ENV_FILE
from jdp_spider.doctor import about as module
from jdp_spider.doctor.about import about

NAMES = (
    "system",
    "python",
    "packages",
    "browser",
    "project",
    ".env",
    "downloads",
    "JOBDIR",
    "disk",
    "memory",
    "cores",
    "limits",
    "long paths",
    "sleep",
    "encoding",
    "terminal",
    "settings",
)
QUERY = """Power Scheme GUID: 381b4222-f694-41f0-9685-ff5bb260df2e  (Balanced)
  GUID Alias: SCHEME_BALANCED
      Minimum Possible Setting: 0x00000000
      Maximum Possible Setting: 0xffffffff
    Current AC Power Setting Index: 0x00000708
    Current DC Power Setting Index: 0x00000000
"""


def lines_of(block: str) -> dict[str, str]:
    return {line[:12].strip(): line[13:] for line in block.splitlines()}


def test_about_prints_one_block_without_secrets(tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if name != "JD_PASS"}
    secret = {"JD_USER": "dealer-7", "JD_PASS": "s3cret-word", "JD_BASE_URL": "https://a:b@host/"}
    environment = {**own, **secret, ENV_FILE: os.devnull, "MAX_DOWNLOADS": "5"}
    command = [sys.executable, "-m", "scrapy", "doctor", "--about"]
    status, output = finish(start(command, environment), 120)
    found = lines_of(output)
    assert (status, tuple(found)) == (0, NAMES)
    assert found["settings"] == "JD_BASE_URL, MAX_DOWNLOADS=5"
    assert found["packages"].startswith("scrapy 2.")
    assert [word for word in ("dealer-7", "s3cret", "a:b") if word in output] == []
    assert " GB free" in found["disk"]
    assert found["cores"] == str(os.cpu_count())


def test_home_folder_is_shortened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    downloads = tmp_path / "caf\u00e9"
    found = lines_of(about(Settings({"DOWNLOAD_FOLDER": str(downloads)})))
    assert found["downloads"] == f"~{os.sep}caf\\xe9"


def test_unavailable_facts_are_marked_as_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise subprocess.CalledProcessError(1, ["powercfg"])

    def refuse() -> str:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(module, "_sleep", fail)
    monkeypatch.setattr(module, "_memory", refuse)
    monkeypatch.setattr(module, "_limits", str)
    found = lines_of(about(Settings()))
    assert found["sleep"].startswith("not known (Command ")
    assert found["memory"] == "not known ([Errno 13] denied)"
    assert found["limits"] == "not known"


@pytest.mark.parametrize(
    ("platform", "said", "expected"),
    [
        ("win32", QUERY, "plugged in 30 min, on battery never"),
        (
            "darwin",
            "Currently in use:\n sleep                10 (sleep prevented by x)\n womp 1\n",
            "sleep 10 (sleep prevented by x)",
        ),
    ],
)
def test_sleep_setting_is_read_on_each_system(
    platform: str, said: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, 0, said.encode(), b"")

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(subprocess, "run", run)
    assert module._sleep() == expected
