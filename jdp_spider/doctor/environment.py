"""The checks of this computer: settings, folders, account, browser."""

from __future__ import annotations

import shutil
import stat
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from scrapy_playwright.handler import Config as PlaywrightConfig

from jdp_spider.addon import DerivedSettings
from jdp_spider.browser.launch import BrowserNotFound, context_options
from jdp_spider.browser.not_started import ANOTHER_BROWSER, LaunchFailed
from jdp_spider.browser.provider import BrowserProvider
from jdp_spider.config.dotenv import dotenv_path, read_dotenv
from jdp_spider.config.options import SECRETS
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.sources import check_encrypted, load_config
from jdp_spider.doctor.findings import failed, passed, warned
from jdp_spider.job.folder import storage_error
from jdp_spider.job.locks import AlreadyRunning
from jdp_spider.pages.closing import close_in_time
from jdp_spider.pages.errors import BrowserFailed, LoginRefused, one_line
from jdp_spider.pages.view import SCREEN
from jdp_spider.reasons import ExitStatus
from jdp_spider.session.account import Account
from jdp_spider.utils.cli import nearby, quoted
from jdp_spider.utils.descriptors import TooFewDescriptors, provide_descriptors
from jdp_spider.utils.redaction import SHORTEST, hide, hide_cookies, is_word_or_number, redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.async_api import BrowserContext

    from jdp_spider.doctor.context import DoctorContext
    from jdp_spider.doctor.findings import Finding

_WANTED_BYTES = 10**9
_COPIED = ("OneDrive", "Dropbox", "Google Drive", "iCloud", "Mobile Documents")


async def check_settings(doctor: DoctorContext) -> Finding:
    """Check that all settings and selectors.toml can be read and are right."""
    try:
        doctor.config = config = load_config(doctor.settings)
        check_encrypted(config)
    except ConfigError as error:
        advice = "Do what the lines say; docs/settings.md explains each setting."
        return failed(*error.problems, advice=advice, status=ExitStatus.USAGE)
    doctor.limit, doctor.selectors = config.vehicle_timeout, config.selectors
    hide(config.secrets)
    own = ", ".join(config.selectors)
    if len(config.password) < SHORTEST:
        advice = "Choose a longer password at the site, and put it in as JD_PASS."
        text = f"JD_PASS has fewer than {SHORTEST} characters: it would show in logs"
        return failed(text, advice=advice, status=ExitStatus.USAGE)
    lines = [config.base_url, *([f"selectors.toml changes {own}"] if own else [])]
    warnings = [*_readable_env_file(), *_unmaskable(config.password)]
    if warnings:
        advice = " ".join(advice for _, advice in warnings)
        return warned(*lines, *(text for text, _ in warnings), advice=advice)
    return passed(*lines)


def _unmaskable(password: str) -> Iterator[tuple[str, str]]:
    """Yield a warning, with advice, about a password that logs may show within a text."""
    if is_word_or_number(password):
        text = (
            "JD_PASS is an ordinary word or number, or is short: in logs and snapshots it is "
            "hidden where it stands alone, and not within a sentence"
        )
        advice = (
            "Choose another one at the site: 12 characters or more, with letters, digits and signs."
        )
        yield text, advice


def _readable_env_file() -> Iterator[tuple[str, str]]:
    """Yield a warning, with advice, about a `.env` that other users may read."""
    path = dotenv_path()
    if others_may_read(path) and any(map(read_dotenv(path).get, SECRETS)):
        name = nearby(path)
        # What the console cannot show cannot be typed from it, either.
        how = f"Run: chmod 600 {quoted(name)}" if name.isascii() else "Give it the mode 600."
        advice = f"Other users of this computer can read your password. {how}"
        yield f"others may read {to_ascii(str(path))}", advice


def others_may_read(path: Path) -> bool:
    """Return True if others than a file's owner may read it; False where modes say nothing."""
    if sys.platform == "win32":
        return False
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and bool(found.st_mode & 0o077)


