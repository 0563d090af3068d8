"""What a recording keeps of a page as it stands."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from jdp_spider.doctor.recorder import Recorder
from jdp_spider.pages.clicked_file import click_for_file
from jdp_spider.pages.file_request import Wanted
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

PAGE = """<body><div id=host></div><input id=typed><input id=secret type=password>
    <script>
        document.querySelector('#typed').value = 'search words';
        document.querySelector('#secret').value = 'marked password';
        const root = document.querySelector('#host').attachShadow({mode: 'open'});
        root.innerHTML = '<p>in the shadow<span></span></p><input>';
        root.querySelector('input').value = 'typed there';
        root.querySelector('span').attachShadow({mode: 'open'}).innerHTML = 'and in one within';
        if (top === window) {
            const frame = document.createElement('iframe');
            frame.srcdoc = 'of no address';
            document.body.append(frame, Object.assign(document.createElement('iframe'),
                {src: location.href.replace('127.0.0.1', 'localhost') + '#framed'}));
        }
    </script>"""


def test_frames_and_shadow_roots_are_kept() -> None:
    async def work(page: SitePage) -> list[tuple[str, str]]:
        recorder = Recorder(Path("unused"))
        for step in ("inventory", "pager"):
            recorder.step = step
            await page.page.wait_for_load_state()
            await recorder.end_step(page.page)
        await page.page.evaluate("document.querySelector('#typed').value = 'other words'")
        recorder.step = "search"
        await recorder.end_step(page.page)
        return recorder.pages

    pages = on_page(work, PAGE)
    assert [step for step, _ in pages] == ["inventory", "inventory", "search"]
    for (_, html), words in zip(
        pages, ("search words", "search words", "other words"), strict=True
    ):
        assert f'id="typed" value="{words}"' in html
        for kept in ("<p>in the shadow<span>", 'value="typed there"', "and in one within"):
            assert kept in html
        assert html.count('<template shadowrootmode="open">') == 2
        assert "marked password" not in html.split("<script>")[0]


ASKING = """<body><button id=create onclick="window.open('/window')">Create PDF</button><script>
    window.reportUrl = '/report';
    if (location.pathname === '/window') location.replace(window.opener.reportUrl);
    </script>"""


def test_window_that_asks_its_opener_is_kept_with_its_report() -> None:
    async def work(page: SitePage) -> list[tuple[str, int, bytes | None]]:
        recorder = Recorder(Path("unused"))
        await recorder.attach(page.page.context, page.page)
        wanted = Wanted(lambda url: url.endswith("/report"), lambda _: True, 1000, "JDP_MOST")
        asking = page.site.with_changes({"create_pdf": "#create"})
        await click_for_file(dataclasses.replace(page, site=asking), "create_pdf", wanted)
        return [(urlsplit(raw.url).path, raw.status, raw.body) for raw in recorder.exchanges]

    body = ASKING.encode()
    assert on_page(work, ASKING) == [("/window", 200, body), ("/report", 200, body)]
