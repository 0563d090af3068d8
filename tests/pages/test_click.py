"""Clicks on what a person would click, with the words that it has, and again if need be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.click import ClickResult
from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.network import watch
from tests.support.page_server import on_page, open_pages

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from jdp_spider.pages.page import SitePage


pytestmark = pytest.mark.browser

CLICKED = "<script>addEventListener('click', event => { window.clicked ??= event.composedPath()\
.find(each => each.id)?.id; window.clicks = (window.clicks ?? 0) + 1; })</script>"
WORDS = {
    "case, spaces and more": "<button id=1><i></i> CREATE&nbsp;PDF \n Report</button>",
    "value of an input": "<input type=button id=1 value='Create PDF'>",
    "value of a button": "<button id=1 value=pdf>Create PDF</button>",
    "exact first": "<a id=0 href=#>Create PDF Report</a><button id=1>create pdf</button>",
    "shortest": "<a id=0 href=#>Create PDF Report of all</a><a id=1 href=#>Create PDF now</a>",
    "spans": "<button id=1><b>Create</b> <span>P</span><span>DF</span></button>",
    "blocks": "<div role=button id=1><div>Create</div><div>PDF</div></div>",
    "label": "<button id=1 aria-label='Create PDF'><i>&nbsp;</i></button>",
    "picture": "<a id=1 href=#><img alt='Create PDF' width=20 height=20></a>",
    "DevExpress's": """<p>Create PDF here</p><div class='dxbButton dxbButtonSys' id=1>
        <div class=dxb-hbc><input type=button value=submit style='opacity: 0; position: absolute'>
        </div><div class=dxb><span class=dx-vam>Create PDF</span></div></div>""",
    "no button by its name": "<div id=0>Create PDF</div><span id=1 onclick='1'>Create PDF</span>",
    "nested": "<a id=0 href=#><button id=1>Create PDF</button></a>",
    "enabled": "<button id=0 disabled>Create PDF</button><button id=1>Create PDF</button>",
    "uncovered": """<button id=0>Create PDF</button><div style='position: fixed; inset: 0;
        z-index: 1'><button id=1>Create PDF</button></div>""",
    "same one above and below a list": """<div role=dialog><p class=dialogButtons>
        <button id=0>Create PDF</button></p><label><input type=checkbox>Bookout</label>
        <p><button id=1>Create PDF</button>
        <button>Cancel</button></p></div>""",
    "beside the bookout": """<div role=dialog><p>Bookout <button id=1>Create PDF</button></p>
        <p>Summary <button id=0>Create PDF</button></p></div>""",
}
HIDDEN = (
    "opacity: 0",
    "visibility: hidden",
    "position: absolute; left: -9999px",
    "position: absolute; clip: rect(0 0 0 0)",
    "position: absolute; clip-path: inset(50%)",
    "height: 0; overflow: hidden",
    "content-visibility: hidden",
    "position: fixed; left: 0; transform: translateX(-110%); width: 300px",
)


async def what_is_clicked(page: SitePage) -> Any:
    await page.click("create_pdf")
    return await page.page.evaluate("window.clicked")


def test_button_is_found_by_its_text() -> None:
    pages = [CLICKED + html for html in WORDS.values()]
    found = open_pages(pages, what_is_clicked, 5)
    assert dict(zip(WORDS, found, strict=True)) == dict.fromkeys(WORDS, "1")


def test_invisible_button_is_not_clicked() -> None:
    create = "<button id=0>Create PDF</button>"
    kinds = [f'<div style="{style}">{create}</div>' for style in HIDDEN]
    kinds += [f"<div inert>{create}</div>", f"<div hidden>{create}</div>"]
    kinds += [f"<details><summary>More</summary>{create}</details>"]
    pages = [f"{CLICKED}{kind}<p><button id=1>Create PDF</button>" for kind in kinds]
    assert open_pages(pages, what_is_clicked, 5) == ["1"] * len(kinds)


