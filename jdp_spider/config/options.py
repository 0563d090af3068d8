"""The project's own settings: what each one means, and the checks they must pass.

Each may come from `-s NAME=VALUE`, the environment or `.env`, in that order.
"""

from __future__ import annotations

import contextlib
import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from scrapy.settings import SETTINGS_PRIORITIES

from jdp_spider.config import credentials
from jdp_spider.config import names as names_module
from jdp_spider.config.dotenv import (
    ENV_FILE,
    PARENT,
    EnvFileError,
    dotenv_path,
    read_dotenv,
    read_environment,
)
from jdp_spider.config.selector_overrides import SelectorsError, read_selectors, selectors_path
from jdp_spider.pages.origin import is_host, may_use_http, normal_host
from jdp_spider.pages.site import Site
from jdp_spider.utils.files import is_utf8
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from scrapy.settings import BaseSettings

_N = TypeVar("_N", int, float)

REAL_SITE = "https://extapps.jdpowervalues.com/ValuesOnline/"
ALL_VEHICLES = 9999
"""`MAX_DOWNLOADS` of the users' earlier script for "no limit"."""

SECRETS = frozenset({"JD_PASS"})
PRIVATE = SECRETS | {"JD_USER"}
"""What stands in no file of a run: such files are sent to others."""
_PREFIXES = ("JDP_", "JD_")
EXAMPLE_VALUES = frozenset({"your-user-name", "your-password"})


