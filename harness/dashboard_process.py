"""The dashboard's own process in a project folder of its own, and a tab of a browser on it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.config.options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

LIMIT_MS = 90_000


class DashboardProcess:
    """`python -m jdp_spider.dashboard` for a folder, which can be killed and started again."""

    def __init__(self, folder: Path, base_url: str, **settings: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "scrapy.cfg").write_bytes((PROJECT_FOLDER / "scrapy.cfg").read_bytes())
        known = {
            "JD_BASE_URL": base_url,
            "JDP_STATE_FOLDER": str(folder / "state"),
            "JDP_REPORT_PAGE": "false",
            "JDP_KEEP_AWAKE": "false",
            **settings,
        }
        lines = [f"{name}={value}" for name, value in known.items()]
        (folder / ".env").write_text("\n".join(["# A comment", *lines, ""]))
        self.process: subprocess.Popen[str] | None = None
        self.opener = Path()

    def start(self) -> None:
        """Start it, and find out which file opens the page."""
        environment = {name: value for name, value in os.environ.items() if name not in OPTIONS}
        environment |= {"PYTHONPATH": str(PROJECT_FOLDER), "PYTHONPYCACHEPREFIX": ""}
        # No keyring of whoever runs the tests.
        environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jdp_spider.dashboard", "--no-browser"],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            encoding="ascii",
        )
        assert self.process.stdout is not None
        self.opener = Path(self.process.stdout.readline().strip().partition(": ")[2])

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()

    def open(self, context: BrowserContext) -> Page:
        """Open the page in a new tab."""
        page = context.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.goto(self.opener.as_uri())
        page.locator("#sentence").wait_for()
        return page


@contextmanager
def dashboard(folder: Path, base_url: str, **settings: str) -> Iterator[DashboardProcess]:
    """Serve the page while the block runs."""
    found = DashboardProcess(folder, base_url, **settings)
    found.start()
    try:
        yield found
    finally:
        found.kill()
