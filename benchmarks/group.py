"""Workers of the queue, killed, frozen and cut off, and what the site and the disk say afterwards.

Each worker stands for a machine: it has a folder of its own for the state of accounts, and a
cable of its own to the database. What has ended is started again, as a service manager would.
"""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.cable import Cable
from benchmarks.groups import Group, faults, finish, make_group
from benchmarks.postgres import Postgres, postgres
from benchmarks.processes import survivors, tree
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.environment import PROJECT_FOLDER
from jdp_spider.group.accounts import read_accounts
from jdp_spider.group.runs import AccountFolder, GroupRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jdp_spider.demo.log import RequestRecord
    from jdp_spider.demo.site import DemoSite

RUN = "night"
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

_LOOK_S = 0.2
_CONTEXTS = 2
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
    limit_s: float = 900.0


@dataclass
class Found:
    """What came of it."""

    seconds: float = 0.0
    disturbed: list[str] = field(default_factory=list)
    restarts: int = 0
    """How often a worker that had ended was started again."""
    faults: list[str] = field(default_factory=list)
    sessions: int = 0
    twice: int = 0
    """Reports that were made again."""
    overhead_s: float = 0.0
    """Of an account: from the start of its crawl's process to the site, and back to its end."""
    queries_per_minute: float = 0.0
    """Transactions of the database, for each worker."""


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

    def has_ended(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None

    def tree(self) -> list[psutil.Process]:
        """All its processes, the worker first."""
        assert self.process is not None
        found = tree(self.process.pid)
        self.seen.update(found)
        return found

    def crawls(self) -> list[psutil.Process]:
        """The crawls at work."""
        assert self.process is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children()
        return []

    def freeze(self, processes: list[psutil.Process]) -> None:
        self.frozen = processes
        _signal(processes, signal.SIGSTOP)

    def wake(self) -> None:
        """The worker last: its crawls must know by themselves what time it is."""
        _signal(reversed(self.frozen), signal.SIGCONT)
        self.frozen = []

    def output(self) -> str:
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""


def _signal(processes: Iterable[psutil.Process], number: int) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def group_job(plan: Plan) -> Found:
    """Run the plan to its end, and look at what is there."""
    options = DemoOptions(
        vehicles=plan.vehicles,
        accounts=plan.accounts,
        seed=plan.seed,
        latency="fast",
        active_session_wait_s=plan.lease_s,
    )
    found = Found()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="group-")))
        database = stack.enter_context(postgres())
        site = stack.enter_context(running_demo(options))
        group = _make_group(site, folder, database, plan)
        cables = [Cable(database.port) for _ in range(plan.workers)]
        for cable in cables:
            stack.enter_context(closing(cable)).open()
        machines = [Machine(n, group, cable, plan) for n, cable in enumerate(cables)]
        try:
            _run(plan, found, machines, group, site, database)
        finally:
            _end(machines, found)
        for number, machine in enumerate(machines):
            output = machine.output()
            # One that is asked to end while it still starts says that it was.
            if "Traceback" in output and not output.rstrip().endswith("KeyboardInterrupt"):
                found.faults.append(f"worker {number}: {output[-2000:]}")
        _judge(plan, found, group, site)
    return found


def _make_group(site: DemoSite, folder: Path, database: Postgres, plan: Plan) -> Group:
    shared = {"JDP_STATE_FOLDER": str(folder / "shared")} if plan.share_sessions else {}
    settings = {"CONCURRENT_CONTEXTS": _CONTEXTS, "JDP_LOGIN_WAITS": 20, **shared}
    group = make_group(site, folder, settings)
    group.environment |= database.environment
    for arguments in (("init",), ("add", str(group.file), "--run", RUN)):
        status, output = finish(group.start("groupqueue", *arguments))
        if status:
            raise RuntimeError(output)
    return group


def _run(
    plan: Plan,
    found: Found,
    machines: list[Machine],
    group: Group,
    site: DemoSite,
    database: Postgres,
) -> None:
    trouble = Trouble(plan, machines, site, database)
    started, queries = time.monotonic(), _queries(group)
    for machine in machines:
        machine.start()
    names = [entry.name for entry in read_accounts(group.file).entries]
    run = GroupRun(group.workdir / "groups" / RUN, names)
    while run.incomplete() or trouble.is_under_way:
        if time.monotonic() - started > plan.limit_s:
            found.faults.append(f"not complete after {plan.limit_s:.0f} s: {run.incomplete()}")
            break
        trouble.look()
        for machine in machines:
            machine.tree()
            if machine.has_ended() and not machine.frozen:
                machine.start()
                found.restarts += 1
        time.sleep(_LOOK_S)
    found.disturbed = trouble.done
    if trouble.left:
        found.faults.append(f"all was complete before: {', '.join(trouble.left)}")
    found.seconds = time.monotonic() - started
    minutes = found.seconds / 60 * plan.workers
    found.queries_per_minute = (_queries(group) - queries) / minutes


