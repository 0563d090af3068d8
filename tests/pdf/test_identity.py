"""Bookouts compared with the whole inventory, and the files from the field."""

from __future__ import annotations

import io
import itertools
import zlib
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.known_vehicles import KnownVehicles
from jdp_spider.pdf.verification import verify_bookout
from tests.pdf.test_verification import OTHER, VIN, WRONG_DIGIT, big_pdf, pdf_of

CASES = Path(__file__).parents[1] / "cases"
ACCORD = "1HGCM82633A004352"
CIVIC = "2HGES16575H591234"
INVENTORY = [("165548", VIN), ("165549", OTHER), ("165548A", ACCORD), ("7", ""), ("88", CIVIC)]


def verdict(
    pdf: bytes, reference: str = "165548", vin: str = VIN, inventory: object = INVENTORY
) -> str:
    try:
        known = KnownVehicles(inventory)  # type: ignore[arg-type]
        return "vin" if verify_bookout(pdf, reference, vin, known).names_vin else "reference"
    except BookoutRejected as rejected:
        return rejected.reason


def says(text: str) -> str:
    return verdict(pdf_of(text))


@pytest.mark.parametrize(
    ("folder", "reference", "expected"),
    [
        ("08-pdf-padding-behind-eof", "165548", ["vin"]),
        ("09-pdf-bytes-before-header", "165548", ["vin"]),
        ("10-pdf-trailer-variants", "165548", ["vin"]),
        ("11-pdf-words-behind-reference", "165548", ["vin"] * 4),
        ("12-pdf-letters-apart", "165548", ["vin"]),
        ("13-pdf-text-not-readable", "165548", ["vin", "unreadable_text"]),
        ("24-reference-spelled-otherwise", "001655", ["vin"] * 2),
    ],
)
def test_observed_files_have_the_expected_verdict(
    folder: str, reference: str, expected: list[str]
) -> None:
    inventory = [(reference, ACCORD), ("165549", CIVIC)]
    files = sorted((CASES / folder).glob("*.pdf"))
    found = [verdict(file.read_bytes(), reference, ACCORD, inventory) for file in files]
    assert found == expected


# --- complete or cut ---

PDF = big_pdf("165548", VIN)
SMALL = pdf_of(f"Stock # 165548\nVIN {VIN}")
PAGE = b"\r\n<!DOCTYPE html><html><body>Object moved, object 1 of 2</body></html>"


@pytest.mark.parametrize(
    "after", [b"\0" * 5000, PAGE * 50, b"\r\n\x1a", b"%%EOF\n" * 3, b"x" * 100_000]
)
def test_bytes_after_the_trailer(after: bytes) -> None:
    assert verdict(PDF + after) == verdict(SMALL + after) == "vin"


@pytest.mark.parametrize(
    "before", [b"\r\n", b"\xef\xbb\xbf", b"HTTP/1.1 200 OK\r\n\r\n", b" " * 1024]
)
def test_bytes_before_the_header(before: bytes) -> None:
    assert verdict(before + PDF) == verdict(before + SMALL) == "vin"


def test_long_prefix_or_a_web_page_is_refused() -> None:
    assert verdict(b" " * 1025 + PDF) == "not_a_pdf"
    assert verdict(b"<html>" + PDF) == "html_page"


@pytest.mark.parametrize("off", [-3, -1, 1, 2, 9])
def test_wrong_offset_of_an_intact_table_is_accepted(off: int) -> None:
    start, _, end = SMALL.rpartition(b"startxref\n")
    offset = int(end.split()[0])
    assert verdict(start + b"startxref %d%%%%EOF" % (offset + off)) == "vin"


@pytest.mark.parametrize("place", [0.2, 0.4, 0.6])
@pytest.mark.parametrize("lost", [1, 2, 7])
def test_bytes_missing_before_the_table_are_noticed(place: float, lost: int) -> None:
    at = int(len(SMALL) * place)
    # Of the last object's dictionary, no table and no length tells: but then it cannot be read.
    assert verdict(SMALL[:at] + SMALL[at + lost :]) in ("cut", "unreadable", "no_text")


@pytest.mark.parametrize(
    "more", [b"\n9 0 obj\n<< >>\nendobj\n", b"\n9 0 o", b"\n12 0", b"<< >> endobj"]
)
def test_update_without_its_trailer_is_cut(more: bytes) -> None:
    assert verdict(SMALL + more) == "cut"


