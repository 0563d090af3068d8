"""Whether the bytes of a report are whole and are the report of one given vehicle.

The site is known to hand out other vehicles' reports (site fact F19), so a report is believed only
for what its own text says. Which words stand in front of the reference was seen on the real site
(site fact F20); how the report is laid out was not. The tables below are the one place to
change.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import logging
import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from jdp_spider.inventory import normalise
from jdp_spider.utils.text import to_ascii
from jdp_spider.utils.vin import VIN_CHARACTER, has_check_digit, vins_in

if importlib.util.find_spec("pypdf") is None:
    # It is loaded late: what is missing shall be told before anybody logs in.
    raise ModuleNotFoundError("No module named 'pypdf'", name="pypdf")

# pypdf tells of every oddity that it got over; what matters becomes a BookoutRejected here.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

TAIL = 1024
"""Bytes at the end among which the trailer must stand."""
LONG = 20
"""Characters from which a reference may be broken over lines at any place."""

_MARK = r"(?:\s*#\s*:?|\s*:\s*#?)?\s*"
_NUMBER = r"(?:number(?![^\W\d_])|num\b\.?|no\b\.?)"
# The first kind of label with a value decides alone: a bookout may have a reference of its own, but
# the site searches for the CSV's reference number in a field it calls StockNumber.
LABELS = (
    re.compile(rf"(?i)(?<![^\W\d_])stock\s*(?:{_NUMBER}|(?=[#:])){_MARK}"),
    re.compile(
        rf"(?i)(?<![^\W\d_])(?:reference(?![^\W\d_])(?:\s*{_NUMBER})?"
        rf"|ref\b\.?\s*(?:{_NUMBER}|(?=[#:]))){_MARK}"
    ),
)
# What may follow a label that has no value (a table's header), or a value on its line.
FIELDS = (
    "vin year make model trim body style series mileage odometer miles exterior interior color "
    "colour engine transmission drivetrain date created printed report period region state zip "
    "price msrp value values weight type category customer dealer description vehicle location "
    "age days status notes comments certified book stock reference page"
)
_FIELD = re.compile(
    rf"(?i)(?:{'|'.join(FIELDS.split())})(?=[\s:#.(]|$)|[^\W\d_]{{3,}} *(?::|#(?=[\s:]|$))"
)
_NEXT = re.compile(rf"{_FIELD.pattern}|{VIN_CHARACTER}{{17}}\b|(?:19|20)[0-9]{{2}} +[^\W\d_]")
# "165548 B", "165548 - 2", "165548 (III)": a short piece at the end of the line or before a field.
_SUFFIX = re.compile(r"(?:[-/\\#(+.&] *)*\w{1,3}\)?(?: +|$)")
# "165548 - red convertible", but not "165548 DEMO": more than one word describes the vehicle.
_DESCRIPTION = re.compile(
    rf"[-|/]? *[^\W\d_]{{3,}} +(?!{_NEXT.pattern.removeprefix('(?i)')})\S", re.IGNORECASE
)
_DISTANCE = re.compile(r"(?i)(?:mileage|odometer|miles)[ :]*$")
_STARTXREF = re.compile(rb"startxref\s+([0-9]{1,12})\s+%%EOF")
_XREF = re.compile(rb"\s*(?:xref\b|[0-9]+\s+[0-9]+\s+obj\b)")


FINAL = frozenset({"too_heavy"})
"""Reasons after which a report is not asked for again in the same run: reading it holds up all."""
NO_PDF = frozenset({"empty", "html_page", "login_page", "not_a_pdf"})
"""Reasons which say that something else came than a report."""
REASONS = FINAL | NO_PDF | {"cut", "unreadable", "no_text", "other_reference", "other_vin"}
"""Why bytes are refused. The page says vin_missing, too: it knows whether it takes a VIN."""


class BookoutRejected(Exception):
    """These bytes must not be saved under the vehicle's name; raised by `verify_bookout`.

    `reason` is one of REASONS. The message is ASCII and names what was found.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)
        self.reason = reason
        self.text = ""
        """What the report says, where it could be read: it may name another vehicle at work."""
        self.sha256 = ""
        """Of what was refused, where the page tells."""

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two refusals the same."""
        return self.reason, self.sha256

    def is_final(self, before: tuple[str, str] | None) -> bool:
        """Return whether to ask again is useless; `before` is the last refusal's identity, if any.

        So it is when a second try brings the very same PDF. An empty answer or a web page may well
        be the same twice, and still says nothing about the report that comes next.
        """
        if self.reason in FINAL:
            return True
        return self.reason not in NO_PDF and self.sha256 != "" and self.identity == before

    def __str__(self) -> str:
        return str(self.args[1])


@dataclass(frozen=True)
class VerifiedPdf:
    """What is known of an accepted report."""

    pages: int
    names_vin: bool
    """False when the VIN is unknown, or the report names none at all (site fact F21)."""
    sha256: str
    size: int
    """In bytes."""
    verified: bool = True
    """False when it holds no text, and was accepted because the user allows that."""


def verify_bookout(pdf: bytes, reference: str, vin: str) -> VerifiedPdf:
    """The report's figures, when it is whole and names this vehicle; else raises BookoutRejected.

    `vin` is "" when unknown. Case counts in the reference, not in the VIN. An empty reference is
    always refused: there is nothing to tell the vehicle by. Raises MemoryError as it comes.
    Keeps no state: safe in threads.
    """
    _check_form(pdf)
    texts = _page_texts(pdf)
    text = _clean("\n".join(texts))
    if not text.strip():
        raise BookoutRejected("no_text", f"The report's {len(texts)} pages hold no text to check")
    vin = vin.strip().upper()
    names_vin = bool(vin) and vin in "".join(text.upper().split())
    try:
        _check_reference(text, normalise(_clean(reference)), names_vin)
        _check_vin(text, vin, names_vin)
    except BookoutRejected as refused:
        refused.text = text
        raise
    return VerifiedPdf(len(texts), names_vin, hashlib.sha256(pdf).hexdigest(), len(pdf))


def unverified_report(pdf: bytes) -> VerifiedPdf:
    """The figures of a report without text, which nothing tells to be the vehicle's.

    Raises BookoutRejected when it is not whole.
    """
    _check_form(pdf)
    pages = len(_page_texts(pdf))
    return VerifiedPdf(pages, False, hashlib.sha256(pdf).hexdigest(), len(pdf), verified=False)


def _clean(text: str) -> str:
    """One form for accented characters; without the invisible ones."""
    return re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", unicodedata.normalize("NFC", text))


def _shown(text: str) -> str:
    """The first characters of what was found, on one ASCII line."""
    return repr(to_ascii(normalise(text))[:60])


# --- the file ---


def _check_form(pdf: bytes) -> None:
    """Header and trailer. A trailer that does not lead to the table of objects means lost bytes."""
    if not pdf.strip():
        raise BookoutRejected("empty", f"The report is empty ({len(pdf)} bytes)")
    if not pdf.startswith(b"%PDF-"):
        _refuse_other_file(pdf)
    ends = _STARTXREF.findall(pdf, max(0, len(pdf) - TAIL))
    if not ends:
        raise BookoutRejected(
            "cut", f"The report is cut: no PDF trailer at the end of {len(pdf)} bytes"
        )
    if not _XREF.match(pdf, int(ends[-1])):
        raise BookoutRejected(
            "cut",
            f"The report lost bytes: its trailer points to {int(ends[-1])}, where no table stands",
        )


def _refuse_other_file(pdf: bytes) -> NoReturn:
    if pdf.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"<":
        raise BookoutRejected("not_a_pdf", f"Not a PDF: it begins with {_shown(ascii(pdf[:20]))}")
    if re.search(b"(?i)(?:username|password)Input", pdf):
        raise BookoutRejected(
            "login_page", "The login page instead of a PDF: the session has ended"
        )
    title = re.search(b"(?is)<title[^>]*>(.*?)</title", pdf)
    found = title[1].decode("utf-8", "replace") if title else ""
    raise BookoutRejected(
        "html_page", f"A web page instead of a PDF, with the title {_shown(found)}"
    )


def _page_texts(pdf: bytes) -> list[str]:
    # Here, as the crawl has it done by another process, and does without pypdf itself.
    from pypdf import PdfReader

    # Not strict=True: it refuses harmless oddities (a key given twice in a dictionary) that nobody
    # here can rule out for the real site; lost bytes are found by the trailer already.
    try:
        reader = PdfReader(io.BytesIO(pdf))
        texts = [page.extract_text() for page in reader.pages]
    except MemoryError:
        raise
    except Exception as error:  # pypdf: "broken PDF files might cause other Exceptions"
        raise BookoutRejected(
            "unreadable", f"The report cannot be read: {type(error).__name__} {_shown(str(error))}"
        ) from error
    if not texts:
        raise BookoutRejected("unreadable", "The report has no page")
    return texts


# --- the reference ---


def _check_reference(text: str, reference: str, names_vin: bool) -> None:
    """Every value behind the deciding labels must be the reference; with none, a mention does."""
    if not reference:
        raise BookoutRejected(
            "other_reference", "The vehicle has no reference to tell its report by"
        )
    body = _pattern(reference, names_vin)
    ours = re.compile(rf"{body}(?:[,;](?= ))?(?=\s|$)")
    spans_lines = len(reference) >= LONG
    for label in LABELS:
        found, others = _values(text, label, ours, names_vin, spans_lines)
        if others:
            _refuse_reference(reference, others)
        if found:
            return
    if not _mentioned(text, body):
        _refuse_reference(reference, [])


def _refuse_reference(reference: str, others: list[str]) -> NoReturn:
    names = (
        ", ".join(_shown(other) for other in dict.fromkeys(others)) or "no reference known to us"
    )
    raise BookoutRejected(
        "other_reference", f"Not the report of {_shown(reference)}: it names {names}"
    )


def _pattern(reference: str, names_vin: bool) -> str:
    """The reference as a regular expression.

    A line may break at its spaces only where it is long or the VIN vouches for the report: "165548"
    above "2021 Ford" is not the reference "165548 2021".
    """
    long = len(reference) >= LONG
    inside = r"(?:[^\S\n]*\n\s*)?" if long else ""
    between = r"\s+" if long or names_vin else r"[^\S\n]+"
    words = (inside.join(map(re.escape, word)) for word in reference.split())
    return between.join(words)


def _values(
    text: str, label: re.Pattern[str], ours: re.Pattern[str], names_vin: bool, spans_lines: bool
) -> tuple[int, list[str]]:
    """How often the reference stands behind such a label, and what else does."""
    found, others = 0, []
    for match in label.finditer(text):
        line = _line(text, match.end())
        own = ours.match(text, match.end())
        if own is None:
            others += _other_value(match[0], line)
        elif _goes_on(text[own.end() :] if spans_lines else _line(text, own.end()), names_vin):
            others.append(line)
        else:
            found += 1
    return found, others


def _line(text: str, start: int) -> str:
    """From there to the end of the line."""
    return text[start:].partition("\n")[0].strip()


def _other_value(label: str, line: str) -> list[str]:
    """The value that is not ours, or nothing: "verify the stock number before" names no vehicle."""
    if not line or _FIELD.match(line):
        return []
    marked = ":" in label or ("#" in label and "\n" not in label)
    has_digit = any(c.isdigit() for c in line.split()[0])
    return [line] if marked or has_digit else []


def _goes_on(rest: str, settled: bool) -> bool:
    """Whether the rest of the line may belong to the value: "165548 B" is not the vehicle 165548.

    Unless it is settled by the VIN, anything but the next field counts. Even then a short addition
    does: one car may stand in the inventory twice, as "165548" and "165548 B".
    """
    rest = rest.strip()
    if not rest or _NEXT.match(rest):
        return False
    if not settled:
        return True
    return not _DESCRIPTION.match(rest)


def _mentioned(text: str, body: str) -> bool:
    """Whether the reference stands somewhere as a word of its own that is no odometer's."""
    for match in re.finditer(rf"(?<!\S)[#(\[\"']*{body}[.,;:)\]\"']*(?!\S)", text):
        before = text[: match.start()].rpartition("\n")[2]
        if not _DISTANCE.search(before) and not _has_suffix(_line(text, match.end())):
            return True
    return False


def _has_suffix(rest: str) -> bool:
    suffix = _SUFFIX.match(rest)
    if suffix is None or _NEXT.match(rest):
        return False
    return suffix.end() == len(rest) or bool(_NEXT.match(rest, suffix.end()))


# --- the VIN ---


def _check_vin(text: str, vin: str, names_vin: bool) -> None:
    """Beside the vehicle's own VIN another one counts only with a right check digit.

    So a report of two vehicles is refused, and some other number of 17 characters does no harm.
    """
    if not vin:
        return
    others = [found for found in vins_in(text) if found != vin]
    if names_vin:
        others = [other for other in others if has_check_digit(other)]
    if others:
        raise BookoutRejected(
            "other_vin", f"Not the report of VIN {_shown(vin)}: it names {', '.join(others)}"
        )