class ConfigError(ValueError):
    """Raised before any browser starts when settings are missing or wrong; one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _SecretError(ValueError):
    """A wrong value that must not be shown."""


def _credential(value: str) -> str:
    if not value.strip():
        raise ValueError("must be set to your own Values Online login")
    if value in EXAMPLE_VALUES:
        raise ValueError("still holds the value of .env.example: put in your own login")
    if not is_utf8(value):
        raise _SecretError("must be in UTF-8, as what the environment holds is read: set it anew")
    return value


def _flag(value: str) -> bool:
    known = {"true": True, "yes": True, "on": True, "1": True}
    known |= {"false": False, "no": False, "off": False, "0": False}
    try:
        return known[value.strip().lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


def _auto(value: str) -> bool:
    try:
        return {"auto": True, "off": False}[value.strip().lower()]
    except KeyError:
        raise ValueError("must be auto or off") from None


def _whole(low: int, high: int) -> Callable[[str], int]:
    return _number(int, low, high, "a whole number")


def _seconds(low: float, high: float) -> Callable[[str], float]:
    return _number(float, low, high, "a number of seconds")


def _number(read: Callable[[str], _N], low: _N, high: _N, kind: str) -> Callable[[str], _N]:
    message = f"must be {kind} from {low:.9g} to {high:.9g}"

    def parse(value: str) -> _N:
        try:
            number = read(value)
        except ValueError:
            raise ValueError(message) from None
        if not low <= number <= high:
            raise ValueError(message)
        return number

    return parse


def _limit(value: str) -> int | None:
    if not value:
        return None
    try:
        number = _whole(0, 1_000_000)(value)
    except ValueError:
        raise ValueError("must be empty (all vehicles) or a whole number, 0 or more") from None
    return None if number in (0, ALL_VEHICLES) else number


def _site(value: str) -> str:
    wrong = f"must be an address such as {REAL_SITE}"
    if "@" in value:
        raise _SecretError("must not hold a user name or password")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(wrong) from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or " " in host or port == 0:
        raise ValueError(wrong)
    if "LicenseAgreement" in parts.path:
        raise ValueError(f"must be the address above the login page, such as {REAL_SITE}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def _hosts(value: str) -> tuple[str, ...]:
    """Return the names, each once and in the form in which hosts are compared."""
    try:
        hosts = [normal_host(name) for name in value.split(",") if name.strip()]
    except ValueError:
        hosts = [""]
    if not all(is_host(host) for host in hosts):
        raise ValueError(
            "must be names of hosts with commas between them, such as login.example.com"
        )
    return tuple(dict.fromkeys(hosts))


def _folder(value: str) -> Path:
    if not value:
        raise ValueError("must name a folder")
    try:
        if "\0" in value:
            raise OSError("no name of a file or folder holds NUL")
        path = Path(value).expanduser()
        # Of a link that leads nowhere, too: no folder can be made in its place.
        path.lstat()
        is_other = not path.is_dir()
    except FileNotFoundError:
        return path
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ValueError(f"must name a folder that can be used ({why})") from None
    if is_other:
        raise ValueError("must name a folder, not a file or a broken link")
    return path


def _state_folder(value: str) -> Path | None:
    return _folder(value) if value else None


def _browser(value: str) -> Path | None:
    if not value:
        return None
    try:
        path = Path(value).expanduser()
        found = path.is_file()
    except (OSError, RuntimeError):
        found = False
    if not found:
        raise ValueError(
            "must be the full path of a Chromium, Chrome or Edge program that exists, "
            "or empty: then one is looked for"
        )
    return path


def _setting(name: str, default: str, parse: Callable[[str], Any], about: str) -> Any:
    metadata = {"name": name, "default": default, "parse": parse, "about": about}
    return field(metadata=metadata, repr=name not in SECRETS)


@dataclass(frozen=True)
class Config:
    """The checked values. The table in docs/settings.md is held against it by a test."""

    user: str = _setting(
        "JD_USER", "", _credential, "User name of your Values Online account. Used by the login."
    )
    password: str = _setting(
        "JD_PASS", "", _credential, "Its password. Never logged or stored. Used by the login."
    )
    base_url: str = _setting(
        "JD_BASE_URL", REAL_SITE, _site, "Address of the site. Used by every request."
    )
    login_hosts: tuple[str, ...] = _setting(
        "JDP_LOGIN_HOSTS",
        "",
        _hosts,
        "Hosts, with commas between them, at which login, licence and logout may be besides the "
        "site's own. At any other origin nothing is typed or pressed, and the run ends. Used by "
        "the pages.",
    )
    http_hosts: tuple[str, ...] = _setting(
        "JDP_HTTP_HOSTS",
        "",
        _hosts,
        "Hosts, with commas between them, to which the password may be sent by http, where anybody "
        "in between can read it. Used by the check of JD_BASE_URL.",
    )
    headless: bool = _setting(
        "HEADLESS", "true", _flag, "false shows the browser's window. Used by the browser's launch."
    )
    contexts: int = _setting(
        "CONCURRENT_CONTEXTS",
        "5",
        _whole(1, 20),
        "Browser contexts, and so vehicles, at work at once, 1 to 20: 3 careful, 5 normal, 7 bold. "
        "Sets CONCURRENT_REQUESTS; -s CONCURRENT_REQUESTS=n wins over it for both.",
    )
    max_downloads: int | None = _setting(
        "MAX_DOWNLOADS",
        "",
        _limit,
        "New downloads in this run; empty, 0 or 9999: all. Used by the spider.",
    )
    block_resources: bool = _setting(
        "BLOCK_RESOURCES",
        "true",
        _flag,
        "Pages of vehicles load no images, fonts, media and style sheets. Used by the pages.",
    )
    download_folder: Path = _setting(
        "DOWNLOAD_FOLDER", "downloads", _folder, "Where the runs' folders go. Used by the job."
    )
    state_folder: Path | None = _setting(
        "JDP_STATE_FOLDER",
        "",
        _state_folder,
        "Where the account's lock and a session that was not logged out are kept; empty: where the "
        "system wants such things. Several computers that share it go on with each other's "
        "sessions. Used by the account.",
    )
    browser: Path | None = _setting(
        "JD_BROWSER",
        "",
        _browser,
        "Full path of the browser; empty: one is looked for. Used by the browser's launch.",
    )
    page_timeout: float = _setting(
        "JDP_PAGE_TIMEOUT", "60", _seconds(1, 3600), "Seconds a page may take. Used by the pages."
    )
    report_timeout: float = _setting(
        "JDP_REPORT_TIMEOUT",
        "120",
        _seconds(1, 3600),
        "Seconds the site may take to make a report. Used by the pages.",
    )
    retries: int = _setting(
        "JDP_RETRIES",
        "2",
        _whole(0, 10),
        "How often a failed vehicle is tried again. Sets RETRY_TIMES.",
    )
    login_waits: int = _setting(
        "JDP_LOGIN_WAITS",
        "3",
        _whole(0, 100),
        "How often the login waits for the account's other live session to end. "
        "Used by the session.",
    )
    context_vehicles: int = _setting(
        "JDP_CONTEXT_VEHICLES",
        "50",
        _whole(1, 100_000),
        "Vehicles that a browser context serves before a fresh one takes its place, so that memory "
        "stays flat. Used by the download handler.",
    )
    failures_in_a_row: int = _setting(
        "JDP_FAILURES_IN_A_ROW",
        "5",
        _whole(2, 1000),
        "Vehicles that fail one after the other by the site or the browser before contexts are "
        "replaced; as many again: the browser is restarted; again: the run ends. Used by the "
        "recovery.",
    )
    recovery_pause: float = _setting(
        "JDP_RECOVERY_PAUSE",
        "10",
        _seconds(0, 3600),
        "Seconds of the pause before contexts are replaced; before the browser is restarted it is "
        "three times as long. Used by the recovery.",
    )
    outage_timeout: float = _setting(
        "JDP_OUTAGE_TIMEOUT",
        "1800",
        _seconds(1, 86_400),
        "Seconds the site may be out of reach or down for maintenance before the run ends; two "
        "minutes at most while it has not answered once. Used by the gate.",
    )
    direct_reports: bool = _setting(
        "JDP_DIRECT_REPORTS",
        "off",
        _auto,
        "auto: when the first vehicles show how a report's address is built, the others' reports "
        "are fetched directly, without their pages; off: never. Used by the spider.",
    )
    accept_unverified: bool = _setting(
        "JDP_ACCEPT_UNVERIFIED",
        "false",
        _flag,
        "true saves reports without any text (scanned), too, marked as unverified: nothing tells "
        "whose they are. Used by the pages.",
    )
    report_page: bool = _setting(
        "JDP_REPORT_PAGE",
        "true",
        _flag,
        "true makes report.html at the end of a run, which takes some seconds; scrapy report makes "
        "it at any time. Used by the report.",
    )
    snapshots: int = _setting(
        "JDP_SNAPSHOTS",
        "20",
        _whole(0, 1000),
        "Pages on which something failed that are kept as picture and HTML in a run; 0: none. Used "
        "by the download handler.",
    )
    checkpoint_every: int = _setting(
        "JDP_CHECKPOINT_EVERY",
        "20",
        _whole(1, 10_000),
        "Vehicles between two writings of tracking.json and checkpoint.json; a fiftieth of the "
        "inventory if that is more (each vehicle is in the journal at once). Used by the job.",
    )
    progress_interval: float = _setting(
        "JDP_PROGRESS_INTERVAL",
        "60",
        _seconds(1, 3600),
        "Seconds between two lines of progress; on a terminal they go into run.log alone. "
        "Used by the progress extension.",
    )

    selectors: Mapping[str, str] = field(default_factory=dict)
    """What selectors.toml says."""

    @property
    def site(self) -> Site:
        """The site as the pages know it."""
        site = Site(
            self.base_url,
            self.page_timeout,
            self.report_timeout,
            self.login_hosts,
            self.http_hosts,
        )
        return site.with_changes(self.selectors)

    @property
    def vehicle_timeout(self) -> float:
        """Seconds one try of one vehicle may take in all: two pages, a report and a margin."""
        return 2 * self.page_timeout + self.report_timeout + 30

    @property
    def stall_timeout(self) -> float:
        """Seconds without any try that ends after which the run counts as stuck."""
        return 2 * self.vehicle_timeout

    def shown(self) -> dict[str, str]:
        """Each setting by its name as it would be typed in, without the account's."""
        values = {name: getattr(self, option["field"]) for name, option in OPTIONS.items()}
        return {name: _typed(value) for name, value in values.items() if name not in PRIVATE}

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Config:
        """The checked values of `settings`.

        Raises ConfigError with a line for each wrong value: its name, what was found, the repair.
        """
        try:
            problems = unknown_names(settings)
        except EnvFileError as error:
            raise ConfigError([to_ascii(str(error))]) from None
        values: dict[str, Any] = {}
        for name, option in OPTIONS.items():
            given = raw_value(settings, name)
            try:
                values[option["field"]] = option["parse"](given)
            except ValueError as error:
                problems.append(_problem(_given_as(settings, name), given, error))
        try:
            values["selectors"] = read_selectors(selectors_path())
        except SelectorsError as error:
            problems += error.problems
        if problems:
            no_login = not raw_value(settings, "JD_USER") or not raw_value(settings, "JD_PASS")
            raise ConfigError(problems + (_about_dotenv() if no_login else []))
        return cls(**values)


