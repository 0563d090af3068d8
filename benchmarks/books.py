"""What bookkeeping costs: recording one vehicle, and loading many."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from jdp_spider.tracking import SAVED, Entry, Journal

_SAMPLES = 200


def books(sizes: tuple[int, ...] = (100, 1_000, 10_000, 100_000)) -> int:
    """Print milliseconds to record one vehicle, and seconds to load all, by number of vehicles."""
    print(f"{'vehicles':>10} {'record one, ms':>16} {'load all, s':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.jsonl"
            _fill(path, size)
            started = time.perf_counter()
            journal = Journal(path)
            journal.load()
            loading = time.perf_counter() - started
            print(f"{size:>10,} {_recording_ms(journal):>16.3f} {loading:>12.2f}", flush=True)
    return 0


def _entry(number: int) -> Entry:
    reference = f"{100_000 + number}"
    return Entry(
        key=f"{reference}#1",
        reference=reference,
        vin="1N4949NW9DH397962",
        outcome=SAVED,
        file=f"{reference}.pdf",
        sha256="0" * 64,
        size=48_000,
        at="2026-01-01T00:00:00+00:00",
    )


def _fill(path: Path, size: int) -> None:
    from dataclasses import asdict
    from json import dumps

    lines = (dumps(asdict(_entry(number))) for number in range(size))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _recording_ms(journal: Journal) -> float:
    times = []
    for number in range(_SAMPLES):
        started = time.perf_counter()
        journal.record(_entry(number))
        times.append(time.perf_counter() - started)
    return median(times) * 1000
