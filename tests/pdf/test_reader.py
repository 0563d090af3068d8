"""PDFs read by another process: what it answers, and what becomes of one that does not."""

from __future__ import annotations

import asyncio
import ctypes
import io
import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from pypdf import PdfReader, PdfWriter

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.config.options import OPTIONS
from jdp_spider.demo.hostile import make_bomb, make_heavy
from jdp_spider.pdf import reader as reader_module
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.reader import ReportReader, reader_environment
from jdp_spider.pdf.reader_process import write_frame
from jdp_spider.pdf.verification import unverified_report, verify_bookout
from jdp_spider.utils.files import PACKAGE_PARENT
from jdp_spider.utils.memory import job_limits
from tests.support.factories import pdf_of, vehicle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jdp_spider.pdf.verification import VerifiedPdf

ONE = vehicle("165548", 1)
PDF = pdf_of(ONE)
RIGHT = verify_bookout(PDF, ONE.reference, ONE.vin)


@pytest.fixture
def reader() -> Iterator[ReportReader]:
    made = ReportReader(read_s=60)
    yield made
    made.close()


def check(reader: ReportReader, pdf: bytes = PDF, reference: str = "165548") -> VerifiedPdf:
    return asyncio.run(reader.check(pdf, reference, ONE.vin))


def refusal(reader: ReportReader, pdf: bytes = PDF, reference: str = "165548") -> BookoutRejected:
    with pytest.raises(BookoutRejected) as caught:
        check(reader, pdf, reference)
    return caught.value


def process_of(reader: ReportReader) -> psutil.Process:
    assert reader._worker is not None
    assert reader._worker._process is not None
    return psutil.Process(reader._worker._process._process.pid)


# What it answers


@pytest.mark.parametrize("pdf", [PDF, PDF[:-20], b"", b"<html>", pdf_of(vehicle("165549", 2))])
def test_reader_returns_result_of_verification(pdf: bytes, reader: ReportReader) -> None:
    def outcome(call: Any) -> Any:
        try:
            return call()
        except BookoutRejected as refused:
            return refused.reason, str(refused), refused.text

    assert outcome(lambda: check(reader, pdf)) == outcome(
        lambda: verify_bookout(pdf, "165548", ONE.vin)
    )
    assert outcome(lambda: asyncio.run(reader.check_unverified(pdf))) == outcome(
        lambda: unverified_report(pdf)
    )


def test_one_process_serves_all_loops(reader: ReportReader, tmp_path: Path) -> None:
    path = tmp_path / "1.pdf"
    path.write_bytes(PDF)
    assert check(reader) == RIGHT
    first = process_of(reader)

    async def many() -> list[VerifiedPdf]:
        return await asyncio.gather(*(reader.check(PDF, "165548", ONE.vin) for _ in range(5)))

    assert asyncio.run(many()) == [RIGHT] * 5
    assert reader.check_file(path, "165548", ONE.vin) == RIGHT
    assert reader.check_unverified_file(path) == unverified_report(PDF)
    assert process_of(reader) == first


def test_pdfs_are_compared_with_the_inventory(reader: ReportReader) -> None:
    used = vehicle("165548 Used", vin=ONE.vin)
    pdf = pdf_of(used)
    assert refusal(reader, pdf).reason == "other_reference"
    for inventory in ([ONE], [ONE, *[vehicle("1", 3)] * 50_000]):
        reader.compare_with(inventory)
        assert check(reader, pdf).names_vin
        process_of(reader).kill()
        assert check(reader, pdf).names_vin
    for inventory in ([ONE, used], [ONE], []):
        reader.compare_with(inventory)
        if inventory == [ONE]:
            assert check(reader, pdf).names_vin
        else:
            assert refusal(reader, pdf).reason == "other_reference"


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_encrypted_report_is_read(algorithm: str, reader: ReportReader) -> None:
    writer, buffer = PdfWriter(PdfReader(io.BytesIO(PDF))), io.BytesIO()
    writer.encrypt("", "owner", algorithm=algorithm)
    writer.write(buffer)
    encrypted = buffer.getvalue()
    assert check(reader) == RIGHT
    assert check(reader, encrypted) == verify_bookout(encrypted, "165548", ONE.vin)
    assert check(reader) == RIGHT


