"""Which addresses belong to the site: what a page says leads anywhere, and may be no address."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LONGEST = 8_000
"""Characters of an address: servers take no longer ones, and each is kept in a file."""
_PRINTABLE = re.compile(rf"[!-~]{{1,{_LONGEST}}}")
"""What the browser makes of any address of a link."""


def is_same_origin(base_url: str, url: object) -> bool:
    """Return whether `url` is a web address at the origin of `base_url`, and no downgrade of it.

    The case of the host, a trailing dot and a default port make no difference. `http` may become
    `https` where both are on their default ports. An address with a user name is never the site's.
    """
    base, other = _split(base_url), _split(url)
    if base is None or other is None or _host(base) != _host(other):
        return False
    if base.scheme == other.scheme:
        return _port(base) == _port(other)
    is_upgrade = (base.scheme, other.scheme) == ("http", "https")
    return is_upgrade and _has_default_port(base) and _has_default_port(other)


def own_address(base_url: str, url: object) -> str | None:
    """Return `url` if a request can be made for it at the origin of `base_url`, else None.

    It has the scheme of `base_url`: the crawl has a download handler for that one alone.
    """
    if not isinstance(url, str) or not _PRINTABLE.fullmatch(url):
        return None
    if not is_same_origin(base_url, url) or urlsplit(url).scheme != urlsplit(base_url).scheme:
        return None
    return url


def is_report_address(base_url: str, url: object) -> bool:
    """Return whether a report may be fetched from `url`: from any host, and never down to http.

    Sites hand files out by other hosts, too. The browser gives those no cookie of the site.
    """
    other = _split(url)
    return other is not None and (other.scheme == "https" or not base_url.startswith("https:"))


def _split(url: object) -> SplitResult | None:
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        # Raises ValueError as well.
        _ = parts.port
    except ValueError:
        return None
    is_web = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and "@" not in parts.netloc
    return parts if is_web else None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").removesuffix(".")
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _port(parts: SplitResult) -> int:
    return _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port


def _has_default_port(parts: SplitResult) -> bool:
    return _port(parts) == _DEFAULT_PORTS[parts.scheme]
