"""A keyring in memory, in the place of the package and of the user's own keyring."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


class Keyring(ModuleType):
    """A keyring in memory; `trouble` is what every call of it raises."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.held: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None

    def _call(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def get_password(self, service: str, name: str) -> str | None:
        self._call()
        return self.held.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self._call()
        self.held[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.held[service, name]


def put_in_place(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """An empty keyring, which `import keyring` finds."""
    made = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", made)
    return made