def check_encrypted(config: Config) -> None:
    """Raise ConfigError where the password would be sent to another computer unencrypted.

    Not part of the parser: whoever is about to send it asks.
    """
    problem = unencrypted(config.base_url, config.http_hosts, *ENV_LINES)
    if problem:
        raise ConfigError([f"JD_BASE_URL {problem}"])


ENV_LINES = ("JD_BASE_URL={}", "JDP_HTTP_HOSTS={}")
"""The lines of `.env` that say where the site is, and that it may have no https."""


def unencrypted(base_url: str, http_hosts: Collection[str], address: str, hosts: str) -> str:
    """Return what is wrong with an address, and the line that mends it; empty when nothing is.

    `address` and `hosts` are such lines, with {} in the place of the value.
    """
    if may_use_http(base_url, http_hosts):
        return ""
    secured = address.format(base_url.replace("http:", "https:", 1))
    named = hosts.format(",".join((*http_hosts, normal_host(urlsplit(base_url).hostname or ""))))
    return to_ascii(
        f"must begin with https, as the password would be sent where others can read it: {secured} "
        f"- or, only if that site has no https and you trust the network, add this line: {named}"
    )


OPTIONS: dict[str, dict[str, Any]] = {
    spec.metadata["name"]: {**spec.metadata, "field": spec.name}
    for spec in Config.__dataclass_fields__.values()
    if "name" in spec.metadata
}
"""Every own setting by its name, in the order of the documents."""


