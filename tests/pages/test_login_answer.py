"""Whether a login is refused: by whether its answer has come, whatever the page says meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages.answer import is_inside
from jdp_spider.pages.ended import EndedByOther
from jdp_spider.pages.errors import (
    ActiveSession,
    LoggedOut,
    LoginRefused,
    PageChanged,
    ServerError,
    SiteError,
    UnknownPage,
)
from jdp_spider.pages.login import Login, log_in
from jdp_spider.pages.network import AllRefused, watch
from jdp_spider.pages.postponed import Delay, LoginPostponed
from jdp_spider.pages.shared_cookies import check_session
from jdp_spider.pages.site import Site
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

FORM = """<title>Log in</title><form method=post action=/send>
    <input id=usernameInput name=UserName><input id=passwordInput name=Password type=password>
    <button id=loginButton>Log In</button></form><div id=status></div>"""
NAME_STEP = """<title>Log in</title><form method=post action=/name>
    <input id=usernameInput name=UserName><button>Next</button></form>"""
PASSWORD_STEP = """<title>Log in</title><form method=post action=/send>
    <p>me</p><input id=passwordInput name=Password type=password><button>Sign In</button></form>"""
BOX = "<input type=checkbox id=agreementCheckBox onclick='yes.disabled = !this.checked'>"
WITH_BUTTON = f"""<title>Licence</title><form action=/home>{BOX}<a href=/out>I do not accept</a>
    <button id=yes disabled>I Accept</button></form>"""
INSIDE = "<title>Home</title><a href=/vehicle/>Inventory</a>"
GRID = "<a class=dxgvFilterBarLink onclick=ShowFilterControl() href=#>Filter</a>"
MENU = "<nav hidden><a href=/vehicle/>Inventory</a><a id=btnLogout href=/out>Log Out</a></nav>"
LICENCE = "<input type=checkbox id=agreementCheckBox onclick=\"location.href = '/home'\">"
REMINDER = """<title>Your password</title><header><a id=btnLogout href=/out>Log Out</a></header>
    <main><h1>Your password expires in 3 days</h1><a href=?change>Change it now</a></main>"""
STEP = "<form action=/home>{}</form>"
OFFERS = {
    "without a way out": STEP.format(
        "<h1>Stay signed in?</h1><button>No</button><button name=yes>Yes"
    ),
    "with a way out": REMINDER.replace("</main>", "<a href=/home>Remind me later</a></main>"),
    "with a field": STEP.format(
        "Add a number for two-step verification. <input type=tel placeholder='Mobile number'>"
        "<button name=yes>Add phone</button><button>Not now</button>"
    ),
    "filled in": STEP.format(
        "Is your address right? <input name=mail value=me@dealer.com>"
        "<button name=yes>Update</button><input type=submit value='Skip for now'>"
    ),
}
FOR_A_PERSON = {
    "a code": STEP.format(
        "Enter the code that we sent. <label>Code <input name=answer></label>"
        "<button>Verify</button><button>Skip</button>"
    ),
    "another session": STEP.format(
        "<p>You are already logged in on another computer.<button>End it</button><button>Not now"
    ),
    "something else": STEP.format("<p>Is this your dealership?<button>Yes</button><button>No"),
    "a choice": STEP.format("<p>Add a number?<button>Yes</button><button>Cancel</button>"),
}
WRONG = FORM.replace("<div id=status>", "<div id=status class=error>Not the right ones.")


def in_place(then: str, before: str = "") -> str:
    """A form whose script sends the login by itself; `then` is done when the answer has come."""
    return f"""{FORM}<script>
        const say = text => {{ document.querySelector('#status').textContent = text; }};
        const field = document.querySelector('#passwordInput');
        document.querySelector('form').addEventListener('submit', async event => {{
            event.preventDefault();
            {before}
            const body = new URLSearchParams(new FormData(event.target));
            const answer = await fetch('/auth', {{method: 'POST', body}});
            {then}
        }});
    </script>"""


class Server:
    """Pages by method and path: the body; or status, seconds until it comes, and body."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages = pages
        self.url = ""
        self.asked: list[str] = []
        self.sent = 0
        """How often the password was sent."""
        self._answering: set[asyncio.Task[None]] = set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._answer(reader, writer))
        self._answering.add(task)
        await asyncio.wait([task])
        writer.close()

    async def close(self) -> None:
        """Give up the answers that are under way."""
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        await asyncio.sleep(0)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split(" ", 2)
        self.asked.append(path)
        fields = dict(line.split(": ", 1) for line in head.lower().splitlines() if ": " in line)
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        self.sent += b"Password=secret" in body
        found = self.pages.get(f"{method} {path.partition('?')[0]}", "")
        status, seconds, text = found if isinstance(found, tuple) else (200, 0, found)
        await asyncio.sleep(seconds)
        kind = f"Location: {text}" if status == 302 else "Content-Type: text/html"
        cookie = "Set-Cookie: session=live\r\n" if method == "POST" else ""
        writer.write(f"HTTP/1.0 {status} Any\r\n{cookie}{kind}\r\n\r\n{text}".encode())


