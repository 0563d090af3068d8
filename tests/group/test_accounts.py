from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.problems import ConfigError
from jdp_spider.config.validators import REAL_SITE
from jdp_spider.group.accounts import AccountEntry, Accounts, at_once_for, is_name, read_accounts
from jdp_spider.group.passwords import WANTED

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[str], Accounts]

EXAMPLE = Path(__file__).resolve().parents[2] / "accounts.example.toml"

FULL = """
at_once = 3
folder = "nights"
nightly = "30 22 * * *"

[defaults]
base_url = "http://site"
password = "keyring"
[defaults.settings]
CONCURRENT_CONTEXTS = 3
HEADLESS = true
JDP_PAGE_TIMEOUT = 30.5

[[account]]
name = "north"
user = "me"

[[account]]
name = "South.2"
user = "me"
base_url = "http://site:81/x"
password = "env:SOUTH_PASS"
[account.settings]
CONCURRENT_CONTEXTS = "5"
MAX_DOWNLOADS = 10
"""
SHARED = {"CONCURRENT_CONTEXTS": "3", "HEADLESS": "true", "JDP_PAGE_TIMEOUT": "30.5"}
ONE = '[[account]]\nname = "a"\nuser = "me"\npassword = "keyring"\n'


def test_file_with_every_key_is_read(read: Read, tmp_path: Path) -> None:
    north = AccountEntry("north", "me", "http://site/", "keyring", SHARED)
    settings = {**SHARED, "CONCURRENT_CONTEXTS": "5", "MAX_DOWNLOADS": "10"}
    south = AccountEntry("South.2", "me", "http://site:81/x/", "env:SOUTH_PASS", settings)
    expected = Accounts(3, tmp_path.resolve() / "nights", "30 22 * * *", (north, south))
    assert read(FULL) == expected


def test_minimal_file_is_read(read: Read, tmp_path: Path) -> None:
    only = AccountEntry("a", "me", REAL_SITE, "keyring", {})
    assert read(ONE) == Accounts(2, tmp_path.resolve() / "groups", "", (only,))


def test_example_file_is_valid() -> None:
    accounts = read_accounts(EXAMPLE)
    assert [entry.name for entry in accounts.entries] == ["rooftop-12", "rooftop-13"]
    assert EXAMPLE.read_text("utf-8").isascii()


def test_settings_of_an_account_are_parsed(read: Read) -> None:
    south = read(FULL).entries[1]
    names = ("CONCURRENT_CONTEXTS", "JDP_PAGE_TIMEOUT", "JDP_RETRIES")
    assert [south.setting(name) for name in names] == [5, 30.5, 2]


def test_an_account_is_found_by_its_name(read: Read) -> None:
    accounts = read(FULL)
    assert (accounts.find("South.2"), accounts.find("x")) == (accounts.entries[1], None)


def account(**given: str) -> str:
    """A table of an account in TOML; values as they stand there, an empty one left out."""
    fields = {"name": '"a"', "user": '"me"', "password": '"keyring"'} | given
    return "[[account]]\n" + "".join(f"{name} = {v}\n" for name, v in fields.items() if v)


