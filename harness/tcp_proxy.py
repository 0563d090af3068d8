"""The network between a worker and its database, which can be cut: nothing passes, nothing ends."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Cable:
    """Forwards connections to its port to another one on loopback, in threads."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._whole = threading.Event()
        self._whole.set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]

    def open(self) -> None:
        """Start forwarding."""
        _start(self._accept)

    def close(self) -> None:
        """Accept no new connections; open ones last until either side closes."""
        self._whole.set()
        self._server.close()

    def cut(self) -> None:
        """Let nothing pass; clients keep waiting for their answers."""
        self._whole.clear()

    def mend(self) -> None:
        """Let everything pass again, starting with the data held back."""
        self._whole.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                _start(self._connect, near)

    def _connect(self, near: socket.socket) -> None:
        self._whole.wait()
        with (
            near,
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self._to_port)) as far,
        ):
            back = _start(self._pass_on, far, near)
            self._pass_on(near, far)
            back.join()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._whole.wait()
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _start(function: Callable[..., None], *args: socket.socket) -> threading.Thread:
    thread = threading.Thread(target=function, args=args, daemon=True)
    thread.start()
    return thread
