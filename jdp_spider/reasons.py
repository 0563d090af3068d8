"""The registry of reasons: why vehicles fail and runs end, and what that means for a user."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

_RUN_AGAIN = "The same command resumes it."


class ExitStatus(IntEnum):
    """How `scrapy crawl` exits, for schedulers and scripts, and what a group says about it."""

    summary: str
    advice: str
    again_min: int | None
    """Minutes after which a night tries once more; None: it does not, as a person has to look."""

    def __new__(
        cls, value: int, summary: str = "", advice: str = "", again_min: int | None = None
    ) -> Self:
        status = int.__new__(cls, value)
        status._value_ = value
        status.summary, status.advice, status.again_min = summary, advice, again_min
        return status

    COMPLETE = 0, "complete", ""
    UNEXPECTED = 1, "broke off", f"Read the end of its log. {_RUN_AGAIN}", 15
    USAGE = 2, "not set up", "Do what the message says, then the same command again."
    SOME_FAILED = 3, "some failed", "The same command tries just these again.", 15
    LOGIN_REFUSED = (
        4,
        "login refused",
        (
            "The end of its log says why: a wrong password, or a locked account. Log in by hand "
            "once. No second try was made."
        ),
    )
    IN_USE = (
        5, "in use", "Log out wherever the account is in use. Then the same command again.", 30,
    )  # fmt: skip
    SITE_TROUBLE = (
        6, "site trouble",
        f"Open the site by hand. If it works there, read the log. {_RUN_AGAIN}", 15,
    )  # fmt: skip
    INTERRUPTED = 130, "stopped", _RUN_AGAIN


class _Reason(str, Enum):
    """A word of the journal, the stats and the events. It appears as itself everywhere."""

    text: str
    advice: str
    """What the user does about it; empty where the same command is enough."""
    in_doctor: str
    """What the user does when a check of `scrapy doctor` fails so; empty: look by hand."""

    def __new__(cls, word: str, text: str = "", advice: str = "", in_doctor: str = "") -> Self:
        reason = str.__new__(cls, word)
        reason._value_ = word
        reason.text, reason.advice, reason.in_doctor = text, advice, in_doctor
        return reason

    __str__ = str.__str__
    __repr__ = str.__repr__

    @classmethod
    def known(cls, word: object) -> Self | None:
        """Return the member that a word from outside means; None for an unknown word."""
        return next((member for member in cls if member == word), None)


class CloseReason(_Reason):
    """How a run ended; `text` follows "The run". Scrapy's own extensions have other words."""

    status: ExitStatus | None
    """None: the vehicles decide."""
    request: str
    """How a supervisor's request to end with it is logged."""

    def __new__(
        cls,
        word: str,
        text: str = "",
        status: ExitStatus | None = None,
        advice: str = "",
        request: str = "",
    ) -> Self:
        reason = str.__new__(cls, word)
        reason._value_ = word
        reason.text, reason.status, reason.advice = text, status, advice
        reason.request = request
        return reason

    # fmt: off
    FINISHED = "finished", "came to its end", None
    SHUTDOWN = (
        "shutdown", "was stopped (Ctrl-C, or the system asked it to end)", ExitStatus.INTERRUPTED,
        "", "The program that runs this crawl asks for its end",
    )
    STOP_FILE = "stop_file", "was stopped by a stop file", ExitStatus.INTERRUPTED
    PARENT_GONE = (
        "parent_gone", "was stopped: the command that ran it was killed", ExitStatus.INTERRUPTED,
        "", "The program that runs this crawl is gone",
    )
    LEASE_LOST = (
        "lease_lost", "was stopped: the lease of its account was not renewed",
        ExitStatus.INTERRUPTED, "", "The account's lease is not renewed",
    )
    LOGIN_REFUSED = ("login_refused", "ended: the site refused the login", ExitStatus.LOGIN_REFUSED)
    LOGIN_POSTPONED = (
        "login_postponed", "ended: the site took no login for now", ExitStatus.SITE_TROUBLE,
        "Nothing was said against user name and password. Run the same command again later.",
    )
    ACCOUNT_IN_USE = (
        "account_in_use", "ended: the account was in use elsewhere", ExitStatus.IN_USE,
        "Wait for the other run, or log out elsewhere. Then run the same command again.",
    )
    JOB_IN_USE = (
        "job_in_use", "ended: another run held this job", ExitStatus.IN_USE,
        "Wait for the other run, or stop it. Then run the same command again.",
    )
    SITE_UNREACHABLE = (
        "site_unreachable", "ended: the site could not be reached", ExitStatus.SITE_TROUBLE,
        "Check the internet connection and JD_BASE_URL.",
    )
    SITE_TROUBLE = (
        "site_trouble", "ended: the site did not give what it was asked for",
        ExitStatus.SITE_TROUBLE,
    )
    SITE_CHANGED = (
        "site_changed", "ended: a page of the site was not as expected", ExitStatus.SITE_TROUBLE,
    )
    UNKNOWN_PAGE = (
        "unknown_page", "ended: the site showed a page that this program does not know",
        ExitStatus.SITE_TROUBLE,
        (
            "Log in by hand once, answer that page, and log out. Then run the same command again. "
            "If it asks for a code at each login, this account needs a login without one."
        ),
    )
    SITE_MOVED = (
        "site_moved", "ended: a page was at another address than JD_BASE_URL says",
        ExitStatus.SITE_TROUBLE,
    )
    WRONG_ADDRESS = (
        "wrong_address", "ended: there is no login at JD_BASE_URL", ExitStatus.USAGE,
        "Look at the site's address in your browser, and correct JD_BASE_URL in .env.",
    )
    NETWORK_REFUSED = (
        "network_refused", "ended: the network or a proxy let no connection to the site through",
        ExitStatus.SITE_TROUBLE,
    )
    TOO_MANY_FAILURES = (
        "too_many_failures", "ended: the site or the browser failed time and again",
        ExitStatus.SITE_TROUBLE,
    )
    JOB_UNUSABLE = (
        "job_unusable", "ended: its folders could not be used", ExitStatus.USAGE,
        "Do what the error above says.",
    )
    BROWSER_FAILED = (
        "browser_failed", "ended: the browser did not start", ExitStatus.USAGE,
        "See the error above; check JD_BROWSER, or leave it empty.",
    )
    UNEXPECTED_ERROR = (
        "unexpected_error", "ended by an error in this program", ExitStatus.UNEXPECTED,
    )
    STORAGE_FAILED = (
        "storage_failed", "ended: the disk took no more files", ExitStatus.UNEXPECTED,
        "Make room on the disk, or check the folder.",
    )
    FOLDER_UNREACHABLE = (
        "folder_unreachable", "ended: the download folder was away", ExitStatus.UNEXPECTED,
        "See that its drive is connected.",
    )
    # fmt: on


