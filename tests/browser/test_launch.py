from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.async_api import async_playwright
from scrapy.settings import Settings

from jdp_spider.addon import DerivedSettings
from jdp_spider.browser import launch as launch_module
from jdp_spider.browser.launch import (
    OTHERS,
    PLAYWRIGHTS_FEATURES,
    BrowserNotFound,
    context_options,
    find_browser,
    launch_options,
    other_browsers,
)
from jdp_spider.config.dotenv import ENV_FILE
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.proxies import find_proxy
from jdp_spider.pages.view import SCREEN
from jdp_spider.utils import cli
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from playwright.async_api import Browser

SHELLS = ("chromium-headless-shell", "chrome-headless-shell", "headless_shell")
FULL = ("google-chrome-stable", "google-chrome", "chrome", "chromium", "chromium-browser")
EDGES = ("microsoft-edge", "msedge")


class Machine:
    """A machine whose programs are files below one folder."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self._patch = root, monkeypatch
        self._path: dict[str, str] = {}
        self.be("linux")
        for name in (*OPTIONS, "PROGRAMFILES(X86)", "PROGRAMFILES", "LOCALAPPDATA"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(ENV_FILE, os.devnull)
        monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(root / "own"))
        monkeypatch.setattr(launch_module, "_MAC_PLACES", (str(root / "Chrome.app"),))
        monkeypatch.setattr(launch_module, "shutil", SimpleNamespace(which=self._path.get))
        monkeypatch.setattr(
            launch_module, "playwright", SimpleNamespace(__file__=str(root / "p/i.py"))
        )
        listing = {"browsers": [{"name": "chromium", "revision": "9"}, {"name": "webkit"}]}
        listing["browsers"].append({"name": "chromium-headless-shell", "revision": "7"})
        self.make("p/driver/package/browsers.json").write_text(json.dumps(listing))

    def be(self, platform: str) -> None:
        self._patch.setattr(sys, "platform", platform)

    def make(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return path

    def on_path(self, *names: str) -> list[Path]:
        self._path.update({name: str(self.make(f"bin/{name}")) for name in names})
        return [self.root / "bin" / name for name in names]

    def own(self, folder: str, program: str) -> Path:
        """One of Playwright's own, whose installation was finished."""
        self.make(f"own/{folder}/INSTALLATION_COMPLETE")
        return self.make(f"own/{folder}/{program}")

    def windows(self, variable: str, *names: str) -> list[Path]:
        folder = self.root / variable.replace("(", "").replace(")", "")
        self._patch.setenv(variable, str(folder))
        return [self.make(f"{folder.name}/{name}") for name in names]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def found_in_turn(*, headless: bool) -> list[Path]:
    """What is found first, what when that is gone, and so on."""
    return list(launch_module._candidates(headless))


@pytest.fixture
def everything(machine: Machine) -> dict[str, list[Path]]:
    """A machine that has every browser there is, by the order of their names in the design."""
    return {
        "own shell": [machine.own("chromium_headless_shell-7", "x/chrome-headless-shell")],
        "own full": [machine.own("chromium-9", "chrome-linux/chrome")],
        "shells": machine.on_path(*SHELLS),
        "full": machine.on_path(*FULL, *EDGES),
    }


def test_headless_shell_is_preferred_to_a_full_browser(everything: dict[str, list[Path]]) -> None:
    order = ("own shell", "own full", "shells", "full")
    assert found_in_turn(headless=True) == [path for name in order for path in everything[name]]
    assert find_browser() == everything["own shell"][0]


@pytest.mark.skipif(os.name == "nt", reason="there a link needs a privilege")
def test_other_browsers_are_those_that_were_not_taken(machine: Machine) -> None:
    shell, chrome, edge = machine.on_path("headless_shell", "chrome", "msedge")
    (stable,) = machine.on_path("google-chrome-stable")
    stable.unlink()
    stable.symlink_to(chrome)
    assert other_browsers(shell, headless=True) == [str(stable), str(edge)]
    assert other_browsers(chrome, headless=False) == [str(edge)]


@pytest.mark.parametrize(("chosen", "others"), [("", ["chrome"]), ("{bin}/chrome", [])])
def test_no_other_browser_is_used_than_the_chosen_one(
    chosen: str, others: list[str], machine: Machine
) -> None:
    folder = machine.on_path("headless_shell", "chrome")[0].parent
    given = {"JD_USER": "me", "JD_PASS": "a-Passw0rd", "JD_BROWSER": chosen.format(bin=folder)}
    settings = Settings(given)
    DerivedSettings().update_settings(settings)
    found = settings.getdict("PLAYWRIGHT_LAUNCH_OPTIONS")
    assert found[OTHERS] == [str(folder / name) for name in others]


