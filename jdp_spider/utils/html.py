"""What report.html and index.html have in common: files that take nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from jdp_spider.utils.files import in_utf8

if TYPE_CHECKING:
    from jinja2 import Template

_SHARED = "jdp_spider"
"""The package whose templates stand beside those of each page's own."""


class WebPage:
    """The templates of a package, and `page.css`."""

    def __init__(self, package: str) -> None:
        self.environment = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader(_SHARED)]),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )

    def template(self, name: str) -> Template:
        """Return a template by its file name."""
        return self.environment.get_template(name)

    def style(self, name: str) -> Markup:
        """Return the shared style sheet followed by the page's own, as they are in the page."""
        return self.source("page.css") + self.source(name)

    def source(self, name: str) -> Markup:
        """Return a file as it is."""
        assert self.environment.loader is not None
        return Markup(self.environment.loader.get_source(self.environment, name)[0])


def source_hash(text: str) -> str:
    """Return what a page's policy (CSP) says of a style sheet or script that it allows."""
    return f"sha256-{base64.b64encode(hashlib.sha256(in_utf8(text)).digest()).decode()}"
