"""The real command on a terminal: what people see."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from tests.support.marks import long
from tests.support.terminal import screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.crawl_process import Crawl

    MakeCrawl = Callable[..., Crawl]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.crawl,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals"),
]

COLUMNS = 200


class OnTerminal:
    """A run of the command on a terminal of its own."""

    def __init__(self, crawl: Crawl, *arguments: str) -> None:
        import fcntl
        import pty
        import termios

        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scrapy", "crawl", "jdpower", *arguments],
            cwd=PROJECT_FOLDER,
            env=crawl.environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._written = b""
        self._seen = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._ours, 4096)
            except OSError:
                # Linux: nobody has the terminal open any more.
                part = b""
            with self._seen:
                self._written += part
                self._seen.notify()
            if not part:
                return

    @property
    def written(self) -> str:
        return self._written.decode("ascii")

    def wait_for(self, text: str) -> None:
        with self._seen:
            assert self._seen.wait_for(lambda: text in self.written, timeout=60), self.written

    def interrupt(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> list[str]:
        """What the terminal shows in the end."""
        self.process.wait(timeout=120)
        self._reader.join()
        os.close(self._ours)
        return screen(self.written)


def test_successful_run_prints_one_screen_and_logs_the_rest(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=12, latency="fast")) as site:
        made = crawl(site, TERM="xterm")
        terminal = OnTerminal(made)
        terminal.wait_for(" of 12 saved |#")
        lines = terminal.end()
    table = next(n for n, line in enumerate(lines) if line == "Vehicles in the inventory  12")
    assert lines[table + 1 : table + 5] == [
        "  saved                    12",
        "  already there            0",
        "  failed                   0",
        "  not attempted            0",
    ]
    assert lines[-1] == "Every vehicle of the inventory has its report."
    # No bar is left over, and no stats.
    assert [line for line in lines if "|" in line or "jdp/" in line] == []
    assert len(lines) < 24
    log = (made.folder / "run_data" / "run.log").read_text("utf-8")
    assert "'jdp/succeeded': 12" in log
    assert "\x1b" not in log
    assert "\x1b[32m  saved                    12\x1b[0m" in terminal.written
    assert f"\x1b]8;;{(made.folder / 'pdfs').as_uri()}\x1b\\" in terminal.written
    assert terminal.written.index("\x1b]0;0 of 12 saved\x07") < terminal.written.rindex(
        "\x1b]0;\x07"
    )
    assert " of 12 saved, 0 failed" not in terminal.written


def test_debug_level_shows_everything(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=3)) as site:
        lines = OnTerminal(crawl(site), "-L", "DEBUG").end()
    assert [line for line in lines if "'jdp/succeeded': 3" in line] != []
    assert [line for line in lines if "[Context=context-1] Request: <GET" in line] != []
    assert [line for line in lines if " saved |" in line] == []


def test_log_lines_of_failures_are_not_broken_by_the_bar(crawl: MakeCrawl) -> None:
    broken = Fault("report", "cut", references=("165548", "165548A"), times=None)
    with running_demo(DemoOptions(vehicles=12, latency="fast", faults=(broken,))) as site:
        made = crawl(site)
        lines = OnTerminal(made).end()
    log = (made.folder / "run_data" / "run.log").read_text("utf-8").splitlines()
    failed = [line.partition("] ")[2] for line in log if "WARNING [jdp_spider.spiders" in line]
    assert len(failed) == 2
    assert [line.partition("WARNING: ")[2] for line in lines if "WARNING" in line] == failed


def test_ctrl_c_while_the_report_is_written_loses_nothing(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=2)) as site:
        made = crawl(site, JDP_REPORT_PAGE="true")
        terminal = OnTerminal(made)
        terminal.wait_for("Making report.html ...")
        terminal.interrupt()
        lines = terminal.end()
    assert "Send again to force" not in terminal.written
    assert terminal.process.returncode == 0
    assert (made.folder / "report.html").is_file()
    assert lines[-1] == "Every vehicle of the inventory has its report."


@pytest.mark.parametrize("times", [long(1), 2])
def test_ctrl_c_restores_the_terminal(times: int, crawl: MakeCrawl) -> None:
    # Whatever comes first: some vehicles are still at work when it is pressed again.
    hang = Fault("report", "hang", rate=0.3, seconds=20 if times == 2 else 5)
    with running_demo(DemoOptions(vehicles=30, latency="fast", faults=(hang,))) as site:
        terminal = OnTerminal(crawl(site))
        terminal.wait_for(" of 30 saved |#")
        for time in ("Please wait.", "SIGINT twice")[:times]:
            terminal.interrupt()
            terminal.wait_for(time)
        lines = terminal.end()
    assert terminal.process.returncode == 130
    assert [line for line in lines if "saved |" in line or "Please wait" in line] == []
    assert "Send again to force" not in terminal.written
    if times == 1:
        assert "Logged out" in terminal.written.partition("Please wait.")[2]
    ends = {
        1: "This run had no JOBDIR, so it cannot be resumed",
        2: "Left at once: run the same command again to go on.",
    }
    assert lines[-1].startswith(ends[times])
