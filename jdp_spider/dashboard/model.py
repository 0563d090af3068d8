"""What decides what the page says, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from jdp_spider.dashboard.check import Check
    from jdp_spider.dashboard.jobs import JobFacts
    from jdp_spider.job.ending import Ending

STEPS = ("Your account", "Check", "Ten vehicles", "All vehicles")
"""Of the first time."""


class NotNow(ValueError):
    """Raised if what the page asks for cannot be done now; its text is for the page."""

    def __init__(self, text: str, go: str = "") -> None:
        super().__init__(text)
        self.go = go
        """The part of the page where that can be changed."""


@dataclass(frozen=True)
class Button:
    """A button: its words, and the action that it asks the server for."""

    words: str
    action: str
    value: str = ""


@dataclass(frozen=True)
class Facts:
    """Everything that decides what the page says."""

    now: datetime
    has_account: bool
    problem: str = ""
    """What is wrong with the settings."""
    account_changed: datetime | None = None
    """When user name or password were given anew."""
    check: Check | None = None
    """The last check, at work or over."""
    job: JobFacts | None = None
    """The job that was at work last."""
    last: Ending | None = None
    """How the account's last run ended."""
    is_starting: bool = False
    """True from the start of a command until its job can be seen."""
    said: str = ""
    """What a command said that was started here and did not come to a job."""
    is_account_busy: bool = False
    """True if a process on this computer has the account."""
    is_member: bool = False
    """True for an account of a group: its runs are started with those of the others."""

    @property
    def is_first_time(self) -> bool:
        """Return True as long as no run has read an inventory."""
        return (self.job is None or not self.job.total) and not self.is_member


@dataclass(frozen=True)
class State:
    """What the page says."""

    name: str
    sentence: str
    help: str = ""
    main: Button | None = None
    others: tuple[Button, ...] = ()
    said: str = ""
    """The words of the site or of a command, as they came."""
    step: int = 0
    """Of the first time, counted from 1; 0 later on."""
    shows: frozenset[str] = frozenset()
    """The parts below: account, check, progress, failures."""


class Card(NamedTuple):
    """An account as the page shows it."""

    name: str
    state: State
    values: dict[str, Any]
    """How far a run at work is."""
    has_files: bool


class GroupFacts(NamedTuple):
    """The accounts of a group, and what their newest run is at."""

    cards: tuple[Card, ...]
    is_live: bool = False
    is_complete: bool = False
    """True if it is today's and nothing is left of it."""
    problem: str = ""
    """What is wrong with the file of the accounts."""


CHECK = Button("Run the check", "check")
REPAIR = Button("Repair", "repair")
SUPPORT = Button("Save details for support", "support")
TODAY = Button("Get today's reports", "today")
CONTINUE = Button("Continue", "continue")
OPEN_PDFS = Button("Open the PDFs", "open", "pdfs")
OPEN_REPORT = Button("Open the report", "open", "report")
STOP = Button("Stop after these vehicles", "stop")
ACCOUNT = Button("Enter user name and password", "show", "account")
TRY_LOGIN = Button("Try now", "try-login")
