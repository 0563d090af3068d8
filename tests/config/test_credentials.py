from __future__ import annotations

import argparse
import getpass
import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from jdp_spider.commands import crawl, doctor, login
from jdp_spider.config import credentials
from jdp_spider.config.credentials import KeyringUnusable
from jdp_spider.config.options import Config
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.sources import ask_for_credentials, load_config
from jdp_spider.pages.errors import LoginRefused
from jdp_spider.session.account import account_id
from jdp_spider.session.refused_login import RefusedLogin
from jdp_spider.supervision import read_password
from jdp_spider.utils import cli
from tests.support.fake_keyring import put_in_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp_spider.config.options import Config
    from tests.support.fake_keyring import Keyring

SITE = "https://host/Values/"
SETTINGS = {"JD_BASE_URL": "https://host/Values"}


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Keyring]:
    made = put_in_place(monkeypatch)
    monkeypatch.setattr(credentials, "_given", {})
    (tmp_path / "own.env").touch()
    monkeypatch.setenv("JDP_ENV_FILE", str(tmp_path / "own.env"))
    for name in ("JD_USER", "JD_PASS", "JD_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    credentials._read.cache_clear()
    yield made
    credentials._read.cache_clear()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is typed in at a terminal, line by line."""
    lines: list[str] = []

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def answer(*_: Any, **__: Any) -> str:
        if not lines:
            raise EOFError
        return lines.pop(0)

    terminal = SimpleNamespace(stdin=Terminal(), stderr=Terminal())
    monkeypatch.setattr(credentials, "sys", terminal)
    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(getpass, "getpass", answer)
    return lines


def config(**given: str) -> Config:
    return load_config(Settings(SETTINGS | given))


def test_keyring_supplies_the_missing_login(keyring: Keyring) -> None:
    credentials.store("me@x", "s3cret", SITE)
    assert (config().user, config().password) == ("me@x", "s3cret")


def test_the_password_is_taken_out_of_the_environment(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before .env, and once: who is started later inherits nothing."""
    Path(os.environ["JDP_ENV_FILE"]).write_text("JD_PASS=other\n", encoding="ascii")
    monkeypatch.setenv("JD_PASS", " s3cret ")
    for _ in range(2):
        credentials.collect(read_password)
        assert "JD_PASS" not in os.environ
        assert config(JD_USER="me").password == " s3cret "


def test_a_proxy_is_taken_out_of_the_environment(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JDP_PROXY", "http://me:s3cret@proxy.example")
    for _ in range(2):
        credentials.collect(read_password)
        assert "JDP_PROXY" not in os.environ
        assert config(JD_USER="me", JD_PASS="x").own_proxy == "http://me:s3cret@proxy.example"


def test_empty_variable_counts_as_unset(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(os.environ["JDP_ENV_FILE"]).write_text("JD_PASS=other\n", encoding="ascii")
    monkeypatch.setenv("JD_PASS", " ")
    credentials.collect(read_password)
    assert config(JD_USER="me").password == "other"


def test_keyring_account_is_valid_for_one_site(keyring: Keyring) -> None:
    credentials.store("me", "s3cret", "https://other/")
    with pytest.raises(ConfigError, match="JD_USER must be set"):
        config()


def test_settings_and_environment_override_the_keyring(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials.store("me", "s3cret", SITE)
    credentials.store("you", "0ther", SITE)
    monkeypatch.setenv("JD_PASS", "given")
    assert (config().user, config().password) == ("you", "given")
    monkeypatch.delenv("JD_PASS")
    assert config(JD_USER="me").password == "s3cret"


@pytest.mark.parametrize("trouble", [OSError("locked"), RuntimeError("locked")])
def test_unusable_keyring_counts_as_empty(keyring: Keyring, trouble: Exception) -> None:
    """Backends also raise errors that are not of the package keyring."""
    keyring.trouble = trouble
    with pytest.raises(ConfigError, match="JD_USER must be set"):
        config()
    with pytest.raises(KeyringUnusable, match=r"\(locked\): use .env or the environment"):
        credentials.store("me", "s3cret", SITE)


def test_missing_keyring_package_names_the_command(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert credentials.stored_user(SITE) == ""
    with pytest.raises(KeyringUnusable, match=r"is missing: python bootstrap\.py setup"):
        credentials.store("me", "s3cret", SITE)


def test_forget_removes_the_login(keyring: Keyring) -> None:
    credentials.store("me", "s3cret", SITE)
    assert credentials.forget(SITE) == "me"
    assert keyring.held == {}
    assert credentials.forget(SITE) == ""


@pytest.mark.usefixtures("keyring")
def test_missing_login_is_asked_for_at_a_terminal(typed: list[str]) -> None:
    typed += [" me ", "s3 cret"]
    ask_for_credentials(Settings(SETTINGS))
    assert (config().user, config().password) == ("me", "s3 cret")
    assert "s3 cret" not in credentials.sys.stderr.getvalue()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("keyring")
def test_typed_password_that_cannot_be_meant_is_refused(typed: list[str]) -> None:
    typed += ["me", "s3cret "]
    with pytest.raises(ConfigError, match=r"^JD_PASS begins or ends with .* \(U\+0020\)") as caught:
        ask_for_credentials(Settings(SETTINGS))
    assert "s3cret" not in str(caught.value)


@pytest.mark.usefixtures("keyring")
def test_only_what_is_missing_is_asked_for(typed: list[str]) -> None:
    typed += ["s3cret"]
    ask_for_credentials(Settings({**SETTINGS, "JD_USER": "me"}))
    assert config(JD_USER="me").password == "s3cret"


@pytest.mark.usefixtures("keyring")
def test_end_of_input_at_a_question_ends_the_command(typed: list[str]) -> None:
    with pytest.raises(ConfigError, match="No user name and password were given"):
        ask_for_credentials(Settings(SETTINGS))


@pytest.mark.usefixtures("keyring", "typed")
@pytest.mark.parametrize("command", [crawl.Command, doctor.Command])
def test_ctrl_c_at_a_question_ends_the_command_as_interrupted(
    command: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(credentials, "ask_for", interrupt)
    made = command()
    made.settings = Settings({**SETTINGS, "SPIDER_MODULES": ["jdp_spider.spiders"]})
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    made.add_options(parser)
    args = ["jdpower"] if command is crawl.Command else []
    with pytest.raises(SystemExit) as ended:
        made.process_options(args, parser.parse_args([]))
    assert ended.value.code == 130


@pytest.mark.usefixtures("keyring", "typed")
def test_no_question_is_asked_without_a_terminal() -> None:
    credentials.sys.stdin = io.StringIO()  # type: ignore[attr-defined]
    ask_for_credentials(Settings(SETTINGS))
    assert credentials.given("JD_USER") == ""


# scrapy login


def command(keyring: Keyring, *, forget: bool = False, **settings: str) -> login.Command:
    made = login.Command()
    made.settings = Settings({**SETTINGS, **settings})
    made.run([], SimpleNamespace(forget=forget))  # type: ignore[arg-type]
    return made


def test_login_command_stores_and_forgets_the_account(
    keyring: Keyring, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    typed += ["me", "s3cret"]
    command(keyring)
    assert sorted(keyring.held.values()) == ["me", "s3cret"]
    command(keyring, forget=True)
    assert keyring.held == {}
    command(keyring, forget=True)
    assert capsys.readouterr().out.splitlines() == [
        (
            f"Kept for me at {SITE}. What stands in .env or the environment still wins. "
            f"Try it: {cli.scrapy('doctor')}"
        ),
        f"Removed me at {SITE}.",
        f"Nothing was kept for {SITE}.",
    ]


@pytest.mark.parametrize("lines", [[""], ["me", ""]])
def test_an_empty_login_is_refused(keyring: Keyring, typed: list[str], lines: list[str]) -> None:
    typed += lines
    with pytest.raises(UsageError, match="must not be empty"):
        command(keyring)
    assert keyring.held == {}


@pytest.mark.parametrize(
    "lines", [["me", "s3cret\t"], ["me", "s3c\u200bret"], ["\u201cs3cret\u201d", "x"]]
)
def test_login_that_cannot_be_meant_is_not_kept(
    keyring: Keyring, typed: list[str], lines: list[str]
) -> None:
    typed += lines
    with pytest.raises(UsageError, match="Nothing was kept") as caught:
        command(keyring)
    assert (keyring.held, "s3c" in str(caught.value)) == ({}, False)


def test_login_command_lifts_a_refusal_of_the_same_password(
    keyring: Keyring, typed: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / account_id("me", SITE)
    folder.mkdir()
    refused = RefusedLogin(folder, "s3cret")
    refused.keep(LoginRefused("No"))
    typed += ["me", "s3cret"]
    command(keyring, JDP_STATE_FOLDER=str(tmp_path))
    assert refused.find() is None


@pytest.mark.usefixtures("typed")
def test_interrupted_login_command_stores_nothing(keyring: Keyring) -> None:
    assert (command(keyring).exitcode, keyring.held) == (130, {})
