"""Workers of the queue, killed, frozen and cut off, and what the site and the disk say afterwards.

Each worker stands for a machine: it has a folder of its own for the state of accounts, and a
cable of its own to the database. What has ended is started again, as a service manager would.
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import psutil

from harness.crawl_process import finish
from harness.disruptions import Machine, Plan, Trouble
from harness.group_process import Group, faults, make_group
from harness.postgres import Postgres, postgres
from harness.process_tree import memory_by_role, send, survivors
from harness.resource_monitor import adopting_orphans, children, cpu_of_ended
from harness.tables import header, row
from harness.tcp_proxy import Cable
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.group.accounts import read_accounts
from jdp_spider.group.folders import AccountFolder, GroupRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp_spider.demo.log import RequestRecord
    from jdp_spider.demo.site import DemoSite

RUN = "night"

_LOOK_S = 0.2
_LOOK_AT_MEMORY_S = 2.0
_ORPHANS_S = 10.0
_CALM_LEASE_S = 120.0
"""As long as a worker takes it by default."""


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
    pause_s: float = 0.0
    """The longest time in which an account that was not complete asked for nothing."""
    cpu_s: float = 0.0
    """CPU-seconds of an account: workers, crawls, browsers and reports, over the accounts."""
    crawl_mib: float = 0.0
    """The most that a crawl's tree took, as a mean of all crawls."""
    worker_mib: float = 0.0
    """The most that a worker without its crawls took."""


class Memory:
    """The peak memory of each crawl and each worker, in MiB, sampled now and then."""

    def __init__(self) -> None:
        self.crawls: dict[int, float] = {}
        self.workers: dict[int, float] = {}
        self._next = 0.0

    def look(self, machines: list[Machine]) -> None:
        if time.monotonic() < self._next:
            return
        for machine in machines:
            found = {crawl.pid: _memory(crawl.pid) for crawl in machine.crawls()}
            _keep_most(self.crawls, found)
            pid = machine.pid
            _keep_most(self.workers, {pid: _memory(pid) - sum(found.values())})
        self._next = time.monotonic() + _LOOK_AT_MEMORY_S


def _memory(pid: int) -> float:
    return sum(memory_by_role(pid).values())


def _keep_most(most: dict[int, float], found: dict[int, float]) -> None:
    most.update({pid: max(most.get(pid, 0.0), mib) for pid, mib in found.items()})


def group_job(plan: Plan) -> Found:
    """Run the plan to its end and examine the result."""
    options = DemoOptions(
        vehicles=plan.vehicles,
        accounts=plan.accounts,
        seed=plan.seed,
        latency=plan.latency,
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
        found.cpu_s = -cpu_of_ended() / plan.accounts
        stack.enter_context(adopting_orphans())
        others = children()
        try:
            _run(plan, found, machines, group, site, database)
        finally:
            _end(machines, found)
        # The time of an orphan counts once it was waited for.
        left = [each for each in children() - others if each.pid != database.pid]
        psutil.wait_procs(left, timeout=_ORPHANS_S)
        found.cpu_s += cpu_of_ended() / plan.accounts
        for number, machine in enumerate(machines):
            output = machine.output()
            # One that is asked to end while it still starts says that it was.
            if "Traceback" in output and not output.rstrip().endswith("KeyboardInterrupt"):
                found.faults.append(f"worker {number}: {output[-2000:]}")
        _judge(plan, found, group, site)
    return found


def _make_group(site: DemoSite, folder: Path, database: Postgres, plan: Plan) -> Group:
    shared = {"JDP_STATE_FOLDER": str(folder / "shared")} if plan.share_sessions else {}
    settings = {
        "CONCURRENT_CONTEXTS": plan.contexts,
        "JDP_LOGIN_WAITS": 20,
        "JDP_REPORT_PAGE": str(plan.report_page).lower(),
        **shared,
    }
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
    trouble, memory = Trouble(plan, machines, site, database), Memory()
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
        memory.look(machines)
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
    found.crawl_mib = fmean(memory.crawls.values())
    found.worker_mib = max(memory.workers.values())


def _queries(group: Group) -> int:
    """Return the number of transactions that the database has seen."""
    import psycopg

    host, port, user = (group.environment[name] for name in ("PGHOST", "PGPORT", "PGUSER"))
    with psycopg.connect(host=host, port=port, user=user, dbname="postgres") as connection:
        row = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres'"
        )
        return int((row.fetchone() or [0])[0])


