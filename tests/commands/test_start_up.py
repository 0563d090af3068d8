"""What every command waits for, as Scrapy imports the modules of all of them."""

from __future__ import annotations

import subprocess
import sys

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
