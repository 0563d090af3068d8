"""The JavaScript files of the package, as Node.js and an egg have them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from playwright._impl._driver import compute_driver_executable

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.utils.files import PACKAGE_PARENT
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = PACKAGE_PARENT / "jdp_spider"
SCRIPTS = sorted(PACKAGE.glob("*/js/*.js"))

COMPILE = """
const fs = require('fs'), vm = require('vm');
for (const filename of process.argv.slice(1))
    new vm.Script(`(${fs.readFileSync(filename, 'utf8').trim()})`, {filename});"""


def test_each_file_is_one_expression() -> None:
    node, _ = compute_driver_executable()
    done = subprocess.run(
        [node, "-e", COMPILE, "--", *map(str, SCRIPTS)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (len(SCRIPTS) > 20, done.returncode, done.stderr) == (True, 0, "")


def test_functions_are_called_with_functions() -> None:
    find, dom = load_js("pages/js/find.js"), load_js("pages/js/dom.js")
    assert load_js("pages/js/find.js", dom, "1") == f"({find})({dom}, 1)"


def test_files_are_read_from_an_egg(tmp_path: Path) -> None:
    egg = tmp_path / "jdp_spider.egg"
    with zipfile.ZipFile(egg, "w") as packed:
        for path in [*PACKAGE.rglob("*.py"), *SCRIPTS]:
            packed.write(path, path.relative_to(PACKAGE_PARENT))
    program = "from jdp_spider.pages import settling; print(settling.__file__, settling.PAGE_TEXT)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(egg), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout.split() == [
        str(egg / "jdp_spider" / "pages" / "settling.py"),
        *load_js("pages/js/page_text.js").split(),
    ], done.stderr


def test_everything_but_modules_is_package_data() -> None:
    project = (PROJECT_FOLDER / "pyproject.toml").read_text("utf-8")
    (listed,) = re.findall(r'^"\*" = \[(.+)\]', project, re.MULTILINE)
    patterns = re.findall('"(.+?)"', listed)
    data = [path for path in PACKAGE.rglob("*.*") if path.suffix not in (".py", ".pyc")]
    names = [f"{path.parent.name}/{path.name}" for path in data]
    assert [n for n in names if not any(fnmatch(n, pattern) for pattern in patterns)] == []
