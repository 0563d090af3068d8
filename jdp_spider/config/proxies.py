"""Which proxy the browser uses: JDP_PROXY, else the usual variables, else the system's own."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from jdp_spider.pages.origin import is_loopback, normal_host

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = frozenset({"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"})
"""What other programs are told by, too."""
NO_PROXY_WORDS = ("none", "direct")
"""Values of JDP_PROXY for a connection without any proxy."""

_SCHEMES = {
    "http": "http",
    "https": "https",
    "socks": "socks5",
    "socks4": "socks4",
    "socks4a": "socks4",
    "socks5": "socks5",
    "socks5h": "socks5",
}
"""Each as Chromium calls it; it leaves names to the proxy anyway."""

# "localhost" by name, as Playwright would otherwise send loopback through the proxy, too.
_LOOPBACK = ("localhost", "127.0.0.0/8", "[::1]")

_DIRECT = "direct://"
_HOST_PATTERN = re.compile(r"([\w*.-]+)(:\d+)?", re.ASCII)
_START_OF_IP = re.compile(r"(\d{1,3}\.){1,3}")

WANTED = (
    "must be the address of a proxy, such as http://proxy.example:8080 (in user name and password "
    "write @ as %40, : as %3A, / as %2F, # as %23 and % as %25)"
)


class ProxyError(ValueError):
    """Raised for a proxy that cannot be used. Names the variable, and no secret."""


@dataclass(frozen=True)
class Proxy:
    """A proxy for the browser, or the decision to use none."""

    server: str
    """Address without user name and password; `direct://` for none."""
    source: str
    """The variable that names it."""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    bypass: tuple[str, ...] = _LOOPBACK
    """Hosts that are reached without it, as Playwright takes them; loopback always."""
    ignored: tuple[str, ...] = ()
    """Entries of NO_PROXY that Chromium cannot express."""
    given: str = field(default="", repr=False)
    """The variable's value."""

    @property
    def is_direct(self) -> bool:
        """True if the browser must use no proxy, not even the system's."""
        return self.server == _DIRECT

    def is_bypassed_for(self, url: str) -> bool:
        """Return True if an address is reached without the proxy."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]
        return any(_applies(rule, host, port) for rule in self.bypass)

    @property
    def launch_options(self) -> dict[str, Any]:
        """Playwright's `proxy`; for a direct connection, Chromium's arguments."""
        if self.is_direct:
            # Headless shells ignore --no-proxy-server.
            return {"args": [f"--proxy-server={_DIRECT}"]}
        option = {"server": self.server, "bypass": ",".join(self.bypass)}
        if self.user:
            # Not a part of the address: other users of the computer can read command lines.
            option |= {"username": self.user, "password": self.password}
        return {"proxy": option}

    @property
    def secrets(self) -> list[str]:
        """What no log may contain."""
        return [self.given, self.password, self.user] if self.user or self.password else []


def find_proxy(
    base_url: str, own: str = "", environment: Mapping[str, str] = os.environ
) -> Proxy | None:
    """Return the proxy for the site; None if the system's own settings decide.

    `own` is JDP_PROXY, which wins over all others. Without it HTTPS_PROXY or HTTP_PROXY counts, by
    the scheme of `base_url`, else ALL_PROXY, except for the hosts in NO_PROXY. Raise ProxyError.
    """
    if own.lower() in NO_PROXY_WORDS:
        return Proxy(_DIRECT, "JDP_PROXY")
    if own:
        return _proxy(own, "JDP_PROXY")
    excepted = _value(environment, "NO_PROXY")
    if "*" in re.split(r"[\s,]+", excepted):
        return Proxy(_DIRECT, "NO_PROXY")
    for name in (f"{urlsplit(base_url).scheme.upper()}_PROXY", "ALL_PROXY"):
        if value := _value(environment, name):
            return _proxy(value, name, excepted)
    return None


def shown(proxy: Proxy | None, base_url: str) -> str:
    """Return which proxy the site is reached by, for the user, without secrets."""
    host = urlsplit(base_url).hostname or ""
    if is_loopback(host):
        return "no proxy, as the site is on this computer"
    if proxy is None:
        return "the proxy of the system's settings, if they name one"
    if proxy.is_direct:
        return f"no proxy ({proxy.source})"
    if proxy.is_bypassed_for(base_url):
        return "no proxy (NO_PROXY)"
    login = ", with user name and password" if proxy.user else ""
    return f"proxy {proxy.server} ({proxy.source}{login})"


def _value(environment: Mapping[str, str], name: str) -> str:
    """Return a variable's value in any case; lower case wins, as in pip and curl."""
    names = sorted((each for each in environment if each.upper() == name), reverse=True)
    return next(filter(None, (environment[each].strip() for each in names)), "")


