"""Pages that check the browser before they let it through: awaited, and never clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages import browser_check
from jdp_spider.pages.cookie_load import is_too_long
from jdp_spider.pages.errors import ServerError, UnknownPage
from jdp_spider.pages.login import log_in
from jdp_spider.pages.navigation import go_to
from jdp_spider.pages.network import watch
from jdp_spider.pages.site import Site
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

pytestmark = pytest.mark.browser

SITE = Site("http://127.0.0.1:9/", page_timeout=4, login_path="login")
PASSES = """<script>setTimeout(() => { document.cookie = 'passed=1'; location.reload(); }, 300)
</script>"""
CHECKING = f"<title>Just a moment...</title>Checking your browser{PASSES}"
FOR_EVER = "<title>Just a moment...</title>Verifying you are human<script>1</script>"
PERSON = (
    f"{FOR_EVER}<p>Verify you are human by completing the action below.</p><button>I am</button>"
)
BLOCKED = "<h1>Website blocked</h1><p>By the policy of your company.</p>"


def opened(page_text: str, status: int) -> tuple[Any, str]:
    """What opening the login comes to where this page comes first, and what the page shows."""

    async def visit(browser: Browser) -> tuple[Any, str]:
        page = await browser.new_page()

        async def answer(route: Route) -> None:
            is_passed = "passed=1" in (await route.request.all_headers()).get("cookie", "")
            if is_passed:
                await route.fulfill(body="<p>Welcome</p>", content_type="text/html")
            else:
                await route.fulfill(status=status, body=page_text, content_type="text/html")

        await page.route("**/*", answer)
        watch(page)
        try:
            return await come_to(page), await page.inner_text("body")
        finally:
            await page.context.close()

    return lasting_browser.run(visit)


async def come_to(page: Page) -> Exception | None:
    try:
        await go_to(page, SITE, SITE.login_url, "the login")
    except ServerError as error:
        return error
    return None


@pytest.mark.parametrize("status", [403, 429, 503])
def test_page_that_checks_the_browser_is_awaited(status: int) -> None:
    assert opened(CHECKING, status) == (None, "Welcome")


@pytest.mark.parametrize("page_text", [PERSON, BLOCKED, f"{BLOCKED}<script>1</script>"])
def test_other_refusal_is_quoted_at_once(page_text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_check, "_LONGEST_S", 999.0)
    error, shown = opened(page_text, 403)
    assert isinstance(error, ServerError)
    words = " ".join(shown.split())
    assert words in str(error)
    assert str(error).startswith("The site answered 403 for the login; the page says: ")


def test_request_that_is_too_long_is_recognized_by_the_words_of_its_refusal() -> None:
    text = "<h2>Bad Request - Request Too Long</h2><p>The size of the request headers is too long."
    error, _ = opened(text, 400)
    assert error is not None
    assert "; the page says: Bad Request - Request Too Long" in str(error)
    assert is_too_long(error)
    # What a vehicle's address is refused for may be anything else.
    assert not is_too_long(ServerError(400, "a page").saying("Bad Request - Invalid URL"))
    assert is_too_long(ServerError(400, "a page").saying("Request Header Or Cookie Too Large"))


@pytest.mark.parametrize(
    ("page_text", "status", "wants_person"),
    [(FOR_EVER, 403, True), (FOR_EVER, 503, False), (PERSON, 503, True), (BLOCKED, 403, False)],
)
def test_login_behind_a_page_for_persons_is_an_unknown_page(
    page_text: str, status: int, wants_person: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage ends, whatever its page says meanwhile; a question to a person stays."""
    monkeypatch.setattr(browser_check, "_LONGEST_S", 0.5)

    async def visit(browser: Browser) -> Exception:
        page = await browser.new_page()
        await page.route("**/*", lambda route: route.fulfill(
            status=status, body=page_text, content_type="text/html"
        ))  # fmt: skip
        watch(page)
        try:
            assert await come_to(page) is not None
            with pytest.raises((ServerError, UnknownPage)) as caught:
                await log_in(page, "me", "secret", SITE, list)
            return caught.value
        finally:
            await page.context.close()

    error = lasting_browser.run(visit)
    assert isinstance(error, UnknownPage) is wants_person
    if wants_person:
        assert str(error).startswith("The site wants a person to answer: Just a moment... Verif")
