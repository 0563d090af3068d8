"""Where an account's password comes from: never from the file of the accounts."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from jdp_spider.config.credentials import SERVICE, KeyringUnusable, kept_password, password_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

KEYRING = "keyring"

_hidden: dict[str, str] = {}
"""The variables that were taken out of the environment."""

_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")

WANTED = (
    'must be "env:NAME" with the name of an environment variable that holds it, or "keyring"; '
    "the password itself does not belong into this file"
)


class PasswordMissing(Exception):
    """A password is not where the file says. Names the place and what to do."""


def is_reference(value: object) -> bool:
    """Return True if the value says where the password is. Any other may be one: never show it."""
    return isinstance(value, str) and (value == KEYRING or bool(_VARIABLE.fullmatch(value)))


def variable(reference: str) -> str:
    """Return the environment variable that the reference names, or "" for another place."""
    match = _VARIABLE.fullmatch(reference)
    return match[1] if match else ""


def hide_variables(references: Iterable[str]) -> None:
    """Take the variables that hold passwords out of the environment, and keep them.

    Processes started from then on cannot inherit one, not even of an account later removed from
    the file.
    """
    for name in filter(None, map(variable, references)):
        if name in os.environ:
            _hidden[name] = os.environ.pop(name)


def read_password(reference: str, user: str, base_url: str) -> str:
    """Return the password that the reference points to. Raise PasswordMissing if there is none."""
    name = variable(reference)
    if not name:
        return _from_keyring(user, base_url)
    password = os.environ.get(name) or _hidden.get(name, "")
    if not password.strip():
        raise PasswordMissing(f"the environment variable {name} is not set: put the password there")
    return password


def _from_keyring(user: str, base_url: str) -> str:
    try:
        password = kept_password(user, base_url)
    except KeyringUnusable as error:
        raise PasswordMissing(str(error)) from None
    if not password:
        command = f'python -m keyring set {SERVICE} "{password_entry(user, base_url)}"'
        raise PasswordMissing(f"the keyring does not have it: {command}")
    return password
