from __future__ import annotations

import hashlib
import io
import random
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NullObject,
    TextStringObject,
)
from reportlab.pdfgen.canvas import Canvas

from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.verification import VerifiedPdf, verify_bookout

VIN = "1FTFW1E50MFA12345"
OTHER = "1M8GDM9AXKP042788"  # the usual example of a right check digit
WRONG_DIGIT = "2HGFC2F59KH500001"


@cache
def pdf_of(*pages: str) -> bytes:
    """A PDF with one page for each text; the noise makes it as large as a real report."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for page in pages:
        text = canvas.beginText(40, 780)
        text.textLines(page)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@cache
def big_pdf(reference: str, vin: str) -> bytes:
    noise = random.Random(7).randbytes(15_000).hex()
    table = "\n".join(f"Option {n} {n * 37 % 900}.00" for n in range(45))
    first = f"J.D. Power\nStock #: {reference}\nVIN: {vin}\nMileage: 45,210\n{table}"
    plain = PdfWriter(io.BytesIO(pdf_of(first, f"Stock Number {reference}\n{table}")))
    plain.add_attachment("picture", noise.encode())
    buffer = io.BytesIO()
    plain.write(buffer)
    return buffer.getvalue()


def verdict(pdf: bytes, reference: str = "165548", vin: str = VIN) -> str:
    """How the check ends, as one word."""
    try:
        report = verify_bookout(pdf, reference, vin)
    except BookoutRejected as refusal:
        return refusal.reason if str(refusal).isprintable() else "not on one line"
    return "vin" if report.names_vin else "reference"


def test_report_of_the_vehicle_is_accepted() -> None:
    pdf = big_pdf("165548", VIN)
    expected = VerifiedPdf(2, True, hashlib.sha256(pdf).hexdigest(), len(pdf))
    assert verify_bookout(pdf, "165548", VIN) == expected


# --- the file ---


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"{}", "not_a_pdf"),
        (b"\xef\xbb\xbf <html><title>Oops\xe9</title>%PDF-1.4", "html_page"),
        (b"<!DOCTYPE html><input id='usernameInput'>", "login_page"),
        (b"\r\n<HTML><INPUT ID='PASSWORDINPUT'>", "login_page"),
        (b"%PDF-1.4", "cut"),
        (b"%PDF-1.4\n" + b"x" * 5000 + b"startxref\n9\n%%EOF", "cut"),
        (b"%PDF-1.4\nxref\nnonsense\nstartxref\n9\n%%EOF", "unreadable"),
    ],
)
def test_incomplete_pdf_is_refused(data: bytes, reason: str) -> None:
    assert verdict(data) == reason


@pytest.mark.parametrize("cut", [2, 3, 7, 20, 100, 1024, 5000, 20_000, 0.1, 0.5, 0.9, 0.999])
def test_truncated_files_are_refused(cut: float) -> None:
    pdf = big_pdf("165548", VIN)
    keep = len(pdf) - int(cut if cut >= 1 else len(pdf) * cut)
    assert verdict(pdf[:keep]) == "cut"


def test_missing_last_newline_is_accepted() -> None:
    pdf = big_pdf("165548", VIN)
    assert (pdf[-6:], verdict(pdf[:-1])) == (b"%%EOF\n", "vin")


def test_every_truncation_is_refused() -> None:
    pdf = pdf_of(f"Stock # 165548\nVIN {VIN}", "Stock # 165548")
    reasons = {verdict(pdf[:length]) for length in range(8, len(pdf) - 1)}
    assert reasons == {"cut"}


@pytest.mark.parametrize("at", [0.1, 0.3, 0.6, 0.9])
def test_missing_bytes_are_refused(at: float) -> None:
    pdf = big_pdf("165548", VIN)
    start = int(len(pdf) * at)
    assert verdict(pdf[:start] + pdf[start + 100 :]) == "cut"


def test_pdf_without_text_or_page_is_refused() -> None:
    writer = PdfWriter()
    empty = io.BytesIO()
    writer.write(empty)
    assert (verdict(pdf_of("")), verdict(empty.getvalue())) == ("no_text", "unreadable")


@pytest.mark.parametrize("oddity", ["no appearance", "no normal appearance", "cycle"])
def test_odd_form_field_makes_no_report_unreadable(oddity: str) -> None:
    pdf = pdf_of(f"Stock # 165548\nVIN {VIN}")
    assert verdict(with_field(pdf, oddity)) == verdict(pdf) == "vin"


def with_field(pdf: bytes, oddity: str) -> bytes:
    """The PDF with a check box that no form should have."""
    field = DictionaryObject()
    field.update({NameObject("/FT"): NameObject("/Btn"), NameObject("/T"): TextStringObject("a")})
    writer = PdfWriter(PdfReader(io.BytesIO(pdf)))
    reference = writer._add_object(field)
    if oddity == "no appearance":
        field[NameObject("/AP")] = NullObject()
    elif oddity == "no normal appearance":
        field[NameObject("/AP")] = DictionaryObject({NameObject("/D"): DictionaryObject()})
    else:
        field[NameObject("/Parent")] = reference
        field[NameObject("/Kids")] = ArrayObject([reference])
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([reference])})
    writer._root_object[NameObject("/AcroForm")] = form
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("version", ["1.4", "1.7"])
def test_pdf_protected_from_editing_is_read(version: str) -> None:
    writer = PdfWriter(PdfReader(io.BytesIO(pdf_of(f"Stock # 165548\nVIN {VIN}"))))
    writer.pdf_header = f"%PDF-{version}"
    writer.encrypt("", "owner", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    assert verdict(buffer.getvalue()) == "vin"


def test_bytes_after_trailer_are_harmless() -> None:
    assert verdict(big_pdf("165548", VIN) + b"\r\n\0" * 100) == "vin"


# --- the reference ---

NEIGHBOURS = [
    "165548A", "1655480", "A165548", "165548-2", "165548/B", "165548 B", "165548 - B", "165548 (2)",
    "165548.2", "165548_2", "165548#2", "165549", "16554", "165548\u00e9",
    "165548a", "165548+", "165548=B", "165548@", "x/165548", "165548\\B", "165548,B", "DEMO",
]  # fmt: skip
ADDITIONS = ["165548)", "165548.", "165548,", "165548 DEMO", "165548 -", "165548 77001122"]
LABELS = ["Stock #", "stock#:", "STOCK NUMBER", "Stock Number: ", "Reference", "Reference Number:",
          "Ref #", "ref #: ", "Stock No. ", "Stock: ", "Ref. # ", "Reference: # "]  # fmt: skip


@pytest.mark.parametrize("gap", [" ", "\n", "  \n  "])
@pytest.mark.parametrize("label", LABELS)
def test_known_labels_identify_the_reference(label: str, gap: str) -> None:
    pdf = pdf_of(f"Report\n{label}{gap}165548\nMileage: 12")
    assert (verdict(pdf), verdict(pdf, "12"), verdict(pdf, "165549")) == (
        "reference",
        "other_reference",
        "other_reference",
    )


@pytest.mark.parametrize("neighbour", NEIGHBOURS + ADDITIONS)
@pytest.mark.parametrize("vin", ["", VIN])
@pytest.mark.parametrize("label", ["Stock #: ", "Stock Number:\n", "Reference: "])
def test_similar_references_are_refused(label: str, vin: str, neighbour: str) -> None:
    """Also where the odometer shows our reference and the same car stands in the list twice."""
    pdf = pdf_of(f"Report\n{label}{neighbour}\nVIN: {vin}\nOdometer 165548 mi\n165548")
    assert verdict(pdf) == "other_reference"


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_similar_references_without_label_are_refused(neighbour: str) -> None:
    pdf = pdf_of(f"Vehicle {neighbour}\nMileage: 165548\nPrice $165548")
    assert verdict(pdf) == "other_reference"


@pytest.mark.parametrize(
    "text",
    [
        "Vehicle 165548",
        "(165548), 2021 Ford",
        "Unit 165548.",
        "Stock #\nVIN\nMileage\n165548\n45000",
        "Stock # VIN Mileage\n165548 45000",
        "Stock #:\nYear:\n165548\n2021",
        "165548\nValues are for reference only. Verify the stock number before use.",
    ],
)
def test_mention_suffices_without_labelled_value(text: str) -> None:
    assert verdict(pdf_of(text)) == "reference"


@pytest.mark.parametrize(
    "text",
    [
        "Stock #: 165548 VIN: ",
        "Stock #: 165548 Mileage: 45,000",
        "Stock #: 165548, Year: 2021",
        "Stock # 165548 2021 Ford F-150",
        "Stock #: 165548 Body Style: 4D",
        "Stock #: 165548\n2021 Ford\nRef #: 99-1234",
        "Stock #: 165548\nAll values for reference only, see reference 7",
        "Stock #: 165548\nPlease verify the stock number with your dealer",
        "Stock # VIN\nStock #: 165548",
    ],
)
def test_layouts_with_reference_are_accepted(text: str) -> None:
    assert verdict(pdf_of(text)) == "reference"


@pytest.mark.parametrize(
    "text",
    [
        "Stock #: 165548\nStock #: 165549",
        "Stock #: 165549\nReference: 165548",
        "Reference 165549\nRef # 165548",
        "Stock #: N/A\n165548",
        "Stock #: BOOK-1\n165548",
        "Stock #: DEMO#3\n165548",
        "Stock #: 165548 red convertible",
        "Nothing at all",
    ],
)
def test_reports_naming_another_are_refused(text: str) -> None:
    assert verdict(pdf_of(text)) == "other_reference"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [("2021 Ford", "vin"), ("- red convertible", "vin"), ("B", "other_reference"),
     ("/ 2", "other_reference"), ("B Mileage: 1", "other_reference"),
     ("DEMO Mileage: 1", "other_reference")],
)  # fmt: skip
def test_vin_accepts_following_text_but_no_suffix(rest: str, expected: str) -> None:
    assert verdict(pdf_of(f"Stock #: 165548 {rest}\nVIN: {VIN}")) == expected


@pytest.mark.parametrize(
    "reference",
    [
        "16 55 48", "a/b", "a\\b", "..", "[a-z]+", "(x)", "a|b", "^$", ".*", "Caf\u00e9-1", "A:1",
        "165548.", "-", "x" * 60, "A B C " * 12 + "D", "100%", "CON",
    ],
)  # fmt: skip
@pytest.mark.parametrize("label", ["Stock #: ", "Reference\n"])
def test_odd_references_are_found(label: str, reference: str) -> None:
    pdf = pdf_of(f"{label}{reference}\nYear: 2021", "Page 2")
    assert verdict(pdf, reference) == "reference"
    assert verdict(pdf, reference + "1") == verdict(pdf, "7" + reference) == "other_reference"


@pytest.mark.parametrize(
    "reference", ["ABCDEFGHIJKLMNOPQRSTUVWXYZ-1", "LOT 7 ROW 12 BEHIND THE SHED"]
)
def test_long_reference_may_span_lines(reference: str) -> None:
    broken = f"{reference[:12]}\n{reference[12:20]}\n{reference[20:]}"
    longer = f"Stock #: {reference}\nXYZ"
    assert verdict(pdf_of(f"Stock #: {broken}\nYear: 1"), reference) == "reference"
    assert verdict(pdf_of(longer), reference) == "other_reference"


def test_short_reference_spans_lines_only_with_vin() -> None:
    assert verdict(pdf_of("Stock #: 165548\n2021 Ford"), "165548 2021") == "other_reference"
    assert verdict(pdf_of(f"Stock #: 165548\nB\nVIN {VIN}"), "165548 B") == "vin"


def test_white_space_around_the_reference_does_not_count() -> None:
    assert verdict(pdf_of("Stock #: 16  55"), " 16 \u00a055 ") == "reference"


def test_accents_count_in_any_form() -> None:
    assert verdict(pdf_of("Stock #: Caf\u00e9"), "Cafe\u0301") == "reference"


@pytest.mark.parametrize("reference", ["", "  ", "\u200b"])
def test_an_empty_reference_is_never_verified(reference: str) -> None:
    assert verdict(pdf_of(f"Stock #: \nVIN {VIN}"), reference) == "other_reference"


# --- the VIN ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"VIN: {VIN}", "vin"),
        (f"VIN: {VIN.lower()}", "vin"),
        (f"VIN: {VIN[:9]} {VIN[9:]}", "vin"),
        (f"*{VIN}*", "vin"),
        (f"VIN:{VIN}Mileage: 3", "vin"),
        (f"{VIN}\nBarcode {WRONG_DIGIT}", "vin"),
        (f"VIN: {VIN}\nVIN: {OTHER}", "other_vin"),
        (f"VIN: {OTHER}", "other_vin"),
        (f"VIN: {WRONG_DIGIT}", "other_vin"),
        (WRONG_DIGIT.lower(), "other_vin"),
        (f"VIN: {OTHER[:9]} {OTHER[9:]}", "other_vin"),
        (f"VIN Number:\n{OTHER}Mileage", "other_vin"),
        (f"VIN: {VIN[:-1]}4", "other_vin"),
        ("VIN: not known", "reference"),
        ("VIN:\nYear:\n2021", "reference"),
        (f"{VIN}0", "vin"),
        (f"{WRONG_DIGIT}0 ABCDEFGHJKLMNPRST 12345678901234567", "reference"),
    ],
)
def test_vins_in_text_are_found(text: str, expected: str) -> None:
    assert verdict(pdf_of(f"Stock #: 165548\n{text}")) == expected


def test_without_a_vin_the_reference_decides() -> None:
    assert verdict(pdf_of(f"Stock #: 165548\nVIN: {OTHER}"), vin="") == "reference"


def test_vin_alone_is_not_enough() -> None:
    assert verdict(pdf_of(f"Stock #: 165549\nVIN: {VIN}")) == "other_reference"


def test_report_of_two_vehicles_is_refused() -> None:
    ours, other = f"Stock #: 165548\nVIN {VIN}", f"Stock #: 165549\nVIN {OTHER}"
    assert verdict(pdf_of(ours, other)) == verdict(pdf_of(other, ours)) == "other_reference"


def test_refusals_name_the_value_found() -> None:
    with pytest.raises(BookoutRejected) as reference:
        verify_bookout(pdf_of("Stock #: 165549 \u00e9\nStock #: 165549 \u00e9"), "165548", VIN)
    with pytest.raises(BookoutRejected) as vin:
        verify_bookout(pdf_of(f"Stock #: 165548\nVIN {OTHER}"), "165548", VIN)
    assert (str(reference.value), str(vin.value)) == (
        r"Not the report of '165548': it names '165549 \\xe9'",
        f"Not the report of VIN '{VIN}': it names {OTHER}",
    )


def test_verification_is_thread_safe() -> None:
    """Every report against every vehicle: only its own passes."""
    references = ["165548", "165548A", "1655480", "165548 B", "165549"]
    pairs = [(a, b) for a in references for b in references] * 2
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda p: verdict(big_pdf(p[0], VIN), p[1]), pairs))
    assert found == ["vin" if a == b else "other_reference" for a, b in pairs]