def test_truncated_linearized_file_is_cut() -> None:
    length = len(SMALL) + 500
    linearized = SMALL.replace(b"%PDF-1.3\n", b"%%PDF-1.3\n%%/Linearized 1/L %d\n" % length, 1)
    assert (b"/Linearized" in linearized, verdict(linearized)) == (True, "cut")


# --- whose it is ---


@pytest.mark.parametrize(
    "rest",
    ["11/25/2026", "| VIN: ", "Used", "B", "- 2", "/ 7 red", "N/A", "165548 165548", "CERTIFIED"],
)
def test_matching_vin_allows_text_after_the_reference(rest: str) -> None:
    assert says(f"Stock #: 165548 {rest}\nVIN: {VIN}") == "vin"


@pytest.mark.parametrize(
    "reference",
    ["165548a", "0165548", "165-548", "1655", "00165548-X", "165548A", "N/A", "BOOK-1", ""],
)
def test_matching_vin_allows_another_spelling_of_the_reference(reference: str) -> None:
    assert says(f"Stock #: {reference}\nVIN: {VIN}") == "vin"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Another vehicle's reference with our VIN: a mixed-up bookout.
        (f"Stock #: 165549\nVIN: {VIN}", "other_reference"),
        (f"Stock #: 165549 Used\nVIN: {VIN}", "other_reference"),
        (f"Reference: 88\nVIN: {VIN}", "other_reference"),
        (f"Stock #: 7\nVIN: {VIN}", "other_reference"),
        # Ours stands under a label, too.
        (f"Stock #: 88\nReference #: 165548\nVIN: {VIN}", "vin"),
        # But what names the other vehicle in full is a bookout of two.
        (f"Stock #: 165548\nVIN: {VIN}\nStock #: 165549\n{OTHER}", "other_reference"),
        (f"Stock #: 88\n{CIVIC}\nReference #: 165548\nVIN: {VIN}", "other_reference"),
        # The labelled VIN decides.
        (f"Stock #: 165548\nVIN: {OTHER}\nCompared with {VIN}", "other_vin"),
        (f"Stock #: 165548\nVIN: {WRONG_DIGIT}\n{VIN}", "other_vin"),
        (f"Stock #: 165548\nVIN: {VIN}\nCompared with {OTHER}", "vin"),
        (f"Stock #: 165548\nVIN: {VIN}\nVIN: {OTHER}", "names_others"),
        # No VIN at all, though its check digit is right.
        (f"Stock #: 165548\nVIN: {VIN}\nVIN: {17 * '0'}", "vin"),
        # None is labelled.
        (f"165548\n{VIN}\n{OTHER}", "other_vin"),
        (f"165548\n{VIN}\n{CIVIC}", "other_vin"),
        (f"165548\n{VIN}\n{WRONG_DIGIT}", "vin"),
        # Ours does not stand there at all.
        (f"Stock #: 165548\nVIN: {OTHER}", "other_vin"),
        (f"Stock #: 165548 Used\nVIN: {OTHER}", "other_reference"),
        ("Stock #: 165548", "reference"),
        ("Stock #: 165548 Used", "other_reference"),
        ("Stock #: 165548a", "other_reference"),
    ],
)
def test_the_text_is_compared_with_the_inventory(text: str, expected: str) -> None:
    assert says(text) == expected


@pytest.mark.parametrize("twin", ["165548 B", "165548A", "99"])
def test_reference_decides_between_rows_with_the_same_vin(twin: str) -> None:
    inventory = [("165548", VIN), (twin, VIN), ("165549", OTHER)]
    for (ours, _), (shown, _) in itertools.product(inventory[:2], repeat=2):
        pdf = pdf_of(f"Stock #: {shown}\nVIN: {VIN}")
        expected = "vin" if ours == shown else "other_reference"
        assert verdict(pdf, ours, VIN, inventory) == expected


