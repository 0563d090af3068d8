"""Why vehicles failed and runs ended, how long it took: in words for a reader.

docs/stats.md is held against the reasons.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from jdp_spider.utils import cli


class Reason(NamedTuple):
    """What a word of the books means, and what the user does about it."""

    words: str
    advice: str


_ONCE_MORE = "Once more."
_FEWER = "Once more. If it stays: fewer contexts, they need less memory."

FAILED = {
    "no_bookout_link": Reason(
        "The site shows no bookout link for it",
        "Look whether the site shows one. A vehicle sold since the export has none.",
    ),
    "no_reference": Reason(
        "It has no reference number",
        "Give the vehicle one at the site, then start a new job.",
    ),
    "wrong_vehicle": Reason(
        "The page that opened does not name it",
        "Once more. If it stays: look whether reference and VIN are right at the site.",
    ),
    "other_reference": Reason(
        "The report names another reference number",
        "Once more; the site sometimes mixes reports up.",
    ),
    "other_vin": Reason(
        "The report names another VIN",
        "Once more; if it stays, compare the VIN in the inventory with the report.",
    ),
    "vin_missing": Reason(
        "The report names no VIN where one is needed",
        "Once more; if it stays, look at the report at the site.",
    ),
    "empty": Reason("An empty file came instead of the report", _ONCE_MORE),
    "html_page": Reason("A web page came instead of the report", _ONCE_MORE),
    "not_a_pdf": Reason("Something else than a PDF came", _ONCE_MORE),
    "cut": Reason("The report was not complete", _ONCE_MORE),
    "unreadable": Reason("The PDF cannot be read", _ONCE_MORE),
    "too_heavy": Reason(
        "Reading the PDF takes too much time or memory",
        "Open the report at the site. If it looks as usual: once more, with fewer other programs.",
    ),
    "no_text": Reason(
        "The PDF holds no text that tells whose it is",
        "Look at the report at the site. JDP_ACCEPT_UNVERIFIED=true saves such reports, marked as "
        "unverified.",
    ),
    "report_not_opened": Reason(
        '"Create PDF" opened no report',
        "Once more; if all vehicles fail so, the site has changed.",
    ),
    "report_timeout": Reason(
        "The report did not come in time",
        "Once more, with fewer contexts, or a longer JDP_REPORT_TIMEOUT.",
    ),
    "page_changed": Reason(
        "Something on a page did not come up in time",
        "Once more; if all vehicles fail so, the site has changed: see the log.",
    ),
    "maintenance": Reason(
        "The site said that it is down for maintenance",
        "Once more, later.",
    ),
    "connection_failed": Reason(
        "The connection broke off while the report was asked for",
        "Once more, when the connection is back.",
    ),
    "server_error": Reason(
        "The site answered with an error",
        "Once more, later, with fewer contexts.",
    ),
    "logged_out": Reason(
        "The site kept ending the session",
        "Make sure that nobody else uses the account.",
    ),
    "timeout": Reason(
        "A page, or the vehicle as a whole, took too long",
        "Once more, with fewer contexts, or a longer JDP_PAGE_TIMEOUT.",
    ),
    "browser_error": Reason("The browser failed, time and again", _FEWER),
    "file_in_use": Reason(
        "Its file is open in another program",
        "Close it there, then once more.",
    ),
    "marked_by_verify": Reason(
        "scrapy verify found its PDF to be missing or wrong",
        _ONCE_MORE,
    ),
    "unexpected_error": Reason(
        "An error in this program",
        "Report it with the lines of the log above it, then once more.",
    ),
}

NOT_ATTEMPTED = {
    "limit": "MAX_DOWNLOADS was reached",
    "interrupted": "The run was stopped before",
    "run_ended": "The run ended before",
    "not_asked_for": "Left out by -a refs=...",
}

ENDED = {
    "finished": "came to its end",
    "shutdown": "was stopped (Ctrl-C, or the system asked it to end)",
    "stop_file": "was stopped by a stop file",
    "parent_gone": "was stopped: the command that ran it was killed",
    "lease_lost": "was stopped: the lease of its account was not renewed",
    "login_refused": "ended: the site refused the login",
    "account_in_use": "ended: the account was in use elsewhere",
    "job_in_use": "ended: another run held this job",
    "site_unreachable": "ended: the site could not be reached",
    "site_changed": "ended: a page of the site was not as expected",
    "site_moved": "ended: a page was at another address than JD_BASE_URL says",
    "too_many_failures": "ended: the site or the browser failed time and again",
    "job_unusable": "ended: its folders could not be used",
    "browser_failed": "ended: the browser did not start",
    "unexpected_error": "ended by an error in this program",
    "storage_failed": "ended: the disk took no more files",
}
"""How a run ended, by its close reason."""


def why(reason: str) -> str:
    """Why a vehicle failed or was not attempted; a reason of another version by its own word.

    Empty where there is no reason.
    """
    if reason in FAILED:
        return FAILED[reason].words
    return NOT_ATTEMPTED.get(reason) or reason.replace("_", " ").capitalize()


def advice(reason: str) -> str:
    """What the user does about a vehicle that failed so; empty when nothing is known."""
    return FAILED[reason].advice if reason in FAILED else ""


def ending(close_reason: str) -> str:
    """How a run ended, behind "The run"."""
    return ENDED.get(close_reason) or f"ended: {close_reason.replace('_', ' ')}"


def have_no_report(left: int) -> str:
    """So many vehicles have none."""
    return "1 vehicle has no report" if left == 1 else f"{left} vehicles have no report"


def nearby(path: Path) -> str:
    """The path as seen from the current folder where it lies below it, else the whole."""
    path = path.resolve()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def resume_command(jobdir: Path | str) -> str:
    """The command that goes on with the job of this JOBDIR."""
    setting = cli.quoted(f"JOBDIR={jobdir}")
    return cli.scrapy(f"crawl jdpower -s {setting}")
