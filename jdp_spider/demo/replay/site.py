"""A recording as an aiohttp server: what was never recorded is answered by 501, and counted."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from typing import TYPE_CHECKING

from aiohttp import web

from jdp_spider.demo.listener import Served, listen
from jdp_spider.demo.replay.answers import PIXEL, Answers
from jdp_spider.demo.replay.behaviour import DIALOG_PATH
from jdp_spider.demo.replay.catalogue import Asked, Catalogue, Session
from jdp_spider.demo.replay.vehicles import Vehicles

if TYPE_CHECKING:
    from jdp_spider.recording.archive import Recording

CONTROL_PREFIX = "/__demo__/"
COOKIE = "JDP_REPLAY"
_REFUSED = "The user name or password provided is incorrect."
_WRONG = ("", "wrong", "wrong-password")
"""Passwords that a replayed site does not take; it cannot know the right one."""


class ReplaySite:
    """One recording, served."""

    def __init__(
        self,
        recording: Recording,
        *,
        vehicles: int | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._recording = recording
        self.vehicles = Vehicles(recording.vehicles, vehicles)
        self._catalogue = Catalogue(recording, self.vehicles)
        self._answers = Answers(recording, self._catalogue, self.vehicles)
        self._host, self._port = host, port
        self._sessions: dict[str, Session] = {}
        self.base_url = ""
        self.never_recorded: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.reports = self._answers.reports
        self._served: Served | None = None

    async def start(self) -> None:
        """Listen. Raise OSError where the port is in use."""
        app = web.Application()
        app.router.add_get(f"{CONTROL_PREFIX}log", self._log)
        app.router.add_get(f"{CONTROL_PREFIX}vehicles", self._vehicles)
        app.router.add_get(DIALOG_PATH, self._dialog)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._served = await listen(app, self._host, self._port)
        self.base_url = f"http://{self._host}:{self._served.port}{self._recording.base_path}"

    async def stop(self) -> None:
        if self._served:
            await self._served.close()
            self._served = None

    async def _log(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "counts": self.counts,
                "logins": self.counts["login"],
                "logouts": self.counts["logout"],
                "live_sessions": sum(each.is_inside for each in self._sessions.values()),
                "reports": self.reports,
                "never_recorded": self.never_recorded,
            }
        )

    async def _vehicles(self, _: web.Request) -> web.Response:
        found = ({"id": v.id, "reference": v.reference, "vin": v.vin} for v in self.vehicles.all)
        return web.json_response(list(found))

    async def _dialog(self, request: web.Request) -> web.Response:
        session = self._sessions.get(request.cookies.get(COOKIE, ""), Session())
        return self._answers.dialog(session)

    async def _answer(self, request: web.Request) -> web.Response:
        key = request.cookies.get(COOKIE, "")
        if key not in self._sessions:
            key = secrets.token_hex(16)
            self._sessions[key] = Session(is_inside=self._catalogue.begins_inside)
        session = self._sessions[key]
        asked = await _asked(request)
        answer = self._answer_to(asked, session, request)
        if request.cookies.get(COOKIE) != key:
            answer.set_cookie(COOKIE, key, httponly=True, samesite="Lax")
        return answer

    def _answer_to(self, asked: Asked, session: Session, request: web.Request) -> web.Response:
        is_login = asked.path == self._recording.login_path.partition("?")[0]
        if not (session.is_inside or is_login) and self._catalogue.is_inside_only(asked):
            return _to_login(asked, self._recording)
        entry = self._catalogue.find(asked, session)
        if entry is None:
            return self._unknown(asked, request)
        if entry.exchange.does == "login" and _is_wrong(asked, self._recording):
            self.counts["refused login"] += 1
            return self._refusal(asked, session)
        vehicle = asked.vehicle(self.vehicles)
        if vehicle is not None and not entry.searched:
            session.vehicle = vehicle
        answer = self._answers.recorded(entry, asked, session)
        if entry.changes:
            session.after = entry.number
        if entry.exchange.does:
            self.counts[entry.exchange.does] += 1
            session.is_inside = entry.exchange.does != "logout"
        return answer

    def _unknown(self, asked: Asked, request: web.Request) -> web.Response:
        if request.headers.get("Sec-Fetch-Dest") == "image":
            return web.Response(body=PIXEL, content_type="image/gif")
        if request.headers.get("Sec-Fetch-Dest") == "font" or request.path == "/robots.txt":
            return web.Response(status=404)
        if asked.shape(self.vehicles) in self._catalogue.unanswered:
            return web.Response(status=204)
        method, path, names = asked.shape(self.vehicles)
        self.never_recorded[f"{method} {path} ({', '.join(names)})"] += 1
        return web.Response(status=501, text="This was never recorded.")

    def _refusal(self, asked: Asked, session: Session) -> web.Response:
        if asked.by_script:
            return web.json_response({"error": _REFUSED})
        form = Asked(
            "GET", asked.path, tuple(each for each in asked.fields if each[0] == "ReturnUrl")
        )
        entry = self._catalogue.find(form, session)
        page = self._answers.text(entry) if entry else "<form><input type=password></form>"
        told = f'<div role="alert">{_REFUSED}</div>'
        page = re.sub(r"(?i)(<form\b[^>]*>)", rf"\1{told}", page, count=1)
        return web.Response(text=page, content_type="text/html")


def _to_login(asked: Asked, recording: Recording) -> web.Response:
    if asked.by_script:
        return web.Response(status=401, text="The session has ended.")
    return web.Response(status=302, headers={"Location": recording.login_path})


def _is_wrong(asked: Asked, recording: Recording) -> bool:
    name = recording.names.get("password")
    return name is not None and dict(asked.fields).get(name, "").casefold() in _WRONG


async def _asked(request: web.Request) -> Asked:
    fields = list(request.query.items())
    if request.method == "POST":
        form = await request.post()
        fields += [(name, value if isinstance(value, str) else "") for name, value in form.items()]
    mode = request.headers.get("Sec-Fetch-Mode", "navigate")
    by_script = mode != "navigate" or "X-Requested-With" in request.headers
    return Asked(request.method, request.path, tuple(fields), by_script)
