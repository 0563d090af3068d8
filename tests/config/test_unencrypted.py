"""A password is sent by http to nobody but this computer, or where the user says so."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.dotenv import ENV_FILE, PROJECT_FOLDER
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.sources import check_encrypted
from jdp_spider.config.validators import unencrypted
from jdp_spider.reasons import ExitStatus
from tests.support.factories import config

if TYPE_CHECKING:
    from pathlib import Path

FINE = [
    ("https://host/", ()),
    ("http://127.0.0.1:8765/", ()),
    ("http://127.9.9.9/", ()),
    ("http://[::1]:1/", ()),
    ("http://LOCALHOST./", ()),
    ("http://Intranet./", ("intranet",)),
]
WRONG = [
    ("http://host/", ()),
    ("http://localhost.example/", ()),
    ("http://127.0.0.1.example/", ()),
    ("http://10.0.0.1/", ("10.0.0.2",)),
    ("http://[::2]/", ()),
    ("http://intranet.example/", ("intranet", "example")),
]


@pytest.mark.parametrize(("base_url", "http_hosts"), FINE)
def test_encrypted_or_allowed_address_is_accepted(
    base_url: str, http_hosts: tuple[str, ...]
) -> None:
    check_encrypted(config(base_url=base_url, http_hosts=http_hosts))


@pytest.mark.parametrize(("base_url", "http_hosts"), WRONG)
def test_unencrypted_address_is_refused(base_url: str, http_hosts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="must begin with https"):
        check_encrypted(config(base_url=base_url, http_hosts=http_hosts))


def test_error_shows_the_lines_that_correct_it() -> None:
    assert unencrypted("http://B/x/", ("a",), "U={}", "H={}") == (
        "must begin with https, as the password would be sent where others can read it: "
        "U=https://B/x/ - or, only if that site has no https and you trust the network, add this "
        "line: H=a,b"
    )


def run(tmp_path: Path, *arguments: str, **given: str) -> tuple[int, str]:
    """A command with the address of another computer: its status and output, on one line."""
    own = {"JD_USER": "me", "JD_PASS": "s3cret-pw", "JD_BASE_URL": "http://host.example/Values/"}
    environment = {**os.environ, ENV_FILE: os.devnull, "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=PROJECT_FOLDER,
        env={**environment, **own, "DOWNLOAD_FOLDER": str(tmp_path / "pdfs"), **given},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="ascii",
        check=False,
    )
    return done.returncode, " ".join(done.stdout.split())


@pytest.mark.parametrize("arguments", [("crawl", "jdpower"), ("doctor",), ("login",)])
def test_commands_that_log_in_refuse_an_unencrypted_address(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    status, output = run(tmp_path, *arguments)
    assert (status, "s3cret" in output) == (ExitStatus.USAGE, False), output
    assert "JD_BASE_URL must begin with https" in output
    assert "JD_BASE_URL=https://host.example/Values/ " in output
    assert "JDP_HTTP_HOSTS=host.example" in output


def test_commands_that_only_read_accept_an_unencrypted_address(tmp_path: Path) -> None:
    status, output = run(tmp_path, "settings", "--get", "JD_BASE_URL")
    assert (status, output) == (0, "http://host.example/Values/")


@pytest.mark.parametrize("command", ["crawlgroup", "groupworker"])
def test_unencrypted_account_of_a_group_is_refused(tmp_path: Path, command: str) -> None:
    pytest.importorskip("procrastinate", reason="requirements-group.txt is not installed")
    path = tmp_path / "accounts.toml"
    allowed = '[account.settings]\nJDP_HTTP_HOSTS = "b.example"\n'
    path.write_text(
        '[defaults]\npassword = "env:NORTH"\n'
        '[[account]]\nname = "a"\nuser = "a"\nbase_url = "http://a.example/"\n'
        f'[[account]]\nname = "b"\nuser = "b"\nbase_url = "http://b.example/"\n{allowed}'
    )
    status, output = run(tmp_path, command, str(path), NORTH="pw")
    assert status == ExitStatus.USAGE, output
    assert "account a: base_url must begin with https" in output
    assert 'base_url = "https://a.example/"' in output
    assert 'JDP_HTTP_HOSTS = "a.example"' in output
    assert "account b" not in output
