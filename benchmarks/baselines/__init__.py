"""Other ways to do the job, each a command of its own.

`python -m benchmarks.baselines.NAME --help` shows its options.

None of them uses anything of jdp_spider: they stand beside it in `python -m benchmarks speed`.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

INVENTORY = "vehicle/"
LOGIN = "Home/LicenseAgreement?ReturnUrl=/ValuesOnline/"


@dataclass(frozen=True)
class Task:
    """The input of a way: the site, the account, the folder for PDFs, how many at a time."""

    site: str
    out: Path
    workers: int
    browser: str | None
    user: str
    password: str

    def save(self, reference: str, pdf: bytes) -> None:
        """Put the PDF where `speed` looks for the vehicle's bookout."""
        (self.out / f"{reference}.pdf").write_bytes(pdf)


def read_task(name: str, about: str | None) -> Task:
    """Return the task from the command line, with the account from JD_USER and JD_PASS."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.baselines.{name}", description=about
    )
    parser.add_argument("--site", required=True, help="address of the site, with a / at the end")
    parser.add_argument("--out", required=True, type=Path, help="folder for the PDFs")
    parser.add_argument("--workers", type=int, default=5, help="vehicles at a time (default: 5)")
    parser.add_argument("--browser", help="program of the browser; else Playwright's own")
    given = parser.parse_args()
    missing = [name for name in ("JD_USER", "JD_PASS") if not os.environ.get(name)]
    if missing:
        parser.error(f"{' and '.join(missing)} must be set in the environment")
    given.out.mkdir(parents=True, exist_ok=True)
    account = {"user": os.environ["JD_USER"], "password": os.environ["JD_PASS"]}
    return Task(given.site, given.out, given.workers, given.browser, **account)
