"""Builds the Windows Python, and sets the project up in it; what is there already is kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.windows.wine import (
    COMPILER,
    PACKAGES,
    PROJECT,
    PYTHON,
    VENV_PYTHON,
    Missing,
    find_wine,
)
from jdp_spider.config.dotenv import PROJECT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.windows.wine import Wine

_SOURCES = Path(__file__).resolve().parent / "src"
_DLLS = "panda3d==1.10.16"
"""A wheel that carries the DLLs of python.org's build, for programs that are shipped with it."""

_LAUNCHER = "Lib/venv/scripts/nt"
_LEFT_OUT = ("site-packages", "dist-packages", "__pycache__", "test", "lib-dynload", "config-*")
_SYSDATA = "_sysconfigdata*"
_KEPT = (".venv", "crawls", "downloads")
"""What the copy of the project keeps though the checkout has none."""

_CONSTRAINTS = "numpy<2\n"
"""Wine 8 lacks complex functions of ucrtbase.dll, which numpy 2 needs."""

_ACTIVATE = (
    "@echo off",
    'set "VIRTUAL_ENV=__VENV_DIR__"',
    r'set "PATH=%VIRTUAL_ENV%\__VENV_BIN_NAME__;%PATH%"',
)


def build(wine: Wine) -> str:
    """Make the Windows Python unless it is there. Return how it came. Raise Missing."""
    check_machine()
    stamp, wanted = wine.folder / "built.json", _fingerprint()
    if stamp.is_file() and json.loads(stamp.read_text("utf-8")) == wanted:
        return "kept"
    _clear(wine.folder)
    (wine.folder / "made-by-harness").touch()
    for command in (["wineboot", "-i"], ["winecfg", "-v", "win10"]):
        _run([find_wine(), *command], env=wine.environment(), cwd=wine.folder)
    place = wine.drive / "Python311"
    _unpack_dlls(wine.folder, place)
    _copy_library(place / "Lib")
    _compile(wine, place)
    (wine.drive / "constraints.txt").write_text(_CONSTRAINTS, encoding="ascii")
    if wine.run(PYTHON, "-VV", log=wine.folder / "python.log"):
        raise Missing(f"The Windows Python does not start: see {wine.folder / 'python.log'}")
    stamp.write_text(json.dumps(wanted), encoding="utf-8")
    return "built"


def check_machine() -> None:
    """Raise Missing if this computer lacks a program that the build or the tests need."""
    find_wine()
    for program in (COMPILER, "chromium-headless-shell"):
        if not shutil.which(program):
            raise Missing(f"{program} is not installed. On Debian: apt-get install {PACKAGES}")
    _library()


def set_up(wine: Wine) -> str:
    """Copy the project, and install what it needs with its own bootstrap.py. Raise Missing."""
    copied = copy_project(PROJECT_FOLDER, wine.project)
    log = wine.folder / "setup.log"
    # With arguments it runs pytest alone, once everything is installed.
    if wine.run(PYTHON, "bootstrap.py", "test", "--version", log=log, cwd=wine.project):
        lines = log.read_text("utf-8", "replace").splitlines()
        said = next((line for line in lines if line.startswith("Error: ")), f"see {log}")
        raise Missing(f"bootstrap.py failed on Windows: {said.removeprefix('Error: ')}")
    for node in wine.project.glob(".venv/Lib/site-packages/playwright/driver/node.exe"):
        _patch(node)
    return f"{copied} files copied to {PROJECT}, packages for {VENV_PYTHON}"


def copy_project(source: Path, target: Path) -> int:
    """Make `target` the same as the checkout, changes included. Return how many files it has."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=source,
        capture_output=True,
        check=True,
    )
    names = [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]
    wanted = {name for name in names if (source / name).is_file()}
    for path in _own_files(target):
        if path.relative_to(target).as_posix() not in wanted:
            path.unlink()
    for name in wanted:
        old, new = source / name, target / name
        if not new.is_file() or new.read_bytes() != old.read_bytes():
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(old, new)
    return len(wanted)


def _own_files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _KEPT]
        yield from (Path(parent, name) for name in files)


def _fingerprint() -> dict[str, str]:
    """Return what the Windows Python is made of."""
    files = [Path(__file__), *sorted(_SOURCES.iterdir())]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _clear(folder: Path) -> None:
    """Empty a folder that an earlier build made. Raise Missing for any other."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / "made-by-harness").is_file():
        raise Missing(f"{folder} is not empty, and not a cache of this command: name another one")
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _run(command: list[str], **more: object) -> bytes:
    """Run a Linux program, with its last lines in the error if it fails. Return its output."""
    done = subprocess.run(  # type: ignore[call-overload]
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **more,
    )
    output: bytes = done.stdout
    if done.returncode:
        said = output.decode("utf-8", "replace").strip().splitlines()[-3:]
        raise Missing(f"{' '.join(command[:3])} failed: {' '.join(said)}")
    return output


