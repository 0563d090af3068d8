"""Proves that a login works in the way in which a scheduler would start it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.group.accounts import ACCOUNTS_FILE
from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jdp_spider.group.runner import Stop

_COMMAND = (sys.executable, "-m", "scrapy", "doctor", "--no-report")
LIMIT_S = 900.0
_LOOK_S = 0.5
_WHY = {
    ExitStatus.USAGE: (
        "User name, password and settings have to be in .env, or in a keyring that needs nobody to "
        "unlock it: a window's own variables do not reach a scheduler."
    ),
    ExitStatus.IN_USE: "Wait for the other run, or log out there, then give this command again.",
}


_OF_A_GROUP = (
    f" This is about the account of .env or the keyring alone. The accounts of {ACCOUNTS_FILE} are "
    "not started at night by this: docs/group.md says how they are."
)


def prove_login(environment: Mapping[str, str], stop: Stop) -> int:
    """Run `scrapy doctor` without a terminal in this environment. Return its exit status.

    Its lines appear as they come. Raise OSError if it cannot be started.
    """
    process = subprocess.Popen(
        _COMMAND,
        cwd=PROJECT_FOLDER,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        # On Windows a new group would have another console, and its lines would not appear here.
        start_new_session=sys.platform != "win32",
    )
    waited, asked = 0.0, 0
    while True:
        try:
            return process.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            waited += _LOOK_S
        if waited > LIMIT_S:
            process.kill()
        elif stop.asked > asked and sys.platform != "win32":
            # It logs out first. On Windows a Ctrl-C has reached it as well.
            asked = stop.asked
            process.terminate()


def why_refused(status: int) -> str:
    """Return what to do if the proof failed."""
    known = ExitStatus(status) if status in set(ExitStatus) else ExitStatus.UNEXPECTED
    why = _WHY.get(known, "Do what the first FAIL above says, then give this command again.")
    has_group = (PROJECT_FOLDER / ACCOUNTS_FILE).is_file()
    return f"{why}{_OF_A_GROUP}" if has_group else why
