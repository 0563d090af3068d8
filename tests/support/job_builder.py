"""The folder of a job, made up: as many vehicles and runs as a test of the report wants."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from jdp_spider.inventory import Vehicle
from jdp_spider.job.filenames import allocate
from jdp_spider.job.journal import JournalEntry
from jdp_spider.job.outcomes import FAILED, SAVED
from jdp_spider.reasons import FailureReason

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 11, 23, 18, 0, 5, tzinfo=timezone.utc)
NASTY = (
    "<script>alert('1')</script>",
    'A"B&amp;<b>',
    "\xdcml\xe4ut \u65e5\u672c",
    "javascript:alert(1)",
    "x" * 150,
    "../..//etc?#%2F",
    " spaced  out ",
    "\u202egnp.exe",
)
_MAKES = (("Ford", "F-150"), ("Toyota", "RAV4"), ("M\xe4rz & S\xf6hne", 'Q"7'), ("Kia", "EV6"))
_SETTINGS = {"CONCURRENT_CONTEXTS": "5", "HEADLESS": "true", "MAX_DOWNLOADS": ""}


class JobFolder:
    """Writes inventory, journal, events and PDFs as runs of the job would."""

    def __init__(self, path: Path, vehicles: int, seed: int = 1) -> None:
        self.path = path
        self.run_data = path / "run_data"
        self.now = START
        self.said = ""
        """What pages say of the vehicles that fail."""
        self._random = random.Random(seed)
        (self.run_data / "snapshots").mkdir(parents=True)
        (path / "pdfs").mkdir()
        references = [*NASTY, *(str(165548 + n) for n in range(vehicles))][:vehicles]
        self.vehicles = [self._vehicle(n, ref) for n, ref in enumerate(references)]
        self.files = dict(zip(self.vehicles, allocate(references), strict=True))
        self._left = self.vehicles.copy()
        rows = [["Reference Number", "VIN", "Year", "Make", "Model"]]
        rows += [[v.reference, v.vin, v.year, v.make, v.model] for v in self.vehicles]
        quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
        (self.run_data / "inventory.csv").write_text("\r\n".join(quoted) + "\r\n", "utf-8-sig")

    def _vehicle(self, number: int, reference: str) -> Vehicle:
        make, model = _MAKES[number % len(_MAKES)]
        year = str(2015 + number % 12)
        return Vehicle(reference, f"1FTFW1E50MFA{number:05d}", 1, year, make, model)

    def note(self, kind: str, text: str, **more: Any) -> None:
        line = json.dumps({"at": self.now.isoformat(), "kind": kind, "text": text, **more})
        with (self.run_data / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def run(
        self, most: int, *, failing: float = 0.02, reason: str = "finished", pause_h: float = 0
    ) -> None:
        """A run of so many vehicles; without a reason it was killed."""
        self.now += timedelta(hours=pause_h)
        resumed = self.now != START
        settings = {**_SETTINGS, "JOBDIR": "crawls/run 1"}
        self.note("run_resumed" if resumed else "run_started", "The run began", settings=settings)
        self.now += timedelta(seconds=4)
        self.note("login", "Logged in")
        for vehicle in self._left[:most]:
            self.now += timedelta(seconds=self._random.uniform(0.8, 2.4))
            self._trouble()
            self._end_of(vehicle, failing)
        self._left = self._left[most:]
        self.now += timedelta(seconds=3)
        if reason:
            self.note("logout", "Logged out")
            self.note("run_ended", "The run ended", reason=reason)

    def _trouble(self) -> None:
        if self._random.random() < 0.005:
            self.note("session_ended", "The site ended the session")
            self.now += timedelta(seconds=20)
            self.note("login", "Logged in")
        elif self._random.random() < 0.003:
            self.note("browser_restarted", "The browser died and was started again")
            self.now += timedelta(seconds=30)

    def _end_of(self, vehicle: Vehicle, failing: float) -> None:
        known: dict[str, Any] = {
            "key": vehicle.key, "reference": vehicle.reference, "vin": vehicle.vin,
            "at": self.now.replace(microsecond=0).isoformat(),
        }  # fmt: skip
        name = self.files[vehicle]
        if self._random.random() < failing:
            reason = self._random.choice(list(FailureReason)[:12])
            entry = JournalEntry(
                outcome=FAILED, reason=reason, attempts=3, seconds=60.0, said=self.said, **known
            )
            (self.run_data / "snapshots" / f"{name.removesuffix('.pdf')}-1.png").touch()
        else:
            (self.path / "pdfs" / name).write_bytes(b"%PDF-1.4\n%%EOF\n")
            seconds = round(self._random.lognormvariate(1.9, 0.3), 3)
            entry = JournalEntry(outcome=SAVED, file=name, attempts=1, seconds=seconds, **known)
        with (self.run_data / "journal.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(entry)) + "\n")