def jobdir(settings: BaseSettings) -> Path | None:
    """The folder that JOBDIR names, "~" put in full; None without one. Raises ConfigError."""
    given = str(settings["JOBDIR"] or "").strip()
    try:
        return _folder(given) if given else None
    except ValueError as error:
        raise ConfigError([f"JOBDIR {error}, got '{to_ascii(given)}'"]) from None


def raw_value(settings: BaseSettings, name: str) -> str:
    """The text given for a setting: `-s`, the environment, `.env`, else its default."""
    if name == "CONCURRENT_CONTEXTS" and _from_command_line(settings, "CONCURRENT_REQUESTS"):
        return str(settings["CONCURRENT_REQUESTS"])
    value = settings.get(name)
    if value is None and name in SECRETS:
        # Kept out of the settings: `scrapy settings --get` would print it.
        value = credentials.given(name) or read_environment([name]).get(name)
    if value is None and name in ("JD_USER", "JD_PASS"):
        value = _from_elsewhere(settings, name)
    text = str(OPTIONS[name]["default"] if value is None else value)
    return text if name in SECRETS else text.strip()


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)


def _from_elsewhere(settings: BaseSettings, name: str) -> str | None:
    """User name or password as typed in at the terminal, or from the keyring."""
    site = raw_value(settings, "JD_BASE_URL")
    with contextlib.suppress(ValueError):
        site = _site(site)
    if name == "JD_USER":
        return credentials.given(name) or credentials.stored_user(site) or None
    user = raw_value(settings, "JD_USER")
    return credentials.stored_password(user, site) or None


