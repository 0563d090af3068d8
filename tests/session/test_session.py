from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider import signals
from jdp_spider.failures import RunEnded, classify
from jdp_spider.job.metrics import exit_status
from jdp_spider.meta import LoginCookies, PageTask
from jdp_spider.pages.errors import (
    ActiveSession,
    ConnectionFailed,
    LoggedOut,
    LoginRefused,
    PageChanged,
    ServerError,
    SiteUnreachable,
    UnknownPage,
)
from jdp_spider.pages.inventory import NoRowFits
from jdp_spider.pages.login import Login, log_in, log_out
from jdp_spider.pages.network import AllRefused, LoggedOutByPage, WrongAddress
from jdp_spider.pages.postponed import Delay, LoginPostponed
from jdp_spider.pages.shared_cookies import FoundSession, check_session, find_session
from jdp_spider.pages.way_out import leave_by_address, logout_address
from jdp_spider.reasons import ExitStatus
from jdp_spider.session import login as module
from jdp_spider.session.session import Session
from tests.support.factories import config
from tests.support.fake_browser import crawling
from tests.support.loop import in_loop, until

if TYPE_CHECKING:
    from collections.abc import Iterable

URL = "http://site/inventory"
REFUSES_ALL = AllRefused(ServerError(403, "the login"))
TASK = PageTask(None)
LEFT = [{"name": "session", "value": "of an earlier run"}]
SENT = "Login: an unknown page appeared"
"""Of an error after which the site has a session."""
SILENT = LoginRefused("The site showed the login again, without a word", is_silent=True)
REFUSED = LoginRefused("The site refused the login, saying: Invalid user")


def cookies(number: int) -> list[dict[str, Any]]:
    return [{"name": "session", "value": f"login {number}"}]


class FakeRefusedLogin:
    """The record of a refused login, in memory."""

    def __init__(self) -> None:
        self.kept: LoginRefused | LoginPostponed | None = None
        self.until: list[float] = []

    def find(self) -> LoginRefused | LoginPostponed | None:
        return self.kept

    def keep(self, error: LoginRefused | LoginPostponed) -> None:
        if isinstance(error, LoginRefused):
            self.kept = error
        elif error.asked is not None:
            self.until.append(error.asked)

    def forget(self) -> None:
        self.kept = None


class FakeAccount:
    """An account whose session is kept in memory."""

    def __init__(self, kept: list[dict[str, Any]]) -> None:
        self.kept = kept
        self.refused_login = FakeRefusedLogin()
        self.sizes: list[int] = []

    def load_inventory_sizes(self) -> list[int]:
        return self.sizes

    def load_session(self) -> list[dict[str, Any]]:
        return self.kept

    def save_session(self, kept: list[dict[str, Any]]) -> None:
        self.kept = kept

    def forget_session(self) -> None:
        self.kept = []


class FakePage:
    """A control page whose tasks end as they are told to: by an error, or as they should."""

    def __init__(self, *ends: Exception | None) -> None:
        self.ends = list(ends)
        self.visits: list[str] = []
        self.last = ""
        """The address of the last visit."""
        self.logins = 0
        self.told = ""
        """What the login's page says of other logins, and which such words are known."""
        self.known: list[str | None] = []
        self.at: list[str] = []
        """The addresses at which logins succeeded."""
        self.looks: list[FoundSession | bool | Exception] = []
        """What looks at the inventory find: whether it is there."""
        self.given: list[list[dict[str, Any]]] = []
        """The cookies that such looks compare with."""
        self.found: list[FoundSession | Exception] = []
        """What searches for the session find."""
        self.searches = 0
        self.shows_way_out: list[bool] = []
        """Whether attempts to log out find a session to end."""
        self.take_turn = self.run

    async def run(self, url: str, task: PageTask) -> Any:
        self.visits.append(getattr(task.function, "__name__", url))
        self.last = url
        await asyncio.sleep(0)
        error = self.ends.pop(0) if self.ends else None
        if error is not None:
            if task.function is log_in and error.args[0] == SENT:
                task.args[3](cookies(7))
                await asyncio.sleep(0)
            raise error
        if task.function is log_in:
            self.logins += 1
            self.at.append(url)
            self.known.append(task.args[4])
            return Login(cookies(self.logins), sent=True, licence=False, told=self.told)
        if task.function is leave_by_address:
            return True
        if task.function is log_out:
            return self.shows_way_out.pop(0) if self.shows_way_out else True
        return "the result"

    async def look(self, url: str, task: PageTask) -> Any:
        assert url == config().site.inventory_url
        await asyncio.sleep(0)
        if task.function is find_session:
            assert task.after_others
            self.searches += 1
            session = self.found.pop(0) if self.found else None
            if isinstance(session, Exception):
                raise session
            return session
        assert task.function is check_session
        given = task.args[1]
        self.given.append(given)
        found = self.looks.pop(0) if self.looks else True
        if isinstance(found, Exception):
            raise found
        return FoundSession(given) if found is True else found or None