def run(pages: dict[str, Any], work: Callable[[Page, Site], Awaitable[Any]], at: str) -> Server:
    """Do the work at the address `at` of a site with these pages."""

    async def visit(browser: Browser) -> Server:
        server = Server(pages)
        listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        async with listening:
            page = await browser.new_page()
            watch(page)
            site = Site(server.url, page_timeout=4, login_path="login")
            await page.goto(f"{server.url}{at}")
            await work(page, site)
            await page.close()
            await server.close()
        return server

    return lasting_browser.run(visit)


def outcome(
    pages: dict[str, Any],
    at: str = "login",
    asked: list[str] | None = None,
    known: str | None = None,
) -> tuple[Login | Exception, list[str], int]:
    """What a login comes to, the cookies that were kept, and how often the password was sent.

    `asked` gets the addresses that were asked for.
    """
    ends: list[Login | Exception] = []
    kept: list[str] = []

    def keep(cookies: list[dict[str, Any]]) -> None:
        kept.extend(cookie["value"] for cookie in cookies)

    async def work(page: Page, site: Site) -> None:
        try:
            ends.append(await log_in(page, "me", "secret", site, keep, known))
        except (SiteError, PlaywrightTimeout) as error:
            ends.append(error)

    server = run(pages, work, at)
    if asked is not None:
        asked.extend(server.asked)
    return ends[0], kept, server.sent


