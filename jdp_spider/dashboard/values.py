"""The settings that the page shows or needs, read without Scrapy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from platformdirs import user_state_path

from jdp_spider.config import credentials
from jdp_spider.config.dotenv import PARENT, EnvFileError, dotenv_path, read_dotenv
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.validators import EXAMPLE_VALUES, unencrypted
from jdp_spider.session.account import account_id
from jdp_spider.supervision import DETACHED, PASSWORD
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

SETTABLE = ("DOWNLOAD_FOLDER", "CONCURRENT_CONTEXTS", "HEADLESS")
"""What the page may write into `.env`; all else is for those who edit that file."""
_READ = (*SETTABLE, "JD_BASE_URL", "JDP_STATE_FOLDER", "JDP_HTTP_HOSTS")


@dataclass(frozen=True)
class Values:
    """The settings of this moment."""

    user: str
    has_password: bool
    base_url: str
    downloads: Path
    contexts: str
    """A number or auto."""
    headless: bool
    state: Path
    from_environment: frozenset[str] = frozenset()
    """Of SETTABLE, what the environment sets: a line in `.env` would change nothing."""
    problem: str = ""
    """What is wrong with the settings, a line for each."""

    @property
    def has_account(self) -> bool:
        """Return True if user name and password are known."""
        return bool(self.user) and self.has_password

    @property
    def account_folder(self) -> Path:
        """Return the folder of what is kept of the account between runs."""
        return self.state / account_id(self.user, self.base_url)


def read_values(sitting: tuple[str, str] = ("", "")) -> Values:
    """Return the settings as a run started now would have them.

    `sitting` has user name and password that were given for as long as this process lives.
    """
    problems = []
    try:
        dotenv = read_dotenv(dotenv_path())
    except EnvFileError as error:
        dotenv = {}
        problems.append(to_ascii(str(error)))
    given = {**dotenv, **{name: value for name, value in os.environ.items() if value.strip()}}
    found: dict[str, Any] = {}
    for name in _READ:
        option = OPTIONS[name]
        text = given.get(name, "").strip() or option.default
        try:
            found[name] = option.parse(text)
        except ValueError as error:
            problems.append(to_ascii(f"{name} {error}"))
            found[name] = option.parse(option.default)
    base_url = found["JD_BASE_URL"]
    lines = ("JD_BASE_URL={}", "JDP_HTTP_HOSTS={}")
    if wrong := unencrypted(base_url, found["JDP_HTTP_HOSTS"], *lines):
        problems.append(f"JD_BASE_URL {wrong}")
    user, has_password = _account(given, base_url, sitting)
    return Values(
        user=user,
        has_password=has_password,
        base_url=base_url,
        downloads=found["DOWNLOAD_FOLDER"],
        contexts=str(found["CONCURRENT_CONTEXTS"]),
        headless=found["HEADLESS"],
        state=found["JDP_STATE_FOLDER"] or user_state_path("jdp_spider", appauthor=False),
        from_environment=frozenset(n for n in SETTABLE if os.environ.get(n, "").strip()),
        problem="\n".join(problems),
    )


def _account(given: dict[str, str], base_url: str, sitting: tuple[str, str]) -> tuple[str, bool]:
    """Return the user name, and whether its password is known."""
    if all(sitting):
        return sitting[0], True
    known = {name: given.get(name, "") for name in ("JD_USER", "JD_PASS")}
    user, password = (value if value not in EXAMPLE_VALUES else "" for value in known.values())
    password = password.strip() or credentials.given("JD_PASS")
    user = user.strip() or credentials.stored_user(base_url)
    return user, bool(password or credentials.stored_password(user, base_url))


def child_environment(sitting_user: str = "", *, with_password: bool = False) -> dict[str, str]:
    """Return the environment of a command that the page starts. The password is not in it.

    It says whether the command gets one by its standard input. An own proxy is in it, as it was:
    the command takes it out before it starts anything else.
    """
    own = credentials.environment_without_secrets()
    own.pop(PARENT, None)
    if with_password:
        own[PARENT] = f"{DETACHED} {PASSWORD}"
    if proxy := credentials.given("JDP_PROXY"):
        own["JDP_PROXY"] = proxy
    if sitting_user:
        own["JD_USER"] = sitting_user
    return own