async def check_folder(doctor: DoctorContext) -> Finding:
    """Check that the folder for the bookouts is writable and has room."""
    folder = doctor.config.download_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"try")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        advice = "Set DOWNLOAD_FOLDER in .env to a folder that you may write to."
        return failed(str(storage_error(error)), advice=advice, status=ExitStatus.USAGE)
    text = f"{to_ascii(str(folder))}, {free / 1e9:.1f} GB free"
    if free < _WANTED_BYTES:
        return warned(text, advice="Make room: a large inventory needs about 1 GB.")
    if any(part.startswith(_COPIED) for part in folder.resolve().parts):
        advice = (
            "Set DOWNLOAD_FOLDER to one that is not copied to the internet, as each PDF would be."
        )
        return warned(f"{text}; it is copied to the internet", advice=advice)
    return passed(text)


async def check_account(doctor: DoctorContext) -> Finding:
    """Check that no other run on this computer uses the account."""
    doctor.account = account = Account(doctor.config)
    try:
        account.lock.acquire()
    except AlreadyRunning as error:
        advice = "One run at a time: let it end, or stop it with Ctrl-C. Then run this again."
        return failed(str(error), advice=advice, status=ExitStatus.IN_USE)
    except OSError as error:
        text = f"the folder for the account's lock cannot be used: {one_line(error)}"
        advice = "See that you may write to that folder (docs/files.md)."
        return failed(text, advice=advice, status=ExitStatus.USAGE)
    doctor.at_end.callback(account.lock.release)
    doctor.cookies = account.load_session()
    hide_cookies(doctor.cookies)
    left = "; an earlier run left its session open" if doctor.cookies else ""
    known = account.load_contexts() if doctor.config.finds_contexts else None
    found = f"; its last run found that {known.limit} vehicles at a time are best" if known else ""
    refused = isinstance(account.refused_login.find(), LoginRefused)
    tried = "; its last login was refused, and is tried once more" if refused else ""
    return passed(f"is free{left}{found}{tried}")


async def check_browser(doctor: DoctorContext) -> Finding:
    """Check that a browser is found, and starts as in a crawl."""
    started = time.perf_counter()
    try:
        provide_descriptors(doctor.config.contexts)
        DerivedSettings().update_settings(doctor.settings)
        options = PlaywrightConfig.from_settings(doctor.settings)
        provider = BrowserProvider(options)
        await provider.start()
        doctor.at_end.push_async_callback(_close, provider)
        browser = await provider.launch_browser()
        doctor.context = await browser.new_context(**context_options(doctor.cookies, SCREEN))
        doctor.page = await doctor.context.new_page()
        doctor.at_end.push_async_callback(_close, doctor.context)
        if doctor.recorder is not None:
            await doctor.recorder.attach(doctor.context, doctor.page)
    except TooFewDescriptors as error:
        return failed(str(error), advice="Do what the line says.", status=ExitStatus.USAGE)
    except BrowserNotFound as error:
        advice = "Run that command. Or name a browser as JD_BROWSER in .env."
        return failed(str(error), advice=advice, status=ExitStatus.USAGE)
    except LaunchFailed as error:
        return failed(redact(error.what), advice=error.advice, status=ExitStatus.USAGE)
    except (PlaywrightError, BrowserFailed) as error:
        text = redact(one_line(error))
        return failed(text, advice=ANOTHER_BROWSER, status=ExitStatus.USAGE)
    path = to_ascii(options.launch_options["executable_path"])
    seconds = time.perf_counter() - started
    text = f"{path}, {browser.version}, starts in {seconds:.1f} s"
    if provider.passed_over:
        advice = "Each run tries that one first: name the one that starts as JD_BROWSER in .env."
        return warned(text, *map(redact, provider.passed_over), advice=advice)
    return passed(text)


async def _close(opened: BrowserProvider | BrowserContext) -> None:
    """Close it within a time limit; a browser that hangs is abandoned, to end with this process."""
    await close_in_time(opened.close())
