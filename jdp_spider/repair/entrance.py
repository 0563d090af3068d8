"""The way in: the login's address and form, the licence, the page after it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages import login
from jdp_spider.pages.errors import LoggedOut, PageChanged, ServerError, UnknownPage
from jdp_spider.pages.network import watch
from jdp_spider.repair.barred import barred_word
from jdp_spider.repair.candidates import Candidate, candidates, may_be, said
from jdp_spider.repair.scene import TRIAL_S
from jdp_spider.repair.words import WORDS

if TYPE_CHECKING:
    from jdp_spider.repair.elements import Element
    from jdp_spider.repair.walk import Walk

_MOST_PAGES = 5
"""Pages that may stand between the login and the inside, and addresses that are looked at."""
_AGREEMENT = re.compile(r"agreement|licen[cs]e|terms (?:of|and)|conditions", re.IGNORECASE)
_SURE = 0.9
_CLOSE = 0.2
"""Two fields whose words fit as well as that cannot be told apart."""


async def find_entrance(walk: Walk) -> None:
    """Open the site where it asks for the login, or inside if there is a session."""
    walk.begin("site", "looks for the login")
    site = walk.site
    for url in (site.inventory_url, site.base_url) if walk.plan.is_live else ():
        with contextlib.suppress(ServerError):
            await walk.scene.go_to(url, "the page of the session")
            if not await walk.scene.asks_for_login():
                return
    for url in (site.login_url, site.base_url):
        if await _asks(walk, url):
            await _note_login_path(walk)
            return
    for link in await _links(walk, "log_in"):
        if await _asks(walk, link.url):
            await _note_login_path(walk)
            return
    raise walk.not_repaired("login_path")


async def _asks(walk: Walk, url: str) -> bool:
    """Open an address; return True if the login or the licence is there, or the inside."""
    try:
        await walk.scene.go_to(url, "the login")
    except ServerError as error:
        if error.status >= 500 or error.status == 429:
            raise
        return False
    if await walk.scene.asks_for_login():
        return True
    looks = [await walk.scene.look_of(name) for name in ("licence", "log_out", "inventory_link")]
    return any(looks)


async def _links(walk: Walk, name: str) -> list[Element]:
    """Return the site's own links whose words fit a name, the best first."""
    found = []
    for each in await walk.scene.elements():
        is_way = each.looks.tag == "a" and each.url and walk.site.is_own(each.url)
        if is_way and not barred_word(each.looks) and (score := said(name, each.looks)) > 0:
            found.append((score, each))
    found.sort(key=lambda pair: -pair[0])
    return [each for _, each in found[:_MOST_PAGES]]


async def _note_login_path(walk: Walk) -> None:
    """Keep the address of the login, if it is another one now."""
    site, url = walk.site, walk.scene.page.url
    if site.is_login(url) or not await walk.scene.asks_for_login():
        return
    path = relative(site.base_url, url)
    walk.scene.tell("missing", f"login_path ('{site.login_path}') does not lead to the login")
    walk.scene.use(login_path=path)
    walk.untried["login_path"] = walk.change("login_path", "the address of the login")


def relative(base_url: str, url: str) -> str:
    """Return an address of the site as it stands in selectors.toml."""
    parts = urlsplit(url)
    whole = parts.path + (f"?{parts.query}" if parts.query else "")
    base = urlsplit(base_url).path
    return whole.removeprefix(base) if whole.startswith(base) else whole


async def get_in(walk: Walk) -> None:
    """Log in where the site asks for it, and go past the licence. Raise what keeps us out.

    A password that was sent is never sent again, whatever came of it.
    """
    walk.begin("login", "logs in")
    if await walk.scene.asks_for_login():
        await _log_in(walk)
    walk.begin("licence", "looks for a licence to accept")
    for _ in range(_MOST_PAGES):
        await walk.scene.quiet()
        navigation = watch(walk.scene.page).navigation
        if navigation is not None and navigation.status >= 400:
            # An address of the inside that is no more.
            await walk.scene.go_to(walk.site.base_url, "the page after the login")
        elements = await walk.scene.elements()
        if any(each.entry for each in elements):
            raise LoggedOut("Repair: the login stands there again")
        if not await _is_agreement(walk, elements):
            break
        await _accept(walk, elements)
    walk.home = await walk.scene.elements()
    if not await _is_inside(walk):
        raise walk.not_repaired("licence", candidates("licence", walk.home))
    # It has led inside.
    for name in list(walk.untried):
        if name == "login_path":
            del walk.untried[name]
            await walk.believe(name, "the address of the login")


async def _log_in(walk: Walk) -> None:
    if walk.was_sent or not walk.plan.may_log_in:
        raise LoggedOut("Repair: the site asks for the login again")
    shown = await _send_name(walk)
    elements = [each for each in await walk.scene.elements() if each.entry]
    for name in ("password", "user_name"):
        if name not in shown:
            shown[name] = await _point_at_field(walk, name, elements)
    options = await walk.options("log_in", elements)
    if not options:
        # The one button of the form, whatever it says.
        sending = [each for each in elements if each.sends and each.selectors]
        sending = [each for each in sending if not _is_barred(each)]
        if len(sending) == 1:
            options = [Candidate("log_in", sending[0], sending[0].selectors[0], 0.5)]
    for option in options:
        walk.take(option)
        if await _send(walk):
            for name, words in {**shown, "log_in": option.shown}.items():
                await walk.believe(name, words)
            return
        walk.reject(option, "the login was not sent by it")
        await walk.scene.go_to(walk.site.login_url, "the login")
        await _send_name(walk)
    raise walk.not_repaired("log_in", options)


