"""`scrapy demo`: the real crawl against a demo site on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jdp_spider.config.credentials import environment_without_secrets
from jdp_spider.config.dotenv import ENV_FILE, PROJECT_FOLDER
from jdp_spider.config.options import OPTIONS
from jdp_spider.demo.options import LATENCIES, DemoOptions
from jdp_spider.reasons import ExitStatus
from jdp_spider.report.process import REPORT
from jdp_spider.utils.commands import ProjectCommand, refused
from jdp_spider.utils.process import new_group
from jdp_spider.utils.terminal import decorate

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

_READY = "Demo site ready: "
_DOWNLOADS = "demo-downloads"
_CONTEXTS = 5


class Command(ProjectCommand):
    """Starts the demo site as a process of its own and crawls it as a user would."""

    usage = "[--vehicles N] [--latency NAME]"
    summary = "Download the reports of a demo inventory, from a demo site on this machine"
    details = ". Example: scrapy demo --vehicles 20 --latency fast"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--vehicles", type=int, default=40, help="vehicles in the inventory (default: 40)"
        )
        parser.add_argument(
            "--latency",
            choices=sorted(LATENCIES),
            default="fast",
            help="how slow the site is (default: fast)",
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if not 1 <= opts.vehicles <= 100_000:
            raise refused("--vehicles must be from 1 to 100000")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with the crawl's own status, or 1 if the demo site does not start."""
        with _demo_site(opts.vehicles, opts.latency) as address:
            if not address:
                print("The demo site did not start: see the lines above.", file=sys.stderr)
                self.exitcode = ExitStatus.UNEXPECTED
                return
            print(f"The demo site runs at {address}", flush=True)
            self.exitcode = _crawl(address, opts.set)
        lines, links = _closing_lines(self.exitcode)
        print(decorate(lines, sys.stdout, links), flush=True)


@contextmanager
def _demo_site(vehicles: int, latency: str) -> Iterator[str]:
    """Run the demo site and yield its address, or "" if it did not start.

    It ends with this process at the latest: when nothing holds its standard input any more.
    """
    command = [sys.executable, "-m", "jdp_spider.demo", "--exit-with-stdin"]
    command += ["--vehicles", str(vehicles), "--latency", latency]
    environment = environment_without_secrets()
    with subprocess.Popen(
        command,
        cwd=PROJECT_FOLDER,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="ascii",
        # Ctrl-C is for the crawl, which still has to log out at the site.
        **new_group(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = (line for line in process.stdout if line.startswith(_READY))
        yield next(ready, "").removeprefix(_READY).strip()
        process.stdin.close()


def _crawl(address: str, settings: list[str]) -> int:
    options = DemoOptions()
    own = {name: value for name, value in os.environ.items() if name not in OPTIONS}
    environment = {
        **own,
        # The demo is the same for everybody: .env is for the real site.
        ENV_FILE: os.devnull,
        "JD_USER": options.user,
        "JD_PASS": options.password,
        "JD_BASE_URL": address,
        "CONCURRENT_CONTEXTS": str(_CONTEXTS),
        "DOWNLOAD_FOLDER": _DOWNLOADS,
        "JDP_PROGRESS_INTERVAL": "5",
    }
    crawl = [sys.executable, "-m", "scrapy", "crawl", "jdpower"]
    crawl += [word for setting in settings for word in ("-s", setting)]
    if sys.platform == "win32":
        # Ctrl-Break would end this process and the site, before the crawl has logged out there.
        signal.signal(signal.SIGBREAK, signal.default_int_handler)
    with subprocess.Popen(crawl, cwd=PROJECT_FOLDER, env=environment) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The crawl got the Ctrl-C too, and ends in its own time.
                continue


def _closing_lines(status: int) -> tuple[str, dict[str, Path]]:
    """Return the last lines, and the files that they name."""
    folders = sorted((PROJECT_FOLDER / _DOWNLOADS).glob("*/"), key=_age)
    if not folders:
        return f"The demo ended with status {status}: see the lines above.", {}
    words = "The demo is complete." if status == 0 else f"The demo ended with status {status}."
    paths = folders[-1] / "pdfs", folders[-1] / REPORT
    links = {str(path): path for path in paths}
    return f"{words}\nThe PDFs:   {paths[0]}\nThe report: {paths[1]}", links


def _age(path: Path) -> float:
    return path.stat().st_mtime
