"""The accounts file: the accounts, and the settings with which each is crawled."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jdp_spider.config.options import OPTIONS, SECRETS
from jdp_spider.config.problems import ConfigError, did_you_mean
from jdp_spider.config.validators import AUTO, SecretError, unencrypted
from jdp_spider.group.passwords import WANTED, is_reference
from jdp_spider.job.filenames import is_device
from jdp_spider.session.account import account_id
from jdp_spider.utils.loading import LoadError, read_toml
from jdp_spider.utils.memory import available_memory
from jdp_spider.utils.paths import expand_user
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACCOUNTS_FILE = "accounts.toml"
"""Beside `.env`: where the page looks for it. A command names any file."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9]|[A-Za-z0-9]")
NAME_WANTED = "must be made of letters, digits, '.', '-' and '_', as it names a folder"

MOST_AT_ONCE = 100

# These have places of their own in the file, or are the program's.
_NOT_SETTINGS = ("JD_USER", "JD_PASS", "JD_BASE_URL", "DOWNLOAD_FOLDER")
SETTINGS = {name: option for name, option in OPTIONS.items() if name not in _NOT_SETTINGS}

_SHARED = ("base_url", "password", "settings")
ENTRY_NAMES = ("name", "user", *_SHARED)
FILE_NAMES = ("at_once", "folder", "nightly", "defaults", "account")
_LEFT_FREE_BYTES = 1_000_000_000
_ACCOUNT_BYTES = 550_000_000
_ACCOUNTS_A_CORE = 2.5
"""What an account with five contexts takes, and 70 % of a core carries (docs/scaling.md)."""
_DEFAULTS = {"at_once": 2, "folder": "groups", "nightly": ""}


@dataclass(frozen=True)
class AccountEntry:
    """One account."""

    name: str
    user: str
    base_url: str
    password: str
    """Where it is, never the password itself."""
    # One of them may be a proxy with its password.
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """Return an id that depends on user and address only, not on the account's name."""
        return account_id(self.user, self.base_url)

    def setting(self, name: str) -> Any:
        """Return the value of one of the project's own settings for this account."""
        option = SETTINGS[name]
        return option.parse(self.settings.get(name, option.default))


@dataclass(frozen=True)
class Accounts:
    """The content of the file."""

    at_once: int
    folder: Path
    """Where the runs go, as a full path."""
    nightly: str
    """When the accounts are put into the queue, as cron writes it; empty: by hand only."""
    entries: tuple[AccountEntry, ...]

    @property
    def references(self) -> list[str]:
        """Return the references to the accounts' passwords."""
        return [entry.password for entry in self.entries]

    def find(self, name: str) -> AccountEntry | None:
        """Return the account of that name, or None."""
        return next((entry for entry in self.entries if entry.name == name), None)


def unencrypted_accounts(accounts: Accounts) -> list[str]:
    """Return a line for each account whose password would be sent unencrypted."""
    lines = ('base_url = "{}"', 'JDP_HTTP_HOSTS = "{}" (below settings)')
    found = {
        entry.name: unencrypted(entry.base_url, entry.setting("JDP_HTTP_HOSTS"), *lines)
        for entry in accounts.entries
    }
    return [f"account {name}: base_url {problem}" for name, problem in found.items() if problem]


def at_once_for(available: int, cores: int) -> int:
    """Return how many accounts at once a computer carries with so many bytes of free memory."""
    by_memory = (available - _LEFT_FREE_BYTES) // _ACCOUNT_BYTES
    return max(1, min(by_memory, int(cores * _ACCOUNTS_A_CORE), MOST_AT_ONCE))


def is_name(text: object) -> bool:
    """Return True if a text may name an account or a run, and so a folder, on every system."""
    return isinstance(text, str) and bool(_NAME.fullmatch(text)) and not is_device(text)


def read_accounts(path: Path) -> Accounts:
    """Read and check the file. Raise ConfigError, which shows no value that may be a password."""
    try:
        data = read_toml(path)
    except LoadError as error:
        raise ConfigError([str(error)]) from None
    if data is None:
        raise ConfigError([f"{to_ascii(str(path))} cannot be read ({os.strerror(errno.ENOENT)})"])
    reader = _Reader(path, data)
    accounts = reader.accounts()
    if reader.problems:
        raise ConfigError([f"{to_ascii(str(path))}: {problem}" for problem in reader.problems])
    return accounts


