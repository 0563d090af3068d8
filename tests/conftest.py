"""The real command against the demo site, for tests."""

from __future__ import annotations

import compileall
import contextlib
import importlib
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from harness.crawl_process import Crawl, make_crawl
from harness.postgres import find_postgres
from jdp_spider.config import credentials
from jdp_spider.utils import redaction
from jdp_spider.utils.files import PACKAGE_PARENT
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jdp_spider.demo.site import DemoSite


if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # As for a job in a shell's background: commands that the tests start would ignore Ctrl-C, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test reads or changes the keyring of whoever runs it.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

SHARED = {"seen", "whole_crawl"}
"""Fixtures of a crawl or more, which several tests share: made in one process only."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run more kinds of what is tested anyway")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the program once, where Python is told to write no bytecode.

    The tests start hundreds of commands, and each would do it anew. So would the browser's driver.
    """
    os.environ["NODE_COMPILE_CACHE"] = str(config.rootpath / ".pytest_cache" / "node")
    if sys.dont_write_bytecode and not hasattr(config, "workerinput"):
        compileall.compile_dir(PACKAGE_PARENT / "jdp_spider", quiet=2)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Have each process compile a part of the tests first, for the others as well.

    Otherwise each would rewrite the assertions of all of them.
    """
    config = session.config
    if hasattr(config, "workerinput") and config.args_source == config.ArgsSource.TESTPATHS:
        worker, count = config.workerinput["workerid"], config.workerinput["workercount"]
        modules = sorted((config.rootpath / "tests").rglob("test_*.py"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "dont_write_bytecode", False)
            for module in modules[int(worker.removeprefix("gw")) :: count]:
                # What cannot be imported is imported again, and reported.
                with contextlib.suppress(Exception, pytest.skip.Exception):
                    parts = module.relative_to(config.rootpath).with_suffix("").parts
                    importlib.import_module(".".join(parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have each process begin with slow tests, so that none is left with one at the end.

    Crawls take the processors, and tests of pages wait most of the time: every second process
    begins with the latter. Leave out what is marked as long, and what starts a PostgreSQL where
    none is installed.
    """
    if not config.getoption("--long"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    # pytest-xdist gives each process as many, in this order; who is done takes from others' ends.
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    share = len(items) // processes
    visits = [item for item in items if SHARED.intersection(getattr(item, "fixturenames", ()))]
    crawls = [item for item in items if item.get_closest_marker("crawl") and item not in visits]
    slow = {*visits, *crawls}
    pages = [item for item in items if item.get_closest_marker("browser") and item not in slow]
    slow |= {*pages}
    others = [item for item in items if item not in slow]
    items.clear()
    for number, own_pages in enumerate(_shared_out(pages, processes)):
        own_crawls = [*(visits if number == 0 else ()), *crawls[number::processes]]
        begin = own_pages + own_crawls if number % 2 else own_crawls + own_pages
        room = max(share - len(begin), 0)
        items += begin + others[:room]
        del others[:room]
    items += others
    if find_postgres() is not None:
        return
    skip = pytest.mark.skip(reason="PostgreSQL is not installed (apt: postgresql)")
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(skip)


def _shared_out(items: list[pytest.Item], processes: int) -> list[list[pytest.Item]]:
    """Return the items of each process: whole modules, as many of them for each as possible."""
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    found: list[list[pytest.Item]] = [[] for _ in range(processes)]
    for own in sorted(modules.values(), key=len, reverse=True):
        min(found, key=len).extend(own)
    return found


@pytest.fixture(scope="session", autouse=True)
def no_browser_left() -> Iterator[None]:
    """End the browser that tests of this process have shared."""
    yield
    lasting_browser.close()


@pytest.fixture(autouse=True)
def no_secrets_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the passwords and cookies of earlier tests: what is read, and what is masked."""
    monkeypatch.setattr(credentials, "_given", {})
    monkeypatch.setattr(redaction, "_hidden", {})


@pytest.fixture
def crawl(tmp_path: Path) -> Callable[..., Crawl]:
    """A function (site, **settings) -> Crawl, ready to be run."""

    def make(site: DemoSite, **settings: str) -> Crawl:
        return make_crawl(site, tmp_path, **settings)

    return make
