"""What can go wrong on the site, each with a `reason`: one word for stats and reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jdp_spider.utils.redaction import as_quoted
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from playwright.async_api import Error as PlaywrightError
    from typing_extensions import Self

# What Chromium and Node.js say where no connection came about at all, and what it means: the first
# that is found counts.
_NO_CONNECTION = {
    "SOCKS": "the proxy did not connect to the site: it may not reach it, or wants a user name "
    "and a password, which browsers give to no SOCKS proxy",
    "PROXY_CONNECTION": "the proxy does not answer: check its address (JDP_PROXY in .env, "
    "HTTPS_PROXY in the environment, or the system's settings)",
    "TUNNEL": "the proxy did not connect to the site: it may not allow that, or not reach it",
    "NAME_NOT_RESOLVED|NAME_RESOLUTION|DNS|ENOTFOUND|EAI_AGAIN": "the site's name is not known "
    "here: check the internet connection and JD_BASE_URL",
    "INTERNET_DISCONNECTED|ENETDOWN": "this computer has no network connection",
    "SSL_": "no secure connection came about: something else may answer in place of the site",
    "TIMED_?OUT": "nothing answers: check the internet connection, the proxy if there is one, and "
    "JD_BASE_URL",
    "CONNECTION_REFUSED|ECONNREFUSED|UNREACH": "nothing answers at the site's address: "
    "check the internet connection and JD_BASE_URL",
    "ERR_UNEXPECTED$": "the browser gave up, as it does at a proxy whose login by NTLM fails: see "
    "docs/proxies.md",
    "PROXY|NETWORK_CHANGED|NETWORK_IO_SUSPENDED": "",
}
_CERTIFICATE = {
    "AUTHORITY_INVALID": "this computer does not know who issued it",
    "DATE_INVALID": "it is out of date, or this computer's clock is wrong",
    "COMMON_NAME_INVALID": "it belongs to another host",
    "REVOKED": "it was revoked",
}
_NO_COMMON_TLS = re.compile("SSL_VERSION_OR_CIPHER|SSL_OBSOLETE|SSL_CLIENT_AUTH")
_PROXY_LOGIN = re.compile("PROXY_AUTH|(?:INVALID|MISSING)_AUTH_CREDENTIALS")
_NO_COMMON_LOGIN = re.compile(
    "PROXY_AUTH_UNSUPPORTED|UNSUPPORTED_AUTH_SCHEME|AUTH_ENVIRONMENT|SECURITY_LIBRARY"
)
_NETWORK = re.compile(r"(net::ERR_(?!ABORTED)\w+)(?: at (\S+))?")


class SiteError(Exception):
    """Base of everything the pages raise. Its text is ASCII and holds no secret."""

    reason = "site_error"
    said = ""
    """What the page says of it, as it stands there; its first words end the text."""

    def saying(self, said: str) -> Self:
        """Return this error with what the page says of it."""
        self.said = said
        return self

    def __str__(self) -> str:
        return super().__str__() + as_quoted(self.said)


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


class NetworkRefused(ConnectionFailed):
    """Raised when a proxy or the network refuses the connection, which waiting does not change.

    Nothing is tried again: the run ends.
    """

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}. {advice}")
        self.what = what
        self.advice = advice


class UntrustedCertificate(NetworkRefused):
    """Raised when the browser does not trust the certificate that is shown for the site."""

    def __init__(self, reason: str, url: str = "", issuer: str = "") -> None:
        """`issuer` is who signed the certificate, in its own words; empty if not known yet."""
        self.chromiums_word, self.url = reason, url
        host = urlsplit(url).hostname
        why = next((why for word, why in _CERTIFICATE.items() if word in reason), "it is not valid")
        of_host = f"certificate of {host}" if host else "site's certificate"
        by = f', issued by "{issuer}"' if issuer else ""
        super().__init__(
            f"The browser does not trust the {of_host}{by}: {why} ({reason})",
            "Nothing was sent. If an antivirus or a firewall inspects https here, have its root "
            "certificate installed on this computer, or exclude the site from it: docs/proxies.md "
            "tells how. Else check this computer's date, and open the site in your own browser.",
        )


class Maintenance(SiteError):
    """Raised when a page says that the site is down for maintenance, whatever its status."""

    reason = "maintenance"


class BrowserFailed(SiteError):
    """Raised when the browser died under a page, and where its own message holds a secret."""

    reason = "browser_error"


class BrowserNotStarted(BrowserFailed):
    """Raised when the browser or its driver does not start."""


class LoggedOut(SiteError):
    """Raised from any page that turns out to be the login: the session has ended."""

    reason = "logged_out"


class LoginRefused(SiteError):
    """Raised from the login when the site refuses user name, password or account.

    Never tried again: a second try may lock the account.
    """

    reason = "login_refused"

    def __init__(
        self,
        message: str,
        advice: str = "Check JD_USER and JD_PASS (in .env)",
        *,
        is_silent: bool = False,
    ) -> None:
        super().__init__(message)
        self.advice = advice
        """What the user does about it: a sentence without its full stop."""
        self.is_silent = is_silent
        """True if the form came back without a word that was not there before."""


class ActiveSession(SiteError):
    """Raised from the login while another session of the account is live."""

    reason = "active_session"

    def __init__(self, wait_seconds: float) -> None:
        super().__init__("The account has another live session")
        self.wait_seconds = wait_seconds
        """Seconds that the site asks to wait; not bounded yet."""


class UnknownPage(SiteError):
    """Raised when an unknown page appears after the login. Somebody has to answer it."""

    reason = "unknown_page"


class PageChanged(SiteError):
    """Raised when something that should be on a page did not come up in time, or cannot be used."""

    reason = "page_changed"

    def __init__(
        self, page: str, names: str, selector: str, purpose: str, problem: str = "found no {it}"
    ) -> None:
        """Say the `problem` with "it": selector, names and purpose."""
        it = f"'{selector}' ({names}: {purpose})"
        super().__init__(f"{page}: {problem.replace('{it}', it)}")
        self.page = page
        self.names = names
        """What is missing, as it is called in selectors.toml."""


class SiteMoved(SiteError):
    """Raised before anything is typed or clicked at an origin that is not the site's own.

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