class _Reader:
    """Reads the file to its end and collects all errors."""

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self._path = path
        self._data = data
        self.problems: list[str] = []

    def accounts(self) -> Accounts:
        self._check_names(self._data, FILE_NAMES, "")
        shared = self._table(self._data.get("defaults", {}), _SHARED, "defaults")
        tables = self._data.get("account", [])
        if not isinstance(tables, list) or not tables:
            self.problems.append("no [[account]] stands in it")
            tables = []
        # With the checked settings in place of the given ones.
        shared = {**shared, "settings": self._settings(shared, "defaults")}
        entries = tuple(self._entry(n, table, shared) for n, table in enumerate(tables, start=1))
        self._check_twins(entries)
        values = {**_DEFAULTS, **self._data}
        return Accounts(self._at_once(values), self._folder(values), self._nightly(values), entries)

    def _at_once(self, values: dict[str, Any]) -> int:
        number = values["at_once"]
        if number == AUTO:
            return at_once_for(available_memory(), os.cpu_count() or 1)
        if type(number) is int and 1 <= number <= MOST_AT_ONCE:
            return number
        self.problems.append(
            f'at_once must be a whole number from 1 to {MOST_AT_ONCE}, or "{AUTO}"'
        )
        return 1

    def _folder(self, values: dict[str, Any]) -> Path:
        if not isinstance(values["folder"], str) or not values["folder"].strip():
            self.problems.append("folder must be a text between quotes")
            return Path()
        try:
            # Beside the file: the command may be started anywhere.
            return self._path.resolve().parent / expand_user(values["folder"].strip())
        except ValueError as error:
            self.problems.append(f"folder must name a folder that can be used ({error})")
            return Path()

    def _nightly(self, values: dict[str, Any]) -> str:
        text = values["nightly"]
        if isinstance(text, str) and len(text.split()) in (0, 5):
            return text.strip()
        self.problems.append('nightly must be five fields as cron has them, such as "0 22 * * *"')
        return ""

    def _entry(self, number: int, table: Any, shared: dict[str, Any]) -> AccountEntry:
        own = self._table(table, ENTRY_NAMES, f"account {number}")
        name = own.get("name")
        if not is_name(name):
            self.problems.append(f"account {number}: name {NAME_WANTED}")
        where = f"account {name}" if is_name(name) else f"account {number}"
        values = {**shared, **own}
        return AccountEntry(
            name=str(name),
            user=self._user(values, where),
            base_url=self._base_url(values, where),
            password=self._password(values, where),
            settings={**shared["settings"], **self._settings(own, where)},
        )

    def _user(self, values: dict[str, Any], where: str) -> str:
        user = values.get("user")
        if isinstance(user, str) and user.strip():
            return user.strip()
        self.problems.append(f"{where}: user must be the account's user name")
        return ""

    def _base_url(self, values: dict[str, Any], where: str) -> str:
        given = values.get("base_url", OPTIONS["JD_BASE_URL"].default)
        try:
            address: str = OPTIONS["JD_BASE_URL"].parse(str(given).strip())
        except ValueError as error:
            self.problems.append(f"{where}: base_url {error}")
            return ""
        return address

    def _password(self, values: dict[str, Any], where: str) -> str:
        if is_reference(values.get("password")):
            return str(values["password"])
        self.problems.append(f"{where}: password {WANTED}")
        return ""

    def _settings(self, table: dict[str, Any], where: str) -> dict[str, str]:
        given = table.get("settings", {})
        if not isinstance(given, dict):
            self.problems.append(f"{where}: settings must be a table")
            return {}
        self._check_names(given, tuple(SETTINGS), f"{where}: ")
        return {
            name: self._setting(name, value, where)
            for name, value in given.items()
            if name in SETTINGS
        }

    def _setting(self, name: str, value: Any, where: str) -> str:
        text = ""
        try:
            # Of a number with too many digits no text is made.
            text = str(value).lower() if isinstance(value, bool) else str(value).strip()
            SETTINGS[name].parse(text)
        except ValueError as error:
            found = "" if isinstance(error, SecretError) else f", got '{to_ascii(text)}'"
            self.problems.append(f"{where}: {name} {error}{found}")
        return text

    def _table(self, table: Any, names: tuple[str, ...], where: str) -> dict[str, Any]:
        if not isinstance(table, dict):
            self.problems.append(f"{where} must be a table")
            return {}
        self._check_names(table, names, f"{where}: ")
        return table

    def _check_names(self, table: dict[str, Any], names: tuple[str, ...], where: str) -> None:
        for name in table:
            if name not in names:
                meant = did_you_mean(name, names)
                self.problems.append(f"{where}{_shown(name)} is not known{meant}")

    def _check_twins(self, entries: tuple[AccountEntry, ...]) -> None:
        self.problems += _find_duplicates(
            "the name {} stands there twice", [(e.name.lower(), e.name) for e in entries]
        )
        accounts = [((e.user.casefold(), e.base_url), e.name) for e in entries if e.user]
        self.problems += _find_duplicates("{} are the same user at the same address", accounts)


def _shown(name: str) -> str:
    """Return an unknown name, without what may be a password behind one of the names below."""
    secret = next((each for each in ("password", *SECRETS) if name.startswith(each)), name)
    return to_ascii(name if name == secret else f"{secret}...")


def _find_duplicates(problem: str, keyed: list[tuple[Any, str]]) -> Iterator[str]:
    counts = Counter(key for key, _ in keyed)
    for twin, number in counts.items():
        if number > 1:
            names = list(dict.fromkeys(name for key, name in keyed if key == twin))
            yield problem.format(" and ".join(names))