def test_refusal_text_is_bounded(reader: ReportReader) -> None:
    refused = refusal(reader, pdf_of(vehicle("1" * 150_000, 1)))
    assert (refused.reason, len(refused.text)) == ("other_reference", 100_000)


# What becomes of a process that is no use any more

HARMFUL = """
import os, sys, time
from jdp_spider.pdf.reader_process import main, read_frame, write_frame
def send(data):
    write_frame(sys.stdout.buffer, data)
    sys.stdout.buffer.flush()
def take():
    send(b"{}")
    return [read_frame(sys.stdin.buffer, 10**9) for _ in range(2)]
if sys.argv[1] and os.path.exists(sys.argv[1]):
    main()
    os._exit(0)
if sys.argv[1]:
    open(sys.argv[1], "w").close()
"""
FOREIGN = json.dumps({"report": {**RIGHT.__dict__, "sha256": "0" * 64}}).encode()
UNKNOWN = b'{"refused": {"reason": "x", "message": "", "text": ""}}'
HARM = {
    "does not start": "sys.exit(1)",
    "dies": "take(); os._exit(9)",
    "answers no JSON": "take(); send(b'\\xff')",
    "answers nonsense": "take(); send(b'[]')",
    "answers for another PDF": f"take(); send({FOREIGN!r})",
    "an unknown reason": f"take(); send({UNKNOWN!r})",
    "announces gigabytes": r"take(); sys.stdout.buffer.write(b'\xff' * 4); sys.stdout.flush()",
    "breaks off within": r"take(); sys.stdout.buffer.write(b'\0\0\0\x09{'); sys.stdout.flush()",
}


def harmful(harm: str, marker: Path | str) -> ReportReader:
    """A reader whose process does this; with a marker, the first one only."""
    return ReportReader([sys.executable, "-c", HARMFUL + harm, str(marker)], read_s=60)


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_crashed_process_is_replaced_and_pdf_reread(harm: str, tmp_path: Path) -> None:
    once, always = harmful(harm, tmp_path / "marker"), harmful(harm, "")
    try:
        assert check(once) == RIGHT
        assert refusal(always).reason == "unreadable"
    finally:
        once.close()
        always.close()


def test_killed_process_is_replaced(reader: ReportReader) -> None:
    check(reader)
    process_of(reader).kill()
    assert check(reader) == RIGHT


def test_heavy_pdf_does_not_block_next_one() -> None:
    heavy = make_heavy(ONE)  # type: ignore[arg-type]
    others = set(threading.enumerate())
    reader = ReportReader(read_s=1.5)
    try:
        check(reader)
        busy = process_of(reader)
        refused = refusal(reader, heavy)
        assert len(heavy) < 14_000
        assert (refused.reason, str(refused)) == (
            "too_heavy",
            "The report could not be read within 1.5 s",
        )
        assert not busy.is_running()
        reader._worker._read_s = 60.0  # type: ignore[union-attr]
        assert check(reader) == RIGHT
        assert [each.name for each in {*threading.enumerate()} - others] == ["report"]
    finally:
        reader.close()


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux keeps the limit that is looked at")
def test_bomb_is_refused_at_memory_limit() -> None:
    small = "import jdp_spider.pdf.reader_process as p; p.MOST_MEMORY = 160 << 20; p.main()"
    reader = ReportReader([sys.executable, "-c", small], read_s=120)
    try:
        refused = refusal(reader, make_bomb(ONE))  # type: ignore[arg-type]
        assert (refused.reason, str(refused)) == (
            "too_heavy",
            "Reading the report takes more than 160 MiB of memory",
        )
        assert check(reader) == RIGHT
    finally:
        reader.close()


def test_windows_limit_has_documented_layout() -> None:
    limits = job_limits(512 << 20)
    assert ctypes.sizeof(limits) == (144 if sys.maxsize > 2**32 else 112)
    assert (limits.LimitFlags, limits.ProcessMemoryLimit) == (0x100, 512 << 20)


