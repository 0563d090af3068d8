from __future__ import annotations

import pytest

from jdp_spider.repair.barred import barred_word, makes_report
from jdp_spider.repair.elements import Looks
from jdp_spider.repair.words import WORDS


@pytest.mark.parametrize(
    "text",
    [
        "Print/Email Reports", "Save as PDF", "Print or save report", "Create PDF",
        "View the report", "Download bookout report", "Open PDF", "Reports...",
        "print & email reports",
    ],
)  # fmt: skip
def test_buttons_that_make_a_bookout_may_be_clicked(text: str) -> None:
    assert makes_report(text)
    assert barred_word(Looks(tag="button", text=text, id="btnSavePdf")) == ""


@pytest.mark.parametrize(
    ("looks", "word"),
    [
        (Looks(text="Email this report"), "email"),
        (Looks(text="Save changes"), "save"),
        (Looks(text="Add to cart"), "add"),
        (Looks(text="Send Report"), "send"),
        (Looks(text="Print and send report"), "send"),
        (Looks(text="E-mail PDF"), "e mail"),
        (Looks(text="Open", title="Delete this vehicle"), "delete"),
        (Looks(text="OK", icon="trash.svg"), "trash"),
        (Looks(text="Go", address="/ValuesOnline/Cart/Add/#"), "cart"),
        (Looks(text="Create PDF", address="/orders/buy"), "buy"),
        (Looks(text="Go", script="deleteVehicle(#)"), "delete"),
        (Looks(text="Go", id="btnSaveVehicle"), "save"),
        (Looks(icon="fa fa-envelope"), "envelope"),
        (Looks(label="Remove from list"), "remove"),
        (Looks(text="Recalculate all values"), "recalculate"),
        (Looks(text="All", id="recalcall"), "recalc"),
        (Looks(text="Apply"), "apply"),
        (Looks(text="Clear all values"), "clear"),
        (Looks(text="Go", id="btndelete"), "delete"),
        (Looks(text="Go", classes=("btn", "deletevehicle")), "delete"),
        (Looks(text="Go", name="sendemail2"), "send"),
        (Looks(text="Go", id="lnksave"), "save"),
        (Looks(icon="trashcan.png"), "trash"),
        (Looks(text="Go", classes=("icon-trash",)), "trash"),
        (Looks(text="Supprimer"), "supprimer"),
        (Looks(text="Eliminar veh\xedculo"), "eliminar"),
        (Looks(text="L\xf6schen"), "loschen"),
        (Looks(text="Mettre \xe0 jour"), "mettre a jour"),
        (Looks(text="Print Report", acts=("/vehicle/open?action=delete&id=7",)), "delete"),
        (Looks(text="OK", acts=("confirm('ok') && removeVehicle(7)",)), "remove"),
    ],
)
def test_buttons_that_could_change_data_are_barred(looks: Looks, word: str) -> None:
    assert barred_word(looks) == word


def test_script_link_is_not_barred_as_such() -> None:
    looks = Looks(tag="a", title="Bookout", address="javascript:void(0);", script="openBookOut(#)")
    assert barred_word(looks) == ""


def test_an_id_that_contains_a_word_by_chance_is_not_barred() -> None:
    assert barred_word(Looks(text="Sign in", id="addressForm_saveable")) == ""
    assert barred_word(Looks(text="Reports", id="ctl00_UpdatePanel1_printbutton")) == ""
    assert barred_word(Looks(text="All", classes=("input-group-addon",))) == ""


@pytest.mark.parametrize(
    ("name", "text", "is_barred"),
    [
        ("filter_on", "Remove filter", False),
        ("filter_on", "Remove vehicle", True),
        ("filter_on", "Delete list", True),
        ("filter_on", "Delete", True),
        ("filter_on", "Remove", True),
        ("filter_on", "Clear all", False),
        ("filter_on", "Clear all values", True),
        ("licence", "Accept and continue", False),
        ("bookout", "Accept", True),
        ("log_in", "Submit", False),
        ("reports", "Submit", True),
    ],
)
def test_word_harmless_for_a_selector_is_allowed_for_it(
    name: str, text: str, is_barred: bool
) -> None:
    assert bool(barred_word(Looks(text=text), plain=WORDS[name].plain)) == is_barred
