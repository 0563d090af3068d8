"""systemd: a timer and a service of the user."""

from __future__ import annotations

import getpass
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.nightly.schedulers.base import Installed, Scheduler, SchedulerError
from jdp_spider.utils.files import in_utf8, make_folder, write_atomic
from jdp_spider.utils.loading import LoadError, read_any_text

if TYPE_CHECKING:
    from jdp_spider.nightly.schedulers.base import Plan

_USER = ("systemctl", "--user")


class Systemd(Scheduler):
    """Writes two units and enables the timer."""

    key = "systemd"
    title = "systemd's user timers"
    caveat = "If the computer is off at that time, the night begins when it is on again."

    def problem(self) -> str:
        said = self._call([*_USER, "show-environment"])
        return f"systemctl: {said.why}" if said.status else ""

    def shown(self, plan: Plan) -> str:
        return "\n".join(f"# {path}\n{text}" for path, text in units(plan).items())

    def install(self, plan: Plan) -> str:
        for path, text in units(plan).items():
            make_folder(path.parent)
            write_atomic(path, in_utf8(text))
        self._must([*_USER, "daemon-reload"])
        self._must([*_USER, "enable", f"{plan.name}.timer"])
        # Of one that runs already, a new time is taken over by a restart alone.
        self._must([*_USER, "restart", f"{plan.name}.timer"])
        user = getpass.getuser()
        linger = self._call(["loginctl", "show-user", user, "--property=Linger"]).text.strip()
        if linger == "Linger=yes":
            return ""
        return (
            "It starts while you are logged in only. For nights when nobody is: "
            f"loginctl enable-linger {user}"
        )

    def uninstall(self, name: str) -> None:
        self._call([*_USER, "disable", "--now", f"{name}.timer"])
        for path in _paths(name):
            path.unlink(missing_ok=True)
        self._call([*_USER, "daemon-reload"])

    def installed(self, name: str) -> Installed | None:
        try:
            text = read_any_text(_paths(name)[1])
        except LoadError as error:
            raise SchedulerError(str(error)) from None
        if text is None:
            return None
        found = re.search(r"^OnCalendar=\*-\*-\* (\d\d:\d\d):00$", text, re.MULTILINE)
        state = self._call([*_USER, "is-active", f"{name}.timer"])
        problem = "" if state.status == 0 else f"its timer is {state.text.strip() or 'not active'}"
        return Installed(found[1] if found else "?", problem)

    def environment(self) -> dict[str, str]:
        text = self._must([*_USER, "show-environment"]).text
        pairs = (line.partition("=") for line in text.splitlines())
        return {name: _value(value) for name, equals, value in pairs if equals}


def units(plan: Plan) -> dict[Path, str]:
    """Return the texts of service and timer by their paths."""
    service, timer = _paths(plan.name)
    folder = str(plan.folder).replace("%", "%%")
    return {
        service: f"""[Unit]
Description=Bookout reports of the inventory, {folder}

[Service]
Type=oneshot
WorkingDirectory={folder}
ExecStart={" ".join(map(_quoted, plan.words))}
# The night passes it on to its crawl, which finishes what is in flight and logs out.
KillMode=mixed
TimeoutStopSec=5min
""",
        timer: f"""[Unit]
Description=Bookout reports of the inventory, every night, {folder}

[Timer]
OnCalendar=*-*-* {plan.at:%H:%M}:00
Persistent=true

[Install]
WantedBy=timers.target
""",
    }


def _paths(name: str) -> tuple[Path, Path]:
    """Return the paths of service and timer."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    home = Path(config) if config else Path.home() / ".config"
    folder = home / "systemd" / "user"
    return folder / f"{name}.service", folder / f"{name}.timer"


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if re.search(r"[\s\"';\\]", word) or not word else escaped


def _value(text: str) -> str:
    """Return a value as systemctl prints it: in the quotes of a shell where it needs them."""
    if not (text.startswith("$'") and text.endswith("'")):
        return text
    inner = text[2:-1]
    return inner.encode("latin-1", "backslashreplace").decode("unicode_escape")