def _end(machines: list[Machine], found: Found) -> None:
    """Ask all to end, and check that nothing is left running."""
    for machine in machines:
        machine.wake()
        machine.cable.mend()
        if machine.process is not None and not machine.has_ended():
            machine.process.send_signal(signal.SIGINT)
    seen = {process for machine in machines for process in machine.seen}
    left = survivors(list(seen), 30)
    found.faults += [f"left behind: {process}" for process in left]
    send(signal.SIGKILL, left)
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
        # A bookout in flight when a crawl was killed is made again.
        if twice > plan.contexts * _ends(place):
            found.faults.append(f"{user}: {twice} reports made again")
        times = sorted(record.time for record in by_user[user])
        pauses = [after - before for before, after in pairwise(times)]
        found.pause_s = max([found.pause_s, *pauses])
        if times and not _ends(place):
            overheads.append(place.outcome().seconds - (times[-1] - times[0]))
    found.overhead_s = fmean(overheads) if overheads else 0.0
    if site.log.max_live_sessions > 1:
        found.faults.append(f"{site.log.max_live_sessions} live sessions of one account")
    if site.log.live_sessions:
        found.faults.append(f"{site.log.live_sessions} sessions are still live")
    if site.log.refused_logins["wrong_password"]:
        found.faults.append("a password was refused")


def _ends(place: AccountFolder) -> int:
    """Count the crawls of the account that were ended: all that began but the last."""
    log = place.log.read_text("utf-8", "replace")
    return max(log.count("vehicles in the inventory,") - 1, 0)


def _requests_by_user(requests: list[RequestRecord]) -> dict[str, list[RequestRecord]]:
    found: dict[str, list[RequestRecord]] = defaultdict(list)
    for record in requests:
        if record.user is not None and record.kind != "asset":
            found[record.user].append(record)
    return found


def _sessions(requests: list[RequestRecord]) -> list[tuple[float, float]]:
    """Return when each session of an account was first and last used, in order."""
    times: dict[str, list[float]] = defaultdict(list)
    for record in requests:
        times[record.session or ""].append(record.time)
    return sorted((min(each), max(each)) for each in times.values())


def _overlaps(sessions: list[tuple[float, float]]) -> list[str]:
    """List the sessions that a crawl used after losing the account to the next one."""
    return [
        f"an old session was used {last - first:.1f} s after the next one had begun"
        for (_, last), (first, _) in pairwise(sessions)
        if last > first
    ]


def group(plan: Plan) -> int:
    """Run it disturbed, calm, and with one worker. Return 1 if anything was wrong, else 0."""
    calm = replace(plan, disturbances=(), lease_s=_CALM_LEASE_S)
    plans = [plan] if plan.disturbances else []
    plans += [calm, replace(calm, workers=1)] if plan.workers > 1 else [calm]
    print(header(_COLUMNS), flush=True)
    wrong = 0
    for each in plans:
        found = group_job(each)
        wrong += len(found.faults)
        print(row(_COLUMNS, (each, found)), flush=True)
        for line in [*map("  then: {}".format, found.disturbed), *found.faults]:
            print(line, flush=True)
    return int(wrong > 0)


_COLUMNS: dict[str, Callable[[tuple[Plan, Found]], str]] = {
    "workers": lambda job: str(job[0].workers),
    "accounts": lambda job: str(job[0].accounts),
    "disturbed": lambda job: str(len(job[1].disturbed)),
    "seconds": lambda job: f"{job[1].seconds:.0f}",
    "sessions": lambda job: str(job[1].sessions),
    "again": lambda job: str(job[1].twice),
    "restarts": lambda job: str(job[1].restarts),
    "pause s": lambda job: f"{job[1].pause_s:.1f}",
    "overhead s": lambda job: f"{job[1].overhead_s:.1f}",
    "CPU-s": lambda job: f"{job[1].cpu_s:.1f}",
    "crawl MiB": lambda job: f"{job[1].crawl_mib:.0f}",
    "worker MiB": lambda job: f"{job[1].worker_mib:.0f}",
    "queries/min": lambda job: f"{job[1].queries_per_minute:.0f}",
}
