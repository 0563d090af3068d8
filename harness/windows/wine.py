"""Windows programs under Wine: where they are, and how they are started."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPILER = "x86_64-w64-mingw32-gcc"
PACKAGES = "wine wine64 gcc-mingw-w64-x86-64 chromium-headless-shell"
"""Debian's names of what is needed."""

_WINE_PLACES = ("/usr/lib/wine/wine64", "/usr/lib64/wine/wine64", "/opt/wine-stable/bin/wine64")

_LEFT_S = 10.0

PYTHON = r"C:\Python311\python.exe"
PROJECT = r"C:\jdp"
VENV_PYTHON = rf"{PROJECT}\.venv\Scripts\python.exe"


class Missing(Exception):
    """Raised if this computer lacks something; the message says what, and how to get it."""


def find_wine() -> str:
    """Return Wine's 64-bit loader. Raise Missing if there is none."""
    # Debian's /usr/bin/wine is a script that wants the 32-bit one too.
    found = shutil.which("wine64") or next((p for p in _WINE_PLACES if Path(p).is_file()), "")
    if not found:
        raise Missing(f"Wine is not installed. On Debian: apt-get install {PACKAGES}")
    return found


@dataclass
class Wine:
    """A Windows below `folder`: its drive C:, and programs that run in it."""

    folder: Path
    more: dict[str, str] = field(default_factory=dict)
    """Variables that every program gets."""

    @property
    def drive(self) -> Path:
        """Return the folder that is C: there."""
        return self.folder / "prefix" / "drive_c"

    @property
    def project(self) -> Path:
        return self.drive / "jdp"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a Windows program: nothing of ours but what it needs."""
        proxies = {name: value for name, value in os.environ.items() if name.endswith("_proxy")}
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "WINEPREFIX": str(self.folder / "prefix"),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "DISPLAY": "",
            "PIP_CONSTRAINT": r"C:\constraints.txt",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_DEFAULT_TIMEOUT": "180",
            **_certificates(),
            **proxies,
            **self.more,
            **(more or {}),
        }

    def run(
        self,
        *command: str,
        log: Path,
        cwd: Path | None = None,
        more: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> int:
        """Run a Windows program to its end, with its output in `log`. Return its exit status.

        Raise subprocess.TimeoutExpired after `seconds`, when it is killed.
        """
        # Through a pipe: Wine hands on a plain file in a way that Python refuses as its stdout.
        with log.open("wb") as file, self.start(*command, cwd=cwd, more=more) as process:
            copy = subprocess.Popen(["cat"], stdin=process.stdout, stdout=file)
            assert process.stdout is not None
            process.stdout.close()
            try:
                return process.wait(seconds)
            except BaseException:
                # A program that was started in it would hold the pipe.
                process.kill()
                self.end()
                raise
            finally:
                try:
                    copy.wait(_LEFT_S)
                except subprocess.TimeoutExpired:
                    # What a test has left behind has the pipe.
                    self.end()
                    copy.wait()

    def start(
        self,
        *command: str,
        cwd: Path | None = None,
        more: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start a Windows program with its output in a pipe."""
        return subprocess.Popen(
            [find_wine(), *command],
            cwd=cwd or self.folder,
            env=self.environment(more),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def end(self) -> None:
        """End all of its programs: those that a test has left, and Wine's own."""
        server = Path(find_wine()).with_name("wineserver64")
        program = str(server) if server.is_file() else shutil.which("wineserver")
        if program:
            subprocess.run([program, "-k"], env=self.environment(), check=False)


def _certificates() -> dict[str, str]:
    """Return where pip finds the system's certificates: a proxy may have one of its own."""
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    return {"PIP_CERT": bundle} if Path(bundle).is_file() else {}
