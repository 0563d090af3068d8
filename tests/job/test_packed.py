from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.job import packed as packed_module
from jdp_spider.job.packed import NotPacked, is_copy, pack, read_member, unpacked
from jdp_spider.utils.loading import Damaged, LoadError
from tests.support.run_folders import contents, make_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = make_run(tmp_path, "11-23-2026 (2)")
    (path / "pdfs" / "2%2F%C3%A9 \xe9.pdf").write_bytes(os.urandom(100_000))
    return path


def test_packed_folder_is_unpacked_unchanged(folder: Path) -> None:
    with unpacked(pack(folder)) as again:
        assert (again.name, contents(again)) == (folder.name, contents(folder))
        assert (again / "run_data" / "snapshots").is_dir()
    assert not again.exists()
    assert [path.name for path in folder.parent.iterdir() if path.suffix == ".part"] == []


def test_zip_that_differs_from_the_folder_is_not_a_copy(folder: Path) -> None:
    packed = pack(folder)
    assert is_copy(packed, folder)
    (folder / "new.txt").write_text("x", "utf-8")
    assert not is_copy(packed, folder)
    (folder / "new.txt").unlink()
    (folder / "report.html").write_text("changed", "utf-8")
    assert not is_copy(packed, folder)


def test_zip_that_was_written_wrongly_is_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_module, "is_copy", lambda *_: False)
    before = contents(folder.parent)
    with pytest.raises(NotPacked, match="what was written differs from the folder"):
        pack(folder)
    assert contents(folder.parent) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows wants a right for links")
def test_a_link_is_not_packed(folder: Path, tmp_path: Path) -> None:
    (folder / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(NotPacked, match="a link"):
        pack(folder)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def write(names: dict[str, bytes]) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as made:
            for name, data in names.items():
                made.writestr(name, data)

    return replace


HARM: dict[str, tuple[Callable[[Path], Any], str]] = {
    "truncated": (truncate, "is damaged"),
    "a byte changed": (flip, "is damaged"),
    "empty": (lambda path: path.write_bytes(b""), "is damaged"),
    "of something else": (write({"a.txt": b"a"}), "contains no run"),
    "leads elsewhere": (write({"11-23-2026 (2)/../run_data/x": b"a"}), "contains no run"),
}


@pytest.mark.parametrize(("harm", "problem"), HARM.values(), ids=HARM.keys())
def test_unreadable_zip_is_a_load_error(
    harm: Callable[[Path], Any], problem: str, folder: Path
) -> None:
    packed = pack(folder)
    harm(packed)
    with pytest.raises(Damaged, match=problem), unpacked(packed):
        pass


def test_members_are_read_up_to_a_limit(folder: Path) -> None:
    packed, name = pack(folder), f"{folder.name}/report.html"
    assert read_member(packed, name, 6) == b"report"
    assert read_member(packed, name, 3, start=True) == b"rep"
    assert read_member(packed, "none", 6) == b""
    with pytest.raises(Damaged, match="too large"):
        read_member(packed, name, 5)
    with pytest.raises(LoadError, match="cannot be read"):
        read_member(folder, name, 5)
