"""What a failed attempt means: the one table behind retries, pauses, recovery and snapshots.

Pure: `classify` depends on the error alone and has no side effects. It cannot detect cross-talk
(`session.in_flight`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy.exceptions import CloseSpider, DownloadTimeoutError  # noqa: TID251

from jdp_spider.inventory_table import InventoryError
from jdp_spider.pages.cookie_load import is_too_long
from jdp_spider.pages.errors import (
    BrowserFailed,
    BrowserNotStarted,
    ConnectionFailed,
    LoggedOut,
    LoginRefused,
    Maintenance,
    NetworkRefused,
    PageChanged,
    ReportNotOpened,
    ReportTimeout,
    ServerError,
    SiteError,
    SiteMoved,
    SiteUnreachable,
    TooLarge,
    UnknownPage,
    WrongVehicle,
    is_closed,
)
from jdp_spider.pages.inventory import NoRowFits
from jdp_spider.pages.network import AllRefused, WrongAddress
from jdp_spider.pages.notices import ReportMailed
from jdp_spider.pdf.errors import FINAL, NO_PDF, OF_ANOTHER, BookoutRejected
from jdp_spider.reasons import CloseReason
from jdp_spider.utils.descriptors import is_out_of_descriptors
from jdp_spider.utils.redaction import first_words


class RunEnded(CloseSpider):
    """Raised where the run cannot go on; the only form in which this project raises it."""

    reason: CloseReason

    def __init__(self, reason: CloseReason) -> None:
        super().__init__(reason)


class FailureKind(Enum):
    """The kinds of failures that the run distinguishes."""

    RETRY_AFTER = "the site asks for a pause"
    SITE_UNREACHABLE = "no connection to the site"
    MAINTENANCE = "the site is down for maintenance"
    ALL_REFUSED = "the site refuses all requests for now"
    SITE_MOVED = "the site leads to another origin"
    NETWORK_REFUSED = "the way to the site refuses the connection"
    CONNECTION_LOST = "the connection broke off before the complete answer came"
    LOGGED_OUT = "the session has ended"
    BROWSER_GONE = "page, browser or driver have ended"
    BROWSER_ERROR = "the browser failed otherwise"
    TIMEOUT = "no answer in time"
    BOOKOUT_REJECTED = "what came is not this vehicle's bookout"
    VEHICLE = "the site answered, but not with what this vehicle needs"
    OUT_OF_DESCRIPTORS = "the system lets no more files be opened"
    BUG = "an error in this program"


@dataclass(frozen=True)
class Failure:
    """The classification of one failed attempt."""

    kind: FailureKind
    error: BaseException
    reason: str
    """Why the vehicle failed if this was its last attempt: a key of the registry of reasons."""
    consumes_attempt: bool = True
    """False: a free retry, because the vehicle did not cause the failure."""
    streak_weight: float | None = None
    """How much it speaks against site and browser rather than the vehicle, 0 to 1, among failures
    in a row. None: it says nothing about that, and an earlier failure of the vehicle counts on."""
    site_answered: bool = False
    """True if it proves that the site can be reached."""
    worth_snapshot: bool = True
    """True if the page may help to find the cause."""
    shown: str = ""
    """The text that came instead of the vehicle's page or bookout, if readable: it may name
    another vehicle."""
    refuses_bookout: bool = False
    """True if the site refused the bookout as requested."""
    is_final: bool = False
    """True if another attempt in the same run would bring the same."""
    may_be_logged_out: bool = False
    """True if a page of an ended session may look so."""
    retry_after: float | None = 0.0
    """Seconds that the site asks to wait, if it does; not bounded yet. None where it refuses
    further requests and does not say for how long."""
    close_reason: CloseReason = CloseReason.SITE_UNREACHABLE
    """Why the run ends if the control page cannot recover from it."""

    @property
    def said(self) -> str:
        """Return the first words of the page that the error quotes; empty if it quotes none."""
        if not isinstance(self.error, (SiteError, BookoutRejected)):
            return ""
        return first_words(self.error.said)

    def ends_with(self, *, has_answered: bool) -> CloseReason:
        """Return why the run ends with it; `has_answered`: the site did so before in this run.

        Who waits for a site that is there need not look at the internet connection.
        """
        is_late = self.kind is FailureKind.TIMEOUT and has_answered
        is_reached = is_late and self.close_reason is CloseReason.SITE_UNREACHABLE
        return CloseReason.SITE_TROUBLE if is_reached else self.close_reason

    def suggests_end(self, *, has_served: bool) -> bool:
        """Return whether the session may have ended.

        `has_served`: a vehicle was saved. If not, what leads to another host always has.
        """
        return self.may_be_logged_out and (has_served or self.kind is not FailureKind.SITE_MOVED)

    @property
    def pauses_all(self) -> bool:
        """True if all requests are held back: the failure says nothing about this one."""
        return self.kind in _PAUSES_ALL

    @property
    def is_busy(self) -> bool:
        """True if the site may not do this while it does something else for the session."""
        return isinstance(self.error, ServerError) and self.error.status in _BUSY

    @property
    def is_too_many(self) -> bool:
        """True if the site has had too many requests, at a time or in a minute."""
        is_told = isinstance(self.error, ServerError) and self.error.status == 429
        return is_told or self.kind is FailureKind.ALL_REFUSED

    @property
    def is_overload(self) -> bool:
        """True if the site asks for less."""
        is_refusal = isinstance(self.error, ServerError) and self.error.status in _OVERLOAD
        return is_refusal or self.kind in _ASKS_FOR_LESS

    @property
    def site_is_slow(self) -> bool:
        """True if the site may have had too much to do."""
        is_error = isinstance(self.error, ServerError) and self.error.status >= 500
        return is_error or self.kind in (FailureKind.TIMEOUT, FailureKind.CONNECTION_LOST)

    @property
    def is_of_another(self) -> bool:
        """True if what came belongs to another vehicle."""
        return self.reason in _OF_ANOTHER

    @property
    def is_elsewhere(self) -> bool:
        """True if a vehicle's address may be that of another one now, or of none.

        So is the place in a list of which a vehicle was sold.
        """
        is_gone = isinstance(self.error, ServerError) and self.error.status in (404, 410)
        return is_gone or self.reason in ("wrong_vehicle", "no_bookout_link")

    @property
    def may_be_of_others(self) -> bool:
        """True if an attempt may fail so because others were in flight."""
        return self.consumes_attempt and bool(self.streak_weight) and not self.is_final

    @property
    def may_be_of_sleep(self) -> bool:
        """True if an attempt may fail so because the computer slept meanwhile.

        On waking, each wait of the page is over, and each connection lost.
        """
        is_wait = isinstance(self.error, (PageChanged, ReportNotOpened)) and not self.is_final
        return self.kind in _BY_SLEEP or is_wait or self.reason == "cut"

    @property
    def ends_run(self) -> bool:
        """True if nothing is tried again: every other request would fail alike."""
        return self.kind in _ENDS_RUN


_ASKS_FOR_LESS = {FailureKind.RETRY_AFTER, FailureKind.ALL_REFUSED}
_PAUSES_ALL = _ASKS_FOR_LESS | {FailureKind.SITE_UNREACHABLE, FailureKind.MAINTENANCE}
_BY_SLEEP = {FailureKind.TIMEOUT, FailureKind.CONNECTION_LOST, FailureKind.BROWSER_ERROR}
_BUSY = (409, 423)
_OF_ANOTHER = OF_ANOTHER | {"wrong_vehicle"}
_OVERLOAD = (429, 503)
_ENDS_RUN = {FailureKind.SITE_MOVED, FailureKind.NETWORK_REFUSED}

_SITE_TROUBLE = NO_PDF | {"cut", "unreadable"}
"""Reasons of rejected bookouts that the site is to blame for: it sent something else, or half."""
_REJECTION_WEIGHT = 0.25
"""Weight of another vehicle's page or bookout: the site works, but not as expected."""
_VEHICLE_WEIGHTS = {"no_bookout_link": 0.0, "wrong_vehicle": _REJECTION_WEIGHT}