PROGRESS = "say('Starting your session... Verifying your user name and password, please wait.');"
INTO = "location.href = '/home';"
IN = {
    "by a form": {"GET /login": FORM, "POST /send": INSIDE},
    "words, and sent later": {
        "GET /login": FORM.replace(
            "<form", "<form onsubmit=\"setTimeout(() => this.submit(), 1500); "
            "document.querySelector('#status').textContent = 'Invalid? Checking'; return false;\""
        ),
        "POST /send": INSIDE,
    },
    "words, and a slow answer": {
        "GET /login": in_place(INTO, PROGRESS), "POST /auth": (200, 2.5, "{}"), "GET /home": INSIDE
    },
    "words after the answer": {
        "GET /login": in_place("say('Access granted. Redirecting...'); setTimeout(() => "
                               "{ location.href = '/home'; }, 1000);"),
        "POST /auth": "{}", "GET /home": INSIDE,
    },
    "a page of its own in between": {
        "GET /login": FORM, "GET /home": INSIDE,
        "POST /send": "Signing in<a href=/home>Click here</a><script>"
                      "setTimeout(() => { location.href = '/home'; }, 1000);</script>",
    },
    "a page with a link that goes on by a script": {
        "GET /login": FORM, "GET /home": INSIDE,
        "POST /send": "Welcome back<a href=#help>Need help?</a><script>"
                      "setTimeout(() => { location.replace('/home'); }, 3000);</script>",
    },
    "in two steps": {
        "GET /login": NAME_STEP, "POST /name": PASSWORD_STEP, "POST /send": INSIDE
    },
    "in two steps on one page": {
        "GET /login": FORM.replace("<input id=passwordInput", "<input id=passwordInput hidden")
        .replace("<button id", "<button type=button onclick='passwordInput.hidden = false; "
                 "loginButton.hidden = false; this.remove()'>Continue</button><button hidden id"),
        "POST /send": INSIDE,
    },
    "the password alone": {"GET /login": PASSWORD_STEP, "POST /send": INSIDE},
    "a licence with a button": {
        "GET /login": FORM, "POST /send": WITH_BUTTON, "GET /home": INSIDE
    },
    "links in a closed menu": {
        "GET /login": FORM, "POST /send": f"Welcome{MENU}<a href=#>Help</a>", "GET /vehicle/": GRID
    },
    "a form that a button shows": {
        "GET /login": f"<div id=more hidden>{FORM}</div>Values<button onclick="
                      "'more.hidden = false'>Sign In</button>",
        "POST /send": INSIDE,
    },
    "a form behind a link": {
        "GET /login": "<a href=/sso>Sign in with X</a>"
                      "<a href=/enter target=_blank>Member Login</a>",
        "GET /enter": FORM, "POST /send": INSIDE,
    },
    "a form over a page": {
        "GET /vehicle/": INSIDE + in_place("document.querySelector('form').remove();"),
        "POST /auth": "{}",
    },
}  # fmt: skip


@pytest.mark.parametrize("form", [FORM, NAME_STEP], ids=["form", "user name"])
def test_form_that_is_not_known_is_not_sent(form: str) -> None:
    """Its button may say what leads to a login elsewhere."""
    page = form.replace("Input", "Box").replace("</form>", "<button>Log in</button></form>")
    asked: list[str] = []
    end, *_ = outcome({"GET /login": page, "POST /send": FORM, "POST /name": FORM}, asked=asked)
    assert isinstance(end, PageChanged)
    assert not {"POST /send", "POST /name"} & set(asked)


@pytest.mark.parametrize("name", IN)
def test_progress_message_is_not_a_refusal(name: str) -> None:
    at = "vehicle/" if name == "a form over a page" else "login"
    end, kept, sent = outcome(IN[name], at)
    assert isinstance(end, Login), end
    assert (end.sent, sent, kept) == (True, 1, ["live"])


