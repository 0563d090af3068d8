"""What every command waits for, as Scrapy imports the modules of all of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from jdp_spider.reasons import ExitStatus
from jdp_spider.utils.console import INTERRUPTED

HEAVY = (
    "PIL",
    "aiohttp",
    "fontTools",
    "jdp_spider.doctor.run",
    "jinja2",
    "playwright.async_api",
    "pypdf",
    "scrapy_playwright",
)
"""Each takes 0.03 to 0.2 s."""

CODE = f"""
import sys
from scrapy.utils.misc import walk_modules_iter
list(walk_modules_iter("jdp_spider.commands"))
print(*sorted(set({HEAVY}) & set(sys.modules)))
"""


def test_commands_do_not_import_what_only_others_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


INTERRUPT = """
import importlib.abc, signal, sys
from scrapy.cmdline import execute

class Interrupting(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name == sys.argv[-1]:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
signal.signal(signal.SIGINT, signal.default_int_handler)
execute(["scrapy", *sys.argv[1:-1]])
"""
"""A command that Ctrl-C reaches while it imports the module that comes last."""


@pytest.mark.parametrize(
    ("arguments", "imported"),
    [
        ("crawl jdpower", "jdp_spider.config.sources"),
        ("crawl jdpower", "jdp_spider.commands.crawl"),
        ("doctor --about", "jdp_spider.doctor.command"),
        ("dashboard", "jdp_spider.commands.dashboard"),
    ],
)
def test_ctrl_c_during_an_import_ends_the_command_with_one_line(
    arguments: str, imported: str
) -> None:
    command = [sys.executable, "-c", INTERRUPT, *arguments.split(), imported]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr.split("\n")) == (
        ExitStatus.INTERRUPTED,
        "",
        ["", "Stopped before the end.", ""],
    )
    assert INTERRUPTED == ExitStatus.INTERRUPTED
