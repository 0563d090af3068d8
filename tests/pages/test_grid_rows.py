from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from jdp_spider.pages import evaluation
from jdp_spider.pages.errors import ActiveSession, LoginRefused
from jdp_spider.pages.grid import _ROWS, rows
from jdp_spider.pages.link_collector import Link, LinkCollector
from jdp_spider.pages.login import _new_words, _refusal
from jdp_spider.pages.page import SitePage
from jdp_spider.pages.rows import Naming, Row, UnmatchedVehicles, spelling_of
from jdp_spider.pages.site import Site
from jdp_spider.pages.vehicle import names_vehicle
from tests.support.factories import VINS, vehicle

if TYPE_CHECKING:
    from jdp_spider.inventory import Vehicle

ONE = vehicle("165548", 1)
LETTER = vehicle("165548A", 2)
NO_VIN = vehicle("165548", vin="")
MILES = vehicle("23000", 3)


def row(*cells: str, number: int = 1) -> Row:
    return Row(f"bookOutButton_{number}", f"http://site/{number}", cells)


# Row.names

NAMES_VEHICLE = [
    (ONE, ("165548", VINS[1]), Naming.IN_CELL),
    (ONE, (VINS[1], "2021", "Ford", "165548"), Naming.IN_CELL),
    (ONE, ("165548", VINS[1].lower()), Naming.IN_CELL),
    (ONE, ("165548", "2021"), Naming.IN_CELL),
    (ONE, ("165548", VINS[1], VINS[2]), Naming.IN_CELL),
    (ONE, ("165548", VINS[2][:16]), Naming.IN_CELL),
    (ONE, ("Stock Number: 165548",), Naming.IN_CELL),
    (ONE, ("Stock Number:165548",), Naming.IN_CELL),
    (ONE, ("Stock 165548", VINS[1]), Naming.IN_CELL),
    (ONE, ("Stk#165548",), Naming.IN_CELL),
    (ONE, ("165548 (42 days)",), Naming.IN_CELL),
    (ONE, ("165548 NEW",), Naming.IN_CELL),
    (ONE, ("165548, red",), Naming.IN_CELL),
    (ONE, ("2021 Ford F-150 (165548)",), Naming.IN_CELL),
    (ONE, ("Ford 165548 red",), Naming.IN_TEXT),
    (ONE, (VINS[1],), Naming.BY_VIN),
    (ONE, (f"VIN: {VINS[1]}",), Naming.BY_VIN),
    (ONE, ("0165548", VINS[1]), Naming.BY_VIN),
    (ONE, ("165548", VINS[2]), Naming.NOT),
    (ONE, ("165548", f"VIN {VINS[2]}"), Naming.NOT),
    (ONE, (VINS[1], VINS[2]), Naming.NOT),
    *((ONE, (twin, VINS[1]), Naming.NOT) for twin in ("165548A", "165548 A", "165548-A")),
    *(
        (ONE, (other,), Naming.NOT)
        for other in (
            *("0165548", "165548a", "165548-2", "165548 2", "165548 (II)", "165548/A", "165548.1"),
            *(
                "1-165548",
                "$165548",
                "165548,000",
                "7,165548",
                "165548 A | Ford",
                "Stock: 165548 B",
            ),
        )
    ),
    (ONE, (), Naming.NOT),
    (LETTER, ("165548a", VINS[2]), Naming.NOT),
    (LETTER, ("165548A", VINS[2]), Naming.IN_CELL),
    (LETTER, ("Stock: 165548A",), Naming.IN_CELL),
    (NO_VIN, ("165548", VINS[2]), Naming.IN_CELL),
    (NO_VIN, ("165548",), Naming.IN_CELL),
    (NO_VIN, (VINS[2],), Naming.NOT),
    (vehicle(" A  7 ", 3), ("A 7", VINS[3]), Naming.IN_CELL),
    (vehicle("\xe9/\\..", 3), ("\xe9/\\..", VINS[3]), Naming.IN_CELL),
    (vehicle("..", 3), ("a .. b",), Naming.NOT),
]


@pytest.mark.parametrize(("of", "cells", "naming"), NAMES_VEHICLE)
def test_row_names_a_vehicle_by_vin_or_reference(
    of: Vehicle, cells: tuple[str, ...], naming: Naming
) -> None:
    assert row(*cells).names(of) is naming


