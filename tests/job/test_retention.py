from __future__ import annotations

import os
import shutil
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.job import retention as retention_module
from jdp_spider.job.locks import AlreadyRunning, RunLock
from jdp_spider.job.packed import NotPacked, pack, unpacked
from jdp_spider.job.retention import Retention, candidates
from jdp_spider.job.run_folders import find_runs
from jdp_spider.reasons import CloseReason
from tests.support.run_folders import contents, make_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEFORE = date(2026, 11, 1)
OLD = "10-01-2026"


def stays(parent: Path, *, packing: bool = False) -> dict[str, str]:
    return {each.run.path.name: each.stays for each in candidates(parent, BEFORE, packing=packing)}


def remove(parent: Path, *, packing: bool, jobs: tuple[Path, ...] = ()) -> dict[str, str]:
    """Remove or pack what may go. Return what was said of each."""
    going = [each.run for each in candidates(parent, BEFORE, packing=packing) if not each.stays]
    with Retention(parent, jobs) as retention:
        return {run.name: retention.remove(run, packing=packing) for run in going}


def names(parent: Path) -> set[str]:
    return {path.name for path in parent.iterdir()} - {"prune.lock"}


def test_only_old_runs_of_finished_jobs_are_removed(tmp_path: Path) -> None:
    make_run(tmp_path, "11-20-2026")
    make_run(tmp_path, OLD)
    make_run(tmp_path, "10-01-2026 (2)", failed=2)
    make_run(tmp_path, "10-02-2026", left=1)
    make_run(tmp_path, "10-03-2026", "site_changed", failed=1)
    killed = make_run(tmp_path, "10-04-2026")
    (killed / "run_data" / "metrics.json").unlink()
    make_run(tmp_path, "mine")
    assert stays(tmp_path) == {
        OLD: "",
        "10-01-2026 (2)": "",
        "10-02-2026": "its job is not over",
        "10-03-2026": "its job is not over",
        "10-04-2026": "its job is not over",
    }


def test_newest_good_run_is_kept_at_any_age(tmp_path: Path) -> None:
    make_run(tmp_path, "09-01-2026")
    make_run(tmp_path, OLD)
    make_run(tmp_path, "10-02-2026", failed=1)
    make_run(tmp_path, "11-20-2026", "site_unreachable", left=4)
    good = "the newest good run"
    assert stays(tmp_path) == {"09-01-2026": "", OLD: good, "10-02-2026": good}


@pytest.mark.parametrize("packing", [True, False])
def test_old_run_is_removed_or_packed_and_nothing_else_changes(
    packing: bool, tmp_path: Path
) -> None:
    kept, old = make_run(tmp_path, "11-20-2026"), make_run(tmp_path, OLD)
    before, packed = contents(kept), contents(old)
    assert remove(tmp_path, packing=packing) == {OLD: ""}
    assert names(tmp_path) == {"11-20-2026", *([f"{OLD}.zip"] if packing else [])}
    assert contents(kept) == before
    if packing:
        with unpacked(tmp_path / f"{OLD}.zip") as again:
            assert contents(again) == packed


def test_a_packed_run_keeps_its_figures_and_may_be_removed_later(tmp_path: Path) -> None:
    make_run(tmp_path, "11-20-2026")
    make_run(tmp_path, OLD, failed=3)
    remove(tmp_path, packing=True)
    packed = find_runs(tmp_path)[1]
    assert (packed.is_packed, packed.figures.failed, packed.figures.total) == (True, 3, 10)
    assert stays(tmp_path, packing=True) == {}
    assert remove(tmp_path, packing=False) == {OLD: ""}
    assert names(tmp_path) == {"11-20-2026"}


def killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


KILLS = {
    "while the zip is written": "jdp_spider.job.packed.is_copy",
    "after the zip": "jdp_spider.job.retention.replace",
    "while the folder is removed": "jdp_spider.job.retention.shutil.rmtree",
}


