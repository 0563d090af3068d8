"""What every page needs, on pages of a server that sends them in two parts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages import view
from jdp_spider.pages.click import ClickResult
from jdp_spider.pages.errors import LoggedOut, PageChanged
from jdp_spider.pages.network import watch
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

ELSEWHERE = (50, 250)
BUTTON = "<button class=reportButton onclick='window.pressed = true'>Print</button>"
LATE_SCRIPT = """<script>
    document.querySelector('button').onclick = () => { window.pressed = 'by its script'; };
</script>"""
FIELDS = """
    <input id=usernameInput style="display: none" value=hidden>
    <input id=usernameInput value="who was here before" disabled>
    <input id=passwordInput type=password readonly>
    <script>
        setTimeout(() => { document.querySelectorAll('input')[1].disabled = false; }, 100);
    </script>"""


def test_click_waits_for_the_scripts_of_the_page() -> None:
    async def work(page: SitePage) -> Any:
        await page.click("reports")
        return await page.page.evaluate("window.pressed")

    assert on_page(work, BUTTON, LATE_SCRIPT) == "by its script"


ENDED = "<h1>You were away for too long</h1><a href=/>Back</a>"
INSIDE = "<a id=btnLogout href=/>Log Out</a>"


def later(html: str) -> str:
    adds = f"document.body.insertAdjacentHTML('beforeend', `{html}`)"
    return f"<script>setTimeout(() => {adds}, 1500)</script>"


@pytest.mark.parametrize(
    ("page", "is_given_up"),
    [
        (ENDED, True),
        ("You were away for too long.", True),
        (ENDED + INSIDE + later(BUTTON), False),
        ("<p>Please wait</p>" + later(BUTTON), False),
    ],
)
def test_idle_page_outside_the_session_is_not_awaited(
    page: str, is_given_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "_LOOK_S", 0.3)

    async def work(vehicle: SitePage) -> Any:
        if is_given_up:
            with pytest.raises(PageChanged):
                await asyncio.wait_for(vehicle.wait_for("reports"), 15)
        else:
            await vehicle.wait_for("reports")

    on_page(work, page, seconds=30, ends=True)


FRAME = """
    <script>
        const frame = document.createElement('iframe');
        frame.src = location.href.replace('127.0.0.1', 'HOST');
        frame.style = 'width: WIDTHpx; height: 400px';
        if (top === window) document.body.append(frame);
    </script>"""


@pytest.mark.parametrize(
    ("host", "width", "hint"),
    [
        ("localhost", 600, r"; a part of the page is a frame from http://localhost:\d+: "),
        ("localhost", 1, r"dialog\)$"),
        ("127.0.0.1", 600, r"dialog\)$"),
    ],
)
def test_large_frame_of_another_origin_is_named_where_something_is_missing(
    host: str, width: int, hint: str
) -> None:
    page = "<body>" + FRAME.replace("HOST", host).replace("WIDTH", str(width))

    async def work(vehicle: SitePage) -> Any:
        with pytest.raises(PageChanged, match=hint):
            await vehicle.wait_for("reports")

    on_page(work, page, seconds=2)


MOVES = """
    <style>
        button { position: absolute; left: 0; top: 0; width: 80px; height: 30px }
        #other { left: 100px }
    </style>
    <button class=reportButton onclick='window.pressed = true'>Print</button>
    <button id=other onpointerdown='touched()' onclick='touched()'>Delete all</button>
    <script>
        window.moves = 0;
        const [print, other] = document.querySelectorAll('button');
        function touched() { window.wrong = true; }
        // The first one goes as soon as the mouse comes, and another takes its place.
        document.addEventListener('mousemove', () => {
            if (window.moves++ >= MOST) return;
            other.style.left = print.style.left || '0px';
            print.style.left = `${100 * window.moves}px`;
        }, true);
    </script>"""


def test_moving_button_is_clicked_at_its_new_place() -> None:
    async def work(page: SitePage) -> Any:
        await page.click("reports")
        return await page.page.evaluate("[window.pressed, window.wrong, window.moves]")

    assert on_page(work, MOVES.replace("MOST", "4")) == [True, None, 5]


def test_constantly_moving_button_is_given_up_without_a_wrong_click() -> None:
    async def work(page: SitePage) -> Any:
        with pytest.raises(PageChanged, match="moves away from the mouse"):
            await page.click("reports")
        return await page.page.evaluate("[window.pressed, window.wrong]")

    assert on_page(work, MOVES.replace("MOST", "99"), seconds=2) == [None, None]


def test_permanently_covered_button_is_clicked_by_script() -> None:
    async def work(page: SitePage) -> Any:
        await page.click("reports")
        return await page.page.evaluate("[window.pressed, window.cover]")

    cover = """<div onpointerdown='window.cover = true'
        style='position: fixed; inset: 0; z-index: 9'></div>"""
    assert on_page(work, BUTTON + cover) == [True, None]


def test_locating_a_covered_button_does_not_click_it() -> None:
    async def work(page: SitePage) -> Any:
        target, text = await page.locate("reports", "() => document.body.innerText")
        before = await page.page.evaluate("window.pressed")
        await page.click("reports", target=target)
        return [before, text, await page.page.evaluate("window.pressed")]

    cover = "<div style='position: fixed; inset: 0; z-index: 9'></div>"
    assert on_page(work, BUTTON + cover) == [None, "Print", True]


def test_invisible_button_is_awaited() -> None:
    async def work(page: SitePage) -> Any:
        await page.click("reports")
        return await page.page.evaluate(
            "[window.pressed, document.querySelector('button').dataset.shown]"
        )

    hidden = BUTTON.replace("<button", "<button style='visibility: hidden'")
    later = """<script>setTimeout(() => {
        const button = document.querySelector('button');
        button.style.visibility = 'visible';
        button.dataset.shown = 'yes';
    }, 300);</script>"""
    assert on_page(work, hidden + later) == [True, "yes"]


def test_click_leaves_no_overlay_behind() -> None:
    async def work(page: SitePage) -> Any:
        await page.click("reports")
        await page.page.mouse.click(*ELSEWHERE)
        return await page.page.evaluate("[window.pressed, window.elsewhere]")

    elsewhere = "<body style='margin: 0' onclick='window.elsewhere = event.target.id'>"
    below = "<div id=below style='position: absolute; top: 200px; width: 99px; height: 99px'></div>"
    assert on_page(work, elsewhere + BUTTON + below) == [True, "below"]


def test_result_of_a_click_is_returned_once_it_appears() -> None:
    async def work(page: SitePage) -> Any:
        until = ClickResult("() => document.querySelector('p')?.textContent", "bookout")
        return await page.click("reports", until=until)

    late = """<script>setTimeout(() => {
        document.body.insertAdjacentHTML('beforeend', '<p>made</p>');
    }, 300);</script>"""
    assert on_page(work, BUTTON + late) == "made"


def test_page_that_changes_on_every_look_gets_time_to_settle() -> None:
    async def work(page: SitePage) -> Any:
        await page.fill("user_name", "dealer")
        return await page.page.evaluate("document.querySelector('input').value")

    restless = """<input id=usernameInput>
        <script>
            const field = document.querySelector('input');
            field.onfocus = async () => {
                if (window.quiet) return;
                field.blur();
                for (let later = 0; later < 9; later++) await null;
                field.dataset.looks = Math.random();
            };
            setTimeout(() => { window.quiet = true; }, 300);
        </script>"""
    assert on_page(work, restless) == "dealer"


def test_page_that_never_loads_is_not_a_changed_page() -> None:
    def work(page: SitePage) -> Awaitable[None]:
        return page.wait_for("reports")

    with pytest.raises(PlaywrightTimeout, match="Vehicle: not loaded within 1 s"):
        on_page(work, BUTTON, ends=False, seconds=1)


def test_loaded_page_without_the_button_is_a_changed_page() -> None:
    def work(page: SitePage) -> Awaitable[None]:
        return page.wait_for("reports")

    with pytest.raises(PageChanged):
        on_page(work, "<p>Nothing here", seconds=1)


def test_field_is_filled_once_it_is_editable() -> None:
    async def work(page: SitePage) -> Any:
        await page.fill("user_name", "dealer {1}")
        return await page.page.evaluate("[...document.querySelectorAll('input')].map(e => e.value)")

    assert on_page(work, FIELDS) == ["hidden", "dealer {1}", ""]


READ_ONLY = (
    "onfocus=\"removeAttribute('readonly')\" onblur='readOnly = true'",
    "onfocus='readOnly && setTimeout(() => { readOnly = false; blur(); }, 100)'",
    "onclick='readOnly = false'",
    "onmousedown='readOnly = false'",
)


@pytest.mark.parametrize("has_focus", [False, True])
@pytest.mark.parametrize("script", READ_ONLY)
def test_field_that_is_read_only_until_it_is_used_is_filled(script: str, has_focus: bool) -> None:
    async def work(page: SitePage) -> Any:
        await page.fill("user_name", "dealer")
        return await page.page.evaluate("document.querySelector('input').value")

    focus = "<script>usernameInput.focus(); usernameInput.readOnly = true</script>"
    html = f"<input id=usernameInput readonly {script}>{focus if has_focus else ''}"
    assert on_page(work, html) == "dealer"


def test_single_field_inside_the_element_is_filled() -> None:
    html = """<table id=usernameInput><tr><td><input type=hidden><input id=usernameInput_I></table>
        <div id=passwordInput><input type=password><input></div>"""

    async def work(page: SitePage) -> Any:
        await page.fill("user_name", "dealer")
        with pytest.raises(PageChanged):
            await page.fill("password", "secret-1")
        return await page.page.evaluate(
            "[...document.querySelectorAll('input')].map(one => one.value)"
        )

    assert on_page(work, html, seconds=2) == ["", "dealer", "", ""]


def test_error_does_not_contain_the_text_to_type() -> None:
    def work(page: SitePage) -> Awaitable[None]:
        return page.fill("password", "secret-1")

    with pytest.raises(PageChanged) as caught:
        on_page(work, FIELDS, seconds=1)
    assert "#passwordInput" in str(caught.value)
    assert "secret-1" not in repr(caught.value)


@pytest.mark.parametrize("at_login", [False, True])
def test_on_a_login_page_only_elements_of_the_login_are_clicked(at_login: bool) -> None:
    async def work(page: SitePage) -> Any:
        await page.click("reports")
        return await page.page.evaluate("window.pressed")

    if at_login:
        assert on_page(work, BUTTON + FIELDS, at_login=True) is True
        return
    with pytest.raises(LoggedOut):
        on_page(work, BUTTON + FIELDS)


MIXED = """
    <button class=reportButton style='visibility: hidden'>Print</button>
    <a href=#>Create  PDF</a>
    <div style='display: none'><button>Create PDF</button></div>"""


@pytest.mark.parametrize(
    ("names", "is_visible"),
    [(["reports"], False), (["create_pdf"], True), (["reports", "create_pdf"], True), ([], False)],
)
def test_visible_element_is_recognized(names: list[str], is_visible: bool) -> None:
    def work(page: SitePage) -> Awaitable[bool]:
        return page.is_visible(*names)

    assert on_page(work, MIXED) is is_visible


CLEAR = "opacity: 0; margin: 0; position: absolute; left: 0; top: 0"
BOXES = {
    "laid over a picture": f"""<div style='position: relative; width: 22px; height: 22px'>
        <input type=checkbox style='{CLEAR}; width: 100%; height: 100%'><ins></ins></div>""",
    "one pixel in a picture": f"""<span style='position: relative; width: 17px; height: 17px;
        display: inline-block'><input type=checkbox style='{CLEAR}; width: 1px; height: 1px'></span>
        <script>const box = document.querySelector('input');
        box.parentElement.onclick = event => {{ event.target === box || box.click() }}</script>""",
    "beside its words": f"""<p style='position: relative; width: 300px; height: 90px'>
        <input type=checkbox style='{CLEAR}; width: 20px; height: 20px'>I accept</p>""",
}


@pytest.mark.parametrize("kind", BOXES)
def test_transparent_checkbox_is_clicked_at_its_picture(kind: str) -> None:
    async def work(page: SitePage) -> Any:
        await page.click("licence")
        return await page.page.is_checked("input")

    html = BOXES[kind].replace("<input", "<input id=agreementCheckBox")
    assert on_page(work, html, at_login=True) is True


def test_transparent_checkbox_in_a_hidden_element_is_ignored() -> None:
    html = BOXES["beside its words"].replace("<input", "<input id=agreementCheckBox")

    def work(page: SitePage) -> Awaitable[bool]:
        return page.is_visible("licence")

    assert on_page(work, f"<div style='opacity: 0'>{html}</div>", at_login=True) is False


def test_element_that_appears_in_time_is_found() -> None:
    async def work(page: SitePage) -> list[bool]:
        return [await page.appears(seconds, "reports") for seconds in (0.05, 4)]

    later = f"<script>setTimeout(() => {{ document.body.innerHTML = `{BUTTON}`; }}, 1000);</script>"
    assert on_page(work, later) == [False, True]


def test_poll_timeout_names_what_it_waited_for() -> None:
    def work(page: SitePage) -> Awaitable[None]:
        return page.poll("text => document.body.innerText === text", "7", "search", "bookout")

    assert on_page(work, "<p>7</p>") is True
    with pytest.raises(PageChanged) as caught:
        on_page(work, "<p>8</p>", seconds=0.5)
    assert (caught.value.page, caught.value.names) == ("Vehicle", "search, bookout")


def test_act_returns_the_result_of_its_function() -> None:
    def work(page: SitePage) -> Awaitable[Any]:
        return page.act("words => { document.title = words.join(' '); return words; }", ["a", "b"])

    assert on_page(work, "") == ["a", "b"]


def test_hover_moves_the_mouse_without_a_click() -> None:
    async def work(page: SitePage) -> Any:
        await page.hover("reports")
        return await page.page.evaluate("[window.over, window.pressed]")

    assert on_page(work, BUTTON.replace("onclick", "onmousemove='window.over = true' onclick")) == [
        True,
        None,
    ]


@pytest.mark.parametrize("event", ["keydown", "keypress", "keyup", "input", "change"])
def test_button_enabled_by_typing_is_clicked(event: str) -> None:
    async def work(page: SitePage) -> Any:
        await page.fill("password", "secret-1")
        await page.click("reports")
        return await page.page.evaluate("window.pressed")

    html = f"""<input id=passwordInput type=password>{BUTTON}<script>
        const button = document.querySelector('button');
        button.disabled = true;
        document.querySelector('input').on{event} = () => {{ button.disabled = false; }};
        </script>"""
    assert on_page(work, html, at_login=True) is True


@pytest.mark.parametrize("kind", ["script defer src", "script src", "link rel=stylesheet href"])
def test_unanswered_request_to_another_host_does_not_block(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second page does not wait for it at all."""
    monkeypatch.setattr(view, "_LOOK_S", 1)

    async def work(page: SitePage) -> Any:
        await page.page.route("http://other/*", lambda route: None)
        html = (
            f"<{kind}='http://other/never?v=1'></script>{BUTTON}<script src=own.js defer></script>"
        )
        own = "document.querySelector('button').onclick = () => { window.pressed = 'own'; }"
        site = page.site.base_url
        await page.page.route(
            f"{site}page", lambda route: route.fulfill(body=html, content_type="text/html")
        )
        await page.page.route(
            f"{site}own.js", lambda route: route.fulfill(body=own, content_type="text/javascript")
        )
        pressed = []
        for _ in range(2):
            watch(page.page)
            await page.page.goto(f"{site}page", wait_until="commit")
            await page.click("reports")
            pressed.append(
                await page.page.evaluate(
                    "[window.pressed, performance.getEntriesByType('navigation')[0].type]"
                )
            )
        return pressed

    assert on_page(work, "<p>", seconds=6) == [["own", "reload"], ["own", "navigate"]]
