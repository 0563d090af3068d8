"""A served page, and a client that speaks to it as a browser does."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from subprocess import Popen
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pytest

from jdp_spider.config import credentials
from jdp_spider.dashboard import values as values_module
from jdp_spider.dashboard.desk import Desk
from jdp_spider.dashboard.guard import KEY_HEADER, Guard
from jdp_spider.dashboard.home import Home
from jdp_spider.dashboard.opener import write_opener
from jdp_spider.dashboard.processes import Sitting
from jdp_spider.dashboard.server import Server
from tests.support.demo_browser import launch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext


class Answer:
    """What the server has answered."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def said(self) -> str:
        return str(json.loads(self.body)["say"])


class NoRedirects(HTTPRedirectHandler):
    """Shows a redirect as an answer."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = build_opener(ProxyHandler({}), NoRedirects())


class Served:
    """A page served in a thread."""

    def __init__(self, state: Path, project: Path) -> None:
        self.home = Home(state, project)
        assert self.home.open()
        self.guard = Guard(self.home.id, clock=lambda: self.now)
        self.now = 1000.0
        self.sitting = Sitting()
        self.desk = Desk(self.home, self.sitting)
        self.opened: list[Path] = []
        self.server = Server(self.home, self.guard, self.desk, self._opens)
        self.cookie = ""
        self.key = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._call(self.server.start(0))

    def _opens(self, path: Path) -> bool:
        self.opened.append(path)
        return True

    def _call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def stop(self) -> None:
        self._call(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()
        self.home.close()
        for started in self.desk.processes._all:
            # The page leaves them to themselves; some tests start none.
            if isinstance(started.process, Popen):
                started.process.kill()
                started.process.wait(20)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.guard.port}"

    def send(
        self, path: str, body: bytes | None = None, /, method: str | None = None, **headers: str
    ) -> Answer:
        """Send a request with these headers alone; `_` in their names means `-`."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self.url + path, data=body, headers=given, method=method)
        try:
            with _OPENER.open(request, timeout=20) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def enter(self, token: str, **headers: str) -> Answer:
        """Post the token as the opener's file does."""
        known = {"Origin": "null", **headers}
        return self.send("/enter", urlencode({"token": token}).encode(), **known)

    def let_in(self) -> None:
        """Get the cookie and the key."""
        text = write_opener(self.home, self.guard).read_text()
        answer = self.enter(re.search(r'name="token" value="([^"]+)"', text)[1])
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        self.key = re.search(r'data-key="([^"]+)"', answer.text)[1]

    def get(self, path: str) -> Answer:
        """Ask as the page does."""
        return self.send(path, Cookie=self.cookie, **{KEY_HEADER: self.key})

    def do(self, action: str, /, **body: Any) -> Answer:
        """Ask for an action as the page does."""
        data = json.dumps(body).encode()
        known = {"Cookie": self.cookie, KEY_HEADER: self.key, "Origin": self.url}
        return self.send(f"/do/{action}", data, **known)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder without settings, a keyring or anything of this computer's user."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("desk", "group", "watcher", "processes", "commands", "views"):
        monkeypatch.setattr(f"jdp_spider.dashboard.{name}.PROJECT_FOLDER", folder)
    for name in ("JD_USER", "JD_PASS", "DOWNLOAD_FOLDER", "CONCURRENT_CONTEXTS", "HEADLESS"):
        monkeypatch.delenv(name, raising=False)
    env = folder / ".env"
    env.write_text(f"JDP_STATE_FOLDER={tmp_path / 'state'}\nDOWNLOAD_FOLDER={folder / 'd'}\n")
    monkeypatch.setenv("JDP_ENV_FILE", str(env))
    monkeypatch.setattr(credentials, "stored_user", lambda _: "")
    monkeypatch.setattr(credentials, "stored_password", lambda *_: "")
    monkeypatch.setattr(credentials, "kept_password", no_keyring)
    assert values_module.read_values().problem == ""
    return folder


def no_keyring(*_: str) -> str:
    raise credentials.KeyringUnusable("There is none")


@pytest.fixture
def served(project: Path, tmp_path: Path) -> Iterator[Served]:
    found = Served(tmp_path / "state", project)
    yield found
    found.stop()


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    """A real browser without cookies."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright)
        with browser.new_context() as found:
            yield found
        browser.close()