@pytest.mark.parametrize(
    ("href", "url", "is_script"),
    [
        ("/ValuesOnline/vehicle/5", "http://site/ValuesOnline/vehicle/5", False),
        ("vehicle?id=5", "http://site/vehicle?id=5", False),
        ("http://site/5", "http://site/5", False),
        ("", None, True),
        ("#", None, True),
        (" #5", None, True),
        ("javascript:void(0)", None, True),
        (" JavaScript:open(5)", None, True),
        ("mailto:me@site", None, False),
        ("//evil.example/5", None, False),
        ("http://site:99999/5", None, False),
        ("http://[::1", None, False),
    ],
)
def test_only_own_web_links_become_addresses(
    monkeypatch: pytest.MonkeyPatch, href: str, url: str | None, is_script: bool
) -> None:
    try:
        resolved = urljoin("http://site/", href)
    except ValueError:
        resolved = href
    found = {"id": "bookOutButton_5", "href": href, "url": resolved, "cells": [" 7 "], "nearby": []}

    async def answer(_page: object, function: str, _: object) -> object:
        return [found] if function == _ROWS else False

    monkeypatch.setattr(evaluation, "evaluate_once", answer)
    page = SitePage(object(), Site("http://site/"), "Inventory")  # type: ignore[arg-type]
    (row,) = asyncio.run(rows(page))
    assert row == Row("bookOutButton_5", url, ("7",), is_script)


@pytest.mark.parametrize(
    ("link_id", "number"),
    [
        ("bookOutButton_7001", "7001"),
        ("bookOutButton", ""),
        ("b_\u0667", ""),
        ("b_" + "1" * 21, ""),
    ],
)
def test_number_of_a_link_is_read(link_id: str, number: str) -> None:
    assert Row(link_id, None, ()).vehicle_id == number


# UnmatchedVehicles.take


def test_row_matches_its_vehicle_once() -> None:
    untied = UnmatchedVehicles([ONE, LETTER])
    assert untied.take(row("165548A", VINS[2])) == LETTER
    assert list(untied) == [ONE]
    assert untied.take(row("165548A", VINS[2])) is None
    assert (untied.take(row("165548", VINS[1])), list(untied)) == (ONE, [])


@pytest.mark.parametrize(
    "cells",
    [
        (),
        ("165548", VINS[3]),
        ("165548B",),
        ("165548 B",),
        (VINS[3],),
        (VINS[1], VINS[2]),
        ("165548", VINS[2]),
        ("Stock: 165548", VINS[2]),
        ("165548", "165548A"),
        ("Stock: 165548", "Stock: 165548A"),
        ("165548", VINS[2][-8:]),
        ("#165548 (U)", VINS[1][-6:]),
        (VINS[1][-8:], VINS[2][-8:]),
    ],
)
def test_row_of_no_vehicle_matches_none(cells: tuple[str, ...]) -> None:
    untied = UnmatchedVehicles([ONE, LETTER])
    assert untied.take(row(*cells)) is None
    assert list(untied) == [ONE, LETTER]


@pytest.mark.parametrize(
    "cells",
    [
        (VINS[1],),
        (f"VIN: {VINS[1]}",),
        ("165549", VINS[1]),
        ("Stock Number: 165548",),
        ("2021", "Ford 165548, 42 days"),
        ("Stock: 165548", "Trade-in: 165548 A 2"),
        ("#165548 (U)", f"...{VINS[1][-8:]}"),
        ("165549", f"VIN *{VINS[1][-10:]}"),
    ],
)
def test_row_matches_by_vin_or_whole_word(cells: tuple[str, ...]) -> None:
    assert UnmatchedVehicles([ONE, LETTER]).take(row(*cells)) == ONE


def test_vin_of_two_vehicles_matches_neither() -> None:
    twins = [ONE, vehicle("165548A", 1)]
    untied = UnmatchedVehicles(twins)
    assert untied.take(row(VINS[1])) is None
    assert [untied.take(row(v.reference, VINS[1])) for v in twins] == twins