READ_ONLY = "<input readonly onfocus='readOnly = false' onblur='readOnly = true'"
NO = "say('Not the right ones.'); field.value = '';"
REFUSED = {
    "by a form": ({"GET /login": FORM, "POST /send": WRONG}, "Not the right ones."),
    "with a status": ({"GET /login": FORM, "POST /send": (401, 0, WRONG)}, "Not the right ones."),
    "after a redirect": (
        {"GET /login": FORM, "POST /send": (302, 0, "/no"), "GET /no": WRONG}, "Not the right ones."
    ),
    "in place": ({"GET /login": in_place(NO), "POST /auth": "{}"}, "Not the right ones."),
    "in place, with a status": (
        {"GET /login": in_place(NO), "POST /auth": (403, 0.5, "{}")}, "Not the right ones."
    ),
    "in place, with fields read-only without the focus": (
        {"GET /login": in_place(NO).replace("<input", READ_ONLY), "POST /auth": "{}"},
        "Not the right ones.",
    ),
    "by an icon": (
        {"GET /login": in_place("field.setAttribute('aria-invalid', true);"), "POST /auth": "{}"},
        "showed the login again, without a word",
    ),
    "by the first step": (
        {"GET /login": NAME_STEP, "POST /name": f"{NAME_STEP}<p class=error>Not a known user."},
        "Not a known user.",
    ),
    "by the second step": (
        {
            "GET /login": NAME_STEP,
            "POST /name": PASSWORD_STEP,
            "POST /send": f"{PASSWORD_STEP}<p class=error>Not the right ones.",
        },
        "Not the right ones.",
    ),
    "without a word": ({"GET /login": FORM, "POST /send": FORM}, "without a word"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_has_the_message_of_the_site_and_keeps_no_session(name: str) -> None:
    pages, words = REFUSED[name]
    end, kept, sent = outcome(pages)
    assert isinstance(end, LoginRefused), end
    assert words in str(end)
    assert end.is_silent is ("without a word" in words)
    assert (sent, kept) == (int(name != "by the first step"), [])


TROUBLE: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "an error with the form": ({"POST /send": (500, 0, WRONG)}, ServerError),
    "an error": ({"POST /send": (503, 0, "Busy")}, ServerError),
    "an error behind it": ({"POST /send": (302, 0, "/no"), "GET /no": (403, 0, "No")}, ServerError),
    "nothing": ({"POST /send": ""}, PageChanged),
    "an error in place": ({"POST /auth": (502, 0, "")}, ServerError),
    "no answer": ({"POST /auth": (200, 9, "")}, PlaywrightTimeout),
    "the licence leads back": (
        {"POST /send": LICENCE, "GET /home": FORM}, LoggedOut
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TROUBLE)
def test_server_error_is_not_a_refusal_and_keeps_the_session(name: str) -> None:
    pages, kind = TROUBLE[name]
    form = FORM if "POST /send" in pages else in_place(NO)
    end, kept, sent = outcome({"GET /login": form, **pages})
    assert type(end) is kind, end
    assert sent == 1
    assert set(kept) == (set() if name == "no answer" else {"live"})


def test_reloaded_form_was_not_sent() -> None:
    reloads = "<form onsubmit=\"location.href = '/login?again'; return false\""
    end, _, sent = outcome({"GET /login": FORM.replace("<form", reloads)})
    assert (type(end), sent) == (PageChanged, 0)


UNKNOWN: dict[str, dict[str, Any]] = {
    "after the login": {"POST /send": REMINDER},
    "at the login's address": {"POST /send": (302, 0, "/login?next"), "GET /login": REMINDER},
    "after the licence": {"POST /send": LICENCE, "GET /home": REMINDER},
    "with a status": {"POST /send": (403, 0, REMINDER.replace("<a ", "<i "))},
    "with a closed menu": {
        "POST /send": f"{REMINDER}<style>header {{ display: none }}</style>",
        "GET /vehicle/": REMINDER,
    },
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_page_is_described_by_title_and_text(name: str) -> None:
    pages = UNKNOWN[name]
    form: dict[str, Any] = {"GET /form": FORM, "GET /login": FORM} | pages
    end, kept, sent = outcome(form, "form")
    assert isinstance(end, UnknownPage), end
    told = "The page is titled 'Your password' and says: Your password expires in 3 days"
    assert told in str(end)
    assert (sent, set(kept)) == (1, {"live"})


@pytest.mark.parametrize("script", ["", "setTimeout(() => { location.href = '/end'; }, 99999)"])
def test_page_before_the_login_is_unknown_whatever_its_timers_do(script: str) -> None:
    end, _, sent = outcome({"GET /form": f"{REMINDER}<script>{script}</script>"}, "form")
    assert (type(end), sent) == (UnknownPage, 0)


@pytest.mark.parametrize("name", OFFERS)
def test_offer_after_the_login_is_declined(name: str) -> None:
    pages = {"GET /login": FORM, "POST /send": OFFERS[name], "GET /home": INSIDE}
    asked: list[str] = []
    end, _, sent = outcome(pages, asked=asked)
    assert isinstance(end, Login), end
    assert (sent, end.sent) == (1, True)
    assert not [path for path in asked if "yes" in path or "change" in path]


def test_product_is_chosen_in_a_list_of_several() -> None:
    chosen = "<a href=/yes>PIN</a><a href=/home target=_blank>Bookout Pro</a>"
    pages = {
        "GET /login": FORM.replace("<title>Log in", "<title>Log in | Bookout Pro"),
        "POST /send": f"My products{chosen}", "GET /home": INSIDE,
    }  # fmt: skip
    asked: list[str] = []
    end, _, sent = outcome(pages, asked=asked)
    assert isinstance(end, Login), end
    assert (sent, "/yes" in asked) == (1, False)


def test_page_with_a_link_to_the_inventory_is_no_list_of_products() -> None:
    tiles = f"{MENU}<header><a id=btnLogout href=/out>Log Out</a></header>"
    pages = {
        "GET /login": FORM, "GET /vehicle/": GRID,
        "POST /send": f"{tiles}<main><a href=/chosen>Values</a> <a href=/pin>PIN</a></main>",
    }  # fmt: skip
    asked: list[str] = []
    end, *_ = outcome(pages, asked=asked)
    assert isinstance(end, Login), end
    assert "/chosen" not in asked


@pytest.mark.parametrize("name", FOR_A_PERSON)
def test_question_that_is_no_offer_is_left_to_a_person(name: str) -> None:
    pages = {"GET /login": FORM, "POST /send": FOR_A_PERSON[name], "GET /home": INSIDE}
    asked: list[str] = []
    end, _, sent = outcome(pages, asked=asked)
    assert isinstance(end, (UnknownPage, ActiveSession)), end
    assert (sent, [path for path in asked if "home" in path]) == (1, [])


@pytest.mark.parametrize("then", [FORM, OFFERS["with a way out"]])
def test_offer_that_takes_no_refusal_is_an_unknown_page_and_no_refused_login(then: str) -> None:
    pages = {"GET /login": FORM, "POST /send": OFFERS["with a way out"], "GET /home": then}
    end, kept, sent = outcome(pages)
    assert isinstance(end, UnknownPage), end
    assert "Your password expires in 3 days" in str(end)
    assert (sent, set(kept)) == (1, {"live"})


def test_answer_about_an_outage_postpones_the_login_and_keeps_the_session() -> None:
    page = "<title>Log in</title><p>Temporarily unavailable: back in 10 minutes.<a href=/login>Back"
    end, kept, sent = outcome({"GET /login": FORM, "POST /send": page})
    assert isinstance(end, LoginPostponed), end
    assert (end.delay, end.asked, sent, kept) == (Delay.OUTAGE, 600, 1, ["live"])


TOLD = "The account is in use. Please wait 7 minutes."
OTHERS: dict[str, str] = {
    "an alert": f"{FORM}<script>alert('{TOLD}')</script>",
    "a page of its own": f"<title>Log in</title><p>{TOLD}</p><a href=/login>Back</a>",
    "a question": f"{FORM}<script>if (confirm('{TOLD} End the other session?'))"
                  " location.href = '/home';</script>",
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_session_of_somebody_else_is_understood_however_it_is_told(name: str) -> None:
    end, kept, sent = outcome({"GET /login": FORM, "POST /send": OTHERS[name], "GET /home": INSIDE})
    assert isinstance(end, ActiveSession), end
    assert (end.wait_seconds, kept, sent) == (420, [], 1)


KICKED = "You have been signed out because your account signed in on another computer."


@pytest.mark.parametrize(
    "page", [f"<p>{KICKED}</p>{FORM}", f"{FORM}<script>alert('{KICKED}')</script>"]
)
@pytest.mark.parametrize(
    ("known", "is_sent"), [("", False), ("Another.", False), (KICKED, True), (None, True)]
)
def test_no_login_is_sent_after_another_one_has_ended_the_session(
    page: str, known: str | None, is_sent: bool
) -> None:
    pages = {"GET /login": page, "POST /send": INSIDE}
    end, _, sent = outcome(pages, known=known)
    if is_sent:
        assert isinstance(end, Login)
        assert (end.told, sent) == (KICKED, 1)
    else:
        assert isinstance(end, EndedByOther)
        assert (end.wait_seconds, end.said, sent) == (300, KICKED, 0)


def test_refusal_by_an_alert_has_its_words() -> None:
    page = f"{FORM}<script>alert('The password is not right.')</script>"
    end, _, sent = outcome({"GET /login": FORM, "POST /send": page})
    assert isinstance(end, LoginRefused)
    assert ("saying: The password is not right." in str(end), sent) == (True, 1)


LOOKS = [
    (GRID, True),
    (FORM, False),
    (GRID + FORM, False),
    (INSIDE, False),
    ((403, 0, GRID), False),
    ("<h1>Your session has expired</h1><a href=/login>Sign in</a>", False),
    ('{"error": "unauthenticated"}', False),
    ((302, 0, "/home"), False),
]


@pytest.mark.parametrize(("page", "there"), LOOKS)
def test_only_the_inventory_proves_a_live_session(page: Any, there: bool) -> None:
    found: list[bool] = []

    async def work(page: Page, site: Site) -> None:
        found.append(await is_inside(page, site))

    run({"GET /vehicle/": page, "GET /home": INSIDE}, work, "vehicle/")
    assert found == [there]


REFUSAL = (403, 0, "<h1>Access Denied</h1>")
BLOCKED = """<title>Request Rejected</title>The requested URL was rejected. Please consult with your
    administrator.<br>Your support ID is: 1234567890<br><a href="#">[Go Back]</a>"""
IN_FRAME = "<iframe>Request unsuccessful. Incapsula incident ID: 8770002-388</iframe>"


def session_looked_for(pages: dict[str, Any]) -> object:
    """Return what a look for the session at the inventory finds, or that all is refused."""
    found: list[object] = []

    async def work(page: Page, site: Site) -> None:
        try:
            found.append(await check_session(page, site, []))
        except AllRefused as error:
            found.append(str(error))

    run(pages, work, "vehicle/")
    return found[0]


@pytest.mark.parametrize(
    ("login", "refused"),
    [(REFUSAL, True), (FORM, False), (INSIDE, False), ((404, 0, "x"), False)],
)
def test_login_refused_like_the_inventory_is_no_end_of_the_session(
    login: Any, refused: bool
) -> None:
    found = session_looked_for({"GET /vehicle/": REFUSAL, "GET /login": login})
    said = "The site answered 403 for the login; the page says: Access Denied"
    assert found == (said if refused else None)


@pytest.mark.parametrize("blocked", [BLOCKED, IN_FRAME])
@pytest.mark.parametrize("is_all", [True, False])
def test_firewall_with_status_200_refuses_all_or_the_inventory_alone(
    blocked: str, is_all: bool
) -> None:
    login = blocked if is_all else FORM
    found = session_looked_for({"GET /vehicle/": blocked, "GET /login": login})
    words = "Request Rejected" if blocked == BLOCKED else "Request unsuccessful."
    start = f"The login: the firewall of the site refuses it; the page says: {words}"
    assert str(found).startswith(start if is_all else "None")


def test_look_at_the_inventory_quotes_who_has_ended_the_session() -> None:
    said: list[str] = []

    async def work(page: Page, site: Site) -> None:
        with pytest.raises(LoggedOut) as raised:
            await check_session(page, site, [])
        said.append(raised.value.said)

    login = (302, 0, "/login?why=2")
    run({"GET /vehicle/": login, "GET /login": f"{FORM}<p>{KICKED}"}, work, "vehicle/")
    assert said == [KICKED]


def test_blocked_login_page_gets_no_login() -> None:
    end, kept, sent = outcome({"GET /login": BLOCKED})
    assert (type(end), kept, sent) == (AllRefused, [], 0)
    assert "The requested URL was rejected" in str(end)


def test_login_that_a_firewall_blocks_is_sent_once() -> None:
    end, _, sent = outcome({"GET /login": FORM, "POST /send": BLOCKED})
    assert (type(end), sent) == (UnknownPage, 1)
    assert "The requested URL was rejected" in str(end)


def test_refused_login_page_gets_no_login() -> None:
    end, kept, sent = outcome({"GET /login": REFUSAL})
    assert (type(end), kept, sent) == (AllRefused, [], 0)