def classify(error: BaseException) -> Failure:
    """Return what `error` means for the vehicle, the site and the run."""
    kind = FailureKind
    if isinstance(error, SiteError):
        return _classify_site_error(error)
    if isinstance(error, BookoutRejected):
        weight = 1.0 if error.reason in _SITE_TROUBLE else _REJECTION_WEIGHT
        # What a report names beside its own vehicle was not mixed up with it.
        shown = "" if error.reason == "names_others" else error.text
        return Failure(
            kind.BOOKOUT_REJECTED, error, error.reason,
            streak_weight=weight, site_answered=True, refuses_bookout=True, shown=shown,
            is_final=error.reason in FINAL,
            may_be_logged_out=error.reason in NO_PDF,
        )  # fmt: skip
    if isinstance(error, (PlaywrightError, DownloadTimeoutError)):
        return _classify_browser_error(error)
    if is_out_of_descriptors(error):
        return Failure(kind.OUT_OF_DESCRIPTORS, error, "unexpected_error", worth_snapshot=False)
    return Failure(
        kind.BUG, error, "unexpected_error",
        streak_weight=0.0, site_answered=True,
        close_reason=(
            CloseReason.SITE_CHANGED
            if isinstance(error, InventoryError)
            else CloseReason.UNEXPECTED_ERROR
        ),
    )  # fmt: skip


