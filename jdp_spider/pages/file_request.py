"""What a file of the site is asked for by, and what the site answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from jdp_spider.pages.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable

_FORM = "application/x-www-form-urlencoded"


class ReportRequest(NamedTuple):
    """How a report, or another file, is requested."""

    url: str
    """Empty if these three values do not suffice to request it again."""
    method: str = "GET"
    body: str | None = None
    """The fields of a form."""


class Answer(NamedTuple):
    """What the site answered."""

    status: int
    url: str
    """Its address after redirects."""
    headers: dict[str, str]
    """By name in lower case."""
    body: bytes
    request: ReportRequest
    is_too_large: bool = False
    """It was aborted because of its size: the body is missing."""


@dataclass(frozen=True)
class Wanted:
    """What to take: a file, or any answer from an address that is known to be a file's."""

    is_expected: Callable[[str], bool]
    """Whether any answer from an address counts."""
    may_ask: Callable[[str], bool]
    """Whether the page may be sent to an address at all."""
    most: int
    """Bytes."""
    setting: str
    """The name of the setting for that."""
    patience: Callable[[Answer], float | None] = lambda _: None
    """None unless an answer is a page that leads to the file: the seconds until its buttons may be
    clicked."""

    def check_size(self, size: int) -> None:
        """Raise TooLarge for a file of so many bytes, or more, where that is too much."""
        if size > self.most:
            raise TooLarge(size, self.most, self.setting)


def report_request(request: dict[str, Any]) -> ReportRequest:
    """Return a request of the DevTools protocol."""
    method, body = request["method"], request.get("postData")
    if method == "GET":
        return ReportRequest(request["url"])
    headers = {name.lower(): value for name, value in request["headers"].items()}
    is_form = headers.get("content-type", "").startswith(_FORM)
    return ReportRequest(request["url"], method, body or "") if is_form else ReportRequest("")
