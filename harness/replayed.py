"""What doctor and crawl say of a site: the demo site, and a replayed recording of it."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.crawl_process import make_crawl
from harness.demo_process import DemoProcess
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.replay.site import ReplaySite
from jdp_spider.demo.running import running_site
from jdp_spider.recording.archive import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jdp_spider.demo.site import DemoSite

    Site = DemoSite | DemoProcess

_SETTINGS = {
    "JDP_PAGE_TIMEOUT": "10",
    "JDP_REPORT_TIMEOUT": "15",
    "JDP_RECOVERY_PAUSE": "1",
    # So many that chance does not decide which vehicles are saved.
    "JDP_RETRIES": "5",
}
_LIMIT_S = 180


@dataclass
class Said:
    """What doctor and crawl say of one site."""

    checks: dict[str, str] = field(default_factory=dict)
    """The doctor's mark of each check."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """How many vehicles ended how: "saved", "failed timeout"."""
    status: int = -1
    """Of the crawl."""

    def differences(self, other: Said) -> list[str]:
        """Return what the other says otherwise."""
        names = {**self.checks, **other.checks}
        found = [
            f"{name}: {self.checks.get(name)}, replayed {other.checks.get(name)}"
            for name in names
            if self.checks.get(name) != other.checks.get(name)
        ]
        if self.outcomes != other.outcomes or self.status != other.status:
            pairs = ((self.status, self.outcomes), (other.status, other.outcomes))
            shown = [f"{status} {dict(outcomes)}" for status, outcomes in pairs]
            found.append(f"crawl: {shown[0]}, replayed {shown[1]}")
        return found


def record(site: Site, workdir: Path, vehicles: int, *, with_scripts: bool) -> Path:
    """Record the site by the doctor. Return the recording; it may not be there."""
    path = workdir / "site.zip"
    arguments = ["--record", str(path), "--vehicles", str(vehicles)]
    doctor = make_crawl(site, workdir, **_SETTINGS)
    doctor.name = ("doctor",)
    process = doctor.start(*arguments, *(["--with-scripts"] if with_scripts else []))
    doctor.finish(process, _LIMIT_S)
    (workdir / "doctor.txt").write_text(doctor.output, encoding="utf-8")
    return path


def crawl(site: Site, workdir: Path, said: Said) -> None:
    """Note what a crawl of the site says."""
    crawling = make_crawl(site, workdir, **_SETTINGS)
    crawling.finish(crawling.start("-s", f"JOBDIR={workdir / 'job'}"), _LIMIT_S)
    (workdir / "crawl.txt").write_text(crawling.output, encoding="utf-8")
    said.status = crawling.status
    if any(crawling.downloads.glob("*/run_data/metrics.json")):
        rows = crawling.run_data("metrics.json")["vehicles"]
        said.outcomes = Counter(f"{row['outcome']} {row['reason']}".strip() for row in rows)


@contextmanager
def replayed(path: Path, vehicles: int | None = None) -> Iterator[tuple[ReplaySite, DemoProcess]]:
    """Serve a recording during the block."""
    site = ReplaySite(Recording.load(path), vehicles=vehicles)
    with running_site(site):
        yield site, DemoProcess(DemoOptions(), site.base_url)
