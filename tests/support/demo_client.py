"""A client for the tests of the demo site; not in conftest, so that tests can import it by name."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, Request, build_opener

if TYPE_CHECKING:
    from email.message import Message
    from http.client import HTTPResponse

    from jdp_spider.demo.site import DemoSite

LICENCE = "Home/LicenseAgreement?ReturnUrl=/ValuesOnline/"


class _AsItComes(HTTPErrorProcessor):
    """Leave redirects and error statuses to the test."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        return response


@dataclass
class Answer:
    url: str
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """A browser's cookies and redirects, without the browser."""

    def __init__(self, site: DemoSite) -> None:
        self.site = site
        self.cookies = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.cookies), _AsItComes)

    def ask(
        self,
        path: str,
        fields: dict[str, Any] | None = None,
        follow: bool = True,
        timeout: float = 10,
    ) -> Answer:
        """GET, or POST where there are fields."""
        url = urljoin(self.site.base_url, path)
        data = urlencode(fields).encode() if fields is not None else None
        with self._opener.open(Request(url, data), timeout=timeout) as response:
            answer = Answer(url, response.status, response.headers, response.read())
        if follow and answer.status == 302:
            return self.ask(urljoin(url, answer.headers["Location"]))
        return answer

    def log_in(self, user: str = "demo", password: str = "demo-password") -> Answer:
        return self.ask(LICENCE, {"UserName": user, "Password": password})

    def accept(self) -> Answer:
        return self.ask(LICENCE, {"Agreement": "true"})

    def grid(self, action: str, value: str) -> Answer:
        return self.ask("vehicle/GridCallback", {"action": action, "value": value})
