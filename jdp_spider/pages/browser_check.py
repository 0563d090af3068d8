"""Waits while a page checks the browser, as networks that protect sites have it do.

Such a page comes instead of any page, with the status of an error. Its script looks at the browser,
sets a cookie and loads the right page. Nothing is clicked: what asks for a person is for a person.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

from jdp_spider.pages import cookie_load
from jdp_spider.pages.evaluation import evaluate
from jdp_spider.pages.network import watch
from jdp_spider.utils.redaction import safe_line

if TYPE_CHECKING:
    from playwright.async_api import Page

_REFUSED = 403
_STATUSES = (_REFUSED, 429, 503, *cookie_load.STATUSES)
_SAYING_WHY = (_REFUSED, *cookie_load.STATUSES)
_LONGEST_S = 30.0
_LOADED_S = 3.0
"""How long the page of an error may take to say something."""
_LOOK_S = 0.25
_LONGEST = 200
_LONGEST_TEXT = 2000
"""Characters of a page that may say only that: longer ones are pages of the site."""

_LOOK = """() => ({
    text: `${document.title}\\n${document.body?.innerText ?? ''}`,
    scripts: document.scripts.length > 0,
    loading: document.readyState === 'loading',
})"""
_CHECKS = re.compile(
    r"\bjust a moment\b|\bddos protection\b|\bsecurity (?:check|verification)\b"
    r"|\b(?:checking|checks?|verifying|validating|inspecting)\b.{0,60}\b(?:browser|connection"
    r"|human|bot|robot|secure|security)\b|\bnot a (?:ro)?bot\b",
    re.IGNORECASE,
)
_WANTS_PERSON = re.compile(
    r"captcha|\b(?:verify|confirm|prove) (?:that )?(?:you are|you're) (?:a )?human\b"
    r"|\b(?:i am|i'm) (?:not a robot|human)\b|\bpress (?:and|&) hold\b|\bslide to\b"
    r"|\b(?:verify|confirm|prove) (?:that )?(?:you are|you're) not a (?:ro)?bot\b"
    r"|\bcomplet(?:e|ing) the (?:action|challenge|puzzle|check|captcha)\b",
    re.IGNORECASE,
)


async def pass_browser_check(page: Page) -> None:
    """Wait until the page that was asked for has come instead of one that checks the browser.

    Return at once for any other page, and after 30 s at the latest. What a refusal says is kept
    for the error that `check` of the page's monitor raises.
    """
    monitor, begun = watch(page), time.monotonic()
    while monitor.navigation is not None and monitor.navigation.status in _STATUSES:
        answer, waited = monitor.navigation, time.monotonic() - begun
        seen = await evaluate(page, _LOOK)
        if monitor.navigation is not answer:
            # The words may be those of the page before.
            continue
        text = " ".join(seen["text"].split())
        is_short = len(text) <= _LONGEST_TEXT
        wants_person = is_short and _WANTS_PERSON.search(text) is not None
        is_checking = is_short and seen["scripts"] and _CHECKS.search(text) is not None
        longest = _LONGEST_S if is_checking and not wants_person else 0.0
        is_awaited = waited < max(longest, _LOADED_S * seen["loading"])
        if not is_awaited:
            # Other statuses are those of an outage, too, which ends.
            monitor.wants_person = wants_person or (is_checking and answer.status == _REFUSED)
            if monitor.wants_person or answer.status in _SAYING_WHY:
                monitor.said = safe_line(seen["text"])[:_LONGEST]
            return
        await asyncio.sleep(_LOOK_S)
