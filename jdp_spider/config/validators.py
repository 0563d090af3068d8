"""Parsers of the settings' texts. Their ValueError says what the value must be."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from jdp_spider.config.proxies import ProxyError, find_proxy
from jdp_spider.pages.origin import is_host, may_use_http, normal_host
from jdp_spider.utils.files import is_utf8
from jdp_spider.utils.paths import with_own_variables
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_N = TypeVar("_N", int, float)

REAL_SITE = "https://extapps.jdpowervalues.com/ValuesOnline/"
ALL_VEHICLES = 9999
"""`MAX_DOWNLOADS` of the users' earlier script for "no limit"."""
EXAMPLE_VALUES = frozenset({"your-user-name", "your-password"})

_QUOTES = "[\u2018-\u201f\u2039\u203a\u00ab\u00bb\u300c\u300d]"
IN_TYPOGRAPHIC_QUOTES = re.compile(f"{_QUOTES}.*{_QUOTES}(?:\\s+#.*)?", re.DOTALL)
"""A complete value; a comment may follow, as in `.env`."""
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Windows' own dialogs put some of these before and after what is copied from them."""
_BLANK_AT_END = re.compile(r"\A\s|\s\Z")
_NO_BREAK_SPACE = re.compile("[\u00a0\u2007\u202f]")

AUTO = "auto"
"""Of a number that the program finds out."""


class SecretError(ValueError):
    """Raised for a wrong value that must not be shown."""


def credential(value: str) -> str:
    """Return the value as it is. Raise ValueError for one that cannot be what was meant.

    It is empty, or that of the example, or has what only came with a copied text.
    """
    if not value.strip():
        raise ValueError("must be set to your own Values Online login")
    if value in EXAMPLE_VALUES:
        raise ValueError("still holds the value of .env.example: put in your own login")
    if not is_utf8(value):
        raise SecretError("must be in UTF-8, as what the environment holds is read: set it anew")
    if IN_TYPOGRAPHIC_QUOTES.fullmatch(value):
        raise SecretError(
            "is between the quotes of a word processor, which would be taken as a part of it: "
            "leave them out"
        )
    if hidden := INVISIBLE.search(value):
        raise SecretError(
            f"has the invisible character {_code(hidden)}, which came with a copied text: "
            "type it anew"
        )
    return value


def typed_credential(value: str) -> str:
    """Return what a person has typed in. Raise ValueError also for white space that is no part.

    Typed, or copied into a form, such a blank is mostly a mistake, and the site would refuse the
    password. In `.env`, quotes say what belongs to a value, and the environment is taken literally.
    """
    credential(value)
    if blank := _BLANK_AT_END.search(value):
        what = f"begins or ends with a blank or the like ({_code(blank)})"
    elif blank := _NO_BREAK_SPACE.search(value):
        what = f"has a no-break space ({_code(blank)})"
    else:
        return value
    raise SecretError(
        f"{what}, which mostly came with a copied text: type it anew. If it does belong to a "
        "password, put that between straight quotes as JD_PASS into .env"
    )


def _code(found: re.Match[str]) -> str:
    return f"U+{ord(found[0]):04X}"


