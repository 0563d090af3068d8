"""What is left of a page for whoever looks into a failure."""

from __future__ import annotations

import contextlib
import time

import pytest

from jdp_spider.browser.sanitize import clean_html, clean_text
from jdp_spider.utils import redaction
from jdp_spider.utils.redaction import hide

PASSWORD = "s3cret#p%d"
TOKEN = "CfDJ8Nq3_x-T0k"
LONG = "f81d4fae7dec11d0a76500a0c91e6bf6"


@pytest.fixture(autouse=True)
def _hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_hidden", {})
    hide([PASSWORD])


def cleaned(body: str) -> str:
    """Return what becomes of a page's body."""
    page = clean_html(f"<html><head></head><body>{body}</body></html>")
    return page.removeprefix("<!DOCTYPE html>\n<html><head></head><body>")[: -len("</body></html>")]


@pytest.mark.parametrize(
    "body",
    [
        "<p>{}</p>",
        '<p title="{}" data-x="{}">a</p>',
        "<template><p>{}</p></template>",
        "<style>p::after {{ content: '{}' }}</style>",
        "<script>let a = '{}'</script>",
        "<!-- {} -->",
        "<textarea>{}</textarea>",
        "<noscript>{}</noscript>",
        '<iframe srcdoc="<p>{}</p>"></iframe>',
        '<a href="/a?b={}">a</a>',
        '<input value="{}">',
    ],
)
@pytest.mark.parametrize(
    "written", [PASSWORD, "s3cret%23p%25d", "s3cret&#35;p%d", "czNjcmV0I3AlZA=="]
)
def test_secrets_are_removed_from_every_place(body: str, written: str) -> None:
    assert written not in cleaned(body.format(written, written))


@pytest.mark.parametrize(
    "body",
    [
        '<input type="hidden" name="__RequestVerificationToken" value="{}">',
        '<input name="anything" type="hidden" value="{}">',
        '<input type="checkbox" name="authTicket" value="{}">',
        '<meta name="csrf-token" content="{}">',
        '<button name="xsrf" value="{}">Go</button>',
        '<div data-session-id="{}">a</div>',
        '<div data-apiKey="{}">a</div>',
        '<script nonce="{}"></script>',
        '<form action="/a?__VIEWSTATE={}&amp;b=1">a</form>',
        '<a href="/a;jsessionid={}?b=1">a</a>',
        '<a href="/a#access_token={}">a</a>',
        '<a href="/(S({}))/a">a</a>',
        '<a href="https://user:{}@host/a">a</a>',
        '<img src="/a?sid={}">',
        "<a onclick=\"post('/a', {{csrfToken: '{}'}})\">a</a>",
        '<div data-config=\'{{"a": {{"jwt": "{}"}}}}\'>a</div>',
        "<p>Go to /reset?token={} now</p>",
        '<output id="sessionKey">{}</output>',
        "<!-- {} -->",
    ],
)
def test_tokens_are_recognized_by_name(body: str) -> None:
    assert TOKEN not in cleaned(body.format(TOKEN))


@pytest.mark.parametrize(
    "body",
    [
        "<a onclick=\"go('{}')\">a</a>",
        '<div data-x="{}">a</div>',
        '<a href="/a?b={}">a</a>',
        '<p data-y="eyJhbGciOi.eyJzdWIi.{}">a</p>',
    ],
)
def test_unnamed_tokens_are_recognized_by_length(body: str) -> None:
    assert LONG not in cleaned(body.format(LONG))


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('<input type="text" value="typed">', '<input type="text" value="[hidden]">'),
        ('<input value="typed">', '<input value="[hidden]">'),
        ('<input type="email" value="typed">', '<input type="email" value="[hidden]">'),
        ('<input type="text" value="">', '<input type="text" value="">'),
        ("<textarea>typed</textarea>", "<textarea>[hidden]</textarea>"),
        ("<div contenteditable>typed <b>x</b></div> a", "<div contenteditable>[hidden]</div> a"),
        ('<select><option value="1" selected>one</option></select>',
         '<select><option value="1">one</option></select>'),
        ('<input data-jdp-search="" type="text" value="165548">',) * 2,
        ('<input type="submit" value="Log In">',) * 2,
    ],
)  # fmt: skip
def test_typed_values_are_removed(body: str, kept: str) -> None:
    assert cleaned(body) == kept


@pytest.mark.parametrize(
    "body",
    [
        '<a class="dxgvFilterBarLink" onclick="vehicleGridView.ClearFilter()">Clear</a>',
        '<a id="bookOutButton_4000120" title="Bookout" href="/BookOut/4000120?from=a">a</a>',
        '<div id="vehicleGridView_DXHeadersRow0" data-vin="1FTFW1E50MFA10001">a</div>',
        '<button class="reportButton button">Print/Email Reports</button>',
        '<p data-author="Smith">Your session has ended: log in again. Key = 5</p>',
        '<label for="passwordInput">Password</label><input id="passwordInput" type="password">',
        '<meta name="description" content="Inventory">',
    ],
)
def test_structure_of_a_page_is_kept(body: str) -> None:
    assert cleaned(body) == body


@pytest.mark.parametrize("source", ["", " \n", "\x00\x01"])
def test_text_that_is_not_a_page_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="no page"):
        clean_html(source)


@pytest.mark.parametrize(
    "source",
    ["<p>\x0b\ud800 \udcff</p>", "<" * 50_000, "<p>" * 50_000, "a.a-" * 200_000, "x='" * 100_000,
     "?a" * 200_000, "<p a=\"b=c' d=" * 50_000],
)  # fmt: skip
def test_cleaning_any_text_takes_bounded_time(source: str) -> None:
    started = time.process_time()
    # Libraries differ in what they take for a page.
    with contextlib.suppress(ValueError):
        clean_html(source)
    assert time.process_time() - started < 20


def test_cleaning_twice_changes_nothing() -> None:
    text = clean_text(f"a {PASSWORD} ?token={TOKEN}&b token: '{TOKEN}' http://u:p@h/ /(S(abc))/")
    expected = "a [hidden] ?token=[hidden]&b token: '[hidden]' http://[hidden]@h/ /(S([hidden]))/"
    assert (text, clean_text(text)) == (expected, expected)
