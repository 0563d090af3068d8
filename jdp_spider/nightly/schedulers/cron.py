"""cron: one line in the user's crontab."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.nightly.schedulers.base import NOT_FOUND, Installed, Scheduler, SchedulerError
from jdp_spider.utils.files import make_folder

if TYPE_CHECKING:
    from jdp_spider.nightly.schedulers.base import Plan

_DAEMONS = {"cron", "crond", "cronie", "fcron", "dcron", "busybox"}
_KEPT = ("HOME", "USER", "LOGNAME")
"""Variables that cron sets as they are at a login; the others do not reach its commands."""


class Cron(Scheduler):
    """Edits the crontab. Lines of others stay as they are, byte for byte."""

    key = "cron"
    title = "cron"
    caveat = "If the computer is off at that time, this night is left out."

    def problem(self) -> str:
        said = self._call(["crontab", "-l"])
        if said.status and not _is_empty(said.trouble):
            return said.why
        return ""

    def shown(self, plan: Plan) -> str:
        return f"{line(plan)}\n"

    def install(self, plan: Plan) -> str:
        make_folder(plan.output.parent)
        self._write([*self._others(plan.name), line(plan)])
        if self.installed(plan.name) is None:
            raise SchedulerError("crontab took the line, and does not have it")
        return "" if _is_running() else "cron itself does not seem to run: start it."

    def uninstall(self, name: str) -> None:
        others = self._others(name)
        if others:
            self._write(others)
        else:
            self._must(["crontab", "-r"])

    def installed(self, name: str) -> Installed | None:
        for each in self._lines():
            found = re.match(r"(\d+) (\d+) \* \* \* ", each)
            if found and _is_of(each, name):
                minute, hour = map(int, found.groups())
                problem = "" if _is_running() else "cron does not seem to run"
                return Installed(f"{hour:02}:{minute:02}", problem)
        return None

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", **kept}

    def _others(self, name: str) -> list[str]:
        return [each for each in self._lines() if not _is_of(each, name)]

    def _lines(self) -> list[str]:
        said = self._call(["crontab", "-l"])
        if said.status == NOT_FOUND:
            return []
        if said.status and not _is_empty(said.trouble):
            # What is there would be lost.
            raise SchedulerError(f"crontab: {said.why}")
        # Not splitlines: it splits at characters that a path may contain.
        return [] if said.status else said.text.removesuffix("\n").split("\n")

    def _write(self, lines: list[str]) -> None:
        self._must(["crontab", "-"], "\n".join([*lines, ""]))


def line(plan: Plan) -> str:
    """Return the line of the crontab. Raise SchedulerError if a path cannot be in one."""
    output = shlex.quote(str(plan.output))
    command = f"cd {shlex.quote(str(plan.folder))} && {shlex.join(plan.words)} > {output} 2>&1"
    if "\n" in command or "\r" in command:
        raise SchedulerError("a line of cron cannot contain a line break, which is in a path here")
    # To cron a % ends the command, also within quotes.
    escaped = command.replace("%", r"\%")
    return f"{plan.at.minute} {plan.at.hour} * * * {escaped} # {plan.name}"


def _is_of(line: str, name: str) -> bool:
    return line.rstrip().endswith(f"# {name}") and not line.lstrip().startswith("#")


def _is_empty(trouble: str) -> bool:
    return "no crontab for" in trouble


def _is_running() -> bool:
    """Return True if a process of this name runs, or if that cannot be found out."""
    try:
        processes = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
    except OSError:
        return True
    return any(_name(path) in _DAEMONS for path in processes)


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        # It has ended.
        return ""
