"""What is private is replaced, whatever it is written in; what is known stays."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from jdp_spider.scrubbing.scrubber import Scrubber
from jdp_spider.scrubbing.vocabulary import Vocabulary
from jdp_spider.utils.redaction import MASK, hide
from jdp_spider.utils.vin import has_check_digit

VIN = "1HGCM82633A004352"
NAME = "Zebulon"


@pytest.fixture
def scrubber() -> Scrubber:
    scrubber = Scrubber(key=b"k" * 32)
    scrubber.known.learn("165548", "165548A")
    scrubber.known.learn_vin(VIN)
    return scrubber


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"Sold to {NAME} Quartzmark",
        NAME.upper(),
        NAME.lower(),
        f"customer{NAME}Name",
        quote(f"{NAME} Q", safe="").replace("Z", "%5A"),
        "".join(f"%{ord(sign):02X}" for sign in NAME),
        "".join(f"%25{ord(sign):02X}" for sign in NAME),
        "".join(f"\\u{ord(sign):04x}" for sign in NAME),
        "".join(f"\\x{ord(sign):02x}" for sign in NAME),
        "".join(f"&#{ord(sign)};" for sign in NAME),
        "".join(f"&#x{ord(sign):x};" for sign in NAME),
        " ".join(NAME),
        base64_of(f"for {NAME} only"),
        base64_of(base64_of(f"for {NAME} only")),
        f"{NAME}@example.com",
        f"\\n{NAME}",
    ],
)
def test_unknown_word_is_replaced_in_every_spelling(scrubber: Scrubber, text: str) -> None:
    for clean in (scrubber.text(text), scrubber.code(text)):
        assert clean != text
        assert NAME.lower() not in clean.lower()
        assert NAME.lower() not in _decoded(clean).lower()


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except ValueError:
        return ""


@pytest.mark.parametrize(
    "text",
    [
        "Print/Email Reports",
        "Log In",
        "Create PDF",
        "Stock Number",
        "VIN",
        "Bookout",
        "Page 1 of 12",
        "2024",
    ],
)
def test_known_word_and_small_number_are_kept(scrubber: Scrubber, text: str) -> None:
    assert scrubber.text(text) == text


@pytest.mark.parametrize(
    "text", ["$12,345", "12345", "(555) 123-4567", "950 miles", "1 2 , 3 4 5", "165548"]
)
def test_number_of_three_digits_or_more_is_replaced_by_one_of_equal_length(
    scrubber: Scrubber, text: str
) -> None:
    clean = scrubber.text(text)
    assert clean != text
    assert [sign.isdigit() for sign in clean] == [sign.isdigit() for sign in text]


@pytest.mark.parametrize("text", ["7ABC123", "K5X7B2", "CfDJ8Nq", "a1b2c"])
def test_mixed_letters_and_digits_are_replaced(scrubber: Scrubber, text: str) -> None:
    assert text not in scrubber.text(f"Licence {text}, state WA")


GUID = "a3f9c1d2-7b4e-4c8a-9f1e-2d6b8c0e5f7a"
TOKEN = "Xk29dLq7TzP4wVb8RmN3"


@pytest.mark.parametrize("token", [GUID, GUID.upper(), GUID.replace("-", ""), TOKEN, "K5X7B2"])
@pytest.mark.parametrize(
    "glued",
    [
        "dealer_{}",
        "session-{}",
        "{}_dealer",
        "vehicle_{}-page",
        "/ValuesOnline/session-{}",
        "/ValuesOnline/{}/page_1",
        "?page={}&vehicle=1",
        "--{}--",
    ],
)
def test_token_beside_a_word_has_the_stand_in_that_it_has_alone(
    scrubber: Scrubber, token: str, glued: str
) -> None:
    stand_in = scrubber.code(token)
    assert stand_in != token
    assert scrubber.code(glued.format(token)) == glued.format(stand_in)
    assert scrubber.text(glued.format(token)) == glued.format(scrubber.text(token))


@pytest.mark.parametrize("before", ["%2F", "%7B", "\\x3d", "\\u003d"])
def test_guid_behind_an_escape_has_the_stand_in_that_it_has_alone(
    scrubber: Scrubber, before: str
) -> None:
    assert scrubber.code(f"{before}{GUID}") == f"{before}{scrubber.code(GUID)}"


def test_token_that_happens_to_contain_a_word_is_replaced_whole(scrubber: Scrubber) -> None:
    clean = scrubber.code("Xk29dLq7TzP4wVb8RmN3page5Qw8Zt1")
    assert not any(part in clean for part in ("Xk", "page", "RmN", "Qw"))


@pytest.mark.parametrize(
    "name",
    [
        "primaryMenu_DXI4i1i2_T",
        "primaryMenu_DXI13i10i1_P",
        "vehicleGridView_DXDataRow12",
        "vehicleGridView_DXFilterBar",
        "bookOutButton_126",
        "3rd",
    ],
)
def test_name_with_a_known_word_is_not_a_token(scrubber: Scrubber, name: str) -> None:
    assert scrubber.code(name) == name


def test_same_value_has_the_same_stand_in_everywhere(scrubber: Scrubber) -> None:
    reference = scrubber.stand_in_of("165548")
    assert reference in scrubber.text("Stock #: 165548")
    assert reference in scrubber.code("/ValuesOnline/vehicle/?q=165548")
    assert reference in scrubber.text("00165548a")
    assert scrubber.stand_in_of("165548A") == f"{reference}A"
    assert scrubber.text("12,345").replace(",", "") == scrubber.text("12345")


def test_vin_keeps_its_check_digit_and_its_last_characters_are_known(scrubber: Scrubber) -> None:
    stand_in = scrubber.text(VIN)
    assert stand_in != VIN
    assert has_check_digit(stand_in)
    assert scrubber.text(VIN.lower()) == stand_in.lower()
    assert scrubber.text(VIN[-8:]) == stand_in[-8:]
    assert scrubber.text(VIN[-6:]) == stand_in[-6:]


def test_different_references_never_get_the_same_stand_in() -> None:
    scrubber = Scrubber()
    references = [str(number) for number in range(165000, 167000)]
    stand_ins = {scrubber.text(each) for each in references}
    assert len(stand_ins) == len(references)
    assert all(len(each) == 6 and each[0] != "0" for each in stand_ins)


@pytest.mark.parametrize("text", ["12 Main Street", "1 Page Rd", "123-45-6789", "555 58 67 5309"])
def test_address_and_telephone_number_are_replaced_as_a_whole(
    scrubber: Scrubber, text: str
) -> None:
    clean = scrubber.text(f"of {text}.")
    assert all(part not in clean for part in text.split() if len(part) > 2)


@pytest.mark.parametrize("text", ["2026-11-26 11:01:44", "11/26/2026", "2.19.0", "Chromium 15.0.1"])
def test_dates_and_versions_are_kept(scrubber: Scrubber, text: str) -> None:
    assert scrubber.text(text) == text


@pytest.mark.parametrize(
    "text",
    ["Best Auto, Page 1", "?dealer=Best%20Auto", "https://www.best-auto.example/",
     "in BestAuto.pdf", "'BEST'", "best_auto", "Auto"],
)  # fmt: skip
def test_word_named_by_the_user_is_replaced(scrubber: Scrubber, text: str) -> None:
    scrubber.known.learn_words("Best Auto")
    for clean in (scrubber.text(text), scrubber.code(text), scrubber.value(text)):
        assert not re.search(r"best|(?<![a-z])auto(?![a-z])", clean, re.IGNORECASE)


def test_small_word_named_by_the_user_is_kept_in_code_and_replaced_in_values(
    scrubber: Scrubber,
) -> None:
    scrubber.known.learn_words("Page Auto")
    assert scrubber.code("margin: auto") == "margin: auto"
    assert scrubber.value("page") == scrubber.text("page") != "page"


def test_hidden_word_of_the_language_is_kept_in_names(scrubber: Scrubber) -> None:
    scrubber.known.learn_words("Window World", "Post")
    assert scrubber.name("window") == "window"
    assert scrubber.name("POST") == "POST"
    assert scrubber.text("window") != "window"


@pytest.mark.parametrize(
    "text",
    [
        "A123",
        "go('A123')",
        "row_A123",
        "%41123",
        "a123",
        "<td>A123</td>",
        "/A123/x",
        "Stra\u00dfe A123",
    ],
)
def test_short_reference_is_replaced_wherever_it_stands(scrubber: Scrubber, text: str) -> None:
    scrubber.known.learn("A123")
    for clean in (scrubber.text(text), scrubber.code(text)):
        assert "123" not in clean
        assert len(clean) == len(text)


def test_stand_in_never_holds_another_learned_value() -> None:
    for key in range(3):
        scrubber = Scrubber(key=bytes([key]))
        known = {str(number) for number in range(1000, 9000)}
        known |= {f"{number}A" for number in range(10_000, 60_000)}
        scrubber.known.learn(*sorted(known), is_swept=False)
        numbers = [scrubber.stand_in_of(value) for value in ("1000", "5000", "42000A")]
        assert known.isdisjoint(numbers)
        assert known.isdisjoint(re.findall("[0-9]{4}", scrubber.text("9123 and 9876")))


def test_different_numbers_have_different_stand_ins() -> None:
    scrubber = Scrubber(key=b"k")
    scrubber.known.learn(*map(str, range(100_000, 103_000)), is_swept=False)
    values = [str(number) for number in range(99_000, 110_000)]
    assert len({scrubber.text(value) for value in values}) == len(values)
    assert [value for value in values if scrubber.text(value) == value] == []


def test_two_recordings_have_different_stand_ins() -> None:
    assert Scrubber().text("165548 Zebulon") != Scrubber().text("165548 Zebulon")


def test_name_that_is_a_word_is_kept_only_in_lower_case(scrubber: Scrubber) -> None:
    assert scrubber.text("mark the price") == "mark the price"
    assert "Mark" not in scrubber.text("Sold to Mark Price")


def test_word_known_to_the_browser_is_kept_in_scripts_only() -> None:
    scrubber = Scrubber(Vocabulary(platform=["webkitZebulonChange"]), key=b"k" * 32)
    assert scrubber.code("zebulon") == "zebulon"
    assert scrubber.text("zebulon") != "zebulon"


@pytest.mark.parametrize(
    "written",
    [
        VIN.lower(),
        "".join(f"%25{ord(sign):02x}" for sign in VIN),
        base64_of(f"a{VIN}b"),
        base64_of(f"ab{VIN}"),
        quote(base64_of(f"abc{VIN}"), safe=""),
    ],
)
def test_sweep_finds_known_value_in_any_spelling(scrubber: Scrubber, written: str) -> None:
    clean = scrubber.swept(f'<i data-x="{written}">')
    assert written not in clean
    assert clean.startswith('<i data-x="')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_text_in_base64_has_the_stand_in_that_it_has_alone(
    scrubber: Scrubber, encoding: str
) -> None:
    clean = scrubber.text(base64.b64encode("to Zebulon".encode(encoding)).decode())
    assert base64.b64decode(clean).decode(encoding) == scrubber.text("to Zebulon")


def test_password_and_cookies_are_masked(
    scrubber: Scrubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jdp_spider.utils.redaction._hidden", {})
    hide(["Create-PDF-77"])
    assert scrubber.text("the password Create-PDF-77 is") == f"the password {MASK} is"
    assert scrubber.code("p=Create%2DPDF%2D77") == f"p={MASK}"


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("165-548-2231", "165"),
        ("call 555-4821.", "4821"),
        ("12-34-56-78", "34-56"),
        ("078-05-1120", "1120"),
        ("$18 450", "18 4"),
        ("18.450,75", "18.4"),
        ("41'233", "41'"),
        ("\uff15\uff15\uff14\uff18\uff12\uff11", "\uff15\uff15"),
        ("10.23.45.67", "10.23.45"),
        ("00:1B:44:11:3A:B7", "1B:44"),
        ("7ABC123", "ABC"),
        ("Price Grant", "Price"),
        ("Z.e.b.u.l.o.n", "Z.e.b.u"),
        ("z_e_b_u_l_o_n", "z_e_b_u"),
        ("Ze\u00adbu\u200blon", "Ze\u00adbu"),
        ("Nu\u0301n\u0303ez", "Nu\u0301n"),
        ("Z,e,b,u,l,o,n", "Z,e,b"),
        ("1/6/5/5/4/8", "1/6/5/5"),
        ("5a:65:62:75:6c:6f:6e:20:51:75", "5a:65:62:75"),
        ("5A 65 62 75 6C 6F 6E", "5A 65 62"),
        ("\\u{5a}\\u{65}\\u{62}ulon", "\\u{5a}\\u{65}"),
        (base64.b64encode("Zebulon M\u00fcller 12".encode("latin-1")).decode(), "WmVidWxv"),
    ],
)
def test_private_value_in_another_spelling_is_replaced_whole(
    scrubber: Scrubber, text: str, private: str
) -> None:
    for clean in (scrubber.text(text), scrubber.code(text)):
        assert private not in clean
        assert len(clean) == len(text)


@pytest.mark.parametrize(
    "text", ["1, 2, 3, 4, 5", "a, b, c, d", "0/0/1/1", "A | B | C | D", "1\n2\n3\n4\n5"]
)
def test_row_of_digits_or_of_the_alphabet_is_kept(scrubber: Scrubber, text: str) -> None:
    assert scrubber.text(text) == scrubber.code(text) == text


@pytest.mark.parametrize("text", ["01-23-2024", "12:30:45", "1.25"])
def test_day_and_time_are_kept(scrubber: Scrubber, text: str) -> None:
    assert scrubber.text(text) == text


@pytest.mark.parametrize(
    "text", ["/home/will/runs/1", "C:\\Users\\Will Price\\x", "c:\\\\users\\\\will\\\\x"]
)
def test_log_hides_the_account_of_the_user(scrubber: Scrubber, text: str) -> None:
    assert "will" not in scrubber.log(text).lower()


@pytest.mark.parametrize(
    "text", ["Price", "GRANT", "AMBER ROAD", "PRICE, MARK", "\\u0050\\u0072\\u0069\\u0063\\u0065"]
)
def test_single_name_is_replaced_in_code_and_text(scrubber: Scrubber, text: str) -> None:
    clean = scrubber.code(text)
    assert clean == scrubber.text(text)
    assert text.split()[0] not in clean


def test_identifier_of_known_words_is_kept_in_code(scrubber: Scrubber) -> None:
    assert scrubber.code("gridPrice") == "gridPrice"
    assert scrubber.code("price") == "price"


def test_common_names_are_not_taken_for_known_words() -> None:
    vocabulary = Vocabulary()
    names = Path(__file__).with_name("common_names.txt").read_text(encoding="ascii").split()
    assert [name for name in names if vocabulary.has_in_text(name.title())] == []


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("\\132\\145\\142\\165\\154\\157\\156", "\\132\\145"),
        ("Z\\145b\\165lon", "Z\\145b"),
        ("=5A=65=62=75=6C=6F=6E", "=5A=65"),
        ("M=C3=BCller", "=C3=BC"),
        ("12 MAIN STREET", "MAIN"),
        ("ABC-1234", "ABC"),
        ("AB12 CDE", "AB12"),
        ("4ABC12", "ABC"),
        ("$950", "950"),
        ("\u738b\u660e", "\u738b"),
    ],
)
def test_short_value_and_unusual_escape_are_replaced(
    scrubber: Scrubber, text: str, private: str
) -> None:
    for clean in (scrubber.text(text), scrubber.code(text)):
        assert private not in clean


@pytest.mark.parametrize(
    "text", ["pageSize=50", "vehicle=7", "columns=", "a=12&page=43", "\\1 of \\2", "SHA-1", "F-150"]
)
def test_text_that_only_looks_like_an_escape_is_kept(scrubber: Scrubber, text: str) -> None:
    assert scrubber.code(text) == text
