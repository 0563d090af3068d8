"""The names of the product, by which it is found in a list of several after the login."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jdp_spider.pages.questions import QUESTIONS
from jdp_spider.pages.view import DOM
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from jdp_spider.pages.site import Site

CHOOSE_PRODUCT = load_js("pages/js/choose_product.js", DOM, QUESTIONS)
_KNOWN = ("Values Online", "Values")
_BETWEEN = re.compile(r"\s+[-\u2013\u2014|:\u00b7\u00bb]\s+|[|:]")
_LOGIN = re.compile(
    r"(?:welcome|home|portal|(?:log|sign)[ -]?[io]n.*|.*(?:log|sign)[ -]?[io]n)", re.IGNORECASE
)
_SHORTEST = 4


def product_names(site: Site, title: str) -> list[str]:
    """Return what the product may be called: by its address, and by the `title` of its login."""
    *_, folder = ["", *filter(None, urlsplit(site.base_url).path.split("/"))]
    parts = [part.strip() for part in _BETWEEN.split(title)]
    of_title = [part for part in parts if not _LOGIN.fullmatch(part)]
    return [*_KNOWN, *(each for each in (folder, *of_title) if len(each) >= _SHORTEST)]
