"""The JavaScript world of our own that each page has: an isolated one, as extensions have theirs.

It shares the page's elements and nothing else: it has its own variables and its own built-in
functions, whatever the page's scripts and libraries have replaced, such as `Map` or `Array.from`.
Playwright evaluates in the page's world only, so this speaks to DevTools. The world of a document
is known by its window: numbers of contexts may be those of others after another renderer has taken
over, whereas a window of a document that is gone is found no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import weakref
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.async_api import CDPSession, Page

_NAME = "jdp"
_AWAKE_MS = 5000
"""Between two movements of the mouse. Pages that log out an idle user wait for minutes."""
_WINDOW = load_js("pages/js/awake.js", str(_AWAKE_MS))
"""The window of our world, whose page stays awake from then on."""
_ATTEMPTS = 20
"""How often a page's world is looked for: each document has another."""
_GONE = ("Cannot find context with specified id", "Could not find object with given id")
"""How DevTools says that the document is gone: nothing was evaluated then."""
_NO_FRAME = "No frame for given id found"
_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": 0}


class _World:
    """The world of our own in whatever document a page shows."""

    def __init__(self, page: Page) -> None:
        # A page's world shall not keep it.
        self._page = weakref.ref(page)
        self._attaching = asyncio.Lock()
        self._opening = asyncio.Lock()
        self._devtools: CDPSession | None = None
        self._frame = ""
        self._window: str | None = None
        """The window of the document that was last asked, as DevTools calls it."""

    async def call(self, function: str, argument: Any, *, by_value: bool = True) -> dict[str, Any]:
        """Call a function in the document that is there now. Return its result."""
        for _ in range(_ATTEMPTS):
            window = self._window or await self._current()
            try:
                return await self.call_on(window, function, {"value": argument}, by_value=by_value)
            except PlaywrightError as error:
                if not _says(error, _GONE):
                    raise
                if self._window == window:
                    self._window = None
        raise PlaywrightError("Execution context was destroyed, again and again")

    async def call_on(
        self, object_id: str, function: str, *arguments: dict[str, Any], by_value: bool = True
    ) -> dict[str, Any]:
        """Call a function in the document that an object belongs to. Return its result."""
        asked = {"objectId": object_id, "functionDeclaration": function, "arguments": [*arguments]}
        return await self._send("Runtime.callFunctionOn", asked, by_value=by_value)

    async def call_inside(self, function: str, argument: Any) -> dict[str, Any]:
        """Call a function in the page's own world. Return its result."""
        asked = {"expression": f"({function}\n)({json.dumps(argument)})"}
        return await self._send("Runtime.evaluate", asked, by_value=True)

    async def _send(self, method: str, asked: dict[str, Any], *, by_value: bool) -> dict[str, Any]:
        devtools = await self._attached()
        # As of a person's click: what the function does may open a window.
        how = {"returnByValue": by_value, "awaitPromise": True, "userGesture": True}
        answer = await devtools.send(method, {**asked, **how})
        if thrown := answer.get("exceptionDetails"):
            told = thrown.get("exception", {}).get("description") or thrown["text"]
            raise PlaywrightError(f"A function of the page failed: {told.splitlines()[0]}")
        found: dict[str, Any] = answer["result"]
        return found

    async def _attached(self) -> CDPSession:
        async with self._attaching:
            page = self._page()
            if self._devtools is None and page is not None:
                self._devtools = await page.context.new_cdp_session(page)
        assert self._devtools is not None
        return self._devtools

    async def _current(self) -> str:
        """Return the window of the document that is there now."""
        async with self._opening:
            for _ in range(_ATTEMPTS):
                if self._window is not None:
                    return self._window
                self._window = await self._open(await self._attached())
        raise PlaywrightError("Execution context was destroyed, again and again")

    async def _open(self, devtools: CDPSession) -> str | None:
        """Return the window of the document's world; None if another document came meanwhile."""
        if not self._frame:
            frames = await devtools.send("Page.getFrameTree")
            self._frame = frames["frameTree"]["frame"]["id"]
        asked = {"frameId": self._frame, "worldName": _NAME}
        try:
            made = await devtools.send("Page.createIsolatedWorld", asked)
            number = made["executionContextId"]
            asked_for = {"expression": _WINDOW, "contextId": number}
            # Asked for again, it is the same: else the number was that of a document before.
            found, same = await asyncio.gather(
                devtools.send("Runtime.evaluate", asked_for),
                devtools.send("Page.createIsolatedWorld", asked),
            )
        except PlaywrightError as error:
            if _NO_FRAME in error.message:
                self._frame = ""
            elif not _says(error, _GONE):
                raise
            return None
        object_id: str = found["result"]["objectId"]
        return object_id if same["executionContextId"] == number else None


