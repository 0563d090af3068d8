"""What can go wrong on the site, each with a `reason`: one word for stats and reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from playwright.async_api import Error as PlaywrightError

# What Chromium and Node.js say where no connection came about at all.
_NO_CONNECTION = re.compile(
    "CONNECTION_REFUSED|NAME_NOT_RESOLVED|INTERNET_DISCONNECTED|ADDRESS_UNREACHABLE"
    "|CONNECTION_TIMED_OUT|NETWORK_CHANGED|NETWORK_IO_SUSPENDED|PROXY|TUNNEL|ECONNREFUSED"
    "|ENOTFOUND|EAI_AGAIN|ENETUNREACH|ENETDOWN|EHOSTUNREACH|ETIMEDOUT"
)
_NETWORK = re.compile(r"net::ERR_(?!ABORTED)\w+")


class SiteError(Exception):
    """Base of everything the pages raise. Its text is ASCII and holds no secret."""

    reason = "site_error"


class ServerError(SiteError):
    """Raised when something came with an HTTP status of 400 or more."""

    reason = "server_error"

    def __init__(self, status: int, what: str, retry_after: float | None = None) -> None:
        super().__init__(f"The site answered {status} for {what}")
        self.status = status
        self.retry_after = retry_after
        """Seconds that the site asks to wait, where it does; not bounded yet."""


class ConnectionFailed(SiteError):
    """Raised when a request got no whole answer: the connection was reset or ended early."""

    reason = "connection_failed"


class SiteUnreachable(ConnectionFailed):
    """Raised when no connection came about: refused, name not found, no network."""


class Maintenance(SiteError):
    """Raised when a page says that the site is down for maintenance, whatever its status."""

    reason = "maintenance"


class BrowserFailed(SiteError):
    """Raised when the browser died under a page, and where its own message holds a secret."""

    reason = "browser_error"


class BrowserNotStarted(BrowserFailed):
    """Raised when the browser's driver does not start."""


class LoggedOut(SiteError):
    """Raised from any page that turns out to be the login: the session has ended."""

    reason = "logged_out"


class LoginRefused(SiteError):
    """Raised from the login when the site refuses user name, password or account.

    Never tried again: a second try may lock the account.
    """

    reason = "login_refused"

    def __init__(self, message: str, advice: str = "Check JD_USER and JD_PASS (in .env)") -> None:
        super().__init__(message)
        self.advice = advice
        """What the user does about it: a sentence without its full stop."""


class ActiveSession(SiteError):
    """Raised from the login while another session of the account is live."""

    reason = "active_session"

    def __init__(self, wait_seconds: float) -> None:
        super().__init__("The account has another live session")
        self.wait_seconds = wait_seconds
        """Seconds that the site asks to wait; not bounded yet."""


class PageChanged(SiteError):
    """Raised when something that should stand on a page did not come up in time."""

    reason = "page_changed"

    def __init__(self, page: str, names: str, selector: str, purpose: str) -> None:
        super().__init__(f"{page}: found no '{selector}' ({names}: {purpose})")
        self.page = page
        self.names = names
        """What is missing, as it is called in selectors.toml."""


class SiteMoved(SiteError):
    """Raised before anything is typed or pressed at an origin that is not the site's own.

    Nothing is tried again: the run ends.
    """

    reason = "site_moved"

    def __init__(self, where: str, found: str, own: str, lines: tuple[str, ...] = ()) -> None:
        """`lines` are those for `.env` that allow it: for the login alone, for the whole site."""
        self.what = (
            f"{where} leads to {found}, and JD_BASE_URL says {own}: nothing was typed or pressed "
            "there"
        )
        self.advice = _moved_advice(found, lines)
        super().__init__(f"{self.what}. {self.advice}")


def _moved_advice(found: str, lines: tuple[str, ...]) -> str:
    if not lines:
        return (
            "Nothing in .env allows that: the password would be sent where others can read it. "
            "Open the site in your own browser: a hotel or company network may ask for a login of "
            "its own first."
        )
    login, site = lines
    return (
        f"Only if you know that the login is at {found} now, put this line into .env: {login} - "
        f"or, if the whole site has moved there, this one: {site}"
    )


class NoBookoutLink(SiteError):
    """Raised from the search when no row of the grid is this vehicle with a bookout link."""

    reason = "no_bookout_link"


class WrongVehicle(SiteError):
    """Raised before a report is asked for: the opened page names another vehicle."""

    reason = "wrong_vehicle"

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.text = text
        """What the page shows: it may name a vehicle that is at work at the same time."""


class ReportNotOpened(SiteError):
    """Raised when "Create PDF" opened no report."""

    reason = "report_not_opened"


class BadAddress(ReportNotOpened):
    """Raised where a report would be asked for at no web address, or a step down to http."""


class TooLarge(SiteError):
    """Raised as soon as a file is known to be larger than the settings allow.

    Never tried again: the transfer was ended, and the same would come.
    """

    reason = "too_large"

    def __init__(self, size: int, most: int, setting: str) -> None:
        super().__init__(
            f"A file of {size / 1e6:,.0f} MB or more, where {setting} allows {most / 1e6:,.0f} MB"
        )


class ReportTimeout(SiteError):
    """Raised when the site did not send the report in time."""

    reason = "report_timeout"


def connection_error(reason: str, what: str) -> ConnectionFailed:
    """Return the error for what browser or driver say about a request without an answer."""
    kind = SiteUnreachable if _NO_CONNECTION.search(reason) else ConnectionFailed
    return kind(f"No answer to the request for {what} ({reason})")


def network_error(error: PlaywrightError) -> ConnectionFailed | None:
    """Return what a failed navigation means; None where the network was not to blame."""
    found = _NETWORK.search(error.message)
    return connection_error(found[0], "a page") if found else None


def is_closed(error: PlaywrightError) -> bool:
    """Return whether Playwright failed because page, browser or driver have ended."""
    message = error.message.lower()
    return any(word in message for word in ("has been closed", "crashed", "connection closed"))


def one_line(error: BaseException) -> str:
    """Return an ASCII line about an error, without the call log that Playwright adds."""
    text = str(error).strip().splitlines()
    if not text:
        return type(error).__name__
    # A SiteError says in whole sentences what was wrong.
    return to_ascii(
        text[0] if isinstance(error, SiteError) else f"{type(error).__name__}: {text[0]}"
    )
