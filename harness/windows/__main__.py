"""Sets Windows up and tests on it: a line for each step, and one for each thing that is wrong.

python bootstrap.py test --windows
python bootstrap.py test --windows fast -k supervision
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from harness.windows.bridge import bridge
from harness.windows.build import build, set_up
from harness.windows.console import check_console
from harness.windows.results import Results, read_expected, read_results, summary
from harness.windows.wine import VENV_PYTHON, Missing, Wine
from jdp_spider.utils.text import duration, to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable

_STEPS = ("fast", "crawl", "console")
_SELECTED = {
    "fast": "not browser and not crawl and not postgres",
    "crawl": "(crawl or browser) and not postgres",
}
_LIMIT_S = 3600.0


def main(argv: list[str] | None = None) -> int:
    """Return 0 if nothing failed but what is expected, 1 if something did, 2 if it cannot run."""
    options = _parser().parse_args(argv)
    wine = Wine(options.cache.expanduser().resolve())
    chosen = [options.step] if options.step else list(_STEPS)
    try:
        _say("Windows", lambda: build(wine))
        with bridge(wine.drive) as port:
            wine.more = {"CHROME_BRIDGE_PORT": str(port)}
            _say("set-up", lambda: set_up(wine))
            good = [_step(step, wine, options) for step in chosen]
    except Missing as reason:
        print(f"Error: {to_ascii(str(reason))}", file=sys.stderr)
        return 2
    finally:
        if (wine.folder / "prefix").is_dir():
            wine.end()
    return 0 if all(good) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python bootstrap.py test --windows",
        description="Test on a real Windows Python, under Wine.",
    )
    parser.add_argument("step", nargs="?", choices=_STEPS, help="only this one")
    parser.add_argument("-k", default="", metavar="EXPRESSION", help="only these tests, as pytest")
    parser.add_argument(
        "--processes", type=int, default=min(2 * (os.cpu_count() or 1), 4), help="of pytest at once"
    )
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(cache, "jdp-spider-windows"),
        metavar="FOLDER",
        help="where Windows is kept, 1.5 GB (default: %(default)s)",
    )
    return parser


def _step(step: str, wine: Wine, options: argparse.Namespace) -> bool:
    """Run a step and print its lines. Return True if nothing failed that should not."""
    if step == "console":
        return _check_console(wine)
    started = time.monotonic()
    expected = read_expected()
    problem, results = _test(step, wine, options)
    unexpected = results.unexpected(expected)
    for test, text in unexpected.items():
        print(to_ascii(f"  FAILED {test}: {text[:200]}"))
    for test in results.stale(expected):
        print(to_ascii(f"  passed, though expected to fail (expected.toml): {test}"))
    text = f"{problem}{summary(results, expected)}"
    print(f"{step} tests: {text} ({duration(time.monotonic() - started)})", flush=True)
    return not unexpected and not problem


def _test(step: str, wine: Wine, options: argparse.Namespace) -> tuple[str, Results]:
    """Run pytest on Windows. Return why its word is not to be trusted, if so, and its results."""
    found = wine.project / f"results-{step}.xml"
    found.unlink(missing_ok=True)
    log = wine.folder / f"{step}.log"
    command = [VENV_PYTHON, "-m", "pytest", "-v", "-m", _SELECTED[step], f"--junitxml={found.name}"]
    command += ["-p", "no:cacheprovider", *(["-k", options.k] if options.k else [])]
    if options.processes > 1:
        command += ["--numprocesses", str(options.processes), "--dist", "worksteal"]
    problem = ""
    try:
        status = wine.run(*command, log=log, cwd=wine.project, seconds=_LIMIT_S)
        if status not in (0, 1):
            problem = f"pytest ended with status {status}, see {log}; "
    except subprocess.TimeoutExpired:
        problem = f"hung after {duration(_LIMIT_S)}, see {log}; "
    try:
        return problem, read_results(found)
    except (OSError, ParseError):
        return problem or f"pytest left no results, see {log}; ", Results()


def _check_console(wine: Wine) -> bool:
    started, wrong, count = time.monotonic(), 0, 0
    for name, problem in check_console(wine):
        count += 1
        if problem:
            wrong += 1
            print(to_ascii(f"  FAILED {name}: {problem}"))
    took = duration(time.monotonic() - started)
    print(f"console: {count - wrong} of {count} checks passed ({took})", flush=True)
    return not wrong


def _say(name: str, work: Callable[[], str]) -> None:
    started = time.monotonic()
    done = work()
    print(f"{name}: {done} ({duration(time.monotonic() - started)})", flush=True)


if __name__ == "__main__":
    sys.exit(main())