class Site(Session):
    """A session at a site with such a page."""

    def __init__(self, *ends: Exception | None, kept: Iterable[dict[str, Any]] = ()) -> None:
        self.account = FakeAccount(list(kept))
        self.crawler, self.events = crawling()
        given = config(login_waits=1)
        super().__init__(self.crawler, given, self.account)  # type: ignore[arg-type]
        self.page = FakePage(*ends)
        self._control_page, self.visits = self.page, self.page.visits  # type: ignore[assignment]
        self._finder._control_page = self._control_page
        self.circuit_breaker.pause = lambda *_: None  # type: ignore[method-assign]

    def stats(self) -> dict[str, Any]:
        found, stem = self.crawler.stats.get_stats(), "jdp/session/"
        return {name.removeprefix(stem): found[name] for name in found if name.startswith(stem)}


async def close_reason(site: Site) -> str:
    """Why the run ends when it is to log in."""
    with pytest.raises(RunEnded) as caught:
        await site.ensure_logged_in()
    return caught.value.reason


# Login


@in_loop
async def test_concurrent_requests_share_one_login() -> None:
    site = Site()
    await asyncio.gather(*(site.ensure_logged_in() for _ in range(5)))
    assert (site.visits, site.login) == (["log_in"], LoginCookies(1, cookies(1)))
    assert (site.account.kept, site.events) == (cookies(1), ["login"])
    assert site.stats() == {"login_count": 1}


@in_loop
async def test_only_the_first_login_sends_the_signal() -> None:
    site, sent = Site(), []

    def receive() -> None:
        sent.append(site.login.generation)

    site.crawler.signals.connect(receive, signals.logged_in)
    await site.ensure_logged_in()
    site.mark_logged_out(1, "seen")
    await site.ensure_logged_in()
    assert (sent, site.login.generation) == ([1], 2)


@in_loop
async def test_end_of_an_older_login_does_not_affect_the_current_one() -> None:
    site = Site()
    await site.ensure_logged_in()
    for _ in range(2):
        site.mark_logged_out(1, "seen")
        await site.ensure_logged_in()
    assert site.visits == ["log_in"] * 2
    assert site.stats() == {"login_count": 2, "ended": 1}


@in_loop
async def test_login_continues_when_its_waiting_caller_is_cancelled() -> None:
    site = Site()
    waiting = asyncio.ensure_future(site.ensure_logged_in())
    await until(lambda: site.visits)
    waiting.cancel()
    await asyncio.wait([waiting])
    await site.close()
    assert site.visits == ["log_in", "log_out"]


@in_loop
async def test_refused_login_is_not_retried() -> None:
    site = Site(REFUSED)
    assert [await close_reason(site) for _ in range(2)] == ["login_refused"] * 2
    assert (site.visits, site.refused) == (["log_in"], REFUSED)


@in_loop
async def test_login_refused_in_an_earlier_run_is_not_sent() -> None:
    site = Site()
    site.account.refused_login.kept = REFUSED
    assert await close_reason(site) == "login_refused"
    assert (site.visits, site.refused, site.stats()) == ([], REFUSED, {"login_refused": 1})


