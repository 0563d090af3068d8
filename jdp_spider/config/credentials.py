"""User name and password that stand neither in the environment nor in `.env`.

They come from the system's keyring, where `scrapy login` has put them, or from whoever sits at
the terminal. The keyring is the optional package of that name.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from jdp_spider.utils import cli
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERVICE = "jdp_spider"
"""The keyring's name for what is this program's."""

_given: dict[str, str] = {}
"""By the setting's name: what was typed in, and the password that the environment had.

Driver, browser and all others that are started would inherit it there.
"""


class KeyringUnusable(Exception):
    """Raised when there is no keyring that could be used; says what to do."""


def stored_user(base_url: str) -> str:
    """Return the user name that the keyring holds for a site; empty if it holds none."""
    return _read(_user_entry(base_url))


def stored_password(user: str, base_url: str) -> str:
    """Return the password that the keyring holds for an account; empty if it holds none."""
    return _read(password_entry(user, base_url)) if user else ""


def kept_password(user: str, base_url: str) -> str:
    """Return the password that the keyring holds at this moment; empty if it holds none.

    Raises KeyringUnusable.
    """
    with _keyring() as keyring:
        return str(keyring.get_password(SERVICE, password_entry(user, base_url)) or "")


def store(user: str, password: str, base_url: str) -> None:
    """Put an account into the keyring. Raises KeyringUnusable."""
    with _keyring() as keyring:
        keyring.set_password(SERVICE, password_entry(user, base_url), password)
        keyring.set_password(SERVICE, _user_entry(base_url), user)
    _read.cache_clear()


def forget(base_url: str) -> str:
    """Remove the account of a site from the keyring; its user name, empty when there was none.

    Raises KeyringUnusable.
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
    """Take the password out of the environment, or else from the program that runs this crawl.

    For the start of a command: what is started later cannot inherit it then. Does nothing the
    second time.
    """
    password = os.environ.pop("JD_PASS", "")
    if not password.strip() and not _given.get("JD_PASS"):
        password = ask_supervisor()
    if password.strip():
        _given["JD_PASS"] = password


def given(name: str) -> str:
    """Return what was collected or typed in for a setting; empty when nothing was."""
    return _given.get(name, "")


def ask_for(user: str, password: str) -> None:
    """Ask at the terminal for what is empty; does nothing where nobody sits at one.

    Raises KeyboardInterrupt or EOFError when the questions are broken off.
    """
    if (user and password) or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if not user:
        print("User name at Values Online: ", end="", file=sys.stderr, flush=True)
        _given["JD_USER"] = user = input().strip()
    if user and not password:
        prompt = f"Password of {to_ascii(user)} (it is not shown): "
        _given["JD_PASS"] = getpass.getpass(prompt, stream=sys.stderr)
        command = to_ascii(cli.scrapy("login"))
        print(f"To be asked no more: {command}, or put both into .env", file=sys.stderr)


def _user_entry(base_url: str) -> str:
    return f"user at {base_url}"


def password_entry(user: str, base_url: str) -> str:
    """Return the name under which the keyring holds an account's password."""
    return f"{user} {base_url}"


@cache
def _read(entry: str) -> str:
    """Return what the keyring holds; nothing where there is none."""
    try:
        with _keyring() as keyring:
            return str(keyring.get_password(SERVICE, entry) or "")
    except KeyringUnusable:
        return ""


@contextlib.contextmanager
def _keyring() -> Iterator[Any]:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        install = cli.python("-m pip install -r requirements-keyring.txt")
        raise KeyringUnusable(f"The package keyring is not installed: {install}") from None
    try:
        yield keyring
    except KeyringError as error:
        found = to_ascii(str(error)).partition(". ")[0] or type(error).__name__
        raise KeyringUnusable(
            f"The system's keyring cannot be used ({found}): use .env or the environment instead"
        ) from None