def test_huge_pdf_is_not_read(
    reader: ReportReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "MOST_PDF", len(PDF) - 1)
    path = tmp_path / "1.pdf"
    path.write_bytes(PDF)
    assert refusal(reader).reason == "too_heavy"
    with pytest.raises(BookoutRejected, match="The report has more than 0 MiB"):
        reader.check_file(path, "165548", ONE.vin)


# What is left of it


def test_closing_interrupts_a_pdf() -> None:
    others = set(threading.enumerate())
    reader = ReportReader(read_s=600)

    async def give_up() -> psutil.Process:
        await reader.check(PDF, "165548", ONE.vin)
        reading = asyncio.ensure_future(
            reader.check(make_heavy(ONE), "165548", ONE.vin)  # type: ignore[arg-type]
        )
        await asyncio.sleep(0)
        process = process_of(reader)
        await asyncio.to_thread(reader.close)
        with pytest.raises((asyncio.CancelledError, BookoutRejected)):
            await reading
        return process

    process = asyncio.run(give_up())
    assert not process.is_running()
    assert [each for each in {*threading.enumerate()} - others if each.name == "report"] == []


def test_process_started_during_close_is_ended(
    reader: ReportReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    class Late(reader_module._Process):
        def __init__(self, command: Any) -> None:
            # As `stop` does it, which finds no process yet.
            reader._worker._is_stopped = True  # type: ignore[union-attr]
            super().__init__(command)
            started.append(psutil.Process(self._process.pid))

    monkeypatch.setattr(reader_module, "_Process", Late)
    heavy = make_heavy(ONE)  # type: ignore[arg-type]
    assert refusal(reader, heavy).reason == "unreadable"
    assert [process.is_running() for process in started] == [False]


def test_process_ends_when_parent_is_gone() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "jdp_spider.pdf.reader_process"],
        cwd=PROJECT_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    with process.stdin as pipe, process.stdout:
        write_frame(pipe, json.dumps({"reference": "165548", "vin": ""}).encode())
        write_frame(pipe, make_heavy(ONE))  # type: ignore[arg-type]
        pipe.flush()
        pipe.close()
        assert process.wait(timeout=60) == 0


def test_process_knows_no_secret_and_no_vehicle(
    reader: ReportReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JD_PASS", "s3cret")
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    monkeypatch.setenv("SOMETHING", "else")
    check(reader)
    process = process_of(reader)
    # On Windows it was started by the launcher of the virtual environment.
    assert process.cmdline()[1:] == ["-m", "jdp_spider.pdf.reader_process"]
    known = process.environ()
    # What starts it there adds its own: the launcher on Windows, and Wine, which is one.
    added = {name for name in known if name.startswith(("__PYVENV", "WINE"))} | {"LC_CTYPE"}
    assert set(known) <= set(reader_environment()) | added
    assert not {*OPTIONS, "PGPASSWORD", "SOMETHING"} & set(known)
    assert "s3cret" not in known.values()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no sessions of processes")
def test_process_ignores_terminal_signals(reader: ReportReader) -> None:
    check(reader)
    process = process_of(reader)
    # The terminal's Ctrl-C goes to the processes of its session.
    assert os.getsid(process.pid) == process.pid


def test_process_loads_no_more_than_it_needs() -> None:
    listed = subprocess.run(
        [sys.executable, "-c", _LOADED],
        cwd=PROJECT_FOLDER,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    ).stdout.split()
    roots = {name.partition(".")[0] for name in listed}
    assert {"pypdf", "jdp_spider"} <= roots
    assert not {"scrapy", "twisted", "playwright", "asyncio", "PIL", "fontTools"} & roots
    assert not {"cryptography", "ctypes", "socket", "ssl"} & roots


_LOADED = """
import sys
from jdp_spider.pdf.reader_process import load_pypdf
load_pypdf(encrypted=False)
print(*sys.modules, sep="\\n")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count from the start")
def test_peak_memory_excludes_parent_process() -> None:
    """Else a reader of a large crawl would be replaced after each PDF."""
    held = bytearray(os.urandom(1 << 20) * 200)
    program = "from jdp_spider.utils.memory import peak_memory; print(peak_memory())"
    command = [sys.executable, "-c", program]
    peak = int(subprocess.run(command, cwd=PACKAGE_PARENT, capture_output=True, check=True).stdout)
    assert 0 < peak < len(held) / 2
