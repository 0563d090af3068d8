from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.browser import pool as module
from jdp_spider.browser.jar import SharedJar
from jdp_spider.browser.pool import BrowserPool
from jdp_spider.meta import Attempt, LoginCookies, PageTask
from jdp_spider.pages.errors import LoggedOut, ServerError
from tests.support.fake_browser import FakePage, FakePlaywright, crawling
from tests.support.loop import in_loop, until

if TYPE_CHECKING:
    from jdp_spider.browser.pool import InFlightRequest

FIRST = LoginCookies(1, [{"name": "session", "value": "first"}])
SECOND = LoginCookies(2, [{"name": "session", "value": "second"}])
KEPT = PageTask(None, keep_page=True)


class Pool(BrowserPool):
    """A pool on a fake browser, with short words for what the tests do."""

    def __init__(self) -> None:
        self.browser = FakePlaywright()
        crawler, self.events = crawling()
        super().__init__(
            crawler,
            self.browser,  # type: ignore[arg-type]
            max_context_uses=2,
            drain_timeout=5.0,
        )

    async def use(
        self, name: str = "one", task: PageTask = KEPT, login: LoginCookies = FIRST
    ) -> FakePage:
        await self.prepare(name, exclusive=task.exclusive)
        async with self.page(task, Attempt(name, login)) as page:
            pass
        return page  # type: ignore[return-value]

    async def start(self, *, has_timeout: bool = True) -> tuple[Any, InFlightRequest]:
        """Begin a request that never ends."""
        started: asyncio.Future[InFlightRequest] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            task = asyncio.current_task()
            assert task is not None
            with self.in_flight.track(task, has_timeout=has_timeout) as request:
                started.set_result(request)
                await asyncio.Event().wait()

        task = asyncio.ensure_future(work())
        return task, await started


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    monkeypatch.setattr(module, "_GRACE_S", 0.0)
    return Pool()


# Pages


@in_loop
async def test_kept_page_serves_the_next_task_of_its_context(pool: Pool) -> None:
    first, other = await pool.use(), await pool.use("two")
    assert await pool.use() is first
    assert first is not other


@in_loop
async def test_page_that_is_not_kept_is_closed(pool: Pool) -> None:
    first = await pool.use(task=PageTask(None))
    assert first.is_closed()
    assert await pool.use() is not first


@in_loop
async def test_page_of_a_failed_task_is_closed(pool: Pool) -> None:
    page = await pool.use()
    with pytest.raises(KeyError):
        async with pool.page(KEPT, Attempt("one", FIRST)):
            raise KeyError
    assert page.is_closed()
    assert not (await pool.use()).is_closed()


@in_loop
async def test_page_that_cannot_be_closed_closes_its_context(pool: Pool) -> None:
    page = await pool.use()
    pool.browser.never_closed.append(page)
    with pytest.raises(KeyError):
        async with pool.page(KEPT, Attempt("one", FIRST)):
            raise KeyError
    assert pool.browser.calls == ["close one"]
    pool.browser.never_closed.append(await pool.use())
    await pool.use(task=PageTask(None))
    assert pool.browser.calls == ["close one"] * 2


@in_loop
async def test_dead_page_is_replaced(pool: Pool) -> None:
    page = await pool.use()
    await page.close()
    assert await pool.use() is not page


@in_loop
async def test_crashed_page_is_closed(pool: Pool) -> None:
    page = await pool.use()
    await page.listeners["crash"](page)
    assert page.is_closed()


