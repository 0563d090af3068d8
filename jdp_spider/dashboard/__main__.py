"""`python -m jdp_spider.dashboard`: serves the page. `scrapy dashboard` starts it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from jdp_spider.config import credentials
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.dashboard.desk import Desk
from jdp_spider.dashboard.guard import AGAIN, HOST, SECOND_HEADER, Guard
from jdp_spider.dashboard.home import Home
from jdp_spider.dashboard.opener import open_in_browser, write_opener
from jdp_spider.dashboard.processes import Sitting
from jdp_spider.dashboard.server import Server
from jdp_spider.dashboard.values import read_values
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils.console import ascii_console
from jdp_spider.utils.process import handle_requests_to_end
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

_ANSWER_S = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Serve the page until it is closed, or have the process that serves it open it once more."""
    ascii_console()
    parser = argparse.ArgumentParser(prog="scrapy dashboard")
    parser.add_argument("--no-browser", action="store_true")
    options = parser.parse_args(arguments)
    os.chdir(PROJECT_FOLDER)
    # No process that is started from here inherits them.
    credentials.collect(lambda: "")
    home = Home(read_values().state, PROJECT_FOLDER)
    try:
        if home.open():
            try:
                return asyncio.run(_serve(home, browser=not options.no_browser))
            finally:
                home.close()
        return _second_start(home, browser=not options.no_browser)
    except OSError as error:
        print(f"The page cannot be served: {to_ascii(str(error))}", file=sys.stderr)
        return ExitStatus.USAGE
    except KeyboardInterrupt:
        return ExitStatus.COMPLETE


async def _serve(home: Home, *, browser: bool) -> int:
    guard = Guard(home.id)
    desk = Desk(home, Sitting(credentials.given("JD_PASS")))
    server = Server(home, guard, desk)
    port, _ = home.load_address()
    await server.start(port)
    loop = asyncio.get_running_loop()
    handle_requests_to_end(lambda _: loop.call_soon_threadsafe(server.ended.set))
    _open(write_opener(home, guard), browser=browser)
    print("Leave this window open while you use the page. Ctrl-C closes it; what is at work")
    print("continues.", flush=True)
    # A signal is only seen when something happens: on Windows nothing else may.
    while not server.ended.is_set():
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(server.ended.wait(), 5.0)
    await server.stop()
    return ExitStatus.COMPLETE


def _second_start(home: Home, *, browser: bool) -> int:
    """Have the page opened by the process that serves it. Raise OSError if it does not answer."""
    port, secret = home.load_address()
    request = urllib.request.Request(
        f"http://{HOST}:{port}{AGAIN}", data=b"", headers={SECOND_HEADER: secret}
    )
    # Not by a proxy.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=_ANSWER_S):
            pass
    except urllib.error.URLError as error:
        raise OSError(f"another process serves it and does not answer ({error.reason})") from None
    print("The page is open already: it is shown once more.")
    _open(home.opener, browser=browser)
    return ExitStatus.COMPLETE


def _open(path: Path, *, browser: bool) -> None:
    if browser and open_in_browser(path):
        print("The page opens in your browser.")
        return
    print(f"Open this file in your browser within half a minute: {to_ascii(str(path))}")


if __name__ == "__main__":
    sys.exit(main())