def test_word_in_another_cell_does_not_matter() -> None:
    """A model may be called like a reference; only a text that begins with it counts as well."""
    untied = UnmatchedVehicles([ONE, vehicle("150", 2)])
    assert untied.take(row("165548", "Ford 150 XL")) == ONE
    untied = UnmatchedVehicles([ONE, vehicle("150", 2)])
    assert untied.take(row("165548", "150 miles")) is None


def test_longest_reference_in_a_text_matches() -> None:
    long, short = vehicle("A 7", vin=""), vehicle("7", vin="")
    assert UnmatchedVehicles([short, long]).take(row("Stock: A 7")) == long


def test_certain_vehicle_is_preferred_to_an_uncertain_one() -> None:
    subtotal = dataclasses.replace(vehicle("165548", vin=""), certain=False)
    car = dataclasses.replace(vehicle("165548", vin="", occurrence=2))
    assert UnmatchedVehicles([subtotal, car]).take(row("165548")) == car


@pytest.mark.parametrize(
    ("cells", "nearby", "taken"),
    [
        ((), ("165548",), ONE),
        (("2021", "Ford"), ("Stock: 165548",), ONE),
        (("165548A",), ("165548",), LETTER),
        ((VINS[3],), ("165548",), None),
    ],
)
def test_adjacent_rows_count_if_the_row_names_no_vehicle(
    cells: tuple[str, ...], nearby: tuple[str, ...], taken: Vehicle | None
) -> None:
    shown = dataclasses.replace(row(*cells), nearby=nearby)
    assert UnmatchedVehicles([ONE, LETTER]).take(shown) == taken


def test_search_reads_the_adjacent_rows() -> None:
    shown = dataclasses.replace(row("2021", "Ford"), nearby=("Stock Number: 165548",))
    assert (shown.names(ONE), shown.names(LETTER)) == (Naming.IN_CELL, Naming.NOT)
    other = dataclasses.replace(row("165548A"), nearby=("165548",))
    assert (other.names(ONE), other.names(LETTER)) == (Naming.NOT, Naming.IN_CELL)


def test_without_vehicles_no_row_matches() -> None:
    untied = UnmatchedVehicles([])
    assert (list(untied), untied.take(row("165548"))) == ([], None)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_vin_decides_between_equal_references(number: int) -> None:
    vehicles = [vehicle("7", n, occurrence=n) for n in (1, 2, 3)]
    untied = UnmatchedVehicles(vehicles)
    assert untied.take(row("7", VINS[number])) == vehicles[number - 1]
    assert list(untied) == [v for v in vehicles if v.occurrence != number]


@pytest.mark.parametrize("vin", [VINS[1], ""])
def test_duplicates_match_in_order(vin: str) -> None:
    copies = [vehicle("7", vin=vin, occurrence=n) for n in (1, 2, 3)]
    untied = UnmatchedVehicles(copies)
    assert [untied.take(row("7", VINS[1])) for _ in range(4)] == [*copies, None]


def test_vin_decides_between_references_that_differ_in_white_space() -> None:
    vehicles = [vehicle("A 7", 1), vehicle("A  7", 2), vehicle(" A 7 ", 3)]
    untied = UnmatchedVehicles(vehicles)
    assert [untied.take(row("A 7", VINS[n])) for n in (3, 1, 2)] == [
        vehicles[2],
        vehicles[0],
        vehicles[1],
    ]


@pytest.mark.parametrize("cells", [("165548", "23000"), ("23000", "165548")])
def test_mileage_equal_to_a_reference_prevents_a_match(cells: tuple[str, ...]) -> None:
    untied = UnmatchedVehicles([ONE, vehicle("23000", 2)])
    assert untied.take(row(*cells)) is None
    assert len(list(untied)) == 2


@pytest.mark.parametrize("number", [1, 2])
def test_mileage_does_not_matter_if_the_row_has_a_vin(number: int) -> None:
    vehicles = {1: ONE, 2: vehicle("23000", 2)}
    untied = UnmatchedVehicles(vehicles.values())
    assert untied.take(row("165548", "23000", VINS[number])) == vehicles[number]


def test_ambiguous_row_matches_once_the_other_vehicle_is_matched() -> None:
    other = vehicle("23000", 2)
    untied = UnmatchedVehicles([ONE, other])
    assert untied.take(row("165548", "23000")) is None
    assert untied.take(row("23000", "41000")) == other
    assert untied.take(row("165548", "23000")) == ONE


