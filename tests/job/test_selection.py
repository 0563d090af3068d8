from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.job.selection import Selection, SelectionError, read_refs
from tests.support.factories import vehicle

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("165548", {"165548"}),
        ("165548,165600", {"165548", "165600"}),
        (" 165548 , A  7 ,,165548", {"165548", "A 7"}),
        ("\xe9/\\..", {"\xe9/\\.."}),
    ],
)
def test_references_are_separated_by_commas(text: str, refs: set[str]) -> None:
    assert read_refs(text) == refs


@pytest.mark.parametrize("text", ["165548\r\nA 7\r\n\r\n", "\ufeff165548, A 7", "165548\nA 7"])
def test_references_are_read_from_a_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "my list.txt").write_bytes(text.encode())
    assert read_refs(f"@{tmp_path / 'my list.txt'}") == {"165548", "A 7"}


def test_reference_as_the_site_spells_it_selects_a_vehicle() -> None:
    changed, other = vehicle("165548.00"), vehicle("2")
    spellings = {changed.key: "165548"}
    selection = Selection(
        frozenset({"165548", "9"}), lambda each: spellings.get(each.key, each.reference)
    )
    assert [selection.holds(each) for each in (changed, other)] == [True, False]
    assert selection.unknown([changed, other]) == ["9"]


@pytest.mark.parametrize("text", ["", " , ", "@/no/such/list.txt"])
def test_empty_list_is_refused_with_advice(text: str) -> None:
    with pytest.raises(SelectionError, match="refs"):
        read_refs(text)


@pytest.mark.parametrize("text", ["@~nosuchuser/x", "@/dev/zero", "@/", "@a\0b", "@" + "x" * 9999])
def test_unusable_list_file_is_refused(text: str) -> None:
    with pytest.raises(SelectionError, match="The list behind refs=@ cannot be used: "):
        read_refs(text)


@pytest.mark.parametrize(
    "text",
    [
        "165548;\r\nA 7;\r\n",
        "165548\tA 7",
        '"165548"\n"A 7"',
        '="165548"\nA 7',
        "165548\rA 7\r",
        "Reference Number\n165548\nA 7\n",
        "VIN;Reference Number\n;165548\n;A 7\n;\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_lists_exported_from_spreadsheets_are_read(
    text: str, encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_bytes(text.encode(encoding))
    assert read_refs(f"@{tmp_path / 'list.txt'}") == {"165548", "A 7"}


def test_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(SelectionError, match="is a document of Excel, Word or the like"):
        read_refs(f"@{tmp_path / 'list.csv'}")


ONE, COPY, OTHER = vehicle(" 1 "), vehicle("1", occurrence=2), vehicle("11")


def test_reference_selects_every_vehicle_that_has_it() -> None:
    chosen = Selection(frozenset({"1", "9"}))
    assert [v for v in (ONE, COPY, OTHER) if chosen.holds(v)] == [ONE, COPY]
    assert (chosen.unknown([ONE, COPY, OTHER]), chosen.is_all) == (["9"], False)


def test_without_references_every_vehicle_is_selected() -> None:
    everything = Selection(None)
    assert (everything.holds(OTHER), everything.unknown([]), everything.is_all) == (True, [], True)