def connection_error(reason: str, what: str, url: str = "") -> ConnectionFailed:
    """Return the error for what browser or driver say about a request without an answer."""
    if "ERR_CERT" in reason:
        return UntrustedCertificate(reason, url)
    if _NO_COMMON_LOGIN.search(reason):
        return NetworkRefused(
            f"The proxy wants a kind of login that the browser cannot give here ({reason})",
            "Ask whoever runs the proxy to accept this computer, or a user name and a password "
            "(Basic or NTLM): docs/proxies.md.",
        )
    if _PROXY_LOGIN.search(reason):
        return proxy_login_wanted(reason)
    if _NO_COMMON_TLS.search(reason):
        return NetworkRefused(
            "The site, or what inspects https on the way, wants a kind of secure connection that "
            f"the browser does not have ({reason})",
            "Open the site in your own browser. If it works there, name it as JD_BROWSER in .env.",
        )
    text = f"No answer to the request for {what} ({reason})"
    for words, meaning in _NO_CONNECTION.items():
        if re.search(words, reason):
            return SiteUnreachable(f"{text}: {meaning}" if meaning else text)
    return ConnectionFailed(text)


def proxy_login_wanted(reason: str) -> NetworkRefused:
    """Return the error for a proxy that lets nobody through, or not this user."""
    return NetworkRefused(
        f"The proxy wants a user name and a password, or refuses those that it got ({reason})",
        "Put them into the proxy's address in .env: JDP_PROXY=http://user:password@host:port "
        "(docs/proxies.md).",
    )


def answer_error(
    status: int, what: str, retry_after: float | None = None, said: str = ""
) -> ServerError | NetworkRefused:
    """Return the error for an answer with a status of 400 or more; `said` is what its page says."""
    if status == 407:
        return proxy_login_wanted("407")
    return ServerError(status, what, retry_after).saying(said)


def network_error(error: PlaywrightError) -> ConnectionFailed | None:
    """Return what a failed navigation means; None where the network was not to blame."""
    found = _NETWORK.search(error.message)
    return connection_error(found[1], "a page", found[2] or "") if found else None


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