def _unpack_dlls(folder: Path, place: Path) -> None:
    target = folder / "download"
    wheel = ["--no-deps", "--only-binary=:all:", "--platform", "win_amd64"]
    python = ["--python-version", "3.11", "--implementation", "cp"]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    _run([*pip, *wheel, *python, "--dest", str(target), _DLLS])
    dlls = place / "DLLs"
    dlls.mkdir(parents=True)
    (archive,) = target.glob("*.whl")
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            base = name.rpartition("/")[2]
            # What begins so is a part of Windows 10.
            if name.startswith("deploy_libs/") and base and not base.startswith("api-ms-win-"):
                (dlls / base).write_bytes(opened.read(name))
    shutil.rmtree(target)
    (dlls / "python311.dll").rename(place / "python311.dll")
    (dlls / "VCRUNTIME140.dll").rename(place / "vcruntime140.dll")


def _library() -> Path:
    """Return the folder of a standard library 3.11 with ensurepip. Raise Missing if none is."""
    code = (
        "import sys, sysconfig, ensurepip; assert sys.version_info[:2] == (3, 11);"
        "print(sysconfig.get_path('stdlib'))"
    )
    for python in (sys.executable, "python3.11"):
        found = shutil.which(python)
        if found:
            done = subprocess.run([found, "-c", code], capture_output=True, check=False)
            if done.returncode == 0:
                return Path(os.fsdecode(done.stdout.strip()))
    raise Missing("Python 3.11 with ensurepip is not installed: its library is copied to Windows")


def _copy_library(target: Path) -> None:
    """Copy Lib, which is the same on all systems but for the folders left out."""
    shutil.copytree(_library(), target, ignore=shutil.ignore_patterns(*_LEFT_OUT, _SYSDATA))
    (target / "site-packages").mkdir()
    (target.parent / _LAUNCHER).mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{line}\r\n" for line in _ACTIVATE)
    (target.parent / _LAUNCHER / "activate.bat").write_bytes(lines.encode("ascii"))


def _compile(wine: Wine, place: Path) -> None:
    """Make python.exe, a venv's launcher, python3.dll, chrome.exe, and what Wine 8 lacks."""
    work = wine.folder / "work"
    shutil.copytree(_SOURCES, work)
    (work / "python.rc").write_text('1 24 "python.manifest"\n', encoding="ascii")
    tool = COMPILER.removesuffix("gcc")
    _run([f"{tool}windres", "python.rc", "-O", "coff", "-o", "python.res"], cwd=work)
    listing = _run([f"{tool}objdump", "-p", str(place / "python311.dll")]).decode(
        "utf-8", "replace"
    )
    (work / "python3.def").write_text(_forwarding(listing), encoding="ascii")
    chrome = wine.drive / "Program Files/Google/Chrome/Application/chrome.exe"
    chrome.parent.mkdir(parents=True)
    program = [COMPILER, "-municode", "-O2", "-s", "-static"]
    library = [COMPILER, "-shared", "-nostdlib", "-O2", "-s"]
    system = wine.drive / "windows/system32/bcryptprimitives.dll"
    launcher = place / _LAUNCHER / "python.exe"
    for command in (
        [*program, "python.c", "python.res", "-o", str(place / "python.exe")],
        [*program, "venvlauncher.c", "-o", str(launcher)],
        [*program, "-Wl,--subsystem,windows", "chrome.c", "-o", str(chrome), "-lws2_32"],
        [*library, "-Wl,-e,0", "-o", str(place / "python3.dll"), "python3.def"],
        [*library, "bcryptprimitives.c", "-o", str(system), "-ladvapi32"],
    ):
        _run(command, cwd=work)
    shutil.rmtree(work)


def _forwarding(listing: str) -> str:
    """Return the exports of python3.dll, the stable ABI: it forwards all names."""
    table = listing.partition("[Ordinal/Name Pointer] Table")[2].partition("\n\n")[0]
    names = [line.split()[-1] for line in table.splitlines() if line.strip().startswith("[")]
    return "\n".join(
        ["LIBRARY python3.dll", "EXPORTS", *(f"  {n}=python311.{n}" for n in names), ""]
    )


def _patch(node: Path) -> None:
    """Hide VirtualAlloc2 from V8: Wine 8 has it without MEM_RESERVE_PLACEHOLDER."""
    before = node.read_bytes()
    after = before.replace(b"VirtualAlloc2\0", b"VirtualAlloc_\0")
    if after != before:
        node.write_bytes(after)
