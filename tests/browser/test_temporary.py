from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from jdp_spider.browser.temporary import TemporaryFolder, remove_leftovers

NAMES = ("TMPDIR", "TEMP", "TMP")
OLD = 1_000_000_000


@pytest.fixture(autouse=True)
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder."""
    path = tmp_path / "tmp"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


def left_over(system: Path, name: str, *, old: bool = True, is_run: bool = True) -> Path:
    """A folder as a killed run leaves it."""
    folder = system / name
    (folder / "playwright-artifacts-1").mkdir(parents=True)
    (folder / "playwright-artifacts-1" / "file").touch()
    if is_run:
        (folder / "run.lock").touch()
    if old:
        os.utime(folder, (OLD, OLD))
    return folder


def age(folder: TemporaryFolder) -> TemporaryFolder:
    os.utime(folder.path, (OLD, OLD))
    return folder


def test_remove_deletes_the_folder_and_its_contents(system: Path) -> None:
    folder = TemporaryFolder()
    assert (folder.path.parent, folder.path.name.startswith("jdp_spider-")) == (system, True)
    (folder.path / "a" / "b").mkdir(parents=True)
    (folder.path / "a" / "file").touch()
    folder.remove()
    folder.remove()
    assert list(system.iterdir()) == []


@pytest.mark.parametrize("before", [None, "", "/elsewhere"])
@pytest.mark.parametrize("fails", [False, True])
def test_the_environment_is_restored(
    before: str | None, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    if before is not None:
        monkeypatch.setenv("TEMP", before)
    environment, folder = dict(os.environ), TemporaryFolder()
    try:
        with folder.in_environment():
            seen = [os.environ[name] for name in NAMES]
            assert not fails
    except AssertionError:
        pass
    assert (seen, dict(os.environ)) == ([str(folder.path)] * 3, environment)
    folder.remove()


def test_folders_of_killed_runs_are_removed(system: Path) -> None:
    for name in ("jdp_spider-1", "jdp_spider-2"):
        left_over(system, name)
    assert (remove_leftovers(), list(system.iterdir()), remove_leftovers()) == (2, [], 0)


def test_folder_that_no_run_has_locked_is_kept(system: Path) -> None:
    """It may be the program itself, unpacked there, with everything it has downloaded."""
    folder = left_over(system, "jdp_spider-main", is_run=False)
    assert (remove_leftovers(), len(list(folder.iterdir()))) == (0, 1)


def test_the_folder_of_a_live_run_is_kept() -> None:
    folder = age(TemporaryFolder())
    assert (remove_leftovers(), folder.path.is_dir()) == (0, True)
    folder.remove()


def test_recent_folder_is_kept(system: Path) -> None:
    """Its run may be just about to lock it."""
    folder = left_over(system, "jdp_spider-1", old=False)
    assert (remove_leftovers(), folder.is_dir()) == (0, True)


@pytest.mark.parametrize("name", ["other-1", "playwright-1", "jdp_spider", "x-jdp_spider-1"])
def test_folders_of_other_programs_are_kept(name: str, system: Path) -> None:
    folder = left_over(system, name)
    assert (remove_leftovers(), (folder / "playwright-artifacts-1").is_dir()) == (0, True)


def test_folder_of_another_user_is_kept(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, is_file = left_over(system, "jdp_spider-1"), Path.is_file
    left_over(system, "jdp_spider-2")

    def refuse(path: Path) -> bool:
        if path.parent == other:
            raise PermissionError(13, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    assert (remove_leftovers(), list(system.iterdir())) == (1, [other])


def test_file_with_the_name_of_a_folder_is_ignored(system: Path) -> None:
    (system / "jdp_spider-0").touch()
    os.utime(system / "jdp_spider-0", (OLD, OLD))
    left_over(system, "jdp_spider-1")
    assert remove_leftovers() == 1
    assert [path.name for path in system.iterdir()] == ["jdp_spider-0"]