def test_button_that_also_sends_something_is_not_clicked() -> None:
    words = ("Create PDF and Email", "Create PDF &amp; Send to Customer", "E-mail: Create PDF")
    alone = [f"{CLICKED}<button id=0>{text}</button>" for text in words]

    async def work(page: SitePage) -> bool:
        return await page.is_visible("create_pdf")

    assert open_pages(alone, work, 5) == [False] * len(words)
    beside = [f"{html}<button id=1>Create PDF to print</button>" for html in alone]
    assert open_pages(beside, what_is_clicked, 5) == ["1"] * len(words)


def test_invisible_login_is_not_a_login() -> None:
    async def work(page: SitePage) -> bool:
        return await page.is_visible("user_name")

    field = "<input id=usernameInput>"
    pages = [f'<div style="{style}">{field}</div>' for style in HIDDEN]
    assert open_pages([*pages, field], work, 5) == [False] * len(pages) + [True]


@pytest.mark.parametrize(
    "html",
    [
        "<button>Create PDF</button><a href=#>Create PDF</a>",
        """<div role=dialog><p>Sticker <button>Create PDF</button></p>
            <p>Summary <button>Create PDF</button></p></div>""",
    ],
)
def test_two_buttons_with_the_same_text_are_an_error(html: str) -> None:
    def work(page: SitePage) -> Awaitable[Any]:
        return page.click("create_pdf")

    with pytest.raises(PageChanged, match="more than one button says 'text:Create PDF'") as caught:
        on_page(work, html, seconds=1)
    assert caught.value.names == "create_pdf"


NOT_READY = {
    "disabled": "<button id=1 disabled>",
    "fieldset": "<fieldset disabled><button id=1>",
    "aria-disabled": "<button id=1 aria-disabled=true>",
    "pointer-events": "<button id=1 style='pointer-events: none'>",
    "class": "<button id=1 class=dxbDisabled>",
}
READY = """Create PDF</button></fieldset><script>setTimeout(() => {
    const button = document.getElementById('1');
    button.disabled = false;
    if (button.parentElement.disabled) button.parentElement.disabled = false;
    for (const name of ['aria-disabled', 'style', 'class']) button.removeAttribute(name);
    window.ready = true;
}, 300)</script>"""


def test_a_button_is_clicked_once_it_is_enabled() -> None:
    async def work(page: SitePage) -> Any:
        await page.click("create_pdf")
        return await page.page.evaluate("[window.clicked, window.clicks, window.ready]")

    pages = [CLICKED + html + READY for html in NOT_READY.values()]
    assert open_pages(pages, work, 8) == [["1", 1, True]] * len(pages)


def over(text: str, *buttons: str) -> str:
    """A button below a question, which goes when it is answered."""
    click = 'window.answer = innerText; document.querySelector("#over").remove()'
    answers = "".join(f"<button onclick='{click}'>{each}</button>" for each in buttons)
    style = "position: fixed; inset: 0; background: white; z-index: 9"
    return f"<button id=1>Create PDF</button><div id=over style='{style}'>{text}{answers}</div>"


OVER = {
    "Reject All": over("We use cookies.", "Accept All", "Settings", "Reject All"),
    "Accept": over("Your privacy", "Accept", "Settings"),
    "Stay signed in": over("Your session ends soon.", "Log out", "Stay signed in"),
    "Continue": over("You will be logged out in 60 seconds.", "Log out now", "Continue", "Close"),
    "Yes": over("Your session is about to expire. Do you want to continue?", "No", "Yes"),
    "Finish": over("What is new: faster bookouts", "Finish"),
    "Next": "<button id=1>Create PDF</button><div id=over><div style='position: fixed; inset: 0; "
    "background: gray; z-index: 8'></div><div style='position: fixed; left: 300px; z-index: 9'>"
    "Meet the new page <button onclick='window.answer = innerText; over.remove()'>Next</button>"
    "</div></div>",
    "\u00d7": over(
        "<span class=close onclick='window.answer = innerText; "
        "this.parentElement.remove()'>&times;</span>How likely are you to recommend us?"
    ),
    "No thanks": over("Take our survey?", "OK", "No thanks"),
    # Nothing is known that could be answered without doing something: clicked through, as before.
    "": over("Delete this vehicle?", "OK", "No"),
    " ": over("New terms", "Accept"),
    "   ": over("Another session of this user is active. End it?", "Continue"),
    "    ": over("Your dealership: <input>", "Next"),
    "     ": over("Your session is about to expire. Log out?", "No", "Close"),
    # A loading panel over the dialog: that is not closed for it.
    "  ": "<div role=dialog><button onclick='window.answer = innerText'>&times;</button>"
    "<button id=1>Create PDF</button></div>"
    "<div id=over style='position: fixed; inset: 0; background: white'>Loading</div>"
    "<script>setTimeout(() => document.getElementById('over').remove(), 4500)</script>",
}


