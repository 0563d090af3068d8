"""Commands, options and help texts; what the commands say to wrong settings and files."""

from __future__ import annotations

import os
import pkgutil
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider import settings
from tests.contract.commands import environment, finish, many, scrapy, start
from tests.contract.documents import OWN_SETTINGS, SELECTORS, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Golden = Callable[[str, Any], None]

WRONG_VALUES = {
    "JD_USER": ["", "your-user-name"],
    "JD_PASS": ["", "your-password"],
    "JD_BASE_URL": [
        "no address",
        "ftp://site/",
        "http://site:0/",
        "http://me:secret@site/",
        "http://site/Home/LicenseAgreement",
    ],
    "JDP_LOGIN_HOSTS": ["http://login.example/", "a b"],
    "JDP_HTTP_HOSTS": ["http://site/", "a b"],
    "HEADLESS": ["maybe"],
    "CONCURRENT_CONTEXTS": ["five", "0", "21"],
    "MAX_DOWNLOADS": ["few", "-1"],
    "BLOCK_RESOURCES": ["2"],
    "DOWNLOAD_FOLDER": ["", "scrapy.cfg"],
    "JDP_STATE_FOLDER": ["scrapy.cfg"],
    "JD_BROWSER": ["no/browser"],
    "JDP_PROXY": ["ftp://proxy.example"],
    "JDP_PAGE_TIMEOUT": ["soon", "0"],
    "JDP_REPORT_TIMEOUT": ["soon", "0"],
    "JDP_MOST_REPORT_MB": ["much", "0"],
    "JDP_MOST_CONTEXTS": ["auto", "0", "21"],
    "JDP_MOST_EXPORT_MB": ["much", "0"],
    "JDP_RETRIES": ["some", "11"],
    "JDP_LOGIN_WAITS": ["some", "101"],
    "JDP_CONTEXT_VEHICLES": ["some", "0"],
    "JDP_FAILURES_IN_A_ROW": ["some", "1"],
    "JDP_RECOVERY_PAUSE": ["soon", "-1"],
    "JDP_OUTAGE_TIMEOUT": ["soon", "0"],
    "JDP_DIRECT_REPORTS": ["true"],
    "JDP_SELF_REPAIR": ["yes"],
    "JDP_ACCEPT_UNVERIFIED": ["auto"],
    "JDP_REPORT_PAGE": ["auto"],
    "JDP_STRICT": ["auto"],
    "JDP_SNAPSHOTS": ["some", "-1"],
    "JDP_CHECKPOINT_EVERY": ["some", "0"],
    "JDP_PROGRESS_INTERVAL": ["soon", "0"],
    "JDP_KEEP_AWAKE": ["auto"],
    "JDP_ON_END": ["[1]"],
}
DOTENV = "JD_USER=me\nJD_PASS=secret\nMAX_DOWNLOAD=5\nJDP_RETRY=1\nJD_PASSWORD=secret\n"
WRONG_SELECTORS = ('report = "a"', 'logout = "b"', "log_in = 5")
ACCOUNTS = """
at_once = 0
folder = 5
nightly = "at ten"
night = ""
[defaults]
user = "x"
settings = 5
[[account]]
name = "a/b"
password = "secret"
base_url = "none"
[account.settings]
CONCURRENT_CONTEXTS = 99
JD_USER = "x"
[[account]]
name = "north"
user = "me"
password = "env:SECRET"
[[account]]
name = "North"
user = "ME"
password = "keyring"
"""


def own_commands() -> list[str]:
    package = import_module(settings.COMMANDS_MODULE)
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def parts(text: str) -> dict[str, Any]:
    """Take a help text apart: what stands above the options, and each option with its help."""
    own = text.partition("\nGlobal Options")[0]
    above, first, below = own.partition("  -h, --help")
    options = {}
    for option in re.split(r"\n  (?=-)", (first + below).strip()):
        names, words = re.split(r"  +|\n", option, maxsplit=1)
        # Before Python 3.13 the value stood behind each name.
        names = re.sub(r"(-\w) (\S+), (--\S+) \2$", r"\1, \3 \2", names)
        options[names] = " ".join(words.split())
    return {"above": " ".join(above.split()), "options": options}


def problems(output: str) -> list[str]:
    """Return the lines of what a command complains about, below its usage."""
    return output.partition("error: ")[2].splitlines()