def test_vin_decides_between_rows_with_the_same_reference() -> None:
    inventory = [("165548", VIN), ("165548", ACCORD), ("165548", "")]
    pdf = pdf_of(f"Stock #: 165548\nVIN: {VIN}")
    found = [verdict(pdf, reference, vin, inventory) for reference, vin in inventory]
    # Without a VIN the reference decides, as it always did.
    assert found == ["vin", "other_vin", "reference"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bookout 165549\nMSRP 165548", "other_reference"),
        ("Bookout 165548\nList price: 165549", "other_reference"),
        ("(165549) replaces #165548", "other_reference"),
        ("Unit 165548\nKilometers: 165549", "reference"),
        ("Unit 165548\n2021 Ford F-150", "reference"),
        ("165548 B", "other_reference"),
        ("Unit 165548 B.", "other_reference"),
        ("Unit 165548\nMSRP 165,549 or 165549.00", "reference"),
    ],
)
def test_references_without_a_label_are_compared_with_the_inventory(
    text: str, expected: str
) -> None:
    inventory = [("165548", ""), ("165549", ""), ("165548 B", ""), ("2021", "")]
    assert verdict(pdf_of(text), vin="", inventory=inventory) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Stock #:\nVIN: {OTHER}\n2019 165548", "other_vin"),
        (f"2019 165548\n{OTHER}26,987", "other_vin"),
        (f"2019 165548\n{VIN}", "reference"),
        (f"2019 165548\n{WRONG_DIGIT}", "reference"),
        (f"Stock #: 165548\nNext: {OTHER}", "reference"),
    ],
)
def test_mention_is_not_enough_beside_the_vin_of_another_vehicle(text: str, expected: str) -> None:
    inventory = [("165548", ""), ("165548", VIN), ("165549", OTHER)]
    assert verdict(pdf_of(text), vin="", inventory=inventory) == expected


def digit(vin: str) -> str:
    return f"{vin[:16]}{(int(vin[16]) + 1) % 10}"