@in_loop
async def test_refusal_is_kept_for_the_next_run_and_an_accepted_login_removes_it() -> None:
    site = Site(REFUSED)
    await close_reason(site)
    assert site.account.refused_login.kept == REFUSED
    site = Site()
    site.account.refused_login.forget = lambda: forgotten.append(site.visits.copy())  # type: ignore[method-assign]
    forgotten: list[list[str]] = []
    await site.ensure_logged_in()
    assert forgotten == [["log_in"]]


def later(delay: Delay, asked: float | None = None) -> LoginPostponed:
    return LoginPostponed(delay, "later", asked)


OUTAGE = later(Delay.OUTAGE)
EXPIRED = later(Delay.EXPIRED)
POSTPONED: list[tuple[list[LoginPostponed], list[int], str]] = [
    ([OUTAGE], [60], ""),
    ([OUTAGE] * 2, [60, 600], ""),
    ([OUTAGE] * 3, [60, 600], "login_postponed"),
    ([EXPIRED], [2], ""),
    ([EXPIRED, OUTAGE], [2, 60], ""),
    ([EXPIRED] * 2, [2], "login_postponed"),
    ([later(Delay.TOO_MANY, 60)], [65], ""),
    ([later(Delay.TOO_MANY, 60)] * 2, [65], "login_postponed"),
    ([later(Delay.TOO_MANY)], [], "login_postponed"),
    # Longer than an outage may last
    ([later(Delay.TOO_MANY, 86400)], [], "login_postponed"),
    ([later(Delay.OUTAGE, 7200)], [], "login_postponed"),
]


@pytest.mark.parametrize(("ends", "waits", "reason"), POSTPONED)
@in_loop
async def test_login_that_was_not_judged_is_sent_again_a_few_times_and_never_recorded(
    ends: list[LoginPostponed], waits: list[int], reason: str
) -> None:
    site, waited = Site(*ends), []
    site.circuit_breaker.pause = lambda seconds, _: waited.append(seconds)  # type: ignore[method-assign]
    if reason:
        assert await close_reason(site) == reason
    else:
        await site.ensure_logged_in()
    assert (site.visits, waited) == (["log_in"] * (len(waits) + 1), waits)
    assert (site.account.refused_login.kept, site.refused) == (None, None)
    assert site.account.refused_login.until == [each.asked for each in ends if each.asked]
    assert site.stats().get("postponed_count", 0) == len(waits)


@pytest.mark.parametrize(("left", "logins"), [(60.0, 1), (86400.0, 0)])
@in_loop
async def test_time_named_in_an_earlier_run_is_awaited_before_the_login(
    left: float, logins: int
) -> None:
    site, waited = Site(), []
    site.account.refused_login.kept = later(Delay.TOO_MANY, left)
    site.circuit_breaker.pause = lambda seconds, _: waited.append(seconds)  # type: ignore[method-assign]
    if logins:
        await site.ensure_logged_in()
    else:
        assert await close_reason(site) == "login_postponed"
    assert (site.page.logins, waited) == (logins, [left + 5] * logins)


@in_loop
async def test_refusal_while_the_run_ends_decides_the_exit_status() -> None:
    """The reason of an end that was asked for would have the login tried again at once."""
    site = Site(REFUSED)
    await close_reason(site)
    stats = {**site.crawler.stats.get_stats(), "finish_reason": "shutdown"}
    assert exit_status(stats) == ExitStatus.LOGIN_REFUSED


@in_loop
async def test_login_fails_after_its_retries() -> None:
    site = Site(*[ServerError(500, "the login")] * 9)
    assert await close_reason(site) == "site_trouble"
    assert site.visits == ["log_in"] * 3


@in_loop
async def test_login_awaits_a_site_that_breaks_connections() -> None:
    site = Site(*[ConnectionFailed("reset")] * 9)
    await site.ensure_logged_in()
    assert site.visits == ["log_in"] * 10
    assert site.crawler.stats.get_value("jdp/pause_count/unreachable") == 1


@in_loop
async def test_number_of_waits_for_an_account_in_use_is_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_SHORTEST_WAIT_S", 0.0)
    site = Site(*[ActiveSession(0.0)] * 9)
    assert await close_reason(site) == "account_in_use"
    assert (site.visits, site.events) == (["log_in"] * 2, ["waiting"])