def test_commands_and_options_are_unchanged(golden: Golden) -> None:
    names = own_commands()
    done = dict(zip(names, many([name, "--help"] for name in names), strict=True))
    demo = finish(start("jdp_spider.demo", "--help", environment=environment()))
    assert {each.status for each in (*done.values(), demo)} == {0}
    golden(
        "commands.json",
        {
            **{f"scrapy {name}": parts(each.output) for name, each in done.items()},
            "python -m jdp_spider.demo": parts(demo.output),
        },
    )


def test_errors_of_wrong_calls_are_unchanged(golden: Golden) -> None:
    calls = [
        "crawl",
        "crawl other",
        "crawl jdpower -a name=1",
        "crawlgroup",
        "crawlgroup --at-once 0 accounts.toml",
        "crawlgroup --run a/b accounts.toml",
        "demo --vehicles 0",
        "demo more",
        "doctor more",
        "groupqueue",
        "groupqueue init more",
        "groupworker --lease 1 accounts.example.toml",
        "login more",
        "report",
        "report docs",
        "verify",
        "verify docs",
    ]
    done = many(call.split() for call in calls)
    golden("wrong_calls.json", {
        f"scrapy {call}": each.status for call, each in zip(calls, done, strict=True)
    })  # fmt: skip


def test_errors_of_wrong_settings_are_unchanged(golden: Golden) -> None:
    assert set(WRONG_VALUES) == set(table(OWN_SETTINGS, "JD_USER"))
    given = ["JD_USER=me", "JD_PASS=secret"]
    lines, said = [], []
    for name, values in WRONG_VALUES.items():
        for value in values:
            said.append(f"{name}={value}")
            lines.append([part for one in [*given, said[-1]] for part in ("-s", one)])
    done = many(["crawl", "jdpower", *line] for line in lines)
    assert {each.status for each in done} == {2}
    golden("wrong_settings.json", {
        one: problems(each.output) for one, each in zip(said, done, strict=True)
    })  # fmt: skip


def test_errors_of_unknown_names_from_all_places_are_unchanged(
    golden: Golden, tmp_path: Path
) -> None:
    """From all places at once: the command line, the environment, .env and selectors.toml."""
    dotenv = tmp_path / "example.env"
    dotenv.write_text(DOTENV, encoding="ascii")
    # Of the documented names none is refused.
    known = [f'{name} = "x"' for name in table(SELECTORS) if name != "log_in"]
    selectors = tmp_path / "selectors.toml"
    selectors.write_text("\n".join([*known, *WRONG_SELECTORS]), encoding="ascii")
    places = environment(JDP_ENV_FILE=str(dotenv), JDP_SNAPSHOT="0", HEADLESS="maybe")
    line = "crawl jdpower -s JDP_PAGE_TIMOUT=3 -s CONCURRENT_REQUESTS=99 -s JDP_RETRIES=11"
    done = scrapy(*line.split(), environment=places)
    assert done.status == 2
    golden("misspelt_settings.json", problems(_in_folder(done.output, tmp_path)))


def _in_folder(output: str, folder: Path) -> str:
    """Return the output with this word instead of the folder, which is another one each time."""
    return output.replace(f"{folder}{os.sep}", "FOLDER/")


def test_errors_of_broken_settings_files_are_unchanged(golden: Golden, tmp_path: Path) -> None:
    dotenv = tmp_path / "example.env"
    dotenv.write_text("JD_USER=me\nJD_PASS secret\n", encoding="ascii")
    (tmp_path / "selectors.toml").write_text("reports =\n", encoding="ascii")
    done = scrapy("crawl", "jdpower", environment=environment(JDP_ENV_FILE=str(dotenv)))
    assert done.status == 2
    golden("broken_dotenv.json", problems(_in_folder(done.output, tmp_path)))


def test_errors_of_a_wrong_accounts_file_are_unchanged(golden: Golden, tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS, encoding="ascii")
    (done,) = many([["crawlgroup", str(path)]])
    assert done.status == 2
    golden("wrong_accounts.json", problems(_in_folder(done.output, tmp_path)))


@pytest.mark.browser
def test_provider_module_prints_the_chosen_browser() -> None:
    """bootstrap.py asks for it."""
    done = finish(start("jdp_spider.browser", environment=environment(JD_BROWSER=__file__)))
    assert (done.status, done.output) == (0, f"{__file__}\n")
