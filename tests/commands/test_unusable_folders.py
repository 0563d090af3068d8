"""Folders that cannot be used end the command with a sentence, and leave nothing behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from scrapy.settings import Settings

from harness.crawl_process import make_crawl
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.sources import jobdir
from jdp_spider.demo.options import DemoOptions
from jdp_spider.job.locks import RunLock
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils.files import make_folder

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other such paths")
linux = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has /proc")

LONG = "x" * 300
USED = [
    ("a\0b", "no name of a file or folder holds NUL"),
    (LONG, "File name too long"),
    ("~nosuchuser/x", "Could not determine home directory."),
    ("file/x", "Not a directory"),
    ("loop/x", "Too many levels of symbolic links"),
]
OTHERS = ["file", "loop", "dangling"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a file and links that lead nowhere, as the current one."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "file").touch()
    (place / "loop").symlink_to(place / "loop")
    (place / "dangling").symlink_to(place / "nothing")
    return place


@posix
@pytest.mark.parametrize("name", ["DOWNLOAD_FOLDER", "JDP_STATE_FOLDER"])
@pytest.mark.parametrize(
    ("given", "told"),
    [(g, f"that can be used ({why})") for g, why in USED]
    + [(given, "not a file or a broken link") for given in OTHERS],
)
def test_error_says_why_the_folder_cannot_be_used(
    name: str, given: str, told: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    join = ", " if told.startswith("not") else " "
    with pytest.raises(ValueError, match="must name a folder") as caught:
        OPTIONS[name].parse(given)
    assert str(caught.value) == f"must name a folder{join}{told}"
    with pytest.raises(ConfigError, match="JOBDIR must name a folder"):
        jobdir(Settings({"JOBDIR": given}))


@pytest.mark.parametrize(("given", "found"), [("", None), (" ", None), (None, None), ("~", "~")])
def test_jobdir_is_parsed_like_other_folders(given: str | None, found: str | None) -> None:
    read = jobdir(Settings({"JOBDIR": given}))
    assert (read and str(read)) == (found and os.path.expanduser(found))  # noqa: PTH111


@posix
def test_failed_creation_leaves_no_parent_folders(place: Path) -> None:
    before = sorted(place.iterdir())
    with pytest.raises(OSError, match="File name too long"):
        make_folder(place / "new" / "newer" / LONG)
    assert sorted(place.iterdir()) == before


@linux
def test_lock_that_cannot_be_created_is_not_reported_as_in_use() -> None:
    with pytest.raises(OSError, match=r"job\.lock"):
        RunLock(Path("/proc/1/job.lock"), "job", "job_in_use").acquire()


@posix
@pytest.mark.crawl
@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("JOBDIR=/proc/1", "/proc/1/job.lock: "),
        ("JOBDIR=/dev/null", "JOBDIR must name a folder, not a file or a broken link"),
        (f"JOBDIR=new/{LONG}", "JOBDIR cannot be used (File name too long), got 'new/xxx"),
        ("JOBDIR=~nosuchuser/x", "(Could not determine home directory.), got '~nosuchuser/x'"),
        ("DOWNLOAD_FOLDER=/proc/1", "/proc/1/"),
        ("JDP_STATE_FOLDER=/proc/1", "set JDP_STATE_FOLDER to one that you may write to"),
    ],
)
def test_unusable_folder_is_a_usage_error(setting: str, told: str, tmp_path: Path) -> None:
    if "/proc" in setting and sys.platform != "linux":
        pytest.skip("Only Linux has /proc")

    class Nowhere:
        options = DemoOptions()
        base_url = "http://127.0.0.1:9/ValuesOnline/"

    done = make_crawl(Nowhere(), tmp_path / "work").run("-s", setting)  # type: ignore[arg-type]
    assert done.status == ExitStatus.USAGE, done.output
    assert told in done.output
    assert "Traceback" not in done.output
    left = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert [path.name for path in left if path.suffix != ".lock"] == []
