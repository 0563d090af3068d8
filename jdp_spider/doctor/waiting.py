"""Shows what the doctor looks for, and for how long at most, while it waits."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import time
from typing import TYPE_CHECKING

from jdp_spider.utils.terminal import decorate
from jdp_spider.utils.text import duration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jdp_spider.doctor.context import DoctorContext

_INTERVAL_S = 1.0


@contextlib.asynccontextmanager
async def waiting(doctor: DoctorContext, name: str, looks_for: str) -> AsyncIterator[None]:
    """Show the line meanwhile, and take it away."""
    showing = asyncio.ensure_future(_show(doctor, name, looks_for))
    try:
        yield
    finally:
        showing.cancel()
        doctor.show("")


async def _show(doctor: DoctorContext, name: str, looks_for: str) -> None:
    started = time.monotonic()
    while True:
        seconds = time.monotonic() - started
        what = f"{looks_for} ({doctor.looks_for})" if doctor.looks_for else looks_for
        # The limit may be another one once the settings are known.
        times = f": {seconds:.0f} s, at most {duration(doctor.limit)}"
        text = f"...   {name:<13}{what}"
        # What is cut off in a narrow window must not be the time.
        doctor.show(text[: max(_room() - len(times), 0)] + times)
        await asyncio.sleep(_INTERVAL_S)


def _room() -> int:
    """Return how long a line can be that the terminal does not wrap."""
    return shutil.get_terminal_size().columns - 1


class Screen:
    """Prints the doctor's lines; on a terminal, below them the one that says what it waits for."""

    def __init__(self) -> None:
        self._shown = ""

    def say(self, text: str) -> None:
        """Print lines that stay."""
        self.show("")
        print(decorate(text, sys.stdout), flush=True)

    def show(self, text: str) -> None:
        """Show the line in the place of the one before; do nothing without a terminal."""
        if not sys.stdout.isatty():
            return
        text = text[: _room()]
        sys.stdout.write(f"\r{text:<{len(self._shown)}}\r")
        sys.stdout.flush()
        self._shown = text
