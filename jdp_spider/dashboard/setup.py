"""The account and the settings, as the page gives them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from jdp_spider.config import credentials
from jdp_spider.config.dotenv import EnvFileError, dotenv_path, read_dotenv
from jdp_spider.config.dotenv_edit import NotEdited, write_settings
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.validators import typed_credential
from jdp_spider.dashboard.model import NotNow
from jdp_spider.dashboard.values import SETTABLE, read_values
from jdp_spider.dashboard.views import AccountForm
from jdp_spider.session.refused_login import RefusedLogin
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.dashboard.processes import Sitting
    from jdp_spider.dashboard.values import Values
    from jdp_spider.dashboard.watcher import Watcher


class Setup:
    """Keeps the account in the keyring or in memory, and the settings in `.env`."""

    def __init__(self, sitting: Sitting, watcher: Watcher) -> None:
        self._sitting = sitting
        self._watcher = watcher
        self._keyring: bool | None = None

    def form(self) -> AccountForm:
        """Return what the form for the account shows."""
        values = read_values(self._sitting.account)
        stored = bool(credentials.stored_user(values.base_url))
        return AccountForm(values.user, values.base_url, self._has_keyring(values), stored)

    def _has_keyring(self, values: Values) -> bool:
        """Return True if the system's keyring answers: asked once, as some ask their user."""
        if self._keyring is None:
            try:
                credentials.kept_password("", values.base_url)
                self._keyring = True
            except credentials.KeyringUnusable:
                self._keyring = False
        return self._keyring

    def give_account(self, user: str, password: str, *, remember: bool) -> str:
        """Use this account from now on. Raise NotNow or OSError."""
        for what, value in (("user name", user), ("password", password)):
            try:
                typed_credential(value)
            except ValueError as error:
                raise NotNow(f"The {what} {error}.") from None
        values = read_values(self._sitting.account)
        if values.problem:
            raise NotNow(values.problem)
        if remember:
            self._remember(user, password, values)
        else:
            self._sitting.give(user, password)
        self._watcher.note_account_change(datetime.now(timezone.utc))
        # Whoever enters the same password again knows why: the account was unlocked, for example.
        account_folder = read_values(self._sitting.account).account_folder
        RefusedLogin(account_folder, password).forget()
        return "Kept in this computer's keyring." if remember else ""

    def _remember(self, user: str, password: str, values: Values) -> None:
        try:
            credentials.store(user, password, values.base_url)
            # What stands there would win over the keyring.
            path = dotenv_path()
            names = [name for name in ("JD_USER", "JD_PASS") if name in read_dotenv(path)]
            if names:
                write_settings(path, dict.fromkeys(names))
        except (credentials.KeyringUnusable, EnvFileError, NotEdited) as error:
            raise NotNow(to_ascii(str(error))) from None
        self._sitting.forget()

    def forget_account(self) -> str:
        """Remove the account from the keyring. Raise NotNow."""
        try:
            user = credentials.forget(read_values().base_url)
        except credentials.KeyringUnusable as error:
            raise NotNow(to_ascii(str(error))) from None
        return "It is removed." if user else "The keyring had none."

    def change_settings(self, given: dict[str, str]) -> str:
        """Write settings into `.env`. Raise NotNow or OSError."""
        before = self._watcher.account_changed()
        for name, value in given.items():
            if name not in SETTABLE:
                raise NotNow("The page does not change that setting.")
            try:
                OPTIONS[name].parse(value)
            except ValueError as error:
                raise NotNow(to_ascii(f"{name} {error}")) from None
        try:
            write_settings(dotenv_path(), given)
        except (EnvFileError, NotEdited) as error:
            raise NotNow(to_ascii(str(error))) from None
        self._watcher.note_account_change(before)
        return "Kept. It holds for the next run."

    def choose_folder(self, folder: Path) -> str:
        """Put the reports of new runs into a folder. Raise NotNow or OSError."""
        probe = folder / ".jdp-spider-may-write"
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:
            why = error.strerror or str(error)
            raise NotNow(f"Files cannot be kept in that folder ({why}).") from None
        return self.change_settings({"DOWNLOAD_FOLDER": str(folder)})
