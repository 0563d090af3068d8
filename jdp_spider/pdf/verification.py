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
        """Return what makes two refusals the same."""
        return self.reason, self.sha256

    def is_final(self, before: tuple[str, str] | None) -> bool:
        """Return whether asking again is useless; `before` is the last refusal's identity, if any.

        It is when a second attempt returns the very same PDF. An empty answer or a web page may be
        the same twice and still says nothing about the next answer.
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
    """Return the bookout's figures if it is complete and names this vehicle.

    `vin` is "" if unknown. Case counts in the reference, not in the VIN. An empty reference is
    always refused: nothing identifies the vehicle. Raise BookoutRejected, or MemoryError as it
    comes. Keep no state: safe in threads.
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
    """Return the figures of a bookout without text, which may be any vehicle's.

    Raise BookoutRejected if it is not complete.
    """
    _check_form(pdf)
    pages = len(_page_texts(pdf))
    return VerifiedPdf(pages, False, hashlib.sha256(pdf).hexdigest(), len(pdf), verified=False)


def _clean(text: str) -> str:
    """Return one form for accented characters, without invisible ones."""
    return re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", unicodedata.normalize("NFC", text))


def _shown(text: str) -> str:
    """Return the first characters of what was found, on one ASCII line."""
    return repr(to_ascii(normalise(text))[:60])


# --- the file ---


def _check_form(pdf: bytes) -> None:
    """Check header and trailer.

    A trailer that does not lead to the table of objects means lost bytes.
    """
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
    """Require the reference after every deciding label, or a mention if there is no label."""
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
    """Return the reference as a regular expression.

    Lines may break at its spaces only if it is long or the VIN vouches for the bookout: "165548"
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
    """Return how often the reference follows such a label, and which other values do."""
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
    """Return the text from there to the end of the line."""
    return text[start:].partition("\n")[0].strip()


def _other_value(label: str, line: str) -> list[str]:
    """Return a value that is not ours, or nothing: "verify the stock number before" names none."""
    if not line or _FIELD.match(line):
        return []
    marked = ":" in label or ("#" in label and "\n" not in label)
    has_digit = any(c.isdigit() for c in line.split()[0])
    return [line] if marked or has_digit else []


def _goes_on(rest: str, settled: bool) -> bool:
    """Return whether the rest of the line may belong to the value: "165548 B" is not 165548.

    Unless the VIN has decided, anything but the next field may. Even then a short addition may:
    one car can be in the inventory twice, as "165548" and "165548 B".
    """
    rest = rest.strip()
    if not rest or _NEXT.match(rest):
        return False
    if not settled:
        return True
    return not _DESCRIPTION.match(rest)


def _mentioned(text: str, body: str) -> bool:
    """Return whether the reference occurs as a word of its own that is no odometer's."""
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
    """Refuse another VIN; next to the vehicle's own, only one with a valid check digit counts.

    So a bookout of two vehicles is refused, and some other number of 17 characters does no harm.
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
