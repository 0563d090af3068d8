"""What happens after a run: its end in one line, and the user's command in JDP_ON_END."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING, NamedTuple

from jdp_spider.config.credentials import environment_without_secrets
from jdp_spider.config.dotenv import PARENT
from jdp_spider.config.names import AT_END
from jdp_spider.job.ending import what_was_found
from jdp_spider.job.run_folders import Figures, read_figures
from jdp_spider.reasons import ending
from jdp_spider.utils.process import kill_tree, new_group
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.job.ending import Ending

_LIMIT_S = 60.0
_LAST_BYTES = 2000
_LONGEST_LINE = 200


class Files(NamedTuple):
    """Where to look after a run; None for what there is not."""

    folder: Path | None = None
    report: Path | None = None
    log: Path | None = None


def summary(end: Ending, figures: Figures) -> str:
    """Return in one line how a run ended and what its job has come to, in ASCII."""
    how = ending(end.reason) if end.reason else f"ended: {end.status.summary}"
    found = what_was_found(end.reason, end.said)
    found = f" {found}" if found else ""
    if not figures.total:
        return to_ascii(f"The run {how}.{found}")
    parts = [f"{figures.saved:,} of {figures.total:,} saved"]
    counted = (
        (figures.failed, "failed"),
        (figures.not_available, "not available"),
        (figures.left, "not attempted"),
    )
    parts += [f"{number:,} {word}" for number, word in counted if number]
    return to_ascii(f"The run {how}: {', '.join(parts)}.{found}")


def run_on_end(command: str | tuple[str, ...], end: Ending, files: Files, tries: int = 1) -> str:
    """Run the command of JDP_ON_END. Return why it failed, in ASCII and without secrets, or "".

    It has a minute, then it is killed with all that it started. What it prints is kept for the
    reason of its failure alone.
    """
    if not command:
        return ""
    with tempfile.TemporaryFile() as output:
        try:
            problem = _run(command, _environment(end, files, tries), output)
        except (OSError, ValueError) as error:
            # ValueError: a name in the environment that the system does not take.
            return to_ascii(redact(str(getattr(error, "strerror", None) or error)))
        said = _last_line(output)
    return f"{problem}: {said}" if problem and said else problem


def _run(command: str | tuple[str, ...], environment: dict[str, str], output: IO[bytes]) -> str:
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        # No pipe: what it leaves running would keep that open.
        stdout=output,
        stderr=subprocess.STDOUT,
        # Ctrl-C on the terminal is not for it.
        **new_group(),
    )
    try:
        status = process.wait(_LIMIT_S)
    except subprocess.TimeoutExpired:
        kill_tree(process)
        return f"it was killed after {_LIMIT_S:.0f} s"
    return f"exit status {status}" if status else ""


def _last_line(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(size - _LAST_BYTES, 0))
    lines = output.read(_LAST_BYTES).decode("utf-8", "replace").strip().splitlines()
    return to_ascii(redact(lines[-1]))[-_LONGEST_LINE:] if lines else ""


def _environment(end: Ending, files: Files, tries: int) -> dict[str, str]:
    """Return the environment of the command: that of this process without secrets, and AT_END."""
    figures = read_figures(files.folder) if files.folder else Figures()
    values = (
        end.status.name.lower(),
        str(int(end.status)),
        str(end.reason or ""),
        summary(end, figures),
        *map(str, (figures.total, figures.saved, figures.failed)),
        *map(str, (figures.not_available, figures.left)),
        *(str(path.resolve()) if path and path.exists() else "" for path in files),
        str(tries),
    )
    inherited = environment_without_secrets()
    inherited.pop(PARENT, None)
    return {**inherited, **dict(zip(AT_END, values, strict=True))}
