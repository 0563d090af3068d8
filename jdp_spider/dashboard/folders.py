"""The folders from which the one for the reports is chosen: names only, from a list made here."""

from __future__ import annotations

import os
import secrets
import string
import sys
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from jdp_spider.utils.files import is_there

_MOST_KEPT = 5_000
_MOST_SHOWN = 500
_MOUNTS = (Path("/Volumes"), Path("/media"), Path("/mnt"))


class Listing(NamedTuple):
    """A folder and the folders in it; each has an identifier that means nothing elsewhere."""

    here: str
    """Its path; empty for the list of places to begin at."""
    here_id: str
    up_id: str
    folders: list[tuple[str, str]]


class Folders:
    """Hands out identifiers of folders: a path of the page's own making has none."""

    def __init__(self) -> None:
        self._paths: OrderedDict[str, Path] = OrderedDict()

    def list(self, identifier: str = "") -> Listing | None:
        """Return what is in a folder, or where to begin; None for an unknown identifier.

        Raise OSError if it cannot be read.
        """
        if not identifier:
            return Listing("", "", "", [(name, self._id(path)) for name, path in _places()])
        path = self.path(identifier)
        if path is None:
            return None
        names = sorted(_folders_in(path), key=str.casefold)[:_MOST_SHOWN]
        up = self._id(path.parent) if path.parent != path else ""
        inside = [(name, self._id(path / name)) for name in names]
        return Listing(str(path), identifier, up, inside)

    def path(self, identifier: str) -> Path | None:
        """Return the folder of an identifier; None for an unknown one."""
        return self._paths.get(identifier)

    def _id(self, path: Path) -> str:
        identifier = secrets.token_urlsafe(12)
        self._paths[identifier] = path
        while len(self._paths) > _MOST_KEPT:
            self._paths.popitem(last=False)
        return identifier


def _places() -> list[tuple[str, Path]]:
    """Return the user's own folder, the drives and what is mounted."""
    home = Path.home()
    found = [("Your own folder", home)]
    if sys.platform == "win32":
        drives = (Path(f"{letter}:\\") for letter in string.ascii_uppercase)
        return found + [(str(drive), drive) for drive in drives if is_there(drive)]
    for mount in _MOUNTS:
        try:
            found += [(f"{mount.name}: {name}", mount / name) for name in _folders_in(mount)]
        except OSError:
            continue
    return [*found, ("The whole computer", Path("/"))]


def _folders_in(path: Path) -> list[str]:
    """Return the names of the folders that can be seen in a folder."""
    with os.scandir(path) as entries:
        return [entry.name for entry in entries if _is_shown(entry)]


def _is_shown(entry: os.DirEntry[str]) -> bool:
    try:
        return not entry.name.startswith((".", "$")) and entry.is_dir()
    except OSError:
        return False
