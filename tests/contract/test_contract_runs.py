"""What real runs print and leave behind. A test for each run: crawls are dear."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.commands import (
    account,
    demo_site,
    environment,
    finish,
    many,
    scrapy,
    start,
    wait_for,
)
from tests.contract.left import keys, left_by_runs, lines, printed, read, run_data, to_ascii, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Golden = Callable[[str, Any], None]

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

LOGGED_OUT = re.compile(r"^\d\d:\d\d:\d\d INFO: Logged out$", re.MULTILINE)
"""Other programs read this line."""
FAULTS = (
    # Before the vehicles begin, so that each of them meets the same faults in every run.
    "inventory:status-429:1:1",
    "inventory:session-ends:1:1",
    "report:no-text:0.3:1",
    "report:cut:0.4:always",
    "vehicle:status-500:0.3:1",
)
ROW = ("reference", "outcome", "reason", "attempts", "file", "verified")
SET = {
    # Else it depends on chance which vehicle is tried once more, alone.
    "CONCURRENT_CONTEXTS": "1",
    "JDP_ACCEPT_UNVERIFIED": "true",
    "JDP_FAILURES_IN_A_ROW": "1000",
    "JDP_RETRIES": "1",
}
ACCOUNTS = """
at_once = 2
folder = "runs"
nightly = "0 22 * * *"
[defaults]
base_url = "{site}"
password = "env:DEMO_PASS"
[defaults.settings]
CONCURRENT_CONTEXTS = 2
JDP_REPORT_PAGE = false
[[account]]
name = "north"
user = "demo"
[[account]]
name = "south"
user = "demo-2"
password = "env:NOT_THERE"
base_url = "{site}"
[account.settings]
JDP_REPORT_PAGE = true
"""


def machine_clock() -> float:
    """Return the clock that leases are counted by: docs/scaling.md."""
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@pytest.mark.long
def test_files_of_a_run_with_faults_are_unchanged(golden: Golden, tmp_path: Path) -> None:
    inventory = ("--vehicles", "14", "--nasty-references", "--page-size", "5")
    faults = [part for fault in FAULTS for part in ("--fault", fault)]
    with demo_site(*inventory, "--without-link", "165548A", *faults) as site:
        places = account(site, tmp_path, **SET)
        table = str(tmp_path / "vehicles.csv")
        done = scrapy("crawl", "jdpower", "-O", table, environment=places)
    (folder,) = (tmp_path / "downloads").iterdir()
    logged = (folder / "run_data" / "run.log").read_text(encoding="utf-8")
    derived = re.findall(r"'(CONCURRENT_REQUESTS\w*|\w+_TIMEOUT|RETRY_TIMES)': ([\d.]+)", logged)
    settings = lines(folder / "run_data" / "events.jsonl")[0]["settings"]
    rows = read(folder / "run_data" / "metrics.json")["vehicles"]
    golden("run_with_faults.json", {
        **printed(done),
        **run_data(folder / "run_data"),
        "derived settings": dict(derived),
        "files": left_by_runs(tmp_path),
        "settings": {n: v if n in SET or n not in places else "..." for n, v in settings.items()},
        "vehicles": sorted(" | ".join(str(row[name]) for name in ROW) for row in rows),
        "vehicles.csv": (tmp_path / "vehicles.csv").read_bytes().partition(b"\r\n")[0].decode(),
    })  # fmt: skip


def test_files_of_a_resumed_job_are_unchanged(golden: Golden, tmp_path: Path) -> None:
    """By a program that runs it among others, with a lease; then verified and reported on."""
    job = ("crawl", "jdpower", "-s", f"JOBDIR={tmp_path / 'job'}")
    with demo_site("--vehicles", "8", "--latency", "fast") as site:
        places = account(site, tmp_path, CONCURRENT_CONTEXTS="2")
        process = start("scrapy", *job, environment={**places, "JDP_PARENT": "leased 7"})
        assert process.stdin is not None
        process.stdin.write(f"until {machine_clock() + 400} {machine_clock() + 500}\n")
        process.stdin.flush()
        wait_for(lambda: list(tmp_path.glob("downloads/*/pdfs/*.pdf")), process)
        at_work = {**keys(tmp_path, "*.holder.json"), **keys(tmp_path, "session.json")}
        files_at_work = tree(tmp_path / "state") + tree(tmp_path / "job")
        lease = read(tmp_path / "job" / "job.holder.json")["lease"]
        stopped = finish(process, "end\n")
        watched = start("scrapy", *job, environment={**places, "JDP_PARENT": "watched"})
        # Until then its input stays open, as that of a parent that has nothing to say.
        (events,) = tmp_path.glob("downloads/*/run_data/events.jsonl")
        wait_for(lambda: events.read_text(encoding="utf-8").count("run_ended") == 2, watched)
        resumed = finish(watched)
    assert LOGGED_OUT.search(stopped.output)
    (folder,) = (tmp_path / "downloads").iterdir()
    (folder / "pdfs" / "165548.pdf").write_bytes(b"%PDF-cut")
    repair = ("verify", "--repair", str(folder))
    done = many([["report", str(folder)], ["verify", str(folder)], repair])
    marked = lines(folder / "run_data" / "journal.jsonl")[-1]
    golden("resumed_job.json", {
        "files at work": at_work,
        "lease": lease,
        "stopped": {**printed(stopped), "state": files_at_work},
        "resumed": {**printed(resumed), **run_data(folder / "run_data")},
        **keys(tmp_path, "job.json"),
        "nearby": to_ascii(read(tmp_path / "job" / "job.json")["nearby"]),
        "files": left_by_runs(tmp_path),
        "report, verify, verify --repair": [each.status for each in done],
        "marked": [marked["key"], marked["outcome"], marked["reason"]],
    })  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="the state of accounts is kept elsewhere")
def test_files_of_a_group_are_unchanged(golden: Golden, tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    places = environment(DEMO_PASS="demo-password", XDG_STATE_HOME=str(tmp_path / "state"))
    with demo_site("--vehicles", "3", "--accounts", "2") as site:
        path.write_text(ACCOUNTS.format(site=site), encoding="ascii")
        done = scrapy("crawlgroup", str(path), environment=places)
    (run,) = (tmp_path / "runs").iterdir()
    rows = done.output.partition("Account ")[2].partition("\n\n")[0].splitlines()
    ends = {name: read(run / name / "outcome.json")["status"] for name in ("north", "south")}
    golden("group.json", {
        "status": done.status,
        "table": [re.sub(r"( \d+ (s|min|h))+$", " TIME", " ".join(row.split())) for row in rows],
        "files": left_by_runs(tmp_path),
        **keys(run, "run.json"),
        **keys(run / "north", "outcome.json"),
        "statuses": ends,
    })  # fmt: skip


def test_checks_of_the_doctor_are_unchanged(golden: Golden, tmp_path: Path) -> None:
    with demo_site("--vehicles", "6", "--page-size", "5") as site:
        done = scrapy("doctor", environment=account(site, tmp_path))
    checks = re.findall(r"^([A-Z]+) +(\w+) ", done.output, re.MULTILINE)
    golden("doctor.json", {"status": done.status, "checks": [" ".join(each) for each in checks]})
