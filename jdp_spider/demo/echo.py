"""An error page that leaks the password and the session, in many spellings."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from jdp_spider.demo.state import EXCHANGE, STATE, page, text_of

if TYPE_CHECKING:
    from aiohttp import web

TOKEN = "Zm9yZ2VyeS10b2tlbi1vZi10aGUtZGVtbw"
"""An anti-forgery token, which the page holds under many names."""


def spellings(secret: str) -> list[str]:
    """Return the secret in the encodings that sites, browsers and programs use."""
    data, latin = secret.encode(), secret.encode("latin-1", "xmlcharrefreplace")
    every = "".join(f"%{byte:02x}" for byte in data)
    return [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        quote(secret, safe="").lower() if secret == secret.lower() else every,
        every,
        quote(every),
        quote(quote(every)),
        "".join(f"%{byte:02X}" for byte in latin),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3].replace("/", "\\/"),
        "".join(f"\\u{ord(each):04x}" for each in secret),
        "".join(f"\\x{byte:02x}" for byte in data),
        "".join(f"&#{ord(each)};" for each in secret),
        "".join(f"&#x{ord(each):04X};" for each in secret),
        "".join(f"&amp;#{ord(each)};" for each in secret),
        *(b64encode(bytes(n) + data).decode() for n in range(3)),
        urlsafe_b64encode(b"user:" + data).decode(),
        b64encode(b"user:" + latin).decode(),
    ]


async def echo(request: web.Request) -> web.Response:
    """Return the error page, or after a login the form with a message that repeats the secrets."""
    exchange, options = request[EXCHANGE], request.app[STATE].options
    if exchange.kind == "login" and request.method != "POST":
        return page(request, "login.html")
    if exchange.kind == "login":
        password = text_of((await request.post()).get("Password"))
        error = f"The password '{password}' is incorrect: {' '.join(spellings(password))}"
        return page(request, "login.html", error=error)
    secrets = [options.password, *([exchange.session.key] if exchange.session else [])]
    forms = [form for secret in secrets for form in spellings(secret)]
    return page(request, "echo.html", 500, user=None, forms=forms, secrets=secrets, token=TOKEN)
