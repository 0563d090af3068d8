"""Reads the settings from the command line, the environment, `.env` and the keyring."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from scrapy.settings import SETTINGS_PRIORITIES

from jdp_spider.config import credentials, validators
from jdp_spider.config.dotenv import EnvFileError, dotenv_path, read_dotenv, read_environment
from jdp_spider.config.names import unknown_names
from jdp_spider.config.options import OPTIONS, SECRETS, Config
from jdp_spider.config.problems import ConfigError, Interrupted
from jdp_spider.config.proxies import ProxyError, find_proxy
from jdp_spider.config.selector_overrides import read_selectors, selectors_path
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.settings import BaseSettings

_KEPT = "_JDP_CONFIG"
"""The setting that keeps the Config: all components of a process share one parse."""


def load_config(settings: BaseSettings) -> Config:
    """Return the checked values of `settings`, which are read once and kept there.

    Raise ConfigError with a line for each wrong value: its name, the value found, the remedy.
    """
    kept = settings.get(_KEPT)
    # A spider's custom_settings come after the command's own check.
    of_spider = (settings.getpriority(n) == SETTINGS_PRIORITIES["spider"] for n in OPTIONS)
    # Whoever gives that name by `-s` gives no Config.
    if isinstance(kept, Config) and not any(of_spider):
        return kept
    config = _read_config(settings)
    if not settings.frozen:
        settings.set(_KEPT, config, "project")
    return config


def _read_config(settings: BaseSettings) -> Config:
    try:
        problems = unknown_names(settings)
    except EnvFileError as error:
        raise ConfigError([to_ascii(str(error))]) from None
    values: dict[str, Any] = {}
    for name, option in OPTIONS.items():
        given = raw_value(settings, name)
        try:
            values[option.field] = option.parse(given)
        except ValueError as error:
            problems.append(_problem(_given_as(settings, name), given, error))
    try:
        # A wrong value of one of them has its line already.
        if {"base_url", "own_proxy"} <= values.keys():
            environment = {**read_dotenv(dotenv_path()), **os.environ}
            values["proxy"] = find_proxy(values["base_url"], values["own_proxy"], environment)
    except ProxyError as error:
        problems.append(str(error))
    try:
        values["selectors"] = read_selectors(selectors_path())
    except ConfigError as error:
        problems += error.problems
    if problems:
        no_login = not raw_value(settings, "JD_USER") or not raw_value(settings, "JD_PASS")
        raise ConfigError(problems + (_about_dotenv() if no_login else []))
    return Config(**values)


def check_encrypted(config: Config) -> None:
    """Raise ConfigError if the password would be sent to another computer unencrypted.

    Not part of the parser: call it before sending the password.
    """
    problem = validators.unencrypted(config.base_url, config.http_hosts, *ENV_LINES)
    if problem:
        raise ConfigError([f"JD_BASE_URL {problem}"])


ENV_LINES = ("JD_BASE_URL={}", "JDP_HTTP_HOSTS={}")
"""The lines of `.env` that give the site's address, and allow it to be without https."""


def jobdir(settings: BaseSettings) -> Path | None:
    """Return JOBDIR's folder, "~" expanded; None if not set. Raise ConfigError if unusable."""
    given = str(settings["JOBDIR"] or "").strip()
    try:
        return validators.folder(given) if given else None
    except ValueError as error:
        raise ConfigError([f"JOBDIR {error}, got '{to_ascii(given)}'"]) from None


def require_dotenv() -> None:
    """Raise ConfigError if `.env` cannot be read.

    For a command that reads single settings: it would take their defaults for what the user set.
    """
    try:
        read_dotenv(dotenv_path())
    except EnvFileError as error:
        raise ConfigError([to_ascii(str(error))]) from None


def raw_value(settings: BaseSettings, name: str) -> str:
    """Return a setting's text from `-s`, the environment or `.env`, else its default."""
    if name == "CONCURRENT_CONTEXTS" and _from_command_line(settings, "CONCURRENT_REQUESTS"):
        return str(settings["CONCURRENT_REQUESTS"])
    value = settings.get(name)
    if value is None and name in SECRETS:
        # Kept out of the settings: `scrapy settings --get` would print it.
        value = credentials.given(name) or read_environment([name]).get(name)
    if value is None and name in ("JD_USER", "JD_PASS"):
        value = _from_elsewhere(settings, name)
    text = str(OPTIONS[name].default if value is None else value)
    return text if name in SECRETS else text.strip()


def _from_elsewhere(settings: BaseSettings, name: str) -> str | None:
    """Return the user name or password typed in at the terminal, or the keyring's."""
    site = raw_value(settings, "JD_BASE_URL")
    with contextlib.suppress(ValueError):
        site = validators.site(site)
    if name == "JD_USER":
        return credentials.given(name) or credentials.stored_user(site) or None
    user = raw_value(settings, "JD_USER")
    return credentials.stored_password(user, site) or None


def _about_dotenv() -> list[str]:
    """Return what is wrong with the place of `.env`, for use if no login was found."""
    path = dotenv_path()
    if path.exists():
        return []
    with_ending = path.with_name(f"{path.name}.txt")
    if with_ending.exists():
        return [f"{to_ascii(str(with_ending))} has the wrong name: call it {path.name}"]
    return [f"There is no {to_ascii(str(path))}: copy .env.example to it, and fill it in"]


def ask_for_credentials(settings: BaseSettings) -> None:
    """Ask at the terminal for user name and password if they are found nowhere.

    Raise ConfigError if `.env` cannot be read, what is typed cannot be meant, or the input ends;
    Interrupted for Ctrl-C.
    """
    try:
        credentials.ask_for(raw_value(settings, "JD_USER"), raw_value(settings, "JD_PASS"))
    except ValueError as error:
        raise ConfigError([to_ascii(str(error))]) from None
    except (KeyboardInterrupt, EOFError) as error:
        kind = Interrupted if isinstance(error, KeyboardInterrupt) else ConfigError
        raise kind(["No user name and password were given"]) from None


def _given_as(settings: BaseSettings, name: str) -> str:
    """Return the name under which the user gave a setting."""
    given_as = "CONCURRENT_REQUESTS" if name == "CONCURRENT_CONTEXTS" else name
    return given_as if _from_command_line(settings, given_as) else name


def _from_command_line(settings: BaseSettings, name: str) -> bool:
    return (settings.getpriority(name) or 0) >= SETTINGS_PRIORITIES["cmdline"]


def project_settings() -> dict[str, str]:
    """Return the settings in the environment and `.env`, without secrets, for settings.py.

    Return nothing if `.env` cannot be read: the check of the settings will say so.
    """
    try:
        return read_environment(name for name in OPTIONS if name not in SECRETS)
    except EnvFileError:
        return {}


def _problem(name: str, given: str, error: ValueError) -> str:
    hidden = name in SECRETS or isinstance(error, validators.SecretError) or not given
    found = "" if hidden else f", got '{to_ascii(given)}'"
    return to_ascii(f"{name} {error}{found} (see .env.example)")