def flag(value: str) -> bool:
    """Return True or False, as true, yes, on and 1, or their opposites, say."""
    known = {"true": True, "yes": True, "on": True, "1": True}
    known |= {"false": False, "no": False, "off": False, "0": False}
    try:
        return known[value.strip().lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


def auto(value: str) -> bool:
    """Return True for auto and False for off."""
    try:
        return {"auto": True, "off": False}[value.strip().lower()]
    except KeyError:
        raise ValueError("must be auto or off") from None


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return the parser of a whole number in this range, both ends included."""
    return _number(int, low, high, "a whole number")


def seconds(low: float, high: float) -> Callable[[str], float]:
    """Return the parser of a duration in seconds, both ends included."""
    return _number(float, low, high, "a number of seconds")


def _number(read: Callable[[str], _N], low: _N, high: _N, kind: str) -> Callable[[str], _N]:
    message = f"must be {kind} from {low:.9g} to {high:.9g}"

    def parse(value: str) -> _N:
        try:
            number = read(value)
        except ValueError:
            raise ValueError(message) from None
        if not low <= number <= high:
            raise ValueError(message)
        return number

    return parse


def number_or_auto(low: int, high: int) -> Callable[[str], int | str]:
    """Return the parser of a whole number in this range, or of the word auto."""
    number = whole_number(low, high)

    def parse(value: str) -> int | str:
        if value.strip().lower() == AUTO:
            return AUTO
        try:
            return number(value)
        except ValueError as error:
            raise ValueError(f"{error}, or auto") from None

    return parse


def limit(value: str) -> int | None:
    """Return the largest number of vehicles; None for all of them: empty, 0 or ALL_VEHICLES."""
    if not value:
        return None
    try:
        number = whole_number(0, 1_000_000)(value)
    except ValueError:
        raise ValueError("must be empty (all vehicles) or a whole number, 0 or more") from None
    return None if number in (0, ALL_VEHICLES) else number


def site(value: str) -> str:
    """Return the address with one slash at its end. Raise SecretError if it holds a password."""
    wrong = f"must be an address such as {REAL_SITE}"
    if "@" in value:
        raise SecretError("must not hold a user name or password")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(wrong) from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or " " in host or port == 0:
        raise ValueError(wrong)
    if "LicenseAgreement" in parts.path:
        raise ValueError(f"must be the address above the login page, such as {REAL_SITE}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def hosts(value: str) -> tuple[str, ...]:
    """Return the host names, each once and normalised for comparison."""
    try:
        hosts = [normal_host(name) for name in value.split(",") if name.strip()]
    except ValueError:
        hosts = [""]
    if not all(is_host(host) for host in hosts):
        raise ValueError(
            "must be names of hosts with commas between them, such as login.example.com"
        )
    return tuple(dict.fromkeys(hosts))


def folder(value: str) -> Path:
    """Return the path of a folder, which need not exist yet, with the home folder for a `~`."""
    if not value:
        raise ValueError("must name a folder")
    try:
        if "\0" in value:
            raise OSError("no name of a file or folder holds NUL")
        path = Path(with_own_variables(value)).expanduser()
        # Of a link that leads nowhere, too: no folder can be made in its place.
        path.lstat()
        is_other = not path.is_dir()
    except FileNotFoundError:
        # Windows says no more of a path that leads through a file.
        if any(parent.is_file() for parent in path.parents):
            problem = os.strerror(errno.ENOTDIR)
            raise ValueError(f"must name a folder that can be used ({problem})") from None
        return path
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ValueError(f"must name a folder that can be used ({why})") from None
    if is_other:
        raise ValueError("must name a folder, not a file or a broken link")
    return path


def command(value: str) -> str | tuple[str, ...]:
    """Return the words of a command; none for "none".

    They are a JSON list of texts, or one text that is read as the system does it: on Windows its
    own text stays, as each program there takes its command line apart.
    """
    text = value.strip()
    if text.lower() in ("", "none"):
        return ()
    try:
        words = json.loads(text) if text.startswith("[") else _words(text)
    except (ValueError, RecursionError):
        words = None
    texts = [words] if isinstance(words, str) else words or [""]
    if not all(isinstance(word, str) and "\0" not in word for word in texts) or not texts[0]:
        # Not shown: it may hold an address that is a secret.
        raise SecretError(
            "must be a command such as python send_mail.py, or a JSON list of its words, such as "
            '["python", "send mail.py"]'
        )
    return words if isinstance(words, str) else tuple(texts)


def _words(text: str) -> str | list[str]:
    return text if os.name == "nt" else shlex.split(text)


def state_folder(value: str) -> Path | None:
    """Return the path of a folder; None for the place that the system has for such things."""
    return folder(value) if value else None


def browser(value: str) -> Path | None:
    """Return the path of a program that exists; None if one is to be looked for."""
    if not value:
        return None
    text = with_own_variables(value)
    try:
        path = Path(text).expanduser()
        found = path.is_file()
    except (OSError, RuntimeError):
        found = False
    if not found:
        raise ValueError(
            "must be the full path of a Chromium, Chrome or Edge program that exists, "
            "or empty: then one is looked for"
        )
    return path


def proxy(value: str) -> str:
    """Return the text as it is: what it means depends on the environment, too."""
    value = value.strip()
    try:
        find_proxy(REAL_SITE, value, {})
    except ProxyError as error:
        raise SecretError(str(error).partition(" ")[2]) from None
    return value


def unencrypted(base_url: str, http_hosts: Collection[str], address: str, hosts: str) -> str:
    """Return what is wrong with an address, and the line that fixes it; empty if nothing is.

    `address` and `hosts` are such lines, with {} in place of the value.
    """
    if may_use_http(base_url, http_hosts):
        return ""
    secured = address.format(base_url.replace("http:", "https:", 1))
    named = hosts.format(",".join((*http_hosts, normal_host(urlsplit(base_url).hostname or ""))))
    return to_ascii(
        f"must begin with https, as the password would be sent where others can read it: {secured} "
        f"- or, only if that site has no https and you trust the network, add this line: {named}"
    )