def test_overlay_is_answered_by_the_least_consequential_button() -> None:
    async def work(page: SitePage) -> Any:
        clicked = await what_is_clicked(page)
        return clicked, await page.page.evaluate("window.answer ?? ''")

    script = "<script>document.getElementById('1').onclick = () => { clicked = '1'; }</script>"
    found = open_pages([html + script for html in OVER.values()], work, 12)
    assert found == [("1", answer.strip()) for answer in OVER]


BESIDE = """<button id=1>Create PDF</button>
    <div id=over style='position: absolute; left: 0; top: 0; width: 300px; height: 60px; z-index: 9;
    background: white'>A hint</div>
    <div style='position: absolute; top: 200px; z-index: 10'>
    <button onclick='window.answer = innerText'>Next</button></div>"""
"""A button of the page that the layer does not cover."""
MAY_CHANGE = (
    over("Save the bookout before your session ends?", "Yes", "Cancel"),
    over("Your session is about to expire. Do you want to log out?", "Yes"),
    over("Your session is about to expire.", "Do not stay logged in"),
    over("Your session is about to expire.", "Continue and log out"),
    over("Send all prices to the auction?", "OK", "Cancel"),
    over("Push 20 vehicles to the auction", "Start", "Cancel"),
    over("Manheim offers $12,000 for 165548", "Accept", "Decline"),
    over("Set the price of", "Only this vehicle", "All"),
    over("Never pay too much", "Extend my plan", "Settings"),
    BESIDE,
    over("<nav>Page 1 of 3", "Next"),
)


def test_overlay_that_may_change_data_is_not_answered() -> None:
    async def work(page: SitePage) -> Any:
        await what_is_clicked(page)
        return await page.page.evaluate("window.answer ?? ''")

    assert open_pages(list(MAY_CHANGE), work, 12) == [""] * len(MAY_CHANGE)


NOTICES = {
    "Close": over("You last logged in yesterday.", "Close"),
    "Yes": over("Are you still there?", "No", "Yes"),
    "OK": over("Your session has expired.", "OK"),
    "Got it": over("We have changed how reports are sent.", "Got it"),
    "Continue": over("You may lose changes: your session ends soon.", "Log out", "Continue"),
    "Done": over("Add vehicles here", "Back", "Done"),
    "Acknowledge": over("Updated terms", "View terms", "Acknowledge"),
    "Continue to vehicle": over("1 open recall", "View recall", "Continue to vehicle"),
    "Exit tour": over("Quick tour", "Exit tour", "Next &rarr;"),
    "Next \u2192": over("Quick tour", "Next &rarr;"),
    "OK ": over("Vehicles can be deleted now.", "OK"),
}
MODAL = {
    "Got it": "Deleted vehicles are no longer shown.",
    "": "Delete this vehicle?",
}
INERT = """<div inert><button onclick='clicked = 1'>Create PDF</button></div><div role=dialog
    style='position: fixed; top: 99px'><button {} onclick="parentElement.remove();
    document.querySelector('[inert]').inert = false">{}</button> A tip for you</div>"""


def test_notice_is_dismissed() -> None:
    async def work(page: SitePage) -> Any:
        await what_is_clicked(page)
        return await page.page.evaluate("window.answer ?? ''")

    assert open_pages(list(NOTICES.values()), work, 12) == [each.strip() for each in NOTICES]


