"""Starts a Linux browser for every chrome.exe (src/chrome.c) that runs under Wine."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROFILE = "--user-data-dir="
_ENDING_S = 5.0
_FILE = re.compile(rb"file:///([Cc]:/[^\"\\?#]*)")
_START = 'exec "$0" "$@" 3<&{} 4>&{}'


@contextmanager
def bridge(drive: Path) -> Iterator[int]:
    """Serve during the block; yield the port. `drive` is the folder that is C: there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, drive), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, drive: Path) -> None:
    # Closing the listener ends it.
    with contextlib.suppress(OSError):
        while True:
            peer = listener.accept()[0]
            threading.Thread(target=_serve, args=(peer, drive), daemon=True).start()


def unix_path(path: str, drive: Path) -> str:
    """Return where a path of Windows is here; names that exist in other case are found."""
    if path[1:3] not in (":\\", ":/"):
        return path
    # Wine's Z: is the root.
    place = drive if path[0].lower() == "c" else Path("/")
    for part in path[3:].replace("\\", "/").split("/"):
        names = [p.name for p in place.iterdir()] if place.is_dir() else []
        same = [name for name in names if name.lower() == part.lower()]
        place = place / (part if part in same or not same else same[0])
    return str(place)


def translated(message: bytes, drive: Path) -> bytes:
    """Return a message to the browser with files and the folder for downloads as they are here."""

    def file_here(found: re.Match[bytes]) -> bytes:
        path = unix_path(unquote(found[1].decode()), drive)
        return b"file://" + quote(path).encode()

    message = _FILE.sub(file_here, message)
    if b'ownloadPath"' not in message:
        return message
    data = json.loads(message)
    params = data.get("params", {})
    if "downloadPath" in params:
        params["downloadPath"] = unix_path(params["downloadPath"], drive)
    return json.dumps(data).encode()


def translated_back(message: bytes, drive: Path) -> bytes:
    """Return a message of the browser with the addresses of files as they are on Windows."""
    return message.replace(drive.as_uri().encode(), b"file:///C:")


def _arguments(peer: socket.socket, drive: Path) -> list[str] | None:
    """Return what chrome.exe was started with: each ends with NUL, the last one is empty."""
    head = b""
    while not head.endswith(b"\0\0"):
        part = peer.recv(1)
        if not part:
            return None
        head += part
    found = [argument.decode() for argument in head[:-2].split(b"\0")]
    for number, each in enumerate(found):
        if each.startswith(_PROFILE):
            found[number] = _PROFILE + unix_path(each.removeprefix(_PROFILE), drive)
    return found if "--no-sandbox" in found else ["--no-sandbox", *found]


def _serve(peer: socket.socket, drive: Path) -> None:
    with peer:
        arguments = _arguments(peer, drive)
        if arguments is None:
            return
        reading, to_browser = os.pipe()
        from_browser, writing = os.pipe()
        browser = shutil.which("chromium-headless-shell") or "chromium-headless-shell"
        process = subprocess.Popen(
            ["/bin/bash", "-c", _START.format(reading, writing), browser, *arguments],
            pass_fds=(reading, writing),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        os.close(reading)
        os.close(writing)
        threading.Thread(target=_hand_down, args=(from_browser, peer, drive), daemon=True).start()
        _hand_up(peer, to_browser, drive)
        os.close(to_browser)
        try:
            process.wait(_ENDING_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _hand_down(pipe: int, peer: socket.socket, drive: Path) -> None:
    rest = b""
    with contextlib.suppress(OSError):
        while data := os.read(pipe, 65536):
            *messages, rest = (rest + data).split(b"\0")
            for message in messages:
                peer.sendall(translated_back(message, drive) + b"\0")
    with contextlib.suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)
    os.close(pipe)


def _hand_up(peer: socket.socket, pipe: int, drive: Path) -> None:
    rest = b""
    with contextlib.suppress(OSError):
        while data := peer.recv(65536):
            *messages, rest = (rest + data).split(b"\0")
            for message in messages:
                os.write(pipe, translated(message, drive) + b"\0")