class Handle:
    """Something of a document, such as a field, that functions of our world are called with."""

    def __init__(self, world: _World, object_id: str) -> None:
        self._world = world
        self._object_id = object_id

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Return the result of a function of it and `argument`, in its document and no other.

        Raise Playwright's Error, also where that document is gone.
        """
        asked = ({"objectId": self._object_id}, {"value": argument})
        return _value(await self._world.call_on(self._object_id, function, *asked))


_worlds: weakref.WeakKeyDictionary[Page, _World] = weakref.WeakKeyDictionary()


def _world(page: Page) -> _World:
    if page not in _worlds:
        _worlds[page] = _World(page)
    return _worlds[page]


async def evaluate_once(page: Page, function: str, argument: Any = None) -> Any:
    """Return the result of a function in our world of the page.

    Raise Playwright's Error; also where the page is left before it answers.
    """
    return _value(await _world(page).call(function, argument))


async def find_once(page: Page, function: str, argument: Any = None) -> Handle | None:
    """Return what a function finds, an element or a list; None if it finds none."""
    world = _world(page)
    found = await world.call(function, argument, by_value=False)
    return Handle(world, found["objectId"]) if "objectId" in found else None


async def evaluate_inside(page: Page, function: str, argument: Any = None) -> Any:
    """Return the result of a function in the page's own world, among its scripts and libraries.

    It is for what these have, and for what has to be replaced there. Raise as `evaluate_once`.
    """
    return _value(await _world(page).call_inside(function, argument))


async def evaluate_in_frames(
    page: Page, function: str, argument: Any, may_ask: Callable[[str], bool]
) -> None:
    """Evaluate a function among the scripts of each frame of the page, by its address or origin.

    Playwright needs the built-in functions of a frame for it. Where it fails, DevTools is asked.
    """
    failed = False
    for frame in page.frames:
        if frame != page.main_frame and may_ask(frame.url):
            try:
                await frame.evaluate(function, argument)
            except PlaywrightError:
                # It may be gone as well.
                failed = True
    if failed:
        with contextlib.suppress(PlaywrightError):
            await _ask_contexts(page, function, argument, may_ask)


async def _ask_contexts(
    page: Page, function: str, argument: Any, may_ask: Callable[[str], bool]
) -> None:
    # A session of its own, as it is told of each message of the page's console, too.
    devtools = await page.context.new_cdp_session(page)
    contexts: list[dict[str, Any]] = []
    devtools.on("Runtime.executionContextCreated", lambda told: contexts.append(told["context"]))
    expression = f"({function}\n)({json.dumps(argument)})"
    try:
        await devtools.send("Runtime.enable")
        for context in contexts:
            if context["auxData"].get("isDefault") and may_ask(f"{context['origin']}/"):
                asked = {"expression": expression, "uniqueContextId": context["uniqueId"]}
                with contextlib.suppress(PlaywrightError):
                    await devtools.send("Runtime.evaluate", asked)
    finally:
        with contextlib.suppress(PlaywrightError):
            await devtools.detach()


def _value(found: dict[str, Any]) -> Any:
    if "value" in found:
        return found["value"]
    return _NUMBERS.get(found.get("unserializableValue", ""))


def _says(error: PlaywrightError, messages: Sequence[str]) -> bool:
    return any(message in error.message for message in messages)
