"""Which addresses are the site's own: only there is a password typed or a button clicked.

An origin is scheme, host and port together, as browsers mean it.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import idna

if TYPE_CHECKING:
    from collections.abc import Collection

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_PORTS = {"http": 80, "https": 443}
_LONGEST = 8_000
"""Characters of an address: servers take no longer ones, and each is kept in a file."""
_PRINTABLE = re.compile(rf"[!-~]{{1,{_LONGEST}}}")
"""The address of a link as the browser returns it: printable ASCII."""


class Origin(NamedTuple):
    """Scheme, host and port in the form in which equal ones are equal."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def origin_of(address: object) -> Origin | None:
    """Return the origin of an http or https address, or None for anything else."""
    if not isinstance(address, str):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
        host = normal_host(parts.hostname or "")
        if "[" in parts.netloc:
            # Python 3.10 takes any name in brackets.
            ipaddress.IPv6Address(host)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    return Origin(parts.scheme, host, _PORTS[parts.scheme] if port is None else port)


def is_web(address: str) -> bool:
    """Return whether an address is that of a page from the network, not of an internal page."""
    scheme = address.partition(":")[0]
    return scheme not in ("about", "chrome", "chrome-error")


def normal_host(name: str) -> str:
    """Return a host as browsers compare it: lower case, ASCII (IDNA), no dot at its end.

    Raise ValueError where no host can be called so.
    """
    name = name.strip().removesuffix(".")
    bare = name.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    # Names that are ASCII already may hold what IDNA refuses, such as "_".
    return name.lower() if name.isascii() else idna.encode(name, uts46=True).decode("ascii")


def is_host(name: str) -> bool:
    """Return whether what `normal_host` has returned is the name or the number of a host."""
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return bool(_NAME.fullmatch(name))


def is_loopback(host: str) -> bool:
    """Return whether a host is this computer: data sent there stays off the network."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_own(base_url: str, address: object) -> bool:
    """Return whether an address is at the origin of `base_url`.

    http may have become https, both at their default ports; never the other way round.
    """
    base, found = origin_of(base_url), origin_of(address)
    if base is None or found is None:
        return False
    is_secured = base.scheme == "http" and base.port == 80
    return found == base or (is_secured and found == Origin("https", base.host, 443))


def is_same_site(one: object, other: object) -> bool:
    """Return whether two addresses are at hosts of one name, such as www.x.com and api.x.com."""
    names = [origin.host.split(".") for each in (one, other) if (origin := origin_of(each))]
    if len(names) < 2:
        return False
    is_number = any(name[-1].isdecimal() or ":" in name[-1] for name in names)
    return names[0] == names[1] if is_number else names[0][-2:] == names[1][-2:]


def is_login_host(
    base_url: str, address: str, login_hosts: Collection[str], http_hosts: Collection[str]
) -> bool:
    """Return whether an address is at one of `login_hosts`, at any port.

    By https; by http only where `base_url` has it too, and `may_use_http` says so.
    """
    base, found = origin_of(base_url), origin_of(address)
    if base is None or found is None or found.host not in login_hosts:
        return False
    is_as_secure = found.scheme == "https" or base.scheme == "http"
    return is_as_secure and may_use_http(address, http_hosts)


def may_use_http(address: str, http_hosts: Collection[str]) -> bool:
    """Return whether an address is https, this computer, or a host to which http is allowed."""
    found = origin_of(address)
    if found is None:
        return False
    return found.scheme == "https" or is_loopback(found.host) or found.host in http_hosts


def own_address(base_url: str, url: object) -> str | None:
    """Return `url` if a request can be made for it at the origin of `base_url`, else None.

    It has the scheme of `base_url`: the crawl has a download handler for that one alone.
    """
    if not isinstance(url, str) or not _PRINTABLE.fullmatch(url) or not is_own(base_url, url):
        return None
    parts = urlsplit(url)
    return url if parts.scheme == urlsplit(base_url).scheme and "@" not in parts.netloc else None


def is_report_address(base_url: str, url: str) -> bool:
    """Return whether a report may be fetched from `url`: from any host, and never down to http.

    Sites hand files out by other hosts, too. The browser gives those no cookie of the site.
    """
    found = origin_of(url)
    if found is None or "@" in urlsplit(url).netloc:
        return False
    return found.scheme == "https" or not base_url.startswith("https:")
