"""The names that settings may have: Scrapy silently ignores any other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scrapy.settings import SETTINGS_PRIORITIES, default_settings

from jdp_spider.config.dotenv import ENV_FILE, PARENT, dotenv_path, read_dotenv
from jdp_spider.config.options import OPTIONS, SECRETS
from jdp_spider.config.problems import did_you_mean
from jdp_spider.config.proxies import VARIABLES
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from scrapy.settings import BaseSettings

AT_END = (
    "JDP_OUTCOME",
    "JDP_EXIT_STATUS",
    "JDP_CLOSE_REASON",
    "JDP_SUMMARY",
    "JDP_TOTAL",
    "JDP_SAVED",
    "JDP_FAILED",
    "JDP_NOT_AVAILABLE",
    "JDP_NOT_ATTEMPTED",
    "JDP_RUN_FOLDER",
    "JDP_REPORT",
    "JDP_LOG",
    "JDP_TRIES",
)
"""What the command in JDP_ON_END gets in its environment, and each command that it starts."""

_PREFIXES = ("JDP_", "JD_")
_ENDINGS = ("", "D", "S", "W", "WD", "WORD", "WORT", "PHRASE")
"""What JD_PASS may have been mistyped with."""
_LETTERS = 2
"""A name that differs from a known one by at most so many letters counts as mistyped."""
_SHORTEST_PART = 3
"""Letters that a part of a name needs to count as the name itself."""

_SCRAPY = frozenset(name for name in dir(default_settings) if name.isupper())
# Scrapy reads these as well, and has no defaults for them.
_SCRAPY_WITHOUT_DEFAULT = frozenset({
    "CONCURRENT_REQUESTS_PER_IP",
    "FILES_EXPIRES", "FILES_RESULT_FIELD", "FILES_URLS_FIELD",
    "IMAGES_EXPIRES", "IMAGES_MIN_HEIGHT", "IMAGES_MIN_WIDTH", "IMAGES_RESULT_FIELD",
    "IMAGES_THUMBS", "IMAGES_URLS_FIELD", "MEDIA_ALLOW_REDIRECTS",
    "META_COPY_WARN_SKIP_KEYS",
})  # fmt: skip
_SCRAPY_PLAYWRIGHT = frozenset({
    "PLAYWRIGHT_ABORT_REQUEST", "PLAYWRIGHT_BROWSER_PROVIDER", "PLAYWRIGHT_BROWSER_TYPE",
    "PLAYWRIGHT_CDP_KWARGS", "PLAYWRIGHT_CDP_URL", "PLAYWRIGHT_CONNECT_KWARGS",
    "PLAYWRIGHT_CONNECT_URL", "PLAYWRIGHT_CONTEXTS", "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT",
    "PLAYWRIGHT_DOWNLOAD_TIMEOUT", "PLAYWRIGHT_LAUNCH_OPTIONS", "PLAYWRIGHT_MAX_CONTEXTS",
    "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT", "PLAYWRIGHT_PROCESS_REQUEST_HEADERS",
    "PLAYWRIGHT_RESTART_DISCONNECTED_BROWSER", "_PLAYWRIGHT_THREADED_LOOP",
})  # fmt: skip
KNOWN = _SCRAPY | _SCRAPY_WITHOUT_DEFAULT | _SCRAPY_PLAYWRIGHT
"""All names of other projects; tests compare them with the sources."""


def from_command_line(settings: BaseSettings) -> list[str]:
    """Return the names given by `-s`, or by an option that sets one, in order."""
    names = (name for name in settings if isinstance(name, str))
    return [n for n in names if (settings.getpriority(n) or 0) >= SETTINGS_PRIORITIES["cmdline"]]


def unknown_names(settings: BaseSettings) -> list[str]:
    """Return a line for each name that looks like a setting but is none, probably mistyped.

    These are names that begin with `JDP_` or `JD_`, names in `.env` close to one of the project's
    settings, and names given by `-s` close to any known one.
    """
    dotenv = read_dotenv(dotenv_path())
    environment = (name for name in os.environ if name.startswith("JDP_"))
    elsewhere = {*dotenv, *environment} - {ENV_FILE, PARENT, *AT_END}
    given = {*settings, *elsewhere} - OPTIONS.keys() - VARIABLES
    wrong = sorted(
        name
        for name in given
        if name.startswith(_PREFIXES) or (name in dotenv and did_you_mean(name, OPTIONS, 0.7))
    )
    found = [
        f"{_shown(name)} is not a setting{did_you_mean(name, OPTIONS, 0.7)} (see .env.example)"
        for name in wrong
    ]
    return found + mistyped_names(settings)


def _shown(name: str) -> str:
    """Return the name, without what may be a password where only `=` is missing before it."""
    secret = next((each for each in SECRETS if name.startswith(each)), name)
    return name if name.removeprefix(secret) in _ENDINGS else f"{secret}..."


def mistyped_names(settings: BaseSettings) -> list[str]:
    """Return a line for each unknown name given by `-s` that is close to a known one.

    Scrapy ignores it, and a run without its limit or JOBDIR downloads everything.
    """
    typed = [n for n in from_command_line(settings) if not n.startswith(_PREFIXES)]
    close = {name: meant(name, OPTIONS) for name in typed}
    return [
        f"{to_ascii(name)} is not a setting; did you mean {known}? (see docs/settings.md)"
        for name, known in close.items()
        if known
    ]


def unrecognised_names(settings: BaseSettings) -> list[str]:
    """Return the other unknown names given by `-s`."""
    known = KNOWN | OPTIONS.keys()
    return [to_ascii(name) for name in from_command_line(settings) if name not in known]


def meant(name: str, own: Collection[str]) -> str:
    """Return the known name that an unknown one was probably meant to be; empty if none.

    Known are `own` and all of KNOWN. A name is close if it differs by at most two edits (a letter
    left out, added or changed, or two swapped) in any case, or is a part of one of `own` or of
    JOBDIR.
    """
    if name in own or name in KNOWN:
        return ""
    typed = name.strip().upper()
    distances = {known: _distance(typed, known) for known in (*own, *sorted(KNOWN))}
    nearest = min(distances, key=distances.__getitem__)
    if distances[nearest] <= _LETTERS:
        return nearest
    return _whole_of(typed, ("JOBDIR", *own))


def _whole_of(part: str, names: Iterable[str]) -> str:
    if len(part) < _SHORTEST_PART:
        return ""
    return next((n for n in names if n.startswith(part) or n.endswith(f"_{part}")), "")


def _distance(one: str, other: str) -> int:
    """Return the Damerau-Levenshtein distance; just a bound if the lengths differ too much."""
    if abs(len(one) - len(other)) > _LETTERS:
        return _LETTERS + 1
    before: list[int] = []
    last, line = before, list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, last, line = last, line, [i]
        for j, b in enumerate(other, start=1):
            best = min(last[j] + 1, line[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            line.append(best)
    return line[-1]
