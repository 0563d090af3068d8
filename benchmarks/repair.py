"""Repairs of a site that has changed, by `scrapy doctor --repair`, on many seeds of the demo site.

A row for each kind of change: how many were repaired, how many wrong things were tried and noticed,
clicks, seconds. What must never happen is counted apart.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from playwright.async_api import async_playwright
from scrapy.utils.project import get_project_settings

from harness.shared_browser import SharedBrowser
from jdp_spider.browser.launch import find_browser, launch_options
from jdp_spider.config.dotenv import ENV_FILE
from jdp_spider.config.selector_edit import SelectorEdit
from jdp_spider.config.selector_overrides import FILE_NAME
from jdp_spider.demo.changes import draw
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.doctor import environment
from jdp_spider.doctor.context import DoctorContext
from jdp_spider.doctor.request import Repair
from jdp_spider.doctor.run import run_checks
from jdp_spider.job.events import EventLog
from jdp_spider.reasons import ExitStatus
from jdp_spider.session.account import Account, account_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Browser

    from jdp_spider.demo.site import DemoSite

REDESIGN = 8
"""Things that have changed at once."""
_VEHICLES = 6
_AT_ONCE = 3
"""Repairs at a time: most of each is waiting until a page is quiet."""


@dataclass
class Outcome:
    """One repair, and what the site saw of it."""

    seed: int
    changed: str
    """What had changed, and how."""
    repaired: bool = False
    seconds: float = 0.0
    events: Counter[str] = field(default_factory=Counter)
    forbidden: int = 0
    refused: int = 0
    logins: int = 0
    problem: str = ""

    def __str__(self) -> str:
        mark = "repaired" if self.repaired else f"NOT REPAIRED: {self.problem}"
        return f"seed {self.seed}, {self.changed}: {mark}"


@contextmanager
def apart(browser: Browser) -> Iterator[None]:
    """Keep settings and selectors.toml of this computer's user out of it, and share the browser."""
    with tempfile.TemporaryDirectory(prefix="repair-") as name:
        (Path(name) / ".env").touch(0o600)
        with (
            patch.dict(os.environ, {ENV_FILE: str(Path(name) / ".env")}),
            patch.object(environment, "BrowserProvider", lambda _: SharedBrowser(browser)),
        ):
            yield


async def repair_one(options: DemoOptions, fingerprints: dict[str, Any] | None = None) -> Outcome:
    """Let the doctor repair one site. `fingerprints` are those of an earlier good run."""
    made = draw(options.changed_seed, options.changes).of
    changed = ", ".join(f"{each.name} ({each.kind})" for each in made)
    outcome = Outcome(options.changed_seed or 0, changed)
    with running_demo(options) as site, tempfile.TemporaryDirectory(prefix="repair-") as folder:
        if fingerprints:
            _keep(Path(folder), site, fingerprints)
        started = time.monotonic()
        said, status = await _visit(site, outcome, Path(folder))
        outcome.seconds = time.monotonic() - started
        outcome.repaired = status == ExitStatus.COMPLETE and bool(site.log.reports)
        outcome.problem = "" if outcome.repaired else _failure(said)
        outcome.forbidden = site.log.forbidden_clicks.total()
        outcome.refused = site.log.refused_logins.total()
        outcome.logins = site.log.logins
    return outcome


async def _visit(site: DemoSite, outcome: Outcome, folder: Path) -> tuple[list[str], int]:
    settings = get_project_settings()
    own = {
        "JD_USER": site.options.user,
        "JD_PASS": site.options.password,
        "JD_BASE_URL": site.base_url,
        "JDP_STATE_FOLDER": str(folder / "state"),
        "DOWNLOAD_FOLDER": str(folder / "downloads"),
    }
    settings.setdict(own, priority="cmdline")
    said: list[str] = []

    class Counting(EventLog):
        def write(self, kind: str, *_: Any, **__: Any) -> None:
            outcome.events[kind] += 1

    async def yes(_: str) -> bool:
        return True

    doctor = DoctorContext(settings, said.append, events=Counting(folder / "events.jsonl"))
    doctor.repair = Repair(yes, edit=SelectorEdit(folder / FILE_NAME))
    return said, await run_checks(doctor)


def _keep(folder: Path, site: DemoSite, fingerprints: dict[str, Any]) -> None:
    account = folder / "state" / account_id(site.options.user, site.base_url)
    account.mkdir(parents=True)
    (account / Account.FINGERPRINTS).write_text(json.dumps(fingerprints), encoding="utf-8")


def _failure(said: list[str]) -> str:
    lines = [" ".join(line.split()) for line in said if line.startswith("FAIL")]
    return lines[0][:200] if lines else "no failure was told"


async def collect_fingerprints(folder: Path) -> dict[str, Any]:
    """Return what the things of the unchanged site look like, as a real crawl has kept them."""
    from harness.crawl_process import make_crawl

    with running_demo(DemoOptions(vehicles=3)) as site:
        crawl = make_crawl(site, folder, JDP_STATE_FOLDER=str(folder / "state"))
        await asyncio.to_thread(crawl.run)
    (kept,) = (folder / "state").rglob(Account.FINGERPRINTS)
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def repair(seeds: int, first: int, *, quiet: bool = False) -> int:
    """Print the table for so many seeds. Return 1 if something happened that never must."""
    return asyncio.run(_repair(range(first, first + seeds), quiet=quiet))


async def _repair(seeds: range, *, quiet: bool) -> int:
    print(_row("changes", "repaired", "wrong tries", "clicks", "seconds", "longest", "bad"))
    bad = 0
    with tempfile.TemporaryDirectory(prefix="known-") as folder:
        fingerprints = await collect_fingerprints(Path(folder))
    async with async_playwright() as playwright:
        options = launch_options(find_browser(), headless=True, block_images=False)
        browser = await playwright.chromium.launch(**options)
        with apart(browser):
            for known in (None, fingerprints):
                for changes in (1, REDESIGN):
                    name = f"{changes} at once{', fingerprints' if known else ''}"
                    bad += _print(name, await _all(seeds, changes, known, quiet=quiet))
        await browser.close()
    return int(bad > 0)


async def _all(
    seeds: range, changes: int, known: dict[str, Any] | None, *, quiet: bool
) -> list[Outcome]:
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(seed: int) -> Outcome:
        async with turn:
            site = DemoOptions(vehicles=_VEHICLES, changed_seed=seed, changes=changes)
            outcome = await repair_one(site, known)
        if not (quiet or outcome.repaired):
            print(f"  {outcome}", flush=True)
        return outcome

    return await asyncio.gather(*map(one, seeds))


def _print(name: str, outcomes: list[Outcome]) -> int:
    """Print a row. Return how often something happened that never must."""
    bad = sum(each.forbidden + each.refused + max(each.logins - 1, 0) for each in outcomes)
    number = len(outcomes)
    repaired = sum(each.repaired for each in outcomes)
    tries = sum(each.events["rejected"] for each in outcomes)
    clicks = sum(each.events["click"] for each in outcomes)
    seconds = [each.seconds for each in outcomes]
    cells = (
        f"{repaired} of {number}", str(tries), f"{clicks / number:.1f}",
        f"{sum(seconds) / number:.0f}", f"{max(seconds):.0f}", str(bad),
    )  # fmt: skip
    print(_row(name, *cells), flush=True)
    return bad


def _row(*cells: str) -> str:
    return f"{cells[0]:<26}" + "".join(f"{cell:>13}" for cell in cells[1:])
