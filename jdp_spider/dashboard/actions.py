"""What the page may ask for: a fixed list, none of which takes a path or a command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web

from jdp_spider.dashboard import runs, views
from jdp_spider.dashboard.commands import save_support, switch_nightly, switch_nightly_off
from jdp_spider.dashboard.folders import Folders
from jdp_spider.dashboard.model import NotNow
from jdp_spider.utils.loading import parse_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from jdp_spider.dashboard.desk import Desk

    Action = Callable[[dict[str, str]], Awaitable[dict[str, Any]]]

_LONGEST = 400
_CLOSING_S = 0.2
"""After this the answer has arrived."""


class Actions:
    """Answers what the page asks for, with what to say and which part to show."""

    def __init__(
        self, desk: Desk, open_path: Callable[[Path], bool], end: Callable[[], None]
    ) -> None:
        self._desk = desk
        self._open_path = open_path
        self._end = end
        self._folders = Folders()
        self._actions: dict[str, Action] = {
            "account": self._account,
            "check": self._start(lambda: desk.start_check(is_repair=False)),
            "choose": self._choose,
            "continue": self._start(lambda: desk.start_run(is_new=False)),
            "folders": self._list_folders,
            "forget": self._start(desk.setup.forget_account, "account"),
            "group-start": self._start(desk.group.start, "accounts"),
            "group-stop": self._start(desk.group.stop, "accounts"),
            "look": self._start(lambda: ""),
            "member-open": self._open,
            "member-stop": self._member("stop"),
            "member-try-login": self._member("try-login-now"),
            "nights": self._nights,
            "nights-off": self._nights,
            "open": self._open,
            "quit": self._quit,
            "repair": self._start(lambda: desk.start_check(is_repair=True)),
            "search": self._search,
            "settings": self._settings,
            "stop": self._start(lambda: desk.ask_run("stop")),
            "support": self._support,
            "ten": self._start(desk.start_first),
            "today": self._start(lambda: desk.start_run(is_new=True)),
            "try-login": self._start(desk.try_login),
        }

    async def do(self, request: web.Request) -> web.Response:
        """Answer a request for an action, with JSON: what to say, and which part to show."""
        action = self._actions.get(request.match_info["name"])
        if action is None:
            raise web.HTTPNotFound
        try:
            body = parse_json(await request.read())
            if not isinstance(body, dict):
                raise NotNow("That is not known.")
            given = {str(n): v for n, v in body.items() if isinstance(v, str) and len(v) < _LONGEST}
            answer = await action({**given, "_": request.match_info["name"]})
        except NotNow as error:
            answer = {"say": str(error), **({"go": error.go} if error.go else {})}
        except ValueError as error:
            answer = {"say": str(error)}
        except OSError as error:
            answer = {"say": f"That could not be done: {error.strerror or error}."}
        self._desk.changed.set()
        self._desk.changed.clear()
        return web.json_response(answer)

    def _start(self, function: Callable[[], str], page: str = "today") -> Action:
        """Return the action that calls a function and then shows a page."""

        async def act(_: dict[str, str]) -> dict[str, Any]:
            return {"say": await asyncio.to_thread(function), "go": page}

        return act

    async def _account(self, given: dict[str, str]) -> dict[str, Any]:
        user, password = given.get("user", "").strip(), given.get("password", "")
        remember = given.get("remember") == "yes"
        said = await asyncio.to_thread(
            lambda: self._desk.setup.give_account(user, password, remember=remember)
        )
        return {"say": said, "go": "today"}

    async def _settings(self, given: dict[str, str]) -> dict[str, Any]:
        wanted = {"HEADLESS": "false" if given.get("window") == "yes" else "true"}
        if "contexts" in given:
            wanted["CONCURRENT_CONTEXTS"] = given["contexts"]
        return {"say": await asyncio.to_thread(self._desk.setup.change_settings, wanted)}

    async def _list_folders(self, given: dict[str, str]) -> dict[str, Any]:
        listing = await asyncio.to_thread(self._folders.list, given.get("value", ""))
        if listing is None:
            raise NotNow("That folder is not known any more: begin again.")
        return {"html": views.folders(listing), "into": "folders"}

    async def _choose(self, given: dict[str, str]) -> dict[str, Any]:
        folder = self._folders.path(given.get("value", ""))
        if folder is None:
            raise NotNow("That folder is not known any more: begin again.")
        said = await asyncio.to_thread(self._desk.setup.choose_folder, folder)
        return {"say": said, "go": "settings"}

    async def _search(self, given: dict[str, str]) -> dict[str, Any]:
        query = given.get("query", "").strip()
        if len(query) < runs.SHORTEST_QUERY:
            raise NotNow("Type at least three characters.")
        downloads = await asyncio.to_thread(self._desk.downloads)
        hits, more = await asyncio.to_thread(runs.search, downloads, query)
        return {"html": views.found(hits, query, more=more), "into": "found"}

    def _member(self, file: str) -> Action:
        """Return the action that asks the run of one account for something."""

        async def act(given: dict[str, str]) -> dict[str, Any]:
            name = given.get("value", "")
            return {"say": await asyncio.to_thread(self._desk.group.ask, name, file)}

        return act

    async def _open(self, given: dict[str, str]) -> dict[str, Any]:
        path = await asyncio.to_thread(self._path_to_open, given)
        if path is None:
            raise NotNow("That is not there any more.")
        if await asyncio.to_thread(self._open_path, path):
            return {"say": "It opens in a window of its own."}
        return {"say": f"It is here: {path}"}

    def _path_to_open(self, given: dict[str, str]) -> Path | None:
        what, name = given.get("value", ""), given.get("run", "")
        if what == "packed":
            return runs.packed_run(self._desk.downloads(), name)
        folder = self._folder_to_open(given["_"], name)
        return runs.openable(folder, what, given.get("file", "")) if folder else None

    def _folder_to_open(self, action: str, name: str) -> Path | None:
        """Return the run folder of an account of the group, of a run by name, or the newest."""
        if action == "member-open":
            return self._desk.group.folder(name)
        if name:
            return self._desk.run_folder(name)
        job = self._desk.facts().job
        return job.folder if job is not None else None

    async def _nights(self, given: dict[str, str]) -> dict[str, Any]:
        if given["_"] == "nights-off":
            said = await switch_nightly_off()
        else:
            time, until = given.get("time", ""), given.get("until", "")
            said = await switch_nightly(time, until, self._desk.sitting)
        return {"say": said.last_lines, "go": "nights"}

    async def _support(self, _: dict[str, str]) -> dict[str, Any]:
        return {"say": (await save_support(self._desk.sitting)).last_lines}

    async def _quit(self, _: dict[str, str]) -> dict[str, Any]:
        asyncio.get_running_loop().call_later(_CLOSING_S, self._end)
        return {"say": "The program is closed. What is at work continues."}
