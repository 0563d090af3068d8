"""The result of a check, and how it is shown."""

from __future__ import annotations

import asyncio
import shutil
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp_spider.config.selector_overrides import selectors_advice
from jdp_spider.failures import classify
from jdp_spider.inventory_table import InventoryError
from jdp_spider.pages.errors import (
    ActiveSession,
    LoginRefused,
    NetworkRefused,
    PageChanged,
    SiteError,
    SiteMoved,
    one_line,
)
from jdp_spider.pages.postponed import LoginPostponed
from jdp_spider.pages.site import PURPOSES
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.reasons import ExitStatus, FailureReason
from jdp_spider.utils.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jdp_spider.pages.site import Site

PASS, WARN, FAIL, SKIP = "PASS", "WARN", "FAIL", "SKIP"

CHECK_FAILURES = (
    SiteError,
    PlaywrightError,
    InventoryError,
    BookoutRejected,
    asyncio.TimeoutError,
)
"""Errors of a check that the site, the browser or the network may cause."""

_WIDTH = 100
_INDENT = 19
_BY_HAND = "Open the site in your own browser and see whether it works there. Then run this again."

_ADVICE: dict[type[Exception], str] = {
    ActiveSession: "Log out where the account is logged in, or wait so long. Then run this again.",
    BookoutRejected: "Run this again. If it stays so, make the report by hand and look at it. The "
    "crawl saves no report that fails here.",
    InventoryError: "Export the inventory by hand (all columns, CSV) and look at it.",
    LoginPostponed: "Nothing is said against JD_USER and JD_PASS. Wait some minutes, or as long as "
    "the site asks. Then run this again.",
    asyncio.TimeoutError: FailureReason.TIMEOUT.in_doctor,
}
"""For errors that are no single reason for a vehicle to fail."""


class CheckSkipped(Exception):
    """Raised by a check that cannot be made because an earlier result is missing."""


@dataclass(frozen=True)
class Finding:
    """The result of a check: its mark, its lines, advice."""

    mark: str
    lines: tuple[str, ...]
    advice: str = ""
    status: ExitStatus = ExitStatus.COMPLETE
    """The command's exit status if this is the first failure."""


def passed(*lines: str) -> Finding:
    """Return the finding that all is as the crawl needs it."""
    return Finding(PASS, lines)


def warned(*lines: str, advice: str) -> Finding:
    """Return the finding that something is unexpected, but the crawl copes with it."""
    return Finding(WARN, lines, advice)


def failed(*lines: str, advice: str, status: ExitStatus = ExitStatus.SITE_TROUBLE) -> Finding:
    """Return the finding that a crawl would fail here."""
    return Finding(FAIL, lines, advice, status)


def skipped(reason: str) -> Finding:
    """Return the finding that the check was not made."""
    return Finding(SKIP, (reason,))


def missing(site: Site, names: Iterable[str], changed: Collection[str], *more: str) -> Finding:
    """Return a failed finding: what is missing, each by its name, selector and purpose.

    `changed` are the names already in selectors.toml; `more` are lines that help.
    """
    names = list(names)
    lines = [f"found no '{getattr(site, name)}' ({name}: {PURPOSES[name]})" for name in names]
    return failed(*lines, *more, advice=selectors_advice(names, changed))


def from_error(error: Exception, changed: Collection[str], limit: float) -> Finding:
    """Return the finding for a check that raised; `limit` is its time limit in seconds."""
    status = ExitStatus.SITE_TROUBLE
    text = str(error)
    if isinstance(error, PageChanged):
        text = text.removeprefix(f"{error.page}: ")
        return failed(text, advice=selectors_advice(error.names.split(", "), changed))
    if isinstance(error, (NetworkRefused, SiteMoved)):
        return failed(error.what, advice=error.advice)
    if isinstance(error, LoginRefused):
        status = ExitStatus.LOGIN_REFUSED
    if isinstance(error, ActiveSession):
        status = ExitStatus.IN_USE
        text = f"{text}; it asks to wait {error.wait_seconds:.0f} s"
    if isinstance(error, PlaywrightError):
        text = one_line(error)
    if isinstance(error, asyncio.TimeoutError):
        text = f"not finished within {limit:g} s"
    else:
        text = redact(text)
    return failed(text, advice=_advice(error, changed), status=status)


def _advice(error: Exception, changed: Collection[str]) -> str:
    if isinstance(error, PlaywrightError) and changed and "selector" in error.message:
        return selectors_advice(changed, changed)
    if isinstance(error, LoginRefused):
        return f"{error.advice}. No second try was made."
    reason = FailureReason.known(classify(error).reason)
    known = (text for kind, text in _ADVICE.items() if isinstance(error, kind))
    return next(known, reason.in_doctor if reason else "") or _BY_HAND


def shown(name: str, finding: Finding) -> str:
    """Return the lines for the console: mark and name of the check, findings, advice."""
    advice = [f"What to do: {finding.advice}"] if finding.advice else []
    text = "\n".join(wrapped(" " * _INDENT + line, _INDENT) for line in (*finding.lines, *advice))
    return f"{finding.mark:<6}{name}".ljust(_INDENT) + text.strip()


def again(name: str, finding: Finding) -> str:
    """Return the lines of a failure that may have scrolled away, for the end."""
    first, *rest = shown(name, finding).removeprefix(finding.mark).lstrip().splitlines()
    label, text = first[: len(name)], first[len(name) :].strip()
    return "\n".join([f"  {label:<{_INDENT - 2}}{text}", *rest])


def wrapped(line: str, indent: int) -> str:
    """Return the line wrapped at the window's width, indented from its second part on."""
    return textwrap.fill(
        line,
        min(_WIDTH, shutil.get_terminal_size((_WIDTH, 1)).columns - 1),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
