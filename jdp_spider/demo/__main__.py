"""``python -m jdp_spider.demo``: the site to explore by hand, or as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jdp_spider.demo.faults import parse_fault
from jdp_spider.demo.likes import LIKES
from jdp_spider.demo.options import (
    LATENCIES,
    LINK_KINDS,
    MOVED_PARTS,
    PAGERS,
    PASSWORD_STATES,
    REPORT_ADDRESSES,
    REPORT_KINDS,
    SERVES,
    DemoOptions,
)
from jdp_spider.demo.renames import RENAMES
from jdp_spider.demo.replay.site import ReplaySite
from jdp_spider.demo.site import DemoSite
from jdp_spider.recording.archive import Recording
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEFAULTS = DemoOptions()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        options = _options(given)
        site = DemoSite(options) if given.replay is None else _replay(given)
    except (OSError, ValueError) as error:
        parser.error(to_ascii(str(error)))
    return asyncio.run(_serve(site, options, given.exit_with_stdin))


def _replay(given: argparse.Namespace) -> ReplaySite:
    recording = Recording.load(given.replay)
    return ReplaySite(recording, vehicles=given.vehicles, host=given.host, port=given.port)


async def _serve(site: DemoSite | ReplaySite, options: DemoOptions, exit_with_stdin: bool) -> int:
    stopping = asyncio.Event()
    _stop_on_signals(_from_elsewhere(stopping))
    try:
        await site.start()
    except (OSError, OverflowError) as error:
        address = f"{options.host}:{options.port}"
        print(f"Cannot open {address} (in use?): {str(error)!a}", file=sys.stderr)
        return 2
    if exit_with_stdin:
        _stop_with_stdin(_from_elsewhere(stopping))
    print(f"Demo site ready: {site.base_url}")
    print(f"User name: {to_ascii(options.user)}  Password: {to_ascii(options.password)}")
    print("Press Ctrl-C to stop.", flush=True)
    try:
        await stopping.wait()
    finally:
        await site.stop()
    return 0


def _from_elsewhere(event: asyncio.Event) -> Callable[[], None]:
    """Return a function that sets the event from a signal handler or another thread."""
    loop = asyncio.get_running_loop()

    def set_event() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(event.set)

    return set_event


def _stop_on_signals(stop: Callable[[], None]) -> None:
    # signal.signal, because loop.add_signal_handler does not exist on Windows.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, lambda *_: stop())


def _stop_with_stdin(stop: Callable[[], None]) -> None:
    def wait_for_end() -> None:
        # os.read, because a daemon thread inside sys.stdin breaks the interpreter's own end.
        while os.read(0, 4096):
            pass
        stop()

    threading.Thread(target=wait_for_end, name="stdin-watch", daemon=True).start()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m jdp_spider.demo",
        description="A stand-in for J.D. Power Values Online on this computer.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default=DEFAULTS.host, help="address to listen on")
    add("--port", type=int, default=DEFAULTS.port, help="0: any free port")
    add("--vehicles", type=int, help=f"size of the inventory ({DEFAULTS.vehicles}, or as recorded)")
    add("--replay", type=Path, metavar="FILE.zip", help="serve a recording of the site")
    add("--seed", type=int, default=DEFAULTS.seed, help="another seed, another inventory")
    add("--latency", choices=tuple(LATENCIES), default=DEFAULTS.latency, help="how slow it is")
    add("--link-kind", choices=LINK_KINDS, default=DEFAULTS.link_kind, help="bookout links")
    add("--report-kind", choices=REPORT_KINDS, default=DEFAULTS.report_kind, help="reports open by")
    add("--pager", choices=PAGERS, default=DEFAULTS.pager, help="the grid's pager")
    add("--page-size", type=int, default=DEFAULTS.page_size, help="rows on a grid page")
    add("--start-page", type=int, default=DEFAULTS.start_page, help="grid page at login")
    add("--user", default=DEFAULTS.user, help="user name")
    add("--accounts", type=int, default=DEFAULTS.accounts, help="so many: demo, demo-2, ...")
    add("--password", default=DEFAULTS.password, help="password")
    # Their default is True, which would be said of the flag: what is left out, DemoOptions has.
    off: dict[str, Any] = {"action": "store_false", "default": argparse.SUPPRESS}
    add("--no-licence", dest="licence", help="already accepted", **off)
    add("--nasty-references", action="store_true", help="add references that are hard to save")
    add("--stale-filter", metavar="TEXT", help="filter that is still on at login")
    add(
        "--active-session-wait",
        dest="active_session_wait_s",
        type=float,
        metavar="SECONDS",
        default=DEFAULTS.active_session_wait_s,
        help="an idle session ends after this long",
    )
    add("--without-link", nargs="+", metavar="REF", default=(), help="rows without a link")
    add("--no-vin", dest="report_names_vin", help="reports hold no VIN", **off)
    add("--report-insists", action="store_true", help="no report before its vehicle is opened")
    what = "; ".join(f"{name}: {text}" for name, text in SERVES.items())
    add("--serves", metavar="HOW", default=DEFAULTS.serves, help=f"vehicles and reports: {what}")
    add("--session-lock", action="store_true", help="requests of a session wait for each other")
    add(
        "--report-address",
        choices=REPORT_ADDRESSES,
        default=DEFAULTS.report_address,
        help="what a report's address means: its vehicle, or the session's last one",
    )
    add("--moved-to", metavar="ORIGIN", default="", help="another site, to which a part leads")
    add("--moved", choices=MOVED_PARTS, default=DEFAULTS.moved, help="which part of it")
    add(
        "--password-state",
        choices=PASSWORD_STATES,
        default=DEFAULTS.password_state,
        help="why a login with the right password may be refused",
    )
    add(
        "--renamed",
        nargs="+",
        metavar="NAME",
        default=(),
        help=f"what the site calls by another name: {', '.join(RENAMES)}",
    )
    add(
        "--like",
        nargs="+",
        metavar="NAME",
        default=(),
        help="what it does as other sites do: " + "; ".join(f"{k}: {v}" for k, v in LIKES.items()),
    )
    add(
        "--changed-seed",
        type=int,
        metavar="SEED",
        help="how the site has changed, drawn from a number; also buttons never to be clicked",
    )
    add("--changes", type=int, default=DEFAULTS.changes, help="so many things have changed")
    add(
        "--fault",
        dest="faults",
        action="append",
        metavar="KIND:WHAT[:RATE][:TIMES]",
        default=[],
        help="what goes wrong, may be repeated; report:cut:0.1",
    )
    add(
        "--most-faults-per-vehicle",
        type=int,
        metavar="NUMBER",
        default=DEFAULTS.most_faults_per_vehicle,
        help="passing faults that one vehicle meets at most",
    )
    add("--exit-with-stdin", action="store_true", help="stop when standard input ends")
    return parser


def _options(given: argparse.Namespace) -> DemoOptions:
    values = vars(given).copy()
    values.pop("exit_with_stdin")
    values.pop("replay")
    if values["vehicles"] is None:
        values["vehicles"] = DEFAULTS.vehicles
    for name in ("without_link", "renamed", "like"):
        values[name] = tuple(values[name])
    values["faults"] = tuple(parse_fault(fault) for fault in values["faults"])
    return DemoOptions(**values)


if __name__ == "__main__":
    sys.exit(main())
