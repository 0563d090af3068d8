"""Windows' Task Scheduler: a task of the user, described by XML."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from jdp_spider.config import credentials
from jdp_spider.config.options import OPTIONS, SECRETS
from jdp_spider.nightly.schedulers.base import Installed, Scheduler

if TYPE_CHECKING:
    from jdp_spider.nightly.schedulers.base import Plan

_HEAD = '<?xml version="1.0" encoding="UTF-16"?>'
_DESCRIPTION = "Bookout reports of the inventory. `scrapy nightly --uninstall` removes this task."
_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"


class Windows(Scheduler):
    """Creates the task with schtasks.

    It runs while its user is logged on, the screen locked or not. To run it otherwise, Windows
    wants the user's password, or runs it without access to the Credential Manager.
    """

    key = "windows"
    title = "Windows' Task Scheduler"
    caveat = (
        "It starts while you are logged on, also with a locked screen. If the computer is off at "
        "that time, the night begins when you are logged on again."
    )

    def problem(self) -> str:
        return "" if sys.platform == "win32" else "this is not Windows"

    def shown(self, plan: Plan) -> str:
        return f"{xml(plan)}\n"

    def install(self, plan: Plan) -> str:
        with tempfile.TemporaryDirectory(prefix="jdp_spider-") as folder:
            path = Path(folder, "task.xml")
            # schtasks takes UTF-16 alone for names that are not ASCII.
            path.write_bytes(
                f'<?xml version="1.0" encoding="UTF-16"?>\n{xml(plan)}'.encode("utf-16")
            )
            self._must(["schtasks", "/Create", "/TN", plan.name, "/XML", str(path), "/F"])
        return ""

    def uninstall(self, name: str) -> None:
        self._must(["schtasks", "/Delete", "/TN", name, "/F"])

    def installed(self, name: str) -> Installed | None:
        said = self._call(["schtasks", "/Query", "/TN", name, "/XML"])
        if said.status:
            return None
        # Its encoding is the console's: ASCII is what counts.
        text = said.text.replace("\0", "")
        found = re.search(r"<StartBoundary>[\d-]+T(\d\d:\d\d)", text)
        settings = re.search(r"<Settings>.*</Settings>", text, re.DOTALL)
        is_off = settings is not None and "<Enabled>false</Enabled>" in settings[0]
        return Installed(found[1] if found else "?", "the task is disabled" if is_off else "")

    def environment(self) -> dict[str, str]:
        # What was set in this window alone does not reach the task.
        kept = _of_registry()
        secrets = {name: credentials.given(name) for name in SECRETS}
        here = {**os.environ, **{name: value for name, value in secrets.items() if value}}
        return {name: value for name, value in here.items() if name not in OPTIONS or name in kept}


def xml(plan: Plan) -> str:
    """Return the description of the task."""
    program, *arguments = plan.words
    task = ElementTree.Element("Task", {"version": "1.2", "xmlns": _NAMESPACE})
    _add(task, {
        "RegistrationInfo": {"Description": _DESCRIPTION},
        "Triggers": {"CalendarTrigger": {
            "StartBoundary": f"2026-01-01T{plan.at:%H:%M}:00",
            "Enabled": "true",
            "ScheduleByDay": {"DaysInterval": "1"},
        }},
        "Principals": {"Principal": {
            "UserId": _user(), "LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege",
        }},
        "Settings": {
            "MultipleInstancesPolicy": "IgnoreNew",
            "DisallowStartIfOnBatteries": "false",
            "StopIfGoingOnBatteries": "false",
            "StartWhenAvailable": "true",
            "Enabled": "true",
            "WakeToRun": str(plan.wake).lower(),
            # No limit: to be killed by one is no way to end.
            "ExecutionTimeLimit": "PT0S",
        },
        "Actions": {"Exec": {
            "Command": _windowless(program),
            "Arguments": subprocess.list2cmdline(arguments),
            "WorkingDirectory": str(plan.folder),
        }},
    })  # fmt: skip
    ElementTree.indent(task)
    # In ASCII, with references for other letters: the file and the console show the same.
    return str(ElementTree.tostring(task, "us-ascii", xml_declaration=False), "ascii")


def _add(parent: ElementTree.Element, values: dict[str, object]) -> None:
    for name, value in values.items():
        child = ElementTree.SubElement(parent, name)
        if isinstance(value, dict):
            _add(child, value)
        else:
            child.text = str(value)


def _user() -> str:
    names = (os.environ.get("USERDOMAIN", ""), os.environ.get("USERNAME", ""))
    return "\\".join(filter(None, names))


def _windowless(python: str) -> str:
    """Return the Python that opens no window, if it is there."""
    path = PureWindowsPath(python)
    other = str(path.with_name("pythonw.exe"))
    return other if path.name.lower() == "python.exe" and Path(other).is_file() else python


def _of_registry() -> set[str]:
    """Return the names that the user or the system has set for all programs."""
    found: set[str] = set()
    if sys.platform == "win32":
        import winreg

        system = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
        for root, name in (
            (winreg.HKEY_CURRENT_USER, "Environment"),
            (winreg.HKEY_LOCAL_MACHINE, system),
        ):
            with winreg.OpenKey(root, name) as key:
                number = winreg.QueryInfoKey(key)[1]
                found |= {winreg.EnumValue(key, each)[0].upper() for each in range(number)}
    return found
