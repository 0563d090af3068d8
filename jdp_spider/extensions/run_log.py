"""The extension for a job's log file, run_data/run.log: every record in full."""

from __future__ import annotations

import contextlib
import logging
import math
import sys
import time
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.utils.log import get_scrapy_root_handler

from jdp_spider.extensions.base import CrawlExtension
from jdp_spider.utils.files import is_away, is_there
from jdp_spider.utils.redaction import Redact
from jdp_spider.utils.terminal import ConsoleFormatter, takes_escapes
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_MAX_BYTES = 4_000_000
_OLD_FILES = 4
"""run.log.1 to run.log.4: 20 MB in all."""

_FORMAT = "%(asctime)s %(levelname)s [%(name)s] %(message)s"
_DATE_FORMAT = "%Y-%m-%d %H:%M:%S%z"

_EARLY = 2_000
"""Records that are kept while the job's folder is not known."""


_PAUSE_S = 5.0
"""After a try to write into a folder that cannot be reached."""


class RunLogHandler(logging.Handler):
    """Keeps the records until the job's folder is known, and writes them there from then on."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(Redact())
        self._early: deque[logging.LogRecord] = deque(maxlen=_EARLY)
        self._file: _LogFile | None = None

    @property
    def is_open(self) -> bool:
        """Return True once the file is known."""
        return self._file is not None

    def open(self, path: Path) -> None:
        """Write into the file at `path` from now on, starting with the records kept so far."""
        with self.lock or contextlib.nullcontext():
            self._file = _LogFile(path)
            while self._early:
                record = self._early.popleft()
                # Once more: the secrets were not known when it was logged.
                self.filter(record)
                self._file.handle(record)

    def emit(self, record: logging.LogRecord) -> None:
        if self._file is None:
            self._early.append(record)
        else:
            self._file.handle(record)


class _LogFile(RotatingFileHandler):
    """Holds the file open only while it writes: on Windows an open file holds its folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=_MAX_BYTES,
            backupCount=_OLD_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        self.setFormatter(logging.Formatter(_FORMAT, _DATE_FORMAT))
        self._told = False
        self._unwritten: deque[logging.LogRecord] = deque(maxlen=_EARLY)
        """Records from the time since the folder has been away."""
        self._next_try = -math.inf
        self._is_away = False

    def emit(self, record: logging.LogRecord) -> None:
        self._unwritten.append(record)
        if time.monotonic() < self._next_try:
            return
        while self._unwritten:
            each, self._is_away = self._unwritten.popleft(), False
            super().emit(each)
            self._close_stream()
            if self._is_away:
                self._unwritten.appendleft(each)
                # A share that is gone may take half a minute to say so.
                self._next_try = time.monotonic() + _PAUSE_S
                return

    def _close_stream(self) -> None:
        stream, self.stream = self.stream, None
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()

    def doRollover(self) -> None:  # noqa: N802 - its name in the standard library
        """Begin a new file, or continue in this one while another program holds it."""
        with contextlib.suppress(OSError):
            super().doRollover()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Report once, on the console, that the file cannot be written; the run continues."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif is_away(error) or not is_there(Path(self.baseFilename).parent):
            self._is_away = True
        elif not self._told:
            self._told = True
            text = to_ascii(error.strerror or str(error))
            logger.warning("run.log cannot be written (%s): the run continues without it", text)


def _installed() -> RunLogHandler | None:
    handlers = logging.getLogger().handlers
    return next((handler for handler in handlers if isinstance(handler, RunLogHandler)), None)


def install() -> RunLogHandler:
    """Return the handler of the run that begins, installed once on the root logger."""
    current = _installed()
    if current is None or current.is_open:
        if current is not None:
            logging.getLogger().removeHandler(current)
        current = RunLogHandler()
        logging.getLogger().addHandler(current)
    return current


def decorate_console() -> None:
    """Have Scrapy's handler show colours and links, if it writes to a terminal."""
    console = get_scrapy_root_handler()
    if type(console) is logging.StreamHandler and takes_escapes(sys.stderr):
        formatter = console.formatter or logging.Formatter()
        console.setFormatter(ConsoleFormatter(formatter, sys.stderr))


class RunLog(CrawlExtension):
    """Writes everything that is logged into the run's folder, as soon as that is known."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._log = install()

    def spider_opened(self) -> None:
        # Not before: Scrapy replaces its handler once the extensions are made.
        decorate_console()
        job = self.run.job
        if job.is_open:
            self._log.open(job.paths.log)


class ConsoleFilter(logging.Filter):
    """For a logger: what is not `wanted` on the console goes into the run's log alone."""

    def __init__(self, wanted: Callable[[logging.LogRecord], bool]) -> None:
        super().__init__()
        self._wanted = wanted

    def filter(self, record: logging.LogRecord) -> bool:
        if self._wanted(record):
            return True
        log = _installed()
        if log is not None:
            log.handle(record)
        return False
