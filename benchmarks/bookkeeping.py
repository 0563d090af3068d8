"""What bookkeeping costs, without a browser: saving one vehicle, all files included; loading many.

Both are measured so that other load on the computer matters little: as the median of many
chunks, and as CPU time.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from jdp_spider.config.options import OPTIONS, Config
from jdp_spider.items import BookoutItem
from jdp_spider.job.job import Job
from jdp_spider.job.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jdp_spider.inventory import Vehicle

SIZES = (200, 2_000, 10_000, 100_000)

_SAVED = 10_000
"""At most so many vehicles are saved: enough for the files that are written now and then."""
_CHECKPOINT_EVERY = 20
_LOADS = 3
_PDF = bytes(40_000)


def books() -> int:
    """Print the cost of a vehicle by number of vehicles. Return 0."""
    print(f"{'vehicles':>10} {'save one, ms':>13} {'CPU, ms':>9} {'load all, CPU-s':>16}")
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="books-") as folder:
            job = _job(Path(folder), size)
            wall, cpu = asyncio.run(_save(job, job.vehicles[:_SAVED]))
            loaded = _load(job)
        print(f"{size:>10,} {wall:>13.2f} {cpu:>9.2f} {loaded:>16.2f}", flush=True)
    return 0


def _job(folder: Path, size: int) -> Job:
    """Return a job with `size` vehicles and nothing done yet."""
    values: dict[str, Any] = {
        option.field: option.parse(option.default)
        for name, option in OPTIONS.items()
        if not name.startswith("JD_")
    }
    values |= {"user": "u", "password": "p", "base_url": "http://127.0.0.1/", "browser": None}
    values |= {"download_folder": folder, "checkpoint_every": _CHECKPOINT_EVERY}
    config = Config(**values)
    job = Job(config, str(folder / "job"), "account")
    job.open()
    rows = (f"{100_000 + number},VIN{number:014}" for number in range(size))
    job.set_inventory("\r\n".join(["Reference Number,VIN", *rows]).encode())
    return job


async def _save(job: Job, vehicles: Sequence[Vehicle]) -> tuple[float, float]:
    """Return milliseconds to save one vehicle, wall clock and CPU: medians of the chunks."""
    wall, cpu = [], []
    # So many lie between two writings of tracking.json and checkpoint.json: one in each chunk.
    step = max(_CHECKPOINT_EVERY, len(job.vehicles) // 50)
    for start in range(0, len(vehicles), step):
        began, used = time.perf_counter(), time.process_time()
        for vehicle in vehicles[start : start + step]:
            await job.save(_report(vehicle))
        wall.append((time.perf_counter() - began) / step * 1000)
        cpu.append((time.process_time() - used) / step * 1000)
    return median(wall), median(cpu)


def _report(vehicle: Vehicle) -> BookoutItem:
    return BookoutItem(
        **{name: getattr(vehicle, name) for name in ("reference", "vin", "year", "make", "model")},
        sha256="0" * 64,
        pages=1,
        bytes=len(_PDF),
        seconds=6.0,
        pdf=_PDF,
        vehicle=vehicle,
        names_vin=True,
        context="context-1",
    )


def _load(job: Job) -> float:
    """Return the CPU-seconds to load a journal with all vehicles, the least of several runs."""
    path = job.paths.journal
    entry = json.loads(path.read_bytes().splitlines()[0])
    own = ({"key": vehicle.key, "reference": vehicle.reference} for vehicle in job.vehicles)
    lines = (json.dumps(entry | each) for each in own)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    taken = []
    for _ in range(_LOADS):
        began = time.process_time()
        Journal(path).load()
        taken.append(time.process_time() - began)
    return min(taken)
