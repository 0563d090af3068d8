"""A demo site as a process of its own, and what it saw of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin
from urllib.request import ProxyHandler, build_opener

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.demo.options import DemoOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Request = dict[str, Any]

PROFILES = {
    "field": DemoOptions(latency="field"),
    "fast": DemoOptions(latency="fast"),
    "instant": DemoOptions(latency="instant"),
    "field-lock": DemoOptions(latency="field", session_lock=True),
}
"""How slow the site is; field-lock lets the requests of a session wait for each other."""

_READY = "Demo site ready: "


@dataclass(frozen=True)
class DemoProcess:
    """The site: with the same names as `DemoSite` has, and asked over its control addresses."""

    options: DemoOptions
    base_url: str

    @property
    def requests(self) -> list[Request]:
        """Return the records of all requests, in the order of their responses."""
        requests: list[Request] = self._ask("log?requests=1")["requests"]
        return requests

    @property
    def vehicles(self) -> dict[str, str]:
        """Return the VINs of the inventory by reference."""
        return {vehicle["reference"]: vehicle["vin"] for vehicle in self._ask("vehicles")}

    @property
    def figures(self) -> dict[str, Any]:
        """Return what the site has counted: logins, logouts, live sessions and more."""
        figures: dict[str, Any] = self._ask("log")
        return figures

    def _ask(self, path: str) -> Any:
        opener = build_opener(ProxyHandler({}))
        with opener.open(urljoin(self.base_url, f"/__demo__/{path}"), timeout=60) as answer:
            return json.load(answer)


@contextmanager
def demo_process(options: DemoOptions) -> Iterator[DemoProcess]:
    """Run a site with this latency, lock, capacity, likes and number of vehicles meanwhile.

    Raise RuntimeError if it does not start. It ends with this process at the latest.
    """
    command = [sys.executable, "-m", "jdp_spider.demo", "--exit-with-stdin"]
    command += ["--vehicles", str(options.vehicles), "--latency", options.latency]
    command += ["--session-lock"] if options.session_lock else []
    command += ["--serves", options.serves]
    command += ["--like", *options.like] if options.like else []
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=PROJECT_FOLDER, stdin=pipe, stdout=pipe, encoding="ascii"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith(_READY):
            raise RuntimeError("The demo site did not start: see the lines above.")
        try:
            yield DemoProcess(options, line.removeprefix(_READY).strip())
        finally:
            process.stdin.close()


@dataclass(frozen=True)
class Seen:
    """What a site saw of one run; times in epoch seconds."""

    first: float
    """The first request came."""
    reports: list[float]
    """Reports were answered, in this order."""
    dynamic: int
    """Requests other than for assets."""
    drawn: float
    """Seconds of latency that were needed: one page and one report for each vehicle."""
    drawn_in_session: float
    """Seconds of latency of everything a session was asked for, up to the last report."""

    @property
    def seconds(self) -> float:
        """Return the seconds from the first request to the last bookout, or 0 if there was none."""
        return self.reports[-1] - self.first if self.reports else 0.0

    @classmethod
    def of(cls, requests: Sequence[Request]) -> Seen:
        """Compute the figures of a run from all records of its requests."""
        dynamic = [request for request in requests if request["kind"] != "asset"]
        reports = [one for one in dynamic if one["kind"] == "report" and one["status"] == 200]
        answered = sorted(_end(report) for report in reports)
        last = answered[-1] if answered else 0.0
        of_session = [one for one in dynamic if one["session"] and _end(one) <= last]
        pages = [one for one in dynamic if one["kind"] == "vehicle" and one["status"] == 200]
        report_s, page_s = _first_by_vehicle(reports), _first_by_vehicle(pages)
        return cls(
            first=min((one["time"] for one in dynamic), default=0.0),
            reports=answered,
            dynamic=len(dynamic),
            drawn=sum(seconds + page_s.get(number, 0.0) for number, seconds in report_s.items()),
            drawn_in_session=sum(one["latency"] for one in of_session),
        )


def _end(request: Request) -> float:
    return float(request["time"] + request["seconds"])


def _first_by_vehicle(requests: Sequence[Request]) -> dict[int, float]:
    """Return the latency of the first request for each vehicle."""
    latencies: dict[int, float] = {}
    for request in sorted(requests, key=_end):
        latencies.setdefault(request["vehicle_id"], request["latency"])
    return latencies
