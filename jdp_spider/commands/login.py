"""`scrapy login`: keeps user name and password in the system's keyring."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from jdp_spider.config import credentials
from jdp_spider.config.dotenv import EnvFileError
from jdp_spider.config.names import mistyped_names
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.sources import ENV_LINES, raw_value, require_dotenv
from jdp_spider.config.validators import typed_credential, unencrypted
from jdp_spider.reasons import ExitStatus
from jdp_spider.session.account import account_id, usual_folder
from jdp_spider.session.refused_login import RefusedLogin
from jdp_spider.utils import cli
from jdp_spider.utils.commands import ProjectCommand, refused
from jdp_spider.utils.console import ask_hidden
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


class Command(ProjectCommand):
    """Asks for both, or removes them. The site is not asked: `scrapy doctor` does that."""

    usage = "[--forget]"
    summary = "Keep user name and password in the system's keyring, or remove them from there"
    details = (
        ". They are asked for, and used where neither the environment nor .env has them. "
        "Example: scrapy login"
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--forget", action="store_true", help="remove them from the keyring")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if problems := mistyped_names(self.settings):
            raise refused("\n".join(problems))

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with 0 if it was done, else with 2."""
        try:
            site = self._base_url()
            print(_forget(site) if opts.forget else self._store(site))
        except (credentials.KeyringUnusable, EnvFileError, ValueError) as error:
            raise refused(to_ascii(str(error))) from None
        except (KeyboardInterrupt, EOFError):
            print("\nNothing was kept.", file=sys.stderr)
            self.exitcode = ExitStatus.INTERRUPTED

    def _base_url(self) -> str:
        require_dotenv()
        return str(self._value("JD_BASE_URL"))

    def _value(self, name: str) -> Any:
        try:
            return OPTIONS[name].parse(raw_value(self.settings, name))
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None

    def _store(self, base_url: str) -> str:
        """Ask for both and store them. Raise ValueError if the site would get them unencrypted."""
        problem = unencrypted(base_url, self._value("JDP_HTTP_HOSTS"), *ENV_LINES)
        if problem:
            raise ValueError(f"JD_BASE_URL {problem}")
        return _store(base_url, self._value("JDP_STATE_FOLDER") or usual_folder())


def _store(base_url: str, state: Path) -> str:
    # Before anything is asked: is there a keyring?
    credentials.kept_password("", base_url)
    user = input(f"User name at {to_ascii(base_url)}: ").strip()
    password = ask_hidden("Password (it is not shown): ") if user else ""
    if not user or not password:
        raise ValueError("User name and password must not be empty: nothing was kept")
    for what, value in (("The user name", user), ("The password", password)):
        try:
            typed_credential(value)
        except ValueError as error:
            raise ValueError(f"{what} {error}. Nothing was kept") from None
    credentials.store(user, password, base_url)
    # Whoever enters the same password again knows why: the account was unlocked, for example.
    RefusedLogin(state / account_id(user, base_url), password).forget()
    return (
        f"Kept for {to_ascii(user)} at {to_ascii(base_url)}. What stands in .env or the "
        f"environment still wins. Try it: {cli.scrapy('doctor')}"
    )


def _forget(base_url: str) -> str:
    user = credentials.forget(base_url)
    where = to_ascii(base_url)
    return f"Removed {to_ascii(user)} at {where}." if user else f"Nothing was kept for {where}."