FOR_A_PERSON = (CloseReason.SITE_CHANGED, CloseReason.UNKNOWN_PAGE, CloseReason.SITE_MOVED)
"""Ends after which time cures nothing, whatever their status says."""

_ONCE_MORE = "Once more."
_BY_ITSELF = "Make the report by hand. See at the site whether it can come as a PDF by itself."
_UNVERIFIED = (
    "Look at the report at the site. JDP_ACCEPT_UNVERIFIED=true saves such reports, marked as "
    "unverified."
)


class FailureReason(_Reason):
    """Why a vehicle failed."""

    # fmt: off
    NO_BOOKOUT_LINK = (
        "no_bookout_link", "The site shows no bookout link for it",
        "Look whether the site shows one. A vehicle sold since the export has none.",
    )
    NO_REFERENCE = (
        "no_reference", "It has no reference number",
        "Give the vehicle one at the site, then start a new job.",
    )
    WRONG_VEHICLE = (
        "wrong_vehicle", "The page that opened does not name it as the inventory does",
        "Once more. If it stays, compare both with the site; if it has changed, start a new job.",
        "Compare reference and VIN of the vehicle in the inventory and on its page.",
    )
    OTHER_REFERENCE = (
        "other_reference", "The report names another reference number",
        "Once more; the site sometimes mixes reports up.",
    )
    OTHER_VIN = (
        "other_vin", "The report names another VIN",
        "Once more; if it stays, compare the VIN in the inventory with the report.",
    )
    NAMES_OTHERS = (
        "names_others", "The report names another VIN beside its own",
        "Look at the report at the site: nothing tells for certain whose values it has.",
    )
    NAMES_NO_VEHICLE = (
        "names_no_vehicle", "The report names no vehicle",
        "Once more. Its first words are in the log: the site may send its errors as reports.",
    )
    VIN_MISSING = (
        "vin_missing", "The report names no VIN where one is needed",
        "Once more; if it stays, look at the report at the site.",
    )
    EMPTY = "empty", "An empty file came instead of the report", _ONCE_MORE
    HTML_PAGE = "html_page", "A web page came instead of the report", _ONCE_MORE
    NOT_A_PDF = "not_a_pdf", "Something else than a PDF came", _ONCE_MORE
    ZIP_LOCKED = "zip_locked", "A zip file that takes a password came instead", _BY_ITSELF
    ZIP_UNCLEAR = "zip_unclear", "A zip file with several PDFs that fit came instead", _BY_ITSELF
    CUT = "cut", "The report was not complete", _ONCE_MORE
    UNREADABLE = "unreadable", "The PDF cannot be read", _ONCE_MORE
    TOO_HEAVY = (
        "too_heavy", "Reading the PDF takes too much time or memory",
        "Open the report at the site. If it looks as usual: once more, with fewer other programs.",
    )
    TOO_LARGE = (
        "too_large", "The report is larger than JDP_MOST_REPORT_MB allows",
        "Look at the report at the site. If it is right, set a larger JDP_MOST_REPORT_MB.",
    )
    NO_TEXT = "no_text", "The PDF holds no text that tells whose it is", _UNVERIFIED
    UNREADABLE_TEXT = (
        "unreadable_text", "The report's text cannot be read",
        "JDP_ACCEPT_UNVERIFIED=true saves such reports, marked as unverified.", _UNVERIFIED,
    )
    REPORT_NOT_OPENED = (
        "report_not_opened", '"Create PDF" opened no report',
        "Do what the page says. Else once more, unless mailed; if all fail, the site has changed.",
        "Do the same by hand. If a PDF opens there, this program does not know the way: report it.",
    )
    REPORT_TIMEOUT = (
        "report_timeout", "The report did not come in time",
        "Once more, with fewer contexts, or a longer JDP_REPORT_TIMEOUT.",
        "Run this again; if it stays so, set a longer JDP_REPORT_TIMEOUT in .env.",
    )
    PAGE_CHANGED = (
        "page_changed", "Its page was not as expected",
        "Once more; if all vehicles fail so, the site has changed: see the log.",
    )
    MAINTENANCE = (
        "maintenance", "The site said that it is down for maintenance", "Once more, later.",
        "Wait until the site is back. Then run this again.",
    )
    CONNECTION_FAILED = (
        "connection_failed", "The connection broke off while the report was asked for",
        "Once more, when the connection is back.",
        "Check the internet connection and JD_BASE_URL in .env. Then run this again.",
    )
    SERVER_ERROR = (
        "server_error", "The site answered with an error", "Once more, later, with fewer contexts.",
        (
            "Open the site by hand. If it works there, an address has changed: JD_BASE_URL in "
            ".env, or login_path or inventory_path in selectors.toml (docs/selectors.md)."
        ),
    )
    LOGGED_OUT = (
        "logged_out", "The site kept ending the session",
        "Make sure that nobody else uses the account.",
        "See that nobody else uses the account meanwhile. Then run this again.",
    )
    TIMEOUT = (
        "timeout", "A page, or the vehicle as a whole, took too long",
        "Once more, with fewer contexts, or a longer JDP_PAGE_TIMEOUT.",
        "Run this again; if it stays so, set a longer JDP_PAGE_TIMEOUT in .env.",
    )
    BROWSER_ERROR = (
        "browser_error", "The browser failed, time and again",
        "Once more. If it stays: fewer contexts, they need less memory.",
    )
    FILE_IN_USE = "file_in_use", "Its file is open in another program", "Close it, then once more."
    FILE_GONE = "file_gone", "Its PDF was gone, or changed, at the end of the run", _ONCE_MORE
    MARKED_BY_VERIFY = "marked_by_verify", "scrapy verify found its PDF missing or bad", _ONCE_MORE
    UNEXPECTED_ERROR = (
        "unexpected_error", "An error in this program",
        "Report it with the lines of the log above it, then once more.",
    )
    # fmt: on


