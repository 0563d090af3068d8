"""The standard streams of every command: always there, ASCII only, and never a reason to end."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if sys.platform == "win32":
    import msvcrt

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed import ReadableBuffer

_STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}
"""In the order of their descriptors: 0, 1, 2."""
INTERRUPTED = 130
"""The exit status of what Ctrl-C has ended, as shells have it."""


def open_missing_streams() -> None:
    """Open the null device for each standard stream that this process was started without.

    Python leaves it at None, which nothing expects. Worse, the next file that is opened gets its
    descriptor, and whatever a library or a child writes to "stderr" ends in that file.
    """
    for descriptor in range(len(_STREAMS)):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest one that is free, and so this one. Children are to have it, too.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    # Not before: each of these takes a descriptor, too.
    for name, mode in _STREAMS.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="ascii", errors="backslashreplace"))  # noqa: PTH123, SIM115


def end_plainly_when_interrupted() -> None:
    """Let a Ctrl-C that nothing handles end the process with one line, and no traceback.

    It may come in the first second, while what the command needs is still imported.
    """
    show = sys.excepthook

    def show_end(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            end_as_interrupted()
        show(kind, error, trace)

    sys.excepthook = show_end


def end_as_interrupted() -> NoReturn:
    """Say that the process was stopped, and end it with the status of that: in an excepthook."""
    if sys.stderr is not None:
        # After the "^C" that a terminal shows.
        print("\nStopped before the end.", file=sys.stderr, flush=True)
    raise SystemExit(INTERRUPTED)


def is_terminal(stream: TextIO) -> bool:
    """Return True if the stream is a terminal. On Windows `isatty` says so of the null device."""
    return stream.isatty() and (sys.platform != "win32" or _is_windows_console(stream))


def _is_windows_console(stream: TextIO) -> bool:
    if sys.platform == "win32":
        # Not above: every process loads this module.
        import ctypes

        try:
            handle = msvcrt.get_osfhandle(stream.fileno())
        except io.UnsupportedOperation:
            # A stream of Python's own that says it is one.
            return True
        except OSError:
            return False
        mode, kernel = ctypes.c_ulong(), ctypes.windll.kernel32
        return bool(kernel.GetConsoleMode(ctypes.c_void_p(handle), ctypes.byref(mode)))
    return True


def ask_hidden(prompt: str, stream: TextIO | None = None) -> str:
    """Ask for a line that is not shown while it is typed, or read it from a pipe.

    `stream` gets the prompt where there is no other terminal. Raise EOFError if none comes.
    """
    import getpass

    if sys.platform == "win32" and not is_terminal(sys.stdin):
        # getpass waits for a key, and without a console for ever.
        print(prompt, end="", file=sys.stderr, flush=True)
        return input()
    return getpass.getpass(prompt, stream=stream)


def ascii_console() -> None:
    """Let nothing but ASCII reach the console, whatever a vehicle or a folder is called.

    And let no write fail on a console that accepts none: a pipe whose reader is gone, a closed
    terminal, a full disk.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        # Another one was put in its place by whoever runs this, or by an earlier call.
        if stream is getattr(sys, f"__{name}__") and isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _lenient(stream))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="ascii", errors="backslashreplace")


def _lenient(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    with contextlib.suppress(OSError):
        stream.flush()
    # With PYTHONUNBUFFERED there is nothing in between.
    raw: Any = getattr(stream.buffer, "raw", stream.buffer)
    return io.TextIOWrapper(
        io.BufferedWriter(_LenientWriter(raw)),
        encoding="ascii",
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _LenientWriter(io.RawIOBase):
    """Writes what can be written and leaves out the rest; says once why, where there is a place."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self._told = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            written = self._raw.write(data)
            if written is None:
                # A child that shares the pipe has set it so that a full one is not waited for.
                os.set_blocking(self.fileno(), True)
                written = self._raw.write(data)
        except OSError as error:
            self._tell(error)
            written = None
        return memoryview(data).nbytes if written is None else written

    def _tell(self, error: OSError) -> None:
        """Print it on stderr, if stdout is affected. Whoever closed a pipe wants no more of it."""
        if self._told or self.fileno() != 1 or error.errno == errno.EPIPE:
            return
        self._told = True
        print(f"The output cannot be written ({error.strerror}): not all is shown", file=sys.stderr)