# The walk ties over the whole inventory, also where most of it is saved already.


def tied(rows: list[Row], *pending: Vehicle) -> list[Link]:
    """What a walk over these rows reports of an inventory of four vehicles."""
    links: list[Link] = []
    collector = LinkCollector(INVENTORY, {v.key for v in pending}, links.append)
    collector.add_page(1, rows)
    assert {link.vehicle.key for link in links}.isdisjoint(collector.left)
    return links


INVENTORY = [ONE, LETTER, MILES, vehicle("7", 4)]


CHANGED = vehicle("165548.00", 1)


@pytest.mark.parametrize(
    ("cells", "spelling"),
    [
        (("165548", VINS[1]), "165548"),
        (("2021", "165548", VINS[1].lower(), "16,995"), "165548"),
        # Not the same number, twice another form, the exported form, another or no VIN.
        (("165549", VINS[1]), ""),
        (("165548", "0165548", VINS[1]), ""),
        (("165548", "165548.00", VINS[1]), ""),
        (("165548", VINS[2]), ""),
        (("165548", VINS[1], VINS[2]), ""),
        (("165548",), ""),
    ],
)
def test_reference_is_spelled_as_the_row_of_its_vin_has_it(
    cells: tuple[str, ...], spelling: str
) -> None:
    assert spelling_of(CHANGED, row(*cells)) == spelling
    assert spelling_of(dataclasses.replace(CHANGED, vin=""), row(*cells)) == ""


def test_mileage_of_a_saved_vehicle_does_not_match_a_pending_reference() -> None:
    """Looking at the pending one alone, the saved one's row would be taken for its own."""
    assert tied([row("165548", "23000")], MILES) == []
    assert UnmatchedVehicles([MILES]).take(row("165548", "23000")) == MILES


def test_own_row_of_the_pending_vehicle_still_matches() -> None:
    rows = [row("165548", "23000", number=1), row("23000", "41000", number=2)]
    assert tied(rows, MILES) == [Link(MILES, "http://site/2", "2")]


def test_pagination_reports_only_pending_vehicles() -> None:
    rows = [row(v.reference, v.vin, number=n) for n, v in enumerate(INVENTORY)]
    assert tied(rows, LETTER, MILES) == [
        Link(LETTER, "http://site/1", "1"),
        Link(MILES, "http://site/2", "2"),
    ]


# vehicle.names_vehicle

NAMES = [
    (f"Stock #: 165548\nVIN: {VINS[1]}", True),
    (f"Stock #:165548, VIN:{VINS[1].lower()}", True),
    ("2021 Ford F-150 (165548)", True),
    (f"165548\n{VINS[2]}\n{VINS[1]}", True),
    (f"165548\n{VINS[2]}", False),
    (f"165548A\n{VINS[1]}", False),
    (f"0165548\n{VINS[1]}", False),
    (f"16554\n8\n{VINS[1]}", False),
    (f"{VINS[1]}", False),
    ("", False),
    ("165548 INTERNATIVNALABCD", True),
    # What nobody sees may name it, and no other.
    (f"165548\0+{VINS[2]}/AAA=", True),
    (f"Stock\x00165548\0{VINS[1]}", True),
    (f"165548 {VINS[2]}\0{VINS[1]}", True),
    (f"165548 {VINS[2]}\0{VINS[3]}", False),
    (f"{VINS[1]}\0", False),
]