def test_headless_shell_is_not_used_with_a_window(everything: dict[str, list[Path]]) -> None:
    assert found_in_turn(headless=False) == everything["own full"] + everything["full"]
    assert find_browser(headless=False) == everything["own full"][0]


def test_mac_applications_folder_of_the_user_is_searched(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch_module, "_MAC_PLACES", ("/Applications/No such/Chrome",))
    monkeypatch.setattr(Path, "home", lambda: machine.root)
    chrome = machine.make("Applications/No such/Chrome")
    assert found_in_turn(headless=True) == []
    machine.be("darwin")
    assert found_in_turn(headless=True) == [chrome]


@pytest.mark.parametrize("headless", [True, False])
def test_configured_browser_comes_first(everything: dict, headless: bool) -> None:
    chosen = Path("/opt/my browser")
    assert find_browser(chosen, headless=headless) == chosen


@pytest.mark.parametrize(
    ("headless", "command"),
    [
        (True, "python bootstrap.py setup"),
        (False, cli.python("-m playwright install chromium")),
    ],
)
def test_missing_browser_is_an_error(headless: bool, command: str, machine: Machine) -> None:
    if not headless:
        machine.on_path(*SHELLS)
    with pytest.raises(BrowserNotFound) as caught:
        find_browser(headless=headless)
    assert str(caught.value) == f"No browser was found. Install one with: {command}"


@pytest.mark.parametrize(
    ("folder", "program", "complete"),
    [
        ("chromium_headless_shell-6", "x/chrome-headless-shell", True),
        ("chromium_headless_shell-7", "x/chrome-headless-shell", False),
        ("chromium_headless_shell-7", "x/chrome-headless-shell.pdb", True),
        ("chromium-9", "README", True),
        ("firefox-9", "firefox/chrome", True),
    ],
)
def test_playwright_browser_must_be_complete_and_of_this_release(
    folder: str, program: str, complete: bool, machine: Machine
) -> None:
    machine.own(folder, program)
    if not complete:
        (machine.root / "own" / folder / "INSTALLATION_COMPLETE").unlink()
    (fallback,) = machine.on_path("chromium")
    assert found_in_turn(headless=True) == [fallback]


@pytest.mark.parametrize(
    "program",
    [
        "chrome-linux/chrome",
        "chrome-win/chrome.exe",
        "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
        "chrome-mac/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
    ],
)
@pytest.mark.parametrize("headless", [True, False])
def test_playwright_browser_is_found_on_each_system(
    program: str, headless: bool, machine: Machine
) -> None:
    path = machine.own("chromium-9", program)
    assert find_browser(headless=headless) == path


@pytest.mark.parametrize(
    "program", ["chrome-linux/headless_shell", "x/chrome-headless-shell", "x/headless_shell.exe"]
)
def test_playwright_headless_shell_is_found_on_each_system(program: str, machine: Machine) -> None:
    path = machine.own("chromium_headless_shell-7", program)
    assert find_browser() == path


def test_usual_places_are_searched_on_windows(machine: Machine) -> None:
    machine.be("win32")
    chrome, edge = "Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"
    (edge86,) = machine.windows("PROGRAMFILES(X86)", edge)
    (chrome64,) = machine.windows("PROGRAMFILES", chrome)
    local = machine.windows("LOCALAPPDATA", chrome, "Chromium/Application/chrome.exe")
    assert found_in_turn(headless=True) == [chrome64, *local, edge86]


