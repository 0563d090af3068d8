"""What the things of the site looked like when they were used: for when they are renamed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.evaluation import evaluate
from jdp_spider.pages.view import FINGERPRINTS
from jdp_spider.utils.redaction import redact

if TYPE_CHECKING:
    from jdp_spider.pages.view import PageView


async def remember(page: PageView, *names: str) -> None:
    """Record what the page shows for these names, if that is wanted and not yet recorded.

    Nothing depends on it: a page that does not answer is left alone.
    """
    kept = page.site.fingerprints
    if kept is None or not (lacking := kept.lacking(names)):
        return
    with contextlib.suppress(PlaywrightError):
        asked = dict(zip(lacking, page.site.selectors(*lacking), strict=True))
        for name, looks in (await evaluate(page.page, FINGERPRINTS, asked)).items():
            kept.seen[name] = {key: _masked(value) for key, value in looks.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(each) for each in value]
    return redact(value) if isinstance(value, str) else value