@pytest.mark.parametrize("where", KILLS.values(), ids=KILLS)
def test_killed_removal_loses_nothing_and_is_completed_later(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path, "11-20-2026")
    packed = contents(make_run(tmp_path, OLD))
    with monkeypatch.context() as patched:
        patched.setattr(where, killed)
        # A kill removes no file that is being written.
        patched.setattr("jdp_spider.job.packed.Path.unlink", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            remove(tmp_path, packing=True)
    left = [path for path in tmp_path.iterdir() if path.is_dir() and OLD in path.name]
    assert [contents(path) for path in left] == [packed]
    with Retention(tmp_path, []):
        pass
    remove(tmp_path, packing=True)
    assert names(tmp_path) == {"11-20-2026", f"{OLD}.zip"}
    with unpacked(tmp_path / f"{OLD}.zip") as again:
        assert contents(again) == packed


def test_half_removed_folder_is_removed_later(tmp_path: Path) -> None:
    make_run(tmp_path, "11-20-2026")
    make_run(tmp_path, OLD).rename(tmp_path / f"{OLD}.removed")
    (tmp_path / "mine.removed").mkdir()
    with Retention(tmp_path, []):
        pass
    assert names(tmp_path) == {"11-20-2026", "mine.removed"}


def test_run_of_a_job_in_use_is_kept(tmp_path: Path) -> None:
    downloads, jobs = tmp_path / "downloads", tmp_path / "crawls"
    make_run(downloads, "11-20-2026")
    make_run(downloads, OLD, jobdir=jobs / "night")
    lock = RunLock(jobs / "night" / "job.lock", "job", CloseReason.JOB_IN_USE)
    lock.acquire()
    assert remove(downloads, packing=True, jobs=(jobs,)) == {OLD: "its job is in use"}
    lock.release()
    assert remove(downloads, packing=True, jobs=(jobs,)) == {OLD: ""}


def test_concurrent_removals_exclude_each_other(tmp_path: Path) -> None:
    with (
        Retention(tmp_path, []),
        pytest.raises(AlreadyRunning, match="Another run holds this removal of old runs"),
        Retention(tmp_path, []),
    ):
        pass


def test_unpacked_run_that_differs_from_its_zip_is_kept(tmp_path: Path) -> None:
    make_run(tmp_path, "11-20-2026")
    old = make_run(tmp_path, OLD)
    shutil.copytree(old, tmp_path / "copy")
    remove(tmp_path, packing=True)
    (tmp_path / "copy").rename(old)
    (old / "pdfs" / "165600.pdf").write_bytes(b"new")
    assert remove(tmp_path, packing=True) == {
        OLD: f"{OLD}.zip is there already, and differs: remove one of the two"
    }
    assert (old / "pdfs" / "165600.pdf").is_file()


def no_space(*_: Any) -> None:
    raise OSError(28, "No space left on device")


TROUBLE: dict[str, tuple[Callable[..., None], str]] = {
    "full disk": (no_space, "No space left on device"),
    "a link": (lambda *_: (_ for _ in ()).throw(NotPacked("it contains a link")), "a link"),
}


@pytest.mark.parametrize(("trouble", "said"), TROUBLE.values(), ids=TROUBLE)
def test_run_that_cannot_be_packed_is_kept_and_the_others_are_packed(
    trouble: Callable[..., None], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("11-20-2026", OLD, "10-02-2026"):
        make_run(tmp_path, name)
    monkeypatch.setattr(
        retention_module, "pack", lambda path: (trouble if path.name == OLD else pack)(path)
    )
    found = remove(tmp_path, packing=True)
    assert said in found.pop(OLD)
    assert found == {"10-02-2026": ""}
    assert names(tmp_path) == {"11-20-2026", OLD, "10-02-2026.zip"}


@pytest.mark.skipif(os.name == "nt", reason="Windows wants a right for links")
def test_linked_folder_is_kept(tmp_path: Path) -> None:
    make_run(tmp_path, "11-20-2026")
    make_run(tmp_path / "elsewhere", "run")
    (tmp_path / OLD).symlink_to(tmp_path / "elsewhere" / "run")
    assert stays(tmp_path) == {OLD: "its folder is a link"}
