"""launchd, of macOS: an agent of the user."""

from __future__ import annotations

import os
import plistlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

from jdp_spider.nightly.schedulers.base import Installed, Scheduler, SchedulerError
from jdp_spider.utils.files import make_folder, write_atomic
from jdp_spider.utils.loading import read_bytes
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.nightly.schedulers.base import Plan

_PROTECTED = ("Desktop", "Documents", "Downloads", "Library/Mobile Documents")
"""Below the home folder; the last is iCloud's."""
_KEPT = ("HOME", "USER", "LOGNAME", "SHELL", "TMPDIR")


class Launchd(Scheduler):
    """Writes the agent's plist and loads it."""

    key = "launchd"
    title = "macOS' launchd"
    caveat = (
        "It starts while you are logged in. If the Mac sleeps at that time, the night begins when "
        "it wakes; if it is off, this night is left out."
    )

    def problem(self) -> str:
        return "" if sys.platform == "darwin" else "this is not macOS"

    def problem_of(self, plan: Plan) -> str:
        if place := _protected_place(plan.folder):
            return (
                f"macOS would not start the nights, without a word, because the program is in "
                f"{place}: move its folder to another place, for example to your home folder, "
                "and start it from there (docs/macos.md)"
            )
        if plan.downloads is not None and (place := _protected_place(plan.downloads)):
            return (
                f"macOS would not let the nights save anything in {place}: choose another folder "
                "for the reports (DOWNLOAD_FOLDER), for example one in your home folder "
                "(docs/macos.md)"
            )
        return ""

    def shown(self, plan: Plan) -> str:
        # Whoever copies it from a console gets the same letters.
        text = plist(plan).decode("utf-8").expandtabs(2)
        return str(text.encode("ascii", "xmlcharrefreplace"), "ascii")

    def install(self, plan: Plan) -> str:
        if problem := self.problem_of(plan):
            raise SchedulerError(problem)
        path = _path(plan.name)
        make_folder(path.parent)
        make_folder(plan.output.parent)
        self._call(["launchctl", "bootout", _target(plan.name)])
        write_atomic(path, plist(plan))
        self._must(["launchctl", "bootstrap", _domain(), str(path)])
        return ""

    def uninstall(self, name: str) -> None:
        self._call(["launchctl", "bootout", _target(name)])
        _path(name).unlink(missing_ok=True)

    def installed(self, name: str) -> Installed | None:
        try:
            data = read_bytes(_path(name))
            if data is None:
                return None
            start = plistlib.loads(data)["StartCalendarInterval"]
            at = f"{start['Hour']:02}:{start['Minute']:02}"
        except (ValueError, KeyError, TypeError, ExpatError):
            at = "?"
        loaded = self._call(["launchctl", "print", _target(name)])
        return Installed(at, "launchd has not loaded it" if loaded.status else "")

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", **kept}


def plist(plan: Plan) -> bytes:
    """Return the agent's property list."""
    output = str(plan.output)
    return plistlib.dumps({
        "Label": plan.name,
        "ProgramArguments": plan.words,
        "WorkingDirectory": str(plan.folder),
        "StartCalendarInterval": {"Hour": plan.at.hour, "Minute": plan.at.minute},
        "StandardOutPath": output,
        "StandardErrorPath": output,
    })  # fmt: skip


def _protected_place(path: Path) -> str:
    """Return the place, in ASCII, that launchd may not read and that contains `path`; or "".

    A program of a window asks once whether it may; one of launchd is refused.
    """
    home = Path.home()
    places = (*(home / name for name in _PROTECTED), Path("/Volumes"))
    # By its real place, as macOS does: a link may lead into it, or out of it. Case is ignored.
    parts = _real_parts(path)
    for place in places:
        of_place = _real_parts(place)
        if parts[: len(of_place)] == of_place:
            return to_ascii(str(place))
    return ""


def _real_parts(path: Path) -> tuple[str, ...]:
    return tuple(part.casefold() for part in Path(os.path.realpath(path)).parts)


def _path(name: str) -> Path:
    return Path.home() / "Library" / "LaunchAgents" / f"{name}.plist"


def _domain() -> str:
    return f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui"


def _target(name: str) -> str:
    return f"{_domain()}/{name}"
