"""What bookkeeping costs: recording one vehicle, all files included, and loading many."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.config import Config
from jdp_spider.job import Job
from jdp_spider.tracking import Journal

if TYPE_CHECKING:
    from jdp_spider.vehicles import Vehicle

_SIZES = (100, 1_000, 10_000, 100_000)
_RECORDED = 2_000
"""At most so many vehicles are recorded: enough for the files that are written now and then."""


def books() -> int:
    """Print milliseconds to record one vehicle, and seconds to load all, by number of vehicles."""
    print(f"{'vehicles':>10} {'record one, ms':>16} {'load all, s':>12}")
    for size in _SIZES:
        with tempfile.TemporaryDirectory() as folder:
            job = _job(Path(folder), size)
            recorded = _record(job, job.vehicles[:_RECORDED])
            print(f"{size:>10,} {recorded:>16.3f} {_load(job, size):>12.2f}", flush=True)
    return 0


def _job(folder: Path, size: int) -> Job:
    """A job with so many vehicles and nothing done yet."""
    given = {"user": "u", "password": "p", "base_url": "http://127.0.0.1/", "headless": True}
    limits = {"page_timeout": 60.0, "report_timeout": 120.0, "progress_interval": 60.0}
    numbers = {"contexts": 5, "retries": 2, "login_waits": 3, "context_vehicles": 50}
    config = Config(
        **given, **limits, **numbers, max_downloads=None, block_resources=True, browser=None,
        download_folder=folder, checkpoint_every=20,
    )  # fmt: skip
    job = Job(config, str(folder / "job"), "account")
    job.open()
    rows = (f"{100_000 + number},VIN{number:014}" for number in range(size))
    job.set_inventory("\r\n".join(["Reference Number,VIN", *rows]).encode())
    return job


def _record(job: Job, vehicles: list[Vehicle]) -> float:
    started = time.perf_counter()
    for vehicle in vehicles:
        job.fail(vehicle, "benchmark", attempts=1, seconds=1.0)
    return (time.perf_counter() - started) / len(vehicles) * 1000


def _load(job: Job, size: int) -> float:
    path = job.run_data / "journal.jsonl"
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join(lines[number % len(lines)] for number in range(size)) + b"\n")
    started = time.perf_counter()
    Journal(path).load()
    return time.perf_counter() - started
