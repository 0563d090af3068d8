"""How a run ended, for whoever started it: end.json in JOBDIR, and the command in JDP_ON_END."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING, NamedTuple

from jdp_spider.config.credentials import environment_without_secrets
from jdp_spider.config.dotenv import PARENT
from jdp_spider.config.names import AT_END
from jdp_spider.job.folder import now
from jdp_spider.job.run_folders import Figures, read_figures
from jdp_spider.reasons import ExitStatus, ending
from jdp_spider.utils.files import write_json
from jdp_spider.utils.loading import Record, read_json
from jdp_spider.utils.process import kill_tree, new_group
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "end.json"
_LIMIT_S = 60.0
_LAST_BYTES = 2000
_LONGEST_LINE = 200


class Ending(NamedTuple):
    """The exit status of a run and its close reason; "" if it had none."""

    status: int
    reason: str = ""


class Files(NamedTuple):
    """Where to look after a run; None for what there is not."""

    folder: Path | None = None
    report: Path | None = None
    log: Path | None = None


def record_ending(jobdir: Path, end: Ending) -> None:
    """Write end.json, for `scrapy nightly`. Nothing depends on it, so an error is ignored."""
    with contextlib.suppress(OSError):
        write_json(jobdir / _FILE, {**end._asdict(), "at": now()})


def forget_ending(jobdir: Path) -> None:
    """Remove what an earlier run recorded. Raise OSError."""
    (jobdir / _FILE).unlink(missing_ok=True)


def read_ending(jobdir: Path) -> Ending | None:
    """Return what the last run recorded; None if it was killed before, or nothing is legible."""
    try:
        value = read_json(jobdir / _FILE)
        found = Record(value)
        return Ending(found.whole("status"), found.text("reason"))
    except ValueError:
        return None


def summary(end: Ending, figures: Figures) -> str:
    """Return in one line how a run ended and what its job has come to, in ASCII."""
    status = ExitStatus(end.status)
    how = ending(end.reason) if end.reason else f"ended: {status.summary}"
    if not figures.total:
        return to_ascii(f"The run {how}.")
    parts = [f"{figures.saved:,} of {figures.total:,} saved"]
    counted = (
        (figures.failed, "failed"),
        (figures.not_available, "not available"),
        (figures.left, "not attempted"),
    )
    parts += [f"{number:,} {word}" for number, word in counted if number]
    return to_ascii(f"The run {how}: {', '.join(parts)}.")


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
        ExitStatus(end.status).name.lower(),
        str(int(end.status)),
        end.reason,
        summary(end, figures),
        *map(str, (figures.total, figures.saved, figures.failed)),
        *map(str, (figures.not_available, figures.left)),
        *(str(path.resolve()) if path and path.exists() else "" for path in files),
        str(tries),
    )
    inherited = environment_without_secrets()
    inherited.pop(PARENT, None)
    return {**inherited, **dict(zip(AT_END, values, strict=True))}