def _classify_browser_error(error: PlaywrightError | DownloadTimeoutError) -> Failure:
    kind, is_timeout = FailureKind, isinstance(error, (PlaywrightTimeout, DownloadTimeoutError))
    reason = "timeout" if is_timeout else "browser_error"
    if isinstance(error, PlaywrightError) and is_closed(error):
        return _browser_gone(error, reason)
    return Failure(
        kind.TIMEOUT if is_timeout else kind.BROWSER_ERROR, error, reason,
        streak_weight=1.0, close_reason=_browser_close_reason(error),
    )  # fmt: skip


def _classify_site_error(error: SiteError) -> Failure:
    kind, reason = FailureKind, error.reason
    match error:
        case ServerError() if error.status == 429 or error.retry_after is not None:
            return Failure(
                kind.RETRY_AFTER, error, reason,
                consumes_attempt=False, site_answered=True, retry_after=error.retry_after,
                close_reason=CloseReason.SITE_TROUBLE,
            )  # fmt: skip
        case SiteUnreachable():
            return Failure(
                kind.SITE_UNREACHABLE, error, reason, consumes_attempt=False, worth_snapshot=False
            )
        case NetworkRefused() | WrongAddress():
            is_address = isinstance(error, WrongAddress)
            return Failure(
                kind.NETWORK_REFUSED, error, reason,
                consumes_attempt=False, worth_snapshot=False,
                close_reason=(
                    CloseReason.WRONG_ADDRESS if is_address else CloseReason.NETWORK_REFUSED
                ),
            )  # fmt: skip
        case Maintenance() | AllRefused():
            return Failure(
                kind.MAINTENANCE if isinstance(error, Maintenance) else kind.ALL_REFUSED,
                error, reason,
                consumes_attempt=False, close_reason=CloseReason.SITE_TROUBLE,
            )  # fmt: skip
        case SiteMoved():
            return Failure(
                kind.SITE_MOVED,
                error,
                reason,
                worth_snapshot=False,
                may_be_logged_out=True,
                close_reason=CloseReason.SITE_MOVED,
            )
        case ConnectionFailed():
            # A site that goes down cuts whatever is in flight: the vehicle did not cause that.
            return Failure(
                kind.CONNECTION_LOST, error, reason, consumes_attempt=False, streak_weight=1.0
            )
        case LoggedOut():
            return Failure(
                kind.LOGGED_OUT, error, reason,
                consumes_attempt=False, site_answered=True, worth_snapshot=False,
                close_reason=CloseReason.SITE_TROUBLE,
            )  # fmt: skip
        case BrowserFailed():
            return _browser_gone(error, reason)
        case ReportTimeout():
            return Failure(
                kind.TIMEOUT, error, reason,
                streak_weight=1.0, refuses_bookout=True, close_reason=CloseReason.SITE_TROUBLE,
            )  # fmt: skip
    return Failure(
        kind.VEHICLE, error, reason,
        consumes_attempt=not is_too_long(error),
        streak_weight=_VEHICLE_WEIGHTS.get(reason, 1.0),
        site_answered=True,
        worth_snapshot=not isinstance(error, LoginRefused),
        shown=error.text if isinstance(error, WrongVehicle) else "",
        refuses_bookout=isinstance(error, ServerError),
        is_final=isinstance(error, (TooLarge, NoRowFits, ReportMailed)),
        may_be_logged_out=_may_be_logged_out(error),
        close_reason=_page_close_reason(error),
    )  # fmt: skip


def _may_be_logged_out(error: SiteError) -> bool:
    """Return True if a site may answer so once the session has ended.

    Some say 401 or 403, some 440 or 419, some redirect to a page of their own, to one that is not
    there or to another host, and some break: their code misses what the session held.
    """
    if isinstance(error, ServerError):
        return error.status <= 500
    return isinstance(error, (PageChanged, ReportNotOpened))


def _browser_gone(error: BaseException, reason: str) -> Failure:
    return Failure(
        FailureKind.BROWSER_GONE, error, reason,
        consumes_attempt=False, worth_snapshot=False, close_reason=_browser_close_reason(error),
    )  # fmt: skip


def _page_close_reason(error: BaseException) -> CloseReason:
    if isinstance(error, UnknownPage):
        return CloseReason.UNKNOWN_PAGE
    is_other_page = isinstance(error, (PageChanged, TooLarge))
    return CloseReason.SITE_CHANGED if is_other_page else CloseReason.SITE_TROUBLE


def _browser_close_reason(error: BaseException) -> CloseReason:
    if isinstance(error, BrowserNotStarted) or "BrowserType.launch" in str(error):
        return CloseReason.BROWSER_FAILED
    # A browser that fails says nothing about the connection.
    is_late = isinstance(error, (PlaywrightTimeout, DownloadTimeoutError))
    is_late = is_late and not (isinstance(error, PlaywrightError) and is_closed(error))
    return CloseReason.SITE_UNREACHABLE if is_late else CloseReason.TOO_MANY_FAILURES
