"""Commands of the project that end soon: their words are shown as they come."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.dashboard.values import child_environment
from jdp_spider.supervision import password_line
from jdp_spider.utils.loading import Record, parse_json
from jdp_spider.utils.process import console_python, new_group
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.dashboard.processes import Sitting

_LIMIT_S = 180.0
_INSTALL_LIMIT_S = 960.0
"""The proof of a login may take 900 s; cut off earlier, it would continue unseen."""
_MOST_LINES = 12
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_EVENING = "20:00"
_MORNING = "06:00"
WAKE = ("--wake",) if sys.platform == "win32" else ()
"""Options that wake the computer for a night, where the system can do that."""
_LOOK = "Look at it "
"""What the advice begins with that follows the list of the files in a file for support."""
_USAGE = "scrapy: error: "
"""What a command's refusal begins with."""


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    text: str

    @property
    def last_lines(self) -> str:
        """Return the end of it, in ASCII."""
        text = self.text.replace(_USAGE, "")
        lines = [to_ascii(line) for line in text.splitlines() if line.strip()]
        return "\n".join(lines[-_MOST_LINES:])


async def run_command(
    *arguments: str, sitting: Sitting | None = None, limit_s: float = _LIMIT_S
) -> Said:
    """Run `scrapy ARGUMENTS` to its end, for `limit_s` seconds at most."""
    user, password = sitting.account if sitting is not None else ("", "")
    try:
        process = await asyncio.create_subprocess_exec(
            console_python(), "-m", "scrapy", *arguments,
            cwd=PROJECT_FOLDER,
            env=child_environment(user, with_password=bool(password)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            **new_group(),
        )  # fmt: skip
    except OSError as error:
        return Said(1, to_ascii(str(error)))
    given = f"{password_line(password)}\n".encode("ascii") if password else b""
    try:
        output, _ = await asyncio.wait_for(process.communicate(given), limit_s)
    except asyncio.TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return Said(1, f"It was not done after {limit_s:.0f} s.")
    return Said(process.returncode or 0, output.decode("utf-8", "replace"))


class Nights(NamedTuple):
    """Whether the reports are got every night, as `scrapy nightly --status --json` says."""

    sentence: str
    is_on: bool = False
    time: str = _EVENING
    until: str = _MORNING
    is_possible: bool = True
    said: str = ""
    """What happened last night, or why the nights cannot be switched on."""
    wakes: bool = bool(WAKE)
    """Whether the computer is woken for it."""
    options: str = ""
    """Of nights that were installed by the command: new times leave them as they are."""


async def read_nightly() -> Nights:
    """Ask for the state of the nights."""
    said = await run_command("nightly", "--status", "--json")
    return parse_nightly(said)


def parse_nightly(said: Said) -> Nights:
    """Return the state of the nights from what the command has printed."""
    try:
        # Warnings may stand before it.
        found = Record(parse_json(said.text[said.text.index("{") :].encode()))
    except ValueError:
        sentence = "The nights cannot be switched on here."
        return Nights(sentence, is_possible=False, said=said.last_lines)
    is_on = found.values.get("installed") is True
    time, until = _text(found, "time"), _text(found, "until")
    hours = f"{time} until {until}" if until else time
    shown = f"Every night at {hours}." if is_on else "The nights are switched off."
    problem = _text(found, "problem")
    if is_on and problem:
        # A scheduler that has it as it should be will try again.
        trouble = "the last one did not begin" if _text(found, "next_run") else "it will not start"
        shown = f"Every night at {hours}, but {trouble}."
    return Nights(
        shown,
        is_on=is_on,
        time=time if _TIME.fullmatch(time) else _EVENING,
        until=until if _TIME.fullmatch(until) else _MORNING,
        said="\n".join(filter(None, (problem, _text(found, "sentence")))),
        options=_text(found, "options"),
    )


def _text(found: Record, name: str) -> str:
    value = found.values.get(name)
    return to_ascii(value) if isinstance(value, str) else ""


async def switch_nightly(time: str, until: str, sitting: Sitting) -> Said:
    """Switch the nights on, from HH:MM to HH:MM. Raise ValueError for no time."""
    until = until or _MORNING
    if not (_TIME.fullmatch(time) and _TIME.fullmatch(until)):
        raise ValueError("Give a time such as 20:00.")
    kept = (await read_nightly()).options.split()
    install = ("nightly", "--install", time, "--until", until, *kept, *WAKE)
    return await run_command(*install, sitting=sitting, limit_s=_INSTALL_LIMIT_S)


async def switch_nightly_off() -> Said:
    """Switch the nights off."""
    return await run_command("nightly", "--uninstall")


async def save_support(sitting: Sitting) -> Said:
    """Make the file for support beside `.env`; it has no secrets in it."""
    name = f"support-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}.zip"
    said = await run_command("support", name, sitting=sitting)
    if said.status:
        return said
    # A line for each file in it follows the path, and the page shows the last lines alone.
    lines = [line for line in said.text.splitlines() if line.startswith(_LOOK)]
    return Said(0, "\n".join([f"Written: {PROJECT_FOLDER / name}", *lines]))