NAME = "must be made of letters, digits, '.', '-' and '_', as it names a folder"
WRONG = {
    "": ["no [[account]] stands in it"],
    "account = 7": ["no [[account]] stands in it"],
    "account = [7]": [
        "account 1 must be a table",
        f"account 1: name {NAME}",
        "account 1: user must be the account's user name",
        f"account 1: password {WANTED}",
    ],
    "at_once = 0\n" + ONE: ['at_once must be a whole number from 1 to 100, or "auto"'],
    "at_once = true\n" + ONE: ['at_once must be a whole number from 1 to 100, or "auto"'],
    "folder = 7\n" + ONE: ["folder must be a text between quotes"],
    'folder = " "\n' + ONE: ["folder must be a text between quotes"],
    'nightly = "22:00"\n' + ONE: [
        'nightly must be five fields as cron has them, such as "0 22 * * *"'
    ],
    "nightly = 22\n" + ONE: ['nightly must be five fields as cron has them, such as "0 22 * * *"'],
    "at_onec = 2\n" + ONE: ["at_onec is not known; did you mean at_once?"],
    "[defaults]\nusr = 1\n" + ONE: ["defaults: usr is not known"],
    "defaults = 7\n" + ONE: ["defaults must be a table"],
    account(name='"../up"'): [f"account 1: name {NAME}"],
    account(name='"a."'): [f"account 1: name {NAME}"],
    account(name='"con"'): [f"account 1: name {NAME}"],
    account(name="7"): [f"account 1: name {NAME}"],
    account(name=""): [f"account 1: name {NAME}"],
    account(user='" "'): ["account a: user must be the account's user name"],
    account(user="7"): ["account a: user must be the account's user name"],
    account(base_url='"site"'): [f"account a: base_url must be an address such as {REAL_SITE}"],
    account(pasword='"keyring"'): ["account 1: pasword is not known; did you mean password?"],
    account(settings="7"): ["account a: settings must be a table"],
    account(settings="{CONCURENT_CONTEXTS = 3}"): [
        "account a: CONCURENT_CONTEXTS is not known; did you mean CONCURRENT_CONTEXTS?"
    ],
    account(settings="{CONCURRENT_CONTEXTS = 99}"): [
        "account a: CONCURRENT_CONTEXTS must be a whole number from 1 to 20, or auto, got '99'"
    ],
    account(settings="{JD_PASS = 'x'}"): ["account a: JD_PASS is not known"],
    account(settings="{JD_PASS-hunter = 2}"): ["account a: JD_PASS... is not known"],
    ONE + "password-hunter = 2\n": ["account 1: password... is not known; did you mean password?"],
    "[defaults.settings]\nHEADLESS = 'perhaps'\n" + ONE: [
        "defaults: HEADLESS must be true or false, got 'perhaps'"
    ],
    account() + account(name='"A"', user='"you"'): ["the name a and A stands there twice"],
    account() + account(name='"b"', user='"ME "'): [
        "a and b are the same user at the same address"
    ],
    account() + account(): [
        "the name a stands there twice",
        "a are the same user at the same address",
    ],
}


if os.name != "nt":
    # On Windows all users' folders are taken to be beside each other.
    WRONG['folder = "~nosuchuser/x"\n' + ONE] = [
        "folder must name a folder that can be used (there is no home folder of ~nosuchuser)"
    ]


@pytest.mark.parametrize(("text", "problems"), WRONG.items())
def test_all_problems_are_reported_together(
    read: Read, tmp_path: Path, text: str, problems: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert caught.value.problems == [f"{tmp_path / 'accounts.toml'}: {line}" for line in problems]


PASSWORDS = ['"hunter2"', '"env:hunter2!"', '"ENV:HUNTER2"', '"env:"', "2", '["hunter2"]', ""]


def test_account_may_have_its_own_proxy(read: Read) -> None:
    proxy = "http://us3r:s3cret@proxy.example"
    own = f'[account.settings]\nJDP_PROXY = "{proxy}"\n'
    (entry,) = read(ONE + own).entries
    assert entry.settings == {"JDP_PROXY": proxy}
    assert "s3cret" not in repr(entry)
    with pytest.raises(ConfigError, match="JDP_PROXY must be") as caught:
        read(ONE + own.replace("http:", "ftp:"))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("given", PASSWORDS)
def test_password_in_the_file_is_refused_and_not_shown(read: Read, given: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(account(password=given))
    (problem,) = caught.value.problems
    assert problem.endswith(f"account a: password {WANTED}")
    assert "hunter" not in problem.lower()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'[[account]]\npassword = "hunter2', "is not TOML: "),
        (b"\xff\xfe\x00", "is no UTF-16 text at byte 2 "),
        (b"a = " + b"[\n" * 50_000, "is not TOML: it is nested too deep"),
        (ONE.encode() + b'folder = "a\\u0000b"', "is not TOML: a text holds the character NUL"),
        (None, "cannot be read (No such file or directory)"),
    ],
)
def test_unreadable_file_is_an_error(tmp_path: Path, data: bytes | None, problem: str) -> None:
    path = tmp_path / "accounts.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        read_accounts(path)
    assert f"{path} {problem}" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["a", "7", "rooftop-12", "A.b_c-9", "x" * 64])
def test_valid_account_names_are_accepted(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a b", ".a", "a.", "nul", "COM1.x", "x" * 65, "\xe9", 7]
)
def test_names_unusable_for_a_folder_are_refused(name: object) -> None:
    assert not is_name(name)


@pytest.mark.parametrize(
    ("gigabytes", "cores", "number"), [(8, 2, 5), (4, 16, 5), (1, 8, 1), (500, 64, 100)]
)
def test_at_once_depends_on_memory_and_cores(gigabytes: float, cores: int, number: int) -> None:
    assert at_once_for(int(gigabytes * 1e9), cores) == number


def test_at_once_may_be_auto(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text('at_once = "auto"\n' + ONE, encoding="utf-8")
    assert 1 <= read_accounts(path).at_once <= 100
