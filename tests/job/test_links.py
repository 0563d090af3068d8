from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jdp_spider.job.links import LinkStore
from tests.support.factories import vehicle

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO, COPY = vehicle("1"), vehicle("2/\xe9\u2028"), vehicle("1", occurrence=2)
ALL = (ONE, TWO, COPY)
URL = "http://site/vehicle/1?a=b"
DAMAGED = "The list of links is damaged: the inventory is paged through again"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "links.jsonl"


def load(path: Path) -> LinkStore:
    links = LinkStore(path)
    links.load()
    return links


def write(path: Path, *, complete: bool = True) -> bytes:
    """A snapshot of two links: an address, and a script."""
    links = LinkStore(path)
    links.add(ONE, URL)
    links.add(TWO, None)
    if complete:
        links.mark_complete()
    return path.read_bytes()


def content(links: LinkStore) -> tuple[bool, list[str | None]]:
    return links.complete, [links.get(each)[0] for each in ALL]


def test_missing_link_file_is_empty(path: Path) -> None:
    assert (content(load(path)), path.exists()) == ((False, [None] * 3), False)


@pytest.mark.parametrize("complete", [True, False])
def test_links_are_read_back(complete: bool, path: Path) -> None:
    write(path, complete=complete)
    assert content(load(path)) == (complete, [URL, None, None])


def test_number_of_the_site_is_kept_and_may_be_missing(path: Path) -> None:
    links = LinkStore(path)
    links.add(ONE, URL, "7001")
    links.mark_complete()
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"key": COPY.key, "url": URL}) + "\n")
    assert [load(path).get(each) for each in ALL] == [(URL, "7001"), (None, ""), (URL, "")]


def test_spelling_of_the_site_is_kept(path: Path) -> None:
    links = LinkStore(path)
    links.add(ONE, URL, "7001", "001")
    links.add(TWO, URL)
    assert load(path).spellings == LinkStore.spellings_in(path) == {ONE.key: "001"}
    path.write_bytes(b"garbage")
    assert LinkStore.spellings_in(path) == {}
    assert path.exists()


def test_links_of_a_later_pagination_win(path: Path) -> None:
    write(path, complete=False)
    links = load(path)
    links.add(ONE, "http://site/new")
    links.add(COPY, URL)
    links.mark_complete()
    assert content(links) == content(load(path)) == (True, ["http://site/new", None, URL])


GARBAGE = [b"[" * 100_000, b'{"key": [], "url": null}', b'{"key": "1#1", "url": null, "id": 7}']
GARBAGE += [b"garbage", b"7", b"null", b"[]", b"{}", b'{"key": "1#1"}', b"\xff", b"\0" * 100, b""]


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_damaged_link_file_is_removed_and_rebuilt(
    garbage: bytes, place: int, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = write(path).splitlines()
    lines.insert(place, garbage)
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert content(load(path)) == (False, [None] * 3)
    assert (caplog.messages, path.exists()) == ([DAMAGED], False)
    write(path)
    assert content(load(path)) == (True, [URL, None, None])


def test_cut_last_line_costs_only_a_pagination(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = write(path, complete=False)
    path.write_bytes(data[:-9])
    assert content(load(path)) == (False, [None] * 3)
    write(path)
    assert content(load(path)) == (True, [URL, None, None])
    assert caplog.messages == [DAMAGED]


def test_link_file_without_its_last_line_is_not_complete(path: Path) -> None:
    data = write(path)
    path.write_bytes(b"\n".join(data.splitlines()[:-1]) + b"\n")
    assert content(load(path)) == (False, [URL, None, None])


@pytest.mark.parametrize("url", [7, [], {}, True, "", "vehicle/5", "javascript:void(0)"])
def test_invalid_address_counts_as_damage(url: object, path: Path) -> None:
    path.write_text(f"{json.dumps({'key': ONE.key, 'url': url})}\n" + '{"complete": true}\n')
    assert content(load(path)) == (False, [None] * 3)


def test_unwritable_link_costs_at_most_a_pagination(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir()
    snapshot = LinkStore(path)
    snapshot.add(ONE, URL)
    assert snapshot.get(ONE)[0] == URL
    assert "A link could not be kept for the next run" in caplog.text