def test_modal_dialog_is_answered_or_clicked_through() -> None:
    """An element of HTML, below which the browser finds nothing."""

    async def work(page: SitePage) -> Any:
        await page.click("create_pdf")
        return await page.page.evaluate("[window.answer ?? '', window.clicked]")

    html = """<button onclick='clicked = 1'>Create PDF</button><dialog>{}<button
        onclick="window.answer = innerText; closest('dialog').close()">Got it</button></dialog>
        <script>document.querySelector('dialog').showModal()</script>"""
    assert open_pages([html.format(text) for text in MODAL.values()], work, 12) == [
        [answer, 1] for answer in MODAL
    ]


def test_page_that_is_inert_below_a_dialog_is_clicked_once_that_is_answered() -> None:
    async def work(page: SitePage) -> Any:
        await page.click("create_pdf")
        return await page.page.evaluate("window.clicked")

    pages = [
        INERT.format("", "OK"),
        INERT.format("style='float: right'", "<svg width=9 height=9></svg>"),
    ]
    assert open_pages(pages, work, 12) == [1, 1]


def test_overlay_over_the_hover_target_is_answered() -> None:
    async def work(page: SitePage) -> Any:
        await page.hover("create_pdf")
        return await page.page.evaluate("[window.answer, window.hovered]")

    script = "<script>document.getElementById('1').onmouseover = () => { hovered = 1; }</script>"
    html = over("We use cookies.", "Accept All", "Reject All") + script
    assert open_pages([html], work, 12) == [["Reject All", 1]]


def test_guided_tour_is_clicked_through_to_its_end() -> None:
    async def work(page: SitePage) -> Any:
        clicked = await what_is_clicked(page)
        return clicked, await page.page.evaluate("document.getElementById('over')")

    click = "this.dataset.n > 6 ? over.remove() : this.dataset.n++"
    style = "position: fixed; inset: 0; background: white; z-index: 9"
    html = f"""<button id=1 onclick="window.clicked = '1'">Create PDF</button>
        <div id=over style="{style}">New <button data-n=1 onclick="{click}">Next</button></div>"""
    assert open_pages([html], work, 12) == [("1", None)]


LONG = "<p>Terms</p>" * 50
SCROLLED = f"""<div id=text style='height: 60px; overflow: auto'>{LONG}</div>
    <button id=1 disabled onclick='window.clicked = this.id'>Create PDF</button><script>
    text.onscroll = () => {{
        document.getElementById('1').disabled = text.scrollTop + 60 < text.scrollHeight - 5;
    }};
    </script>"""


def test_text_is_scrolled_to_its_end_to_enable_the_button() -> None:
    assert on_page(what_is_clicked, SCROLLED, seconds=8) == "1"


def test_the_error_says_that_the_button_is_disabled() -> None:
    def work(page: SitePage) -> Awaitable[Any]:
        return page.click("create_pdf")

    with pytest.raises(PageChanged, match=r"'text:Create PDF' \(.*\) is disabled"):
        on_page(work, "<button disabled>Create PDF</button>", seconds=1)


def test_button_that_needs_a_hover_is_hovered() -> None:
    html = """<button id=1 disabled>Create PDF</button><script>
        addEventListener('mousemove', () => { document.querySelector('button').disabled = false; });
        </script>"""
    assert open_pages([CLICKED + html], what_is_clicked, 5) == ["1"]


# Again

PRINT = "<button class=reportButton>Print</button>"


def clicks_until_dialog(*scripts: str, seconds: float = 4) -> list[Any]:
    """How often a page with each of these scripts was clicked until its dialog came."""

    async def work(page: SitePage) -> Any:
        try:
            await page.click("reports", until=page.shows("create_pdf"))
        except PageChanged as error:
            return str(error)
        return await page.page.evaluate("window.clicks")

    begin = """<script>
        const button = document.querySelector('button');
        window.clicks = 0;
        addEventListener('click', () => { window.clicks++; }, true);
        const open = () => document.body.insertAdjacentHTML('beforeend', `<div style="position:
            fixed; inset: 0; z-index: 1"><button>Create PDF</button></div>`);"""
    pages = [f"{PRINT}<p id=line>{begin}{script}</script>" for script in scripts]
    return list(open_pages(pages, work, seconds))