def test_place_that_cannot_be_looked_at_is_skipped(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.be("win32")
    chrome, edge = "Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"
    locked, found = machine.windows("LOCALAPPDATA", chrome, edge)
    is_file = Path.is_file

    def refuse(path: Path) -> bool:
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    assert found_in_turn(headless=True) == [found]


@pytest.mark.parametrize(("platform", "count"), [("darwin", 1), ("linux", 0), ("win32", 0)])
def test_usual_places_of_a_mac_are_searched_on_a_mac_only(
    platform: str, count: int, machine: Machine
) -> None:
    app = machine.make("Chrome.app")
    machine.be(platform)
    assert found_in_turn(headless=True) == [app] * count


@pytest.mark.parametrize(
    ("platform", "variable", "folder"),
    [
        ("linux", "XDG_CACHE_HOME", "{value}/ms-playwright"),
        ("linux", "", "{home}/.cache/ms-playwright"),
        ("darwin", "", "{home}/Library/Caches/ms-playwright"),
        ("win32", "LOCALAPPDATA", "{value}/ms-playwright"),
        ("win32", "", "{home}/AppData/Local/ms-playwright"),
        ("linux", "PLAYWRIGHT_BROWSERS_PATH", "{value}"),
    ],
)
def test_browsers_folder_of_playwright_on_each_system(
    platform: str, variable: str, folder: str, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PLAYWRIGHT_BROWSERS_PATH", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable or "UNUSED", "/given")
    machine.be(platform)
    assert launch_module._browsers_folder() == Path(folder.format(value="/given", home=Path.home()))


def test_browsers_inside_the_playwright_package_are_found(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "0")
    folder = "p/driver/package/.local-browsers/chromium-9"
    machine.make(f"{folder}/INSTALLATION_COMPLETE")
    path = machine.make(f"{folder}/chrome-linux/chrome")
    assert find_browser() == path


NO_IMAGES = "--blink-settings=imagesEnabled=false"
FEATURES = "CDPScreenshotNewSurface,SkipListAccountsWithoutGaiaCookies,NetworkServiceInProcess2"
LIGHT = [
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--in-process-gpu",
    "--no-unsandboxed-zygote",
    f"--enable-features={FEATURES}",
]


@pytest.mark.parametrize(("headless", "block", "root"), [(True, True, False), (False, False, True)])
def test_launch_options_are_complete(
    headless: bool, block: bool, root: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000, raising=False)
    assert launch_options(Path("/b"), headless=headless, block_images=block) == {
        "executable_path": str(Path("/b")),
        "headless": headless,
        "chromium_sandbox": not root,
        "timeout": 45_000,
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "args": ([NO_IMAGES] if block else []) + (LIGHT if headless else []),
    }


@pytest.mark.parametrize(
    ("own", "added"),
    [
        ("http://me:pw@p:1", {"server": "http://p:1", "username": "me", "password": "pw"}),
        ("socks5://p:1", {"server": "socks5://p:1"}),
    ],
)
def test_proxy_login_is_not_a_command_line_argument(own: str, added: dict[str, str]) -> None:
    proxy = find_proxy("https://site.example/", own, {})
    without = launch_options(Path("/b"), headless=True, block_images=True)
    found = launch_options(Path("/b"), headless=True, block_images=True, proxy=proxy)
    bypass = {"bypass": "localhost,127.0.0.0/8,[::1]"}
    assert found == {**without, "proxy": {**bypass, **added}}


def test_no_proxy_is_passed_as_an_argument() -> None:
    proxy = find_proxy("https://site.example/", "none", {})
    without = launch_options(Path("/b"), headless=True, block_images=True)
    found = launch_options(Path("/b"), headless=True, block_images=True, proxy=proxy)
    assert found == {**without, "args": [*without["args"], "--proxy-server=direct://"]}


def test_features_enabled_by_playwright_stay_enabled() -> None:
    playwrights, ours = asyncio.run(features_of_a_browser())
    assert set(playwrights.split(",")) == set(PLAYWRIGHTS_FEATURES)
    assert set(ours.split(",")) > set(PLAYWRIGHTS_FEATURES)


async def features_of_a_browser() -> list[str]:
    """All that it was told to enable, in this order."""
    options = launch_options(find_browser(), headless=True, block_images=False)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(**options)
        processes = psutil.Process().children(recursive=True)
        given = [features_of(process) for process in processes]
        await launched.close()
    return next(features for features in given if len(features) > 1)


def features_of(process: psutil.Process) -> list[str]:
    option = "--enable-features="
    return [part.removeprefix(option) for part in process.cmdline() if part.startswith(option)]


def test_sandbox_is_on_under_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "geteuid", raising=False)
    options = launch_options(Path("/b"), headless=True, block_images=False)
    assert options["chromium_sandbox"] is True


@pytest.mark.parametrize(
    ("chosen", "status", "out", "error"),
    [
        ("", 0, "{bin}chromium\n", ""),
        ("{bin}my chrome", 0, "{bin}my chrome\n", ""),
        ("/no/such", 1, "", "JD_BROWSER names no file: '/no/such'\n"),
    ],
)
def test_the_module_prints_the_browser(
    chosen: str,
    status: int,
    out: str,
    error: str,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = f"{machine.root / 'bin'}{os.sep}"
    machine.on_path("chromium", "my chrome")
    monkeypatch.setenv("JD_BROWSER", chosen.format(bin=folder))
    assert launch_module.main() == status
    assert capsys.readouterr() == (out.format(bin=folder), error)


def test_module_reports_a_missing_browser(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert launch_module.main() == 2
    message = "No browser was found. Install one with: python bootstrap.py setup\n"
    assert capsys.readouterr() == ("", message)


@pytest.mark.browser
def test_pages_are_asked_for_in_english() -> None:
    """A headless shell says nothing of languages, and other browsers name the computer's."""
    heads: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>A page")
        await writer.drain()
        writer.close()

    async def visit(browser: Browser) -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            page = await (await browser.new_context(**context_options([], SCREEN))).new_page()
            await page.goto(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")

    lasting_browser.run(visit)
    assert "\r\naccept-language: en-us" in heads[0].lower()
