"""Reads PDFs for another process, one at a time: `python -m jdp_spider.pdf.reader_process`.

Whatever a PDF does to its reader, it does to this process only: it may be ended at any time.
`pdf/reader.py` is the other side.

Both directions carry frames of 4 bytes with the length of what follows (big-endian). A request is
two frames, a JSON object {"reference", "vin"} and the PDF; reference and vin are null for a PDF
that needs no text. {"inventory": true} comes before [[reference, vin], ...] in JSON, with which all
later PDFs are compared, and has no answer. An answer is one frame with {"report": {...}} or
{"refused": {...}}; the very first one, {}, says that everything is loaded.
"""

from __future__ import annotations

import json
import os
import queue
import struct
import sys
import threading
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.known_vehicles import KnownVehicles
from jdp_spider.pdf.verification import unverified_report, verify_bookout
from jdp_spider.utils.memory import limit_memory, peak_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MEMORY = 512 * 1024 * 1024
"""Bytes that this process may take. A usual report makes it 25 MB."""
MOST_TEXT = 100_000
"""Characters of a refused report's text that are handed back: enough to name another vehicle."""
_MOST_SAID = 2000
MOST_ANSWER = 2 * 1024 * 1024

_BLOATED = 128 * 1024 * 1024
"""Once it took that much, it ends after its answer, as little of it would come back."""
_LENGTH = struct.Struct(">I")
_NOT_FOR_TEXT = ("PIL", "fontTools")
_ENCRYPTION = "cryptography"
"""What pypdf loads beside itself where it is installed: a third of its memory."""


def write_frame(pipe: IO[bytes], data: bytes) -> None:
    """Write one frame without flushing. Raise OSError."""
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)


def read_frame(pipe: IO[bytes], most: int) -> bytes:
    """Return the next frame. Raise EOFError at the end, ValueError for more than `most` bytes."""
    (length,) = _LENGTH.unpack(_read(pipe, _LENGTH.size))
    if length > most:
        raise ValueError(f"A frame of {length} bytes")
    return _read(pipe, length)


def _read(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError("The other side is gone")
    return data


def load_pypdf(*, encrypted: bool) -> None:
    """Import pypdf without what the text of a PDF does not need.

    What is left out can be imported again afterwards: pypdf asks for fontTools once more when a
    font's own table of characters takes it.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == "pypdf"]:
        del sys.modules[name]
    left_out = _NOT_FOR_TEXT if encrypted else (*_NOT_FOR_TEXT, _ENCRYPTION)
    # None makes an import fail, which pypdf is prepared for.
    blocked: dict[str, Any] = {name: None for name in left_out if name not in sys.modules}
    sys.modules.update(blocked)
    try:
        import pypdf  # noqa: F401
    finally:
        for name in blocked:
            del sys.modules[name]


def answer(
    pdf: bytes, reference: str | None, vin: str, known: KnownVehicles | None
) -> dict[str, Any]:
    """Return what the check of this PDF comes to, as it is sent."""
    try:
        if reference is None:
            return {"report": asdict(unverified_report(pdf))}
        return {"report": asdict(verify_bookout(pdf, reference, vin, known))}
    except BookoutRejected as refused:
        texts = {"text": refused.text[:MOST_TEXT], "said": refused.said[:_MOST_SAID]}
        return {"refused": {"reason": refused.reason, "message": refused.message, **texts}}
    except MemoryError:
        message = f"Reading the report takes more than {MOST_MEMORY >> 20} MiB of memory"
        return {"refused": {"reason": "too_heavy", "message": message, "text": "", "said": ""}}


def _requests(pipe: IO[bytes]) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Yield each PDF with its header.

    The pipe is read by a thread: when the other side is gone, this process ends at once, also in
    the middle of a PDF.
    """
    waiting: queue.SimpleQueue[tuple[bytes, dict[str, Any]]] = queue.SimpleQueue()

    def read() -> None:
        try:
            while True:
                header = json.loads(read_frame(pipe, MOST_ANSWER))
                waiting.put((read_frame(pipe, MOST_MEMORY), header))
        finally:
            os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield waiting.get()


def main() -> None:
    """Answer requests from standard input until it ends."""
    answers = sys.stdout.buffer
    # Whatever is printed must not get between the answers.
    sys.stdout = sys.stderr
    limit_memory(MOST_MEMORY)
    load_pypdf(encrypted=False)
    knows_encryption, known = False, None
    _send(answers, {})
    for pdf, header in _requests(sys.stdin.buffer):
        if header.get("inventory"):
            known = KnownVehicles(json.loads(pdf))
            continue
        if b"/Encrypt" in pdf and not knows_encryption:
            load_pypdf(encrypted=True)
            knows_encryption = True
        _send(answers, answer(pdf, header["reference"], header["vin"], known))
        if peak_memory() > _BLOATED:
            return


def _send(pipe: IO[bytes], content: dict[str, Any]) -> None:
    write_frame(pipe, json.dumps(content).encode("ascii"))
    pipe.flush()


if __name__ == "__main__":
    try:
        main()
    finally:
        # The thread that reads would keep Python from ending in order.
        os._exit(0)
