r"""Safe file names for references, on every file system and reversible.

References are typed in by people (site fact F16): expect `/`, `\`, `:`, `..`, duplicates
and the names of Windows' devices.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Everything else, `%` and `~` above all, is written as %XX: `~` marks what this module appends.
SAFE = frozenset(string.ascii_letters + string.digits + "-_. +=,@()")
MAX_LENGTH = 120
"""Characters of a stem: with folder, `~2` and `.pdf` it stays well under Windows' 260."""
EMPTY = "%"
"""The stem of an empty reference: no encoded one is a lone `%`."""

_FILE_NAME = re.compile(rf"(?![. ])[{re.escape(''.join(sorted(SAFE)))}%~]{{1,200}}\.pdf")

_SNAPSHOT_NUMBER = re.compile(r"~(\d{1,9})\.\w+$")

_DIGITS = "0123456789"
# CONIN$ and CONOUT$ are reserved too; their `$` is never safe, so they need no place here.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul"] + [port + digit for port in ("com", "lpt") for digit in _DIGITS]
)


def file_stem(reference: str) -> str:
    """Return the file name without `.pdf`: ASCII, at most MAX_LENGTH characters, never empty.

    Each `%XX` is a byte of the reference in UTF-8. A longer stem is cut, and ends in `~` and ten
    hexadecimal digits of the reference's SHA-256; tracking.json has the original.
    """
    if not reference:
        return EMPTY
    stem = "".join(c if c in SAFE else _escape(c) for c in reference)
    if stem[-1] in ". ":
        stem = stem[:-1] + _escape(stem[-1])
    if stem[0] in ". " or is_device(stem):
        stem = _escape(stem[0]) + stem[1:]
    return stem if len(stem) <= MAX_LENGTH else _cut(stem, reference)


def allocate(references: Iterable[str]) -> list[str]:
    """Return a file name for each reference, in order, all distinct even if case is ignored.

    The second vehicle with a name gets `~2` before `.pdf`, the third `~3`. The same references in
    the same order get the same names.
    """
    seen: Counter[str] = Counter()
    names = []
    for reference in references:
        stem = file_stem(reference)
        seen[stem.lower()] += 1
        number = seen[stem.lower()]
        names.append(f"{stem}.pdf" if number == 1 else f"{stem}~{number}.pdf")
    return names


def respell(names: dict[str, str], key: str, reference: str) -> None:
    """Give the vehicle with that key the name of another spelling of its reference, if it is free.

    `names` are all names, by the keys of the vehicles.
    """
    name = f"{file_stem(reference)}.pdf"
    if key in names and name.lower() not in {each.lower() for each in names.values()}:
        names[key] = name


def is_file_name(name: str) -> bool:
    """Return True if `name` may be one of ours, and so cannot lead out of its folder."""
    return bool(_FILE_NAME.fullmatch(name)) and not is_device(name)


def snapshot_number(name: str) -> int:
    """Return the number of the snapshot with that file name; 0 if it has none."""
    found = _SNAPSHOT_NUMBER.search(name)
    return int(found[1]) if found else 0


def unverified(name: str) -> str:
    """Return the file name for a bookout that nothing proves to be the vehicle's."""
    return f"{name.removesuffix('.pdf')}~unverified.pdf"


def _escape(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def is_device(stem: str) -> bool:
    """Return True if Windows sees a device in the part before the first dot, less spaces."""
    return stem.partition(".")[0].rstrip(" ").lower() in _DEVICES


def _cut(stem: str, reference: str) -> str:
    digest = hashlib.sha256(reference.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    head = stem[: MAX_LENGTH - len(digest) - 1]
    # No half of an escape, so that the head stays readable.
    return re.sub(r"%[0-9A-F]?$", "", head) + "~" + digest
