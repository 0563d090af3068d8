"""The account's refused login, kept between runs: no later run sends the same password again.

Kept is a hash of the password, not when `.env` was changed: keyring and environment have no such
time, and any other setting that is written into `.env` changes it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from jdp_spider.pages.errors import LoginRefused
from jdp_spider.pages.postponed import Delay, LoginPostponed
from jdp_spider.utils import cli
from jdp_spider.utils.files import in_utf8, write_atomic
from jdp_spider.utils.loading import Record, read_json
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.pages.errors import SiteError

_SALT_BYTES = 16
_LONGEST = 400
_LONGEST_S = 24 * 3600.0
"""The longest time for which the site may keep later runs from logging in."""


class RefusedLogin:
    """The record of it in the account's folder, which belongs to one user name at one address.

    A run or a check writes it while it has the account's lock.
    """

    FILE = "refused_login.json"

    def __init__(self, account_folder: Path, password: str) -> None:
        self._path = account_folder / self.FILE
        self._password = password

    def find(self) -> LoginRefused | LoginPostponed | None:
        """Return the error for a login that would be refused again; None if it may be sent.

        LoginPostponed before the time that the site has named. A record that cannot be read counts,
        too: it may be of this password.
        """
        try:
            found = read_json(self._path)
            if found is None:
                return None
            record = Record(found)
            salt, known = bytes.fromhex(record.text("salt")), bytes.fromhex(record.text("hash"))
            if not secrets.compare_digest(known, _hash(self._password, salt)):
                return None
            if record.text("until", ""):
                return _postponed(record)
            when = f"on {record.time('at').astimezone():%Y-%m-%d at %H:%M}"
            said = to_ascii(record.text("said"))
        except ValueError:
            when, said = "earlier", "The record of it is damaged"
        return LoginRefused(
            f"This login was refused {when}, and is not sent again. {said}",
            "Correct JD_USER and JD_PASS (in .env). If they are right, such as after the account "
            f"was unlocked, log in by hand once, then run the check, which tries once: "
            f"{to_ascii(cli.scrapy('doctor'))}",
        )

    def keep(self, error: SiteError) -> None:
        """Record that this password was refused, or until when the site wants no login.

        Nothing is recorded of other errors, nor where the site names no time: it has not said that
        the password is wrong. Raise OSError.
        """
        now, more = datetime.now(timezone.utc), {}
        if isinstance(error, LoginPostponed) and error.asked is not None:
            until = now + timedelta(seconds=min(error.asked, _LONGEST_S))
            more = {"until": until.isoformat(timespec="seconds"), "delay": error.delay.name}
        elif not isinstance(error, LoginRefused):
            return
        salt = secrets.token_bytes(_SALT_BYTES)
        values = {
            "at": now.isoformat(timespec="seconds"),
            "said": to_ascii(redact(str(error)))[:_LONGEST],
            "salt": salt.hex(),
            "hash": _hash(self._password, salt).hex(),
            **more,
        }
        write_atomic(self._path, in_utf8(json.dumps(values, indent=2) + "\n"), is_private=True)

    def forget(self) -> None:
        """Remove the record: the site has taken the password, or a person has entered it anew."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def _postponed(record: Record) -> LoginPostponed | None:
    """Return the error for a time that the site has named; None once it is over."""
    left = (record.time("until") - datetime.now(timezone.utc)).total_seconds()
    delay = Delay.__members__.get(record.text("delay"), Delay.TOO_MANY)
    said = to_ascii(record.text("said")).removeprefix(f"{delay.value}: ")
    return LoginPostponed(delay, said, left) if left > 0 else None


def _hash(password: str, salt: bytes) -> bytes:
    """Return what is compared. It takes 16 MiB and 50 ms, so that guessing is slow."""
    return hashlib.scrypt(in_utf8(password), salt=salt, n=2**14, r=8, p=1)