@in_loop
async def test_page_is_replaced_after_its_maximum_of_uses(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_PAGE_USES", 2)
    used = [await pool.use() for _ in range(4)]
    assert [used.index(page) for page in used] == [0, 0, 2, 2]
    assert [page.is_closed() for page in used] == [True] * 4


# Cookies


@in_loop
async def test_no_page_has_a_service_worker_or_the_languages_of_the_computer(pool: Pool) -> None:
    """Requests of a worker, which may hold what is typed, are not those of the page."""
    opened = []
    original = pool.browser.open_page

    async def open_page(name: str, options: dict[str, Any]) -> Any:
        opened.append((options["service_workers"], options["locale"]))
        return await original(name, options)

    pool.browser.open_page = open_page  # type: ignore[method-assign]
    await pool.use()
    assert opened == [("block", "en-US")]


@in_loop
async def test_shared_jar_passes_on_the_newest_cookies(pool: Pool) -> None:
    pool.jar.use()
    async with pool.page(KEPT, Attempt("one", FIRST)) as page:
        page.context.given = [{"name": "session", "value": "newest"}]  # type: ignore[attr-defined]
    assert (await pool.use("two")).context.given[0]["value"] == "newest"
    # A newer login's are newer still.
    assert (await pool.use("two", login=SECOND)).context.given == SECOND.cookies


@in_loop
async def test_logged_out_page_passes_on_no_cookies(pool: Pool) -> None:
    pool.jar.use()
    context = (await pool.use()).context

    async def lose_session() -> None:
        async with pool.page(KEPT, Attempt("one", FIRST)):
            context.given = [{"name": "session", "value": "of nobody"}]
            raise LoggedOut("x")

    with pytest.raises(LoggedOut):
        await lose_session()
    assert (await pool.use("two")).context.given[0] == FIRST.cookies[0]


@in_loop
async def test_tasks_use_the_shared_jar_one_at_a_time() -> None:
    jar, inside = SharedJar(), []

    async def work() -> None:
        async with jar.turn():
            inside.append("in")
            await asyncio.sleep(0)
            inside.append("out")

    await asyncio.gather(work(), work())
    jar.use()
    await asyncio.gather(work(), work())
    assert inside == ["in", "in", "out", "out", "in", "out", "in", "out"]


@in_loop
async def test_context_gets_the_cookies_of_a_newer_login(pool: Pool) -> None:
    context = (await pool.use()).context
    context.given = [{"name": "as the site", "value": "has renewed it"}]
    await pool.use()
    assert context.given == [{"name": "as the site", "value": "has renewed it"}]
    await pool.use(login=SECOND)
    assert context.given == SECOND.cookies


def cookie(name: str, size: int) -> dict[str, str]:
    return {"name": name, "value": "x" * size}


@in_loop
async def test_cookies_that_pile_up_are_dropped_before_the_next_task(pool: Pool) -> None:
    """Those of the login stay, with their newest values."""
    context = (await pool.use()).context
    newer = {"name": "session", "value": "newer"}
    for sizes, given in [((900, 900), 3), ((900, 3200), 1)]:
        context.given = [newer, *(cookie(f"nonce.{size}", size) for size in sizes)]
        await pool.use()
        assert len(context.given) == given
    assert context.given == [newer]


@in_loop
async def test_task_after_a_request_that_was_too_long_has_the_cookies_of_the_login(
    pool: Pool,
) -> None:
    context = (await pool.use()).context
    error = ServerError(400, "a page").saying("Bad Request - Request Too Long")
    context.given = [{"name": "session", "value": "newer"}, cookie("nonce.1", 9)]
    with pytest.raises(ServerError):
        async with pool.page(KEPT, Attempt("one", FIRST)):
            raise error
    await pool.use()
    assert context.given == FIRST.cookies


@in_loop
async def test_task_may_request_the_cookies_of_the_same_login(pool: Pool) -> None:
    context: Any = (await pool.use()).context
    context.given = []
    await pool.use(task=PageTask(None, reset_cookies=True))
    assert context.given == FIRST.cookies


# Contexts that are replaced


@in_loop
async def test_context_is_replaced_after_its_maximum_of_uses(pool: Pool) -> None:
    contexts = []
    for _ in range(4):
        contexts.append((await pool.use()).context)
        await pool.count_use("one")
    assert [contexts.index(context) for context in contexts] == [0, 0, 2, 2]


@in_loop
async def test_recycling_replaces_each_context_once(pool: Pool) -> None:
    first = {name: (await pool.use(name)).context for name in ("one", "two")}
    pool.recycle_contexts()
    again = {name: (await pool.use(name)).context for name in ("one", "two", "new")}
    assert pool.browser.calls == ["close one", "close two"]
    assert not set(first.values()) & set(again.values())
    await pool.use("one")
    await pool.use("new")
    assert len(pool.browser.calls) == 2


@in_loop
async def test_exclusive_task_closes_other_contexts_and_cancels_tasks_in_flight(pool: Pool) -> None:
    await pool.use("one")
    control = (await pool.use("control")).context
    work, request = await pool.start()
    page = await pool.use("control", PageTask(None, exclusive=True))
    assert pool.browser.calls == ["close one"]
    assert page.context is control
    await until(work.done)
    assert request.is_orphan


# Browsers and drivers


@in_loop
async def test_browser_crash_cancels_the_tasks_that_wait_for_it(pool: Pool) -> None:
    old, of_the_old = await pool.start()
    assert pool.browser.on_browser_lost is not None
    pool.browser.on_browser_lost()
    new, of_the_new = await pool.start()
    await until(old.done)
    assert not new.done()
    new.cancel()
    assert [of_the_old.is_orphan, of_the_new.is_orphan] == [True, False]
    assert pool.events == ["browser_restarted"]


@in_loop
async def test_stall_cancels_all_tasks_from_another_thread(pool: Pool) -> None:
    started = [await pool.start(), await pool.start(has_timeout=False)]
    thread = threading.Thread(target=pool.in_flight.cancel_all)
    thread.start()
    thread.join()
    for work, request in started:
        await until(work.done)
        assert request.is_orphan


@in_loop
async def test_concurrent_tasks_share_one_browser_restart(pool: Pool) -> None:
    pool.restart_browser()
    await asyncio.gather(pool.use("one"), pool.use("two"))
    assert pool.browser.calls == ["close the browser", "restart the driver"]
    assert pool.events == []


@in_loop
async def test_browser_that_closes_no_context_is_restarted_once(pool: Pool) -> None:
    """One that hangs: each vehicle would wait for its whole time limit."""
    await pool.use("one")
    await pool.use("two")
    pool.browser.hangs = True
    await asyncio.gather(pool.discard("one"), pool.discard("two"))
    pool.browser.hangs = False
    await pool.use("one")
    await pool.use("two")
    assert pool.browser.calls.count("restart the driver") == 1


@in_loop
async def test_browser_restart_waits_for_tasks_that_have_a_timeout(pool: Pool) -> None:
    async def vehicle() -> None:
        work = asyncio.ensure_future(asyncio.sleep(0.01))
        with pool.in_flight.track(work, has_timeout=True) as request:
            await work
        pool.browser.calls.append(f"vehicle ends, orphan: {request.is_orphan}")

    in_flight = asyncio.ensure_future(vehicle())
    collecting, request = await pool.start(has_timeout=False)
    pool.restart_browser()
    await pool.use()
    await in_flight
    assert pool.browser.calls[0] == "vehicle ends, orphan: False"
    await until(collecting.done)
    assert request.is_orphan


@in_loop
async def test_concurrent_restarts_of_a_dead_driver_are_one(pool: Pool) -> None:
    pool.browser.driver_is_alive = False
    await asyncio.gather(pool.restart_dead_driver(), pool.restart_dead_driver())
    assert pool.browser.calls == ["restart the driver"]
    assert pool.events == ["driver_restarted"]


@in_loop
async def test_pages_of_a_dead_driver_are_forgotten(pool: Pool) -> None:
    page = await pool.use()
    pool.browser.driver_is_alive = False
    await pool.restart_dead_driver()
    assert await pool.use() is not page
