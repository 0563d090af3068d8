"""Names behind `-s` that nothing reads: mistyped ones are refused, others are told of."""

from __future__ import annotations

import ast
import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scrapy.settings import Settings, default_settings

from jdp_spider.config.names import (
    KNOWN,
    meant,
    mistyped_names,
    unknown_names,
    unrecognised_names,
)
from jdp_spider.config.options import OPTIONS
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from tests.support.marks import long

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.crawl_process import Crawl

    MakeCrawl = Callable[..., Crawl]

MEANT = {
    "MAX_DOWNLOAD": "MAX_DOWNLOADS",
    "MAX_DOWNLOADSS": "MAX_DOWNLOADS",
    "MAX_DOWNLAODS": "MAX_DOWNLOADS",
    "MAX-DOWNLOADS": "MAX_DOWNLOADS",
    "max_downloads": "MAX_DOWNLOADS",
    " MAX_DOWNLOADS": "MAX_DOWNLOADS",
    "MAX_DOWN": "MAX_DOWNLOADS",
    "JOBDR": "JOBDIR",
    "JODBRI": "JOBDIR",
    "JobDir": "JOBDIR",
    "JOB": "JOBDIR",
    "RETRIES": "JDP_RETRIES",
    "CONTEXTS": "CONCURRENT_CONTEXTS",
    "CONCURRENT_CONTEXT": "CONCURRENT_CONTEXTS",
    "LOGFILE": "LOG_FILE",
    "CLOSESPIDER_ITEMCONT": "CLOSESPIDER_ITEMCOUNT",
    "PLAYWRIGHT_CONTEXT": "PLAYWRIGHT_CONTEXTS",
}


@pytest.mark.parametrize(("name", "known"), MEANT.items())
def test_misspelt_name_suggests_the_setting(name: str, known: str) -> None:
    assert meant(name, OPTIONS) == known


@pytest.mark.parametrize("name", ["MY_SETTING", "REDIS_URL", "JOBDIRXYZ", "MXDWNLDS", "X", ""])
def test_unrelated_name_suggests_nothing(name: str) -> None:
    assert meant(name, OPTIONS) == ""


@pytest.mark.parametrize("name", sorted({*KNOWN, *OPTIONS}))
def test_known_name_suggests_nothing(name: str) -> None:
    assert meant(name, OPTIONS) == ""


def command_line(*names: str) -> Settings:
    settings = Settings({"PROJEKT": "1"})
    settings.setdict(dict.fromkeys(names, "1"), priority="cmdline")
    return settings


def test_mistyped_names_are_reported() -> None:
    """Names that begin as the own ones do are refused elsewhere, close or not."""
    assert mistyped_names(command_line("JOBDIR", "JOBDR", "MINE", "JDP_X", "L\xd6GFILE")) == [
        "JOBDR is not a setting; did you mean JOBDIR? (see docs/settings.md)",
        "L\\xd6GFILE is not a setting; did you mean LOG_FILE? (see docs/settings.md)",
    ]


def test_unrecognised_names_on_the_command_line_are_found() -> None:
    known = ("JOBDIR", "HEADLESS", "LOG_FILE", "CLOSESPIDER_TIMEOUT", "_PLAYWRIGHT_THREADED_LOOP")
    assert unrecognised_names(command_line("MINE", *known, "\xd6L")) == ["MINE", "\\xd6L"]


def names_read(package: str) -> Iterator[str]:
    """The names of settings in the source of a package: those given to a settings object."""
    spec = find_spec(package)
    assert spec is not None
    (folder,) = spec.submodule_search_locations or []
    for path in Path(folder).rglob("*.py"):
        if "templates" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if "settings" in ast.unparse(node.func.value) and node.args:
                    yield from constant(node.args[0])
            elif isinstance(node, ast.Subscript) and "settings" in ast.unparse(node.value):
                yield from constant(node.slice)


