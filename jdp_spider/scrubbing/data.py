"""JSON, forms and headers without what is private."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jdp_spider.scrubbing.names import is_secret_name
from jdp_spider.scrubbing.pages import address, page, policy
from jdp_spider.scrubbing.pieces import replaced_apart
from jdp_spider.scrubbing.scripts import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jdp_spider.scrubbing.scrubber import Scrubber

_OF_FILES = ("attachment", "inline", "filename", "filename*")
_POLICY = "content-security-policy"
KEPT_HEADERS = (
    "content-type",
    "content-disposition",
    _POLICY,
    "location",
    "retry-after",
    "cache-control",
    "refresh",
    "x-frame-options",
)
"""Headers of an answer that the browser, or this program, acts upon."""


def json_text(text: str, scrubber: Scrubber, *, scripts: bool = True) -> str:
    """Return JSON of the same shape, without scripts in it if so asked.

    Raise ValueError where it is none.
    """
    clean = _Values(scrubber, scripts=scripts).clean(json.loads(text), "")
    return json.dumps(clean, ensure_ascii=False)


class _Values:
    def __init__(self, scrubber: Scrubber, *, scripts: bool) -> None:
        self._scrubber = scrubber
        self._scripts = scripts

    def clean(self, value: Any, name: str) -> Any:
        """Return a value, and all in it; `name` is what it is called."""
        if isinstance(value, dict):
            pairs = value.items()
            return {self._scrubber.code(key): self.clean(each, key) for key, each in pairs}
        if isinstance(value, list):
            is_numbers = all(type(each) is int and each >= 0 for each in value)
            if is_numbers and (text := as_text(value)):
                return list(self._scrubber.text(text).encode())
            if value and all(type(each) is str and len(each) == 1 for each in value):
                return replaced_apart(value, self._scrubber)
            return [self.clean(each, name) for each in value]
        if isinstance(value, str):
            return string_value(value, name, self._scrubber, scripts=self._scripts)
        if isinstance(value, int) and not isinstance(value, bool):
            return int(self._scrubber.text(str(value)))
        if isinstance(value, float):
            return float(self._scrubber.text(str(value)))
        return value


def string_value(value: str, name: str, scrubber: Scrubber, *, scripts: bool) -> str:
    """Return a text of data by its name: a secret, a part of a page, an address or a text."""
    if is_secret_name(name):
        return scrubber.token(value)
    if re.search(r"<\w", value):
        return page(value, scrubber, scripts=scripts)
    is_address = value.startswith("/") or "://" in value
    return address(value, scrubber) if is_address else scrubber.text(value)


def headers(found: Mapping[str, str], scrubber: Scrubber) -> dict[str, str]:
    """Return the headers of an answer that matter, by names in lower case."""
    kept = {name: found[name] for name in KEPT_HEADERS if name in found}
    return {name: _header(name, value, scrubber) for name, value in kept.items()}


def _of_file(part: str, scrubber: Scrubber) -> str:
    """Return a part of what is said of a file: a name, or how to show it."""
    return part if part.strip().lower() in _OF_FILES else scrubber.text(part)


def _header(name: str, value: str, scrubber: Scrubber) -> str:
    if name in ("location", "refresh"):
        return address(value, scrubber)
    if name == "content-disposition":
        # A file may be called as a person is.
        return re.sub(r"(?<==)[^;]+|[^=;]+", lambda found: _of_file(found[0], scrubber), value)
    return policy(value, scrubber) if name == _POLICY else scrubber.name(value)
