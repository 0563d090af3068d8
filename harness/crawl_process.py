"""Real `scrapy crawl jdpower` processes against a demo site, and the files they leave."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.process_tree import kill
from jdp_spider.config.dotenv import ENV_FILE, PROJECT_FOLDER
from jdp_spider.config.options import OPTIONS
from jdp_spider.pdf.verification import verify_bookout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.demo_process import DemoProcess
    from jdp_spider.demo.site import DemoSite

LIMIT_S = 240
"""How long one crawl of a test may take before it counts as hung."""


def start(
    command: list[str],
    environment: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[str]:
    """Start a command with its output in a pipe, in a process group of its own."""
    return subprocess.Popen(
        command,
        cwd=PROJECT_FOLDER,
        env=environment,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="ascii",
        start_new_session=True,
    )


def finish(
    process: subprocess.Popen[str], limit_s: float | None = LIMIT_S, typed: str | None = None
) -> tuple[int, str]:
    """Wait for a command, killing it if it hangs. Return its exit status and output.

    `typed` is written to its standard input first, where that is a pipe.
    """
    with process:
        try:
            output = process.communicate(typed, timeout=limit_s)[0]
        except subprocess.TimeoutExpired:
            kill(process)
            output = f"HUNG after {limit_s} s\n{process.communicate()[0]}"
    return process.returncode, output


@dataclass
class Crawl:
    """One `scrapy crawl jdpower`, or another command: how to start it, and the files it left."""

    workdir: Path
    environment: dict[str, str]
    arguments: list[str] = field(default_factory=list)
    name: tuple[str, ...] = ("crawl", "jdpower")
    status: int = -1
    output: str = ""

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "scrapy", *self.name, *self.arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command with its output in a pipe, in a process group of its own."""
        return start([*self.command, *arguments], self.environment)

    def finish(self, process: subprocess.Popen[str], limit_s: float | None = LIMIT_S) -> Crawl:
        """Wait for the end, and keep the complete output and the exit status."""
        self.status, self.output = finish(process, limit_s)
        return self

    def run(self, *arguments: str) -> Crawl:
        """Run the command to its end."""
        return self.finish(self.start(*arguments))

    @property
    def downloads(self) -> Path:
        return self.workdir / "downloads"

    @property
    def folder(self) -> Path:
        """Return the only run folder."""
        (folder,) = (path for path in self.downloads.iterdir() if path.is_dir())
        return folder

    @property
    def pdfs(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.folder / "pdfs").iterdir()}

    def run_data(self, name: str) -> Any:
        return json.loads((self.folder / "run_data" / name).read_text(encoding="utf-8"))

    @property
    def stats(self) -> dict[str, Any]:
        """Return the dumped stats whose values are numbers or words."""
        found = re.findall(r"'([\w/.-]+)': ([\d.]+|'\w+')[,}]", self.output)
        return {name: value.strip("'") for name, value in found}

    def assert_right(self, site: DemoSite, count: int | None = None) -> None:
        """Assert that each file in tracking.json is its own vehicle's bookout, `count` in all."""
        files = {row["file"]: row for row in self.run_data("metrics.json")["vehicles"]}
        known = {(vehicle.reference, vehicle.vin) for vehicle in site.vehicles}
        assert set(self.pdfs) == set(files) - {None}
        for name, pdf in self.pdfs.items():
            row = files[name]
            assert (row["reference"], row["vin"]) in known
            verify_bookout(pdf, row["reference"], row["vin"])
        assert len(self.pdfs) == (len(known) if count is None else count)


def make_crawl(site: DemoSite | DemoProcess, workdir: Path, **settings: str) -> Crawl:
    """Return a crawl of `site`, ready to run, with all its files below `workdir`."""
    own = {name: value for name, value in os.environ.items() if name not in OPTIONS}
    environment = {
        **own,
        ENV_FILE: os.devnull,
        # Where the state of an account is kept on Linux.
        "XDG_STATE_HOME": str(workdir / "state"),
        "JD_USER": site.options.user,
        "JD_PASS": site.options.password,
        "JD_BASE_URL": site.base_url,
        "DOWNLOAD_FOLDER": str(workdir / "downloads"),
        # It costs more than a small crawl: tests that are about it ask for it.
        "JDP_REPORT_PAGE": "false",
        "JDP_KEEP_AWAKE": "false",
        **settings,
    }
    return Crawl(workdir, environment)
