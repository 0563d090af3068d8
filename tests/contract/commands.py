"""The real commands and the demo site as processes of their own, as a user starts them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from harness import crawl_process
from jdp_spider.config.dotenv import PROJECT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

_READY = re.compile(r"Demo site ready: (http://127\.0\.0\.1:\d+/\S*)\n")
_OTHER_SETTINGS = (
    "HEADLESS",
    "CONCURRENT_CONTEXTS",
    "MAX_DOWNLOADS",
    "BLOCK_RESOURCES",
    "DOWNLOAD_FOLDER",
)
"""Own settings without a prefix of their own."""

# One process for many command lines: only the first one pays for the imports.
_MANY = """
import contextlib, io, json, sys
from scrapy.cmdline import execute
done = []
for arguments in json.load(sys.stdin):
    output = io.StringIO()
    status = 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            execute(["scrapy", *arguments])
        except SystemExit as end:
            status = end.code
    done.append([status or 0, output.getvalue()])
json.dump(done, sys.stdout)
"""


class Done(NamedTuple):
    """How a command ended, and what it printed (standard error is in it)."""

    status: int
    output: str


def environment(**given: str) -> dict[str, str]:
    """Return this process's environment without the project's settings, and with what is given."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JD_", "JDP_")) and name not in _OTHER_SETTINGS
    }
    return {**own, "COLUMNS": "100", "JDP_ENV_FILE": os.devnull, **given}


def account(site: str, workdir: Path, **given: str) -> dict[str, str]:
    """Return the environment for crawls of a demo site, with all files below `workdir`."""
    return environment(
        **{
            "JD_USER": "demo",
            "JD_PASS": "demo-password",
            "JD_BASE_URL": site,
            "DOWNLOAD_FOLDER": str(workdir / "downloads"),
            "JDP_STATE_FOLDER": str(workdir / "state"),
            "JDP_REPORT_PAGE": "false",
            "JDP_KEEP_AWAKE": "false",
            **given,
        }
    )


def start(*arguments: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start `python -m` with these arguments; standard input and output are pipes."""
    command = [sys.executable, "-m", *arguments]
    return crawl_process.start(command, environment, stdin=subprocess.PIPE)


def finish(process: subprocess.Popen[str], typed: str | None = None) -> Done:
    """Type into a command, wait for its end, and kill it when it hangs."""
    return Done(*crawl_process.finish(process, typed=typed))


def scrapy(*arguments: str, environment: Mapping[str, str], typed: str | None = None) -> Done:
    """Run `scrapy` with these arguments to its end."""
    return finish(start("scrapy", *arguments, environment=environment), typed)


def many(lines: Iterable[Iterable[str]], **given: str) -> list[Done]:
    """Run many `scrapy` command lines that start nothing, one after the other in one process."""
    done = subprocess.run(
        [sys.executable, "-c", _MANY],
        cwd=PROJECT_FOLDER,
        # Runs that the checkout may have are not looked at.
        env=environment(**{"DOWNLOAD_FOLDER": "no-such-folder", **given}),
        input=json.dumps([list(line) for line in lines]),
        capture_output=True,
        check=True,
        encoding="ascii",
        timeout=crawl_process.LIMIT_S,
    )
    return [Done(*each) for each in json.loads(done.stdout)]


@contextmanager
def demo_site(*arguments: str) -> Iterator[str]:
    """Run the demo site on a free port and give its address."""
    command = ("jdp_spider.demo", "--port", "0", "--exit-with-stdin", *arguments)
    with start(*command, environment=environment()) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            ready = _READY.fullmatch(process.stdout.readline())
            assert ready is not None, "programs wait for the line 'Demo site ready: URL'"
            yield ready[1]
        finally:
            process.stdin.close()


def wait_for(happened: Callable[[], Any], process: subprocess.Popen[str]) -> Any:
    """Wait until something has happened while a command is at work, and return it."""
    end = time.monotonic() + crawl_process.LIMIT_S
    while not (found := happened()):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise AssertionError(process.communicate()[0])
        time.sleep(0.02)
    return found