NASTY = [
    ("165548", VIN), ("165548A", digit(VIN)), ("165548 B", OTHER), ("1655480", ACCORD),
    ("16554", CIVIC), ("0165548", digit(ACCORD)), ("165548a", digit(CIVIC)),
    ("165-548", digit(OTHER)), ("X165548", "3" + VIN[1:]), ("Used 165548", "4" + VIN[1:]),
]  # fmt: skip
LAYOUTS = [
    "Stock #: {0}\nVIN: {1}",
    "Stock #: {0} | VIN: {1}",
    "Stock Number\n{0}\nVIN\n{1}",
    "Vehicle {0} Used\n{1}",
    "Reference: {0} 11/25/2026\nVIN: {1}",
    "STOCK #: {0}\nVIN {1}\nStock #: {0}",
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_bookout_matches_only_its_own_vehicle(layout: str) -> None:
    wrong = []
    for shown, asked in itertools.product(NASTY, repeat=2):
        found = verdict(pdf_of(layout.format(*shown)), *asked, NASTY)
        if (found == "vin") != (shown == asked):
            wrong.append((shown, asked, found))
    assert wrong == []


def test_letters_with_spaces_between_them_are_read() -> None:
    def apart(text: str) -> str:
        words = (" ".join(word) for word in text.split(" "))
        return "  ".join(words)

    assert says(f"{apart('Stock #: 165548')}\n{apart(f'VIN: {VIN}')}") == "vin"
    assert verdict(pdf_of(apart("Stock #: 165548")), "165548", "") == "reference"
    assert says(f"{apart('Stock #: 165549')}\n{apart(f'VIN: {OTHER}')}") in (
        "other_vin",
        "other_reference",
    )


def test_letters_that_are_placed_twice_each_are_read_as_they_look() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for row, line in enumerate(["Bookout Report", "Stock #: 165548", f"VIN: {VIN}"]):
        x = 48.0
        for letter in line:
            canvas.drawString(x, 740 - 20 * row, letter)
            canvas.drawString(x + 0.3, 740 - 20 * row, letter)
            x += canvas.stringWidth(letter)
    canvas.save()
    pdf = buffer.getvalue()
    assert verdict(pdf) == "vin"
    for reference, vin in INVENTORY[1:]:
        assert verdict(pdf, reference, vin) not in ("vin", "reference")


def test_report_that_is_about_no_vehicle_is_none_of_another() -> None:
    error = "An error occurred while the report was generated. (Error 1205: deadlock victim)"
    assert says(error) == "names_no_vehicle"
    with pytest.raises(BookoutRejected, match="no VIN; the page says: An error occurred while"):
        verify_bookout(pdf_of(error), "165548", VIN, KnownVehicles(INVENTORY))
    for line in ("165549", f"Sold: {OTHER}", "Stock #: 4", "7"):
        assert says(f"{error}\n{line}") in ("other_reference", "other_vin")


def test_letters_that_are_drawn_twice_are_read_once() -> None:
    """As programs without a bold font do: all of them, or the labels'."""

    def bold(text: str) -> str:
        return "".join(letter * 2 for letter in text)

    label = bold("Stock #:")
    assert says(f"{bold('Stock #: 165548 Year 2011')}\n{bold(f'VIN: {VIN}')}") == "vin"
    assert says(f"{label} 165548\n{bold('VIN:')} {VIN}") == "vin"
    assert verdict(pdf_of(f"{label} {bold('165548')}"), "165548", "") == "reference"
    assert says(f"{label} {bold('165549')}\n{bold('VIN:')} {bold(OTHER)}") in (
        "other_vin",
        "other_reference",
    )
    inventory = [("1234", ""), ("11223344", ""), ("12", ""), ("2211", "")]
    for shown, asked in [("11223344", "1234"), ("1122", "12"), ("22331144", "2314")]:
        is_other = asked in ("1234", "12")
        expected = "other_reference" if is_other else "reference"
        text = pdf_of(f"{label} {shown}")
        assert verdict(text, asked, "", [*inventory, ("2314", "")]) == expected

    def apart(text: str) -> str:
        return " ".join(bold(text.replace(" ", "")))

    lines = ["Bookout Report", "Stock #: 165548", f"VIN: {VIN}"]
    assert says("\n".join(map(apart, lines))) == "vin"
    plain = pdf_of(f"{apart('Bookout')}\n{apart('Stock #:')} 1 1 2 2 3 3 4 4")
    assert verdict(plain, "1234", "", inventory) == "other_reference"
    assert verdict(pdf_of("Stock #: 22331144"), "2314", "", [("2314", "")]) == "other_reference"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\x03\x11\x12\x13\x14 \x15\x16\x17", "unreadable_text"),
        ("/g17/g22/g23 /g9/g12", "unreadable_text"),
        ("\ue001\ue002\ue003 \ue004", "unreadable_text"),
        ("A letter about another thing", "names_no_vehicle"),
    ],
)
def test_text_without_characters_has_its_own_reason(
    text: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jdp_spider.pdf.verification.extract_text", lambda _: (1, text))
    monkeypatch.setattr("jdp_spider.pdf.verification.laid_out_text", lambda _: "")
    assert verdict(SMALL) == reason


def test_noise_is_not_a_pdf() -> None:
    assert verdict(zlib.compress(PDF)) == "not_a_pdf"


# --- other vehicles that a bookout mentions ---

TAIL = "Stock Number {0} printed 11/26/2026"
TWINS = [*INVENTORY, ("165548T", VIN), ("9", "")]
ASIDES = {
    "next": "Stock #: {0}\nVIN: {1}\nNext report: Stock # 165549\n" + TAIL,
    "last": "Stock #: {0}\nVIN: {1}\nPrinted before: stock number 165548A\n" + TAIL,
    "table": "Stock #: {0}\nVIN: {1}\nStock # VIN Miles\n165549 " + OTHER + " 7\n" + TAIL,
}
DRAWN = {**dict.fromkeys(("165548", "165548T"), VIN), "165549": OTHER, "9": WRONG_DIGIT}
"""What bookouts name: the inventory does not know the last one's VIN."""


@pytest.mark.parametrize("aside", ["next", "last", "table"])
@pytest.mark.parametrize("named", DRAWN)
def test_bookout_that_mentions_others_matches_only_its_own_vehicle(named: str, aside: str) -> None:
    pdf = pdf_of(ASIDES[aside].format(named, DRAWN[named]))
    vins = dict(TWINS)
    accepted = [ref for ref in DRAWN if verdict(pdf, ref, vins[ref], TWINS) in ("vin", "reference")]
    assert accepted == [named]


def test_second_label_counts_if_it_may_name_another_vehicle() -> None:
    """Its VIN is not known, or the bookout names no VIN at all."""
    both = "Stock #: {}\n{}Stock #: {}"
    with_vin = pdf_of(both.format("165548T", f"VIN: {VIN}\n", "9"))
    without = pdf_of(both.format("9", "", "165549"))
    assert verdict(with_vin, "165548T", VIN, TWINS) == "other_reference"
    assert verdict(without, "9", "", TWINS) == "other_reference"


def drawn_backwards(text: str) -> bytes:
    """A PDF whose words are drawn one by one from the last to the first."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    words = []
    for number, line in enumerate(text.split("\n")):
        x = 40.0
        for word in line.split(" "):
            words.append((x, 780 - 18 * number, word))
            x += canvas.stringWidth(f"{word}  ", "Helvetica", 12)
    for x, y, word in reversed(words):
        canvas.drawString(x, y, word)
    canvas.save()
    return buffer.getvalue()


@pytest.mark.parametrize("aside", ["next", "table"])
def test_text_is_read_in_visual_order(aside: str) -> None:
    pdf = drawn_backwards(ASIDES[aside].format("165548", VIN))
    verdicts = [verdict(pdf, reference, vin) for reference, vin in INVENTORY]
    assert [each == "vin" for each in verdicts] == [True, False, False, False, False]
    assert "reference" not in verdicts


def test_form_fields_outside_the_layout_text_still_count() -> None:
    """A form's fields are not in the second reading."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.drawString(40, 780, "Next report: Reference # 7")
    canvas.acroForm.textfield(name="Stock #", value="165549", x=40, y=700)
    canvas.save()
    assert verdict(buffer.getvalue(), "7", "") == "other_reference"


GLUED = "Stock # VIN Miles\n165548 {}\nStock # VIN Miles\n165549 {}\nNext: Stock # 165549"


@pytest.mark.parametrize("after", [" 26,987", "26,987", "A"])
def test_foreign_vin_joined_to_the_next_cell_is_found(after: str) -> None:
    pdf = pdf_of(GLUED.format(f"{VIN}{after}", f"{OTHER}{after}"))
    assert verdict(pdf, "165549", OTHER) == "other_vin"


def test_foreign_vin_split_over_two_lines_is_found() -> None:
    """As it looks, the mileage stands between its pieces, and below the labels nothing."""
    rows = [(780, ["Stock #", "VIN", "Miles"]), (762, ["", VIN[:14]]), (755, ["165548", "", "7"])]
    rows += [(748, ["", VIN[14:]]), (700, ["Stock #", "VIN"]), (680, ["165549", OTHER])]
    rows += [(600, ["Next: Stock # 165549"])]
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    drawn = [(40 + 100 * n, y, cell) for y, cells in rows for n, cell in enumerate(cells) if cell]
    # The pieces of a cell are drawn one after the other.
    for x, y, text in sorted(drawn, key=lambda each: (each[1] < 740, each[0])):
        canvas.drawString(x, y, text)
    canvas.save()
    assert verdict(buffer.getvalue(), "165549", OTHER) == "other_vin"


# The VIN of 165550 is not known to us.
HISTORIES = [("165548", VIN), ("165548 B", OTHER), ("165550", ""), ("1655", ACCORD), ("99", ACCORD)]
HISTORIES += [("88", "")]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        # A bookout without a VIN of its own, which compares its vehicle with ours.
        (f"Stock #: 165548 B\nCompared with {VIN}", ("165548", VIN)),
        (f"Stock #: 165548 B\nPrior bookout: 165548 VIN {VIN}", ("165548", VIN)),
        # One of a vehicle whose VIN is known, which mentions ours by a label.
        (f"Reference #: 165548\nVIN: {VIN}\nNext: Stock # 165550", ("165550", "")),
        (f"Bookout 165548\n{VIN}\nNext: Stock # 165550", ("165550", "")),
        (f"Reference #: 88\nVIN: {CIVIC}\nNext: Stock # 165550", ("165550", "")),
        # One of the other row with our VIN.
        (f"Reference #: 1655\nVIN: {ACCORD}\nNext: Stock # 99", ("99", ACCORD)),
        (f"Bookout 1655\n{ACCORD}\nNext: Stock # 99", ("99", ACCORD)),
    ],
)
def test_bookout_that_mentions_our_vehicle_is_not_ours(text: str, asked: tuple[str, str]) -> None:
    assert verdict(pdf_of(text), *asked, HISTORIES) in ("other_vin", "other_reference")


@pytest.mark.parametrize(
    "text",
    [
        # A label before the VIN of another vehicle: a report of two, or one that was mixed up.
        f"Stock #: 165548 VIN: {VIN}\nStock #: 99 VIN: {CIVIC}\nStock #: 165548\nVIN: {VIN}",
        f"Stock #: 165548\nVIN: {VIN}\nTrade-in for this deal\nStock #: 990123T VIN: {CIVIC}",
    ],
    ids=["cover", "history"],
)
def test_bookout_with_labelled_vins_of_two_vehicles_is_nobody_s(text: str) -> None:
    found = {verdict(pdf_of(text), *asked, HISTORIES) for asked in HISTORIES}
    assert found <= {"other_vin", "names_others", "other_reference"}
