"""Names that are not in UTF-8, as folders of old systems have them: bytes to Linux."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import playwright
import pytest

from harness.crawl_process import make_crawl
from jdp_spider.browser.launch import BrowserNotFound, find_browser
from jdp_spider.browser.temporary import TemporaryFolder
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.config.options import OPTIONS
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.job.folder import JobError
from jdp_spider.job.job import Job
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils.files import append_line, is_utf8, write_json
from jdp_spider.utils.loading import read_json
from tests.support.factories import config
from tests.support.marks import long

if TYPE_CHECKING:
    from pathlib import Path

NAME = os.fsdecode(b"caf\xe9") if os.name != "nt" else ""
ACCOUNTS = """
folder = "groups"
[[account]]
name = "north"
user = "{}"
password = "env:NORTH_PASS"
base_url = "{}"
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="macOS and Windows have no names but in Unicode"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / NAME
    place.mkdir()
    return place


def test_json_with_a_name_outside_utf8_is_valid(place: Path) -> None:
    write_json(place / "job.json", {"folder": NAME, "other": "caf\xe9"})
    data = (place / "job.json").read_bytes()
    assert (data.decode("utf-8"), read_json(place / "job.json", names_files=True)) == (
        '{\n  "folder": "caf\\udce9",\n  "other": "caf\xe9"\n}\n',
        {"folder": NAME, "other": "caf\xe9"},
    )
    append_line(place / "line", NAME)
    assert (place / "line").read_text(encoding="utf-8") == "caf\\udce9\n"


def test_job_in_a_folder_outside_utf8_is_resumed(place: Path) -> None:
    for resumed in (False, True):
        job = Job(config(download_folder=place / "downloads"), str(place / "job"), "account")
        job.open()
        job.close()
        assert (job.folder.resumed, job.paths.folder.parent) == (resumed, place / "downloads")


def test_name_that_the_system_cannot_encode_is_an_error(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where job.json was written with another LANG."""
    job = Job(config(download_folder=place), None, "account")

    def find() -> None:
        "caf\xe9".encode("ascii")

    monkeypatch.setattr(job.folder, "open_or_create", find)
    with pytest.raises(JobError, match=r"system's encoding \(ascii\): set LANG=C\.UTF-8"):
        job.open()


def test_temporary_folder_of_the_browser_is_utf8(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(place))
    temporary = TemporaryFolder()
    temporary.remove()
    assert is_utf8(str(temporary.path))


def test_driver_in_a_folder_outside_utf8_is_an_error(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playwright, "__file__", str(place / "playwright" / "__init__.py"))
    with pytest.raises(BrowserNotFound, match=r"Move the program to another folder.* bootstrap"):
        find_browser()


@pytest.mark.parametrize("name", ["JD_USER", "JD_PASS"])
def test_login_outside_utf8_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(ValueError, match="must be in UTF-8") as caught:
        OPTIONS[name].parse(NAME)
    assert "caf" not in str(caught.value)


@pytest.mark.browser
@pytest.mark.crawl
@pytest.mark.parametrize(
    "environment",
    [
        long({}, id="utf-8"),
        pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="ascii"),
    ],
)
def test_crawl_completes_with_all_names_outside_utf8(
    place: Path, environment: dict[str, str]
) -> None:
    own = place / "own.env"
    own.write_text("CONCURRENT_CONTEXTS=2\n", encoding="ascii")
    settings = {
        **environment,
        "JDP_ENV_FILE": str(own),
        "JDP_STATE_FOLDER": str(place / "state"),
        "JDP_REPORT_PAGE": "true",
        "TMPDIR": str(place),
    }
    with running_demo(DemoOptions(vehicles=3)) as site:
        for number in (1, 2):
            done = make_crawl(site, place, **settings).run("-s", f"JOBDIR={place / 'job'}")
            assert done.status == ExitStatus.COMPLETE, done.output
            assert f"{number} to do" not in done.output
    done.assert_right(site)
    assert site.log.logins == 1
    assert done.stats["jdp/concurrent_contexts"] == "2"
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert 'href="pdfs/165548.pdf"' in page
    for name in ("report", "verify"):
        again = make_crawl(site, place, **environment)
        again.name, again.arguments = (name,), [str(done.folder)]
        assert again.run().status == ExitStatus.COMPLETE, again.output


@pytest.mark.browser
@pytest.mark.crawl
@pytest.mark.long
def test_group_file_name_may_be_outside_utf8(place: Path) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        path = place / f"{NAME}.toml"
        path.write_text(ACCOUNTS.format(site.options.user, site.base_url), encoding="ascii")
        done = make_crawl(site, place, NORTH_PASS=site.options.password)
        done.name, done.arguments = ("crawlgroup",), [str(path)]
        assert done.run().status == ExitStatus.COMPLETE, done.output
    assert len(list(place.glob("groups/*/north/*/pdfs/*.pdf"))) == 3
    (index,) = place.glob("groups/*/index.html")
    assert "report.html" in index.read_text(encoding="utf-8")


@pytest.mark.browser
@pytest.mark.crawl
def test_project_folder_may_be_outside_utf8(place: Path, tmp_path: Path) -> None:
    for name in ("jdp_spider", "scrapy.cfg"):
        subprocess.run(["cp", "-r", PROJECT_FOLDER / name, place], check=True)
    with running_demo(DemoOptions(vehicles=3)) as site:
        crawl = make_crawl(site, tmp_path, DOWNLOAD_FOLDER="downloads", JDP_REPORT_PAGE="true")
        done = subprocess.run(
            [*crawl.command, "-s", "JOBDIR=crawls/1"],
            cwd=place,
            env=crawl.environment,
            capture_output=True,
            check=False,
        )
    assert done.returncode == ExitStatus.COMPLETE, done.stderr
    assert len(list(place.glob("downloads/*/pdfs/*.pdf"))) == 3
    assert len(list(place.glob("downloads/*/report.html"))) == 1
