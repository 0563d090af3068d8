"""Opens the page in the browser, and files and folders as a double click would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import webbrowser
from typing import TYPE_CHECKING

from jdp_spider.config.credentials import environment_without_secrets
from jdp_spider.utils.html import WebPage, source_hash
from jdp_spider.utils.process import new_group

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.dashboard.guard import Guard
    from jdp_spider.dashboard.home import Home

_REFUSED_WITHIN_S = 2.0
"""Without a program for a file, the system says so in less."""

_WEB_PAGE = WebPage("jdp_spider.dashboard")


def write_opener(home: Home, guard: Guard) -> Path:
    """Write the file that the browser is opened on, with a new token. Return its path.

    Raise OSError if it cannot be written. No token is in a command line or an address.
    """
    js = _WEB_PAGE.source("opener.js")
    policy = f"default-src 'none'; script-src '{source_hash(js)}'; form-action {guard.origin}/enter"
    text = _WEB_PAGE.template("opener.html").render(
        js=js, policy=policy, action=f"{guard.origin}/enter", token=guard.new_token()
    )
    home.write(home.opener, text)
    return home.opener


def open_in_browser(path: Path) -> bool:
    """Open a file in the default browser. Return False if none is found."""
    if not _has_desktop():
        # Else a browser of the terminal would take this one.
        return False
    try:
        return webbrowser.open(path.resolve().as_uri())
    except (OSError, webbrowser.Error):
        return False


def _has_desktop() -> bool:
    named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in ("win32", "darwin") or bool(named)


def open_path(path: Path) -> bool:
    """Open a file or folder with the program that the system has for it. Return False if none.

    Nor does any where there is no desktop, or where the system says that it could not.
    """
    try:
        if sys.platform == "win32":
            os.startfile(path)
            return True
        command = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
        if command is None or not _has_desktop():
            return False
        environment = environment_without_secrets()
        process = subprocess.Popen(
            [command, str(path.resolve())],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **new_group(),
        )
        return process.wait(_REFUSED_WITHIN_S) == 0
    except subprocess.TimeoutExpired:
        # Some desktops keep it for as long as the file is open.
        return True
    except OSError:
        return False
