"""A grid in a frame, and one whose rows and pager are in shadow roots of their own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages import grid
from tests.support.factories import vehicle
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

OTHERS_PAGER = '<div class=pager><a onclick="strayed = true">Next</a></div>'
AROUND = """
    <table><tr><td>165550<td><a title=Details>open</a></table>
    <iframe style="display: none"></iframe><iframe width=400 height=400></iframe>
    <iframe width=400 src="data:text/html,<a title=Bookout id=9>open</a>"></iframe><div></div>"""
HIDDEN = '<a title=Bookout id=1>open</a><a class=dxgvFilterBarLink onclick="ShowFilterControl()">'
# Two rows to a page, and the same id in each; the last page has one.
APP = """([place, hidden]) => {
    const [other, frame] = document.querySelectorAll('iframe');
    other.contentDocument.body.innerHTML = hidden;
    const inFrame = place !== 'shadow roots';
    let view = inFrame ? frame.contentWindow : window;
    if (place === 'frame in a frame') {
        view.document.body.innerHTML = '<iframe width=300 height=300></iframe>';
        view = view.frames[0];
    }
    const rooted = each => inFrame ? each : each.attachShadow({mode: 'open'});
    const host = document.querySelector('body > div:last-of-type');
    const root = inFrame ? view.document.body : rooted(host);
    root.innerHTML = `<input id=StockNumberInput>
        <a class=dxgvFilterBarLink onclick="ShowFilterControl()">Create Filter</a>
        <div class=rows></div><div class=pager></div>`;
    const all = ['165548', '165548A', '165549', '165550', '165551'];
    const [rows, pager, field] = ['.rows', '.pager', 'input'].map(each => root.querySelector(each));
    const inner = rooted(pager);
    let listed = all;
    const show = first => {
        rows.replaceChildren(...listed.slice(first, first + 2).map(reference => {
            const row = view.document.createElement('div');
            rooted(row).innerHTML = `<div role=row><a title=Bookout ${inFrame ? '' : 'id=open'}
                ><b>open</b></a> <span role=cell>${reference}</span></div>`;
            const link = (row.shadowRoot ?? row).querySelector('a');
            link.onclick = () => { window.opened = reference; };
            return row;
        }));
        inner.innerHTML = first + 2 < listed.length ? '<a title=Next>&gt;</a>' : '';
        const next = inner.firstChild ?? {};
        next.onclick = () => setTimeout(() => show(first + 2), 50);
    };
    view.vehicleGridViewFilterChanged = () => setTimeout(() => {
        listed = all.filter(each => each.includes(field.value));
        show(0);
    }, 50);
    show(0);
}"""


async def used(page: SitePage, place: str) -> dict[str, Any]:
    """What comes of reading, turning the pages, searching and opening a row."""
    await page.page.wait_for_load_state()
    await page.page.evaluate(APP, [place, HIDDEN])
    site = page.site.with_changes({"bookout": "a[title=Bookout]"})
    page = replace(page, site=site)
    await grid.wait_for_grid(page)
    shown = [await grid.rows(page)]
    while await grid.next_page(page, len(shown)):
        shown.append(await grid.rows(page))
    row = await grid.find(page, vehicle("165548A", 2))
    assert row is not None
    await grid.open_row(page, row)
    return {
        "ids": len({row.id for rows in shown for row in rows}),
        "shown": [[row.cells[-1] for row in rows] for rows in shown],
        "opened": await page.page.evaluate("window.opened"),
        "strayed": await page.page.evaluate("window.strayed"),
    }


@pytest.mark.parametrize(
    ("place", "beside"),
    [("frame", OTHERS_PAGER), ("frame in a frame", OTHERS_PAGER), ("shadow roots", "")],
)
def test_grid_is_used_where_it_is(place: str, beside: str) -> None:
    assert on_page(partial(used, place=place), f"<body>{beside}{AROUND}") == {
        "ids": 5,
        "shown": [["165548", "165548A"], ["165549", "165550"], ["165551"]],
        "opened": "165548A",
        "strayed": None,
    }


INSIDE = """<script>
    const inside = (name, html) => document.querySelectorAll(name).forEach((each, n) => {
        each.attachShadow({mode: 'open'}).innerHTML = html.replace('NUMBER', n);
    });"""
LINK = "<a id=bookOutButton_NUMBER title=Bookout>open</a>"
SLOTTED = f"""
    <v-grid><v-row><a id=bookOutButton_0 title=Bookout>open</a><b slot=stock>165548</b></v-row>
    <v-row><a id=bookOutButton_1 title=Bookout>open</a><b slot=stock>165549</b></v-row></v-grid>
    {INSIDE}
        inside('v-row', `<div role=row><div role=cell>Ford</div>
            <div role=cell><slot name=stock></slot></div><slot></slot></div>`);
        inside('v-grid', '<div role=grid><slot></slot></div>');
    </script>"""
LINKS = f"""<table><tr><td>Ford<td>165548<td><v-link></v-link>
    <tr><td>Ford<td>165549<td><v-link></v-link></table>
    {INSIDE} inside('v-link', `{LINK}`)</script>"""
CELLS = f"""<table><tr><td>Ford<td><v-cell></v-cell><td>{LINK.replace("NUMBER", "0")}
    <tr><td>Ford<td><v-cell></v-cell><td>{LINK.replace("NUMBER", "1")}</table>
    {INSIDE} inside('v-cell', '<p>16554NUMBER</p>')</script>"""


async def cells(page: SitePage) -> list[tuple[str, ...]]:
    await page.page.wait_for_load_state()
    return [row.cells for row in await grid.rows(page)]


@pytest.mark.parametrize(
    ("html", "stocks"),
    [(SLOTTED, ("165548", "165549")), (LINKS, ("165548", "165549")), (CELLS, ("165540", "165541"))],
    ids=["slots", "links", "cells"],
)
def test_row_shows_what_is_in_shadow_roots_and_around_them(
    html: str, stocks: tuple[str, ...]
) -> None:
    assert on_page(cells, html) == [("Ford", stock, "open") for stock in stocks]


# A row is added when the last one comes into sight.
LAZY = """<iframe srcdoc="<body><script>
    let count = 0;
    const add = () => {
        count++;
        document.body.insertAdjacentHTML('beforeend', `<div role=row style='height: 300px'>
            <a id=bookOutButton_${count} title=Bookout>open</a>${count}</div>`);
        new IntersectionObserver((all, self) => {
            if (count < 7 && all.some(each => each.isIntersecting)) { self.disconnect(); add(); }
        }).observe(document.body.lastElementChild);
    };
    add();
</script>" width=300 height=3000></iframe>"""


async def count(page: SitePage) -> int:
    await page.page.wait_for_load_state()
    number = 1
    while await grid.next_page(page, number):
        number += 1
    return len(await grid.rows(page))


def test_rows_of_a_high_frame_that_come_when_they_are_scrolled_to_are_seen() -> None:
    assert on_page(count, f"<body>{LAZY}") == 7
