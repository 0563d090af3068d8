"""The checks of this project: what `python bootstrap.py test` runs, and each by itself.

    .venv/bin/python -m nox --list
    .venv/bin/python -m nox --session lint types

They run in the environment that nox was started from, which bootstrap.py has made.
"""

from __future__ import annotations

import sys

import nox

nox.options.default_venv_backend = "none"
nox.options.stop_on_first_error = True

SLOW = "browser or crawl or postgres"
PARALLEL = ("--numprocesses", "4", "--dist", "worksteal")


def run(session: nox.Session, *command: str) -> None:
    """Run a module of this Python. Ctrl-C is left to it: it ends what it has started."""
    session.run(sys.executable, "-m", *command, interrupt_timeout=None, terminate_timeout=None)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and spelling."""
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")
    run(session, "codespell_lib")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of package, harness, benchmarks and tests."""
    run(session, "mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Check which package imports which."""
    # Its output has lines that are no ASCII.
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    session.run(sys.executable, "-X", "utf8", "-c", command, "--no-cache", "--no-logo")


@nox.session(default=False)
def tests_fast(session: nox.Session) -> None:
    """Run the tests that need neither browser nor database; branch coverage has a floor."""
    # Not in the default: counting takes 1.8 times the CPU time (Python 3.11).
    run(session, "pytest", *PARALLEL, "-m", f"not ({SLOW})", "--cov", *session.posargs)


@nox.session(default=False, venv_backend="venv", python="3.10")
def tests_oldest(session: nox.Session) -> None:
    """Run the tests that need neither browser nor database with the oldest Python."""
    # A type checker does not know all that it lacks.
    session.install("-r", "requirements.lock", "-r", "requirements-test.txt")
    session.run("pytest", *PARALLEL, "-m", f"not ({SLOW})", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests; `-- --long` adds more variants of them."""
    run(session, "pytest", *PARALLEL, *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Check the documents against the code."""
    run(session, "pytest", "tests/test_docs.py", *session.posargs)
