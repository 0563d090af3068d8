"""Has PDFs read by a process of its own, which is ended and replaced when one keeps it busy.

The other side is `pdf/reader_process.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import queue
import subprocess
import sys
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple

from jdp_spider.pdf.errors import REASONS, BookoutRejected
from jdp_spider.pdf.reader_process import MOST_ANSWER, read_frame, write_frame
from jdp_spider.pdf.verification import VerifiedPdf
from jdp_spider.utils.descriptors import is_out_of_descriptors
from jdp_spider.utils.files import PACKAGE_PARENT
from jdp_spider.utils.loading import LARGEST_PDF, read_bytes
from jdp_spider.utils.memory import ALLOCATOR
from jdp_spider.utils.process import new_group
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from jdp_spider.inventory import Vehicle

logger = logging.getLogger(__name__)

READ_S = 10.0
"""Seconds that reading one PDF may take. A usual report takes 0.03; the others wait meanwhile."""
MOST_PDF = 64 * 1024 * 1024
"""Bytes of a PDF that is read at all. A usual report has less than half a megabyte."""

_START_S = 60.0
"""Seconds until the process must have loaded everything: a virus scanner may look at it first."""
_END_S = 5.0
_TRIES = 2
"""How often a PDF is read when the process breaks off: somebody may have ended it."""

_INHERITED = (
    # Where Python's own libraries and pypdf may be installed, and folders. No secret among them.
    *("PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "__PYVENV_LAUNCHER__"),
    *("HOME", "USERPROFILE", "APPDATA", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "TMPDIR"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
)
_Known = tuple[tuple[str, str], ...]
"""Reference and VIN of each vehicle of the inventory, "" for a VIN that is unknown."""
_COMMAND = (sys.executable, "-m", "jdp_spider.pdf.reader_process")


class ReportReader:
    """Checks PDFs in another process, one at a time, in the order in which they are handed in.

    Works from any thread and any loop. The first PDF starts the process, and so does the first
    one after it has ended, for whatever reason.
    """

    def __init__(self, command: Sequence[str] = _COMMAND, read_s: float = READ_S) -> None:
        self._command = command
        self._read_s = read_s
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._known: _Known = ()

    def compare_with(self, vehicles: Iterable[Vehicle]) -> None:
        """Compare PDFs with these vehicles, the whole inventory, from the next one on.

        Without any, the reference decides as well.
        """
        self._known = tuple((each.reference, each.vin) for each in vehicles)

    async def check(self, pdf: bytes, reference: str, vin: str) -> VerifiedPdf:
        """Do what `verify_bookout` does. Raise BookoutRejected, also when it cannot be read."""
        return await asyncio.wrap_future(self._submit(_Request(pdf, reference, vin, self._known)))

    async def check_unverified(self, pdf: bytes) -> VerifiedPdf:
        """Do what `unverified_report` does. Raise BookoutRejected, as `check` does."""
        return await asyncio.wrap_future(self._submit(_Request(pdf, None, "", self._known)))

    def check_file(self, path: Path, reference: str, vin: str) -> VerifiedPdf:
        """Check the PDF in a file and wait for it.

        Raise BookoutRejected, LoadError or FileNotFoundError.
        """
        return self._submit(_Request(_contents(path), reference, vin, self._known)).result()

    def check_unverified_file(self, path: Path) -> VerifiedPdf:
        """Do the same with a PDF that needs no text.

        Raise BookoutRejected, LoadError or FileNotFoundError.
        """
        return self._submit(_Request(_contents(path), None, "", self._known)).result()

    def close(self) -> None:
        """End the process, also in the middle of a PDF, whose check is cancelled then."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()

    def _submit(self, request: _Request) -> Future[VerifiedPdf]:
        with self._lock:
            if self._worker is None:
                self._worker = _Worker(self._command, self._read_s)
            return self._worker.submit(request)


class _Request(NamedTuple):
    """A PDF, and whose report it should be; without a reference it needs no text."""

    pdf: bytes
    reference: str | None
    vin: str
    known: _Known


def _contents(path: Path) -> bytes:
    pdf = read_bytes(path, LARGEST_PDF)
    if pdf is None:
        raise FileNotFoundError(path)
    return pdf


def _check_size(size: int) -> None:
    if size > MOST_PDF:
        raise BookoutRejected("too_heavy", f"The report has more than {MOST_PDF >> 20} MiB")