def test_click_is_repeated_until_it_has_an_effect() -> None:
    begins = (
        "line.textContent = 'Preparing your report'",
        "button.disabled = true",
        "confirm('Really?')",
        "fetch('/never')",
        "button.innerHTML = '<i></i> Print'",
    )
    late = """const listen = () => { button.onclick = open; };
        button.addEventListener('click', () => setTimeout(listen, 100), {once: true});"""
    scripts = [f"button.onclick = () => {{ {each}; setTimeout(open, 2900); }};" for each in begins]
    assert clicks_until_dialog(late, *scripts) == [2, 1, 1, 1, 1, 1]


SAVE = "Save the changes? <button>Save</button><button {}>Don\\'t save</button>"
NO_QUESTIONS = (
    "<input type=checkbox><input type=checkbox><button {}>OK</button>",
    "Choose a report <button {}>OK</button><button>Cancel</button>",
    "Save the changes? <button>Save</button><button {}>Yes</button>",
)


def test_only_a_question_before_the_dialog_is_answered() -> None:
    shown = [
        f"""button.onclick = () => document.body.insertAdjacentHTML('beforeend', '<div role=dialog>'
        + '{html.format("id=yes")}' + '</div>') ?? (yes.onclick = open);"""
        for html in (SAVE, *NO_QUESTIONS)
    ]
    saved, *others = clicks_until_dialog(*shown, seconds=3)
    assert saved == 2
    assert all("brought no" in str(each) for each in others)


def test_error_names_the_click_without_effect_and_what_came_instead() -> None:
    html = "'<p>Reports</p><button>Make PDF</button>'"
    other = f"document.body.insertAdjacentHTML('beforeend', {html})"
    errors = clicks_until_dialog("", f"button.onclick = () => {other}", seconds=1)
    message = (
        "Vehicle: the click on 'button.reportButton:not(.requiresVehicle)' (reports) brought no "
        "'text:Create PDF' (create_pdf: creates the PDF, in the reports dialog)"
    )
    assert errors == [message, f"{message}; the page says: Reports Make PDF"]


def test_result_of_a_click_may_be_awaited_in_python() -> None:
    async def work(page: SitePage) -> Any:
        async def comes(seconds: float) -> Any:
            return await page.page.evaluate("window.clicks > 1 && 'two clicks'") or (
                await asyncio.sleep(seconds)
            )

        return await page.click("create_pdf", until=ClickResult(comes, "report_mark"))

    assert open_pages([CLICKED + WORDS["spans"]], work, 6) == ["two clicks"]


# Dialogs


@pytest.mark.parametrize(("ours", "answer"), [(True, [True, "x"]), (False, [False, None])])
def test_dialogs_after_our_click_are_accepted(ours: bool, answer: list[Any]) -> None:
    asks = "window.answer = [confirm('Create?'), prompt('Name?', 'x')]; alert('Done')"

    async def work(page: SitePage) -> Any:
        watch(page.page)
        if ours:
            await page.click("create_pdf")
        else:
            await page.page.evaluate(f"() => {{ {asks} }}")
        return await page.page.evaluate("window.answer")

    assert open_pages([f'<button onclick="{asks}">Create PDF</button>'], work, 5) == [answer]