class Trouble:
    """Makes one disturbance after the other, each when some reports were made since the last."""

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
        """Make the next one, or end the one that is under way, when it is time."""
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
            _signal([worker, *rest], signal.SIGKILL)
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


def _queries(group: Group) -> int:
    """Transactions that the database has seen."""
    import psycopg

    place = {name.lower()[2:]: group.environment[name] for name in ("PGHOST", "PGPORT", "PGUSER")}
    with psycopg.connect(**place, dbname="postgres") as connection:
        row = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres'"
        )
        return int((row.fetchone() or [0])[0])


def _end(machines: list[Machine], found: Found) -> None:
    """Ask all to end, and see that nothing is left behind."""
    for machine in machines:
        machine.wake()
        machine.cable.mend()
        if machine.process is not None and not machine.has_ended():
            machine.process.send_signal(signal.SIGINT)
    seen = {process for machine in machines for process in machine.seen}
    left = survivors(list(seen), 30)
    found.faults += [f"left behind: {process}" for process in left]
    _signal(left, signal.SIGKILL)
    for machine in machines:
        if machine.process is not None:
            machine.process.wait(30)


def _judge(plan: Plan, found: Found, group: Group, site: DemoSite) -> None:
    run = GroupRun(group.workdir / "groups" / RUN, site.options.users)
    by_user = _requests_by_user(site.log.requests)
    overheads = []
    for user, place in run.accounts.items():
        found.faults += faults(place, site, user)
        sessions = _sessions(by_user[user])
        found.sessions += len(sessions)
        found.faults += [f"{user}: {fault}" for fault in _overlaps(sessions)]
        ids = {vehicle.id for vehicle in site.state.inventories[user]}
        made = Counter({i: n for i, n in site.log.reports.items() if i in ids})
        twice = sum(number - 1 for number in made.values())
        found.twice += twice
        # What was in flight when a crawl was ended by force is made again.
        if twice > _CONTEXTS * _ends(place):
            found.faults.append(f"{user}: {twice} reports made again")
        times = [record.time for record in by_user[user]]
        if times and not _ends(place):
            overheads.append(place.outcome().seconds - (max(times) - min(times)))
    found.overhead_s = sum(overheads) / len(overheads) if overheads else 0.0
    if site.log.max_live_sessions > 1:
        found.faults.append(f"{site.log.max_live_sessions} live sessions of one account")
    if site.log.live_sessions:
        found.faults.append(f"{site.log.live_sessions} sessions are still live")
    if site.log.refused_logins["wrong_password"]:
        found.faults.append("a password was refused")


def _ends(place: AccountFolder) -> int:
    """How many crawls of the account were ended: all that have begun but the last."""
    log = place.log.read_text("utf-8", "replace")
    return max(log.count("vehicles in the inventory,") - 1, 0)


def _requests_by_user(requests: list[RequestRecord]) -> dict[str, list[RequestRecord]]:
    found: dict[str, list[RequestRecord]] = defaultdict(list)
    for record in requests:
        if record.user is not None and record.kind != "asset":
            found[record.user].append(record)
    return found


def _sessions(requests: list[RequestRecord]) -> list[tuple[float, float]]:
    """When each session of an account was used first and last, in their order."""
    times: dict[str, list[float]] = defaultdict(list)
    for record in requests:
        times[record.session or ""].append(record.time)
    return sorted((min(each), max(each)) for each in times.values())


def _overlaps(sessions: list[tuple[float, float]]) -> list[str]:
    """A crawl that has lost the account must ask for nothing once the next one has begun."""
    return [
        f"an old session was used {last - first:.1f} s after the next one had begun"
        for (_, last), (first, _) in pairwise(sessions)
        if last > first
    ]


def group(plan: Plan) -> int:
    """Run it disturbed, undisturbed, and with one worker; 1 when anything was wrong."""
    calm = replace(plan, disturbances=())
    print(_HEADER, flush=True)
    wrong = 0
    for each in (plan, calm, replace(calm, workers=1)):
        found = group_job(each)
        wrong += len(found.faults)
        print(_row(each, found), flush=True)
        for line in [*map("  then: {}".format, found.disturbed), *found.faults]:
            print(line, flush=True)
    return int(wrong > 0)


_HEADER = "workers accounts disturbed seconds sessions again restarts overhead s queries/min"


def _row(plan: Plan, found: Found) -> str:
    return (
        f"{plan.workers:7} {plan.accounts:8} {len(found.disturbed):9} {found.seconds:7.0f} "
        f"{found.sessions:8} {found.twice:5} {found.restarts:8} {found.overhead_s:10.1f} "
        f"{found.queries_per_minute:11.0f}"
    )