def _about_dotenv() -> list[str]:
    """What is wrong with the place of `.env`, where the login is in none."""
    path = dotenv_path()
    if path.exists():
        return []
    with_ending = path.with_name(f"{path.name}.txt")
    if with_ending.exists():
        return [f"{to_ascii(str(with_ending))} has the wrong name: call it {path.name}"]
    return [f"There is no {to_ascii(str(path))}: copy .env.example to it, and fill it in"]


def ask_for_credentials(settings: BaseSettings) -> None:
    """Ask at the terminal for user name and password, where they are found nowhere.

    Raises ConfigError when `.env` cannot be read, or the questions are broken off.
    """
    try:
        credentials.ask_for(raw_value(settings, "JD_USER"), raw_value(settings, "JD_PASS"))
    except EnvFileError as error:
        raise ConfigError([to_ascii(str(error))]) from None
    except (KeyboardInterrupt, EOFError):
        raise ConfigError(["No user name and password were given"]) from None


def _given_as(settings: BaseSettings, name: str) -> str:
    """The name under which the user has given a setting."""
    given_as = "CONCURRENT_REQUESTS" if name == "CONCURRENT_CONTEXTS" else name
    return given_as if _from_command_line(settings, given_as) else name


def _from_command_line(settings: BaseSettings, name: str) -> bool:
    return (settings.getpriority(name) or 0) >= SETTINGS_PRIORITIES["cmdline"]


def project_settings() -> dict[str, str]:
    """What the environment and `.env` say, for settings.py; without the secrets.

    Nothing when `.env` cannot be read: the check of the settings will say so.
    """
    try:
        return read_environment(name for name in OPTIONS if name not in SECRETS)
    except EnvFileError:
        return {}


def unknown_names(settings: BaseSettings) -> list[str]:
    """A line for each name that looks like a setting and is none: else an error in typing it.

    Such are names that begin with `JDP_` or `JD_`, in `.env` those close to a setting's, and by
    `-s` those close to any that is known.
    """
    dotenv = read_dotenv(dotenv_path())
    environment = (name for name in os.environ if name.startswith("JDP_"))
    elsewhere = {*dotenv, *environment} - {ENV_FILE, PARENT}
    given = {*settings, *elsewhere} - OPTIONS.keys()
    wrong = sorted(
        name
        for name in given
        if name.startswith(_PREFIXES) or (name in dotenv and _suggestion(name))
    )
    found = [f"{name} is not a setting{_suggestion(name)} (see .env.example)" for name in wrong]
    return found + mistyped_names(settings)


def mistyped_names(settings: BaseSettings) -> list[str]:
    """Return a line for each name given by `-s` that is close to a known one.

    Scrapy ignores it, and a run without its limit or its JOBDIR downloads everything.
    """
    typed = [n for n in names_module.from_command_line(settings) if not n.startswith(_PREFIXES)]
    close = {name: names_module.meant(name, OPTIONS) for name in typed}
    return [
        f"{to_ascii(name)} is not a setting; did you mean {meant}? (see docs/settings.md)"
        for name, meant in close.items()
        if meant
    ]


def unrecognised_names(settings: BaseSettings) -> list[str]:
    """Return the other names given by `-s` that nothing here is known to read."""
    known = names_module.KNOWN | OPTIONS.keys()
    return [
        to_ascii(name) for name in names_module.from_command_line(settings) if name not in known
    ]


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, OPTIONS, n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else ""


def _problem(name: str, given: str, error: ValueError) -> str:
    hidden = name in SECRETS or isinstance(error, _SecretError) or not given
    found = "" if hidden else f", got '{to_ascii(given)}'"
    return to_ascii(f"{name} {error}{found} (see .env.example)")