class _Worker:
    """The thread that speaks to the process. A daemon: the end of the program waits for no PDF."""

    def __init__(self, command: Sequence[str], read_s: float) -> None:
        self._command = command
        self._read_s = read_s
        self._waiting: queue.SimpleQueue[tuple[Future[VerifiedPdf], _Request] | None]
        self._waiting = queue.SimpleQueue()
        self._process: _Process | None = None
        self._is_stopped = False
        self._thread = threading.Thread(target=self._work, name="report", daemon=True)
        self._thread.start()

    def submit(self, request: _Request) -> Future[VerifiedPdf]:
        done: Future[VerifiedPdf] = Future()
        self._waiting.put((done, request))
        return done

    def stop(self) -> None:
        self._is_stopped = True
        self._waiting.put(None)
        process = self._process
        if process is not None:
            process.kill()
        self._thread.join(_END_S)

    def _work(self) -> None:
        while (work := self._waiting.get()) is not None:
            done, request = work
            if self._is_stopped:
                done.cancel()
            # Who asked may have given up meanwhile.
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(self._check(request))
            except BaseException as error:  # noqa: BLE001 - raised again for who waits
                done.set_exception(error)
            del done, request, work
        self._end_process()

    def _check(self, request: _Request) -> VerifiedPdf:
        _check_size(len(request.pdf))
        why = ""
        for _ in range(_TRIES):
            if self._is_stopped:
                break
            try:
                return self._ask(request)
            except (OSError, EOFError, ValueError) as error:
                if is_out_of_descriptors(error):
                    self._end_process()
                    raise
                why = to_ascii(str(error)) or type(error).__name__
                self._end_process()
                logger.info("The process that reads PDFs broke off and is replaced: %s", why)
        raise BookoutRejected("unreadable", f"The process that reads PDFs broke off: {why}")

    def _ask(self, request: _Request) -> VerifiedPdf:
        """Return or raise what the process answers.

        Raise OSError, EOFError or ValueError where its answer makes no sense.
        """
        if self._process is None or not self._process.is_alive:
            self._end_process()
            self._process = _Process(self._command)
            if self._is_stopped:
                # Who stopped us may have looked for a process before there was this one.
                raise EOFError("It is not wanted any more")
            self._process.wait_until_ready()
        try:
            answer = self._process.ask(request, self._read_s)
        except TimeoutError:
            self._end_process()
            logger.info("A PDF kept the process that reads PDFs busy, which is replaced")
            message = f"The report could not be read within {self._read_s:g} s"
            raise BookoutRejected("too_heavy", message) from None
        return _understood(answer, request.pdf)

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()


class _Process:
    """One process that reads PDFs. It ends by itself when its standard input is closed."""

    def __init__(self, command: Sequence[str]) -> None:
        # An egg, as scrapyd has the project, is a file.
        folder = PACKAGE_PARENT if PACKAGE_PARENT.is_dir() else PACKAGE_PARENT.parent
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=reader_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C is for the crawl, which finishes what is in flight.
            **new_group(),
        )
        self._expired = False
        self._known: _Known = ()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Return when it has loaded everything. Raise OSError or EOFError when it does not."""
        self._exchange((), _START_S)

    def ask(self, request: _Request, seconds: float) -> Any:
        """Return its answer. Raise TimeoutError, OSError, EOFError or ValueError."""
        header = {"reference": request.reference, "vin": request.vin}
        frames = [_json(header), request.pdf]
        if request.known is not self._known:
            frames = [_json({"inventory": True}), _json(request.known), *frames]
            self._known = request.known
        return json.loads(self._exchange(frames, seconds))

    def _exchange(self, frames: Sequence[bytes], seconds: float) -> bytes:
        """Send the frames and return the next one that comes.

        After so many seconds the process is killed: that ends a wait for a pipe on every system.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            for frame in frames:
                write_frame(self._process.stdin, frame)
            self._process.stdin.flush()
            return read_frame(self._process.stdout, MOST_ANSWER)
        except (OSError, EOFError, ValueError):
            if self._expired:
                raise TimeoutError(f"No answer within {seconds:g} s") from None
            raise
        finally:
            timer.cancel()
            timer.join()

    def _expire(self) -> None:
        self._expired = True
        self.kill()

    def kill(self) -> None:
        """End the process at once; whoever waits for its answer gets EOFError."""
        self._process.kill()

    def end(self) -> None:
        """End it and give back what it held."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            # Closed, it tries to send what was not sent.
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self._process.wait()


def _json(content: Any) -> bytes:
    return json.dumps(content).encode("ascii")


def reader_environment() -> dict[str, str]:
    """Return all that the process gets to know of the environment: no setting and no secret."""
    own = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    places = [str(PACKAGE_PARENT), *filter(None, [own.get("PYTHONPATH")])]
    # A file beside the project that is named like a module of Python's is not to be loaded.
    safe = {"PYTHONPATH": os.pathsep.join(places), "PYTHONSAFEPATH": "1"}
    return {**own, **safe, **ALLOCATOR}


def _understood(answer: Any, pdf: bytes) -> VerifiedPdf:
    """Return or raise what the answer says.

    Raise ValueError when it makes no sense, or is about other bytes than these.
    """
    match answer:
        case {
            "report": {
                "pages": int(pages),
                "names_vin": bool(names_vin),
                "sha256": str(sha256),
                "size": int(size),
                "verified": bool(verified),
                "says": str(says),
                "shows_values": bool(shows_values),
            }
        } if (sha256, size) == (hashlib.sha256(pdf).hexdigest(), len(pdf)):
            return VerifiedPdf(pages, names_vin, sha256, size, verified, says, shows_values)
        case {
            "refused": {
                "reason": str(reason),
                "message": str(message),
                "text": str(text),
                "said": str(said),
            }
        } if reason in REASONS:
            refused = BookoutRejected(reason, to_ascii(message))
            refused.text, refused.said = text, said
            raise refused
    raise ValueError("An answer without sense")


reader = ReportReader()
"""The one of this program: the crawl, the job's books and the other commands share it."""
