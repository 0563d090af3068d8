"""Where an account's password comes from: never from the file of the accounts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jdp_spider.credentials import SERVICE, KeyringUnusable, kept_password, password_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYRING = "keyring"

_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")

WANTED = (
    'must be "env:NAME" with the name of an environment variable that holds it, or "keyring"; '
    "the password itself does not belong into this file"
)


class PasswordMissing(Exception):
    """Raised when a password is not where the file says; names the place and what to do."""


def is_reference(value: object) -> bool:
    """Whether the value says where the password is. Any other may be one: it is not shown."""
    return isinstance(value, str) and (value == KEYRING or bool(_VARIABLE.fullmatch(value)))


def variable(reference: str) -> str:
    """The environment variable that the reference names; empty when it names another place."""
    match = _VARIABLE.fullmatch(reference)
    return match[1] if match else ""


def read_password(reference: str, user: str, base_url: str, environment: Mapping[str, str]) -> str:
    """The password that the reference stands for. Raises PasswordMissing."""
    name = variable(reference)
    if not name:
        return _from_keyring(user, base_url)
    if not environment.get(name, "").strip():
        raise PasswordMissing(f"the environment variable {name} is not set: put the password there")
    return environment[name]


def _from_keyring(user: str, base_url: str) -> str:
    try:
        password = kept_password(user, base_url)
    except KeyringUnusable as error:
        raise PasswordMissing(str(error)) from None
    if not password:
        command = f'python -m keyring set {SERVICE} "{password_entry(user, base_url)}"'
        raise PasswordMissing(f"the keyring does not have it: {command}")
    return password
