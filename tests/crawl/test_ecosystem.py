"""The project is one like any other: Scrapy's own commands, settings and extensions work on it."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from scrapy.commands import ScrapyHelpFormatter
from scrapy.utils.project import get_project_settings

from jdp_spider.config.dotenv import ENV_FILE, PROJECT_FOLDER
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from jdp_spider.settings import EXTENSIONS
from tests.support.factories import pdf_of, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.crawl_process import Crawl

    MakeCrawl = Callable[..., Crawl]


def scrapy(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=PROJECT_FOLDER,
        env={**os.environ, ENV_FILE: os.devnull, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "output"),
    [(("list",), "jdpower\n"), (("settings", "--get", "BOT_NAME"), "jdp_spider\n")],
)
def test_commands_that_need_no_account(arguments: tuple[str, ...], output: str) -> None:
    done = scrapy(*arguments)
    assert (done.returncode, done.stdout) == (0, output)


def test_download_handlers_of_other_schemes_are_off() -> None:
    shown = """
from scrapy.core.downloader.handlers import DownloadHandlers
print(*DownloadHandlers(crawler)._schemes)"""
    loaded = subprocess.run(
        [sys.executable, "-c", CRAWLER + shown],
        cwd=PROJECT_FOLDER,
        env={**os.environ, ENV_FILE: os.devnull, "JD_USER": "user", "JD_PASS": "password"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    assert loaded.stdout.splitlines()[-1] == "https"


CRAWLER = """
import sys
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.crawler import Crawler
from scrapy.utils.project import get_project_settings
from jdp_spider.spiders.jdpower import JDPowerSpider
crawler = Crawler(JDPowerSpider, get_project_settings())
crawler._apply_settings()
DownloaderMiddlewareManager.from_crawler(crawler)
"""

COMPONENTS = f"""{CRAWLER}
from jdp_spider.browser import handler
from jdp_spider.job import audit, job
from jdp_spider.pdf.reader import reader
from jdp_spider.pdf.verification import BookoutRejected
import pathlib
try:
    print(reader.check_file(pathlib.Path(sys.argv[1]), "165548", ""))
finally:
    reader.close()
print(*sys.modules, sep="\\n")
"""


def test_crawl_does_not_import_unused_packages(tmp_path: Path) -> None:
    pdf = tmp_path / "1.pdf"
    pdf.write_bytes(pdf_of(vehicle("165548")))
    loaded = subprocess.run(
        [sys.executable, "-c", COMPONENTS, str(pdf)],
        cwd=PROJECT_FOLDER,
        env={**os.environ, ENV_FILE: os.devnull, "JD_USER": "user", "JD_PASS": "password"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    ).stdout.split()
    assert "scrapy.extensions.corestats" in loaded
    # Of telnet, remote control and cookies; another process reads the reports, as it just has.
    assert "VerifiedPdf(pages=1," in loaded
    assert not {"twisted.conch", "aiohttp", "tldextract", "pypdf", "matplotlib"} & set(loaded)


COMMANDS = [path.stem for path in (PROJECT_FOLDER / "jdp_spider" / "commands").glob("[a-z]*.py")]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_an_example(name: str) -> None:
    command = importlib.import_module(f"jdp_spider.commands.{name}").Command()
    command.settings = get_project_settings()
    parser = argparse.ArgumentParser(
        prog="scrapy", formatter_class=ScrapyHelpFormatter, description=command.long_desc()
    )
    command.add_options(parser)
    text = parser.format_help()
    assert f"Example: scrapy {name}" in " ".join(text.split())
    # The formatter makes a heading of a line that ends with a colon.
    lines = text.splitlines()
    below = [line for line, under in pairwise(lines) if under and not under.strip("=-")]
    assert {line.strip() for line in below} <= {"Usage", "Options", "Global Options"}


def test_scrapy_contracts_of_the_callback_pass(tmp_path: Path) -> None:
    known = {"JD_USER": "me", "JD_PASS": "s3cret", "JD_BASE_URL": "http://127.0.0.1:9/"}
    state = {"DOWNLOAD_FOLDER": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    done = scrapy("check", **known, **state)
    assert done.returncode == 0, done.stderr
    assert "Ran 4 contracts" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.browser
@pytest.mark.crawl
def test_extensions_can_be_disabled_and_feeds_added(crawl: MakeCrawl, tmp_path: Path) -> None:
    off = json.dumps(dict.fromkeys(EXTENSIONS))
    feed = tmp_path / "vehicles.jsonl"
    with running_demo(DemoOptions(vehicles=4)) as site:
        # The argument is scrapyd's.
        done = crawl(site).run("-s", f"EXTENSIONS={off}", "-o", str(feed), "-a", "_job=7")
        shown = scrapy("shell", "--nolog", site.base_url, "-c", "response.status", JD_USER="")
    assert done.status in (ExitStatus.COMPLETE, ExitStatus.UNEXPECTED), done.output
    assert len(done.pdfs) == len(feed.read_text("utf-8").splitlines()) == 4
    assert done.stats["item_scraped_count"] == "4"
    assert shown.stdout.strip() == "200"
