r"""Runs on Windows: presses Ctrl-Break on a command once its folder has so many more PDFs.

python ctrl_break.py FOLDER NUMBER COMMAND ...
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from pathlib import Path

if sys.platform == "win32":

    def pdfs(folder: str) -> int:
        return len(list(Path(folder).glob("*/pdfs/*.pdf")))

    def main(folder: str, number: str, *command: str) -> int:
        """Return the command's exit status."""
        signal.signal(signal.SIGBREAK, lambda *_: None)
        before = pdfs(folder)
        process = subprocess.Popen(command)
        while process.poll() is None:
            if pdfs(folder) >= before + int(number):
                # To everything in this console, as the key does.
                ctypes.windll.kernel32.GenerateConsoleCtrlEvent(signal.CTRL_BREAK_EVENT, 0)
                break
            time.sleep(0.1)
        return process.wait()

    if __name__ == "__main__":
        sys.exit(main(*sys.argv[1:]))