class Remedy(str, Enum):
    """What a failed vehicle needs: another try; nothing, it is probably sold; or a person."""

    AGAIN, SOLD, PERSON = "again", "sold", "person"


_BY_HAND = {"no_reference", "too_large", "no_text", "unreadable_text", "file_in_use"}
_BY_HAND |= {"names_others", "zip_locked", "zip_unclear"}


class NotAttempted(_Reason):
    """Why a run did not come to a vehicle."""

    LIMIT = "limit", "MAX_DOWNLOADS was reached"
    INTERRUPTED = "interrupted", "The run was stopped before"
    RUN_ENDED = "run_ended", "The run ended before"
    NOT_ASKED_FOR = "not_asked_for", "Left out by -a refs=..."


SETTLED = "Two complete runs, hours apart, found no bookout link for it"
"""Why a vehicle is not available."""


def why(reason: str) -> str:
    """Return why a vehicle failed or was not attempted; an unknown reason as words."""
    known = FailureReason.known(reason) or NotAttempted.known(reason)
    return known.text if known else reason.replace("_", " ").capitalize()


def advice(reason: str) -> str:
    """Return what the user does about a vehicle that failed so; empty when nothing is known."""
    known = FailureReason.known(reason)
    return known.advice if known else ""


def remedy(reason: str) -> Remedy:
    """Return what becomes of a vehicle that failed so; of an unknown reason somebody must judge."""
    if reason == FailureReason.NO_BOOKOUT_LINK:
        return Remedy.SOLD
    return Remedy.AGAIN if FailureReason.known(reason) and reason not in _BY_HAND else Remedy.PERSON


def ending(close_reason: str) -> str:
    """Return how a run ended, to follow "The run"."""
    known = CloseReason.known(close_reason)
    return known.text if known else f"ended: {close_reason.replace('_', ' ')}"
