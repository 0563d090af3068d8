"""The account's refused login, kept between runs: no later run sends the same password again.

Kept is a hash of the password, not when `.env` was changed: keyring and environment have no such
time, and any other setting that is written into `.env` changes it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from jdp_spider.pages.errors import LoginRefused
from jdp_spider.utils import cli
from jdp_spider.utils.files import in_utf8, write_atomic
from jdp_spider.utils.loading import Record, read_json
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

_SALT_BYTES = 16
_LONGEST = 400


class RefusedLogin:
    """The record of it in the account's folder, which belongs to one user name at one address.

    A run or a check writes it while it has the account's lock.
    """

    FILE = "refused_login.json"

    def __init__(self, account_folder: Path, password: str) -> None:
        self._path = account_folder / self.FILE
        self._password = password

    def find(self) -> LoginRefused | None:
        """Return the error for a login that would be refused again; None if it may be sent.

        A record that cannot be read counts, too: it may be of this password.
        """
        try:
            found = read_json(self._path)
            if found is None:
                return None
            record = Record(found)
            salt, known = bytes.fromhex(record.text("salt")), bytes.fromhex(record.text("hash"))
            if not secrets.compare_digest(known, _hash(self._password, salt)):
                return None
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

    def keep(self, refused: LoginRefused) -> None:
        """Record the refusal of this password. Raise OSError."""
        salt = secrets.token_bytes(_SALT_BYTES)
        values = {
            "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "said": to_ascii(redact(str(refused)))[:_LONGEST],
            "salt": salt.hex(),
            "hash": _hash(self._password, salt).hex(),
        }
        write_atomic(self._path, in_utf8(json.dumps(values, indent=2) + "\n"), is_private=True)

    def forget(self) -> None:
        """Remove the record: the site has taken the password, or a person has entered it anew."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def _hash(password: str, salt: bytes) -> bytes:
    """Return what is compared. It takes 16 MiB and 50 ms, so that guessing is slow."""
    return hashlib.scrypt(in_utf8(password), salt=salt, n=2**14, r=8, p=1)