def constant(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper():
        yield node.value


@pytest.mark.parametrize("package", ["scrapy", "scrapy_playwright"])
def test_settings_read_by_installed_packages_are_known(package: str) -> None:
    read = set(names_read(package))
    assert len(read) > 10
    # Scrapy keeps what components share there, under names that end so.
    assert sorted(name for name in read - KNOWN if not name.endswith("_BASE")) == []


def test_known_names_are_read_and_have_no_default() -> None:
    text = "".join(
        path.read_text("utf-8")
        for package in ("scrapy", "scrapy_playwright")
        for path in Path(find_spec(package).submodule_search_locations[0]).rglob("*.py")
    )
    others = {name for name in KNOWN if name not in vars(default_settings)}
    assert len(others) > 20
    assert sorted(name for name in others if f'"{name}"' not in text) == []


@pytest.mark.crawl
@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("MAX_DOWNLOAD=10", "MAX_DOWNLOAD is not a setting; did you mean MAX_DOWNLOADS?"),
        long("JOBDR=x", "JOBDR is not a setting; did you mean JOBDIR?"),
        long("JDP_XYZZY=1", "JDP_XYZZY is not a setting (see .env.example)"),
        ("JD_OTHER=1", "JD_OTHER is not a setting (see .env.example)"),
        ("JDP_ENV_FILE=x", "JDP_ENV_FILE is not a setting (see .env.example)"),
    ],
)
@pytest.mark.parametrize("command", [("crawl", "jdpower"), long(("doctor",))])
def test_mistyped_name_is_refused(
    command: tuple[str, ...], given: str, line: str, crawl: MakeCrawl, tmp_path: Path
) -> None:
    with running_demo(DemoOptions(vehicles=1)) as site:
        made = crawl(site)
        made.name = command
        done = made.run("-s", given)
    assert done.status == ExitStatus.USAGE, done.output
    assert line in " ".join(done.output.split())
    assert (site.log.logins, (tmp_path / "downloads").exists()) == (0, False)


@pytest.mark.browser
@pytest.mark.crawl
def test_arguments_of_scrapyd_pass_and_unknown_names_are_reported_once(
    crawl: MakeCrawl, tmp_path: Path
) -> None:
    log, feed = tmp_path / "7.log", tmp_path / "7.jsonl"
    feeds = json.dumps({feed.as_uri(): {"format": "jsonlines"}})
    given = {"JOBDIR": tmp_path / "job", "LOG_FILE": log, "FEEDS": feeds, "MINE": 1, "REDIS_URL": 2}
    arguments = [word for name, value in given.items() for word in ("-s", f"{name}={value}")]
    with running_demo(DemoOptions(vehicles=3)) as site:
        done = crawl(site).run(*arguments, "-a", "_job=7")
    assert done.status == ExitStatus.COMPLETE, done.output
    assert len(feed.read_text("utf-8").splitlines()) == 3
    warned = [line.partition(" WARNING: ")[2] for line in log.read_text("utf-8").splitlines()]
    assert [line for line in warned if line] == [
        "No part of Scrapy or of this program reads what was given by -s: MINE, REDIS_URL"
    ]


@pytest.mark.crawl
def test_demo_command_passes_settings_to_its_crawl(crawl: MakeCrawl) -> None:
    with running_demo(DemoOptions(vehicles=1)) as site:
        made = crawl(site)
    made.name = ("demo",)
    done = made.run("--vehicles", "1", "-s", "MAX_DOWNLOAD=1")
    assert done.status == ExitStatus.USAGE, done.output
    assert "MAX_DOWNLOAD is not a setting; did you mean MAX_DOWNLOADS?" in done.output


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("JD_PASShunter=2", "JD_PASS..."),
        ("JD_PASS_hunter2=", "JD_PASS..."),
        ("JD_PASSWORD=hunter2", "JD_PASSWORD"),
        ("JDP_PROXYhunter=2", "JDP_PROXY..."),
    ],
)
def test_name_that_ends_with_a_secret_is_not_shown(
    line: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.env").write_text(f"{line}\n", "ascii")
    monkeypatch.setenv("JDP_ENV_FILE", str(tmp_path / "own.env"))
    found = [each for each in unknown_names(Settings({})) if each.startswith(("JD_", "JDP_PROXY"))]
    assert [each.partition(" is not a setting")[0] for each in found] == [shown]
    assert "hunter" not in "".join(found)
