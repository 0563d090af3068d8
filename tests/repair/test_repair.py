"""The doctor repairs changed demo sites: the short form of `python -m benchmarks repair`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import async_playwright

from benchmarks.repair import apart, repair_one
from jdp_spider.browser.launch import find_browser, launch_options
from jdp_spider.demo.changes import KINDS, draw
from jdp_spider.demo.options import DemoOptions

if TYPE_CHECKING:
    from benchmarks.repair import Outcome

SITES = {
    # Its menus open late.
    "nothing": DemoOptions(vehicles=3, changed_seed=1, changes=0, like=("menu-late",)),
    "redesign": DemoOptions(vehicles=6, changed_seed=5, changes=8),
    "scripts": DemoOptions(vehicles=6, changed_seed=2, changes=6, link_kind="script"),
    "two steps": DemoOptions(
        vehicles=3, changed_seed=4, changes=4, like=("two-steps", "licence-button", "cards")
    ),
    "new tab": DemoOptions(
        vehicles=3, changed_seed=6, changes=4, like=("reports-tab", "grouped", "licence-scroll")
    ),
    "no dialog": DemoOptions(
        vehicles=3,
        changed_seed=202,
        changes=3,
        like=("no-dialog", "folded-details", "third-party-first"),
    ),
    "locked": DemoOptions(vehicles=3, renamed=("loginButton",), password_state="locked"),
    "password": DemoOptions(vehicles=3, renamed=("usernameInput", "loginButton"), changed_seed=9),
}


@pytest.fixture(scope="module")
def seen() -> dict[str, Outcome]:
    """One repair of each site, all at once: most of each is waiting."""

    async def all_of_them() -> dict[str, Outcome]:
        async with async_playwright() as playwright:
            options: Any = launch_options(find_browser(), headless=True, block_images=False)
            browser = await playwright.chromium.launch(**options)
            with apart(browser):
                found = await asyncio.gather(*map(repair_one, SITES.values()))
            await browser.close()
        return dict(zip(SITES, found, strict=True))

    return asyncio.run(all_of_them())


@pytest.mark.browser
@pytest.mark.parametrize("name", [name for name in SITES if name != "locked"])
def test_a_changed_site_is_repaired(seen: dict[str, Outcome], name: str) -> None:
    assert seen[name].problem == ""
    assert seen[name].repaired
    changed = SITES[name].changes > 0
    assert (bool(seen[name].events["found"]), bool(seen[name].events["missing"])) == (
        changed,
        changed,
    )


@pytest.mark.browser
@pytest.mark.parametrize("name", SITES)
def test_nothing_forbidden_is_clicked_and_one_login_is_sent(
    seen: dict[str, Outcome], name: str
) -> None:
    outcome = seen[name]
    assert outcome.forbidden == 0
    assert outcome.logins + outcome.refused == 1


@pytest.mark.browser
def test_a_refused_login_ends_the_repair(seen: dict[str, Outcome]) -> None:
    assert not seen["locked"].repaired
    assert "account is locked" in seen["locked"].problem
    assert seen["locked"].refused == 1


def test_changes_are_reproducible_and_seeds_cover_all_of_them() -> None:
    assert draw(7, 8).of == draw(7, 8).of
    assert draw(None, 8).of == ()
    singles = {(each.name, each.kind) for seed in range(100) for each in draw(seed, 1).of}
    assert {name for name, _ in singles} == set(KINDS)
    assert len(draw(3, 8).of) == 8
