"""`python -m benchmarks NAME`: the long checks and measurements."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.bookkeeping import books
from benchmarks.concurrency import NUMBERS, SITES, concurrency
from benchmarks.faults import faults
from benchmarks.measured_run import read_settings, read_ways
from benchmarks.profile import profile
from benchmarks.recordings import recordings
from benchmarks.repair import repair
from benchmarks.soak import soak
from benchmarks.speed import ladder, speed
from benchmarks.watched import watched
from harness.crash_job import crash
from harness.demo_process import PROFILES
from harness.disruptions import DISTURBANCES, Plan
from harness.queue_job import group
from jdp_spider.browser.launch import BrowserNotFound
from jdp_spider.demo.options import LATENCIES

_WAYS = "floor-5,ours-1,ours-5,script-5,crawlee-5"


def main() -> int:
    """Run the benchmark asked for. Return its exit status: 0 if everything was right."""
    parser = make_parser()
    options = parser.parse_args()
    if getattr(options, "vehicles", None) is not None and options.vehicles < 1:
        parser.error(f"--vehicles must be 1 or more, got {options.vehicles}")
    if getattr(options, "json", None) is not None and not options.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.parent}")
    try:
        return _run(options)
    except ValueError as error:
        parser.error(str(error))
    except (BrowserNotFound, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was started has been ended.")
        return 130


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_checks(commands)
    _add_measurements(commands)
    return parser


def _add_checks(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    crashing = commands.add_parser("crash", help="kill crawls again and again, then compare")
    crashing.add_argument("--jobs", type=int, default=40)
    crashing.add_argument("--kills", type=int, default=3, help="kills a job (default: 3)")
    crashing.add_argument("--seed", type=int, default=1, help="repeats a run (default: 1)")
    soaking = commands.add_parser("soak", help="crawl for hours, memory looked at all the while")
    soaking.add_argument("--hours", type=float, default=1.0)
    soaking.add_argument("--vehicles", type=int, help="instead of hours: so many vehicles")
    soaking.add_argument("--latency", default="field", choices=["field", "fast", "instant"])
    soaking.add_argument("--contexts", type=int, default=5)
    hurting = commands.add_parser("faults", help="a crawl for each fault of the demo site")
    hurting.add_argument("cases", nargs="*", metavar="CASE", help="just these; all by default")
    hurting.add_argument("--vehicles", type=int, default=60)
    hurting.add_argument("--seed", type=int, default=1)

    repairing = commands.add_parser("repair", help="a site that has changed, repaired")
    repairing.add_argument("--seeds", type=int, default=100)
    repairing.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    repairing.add_argument("--quiet", action="store_true", help="only the table")
    recording = commands.add_parser("recordings", help="behaviours recorded and replayed")
    recording.add_argument("names", nargs="*", metavar="NAME", help="of --like; all by default")
    recording.add_argument("--without-scripts", action="store_true", help="as users record")
    grouping = commands.add_parser("group", help="workers of the queue, killed, frozen and cut off")
    grouping.add_argument("--workers", type=int, default=3)
    grouping.add_argument("--accounts", type=int, default=8)
    grouping.add_argument("--vehicles", type=int, default=40, help="of each account (default: 40)")
    grouping.add_argument("--at-once", type=int, default=2, help="accounts a worker (default: 2)")
    grouping.add_argument("--lease", type=float, default=10.0, help="seconds (default: 10)")
    grouping.add_argument("--seed", type=int, default=1)
    grouping.add_argument("--contexts", type=int, default=2, help="of each account (default: 2)")
    grouping.add_argument("--latency", default="fast", choices=list(LATENCIES))
    grouping.add_argument(
        "--disturb", metavar="WHAT,...", default=",".join(DISTURBANCES), help="default: all"
    )
    grouping.add_argument(
        "--share-sessions", action="store_true", help="one folder for the state of accounts"
    )


def _add_measurements(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    speeding = commands.add_parser("speed", help="ours and other ways, side by side")
    speeding.add_argument("--ways", default=_WAYS, help=f"name-number,... (default: {_WAYS})")
    speeding.add_argument("--vehicles", type=int, default=200)
    speeding.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting for ours"
    )
    speeding.add_argument(
        "--like", nargs="+", metavar="NAME", default=(), help="what the site does (demo --help)"
    )
    climbing = commands.add_parser("ladder", help="ours on 10 to 2,000 vehicles")
    climbing.add_argument("--upto", type=int, default=2_000, help="most vehicles (default: 2000)")
    profiling = commands.add_parser("profile", help="where the time of one vehicle goes")
    profiling.add_argument("--vehicles", type=int, default=40)
    profiling.add_argument("--contexts", type=int, default=5)
    for command, default in ((speeding, "field"), (climbing, "fast"), (profiling, "field")):
        about = f"how slow the site is (default: {default})"
        command.add_argument("--profile", choices=PROFILES, default=default, help=about)
    for command in (speeding, climbing):
        command.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    trying = commands.add_parser("concurrency", help="CONCURRENT_CONTEXTS=auto and fixed numbers")
    trying.add_argument("--sites", nargs="+", metavar="HOW", default=SITES, help=" ".join(SITES))
    trying.add_argument("--numbers", nargs="+", type=int, metavar="N", default=NUMBERS)
    trying.add_argument("--vehicles", type=int, default=120)
    trying.add_argument("--profile", choices=PROFILES, default="fast", help="default: fast")
    watching = commands.add_parser("watched", help="with the dashboard open, and without")
    watching.add_argument("--vehicles", type=int, default=200)
    watching.add_argument("--contexts", type=int, default=5)
    watching.add_argument("--rounds", type=int, default=3, help="runs of each way (default: 3)")
    watching.add_argument("--profile", choices=PROFILES, default="fast", help="default: fast")
    commands.add_parser("books", help="what it costs to record and to load vehicles")


def _run(options: argparse.Namespace) -> int:
    status = _run_check(options)
    return _run_measurement(options) if status is None else status


def _run_check(options: argparse.Namespace) -> int | None:
    """Run one of the long checks. Return None where a measurement is asked for."""
    if options.command == "crash":
        return crash(options.jobs, options.kills, options.seed)
    if options.command == "soak":
        return soak(options.hours, options.latency, options.contexts, options.vehicles)
    if options.command == "group":
        return group(_plan(options))
    if options.command == "faults":
        return faults(options.vehicles, options.cases, options.seed)
    if options.command == "repair":
        return repair(options.seeds, options.first, quiet=options.quiet)
    if options.command == "recordings":
        return recordings(options.names, with_scripts=not options.without_scripts)
    return None


def _run_measurement(options: argparse.Namespace) -> int:
    if options.command == "speed":
        ways, settings = read_ways(options.ways), read_settings(options.set)
        return speed(options.profile, ways, options.vehicles, settings, options.json, options.like)
    if options.command == "ladder":
        return ladder(options.profile, options.upto, options.json)
    if options.command == "concurrency":
        return concurrency(options.profile, options.vehicles, options.sites, options.numbers)
    if options.command == "profile":
        return profile(options.profile, options.vehicles, options.contexts)
    if options.command == "watched":
        return watched(options.profile, options.vehicles, options.contexts, options.rounds)
    return books()


def _plan(options: argparse.Namespace) -> Plan:
    """Return the plan that the options ask for. Raise ValueError, which says what to do."""
    wanted = tuple(filter(None, options.disturb.split(",")))
    unknown = sorted(set(wanted) - set(DISTURBANCES))
    if unknown:
        raise ValueError(f"--disturb knows {', '.join(DISTURBANCES)}; got {unknown[0]!a}")
    return Plan(
        workers=options.workers,
        accounts=options.accounts,
        vehicles=options.vehicles,
        disturbances=wanted,
        lease_s=options.lease,
        at_once=options.at_once,
        seed=options.seed,
        share_sessions=options.share_sessions,
        latency=options.latency,
        contexts=options.contexts,
    )


if __name__ == "__main__":
    sys.exit(main())
