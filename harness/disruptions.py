"""Machines with a worker each, and what happens to them."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from harness.process_tree import send, tree
from jdp_spider.config.dotenv import PROJECT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.group_process import Group
    from harness.postgres import Postgres
    from harness.tcp_proxy import Cable
    from jdp_spider.demo.site import DemoSite

DISTURBANCES = (
    "kill the worker",
    "restart the database",
    "kill the machine",
    "freeze the machine",
    "freeze worker and crawls",
    "freeze the worker",
    "freeze a crawl",
    "cut the worker off",
    "database away",
)


_PAST_ITS_LEASE = 1.5


@dataclass(frozen=True)
class Plan:
    """What is run, and what happens to it."""

    workers: int
    accounts: int
    vehicles: int
    disturbances: tuple[str, ...]
    lease_s: float = 8.0
    at_once: int = 2
    seed: int = 1
    share_sessions: bool = False
    latency: str = "fast"
    contexts: int = 2
    report_page: bool = True
    """Let each crawl make its report.html, as it does by default."""
    limit_s: float = 1800.0


class Machine:
    """A worker, its crawls, and its cable to the database."""

    def __init__(self, number: int, group: Group, cable: Cable, plan: Plan) -> None:
        state = {"XDG_STATE_HOME": str(group.workdir / f"state-{number}")}
        self._environment = {**group.environment, **state, "PGPORT": str(cable.port)}
        self._log = group.workdir / f"worker-{number}.log"
        self._command = group.command("groupworker", str(group.file))
        self._command += ["--at-once", str(plan.at_once), "--lease", str(plan.lease_s)]
        self.cable = cable
        self.frozen: list[psutil.Process] = []
        self.seen: set[psutil.Process] = set()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=PROJECT_FOLDER,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def has_ended(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None

    def tree(self) -> list[psutil.Process]:
        """Return all its processes, the worker first."""
        found = tree(self.pid)
        self.seen.update(found)
        return found

    def crawls(self) -> list[psutil.Process]:
        """Return the running crawls."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return list(psutil.Process(self.pid).children())
        return []

    def freeze(self, processes: list[psutil.Process]) -> None:
        self.frozen = processes
        send(signal.SIGSTOP, processes)

    def wake(self) -> None:
        """Resume the crawls, then the worker: they must notice the lost time without it."""
        send(signal.SIGCONT, reversed(self.frozen))
        self.frozen = []

    def output(self) -> str:
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""


class Trouble:
    """Makes one disturbance after another, each once some bookouts were made since the last."""

    def __init__(
        self, plan: Plan, machines: list[Machine], site: DemoSite, database: Postgres
    ) -> None:
        self._plan = plan
        self._machines = machines
        self._site = site
        self._database = database
        self._rng = random.Random(plan.seed)
        self.left = list(plan.disturbances)
        self._reports = plan.accounts
        self._over: tuple[float, Callable[[], None]] | None = None
        """When the one that is under way is over, and what ends it."""
        self.done: list[str] = []

    @property
    def is_under_way(self) -> bool:
        return self._over is not None

    def look(self) -> None:
        """Make the next disturbance, or end the current one, when it is due."""
        if self._over is not None:
            if time.monotonic() >= self._over[0]:
                _, end = self._over
                self._over = None
                end()
                self._reports = self._made() + 3
            return
        if not self.left or self._made() < self._reports:
            return
        busy = [machine for machine in self._machines if machine.crawls()]
        if not busy:
            return
        self._make(self.left.pop(0), self._rng.choice(busy))

    def _made(self) -> int:
        return self._site.log.reports.total()

    def _make(self, what: str, machine: Machine) -> None:
        self.done.append(what)
        lasts = self._plan.lease_s * _PAST_ITS_LEASE
        worker, *rest = machine.tree()
        if what == "kill the worker":
            worker.kill()
        elif what == "kill the machine":
            send(signal.SIGKILL, [worker, *rest])
        elif what.startswith("freeze"):
            machine.freeze(_frozen(what, machine, worker, rest))
            self._over = time.monotonic() + lasts, machine.wake
        elif what == "cut the worker off":
            machine.cable.cut()
            self._over = time.monotonic() + lasts, machine.cable.mend
        else:
            self._database.stop()
            away = 0.0 if what == "restart the database" else lasts
            self._over = time.monotonic() + away, self._database.start
        self._reports = self._made() + 3


def _frozen(
    what: str, machine: Machine, worker: psutil.Process, rest: list[psutil.Process]
) -> list[psutil.Process]:
    crawls = machine.crawls()
    return {
        "freeze the worker": [worker],
        "freeze worker and crawls": [worker, *crawls],
        "freeze the machine": [worker, *rest],
        "freeze a crawl": crawls[:1],
    }[what]
