"""A list of several products after the login: which entry is clicked, and when none is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.pages.product import CHOOSE_PRODUCT, product_names
from jdp_spider.pages.site import Site
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

NAMES = ["Values Online", "Values", "Bookout Pro"]
OUT = "<header><a href=/>Values Online</a><a id=btnLogout href=/out>Log Out</a></header>"
CHOSEN = {
    "a button among links": (
        f"{OUT}<h1>My applications</h1><ul><li><a href=/auction>Auction Manager</a>"
        "<li><form><button id=yes>Values Online</button></form>"
        "<li><a href=/news>Dealer News</a></ul>"
    ),
    "a link in a new tab": (
        "Choose a product<p><a href=/1>Auctions</a>"
        "<a href=/yes id=yes target=_blank>J.D. Power Values</a>"
    ),
    "by the name of the login": "<a href=/1>PIN</a><a href=/yes id=yes>Bookout Pro\u00ae</a>",
    "picture and words": (
        "<a href=/1>PIN</a><a href=/yes id=yes><img alt='Values Online' width=9 height=9></a>"
        "<a href=/yes>Values Online</a>"
    ),
    "cards with words": (
        "<a href=/yes id=yes><h3>Values Online</h3><p>Bookouts of the inventory</p></a>"
        "<a href=/1><h3>PIN</h3><p>Sales</p></a>"
    ),
    "cards with buttons": (
        "<div class=card><h3>PIN</h3><button>Launch</button></div>"
        "<div class=card><h3>Values Online</h3><p>Bookouts</p>"
        "<p><button id=yes>Launch</button></p></div>"
    ),
    "a list with Continue": (
        "<form>Product <select><option value=''>Choose...<option value=1>PIN<option value=2>"
        "Values Online</select><button id=yes disabled>Continue</button></form>"
    ),
    "boxes": (
        "<form><label><input type=radio name=p value=1>PIN</label><label>"
        "<input type=radio name=p value=2>Values Online</label><button id=yes>Next</button></form>"
    ),
}
LEFT = {
    "dealerships": "Choose your dealership<p><a href=/1>Values</a><a href=/2>North</a>",
    "stores beside it": (
        "<a href=/1>Values Online</a><a href=/2>PIN</a>"
        "<select><option>Store 1<option>Store 2</select>"
    ),
    "dealers": "<a href=/1>Values Online</a><a href=/2>Dealer No. 4711</a>",
    "two of the name": "<a href=/1>Values Online</a><a href=/2>Values</a><a href=/3>PIN</a>",
    "data": "<a href=/1>Values Online</a><a href=/2>Values Online Canada</a>",
    "none of the name": "<a href=/1>PIN</a><a href=/2>Auctions</a>",
    "nothing else": "Welcome<p><a href=/1>Values Online</a> <a href=/2>Help</a>",
    "a field": "<a href=/1>Values Online</a><a href=/2>PIN</a><input name=answer>",
    "elsewhere": "<a href=http://other.test/>Values Online</a><a href=/2>PIN</a>",
    "beside the page": f"{OUT}<main>Your subscription is over<a href=/2>PIN</a></main>",
    "another session": (
        "You are already logged in on another computer.<a href=/1>Values</a><a href=/2>End it</a>"
    ),
}
SHOW = """html => {
    window.clicked = [];
    document.body.innerHTML = html;
    document.onclick = event => {
        if (event.target.closest('a, button')) event.preventDefault();
        if (event.target.closest('a, button, input')) clicked.push(event.target.id || 'another');
    };
    document.onchange = event => {
        const form = event.target.form, choice = event.target.value;
        clicked.push(choice);
        if (form) form.querySelector('button').disabled = false;
    };
}"""


async def choices(page: SitePage) -> dict[str, list[str]]:
    """What was chosen and clicked on each page."""
    await page.page.wait_for_load_state()
    found = {}
    for name, html in (CHOSEN | LEFT).items():
        await page.page.evaluate(SHOW, html)
        is_chosen = await page.act(CHOOSE_PRODUCT, NAMES)
        found[name] = await page.page.evaluate("clicked")
        assert is_chosen == bool(found[name]), name
    return found


def test_only_the_one_entry_with_the_name_of_the_product_is_clicked() -> None:
    ways = {name: ["yes"] for name in CHOSEN} | {name: [] for name in LEFT}
    ways["a list with Continue"] = ["2", "yes"]
    ways["boxes"] = ["another", "2", "yes"]
    assert on_page(choices, "<body>", seconds=3) == ways


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("", []),
        ("Log In - Values Online", ["Values Online"]),
        ("Bookout Pro | Sign in to your account", ["Bookout Pro"]),
        ("Login", []),
    ],
)
def test_product_is_called_by_its_address_and_by_the_title_of_its_login(
    title: str, names: list[str]
) -> None:
    known = ["Values Online", "Values", "ValuesOnline"]
    assert product_names(Site("https://own.test/ValuesOnline/"), title) == [*known, *names]
    assert product_names(Site("https://own.test/"), title) == [*known[:2], *names]