def test_dialog_about_a_change_or_others_is_dismissed_even_after_our_click() -> None:
    asked = (
        "Delete the vehicle?",
        "This uses 1 credit.",
        "Send an e-mail?",
        "You already have an active session on another computer. Do you want to end that session?",
        "This user is already logged in. Click OK to log off the other user.",
        "Another session is active. Continue and terminate it?",
        "The account is in use. Continue anyway?",
        "You have unsaved changes. Save them before printing?",
        "This will overwrite the existing bookout. Continue?",
        "Mark this vehicle as sold?",
        "Update mileage to 45,210?",
        "Archive this vehicle?",
        "Replace the last bookout?",
        "Recalculate the values now?",
        "This report is $1.99. Do you want to continue?",
        "Your account will be debited. Continue?",
        "Run a CARFAX report for this vehicle?",
        "Cancel the current bookout?",
        "Mark this vehicle as printed?",
        "Copy values to inventory?",
        "Save this report to the documents of the vehicle?",
        "Save the new mileage before creating the report?",
        "Bob is working on this vehicle. Take over?",
        "Remove the filter?",
        "Save the report as a PDF?",
        "Values were updated. Continue?",
        "Click OK to create the report, or Cancel to return.",
    )

    async def work(page: SitePage) -> Any:
        watch(page.page)
        await page.click("create_pdf")
        return await page.page.evaluate("window.answers")

    html = f"""<button onclick="window.answers = {list(asked)}.map(one => confirm(one))">
        Create PDF</button>"""
    assert open_pages([html], work, 20) == [[False] * 23 + [True] * 4]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("You will be logged out in 60 seconds. Continue?", True),
        ("Your session is about to expire. Press OK to stay signed in.", True),
        ("There is another session of this user. Continue and end it?", False),
        ("You will be logged out if you continue.", False),
        ("Log out now?", False),
        ("Your session ends. Press OK to log out, or Cancel to stay logged in.", False),
    ],
)
def test_offer_to_stay_logged_in_is_accepted(asked: str, answer: bool) -> None:
    async def work(page: SitePage) -> Any:
        watch(page.page)
        return await page.page.evaluate("asked => confirm(asked)", asked)

    assert open_pages([""], work, 5) == [answer]


PANE = "<div style='display: none' {}><button class=reportButton>Print</button></div>"
PRESSED = "<script>onclick = event => { window.pressed = event.target.textContent; }</script>"
BROUGHT_OUT = {
    "tab": f"""<a role=tab href=#pane onclick="pane.style.display = ''">Reports</a>
        <a href=#other>Photos</a>{PANE.format("id=pane")}""",
    "tab of DevExpress": f"""<li id=pc_T1 onclick="pc_C1.style.display = ''">Reports</li>
        {PANE.format("id=pc_C1")}""",
    "menu": f"""<button aria-haspopup=true onclick="this.nextElementSibling.style.display = ''">
        More</button>{PANE.format("class=menu")}""",
    "details": """<details><summary>More</summary>
        <button class=reportButton>Print</button></details>""",
    "scrolled to": """<div style='height: 3000px'></div><p id=end>End</p><script>
        new IntersectionObserver(seen => {
            if (seen.some(each => each.isIntersecting) && !document.querySelector('button'))
                end.innerHTML = '<button class=reportButton>Print</button>';
        }).observe(end);</script>""",
}


def test_button_in_a_folded_part_of_the_page_is_brought_out() -> None:
    async def work(page: SitePage) -> str:
        await page.click("reports")
        return str(await page.page.evaluate("() => window.pressed"))

    assert (
        open_pages([f"{html}{PRESSED}" for html in BROUGHT_OUT.values()], work, 20) == ["Print"] * 5
    )


def test_what_may_send_or_change_something_is_not_opened_to_bring_a_button_out() -> None:
    html = PANE.format("id=pane").join(["<a id=2 href=#pane onclick='clicked = 2'>Send</a>", ""])

    async def work(page: SitePage) -> Any:
        with pytest.raises(PageChanged):
            await page.click("reports")
        return await page.page.evaluate("() => window.clicked ?? null")

    assert on_page(work, html, seconds=2) is None


@pytest.mark.parametrize("small", ["max-height: 800px", "max-width: 1399px"])
def test_button_that_a_small_window_hides_is_clicked(small: str) -> None:
    html = f"""{CLICKED}<style>@media ({small}) {{ button {{ display: none }} }}</style>
        <button id=1>Create PDF</button>"""
    assert on_page(what_is_clicked, html) == "1"
