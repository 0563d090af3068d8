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
def test_references_with_commas_in_between(text: str, refs: set[str]) -> None:
    assert read_refs(text) == refs


@pytest.mark.parametrize("text", ["165548\r\nA 7\r\n\r\n", "\ufeff165548, A 7", "165548\nA 7"])
def test_references_in_a_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "my list.txt").write_bytes(text.encode())
    assert read_refs(f"@{tmp_path / 'my list.txt'}") == {"165548", "A 7"}


@pytest.mark.parametrize("text", ["", " , ", "@/no/such/list.txt"])
def test_what_names_nothing_says_what_to_do(text: str) -> None:
    with pytest.raises(SelectionError, match="refs"):
        read_refs(text)


@pytest.mark.parametrize("text", ["@~nosuchuser/x", "@/dev/zero", "@/", "@a\0b", "@" + "x" * 9999])
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(SelectionError, match="The list behind refs=@ cannot be used: "):
        read_refs(text)


def test_a_file_in_another_encoding_says_so(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes("165548\n".encode("utf-16"))
    with pytest.raises(SelectionError, match="is no UTF-8 text"):
        read_refs(f"@{tmp_path / 'list.txt'}")


ONE, COPY, OTHER = vehicle(" 1 "), vehicle("1", occurrence=2), vehicle("11")


def test_every_vehicle_with_the_reference_is_meant() -> None:
    chosen = Selection(frozenset({"1", "9"}))
    assert [v for v in (ONE, COPY, OTHER) if chosen.holds(v)] == [ONE, COPY]
    assert (chosen.unknown([ONE, COPY, OTHER]), chosen.is_all) == (["9"], False)


def test_without_references_all_are_meant() -> None:
    everything = Selection(None)
    assert (everything.holds(OTHER), everything.unknown([]), everything.is_all) == (True, [], True)
