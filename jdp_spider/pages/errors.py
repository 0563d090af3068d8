"""What can go wrong on the site, each with a `reason`: one word for stats and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Error as PlaywrightError


class SiteError(Exception):
    """Base of everything the pages raise. Its text is ASCII and holds no secret."""

    reason = "site_error"


class ServerError(SiteError):
    """Raised when a page came with an HTTP status of 400 or more."""

    reason = "server_error"

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"The site answered {status} for {what}")
        self.status = status


class ConnectionFailed(SiteError):
    """Raised when the report's request got no answer: refused, reset, no network."""

    reason = "connection_failed"


class BrowserFailed(SiteError):
    """Raised when the browser died under a page, and where its own message holds a secret."""

    reason = "browser_error"


class LoggedOut(SiteError):
    """Raised from any page that turns out to be the login: the session has ended."""

    reason = "logged_out"


class LoginRefused(SiteError):
    """Raised from the login when the site refuses user name or password. Never tried again."""

    reason = "login_refused"


class ActiveSession(SiteError):
    """Raised from the login while another session of the account is live."""

    reason = "active_session"

    def __init__(self, wait_seconds: float) -> None:
        super().__init__("The account has another live session")
        self.wait_seconds = wait_seconds


class PageChanged(SiteError):
    """Raised when something that should stand on a page did not come up in time."""

    reason = "page_changed"

    def __init__(self, page: str, names: str, selector: str, purpose: str) -> None:
        super().__init__(f"{page}: found no '{selector}' ({names}: {purpose})")
        self.page = page
        self.names = names
        """What is missing, as it is called in selectors.toml."""


class NoBookoutLink(SiteError):
    """Raised from the search when no row of the grid is this vehicle with a bookout link."""

    reason = "no_bookout_link"


class WrongVehicle(SiteError):
    """Raised before a report is asked for: the opened page names another vehicle."""

    reason = "wrong_vehicle"


class ReportNotOpened(SiteError):
    """Raised when "Create PDF" opened no report."""

    reason = "report_not_opened"


class ReportTimeout(SiteError):
    """Raised when the site did not send the report in time."""

    reason = "report_timeout"


def is_closed(error: PlaywrightError) -> bool:
    """Whether Playwright failed because page, browser or driver have ended meanwhile."""
    message = error.message.lower()
    return any(word in message for word in ("has been closed", "crashed", "connection closed"))