async def _send_name(walk: Walk) -> dict[str, str]:
    """Send the user name alone, where the login asks for it first.

    Return what was found as its field, by name; nothing where the password is asked for as well.
    """
    elements = [each for each in await walk.scene.elements() if each.entry]
    if not elements or any(may_be("password", each) for each in elements):
        return {}
    shown = await _point_at_field(walk, "user_name", elements)
    walk.scene.log_click("log_in", ", with the user name alone")
    # The field for the password is not known yet.
    site = replace(walk.scene.site, password="input[type=password]")
    plan = walk.plan
    if not await login.send_user_name(walk.scene.page, plan.user, plan.password, site):
        raise walk.not_repaired("password")
    await walk.scene.quiet()
    return {"user_name": shown}


def _is_barred(element: Element) -> bool:
    words = WORDS["log_in"]
    never = words.score(element.looks.shown) < 0
    return never or bool(barred_word(element.looks, plain=words.plain))


async def _point_at_field(walk: Walk, name: str, elements: list[Element]) -> str:
    """Find a field of the login's form; raise NotRepaired where that is not certain."""
    fields = [each for each in elements if may_be(name, each) and not each.off]
    current = await walk.current(name, fields)
    if current is not None and may_be(name, current) and said(name, current.looks) >= 0:
        return ""
    if len(fields) == 1:
        option = Candidate(name, fields[0], fields[0].selectors[0], 1.0)
        walk.scene.tell("missing", f"{name} ('{getattr(walk.site, name)}') is not there", name)
        walk.take(option)
        return option.shown
    options = await walk.options(name, fields)
    # A refused login would be the price of a wrong one.
    if not options or (len(options) > 1 and options[0].score - options[1].score < _CLOSE):
        raise walk.not_repaired(name, options)
    walk.take(options[0])
    return options[0].shown


async def _send(walk: Walk) -> bool:
    """Send the login once. Return False if it is certain that nothing was sent."""
    scene = walk.scene
    scene.log_click("log_in")
    before = watch(scene.page).exchange
    try:
        await _logged_in(walk)
    except UnknownPage:
        # The next steps say which page it is.
        walk.was_sent = True
        return True
    except (PageChanged, PlaywrightTimeout) as error:
        exchange = watch(scene.page).exchange
        if exchange is before or exchange is None or not exchange.was_sent:
            return False
        walk.was_sent = True
        if isinstance(error, PlaywrightTimeout):
            raise
        return True
    walk.was_sent = True
    return True


async def _logged_in(walk: Walk) -> None:
    """Log in as a run does; give up soon only while nothing was sent."""
    plan, page = walk.plan, walk.scene.page
    site = replace(walk.scene.site, page_timeout=plan.site.page_timeout)
    before = watch(page).exchange
    logging_in = asyncio.ensure_future(
        login.log_in(page, plan.user, plan.password, site, plan.keep)
    )
    try:
        await asyncio.wait({logging_in}, timeout=walk.scene.site.page_timeout)
        exchange = watch(page).exchange
        if not logging_in.done() and (exchange is before or not (exchange and exchange.was_sent)):
            raise site.changed("Login", "log_in")
        await logging_in
    finally:
        logging_in.cancel()
        await asyncio.wait({logging_in})


async def _is_agreement(walk: Walk, elements: list[Element]) -> bool:
    """Return True if the page asks for the licence."""
    if await walk.scene.look_of("licence") is not None:
        return True
    if not _AGREEMENT.search(await walk.scene.text()):
        return False
    best = next(iter(candidates("licence", elements, walk.plan.known.get("licence"))), None)
    if best is None:
        return False
    has_way = any(said("inventory_link", each.looks) >= _SURE for each in elements if each.url)
    return walk.site.is_login(walk.scene.page.url) or (best.score >= _SURE and not has_way)


async def _accept(walk: Walk, elements: list[Element]) -> None:
    """Accept the licence by what does it; raise NotRepaired if nothing does."""
    options = await walk.options("licence", elements)
    url = walk.scene.page.url
    for option in options:
        walk.take(option)
        await walk.scene.hold("licence")
        walk.scene.log_click("licence")
        with contextlib.suppress(PageChanged):
            await login.send_licence(walk.scene.view("Licence", trial=TRIAL_S, at_login=True))
        await walk.scene.quiet()
        is_left = walk.scene.page.url != url or await walk.scene.look_of("licence") is None
        if is_left:
            await walk.believe("licence", option.shown)
            return
        walk.reject(option, "the page did not go on")
        await walk.scene.go_to(url, "the licence")
    raise walk.not_repaired("licence", options)


async def _is_inside(walk: Walk) -> bool:
    known = [await walk.scene.look_of(name) for name in ("log_out", "inventory_link")]
    if any(known):
        return True
    names = ("log_out", "inventory_link")
    return any(candidates(name, walk.home, walk.plan.known.get(name)) for name in names)


def inventory_links(walk: Walk) -> list[str]:
    """Return addresses that may be the inventory's, by the words of their links."""
    found: dict[str, float] = {}
    for each in walk.home:
        if each.looks.tag != "a" or not each.url or not walk.site.is_own(each.url):
            continue
        score = said("inventory_link", each.looks)
        if score > 0 and not barred_word(each.looks):
            url = urljoin(walk.site.base_url, each.url)
            found[url] = max(score, found.get(url, 0.0))
    return sorted(found, key=lambda url: -found[url])[:_MOST_PAGES]
