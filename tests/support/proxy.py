"""A forward proxy in a thread of its own, to which every name is the demo site."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import ssl
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

_BEGINS_S = 0.05
"""How long a connection may take from being accepted to being served, and from there to its end."""

MORE: tuple[x509.ExtensionType, ...] = ()
"""Extensions that each certificate gets."""


class Certificate(NamedTuple):
    """What the proxy shows in place of the certificate of every host."""

    host: str = "site.test"
    issuer: str = "Antivirus Web Shield Root"
    organisation: str = "Antivirus Ltd"
    days: int = 30
    """How long it is valid; less than 0: it has expired."""

    def context(self) -> ssl.SSLContext:
        """Return a server's context with this certificate, made anew."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "certificate.pem")
            path.write_bytes(self.pem())
            context.load_cert_chain(path)
        return context

    def pem(self) -> bytes:
        """Return key and certificate."""
        authority, key = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP256R1()),
        )
        now = datetime.datetime.now(datetime.timezone.utc)
        until = now + datetime.timedelta(days=self.days)
        names = [(NameOID.COMMON_NAME, self.issuer), (NameOID.ORGANIZATION_NAME, self.organisation)]
        issuer = x509.Name([x509.NameAttribute(oid, text) for oid, text in names if text])
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.host)]))
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, until) - datetime.timedelta(days=1))
            .not_valid_after(until)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(self.host)]), critical=False)
        )
        for extension in MORE:
            builder = builder.add_extension(extension, critical=False)
        made = builder.sign(authority, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return private + made.public_bytes(serialization.Encoding.PEM)


class ProxyServer:
    """What it was asked for, and what it wants."""

    def __init__(self, port: int, login: str, refusal: int, tls: ssl.SSLContext | None) -> None:
        self.asked: list[str] = []
        """Method and address of each request that was let through."""
        self.denied = 0
        self.address = ""
        self._port = port
        self._wanted = base64.b64encode(login.encode()).decode() if login else ""
        self._refusal = refusal
        self._tls = tls
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, ready: Callable[[asyncio.Event], None]) -> None:
        """Serve until the event that `ready` receives is set."""
        stop = asyncio.Event()
        async with contextlib.AsyncExitStack() as servers:
            server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
            await servers.enter_async_context(server)
            self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            if self._tls:
                inner = await asyncio.start_server(self._unwrap, "127.0.0.1", 0, ssl=self._tls)
                await servers.enter_async_context(inner)
                self._tunnel_port = inner.sockets[0].getsockname()[1]
            else:
                self._tunnel_port = self._port
            ready(stop)
            await stop.wait()
        # What was accepted at the very end begins only now, and its task must not outlive the loop.
        await asyncio.sleep(_BEGINS_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(_BEGINS_S)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._serve_one(self._answer(reader, writer), writer)

    async def _unwrap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._serve_one(_pass_on(self._port, b"", reader, writer), writer)

    async def _serve_one(
        self, work: Coroutine[Any, Any, None], writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await work
        self._tasks.discard(task)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, address, _ = lines[0].split(" ")
        given = next((line for line in lines if line.lower().startswith("proxy-auth")), "")
        is_refused = self._wanted and given.partition("Basic ")[2] != self._wanted
        if status := 407 if is_refused else self._refusal:
            self.denied += 1
            more = 'Proxy-Authenticate: Basic realm="proxy"\r\n' if status == 407 else ""
            head = f"HTTP/1.1 {status} No\r\n{more}Content-Length: 2\r\nConnection: close\r\n\r\nNo"
            writer.write(head.encode())
            await writer.drain()
            return
        self.asked.append(f"{method} {address}")
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await _pass_on(self._tunnel_port, b"", reader, writer)
            return
        path = "/" + address.split("/", 3)[3]
        not_kept = ("proxy-", "connection:")
        kept = [line for line in lines[1:-2] if not line.lower().startswith(not_kept)]
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""])
        await _pass_on(self._port, head.encode("latin-1"), reader, writer)


async def _pass_on(
    port: int, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Connect to a port of this computer, and copy both ways until the other side closes."""
    site_reader, site_writer = await asyncio.open_connection("127.0.0.1", port)
    site_writer.write(head)
    there = asyncio.ensure_future(_copy(reader, site_writer))
    try:
        await _copy(site_reader, writer)
    finally:
        there.cancel()
        site_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@contextmanager
def running_proxy(
    port: int = 9, login: str = "", refusal: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[ProxyServer]:
    """Run a proxy that leads to `port` of this computer, whatever is asked for.

    It wants `login` ("user:password"), and answers everything with the status `refusal`. With `tls`
    it opens https connections itself, as an antivirus does, and the site is asked by http.
    """
    proxy = ProxyServer(port, login, refusal, tls)
    ready = threading.Event()
    stops: list[Callable[[], object]] = []

    def is_ready(stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        stops.append(partial(loop.call_soon_threadsafe, stop.set))
        ready.set()

    serve = proxy.serve(is_ready)
    thread = threading.Thread(target=asyncio.run, args=(serve,), name="proxy", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield proxy
    finally:
        stops[0]()
        thread.join()


def port_of(base_url: str) -> int:
    """Return the port in a site's address."""
    return urlsplit(base_url).port or 80