KICKED = "Your session was ended by another login."


@pytest.mark.parametrize(
    "seen",
    [
        LoggedOut("The login came").saying(KICKED),
        f"It answered 401; the page says: {KICKED}, and the inventory does not open",
    ],
)
@in_loop
async def test_session_ended_by_another_login_gives_way_to_that_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, seen: object
) -> None:
    site = Site()
    await site.ensure_logged_in()
    site.page.found = [LoggedOut("no session")] * 2
    site.mark_logged_out(1, seen)
    waiting = asyncio.ensure_future(site.ensure_logged_in())
    await until(lambda: site.waiting_for)
    assert (site.waiting_for, site.page.logins) == ("next login in 300 s", 1)
    assert f"has ended the session; the page says: {KICKED}" in caplog.text
    # Somebody presses Enter, and soon the other is back.
    site.other_session.ask()
    await waiting
    assert site.page.logins == 2
    site.mark_logged_out(2, seen)
    assert (await close_reason(site), site.page.logins) == ("account_in_use", 2)


@pytest.mark.parametrize(("first", "waits"), [(KICKED, 0), ("", 1)])
@in_loop
async def test_what_the_login_page_tells_everybody_ends_no_session(
    first: str, waits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SHORTEST_WAIT_S", 0.0)
    monkeypatch.setattr("jdp_spider.pages.ended.DEFAULT_WAIT_S", 0.0)
    site = Site()
    site.page.told = first
    await site.ensure_logged_in()
    assert site.page.known == [None]
    site.mark_logged_out(1, LoggedOut("The login came").saying(KICKED))
    await site.ensure_logged_in()
    # After a wait it may say it still.
    assert site.page.known == [None, None if waits else KICKED]
    assert site.stats().get("wait_count", 0) == waits


@pytest.mark.parametrize(("asked", "waited"), [(240.4, 60), (0.0, 10), (6e7, 60), (1e12, 60)])
@in_loop
async def test_wait_for_another_session_is_bounded_shown_and_ended(
    asked: float, waited: int
) -> None:
    site = Site(ActiveSession(asked))
    waiting = asyncio.ensure_future(close_reason(site))
    await until(lambda: site.waiting_for)
    assert site.waiting_for == f"next login in {waited} s"
    site.end()
    assert await waiting == "shutdown"
    assert (site.waiting_for, site.stats()) == ("", {"wait_count": 1})


@in_loop
async def test_unknown_page_ends_the_run_and_logs_out() -> None:
    site = Site(UnknownPage(SENT))
    assert await close_reason(site) == "unknown_page"
    assert (site.login, site.account.kept) == (LoginCookies(0, cookies(7)), cookies(7))
    await site.close()
    assert (site.visits, site.account.kept) == (["log_in", "log_out"], [])


@in_loop
async def test_session_whose_logout_fails_is_kept() -> None:
    changed = PageChanged("Log out", "a", "b", "c")
    site = Site(UnknownPage(SENT), changed, changed)
    await close_reason(site)
    await site.close()
    visits = ["log_in", "log_out", "leave_by_address"]
    assert (site.visits, site.account.kept) == (visits, cookies(7))


@in_loop
async def test_session_without_a_way_out_on_its_pages_is_ended_by_its_address() -> None:
    site = Site(None, UnknownPage("open in another tab"), PageChanged("Log out", "a", "b", "c"))
    await site.ensure_logged_in()
    # What was taken for the end of the session was not.
    site.mark_logged_out(1, "seen")
    assert await close_reason(site) == "unknown_page"
    await site.close()
    assert site.visits == ["log_in", "log_in", "log_out", "leave_by_address"]
    assert site.page.last == logout_address(config().site)
    assert (site.account.kept, site.stats()["logout_count"]) == ([], 1)


@in_loop
async def test_login_that_was_sent_continues_after_a_failure() -> None:
    site = Site(ConnectionFailed(SENT))
    await site.ensure_logged_in()
    assert (site.visits, site.page.at) == (["log_in"] * 2, [site.site.login_url])
    assert (site.login, site.stats()) == (LoginCookies(1, cookies(1)), {"login_count": 1})


@in_loop
async def test_form_shown_again_silently_is_a_refusal_before_the_first_login_only() -> None:
    site = Site(SILENT)
    assert await close_reason(site) == "login_refused"
    site = Site(None, SILENT)
    await site.ensure_logged_in()
    site.mark_logged_out(1, "seen")
    await site.ensure_logged_in()
    assert (site.visits, site.refused) == (["log_in"] * 3, None)


# Whether a session has ended


@pytest.mark.parametrize(("there", "logins"), [(True, 1), (False, 2), (ServerError(500, "x"), 1)])
@in_loop
async def test_concurrent_suspicions_share_one_session_check(
    there: bool | Exception, logins: int
) -> None:
    site = Site()
    await site.ensure_logged_in()
    site.page.looks = [there]
    ended = await asyncio.gather(*(site.has_ended(1, "seen") for _ in range(5)))
    await site.ensure_logged_in()
    assert ended == [logins == 2] * 5
    assert site.visits == ["log_in"] * logins
    assert site.stats()["look_count"] == 1


@pytest.mark.parametrize("others", [0, 1])
@in_loop
async def test_session_check_does_not_deadlock_with_the_probe(others: int) -> None:
    """After an outage one request goes first; its page suggests that the session has ended."""
    site = Site()
    await site.ensure_logged_in()
    site.circuit_breaker.record_failure(classify(SiteUnreachable("no connection")))
    await site.circuit_breaker.acquire()
    asking = [asyncio.ensure_future(site.has_ended(1, "seen")) for _ in range(others)]
    await asyncio.sleep(0)
    asking.append(asyncio.ensure_future(site.has_ended(1, "seen")))
    done, _ = await asyncio.wait(asking, timeout=10)
    assert [each.result() for each in done] == [False] * (others + 1)


@in_loop
async def test_failure_in_an_older_session_needs_no_session_check() -> None:
    site = Site()
    await site.ensure_logged_in()
    site.mark_logged_out(1, "seen")
    assert await site.has_ended(1, "seen")
    await site.ensure_logged_in()
    assert await site.has_ended(1, "seen")
    assert "look_count" not in site.stats()


@in_loop
async def test_session_of_another_context_is_shared_without_a_login() -> None:
    site, sent = Site(), []

    def receive() -> None:
        sent.append(site.login)

    site.crawler.signals.connect(receive, signals.cookies_rotate)
    await site.ensure_logged_in()
    for number in (2, 3):
        site.page.found = [FoundSession(cookies(number), rotates=True)]
        site.mark_logged_out(number - 1, "seen")
        await asyncio.gather(*(site.ensure_logged_in() for _ in range(5)))
    assert site.visits == ["log_in"]
    assert sent == [LoginCookies(2, cookies(2))]
    assert (site.login, site.account.kept) == (LoginCookies(3, cookies(3)), cookies(3))
    assert (site.page.searches, site.stats()["found_count"]) == (2, 2)


@pytest.mark.parametrize("rotates", [False, True])
@in_loop
async def test_session_found_where_it_was_does_not_always_rotate(rotates: bool) -> None:
    """A login page may be shown by mistake, and a cookie renewed now and then."""
    site, sent = Site(), []

    def receive() -> None:
        sent.append(True)

    site.crawler.signals.connect(receive, signals.cookies_rotate)
    await site.ensure_logged_in()
    for _ in range(3):
        site.page.found = [FoundSession(cookies(1), rotates)]
        site.mark_logged_out(site.login.generation, "seen")
        await site.ensure_logged_in()
    assert (sent, site.visits) == ([True] * rotates, ["log_in"])
    assert site.stats()["found_count"] == 3


@in_loop
async def test_look_that_finds_the_session_shares_cookies_that_rotate() -> None:
    """The look itself has got the newest cookie, which would be lost with its context."""
    site, sent = Site(), []

    def receive() -> None:
        sent.append(site.login)

    site.crawler.signals.connect(receive, signals.cookies_rotate)
    await site.ensure_logged_in()
    site.page.looks = [FoundSession(cookies(2)), FoundSession(cookies(3), rotates=True)]
    assert not await site.has_ended(1, "seen")
    assert site.login == LoginCookies(1, cookies(2))
    assert await site.has_ended(1, "seen")
    assert sent == [LoginCookies(2, cookies(3))]
    # Whether older cookies are of use is not asked again.
    site.page.looks = [FoundSession(cookies(4))]
    assert not await site.has_ended(2, "seen")
    assert site.page.given == [cookies(1), cookies(2), []]
    assert (site.visits, site.account.kept) == (["log_in"], cookies(4))


@in_loop
async def test_look_for_another_reason_keeps_the_renewed_cookies() -> None:
    site = Site()
    await site.ensure_logged_in()
    site.page.looks = [FoundSession(cookies(2)), SiteUnreachable("no connection")]
    assert [await site.is_away(), await site.is_away()] == [False, True]
    assert site.login == LoginCookies(1, cookies(2))


@in_loop
async def test_refusal_of_all_is_waited_for_and_is_no_end_of_the_session() -> None:
    site = Site(None, *[ServerError(403, "the inventory")] * 9)
    site.page.looks = [REFUSES_ALL] * 9
    assert await site.run(URL, TASK) == "the result"
    assert site.visits == ["log_in", *[URL] * 10]
    assert site.crawler.stats.get_value("jdp/pause_count/refused") == 1


@in_loop
async def test_pages_in_flight_when_all_is_refused_need_no_look_of_their_own() -> None:
    site = Site()
    del site.circuit_breaker.pause
    await site.ensure_logged_in()
    site.page.looks = [REFUSES_ALL, False]
    for _ in range(3):
        with pytest.raises(AllRefused):
            await site.has_ended(1, "The site answered 403 for vehicle 165548")
    assert site.stats()["look_count"] == 1


@pytest.mark.parametrize("there", [True, False])
@in_loop
async def test_probe_after_a_refusal_of_all_looks_again(there: bool) -> None:
    site = Site()
    await site.ensure_logged_in()
    site.page.looks = [REFUSES_ALL, there]
    with pytest.raises(AllRefused):
        await site.has_ended(1, "seen")
    await site.circuit_breaker.acquire()
    assert await asyncio.wait_for(site.has_ended(1, "seen"), 10) is not there


@in_loop
async def test_login_is_refused_for_good_at_first_and_for_a_while_later() -> None:
    site = Site(*[REFUSES_ALL] * 9)
    assert await close_reason(site) == "site_trouble"
    assert site.visits == ["log_in"] * 3
    site = Site(None, *[REFUSES_ALL] * 9)
    await site.ensure_logged_in()
    site.mark_logged_out(1, "seen")
    await site.ensure_logged_in()
    assert (site.page.logins, len(site.visits)) == (2, 11)


NO_LOGIN = AllRefused(ServerError(404, "the login"))


@pytest.mark.parametrize("sizes", [[], [3]])
@in_loop
async def test_login_that_was_never_there_ends_the_run_at_once(
    sizes: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(*[NO_LOGIN] * 9)
    site.account.sizes = sizes
    assert await close_reason(site) == ("site_trouble" if sizes else "wrong_address")
    assert site.visits == ["log_in"] * (3 if sizes else 1)
    is_told = "JD_BASE_URL seems wrong (http://site/)" in caplog.text
    assert is_told is not bool(sizes)


@pytest.mark.parametrize("has_served", [False, True])
@in_loop
async def test_site_that_has_nothing_at_first_is_at_another_address(has_served: bool) -> None:
    site = Site(None, ServerError(404, "the inventory"))
    site.circuit_breaker.has_served = has_served
    site.page.looks = [NO_LOGIN]
    if has_served:
        assert await site.run(URL, TASK) == "the result"
        return
    with pytest.raises(WrongAddress):
        await site.run(URL, TASK)
    assert not site.circuit_breaker.is_open
    await site.close()
    assert site.visits[-1] == "log_out"


@in_loop
async def test_no_login_is_sent_while_nothing_shows_where_the_session_is() -> None:
    site = Site()
    await site.ensure_logged_in()
    site.page.found = [REFUSES_ALL, FoundSession(cookies(1))]
    site.mark_logged_out(1, "seen")
    await site.ensure_logged_in()
    assert (site.visits, site.page.searches) == (["log_in"], 2)


@in_loop
async def test_ended_session_is_logged_with_its_symptom(caplog: pytest.LogCaptureFixture) -> None:
    site = Site()
    await site.ensure_logged_in()
    site.page.looks = [False]
    await site.has_ended(1, "The site answered 401 for vehicle 165548")
    said = "The session seems to have ended: The site answered 401 for vehicle 165548, and the"
    assert said in caplog.text


@pytest.mark.parametrize(("progress", "ends"), [(False, 31), (True, 40)])
@in_loop
async def test_repeatedly_ended_sessions_end_the_run(progress: bool, ends: int) -> None:
    site = Site()
    for number in range(ends):
        await site.ensure_logged_in()
        if progress:
            site.record_progress()
        site.mark_logged_out(number + 1, "seen")
    if progress:
        await site.ensure_logged_in()
    else:
        assert await close_reason(site) == "too_many_failures"


@pytest.mark.parametrize(("progress", "ends"), [(False, 2), (True, 9)])
@in_loop
async def test_sessions_that_pages_end_themselves_soon_end_the_run(
    progress: bool, ends: int, caplog: pytest.LogCaptureFixture
) -> None:
    site, seen = Site(), LoggedOutByPage(LoggedOut("The login came"))
    for number in range(ends):
        await site.ensure_logged_in()
        if progress:
            site.record_progress()
        # Of five pages each may have asked for it.
        for _ in range(5):
            site.mark_logged_out(number + 1, seen)
    if progress:
        await site.ensure_logged_in()
    else:
        assert await close_reason(site) == "too_many_failures"
        assert "Pages of the site have logged out by themselves" in caplog.text


# A session that an earlier run has left


@pytest.mark.parametrize("error", [ServerError(403, "x"), UnknownPage("x")])
@in_loop
async def test_session_is_checked_at_the_login_page_if_the_inventory_fails(
    error: Exception,
) -> None:
    site = Site(error, kept=LEFT)
    await site.ensure_logged_in()
    assert site.page.at == [site.site.login_url]
    assert (site.visits, site.login.generation) == (["log_in"] * 2, 1)


@in_loop
async def test_session_of_an_earlier_run_is_used() -> None:
    site = Site(kept=LEFT)
    assert site.login == LoginCookies(0, LEFT)
    await site.ensure_logged_in()
    assert site.login == LoginCookies(1, cookies(1))


@pytest.mark.parametrize(
    "error", [ServerError(500, "the inventory"), PageChanged("Login", "a", "b", "c")]
)
@in_loop
async def test_session_of_an_earlier_run_that_breaks_pages_is_discarded(error: Exception) -> None:
    site = Site(*[error] * 9, kept=LEFT)
    await close_reason(site)
    assert (site.login, site.account.kept) == (LoginCookies(1, []), [])


@pytest.mark.parametrize("status", [502, 503, 504])
@in_loop
async def test_session_of_an_earlier_run_survives_trouble_of_the_site(status: int) -> None:
    site = Site(*[ServerError(status, "the inventory")] * 9, kept=LEFT)
    await close_reason(site)
    assert site.account.kept == LEFT


@in_loop
async def test_session_of_an_earlier_run_is_tried_until_the_site_has_time_for_it() -> None:
    site = Site(*[ServerError(429, "the inventory")] * 9, kept=LEFT)
    await site.ensure_logged_in()
    assert site.visits == ["log_in"] * 10
    # Where that session is of use: nothing was thrown away.
    assert site.page.at == [site.site.inventory_url]


# Cookies that the site renews


@pytest.mark.parametrize(("generation", "is_taken"), [(1, True), (0, False)])
@in_loop
async def test_renewed_cookies_of_the_current_login_are_used(
    generation: int, is_taken: bool
) -> None:
    site = Site()
    await site.ensure_logged_in()
    renewed = {"generation": generation, "cookies": cookies(99)}
    site.crawler.signals.send_catch_log(signals.cookies_renewed, **renewed)
    expected = cookies(99 if is_taken else 1)
    assert (site.login, site.account.kept) == (LoginCookies(1, expected), expected)


# Work on the control page


@in_loop
async def test_renewed_cookies_leave_out_what_pages_pile_up() -> None:
    site = Site()
    await site.ensure_logged_in()
    piled = [{"name": f"nonce.{number}", "value": "x" * 2000} for number in range(2)]
    for number, kept in [(1, 2), (2, 1)]:
        site.crawler.signals.send_catch_log(
            signals.cookies_renewed, generation=1, cookies=[*cookies(1), *piled[:number]]
        )
        assert len(site.login.cookies) == kept


@in_loop
async def test_work_runs_after_a_login() -> None:
    site = Site()
    assert await site.run(URL, TASK) == "the result"
    assert site.visits == ["log_in", URL]


@in_loop
async def test_work_that_finds_the_session_ended_logs_in_again() -> None:
    site = Site(None, LoggedOut("The login came"))
    assert await site.run(URL, TASK) == "the result"
    assert site.visits == ["log_in", URL, "log_in", URL]


@in_loop
async def test_work_fails_after_its_retries() -> None:
    site = Site(None, *[ServerError(500, "x")] * 9)
    with pytest.raises(ServerError):
        await site.run(URL, TASK)
    assert site.visits == ["log_in", *[URL] * 3]


@in_loop
async def test_inventory_that_puts_the_user_off_is_awaited() -> None:
    """Without a second login, and however long it takes."""
    told = PageChanged("Inventory", "filter_on", "a", "opens the filter")
    told.said = "Your inventory is being imported. Please check back in a few minutes."
    site = Site(None, *[told] * 9)
    assert await site.run(URL, TASK) == "the result"
    assert site.visits == ["log_in", *[URL] * 10]


@in_loop
async def test_unmatched_rows_are_not_retried() -> None:
    site = Site(None, NoRowFits(9, 3))
    with pytest.raises(NoRowFits):
        await site.run(URL, TASK)
    assert site.visits == ["log_in", URL]


@in_loop
async def test_progress_restores_the_retries_of_the_work() -> None:
    site = Site(None, *[ServerError(500, "x")] * 6)
    assert await site.run(URL, TASK, lambda: len(site.visits)) == "the result"


# Logout


@in_loop
async def test_logout_removes_the_kept_session() -> None:
    site = Site()
    await site.ensure_logged_in()
    await site.close()
    assert (site.visits, site.account.kept) == (["log_in", "log_out"], [])
    assert site.events == ["login", "logout"]


@in_loop
async def test_session_wrongly_suspected_to_have_ended_is_logged_out() -> None:
    site = Site()
    await site.ensure_logged_in()
    site.page.looks = [False]
    await site.has_ended(1, "Inventory: found no grid")
    await site.close()
    assert (site.visits, site.account.kept) == (["log_in", "log_out"], [])
    assert site.stats()["logout_count"] == 1


@in_loop
async def test_no_logout_without_a_login() -> None:
    site = Site(kept=LEFT)
    await site.close()
    assert (site.visits, site.account.kept) == ([], LEFT)


@pytest.mark.parametrize(("failures", "kept"), [(1, []), (2, cookies(1))])
@in_loop
async def test_logout_is_attempted_twice(failures: int, kept: list[dict[str, Any]]) -> None:
    site = Site(None, *[ConnectionFailed("reset")] * failures)
    await site.ensure_logged_in()
    await site.close()
    assert (site.visits, site.account.kept) == (["log_in", "log_out", "log_out"], kept)


@in_loop
async def test_login_shown_by_surprise_at_the_end_is_not_the_last_look() -> None:
    site = Site()
    await site.ensure_logged_in()
    site.page.shows_way_out = [False, True]
    await site.close()
    assert site.visits == ["log_in", "log_out", "log_out"]
    assert site.crawler.stats.get_value("jdp/session/logout_count") == 1
