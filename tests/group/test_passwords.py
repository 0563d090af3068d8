from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from jdp_spider.group import passwords
from jdp_spider.group.accounts import AccountEntry
from jdp_spider.group.passwords import (
    PasswordMissing,
    hide_variables,
    is_reference,
    read_password,
    variable,
)
from tests.support.fake_keyring import put_in_place

if TYPE_CHECKING:
    from tests.support.fake_keyring import Keyring


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    return put_in_place(monkeypatch)


def read(reference: str, **environment: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        return read_password(reference, "me", "http://site/")


@pytest.mark.parametrize("password", ["pw", " p w ", "p$1\\n#x"])
def test_password_of_the_environment_is_not_changed(password: str) -> None:
    assert read("env:NORTH", NORTH=password) == password


@pytest.mark.parametrize("environment", [{}, {"NORTH": ""}, {"NORTH": " "}])
def test_empty_variable_is_an_error(environment: dict[str, str]) -> None:
    with pytest.raises(PasswordMissing) as caught:
        read("env:NORTH", **environment)
    expected = "the environment variable NORTH is not set: put the password there"
    assert str(caught.value) == expected


def test_started_processes_inherit_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it when its account is no longer in the file."""
    monkeypatch.setattr(passwords, "_hidden", {})
    monkeypatch.setenv("NORTH", "pw")
    accounts = [AccountEntry(name, "me", "http://site/", "env:NORTH") for name in ("a", "b")]
    for entries in (accounts, []):
        hide_variables(entry.password for entry in entries)
        assert "NORTH" not in os.environ
    assert read("env:NORTH") == "pw"
    # One that is set anew holds.
    assert read("env:NORTH", NORTH="new") == "new"


def test_password_is_read_from_the_keyring(keyring: Keyring) -> None:
    keyring.set_password("jdp_spider", "me http://site/", "pw")
    assert read("keyring") == "pw"


def test_missing_keyring_entry_names_the_command(keyring: Keyring) -> None:
    keyring.set_password("jdp_spider", "me http://other/", "pw")
    with pytest.raises(PasswordMissing) as caught:
        read("keyring")
    command = 'python -m keyring set jdp_spider "me http://site/"'
    assert str(caught.value) == f"the keyring does not have it: {command}"


def test_unreadable_keyring_is_an_error(keyring: Keyring) -> None:
    keyring.trouble = OSError("it is locked")
    with pytest.raises(PasswordMissing) as caught:
        read("keyring")
    problem = "The system's keyring cannot be used (it is locked): use .env or the environment"
    assert str(caught.value) == f"{problem} instead"


def test_missing_keyring_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(PasswordMissing) as caught:
        read("keyring")
    assert str(caught.value) == "The package keyring is missing: python bootstrap.py setup"


@pytest.mark.parametrize(
    ("value", "is_one", "name"),
    [("keyring", True, ""), ("env:A_1", True, "A_1"), ("env:1", False, ""), ("A", False, "")],
)
def test_password_references_are_parsed(value: str, is_one: bool, name: str) -> None:
    assert (is_reference(value), variable(value)) == (is_one, name)
