"""`python -m benchmarks NAME`: the long checks and measurements."""

from __future__ import annotations

import argparse
import sys

from benchmarks.books import books
from benchmarks.crash import crash
from benchmarks.faults import faults
from benchmarks.soak import soak


def main() -> int:
    """Run the one that is asked for; its exit status is 0 when all was right."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
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
    commands.add_parser("books", help="what it costs to record and to load vehicles")
    options = parser.parse_args()
    if options.command == "crash":
        return crash(options.jobs, options.kills, options.seed)
    if options.command == "soak":
        return soak(options.hours, options.latency, options.contexts, options.vehicles)
    if options.command == "faults":
        return faults(options.vehicles, options.cases, options.seed)
    return books()


if __name__ == "__main__":
    sys.exit(main())
