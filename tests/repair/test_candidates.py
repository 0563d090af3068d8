from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jdp_spider.pages.site import PURPOSES
from jdp_spider.repair.candidates import candidates, rate, said
from jdp_spider.repair.elements import Element, Looks, words_of
from jdp_spider.repair.reporting import mark_of
from jdp_spider.repair.similarity import similarity
from jdp_spider.repair.words import WORDS

KNOWN = Looks(
    tag="button", id="createPdfButton", classes=("button",), type="button", text="Create PDF",
    parents=("div.dialogButtons", "div#reportDialogContent"), siblings=("button#emailButton",),
    place=(900, 300),
)  # fmt: skip


def element(text: str = "", **more: Any) -> Element:
    places = {name: more.pop(name) for name in ("region", "entry", "sends") if name in more}
    looks = Looks(**{"tag": "button", "text": text, **more})
    return Element(looks, (f"text:{text}",), usable=True, **places)


@pytest.mark.parametrize(
    ("name", "texts", "best"),
    [
        ("reports", ("Window Sticker", "Email this report", "Reports", "Save changes"), "Reports"),
        ("create_pdf", ("Close", "Email PDF", "Generate PDF", "Window Sticker"), "Generate PDF"),
        ("export_csv", ("Excel", "PDF", "Comma separated"), "Comma separated"),
        ("export_all_columns", ("Current Columns", "All Fields"), "All Fields"),
        ("log_out", ("Settings", "Sign Out", "Delete account"), "Sign Out"),
        ("log_out", ("Leave the group", "Exit"), "Exit"),
        ("filter_on", ("Save Filter", "Show all", "Delete Saved Filter"), "Show all"),
    ],
)
def test_best_candidate_is_chosen_by_its_words(
    name: str, texts: tuple[str, ...], best: str
) -> None:
    found = candidates(name, [element(text) for text in texts])
    assert [each.element.looks.text for each in found][:1] == [best]


def test_barred_elements_are_returned_only_on_request() -> None:
    elements = [element("Print / Email"), element("Save changes", classes=("reportButton",))]
    assert candidates("reports", elements) == []
    (found,) = candidates("reports", elements, barred=True)
    assert found.selector == "text:Print / Email"


@pytest.mark.parametrize(("parent", "count"), [("div.filterBar", 1), ("div.card", 0)])
def test_a_cross_takes_off_a_filter_only_in_a_part_of_a_filter(parent: str, count: int) -> None:
    assert len(candidates("filter_on", [element("x", parents=(parent,))])) == count


def test_disabled_elements_rank_last_and_are_never_typed_into() -> None:
    off, on = element("Create PDF"), element("Open PDF")
    found = candidates("create_pdf", [replace(off, off=True), on])
    assert [each.selector for each in found] == ["text:Open PDF", "text:Create PDF"]
    field = Element(Looks(tag="input", type="text", label="Stock Number"), ("#stock",), off=True)
    assert candidates("search", [field]) == []


def test_fingerprint_finds_an_element_without_known_words() -> None:
    same = {"id": "b17", "classes": ("button",), "type": "button"}
    around = {"parents": KNOWN.parents, "siblings": KNOWN.siblings, "place": (890, 300)}
    elements = [element("Los", **same, **around), element("Weiter", parents=("main",))]
    assert candidates("create_pdf", elements) == []
    (found,) = candidates("create_pdf", elements, KNOWN)
    assert found.element.looks.text == "Los"
    assert found.likeness > 0.5


def test_fingerprint_does_not_allow_a_barred_button() -> None:
    twin = Looks(**{**KNOWN.__dict__, "text": "Email this report"})
    assert candidates("create_pdf", [Element(twin, ("#x",))], KNOWN) == []


def test_similarity_is_one_for_equal_and_zero_for_empty_elements() -> None:
    assert similarity(KNOWN, KNOWN) == 1
    assert similarity(KNOWN, Looks(tag="input", type="password", id="pwd")) < 0.2
    assert similarity(Looks(), Looks()) == 0


def test_only_a_password_field_is_a_candidate_for_the_password() -> None:
    field = Element(Looks(tag="input", type="password", id="x"), ("#x",), entry=True)
    text = Element(Looks(tag="input", type="text", id="password"), ("#p",), entry=True)
    found = candidates("password", [text, field], Looks(tag="input", type="password", id="x"))
    assert [each.selector for each in found] == ["#x"]


def test_submit_button_is_a_candidate_only_where_a_form_may_be_sent() -> None:
    assert candidates("reports", [element("Print Reports", sends=True)]) == []
    assert candidates("log_in", [element("Log On", sends=True, entry=True)]) != []


def test_words_against_an_element_outweigh_its_id() -> None:
    looks = Looks(tag="span", id="export_csv_1", text="PDF")
    assert said("export_csv", looks) == -1
    assert rate("export_csv", looks)[0] < 0


def test_damaged_fingerprints_are_read() -> None:
    damaged: Any = {"tag": 5, "classes": "x", "parents": [1, "div"], "place": ["a"], "more": 1}
    assert Looks.of(damaged) == Looks(parents=("div",))
    assert Looks.of(None) == Looks()
    assert Looks.of(KNOWN.as_json()) == KNOWN
    assert "acts" not in Looks(tag="a", acts=("save()",)).as_json()


def test_identifiers_are_split_into_words() -> None:
    assert words_of("btnSignIn_2") == "btn sign in 2"
    assert words_of("/ValuesOnline/Home/Logout") == "values online home logout"


def test_every_name_with_words_is_a_selector() -> None:
    assert set(WORDS) <= set(PURPOSES)


@pytest.mark.parametrize(
    ("url", "mark"),
    [
        ("http://site/V/Report/MakePdf?id=4000107", "MakePdf"),
        ("http://site/V/Print/4000107/Bookout", "Bookout"),
        ("http://site/4000107", ""),
    ],
)
def test_mark_of_a_bookout_is_the_common_part_of_all_addresses(url: str, mark: str) -> None:
    assert mark_of(url) == mark
