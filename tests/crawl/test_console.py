"""Standard streams that are closed, full or gone: what is done is done, and the status is right."""

from __future__ import annotations

import ast
import io
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from harness.crawl_process import make_crawl
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils import console
from tests.support.job_builder import JobFolder
from tests.support.marks import long

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.crawl_process import Crawl

    MakeCrawl = Callable[..., Crawl]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="A shell of POSIX closes the streams")

LOOK = """
import os, sys
import jdp_spider
with open(sys.argv[1], "w") as file:
    child = os.system("exec 3>>" + sys.argv[1] + " && echo to nobody >&2")
    print([file.fileno() > 2, child, sys.stdin.read(), print("x"), sys.stderr.isatty()], file=file)
"""


def shell(
    command: list[str], redirected: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with its streams redirected by a shell; what is left of its output."""
    return subprocess.run(
        ["/bin/sh", "-c", redirected.format(shlex.join(command))],
        cwd=PROJECT_FOLDER,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="ascii",
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize("closed", ["{} <&-", "{} >&-", "{} 2>&-", "{} <&- >&- 2>&-"])
def test_closed_stream_is_not_replaced_by_a_file_of_the_run(closed: str, tmp_path: Path) -> None:
    """Else what a child writes to its stderr is written into that file."""
    path = tmp_path / "own.txt"
    done = shell([sys.executable, "-c", LOOK, str(path)], closed)
    assert done.returncode == 0
    assert ast.literal_eval(path.read_text(encoding="ascii")) == [True, 0, "", None, False]


@pytest.mark.parametrize("unbuffered", ["", long("1")])
@pytest.mark.parametrize(
    ("redirected", "told"),
    [
        (
            "{} >/dev/full",
            "The output cannot be written (No space left on device): not all is shown\n",
        ),
        ("{} 2>/dev/full", None),
        ("{} <&- >&- 2>&-", ""),
        ("exec 3>&1; ({}; echo $? >&3) | true", "3\n"),
    ],
)
def test_exit_status_does_not_depend_on_the_console(
    redirected: str, told: str | None, unbuffered: str, tmp_path: Path
) -> None:
    folder = JobFolder(tmp_path / "11-23-2026", 4)
    folder.run(4, failing=0)
    command = [sys.executable, "-m", "scrapy", "verify", str(folder.path)]
    done = shell(command, redirected, PYTHONUNBUFFERED=unbuffered)
    if "|" not in redirected:
        # These PDFs are none.
        assert done.returncode == ExitStatus.SOME_FAILED
    assert done.stdout == told if told is not None else "4 PDFs read, 4 wrong" in done.stdout


def test_nonblocking_pipe_gets_all_output() -> None:
    """Playwright's driver can set a pipe so that it shares with us."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    raw = os.fdopen(writing, "wb", buffering=0)
    stream = io.BufferedWriter(console._LenientWriter(raw))
    reader = io.FileIO(reading)
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.append(reader.readall()))
    stream.write(b"x" * 65_536)
    stream.flush()
    thread.start()
    stream.write(b"y" * 200_000)
    stream.flush()
    raw.close()
    thread.join()
    reader.close()
    assert found == [b"x" * 65_536 + b"y" * 200_000]


@pytest.mark.browser
@pytest.mark.crawl
@pytest.mark.parametrize("redirected", [long("{} 2>&-"), "{} <&- >&- 2>&-", long("{} 2>/dev/full")])
def test_crawl_without_a_console_saves_every_vehicle(redirected: str, tmp_path: Path) -> None:
    with running_demo(DemoOptions(vehicles=4)) as site:
        done = make_crawl(site, tmp_path)
        done.status = shell(done.command, redirected, **done.environment).returncode
    assert done.status == ExitStatus.COMPLETE
    done.assert_right(site)
    journal = (done.folder / "run_data" / "journal.jsonl").read_text(encoding="utf-8")
    assert [line[0] for line in journal.splitlines()] == ["{"] * 4


@pytest.mark.browser
@pytest.mark.crawl
def test_closing_the_terminal_ends_the_run_with_a_logout(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=30, latency="fast")) as site:
        done = crawl(site)
        process = done.start()
        while sum(site.log.reports.values()) < 3:
            assert process.poll() is None
            time.sleep(0.05)
        for _ in range(2):
            # The kernel's, and the shell's.
            os.killpg(process.pid, signal.SIGHUP)
            time.sleep(0.1)
        done.finish(process)
    assert done.status == ExitStatus.INTERRUPTED
    assert (site.log.logins, site.log.logouts) == (1, 1)
    assert "jdp/vehicle_count/not_attempted/interrupted" in done.stats
    assert "This run had no JOBDIR, so it cannot be resumed" in done.output
    # The signal has reached the driver, too.
    assert "driver has died" not in (done.folder / "run_data" / "run.log").read_text("utf-8")


@pytest.mark.browser
@pytest.mark.crawl
def test_ctrl_c_during_the_logout_lets_it_come_to_its_end(crawl: MakeCrawl) -> None:
    slow = Fault("logout", "slow", rate=1.0, seconds=6)
    with running_demo(DemoOptions(vehicles=2, faults=(slow,))) as site:
        done = crawl(site, JDP_REPORT_PAGE="true")
        process = done.start()
        logs = done.downloads
        while not any("Closing spider" in log.read_text("utf-8") for log in logs.rglob("run.log")):
            assert process.poll() is None
            time.sleep(0.05)
        assert site.log.logouts == 0
        process.send_signal(signal.SIGINT)
        done.finish(process)
    assert done.status == ExitStatus.COMPLETE
    assert (site.log.logins, site.log.logouts, site.log.live_sessions) == (1, 1, 0)
    done.assert_right(site)
    assert (done.folder / "report.html").is_file()
    said = (done.folder / "run_data" / "run.log").read_text("utf-8")
    assert said.count("Making report.html") == 1
    assert said.index("Logged out") < said.index("Making report.html")