def _proxy(value: str, source: str, excepted: str = "") -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        port = f":{parts.port}" if parts.port else ""
        host = normal_host(parts.hostname or "")
        scheme = _SCHEMES[parts.scheme]
    except (ValueError, KeyError):
        raise ProxyError(f"{source} {WANTED}") from None
    # What comes after a host is the rest of a password with a / or #, or a script (PAC).
    if not host or not _HOST_PATTERN.fullmatch(host.replace(":", "")) or parts.path.strip("/"):
        raise ProxyError(f"{source} {WANTED}")
    if parts.query or parts.fragment:
        raise ProxyError(f"{source} {WANTED}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if (user or password) and scheme.startswith("socks"):
        raise ProxyError(
            f"{source} names a SOCKS proxy with user name and password, and browsers can give it "
            "none: name an http proxy, or one that asks for none"
        )
    shown_host = f"[{host}]" if ":" in host else host
    entries = [each for each in re.split(r"[\s,]+", excepted) if each]
    bypass = {each: _bypass(each) for each in entries}
    return Proxy(
        server=f"{scheme}://{shown_host}{port}",
        source=source,
        user=user,
        password=password,
        bypass=tuple(dict.fromkeys(chain(_LOOPBACK, *bypass.values()))),
        ignored=tuple(each for each, rules in bypass.items() if not rules),
        given=value,
    )


def _applies(rule: str, host: str, port: int) -> bool:
    """Return True if a rule of the bypass list is about this host."""
    with contextlib.suppress(ValueError):
        if "/" in rule:
            return ipaddress.ip_address(host) in ipaddress.ip_network(rule)
        if rule.startswith("["):
            address, _, of_port = rule[1:].partition("]")
            same = ipaddress.ip_address(host) == ipaddress.ip_address(address)
            return same and of_port in ("", f":{port}")
    name, _, of_port = rule.partition(":")
    pattern = f"*{name}" if name.startswith(".") else name
    return fnmatchcase(host, pattern.lower()) and of_port in ("", str(port))


def _bypass(entry: str) -> list[str]:
    """Return Chromium's rules for an entry of NO_PROXY; none if it cannot express it.

    A name means the host and all hosts below it, as in curl and pip.
    """
    bare = entry.removeprefix("[").removesuffix("]")
    try:
        if "/" in entry:
            return [str(ipaddress.ip_network(entry, strict=False))]
        address = ipaddress.ip_address(bare)
    except ValueError:
        return [] if "/" in entry else _bypass_name(entry)
    return [f"[{address}]" if address.version == 6 else str(address)]


def _bypass_name(entry: str) -> list[str]:
    if _START_OF_IP.fullmatch(entry):
        return [f"{entry}*"]
    name = entry.removeprefix("*").removeprefix(".")
    if not name.isascii():
        try:
            name = normal_host(name)
        except ValueError:
            return []
    if re.fullmatch(r"\[[0-9a-fA-F:]+\]:\d+", entry):
        return [entry]
    found = _HOST_PATTERN.fullmatch(name)
    if not found:
        return []
    is_pattern = "*" in name or found[1].replace(".", "").isdigit()
    return [name] if is_pattern else [name, f".{name}"]
