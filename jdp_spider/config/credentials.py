"""User name and password that are neither in the environment nor in `.env`.

They come from the system's keyring, where `scrapy login` puts them, or are typed in at the
terminal.
"""

from __future__ import annotations

import contextlib
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from jdp_spider.config.options import SECRETS
from jdp_spider.config.validators import typed_credential
from jdp_spider.utils import cli
from jdp_spider.utils.console import ask_hidden, is_terminal
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERVICE = "jdp_spider"
"""The keyring's name for this program's entries."""

_given: dict[str, str] = {}
"""By the setting's name: what was typed in, and the secrets that the environment had.

Driver, browser and all others that are started would inherit it there.
"""


class KeyringUnusable(Exception):
    """Raised if no keyring can be used; says what to do."""


def stored_user(base_url: str) -> str:
    """Return the user name that the keyring holds for a site; empty if none."""
    return _read(_user_entry(base_url))


def stored_password(user: str, base_url: str) -> str:
    """Return the password that the keyring holds for an account; empty if none."""
    return _read(password_entry(user, base_url)) if user else ""


def kept_password(user: str, base_url: str) -> str:
    """Return the password that the keyring holds at this moment, uncached; empty if none.

    Raise KeyringUnusable if no keyring can be used.
    """
    with _keyring() as keyring:
        return str(keyring.get_password(SERVICE, password_entry(user, base_url)) or "")


def store(user: str, password: str, base_url: str) -> None:
    """Put an account into the keyring. Raise KeyringUnusable if none can be used."""
    with _keyring() as keyring:
        keyring.set_password(SERVICE, password_entry(user, base_url), password)
        keyring.set_password(SERVICE, _user_entry(base_url), user)
    _read.cache_clear()


def forget(base_url: str) -> str:
    """Remove a site's account from the keyring. Return its user name, empty if there was none.

    Raise KeyringUnusable if no keyring can be used.
    """
    _read.cache_clear()
    user = stored_user(base_url)
    if not user:
        return ""
    with _keyring() as keyring:
        for entry in (password_entry(user, base_url), _user_entry(base_url)):
            if keyring.get_password(SERVICE, entry) is not None:
                keyring.delete_password(SERVICE, entry)
    _read.cache_clear()
    return user


def collect(ask_supervisor: Callable[[], str]) -> None:
    """Take the secrets out of the environment; get a password there is not from the supervisor.

    Called when a command starts, so that no process started later inherits it. Does nothing the
    second time.
    """
    if proxy := os.environ.pop("JDP_PROXY", "").strip():
        _given["JDP_PROXY"] = proxy
    password = os.environ.pop("JD_PASS", "")
    if not password.strip() and not _given.get("JD_PASS"):
        password = ask_supervisor()
    if password.strip():
        _given["JD_PASS"] = password


def environment_without_secrets() -> dict[str, str]:
    """Return the environment of this process for a process that it starts."""
    return {name: value for name, value in os.environ.items() if name not in SECRETS}


def given(name: str) -> str:
    """Return the value collected or typed in for a setting; empty if none."""
    return _given.get(name, "")


def ask_for(user: str, password: str) -> None:
    """Ask at the terminal for whichever is empty; do nothing without a terminal.

    Raise ValueError for what cannot be meant, KeyboardInterrupt or EOFError if the user breaks off.
    """
    if (user and password) or not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        return
    if not user:
        print("User name at Values Online: ", end="", file=sys.stderr, flush=True)
        user = _typed("JD_USER", input().strip())
    if user and not password:
        prompt = f"Password of {to_ascii(user)} (it is not shown): "
        _typed("JD_PASS", ask_hidden(prompt, sys.stderr))
        command = to_ascii(cli.scrapy("login"))
        print(f"To be asked no more: {command}, or put both into .env", file=sys.stderr)


def _typed(name: str, value: str) -> str:
    """Keep what was typed in for a setting, and return it. Raise ValueError if it is wrong."""
    if value:
        try:
            typed_credential(value)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
    _given[name] = value
    return value


def _user_entry(base_url: str) -> str:
    return f"user at {base_url}"


def password_entry(user: str, base_url: str) -> str:
    """Return the name under which the keyring holds an account's password."""
    return f"{user} {base_url}"


@cache
def _read(entry: str) -> str:
    """Return the keyring's entry; empty if it has none or there is no keyring."""
    try:
        with _keyring() as keyring:
            return str(keyring.get_password(SERVICE, entry) or "")
    except KeyringUnusable:
        return ""


@contextlib.contextmanager
def _keyring() -> Iterator[Any]:
    try:
        import keyring
    except ImportError:
        raise KeyringUnusable(f"The package keyring is missing: {cli.SET_UP}") from None
    try:
        yield keyring
    # Not only KeyringError: the Credential Manager raises errors of Windows, the Secret Service
    # those of D-Bus.
    except Exception as error:  # noqa: BLE001
        found = to_ascii(str(error)).partition(". ")[0] or type(error).__name__
        raise KeyringUnusable(
            f"The system's keyring cannot be used ({found}): use .env or the environment instead"
        ) from None
