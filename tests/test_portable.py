"""Windows is where the program runs, and not where it is written: what only works here is found."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.dotenv import PROJECT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = [*sorted((PROJECT_FOLDER / "jdp_spider").rglob("*.py")), PROJECT_FOLDER / "bootstrap.py"]
TEXT_CALLS = {"open", "read_text", "write_text", "TextIOWrapper"}
OF_POSIX = {
    *(f"os.{name}" for name in ("fork", "getuid", "geteuid", "getpgid", "killpg", "setsid")),
    *(f"os.{name}" for name in ("chown", "fchmod", "mkfifo", "nice", "sched_getaffinity", "uname")),
    *(f"os.{name}" for name in ("statvfs", "sysconf", "WIFEXITED", "WEXITSTATUS", "waitid")),
    *(f"signal.SIG{name}" for name in ("ALRM", "CHLD", "CONT", "HUP", "KILL", "QUIT", "STOP")),
    *(f"signal.SIG{name}" for name in ("TSTP", "USR1", "USR2", "WINCH")),
}
MODULES_OF_POSIX = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}
OF_A_FILE = re.compile(r"(path|file|folder|\)|\]|/ .*)$", re.IGNORECASE)
GUARDS = ("hasattr(", "sys.platform", "os.name", "suppress(NotImplementedError", "ImportError")


def _scopes(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Each node with the source of the function or module that it stands in."""

    def walk(node: ast.AST, scope: str) -> Iterator[tuple[ast.AST, str]]:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
            below = ast.unparse(inner) if inner is not None else scope
            yield child, below
            yield from walk(child, below)

    return walk(tree, "")


def of_posix(source: str) -> list[str]:
    """What exists on POSIX systems alone and is used by a function that does not ask first."""
    found = []
    for node, scope in _scopes(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Attribute):
            names = [ast.unparse(node)] if ast.unparse(node) in OF_POSIX else []
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [alias.name for alias in node.names]
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names = [name for name in modules if name in MODULES_OF_POSIX]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("add_signal_handler"):
            names = ["add_signal_handler"]
        if not any(guard in scope for guard in GUARDS):
            found += [f"{getattr(node, 'lineno', 0)}: {name}" for name in names]
    return found


def without_encoding(source: str) -> list[str]:
    """The calls that would read or write text in whatever encoding the system has."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        if "encoding" in named:
            continue
        is_text = any(
            getattr(named.get(flag), "value", None) is True
            for flag in ("text", "universal_newlines")
        )
        owner, _, method = name.rpartition(".")
        if method in TEXT_CALLS and (method != "open" or not owner or OF_A_FILE.search(owner)):
            given = [*node.args, *named.values()]
            texts = [each.value for each in given if isinstance(each, ast.Constant)]
            is_text = not any(isinstance(text, str) and "b" in text[:3] for text in texts)
        if is_text:
            found.append(f"{node.lineno}: {name}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PROJECT_FOLDER).name)
def test_posix_calls_are_guarded_and_encodings_named(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert of_posix(source) == []
    assert without_encoding(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "def end(pid):\n    os.kill(pid, signal.SIGKILL)",
        "import fcntl",
        "from termios import tcgetattr",
        "loop.add_signal_handler(2, stop)",
        "def who():\n    return os.geteuid() == 0",
    ],
)
def test_unguarded_posix_call_is_found(source: str) -> None:
    assert of_posix(source)
    asked = source.replace("def end(pid):", "def end(pid):\n    if sys.platform == 'win32': return")
    assert bool(of_posix(asked)) is (asked == source)


@pytest.mark.parametrize(
    "source", ["open(path)", "path.read_text()", "path.open('w')", "subprocess.run(x, text=True)"]
)
def test_missing_encoding_is_found(source: str) -> None:
    assert without_encoding(source)
    named = source.replace("()", "(encoding='utf-8')")
    assert not without_encoding(named if named != source else f"{source[:-1]}, encoding='utf-8')")


@pytest.mark.parametrize("source", ["open(path, 'rb')", "path.read_bytes()", "subprocess.run(x)"])
def test_binary_files_need_no_encoding(source: str) -> None:
    assert not without_encoding(source)