@pytest.mark.parametrize(("text", "names"), NAMES)
def test_a_page_names_a_vehicle_by_whole_reference_and_vin(text: str, names: bool) -> None:
    assert names_vehicle(text, ONE) is names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"{VINS[1]}", True),
        (f"Recently: {VINS[2]}\n{VINS[1]}", False),
        (f"{VINS[2]}", False),
        ("165548", True),
        ("", False),
        (f"{VINS[1]}\0+{VINS[2]}/AAA=", True),
        (f"Stock\0{VINS[1]}", True),
        (f"Stock\0{VINS[1]}+{VINS[2]}", False),
    ],
)
def test_unique_vin_suffices_on_a_page_without_a_reference(text: str, names: bool) -> None:
    assert names_vehicle(text, ONE, vin_tells=True) is names
    assert names_vehicle("165549", NO_VIN, vin_tells=True) is False


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"VIN\n{VINS[1]}\nComparable vehicles\n{VINS[2]} $9,000\n{VINS[3]}", True),
        (f"Vin #: {VINS[1].lower()}, others: {VINS[2]}", True),
        (f"{VINS[1]}\n{VINS[2]}", False),
        (f"VIN {VINS[2]}\nComparable vehicles\n{VINS[1]}", False),
        (f"{VINS[2]}\nComparable vehicles, by VIN:\n{VINS[1]}", False),
        (f"VIN {VINS[1]}\nVIN {VINS[2]}", False),
    ],
)
def test_vin_beside_those_of_comparable_vehicles_tells_by_its_label(text: str, names: bool) -> None:
    assert names_vehicle(text, ONE, vin_tells=True, lists_others=True) is names
    assert names_vehicle(text, ONE, vin_tells=True) is False


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("A  7", "Stock A\n7 of"),
        ("..", "Stock .. of"),
        ("a/b\\c:d", "Stock a/b\\c:d of"),
        ("(1+1)*", "Stock (1+1)* of"),
        ("\xe9\xe8", "Stock \xe9\xe8 of"),
    ],
)
def test_page_names_unusual_references(reference: str, text: str) -> None:
    assert names_vehicle(text, vehicle(reference)) is True
    assert names_vehicle("Stock of", vehicle(reference)) is False


def test_a_vehicle_without_vin_is_named_by_its_reference() -> None:
    assert names_vehicle(f"165548 {VINS[5]}", NO_VIN) is True


# login._refusal

FORM = """\
Values Online
One user, one open session. Signed in on another computer? Wait 20 minutes.
Password"""
"""What the page said before the login was sent."""

WAITS = [
    ("There is an active session. Try again in 5 minutes.", 300.0),
    ("Another session is open; wait 1 minute", 60.0),
    ("This user is already logged in. Wait 2.5 Minutes", 150.0),
    ("ALREADY SIGNED IN:\n try in 45 seconds", 45.0),
    ("An existing session was found", 300.0),
    ("an open session, wait five minutes", 300.0),
    pytest.param(
        "You have an\n active\t session",
        300.0,
    ),
    ("Another session is open: 1 minute 30 seconds", 90.0),
    ("Another session is open: 1 second", 1.0),
    ("Another session is open: wait 0 minutes", 0.0),
    ("Another session is open: wait 1000000 minutes", 6e7),
    ("Another session is open: wait \u0665 minutes", 300.0),
    (f"{FORM}\nThere is an active session.", 300.0),
]


@pytest.mark.parametrize(("message", "seconds"), WAITS)
def test_message_about_another_session_says_how_long_to_wait(message: str, seconds: float) -> None:
    refusal = _refusal(_new_words(message, FORM))
    assert isinstance(refusal, ActiveSession)
    assert refusal.wait_seconds == seconds
    assert str(refusal) == "The account has another live session"


REFUSED = [
    ("Wrong user name\n  or password. ", "Wrong user name or password."),
    ("Ung\xfcltig \u2013 \u8eca", "Ung\\xfcltig \\u2013 \\u8eca"),
    ("x" * 500, "x" * 200),
    (
        "Invalid password. You have no active session.",
        "Invalid password. You have no active session.",
    ),
    ("Incorrect login; an active session stays", "Incorrect login; an active session stays"),
    (f"{FORM}\nNot the right ones.", "Not the right ones."),
    pytest.param(
        f"  Not the right ones.  \n\n{FORM}",
        "Not the right ones.",
    ),
]


@pytest.mark.parametrize(("message", "shown"), REFUSED)
def test_refusal_is_shown_in_ascii(message: str, shown: str) -> None:
    refusal = _refusal(_new_words(message, FORM))
    assert type(refusal) is LoginRefused
    assert str(refusal) == f"The site refused the login, saying: {shown}"
    assert str(refusal).isascii()


def test_form_shown_again_without_a_message_is_a_silent_refusal() -> None:
    refusal = _refusal(_new_words(FORM, FORM))
    assert type(refusal) is LoginRefused
    assert refusal.is_silent
    assert str(refusal) == "The site showed the login again, without a word"
