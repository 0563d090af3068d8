#!/usr/bin/env python3
"""Sets the project up in .venv and runs it; needs nothing but Python 3.10 or newer.

The syntax is kept readable for Python 3.6, so that an old Python gets one clear line instead of
a SyntaxError: no walrus, no match, no "from __future__ import annotations" (3.7). Annotations may
be modern, because they are evaluated only after the version was checked.
"""

import argparse
import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import IO, Callable, Iterator, NamedTuple, NoReturn
from urllib.parse import quote, unquote, urlsplit

HELP = """\
usage: python bootstrap.py [COMMAND [arguments of the command]]

  (no command)  set up, then open what there is to see

  demo       show a whole run against a demo site on this computer
             (python bootstrap.py demo --vehicles 10; demo --help lists the rest)
  setup      only set up, and say what to run next
  update     install what this version of the program needs, and say what
             has changed
  fill FOLDER
             download everything that a computer without internet needs into a
             folder; --platform windows, macos, macos-intel or linux, and
             --python 3.12, if that computer has other ones than this
  uninstall  remove .venv, the browser that the set-up downloaded, and what
             starts the program by itself; keep reports, jobs and settings; ask
             about the account in the keyring and the program's state
             (--yes: remove both, ask nothing)
  desktop    put the program into the menu of a Linux desktop
  test       run all checks and tests; with arguments only pytest, with these
             (python bootstrap.py test -k name); --windows: on Windows, under Wine

The first call makes .venv, installs the packages and finds a browser or gets
one. Later calls install nothing and start at once. setup and update take
--offline FOLDER: nothing is downloaded, everything comes from what fill made."""

OLDEST_PYTHON = (3, 10)


def too_old(version: tuple) -> str:
    """Return the line that says so when this Python's version is too old, else an empty string."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return ""
    return (
        f"Error: This needs Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer, but was started "
        f"with Python {version[0]}.{version[1]}. Install a newer one from "
        "https://www.python.org/downloads/ and start this with it."
    )


if too_old(sys.version_info):
    sys.exit(too_old(sys.version_info))

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"

# Exact versions of everything that the requirements files lead to, and the newest Python that
# all of them are made for. The files to start with have it, too.
LOCK = "requirements.lock"
NEWEST_PYTHON = (3, 14)

# The queue's packages are needed by its tests.
TEST_REQUIREMENTS = ["requirements-group.txt", "requirements-test.txt"]

# What a user may have added: it comes into a .venv that is made anew, too.
OPTIONAL_PACKAGES = {"procrastinate": "requirements-group.txt"}


class Platform(NamedTuple):
    """What pip, Playwright and the markers of packages call a kind of computer."""

    pip: list  # What pip does not add by itself: it knows the older names of most.
    playwright: str
    os_name: str
    sys_platform: str
    platform_system: str
    platform_machine: str


LINUX = ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux2014_x86_64"]
PLATFORMS = {
    "windows": Platform(["win_amd64"], "win64", "nt", "win32", "Windows", "AMD64"),
    "macos": Platform(["macosx_14_0_arm64"], "mac15-arm64", "posix", "darwin", "Darwin", "arm64"),
    "macos-intel": Platform(["macosx_14_0_x86_64"], "mac15", "posix", "darwin", "Darwin", "x86_64"),
    "linux": Platform(LINUX, "ubuntu24.04-x64", "posix", "linux", "Linux", "x86_64"),
}

# For packages that are only wanted on some systems pip looks at the one it runs on, whatever
# --platform says.
PIP_FOR_ANOTHER_COMPUTER = """\
import json, sys
from pip._vendor.packaging import markers
environment = dict(markers.default_environment(), **json.loads(sys.argv.pop(1)))
markers.default_environment = lambda: dict(environment)
from pip._internal.cli.main import main
sys.exit(main())
"""

# What no command here removes.
SETTINGS = [".env", "accounts.toml", "selectors.toml"]
OF_THE_USER = [*SETTINGS, "crawls", "*downloads", "groups", ".venv-old-[0-9]*"]

# The one reason for a new .venv in spite of which the old one works.
OTHER_PYTHON = "it was made with another Python"

# Locks of runs, nights and groups that may use .venv. The holder of "x.lock" writes
# "x.holder.json" beside it.
RUN_LOCKS = ["crawls/*/job.lock", "crawls/nightly.lock", "groups/*/group.lock"]

# Errors that say that another process has a lock; 0 is that of Wine.
LOCKED = [errno.EWOULDBLOCK, errno.EACCES, 0]

# What leads other programs through a proxy, and what is never reached by one.
PROXY_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]
LOOPBACK = ["localhost", "127.0.0.1", "::1"]

# Exit status of a Windows program that Ctrl-C ended: STATUS_CONTROL_C_EXIT.
WINDOWS_CTRL_C = 0xC000013A
# A hundred megabytes over a slow line, against a network that swallows packets without an answer.
BROWSER_DOWNLOAD_TIMEOUT_S = 900
BROWSER_CONNECTION_TIMEOUT_MS = "15000"
CONNECTION_TIMEOUT = "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT"
NO_NETWORK = re.compile(
    r"getaddrinfo|name resolution|nodename nor servname|ConnectionError|ConnectTimeout|ReadTimeout"
    r"|timed out|ProxyError|unreachable|Connection (?:refused|reset|aborted|broken)",
    re.IGNORECASE,
)
# Where the lock file has the exact version, pip names it as a constraint that nothing meets.
NO_PACKAGE = re.compile(r"(?:No matching distribution found for|\(constraint\)) ([^\s;(]+)")
PIP_INSTALLS = "Installing collected packages"
# What pip does, for the moving line: no part of why it failed.
PIP_PROGRESS = re.compile(
    r"\s*(?:Collecting|Downloading|Using cached|Requirement already|Looking in|Installing"
    r"|Ignoring|Attempting|Found existing|Uninstalling|Successfully|Saved|File was already) "
)
ANSI_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class SetupError(Exception):
    """A step of the set-up failed; the message says what to do."""


class NothingInstalled(SetupError):
    """pip failed before it changed anything."""


class UsageError(Exception):
    """The script was called in a wrong way; the message says what is wrong."""


def main(argv: list[str]) -> int:
    """Return the exit status: the child's; 1 when the set-up failed, 2 for a wrong call."""
    command, args = (argv[0], argv[1:]) if argv else ("", [])
    asks_for_help = command in OWN_COMMANDS and {"-h", "--help"}.intersection(args)
    if command in ("-h", "--help", "help") or asks_for_help:
        say(HELP)
        return 0
    try:
        if command in OWN_COMMANDS:
            return OWN_COMMANDS[command](read_options(command, args))
        module = module_for(command, args)
        set_up(with_tests=command == "test")
        if not command:
            # The first time, Python compiles all of it: with an antivirus program, for a while.
            say("Opening the page ...")
    except UsageError as error:
        complain(f"Error: {error} (see --help)")
        return 2
    except (SetupError, OSError) as error:
        complain(f"Error: {error}")
        return 1
    except KeyboardInterrupt:
        complain("Stopped before it was complete. The same command starts it again.")
        return 130
    return run([venv_python(), "-m", *module])


def module_for(command: str, args: list[str]) -> list[str]:
    """Return the module of .venv that a command runs after the set-up, and its arguments."""
    if not command:
        require_lasting_folder()
        return ["scrapy", "dashboard"]
    if command == "demo":
        return ["scrapy", "demo", *args]
    if command == "test":
        return test_command(args)
    *names, last = ["demo", *OWN_COMMANDS, "test"]
    raise UsageError(f"Unknown command '{command}': use {', '.join(names)} or {last}")


def require_lasting_folder() -> None:
    """Raise SetupError if a ZIP program has unpacked all of this only for a double click."""
    temporary = Path(tempfile.gettempdir()).resolve()
    if sys.platform == "win32" and temporary in ROOT.parents:
        raise SetupError(
            f"{ROOT} is a temporary folder, whose contents get lost. Unpack the ZIP file into a "
            r"folder of your own first, such as C:\jdp, and start it there."
        )


class Parser(argparse.ArgumentParser):
    """Raises UsageError for a wrong call, where argparse ends the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}")


def read_options(command: str, args: list[str]) -> argparse.Namespace:
    parser = Parser(prog=command, add_help=False, allow_abbrev=False)
    if command in ("setup", "update"):
        parser.add_argument("--offline", type=absolute, metavar="FOLDER")
    if command == "fill":
        parser.add_argument("folder", type=absolute, metavar="FOLDER")
        parser.add_argument("--platform", choices=PLATFORMS, default=this_platform())
        parser.add_argument("--python", type=python_version, default=python_version())
    if command == "uninstall":
        parser.add_argument("--yes", action="store_true")
    return parser.parse_args(args)


def absolute(folder: str) -> Path:
    # All steps run in the program's folder, wherever the user is.
    return Path(folder).resolve()


def python_version(text: str = platform.python_version()) -> str:
    """Return a version as 3.12."""
    found = re.match(r"3\.\d+", text)
    if not found:
        raise argparse.ArgumentTypeError(f"'{text}' is no version such as 3.12")
    return found.group()


def setup_command(options: argparse.Namespace) -> int:
    set_up(with_tests=False, offline=options.offline)
    say(next_commands())
    return 0


def update_command(options: argparse.Namespace) -> int:
    """Install what this version of the program needs, and say what has changed."""
    if (ROOT / ".git").exists():
        say("This folder is a git clone: for a newer program, run 'git pull' before this.")
    before, browser = packages(), read_stamp().get("browser", "")
    set_up(with_tests=False, offline=options.offline, again=True)
    now = packages()
    changes = [
        f"  {name} {' -> '.join(each[name] for each in (before, now) if name in each)}"
        for name in sorted(now)
        if before.get(name) != now[name]
    ]
    if read_stamp().get("browser", "") != browser:
        changes.append(f"  browser {read_stamp().get('browser', '')}")
    say("\n".join(["Changed:", *changes] if changes else ["Packages and browser are as before."]))
    return 0


def test_command(args: list[str]) -> list[str]:
    # noxfile.py has the list of all checks.
    if args[:1] == ["--windows"]:
        return ["harness.windows", *args[1:]]
    return ["pytest", *args] if args else ["nox"]


def next_commands() -> str:
    # Relative, so that no folder name of the user's gets into a line that is to be copied.
    python = r".venv\Scripts\python" if os.name == "nt" else ".venv/bin/python"
    return (
        "Ready. Try it on the demo site:\n"
        f"  {'python' if os.name == 'nt' else 'python3'} bootstrap.py demo\n"
        "or, with your account in .env (see README), on the real site: a check, then the run:\n"
        f"  {python} -m scrapy doctor\n"
        f"  {python} -m scrapy crawl jdpower -s JOBDIR=crawls/run1"
    )


# Set-up


def set_up(with_tests: bool, offline: Path | None = None, again: bool = False) -> None:
    """Do what is still missing; with everything there, only small files are read.

    Take packages and browser from the folder `offline`, if given. With `again`, install what is
    there already in the versions of today. Wait for another window that does the same.
    """
    if offline:
        check_filled(offline)
    with one_at_a_time():
        stamp = set_up_packages(with_tests, offline, again)
        if again or not os.path.isfile(stamp.get("browser", "")):
            stamp["browser"], folders = ensure_browser(offline)
            stamp["browser_folders"] = [*stamp.get("browser_folders", []), *folders]
            write_stamp(stamp)
        if with_tests and not stamp.get("postgres"):
            ensure_postgres()
            stamp["postgres"] = "looked for"
            write_stamp(stamp)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep other windows from .venv during the block, after waiting for one that works on it."""
    with contextlib.ExitStack() as stack:
        # A folder that cannot be written has nothing to set up, or the set-up says so.
        with contextlib.suppress(OSError):
            # It stays: who waits for a file that is removed waits for another one than the next.
            file = stack.enter_context(VENV.with_name(f"{VENV.name}.lock").open("ab"))
            if not take_lock(file):
                say("Another window is setting the program up: waiting until it has finished ...")
                while not take_lock(file):
                    time.sleep(0.5)
        yield


def take_lock(file: IO[bytes]) -> bool:
    """Lock a file until it is closed; return False if another process has locked it.

    The system ends the lock of a process that dies. Raise OSError where files have no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in LOCKED:
            raise
        return False
    return True


def set_up_packages(
    with_tests: bool = False, offline: Path | None = None, again: bool = False
) -> dict:
    """Make .venv and install the packages where that is missing; return the stamp."""
    names = ["requirements.txt"] + (TEST_REQUIREMENTS if with_tests else [])
    stamp = read_stamp()
    kept = {"browser_folders": stamp.get("browser_folders", [])}
    reason = why_new_venv(stamp)
    if reason and is_needed_by_a_run(reason):
        reason = ""
    if reason or again:
        names += [name for name in added_requirements(stamp) if name not in names]
    if reason:
        make_venv(reason)
        stamp = {"python": this_python(), "venv": venv_place(), "requirements": {}, **kept}
    wanted = {name: file_hash(ROOT / name) for name in [LOCK, *names]}
    if again or any(stamp["requirements"].get(name) != value for name, value in wanted.items()):
        # Without requirements while pip works: an install cut short leaves packages that look
        # complete and are not, so everything is made anew then.
        write_stamp(kept)
        first = not stamp["requirements"]
        say(f"Installing packages {'(first time only, about a minute) ' if first else ''}...")
        try:
            install(names, offline)
        except NothingInstalled:
            if not first:
                write_stamp(stamp)  # What was installed before is as good as it was.
            raise
        if stamp["requirements"].get(LOCK) != wanted[LOCK]:
            stamp["requirements"] = {}  # What other files lead to is of the old lock file.
        stamp["requirements"].update(wanted)
        stamp.pop("browser", None)  # Another playwright wants another browser
        write_stamp(stamp)
    return stamp


def stamp_path() -> Path:
    return VENV / "bootstrap-stamp.json"


def marker_path() -> Path:
    """Return the file that says that this script made the folder and may delete it."""
    return VENV / "made-by-bootstrap"


def read_stamp() -> dict:
    """Return what the last install left, or an empty dictionary."""
    try:
        stamp = json.loads(stamp_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp: dict) -> None:
    text = json.dumps(stamp, indent=1)
    temporary = stamp_path().with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(stamp_path())


def file_hash(path: Path) -> str:
    # Line ends aside: git may change them between two checkouts of one file.
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def this_python() -> str:
    """Return version and place of the Python underneath, also when started inside .venv."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return f"{version} {os.path.normcase(os.path.realpath(sys.base_prefix))}"


def without_micro(python: str) -> str:
    """Return what this_python() does without the last part of the version.

    A .venv works with the next 3.14.x at the same place. Homebrew's place has the version in it,
    and is reached by a link that stays. On Windows each place counts.
    """
    return re.sub(r"\b(3\.\d+)\.\d+(?:_\d+)?", r"\1", python, count=1 if os.name == "nt" else 0)


def venv_place() -> str:
    return os.path.normcase(str(VENV))


def venv_python() -> str:
    return str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def added_requirements(stamp: dict) -> list[str]:
    """Return the files of what is in the .venv of this script besides requirements.txt."""
    if not marker_path().exists():
        return []
    tests = [name for name in TEST_REQUIREMENTS if name in (stamp.get("requirements") or {})]
    return tests + [name for package, name in OPTIONAL_PACKAGES.items() if package in packages()]


def packages() -> dict[str, str]:
    """Return the version of each package in .venv."""
    places = (path.name[: -len(".dist-info")] for path in site_packages().glob("*.dist-info"))
    return {name: version for name, _, version in (place.rpartition("-") for place in places)}


def site_packages() -> Path:
    # Linux and macOS have the version in between.
    return next(VENV.glob("lib/python*/site-packages"), VENV / "Lib" / "site-packages")


def why_new_venv(stamp: dict) -> str:
    """Return the reason why .venv cannot be used as it is, or an empty string when it can."""
    if not VENV.exists():
        return "not there"
    if not marker_path().exists():
        return "not made by this script"
    if not isinstance(stamp.get("requirements"), dict):
        return "its set-up was not completed"
    if stamp.get("venv") != venv_place():
        return "it was moved or copied"
    if not os.path.isfile(venv_python()):
        return "its Python is gone"
    if without_micro(str(stamp.get("python"))) != without_micro(this_python()):
        return OTHER_PYTHON
    return ""


def is_needed_by_a_run(reason: str) -> bool:
    """Return True if .venv is used as it is, because of a run at work, in spite of this reason.

    Raise SetupError if it cannot be used either.
    """
    run = run_at_work() if VENV.exists() else ""
    if run and reason != OTHER_PYTHON:
        raise SetupError(f".venv has to be made anew ({reason}), but {how_to_wait(run)}")
    if run:
        say(f".venv stays as it is ({reason}): a run is at work ({run}).")
    return bool(run)


def run_at_work() -> str:
    """Return the lock of a run that is at work in this folder, or an empty string."""
    for path in (each for pattern in RUN_LOCKS for each in sorted(ROOT.glob(pattern))):
        # Only with a holder's file: a run that starts now would find a lock taken that is tried.
        if path.with_suffix(".holder.json").exists():
            with contextlib.suppress(OSError), path.open("ab") as file:
                if not take_lock(file):
                    return path.relative_to(ROOT).as_posix()
    return ""


def how_to_wait(run: str) -> str:
    return (
        f"a run is at work ({run}). Wait until it has ended, or stop it, then run the same command "
        "again."
    )


def make_venv(reason: str) -> None:
    require_venv_modules()
    clear_venv(reason)
    say("Creating .venv ...")
    VENV.mkdir(exist_ok=True)
    marker_path().write_text("bootstrap.py made this folder and may replace it.\n")
    status, output = quietly([sys.executable, "-m", "venv", str(VENV)])
    if status != 0:
        raise SetupError(f"Creating .venv failed:\n{tail(output)}")


def require_venv_modules() -> None:
    # Debian and Ubuntu leave ensurepip out of their python3.
    missing = [name for name in ("venv", "ensurepip") if not importlib.util.find_spec(name)]
    if missing:
        raise SetupError(
            f"This Python cannot make virtual environments ({' and '.join(missing)} missing). "
            f"{venv_repair()}\nThen run the same command again."
        )


def venv_repair() -> str:
    if shutil.which("apt-get"):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        return f"Run: {apt_command(package)}"
    return "Install Python from https://www.python.org/downloads/ instead."


def clear_venv(reason: str) -> None:
    """Delete a .venv of this script; move any other aside."""
    if not os.path.lexists(VENV) or (VENV.is_dir() and not any(VENV.iterdir())):
        return
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise SetupError(
            f".venv has to be made anew ({reason}), but this Python is the one inside it. "
            "Run 'deactivate' or open a new window, then run the same command again."
        )
    try:
        if marker_path().exists():
            say(f"Replacing .venv ({reason}) ...")
            aside = place_for_removal()
            # Where a program in it runs, Windows refuses this, and nothing is lost.
            VENV.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)  # The next removal deletes what is left.
        else:
            aside = free_name()
            VENV.rename(aside)
            say(f"Moved .venv to {aside.name} ({reason}); delete it if you do not need it")
    except OSError as error:
        raise SetupError(
            f".venv has to be made anew ({reason}), but cannot be replaced: {error}. "
            "Close the programs that use it, then run the same command again."
        ) from None


def place_for_removal() -> Path:
    """Return the name that .venv gets before it is deleted, after deleting what is still there."""
    aside = VENV.with_name(f"{VENV.name}-old-removed")
    if aside.exists():
        shutil.rmtree(aside)  # An earlier call was stopped here.
    return aside


def free_name() -> Path:
    number = 1
    while True:
        path = VENV.with_name(f"{VENV.name}-old-{number}")
        if not os.path.lexists(path):
            return path
        number += 1


def install(names: list[str], offline: Path | None = None) -> None:
    """Install what the requirements files lead to. Raise SetupError, which says what is missing."""
    command = [venv_python(), "-m", "pip", "install"]
    if offline:
        command += ["--no-index", "--find-links", str(offline / "packages")]
    elif sys.platform in ("win32", "darwin"):
        # Few have a compiler there: without a package that is made for this Python, say so at once.
        command += ["--only-binary", ":all:"]
    status, output = quietly([*command, *pip_options(names)])
    problem = pip_problem(status, output)
    missing = list(dict.fromkeys(NO_PACKAGE.findall(output)))
    if problem and offline and missing and not unsuitable_python():
        problem = f"{offline} lacks {', '.join(missing)}. {how_to_fill(offline)}"
    if problem:
        raise (SetupError if PIP_INSTALLS in output else NothingInstalled)(problem)


def pip_options(names: list[str]) -> list[str]:
    files = [part for name in names for part in ("-r", name)]
    options = ["--no-input", "--retries", "2", "--progress-bar", "off"]
    return [*options, "--disable-pip-version-check", "-c", LOCK, *files]


def pip_problem(status: int | None, output: str) -> str:
    """Return why pip failed and what to do, or an empty string if it did not."""
    if status == 0:
        return ""
    output = "\n".join(line for line in output.splitlines() if not PIP_PROGRESS.match(line))
    if "connection failed: 407" in output:
        return (
            "The proxy refuses its user name or password, or wants them. Correct JDP_PROXY or "
            "HTTPS_PROXY (see docs/proxies.md), then run the same command again."
        )
    # A certificate that is not trusted also ends in "no connection", but wants another repair.
    if NO_NETWORK.search(output) and "CERTIFICATE" not in output.upper():
        return (
            "No connection to the Python package index (pypi.org). Check the network and the "
            "proxy, then run the same command again."
        )
    if "SOCKS" in output:
        return (
            "pip cannot use the SOCKS proxy that the environment names. Set HTTPS_PROXY to an http "
            "proxy for the set-up, or JDP_PROXY=none."
        )
    return f"{unsuitable_python()}Installing the packages failed:\n{tail(output)}"


def unsuitable_python() -> str:
    """Return a line that says so if the packages are not made for this Python, or ""."""
    if sys.maxsize < 2**32:
        what = "for 32-bit Python"
    elif sys.version_info[:2] > NEWEST_PYTHON:
        what = f"for Python {sys.version_info[0]}.{sys.version_info[1]} yet"
    else:
        return ""
    return (
        f"The packages are not made {what}: install Python {NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]}, "
        "64 bit, from https://www.python.org/downloads/, then start this again with it.\n"
    )


# A computer without internet


def check_filled(folder: Path) -> None:
    """Raise SetupError if the folder is none of fill's, or was filled for other computers."""
    if not (folder / "packages").is_dir():
        raise SetupError(f"{folder} has no folder 'packages'. {how_to_fill(folder)}")
    filled = filled_for(folder)
    # Without a list somebody filled it by hand: pip says what is missing.
    if filled and this_kind() not in filled:
        raise SetupError(
            f"{folder} was filled for {' and '.join(filled)}, but this is {this_kind()}. "
            + how_to_fill(folder)
        )


def filled_for(folder: Path) -> list[str]:
    try:
        filled = json.loads((folder / "filled.json").read_text(encoding="utf-8"))
        return [str(each) for each in filled["for"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def kind(platform_name: str, version: str) -> str:
    return f"Python {version} on {platform_name}"


def this_kind() -> str:
    return kind(this_platform(), python_version())


def this_platform() -> str:
    """Return the name in PLATFORMS of this computer, or another one if it is not there."""
    here = (sys.platform, platform.machine().lower())
    for name, each in PLATFORMS.items():
        if here == (each.sys_platform, each.platform_machine.lower()):
            return name
    return "-".join(here)


def how_to_fill(folder: Path) -> str:
    name = this_platform()
    chosen = f" --platform {name}" if name in PLATFORMS else ""
    return (
        "Fill it on a computer with internet that has this version of the program:\n"
        f"  python bootstrap.py fill {folder.name}{chosen} --python {python_version()}"
    )


def fill_command(options: argparse.Namespace) -> int:
    """Download packages and a browser into a folder, for a computer without internet."""
    folder, wanted = options.folder, kind(options.platform, options.python)
    with one_at_a_time():
        set_up_packages()
    (folder / "packages").mkdir(parents=True, exist_ok=True)
    say(f"Downloading the packages for {wanted} ...")
    download_packages(folder / "packages", options.platform, options.python)
    say(f"Downloading a browser for {options.platform} (about 100 MB) ...")
    env = {"PLAYWRIGHT_BROWSERS_PATH": str(folder / "browser" / options.platform)}
    if options.platform in PLATFORMS:
        env["PLAYWRIGHT_HOST_PLATFORM_OVERRIDE"] = PLATFORMS[options.platform].playwright
    problem = download_browser(env)
    filled = json.dumps({"for": sorted({*filled_for(folder), wanted})}, indent=1)
    (folder / "filled.json").write_text(filled, encoding="utf-8")
    if problem:
        complain(
            f"Error: The packages are there, but no browser: {problem}. A computer that has "
            "Chrome or Edge needs none; for any other run the same command again."
        )
        return 1
    say(
        f"Ready. Take the program's folder and {folder.name} to the computer without internet, and "
        f"give there:\n  python bootstrap.py setup --offline {folder.name}"
    )
    return 0


def download_packages(folder: Path, platform_name: str, version: str) -> None:
    pip, chosen = ["-m", "pip"], ["--only-binary", ":all:"]
    if kind(platform_name, version) != this_kind():
        if platform_name not in PLATFORMS:
            raise SetupError(f"For another Python, name the platform: {', '.join(PLATFORMS)}")
        wanted = PLATFORMS[platform_name]
        markers = {"python_version": version, "python_full_version": f"{version}.0"}
        for name in ("os_name", "sys_platform", "platform_system", "platform_machine"):
            markers[name] = getattr(wanted, name)
        pip = ["-c", PIP_FOR_ANOTHER_COMPUTER, json.dumps(markers)]
        chosen += ["--implementation", "cp", "--python-version", version]
        chosen += [part for name in wanted.pip for part in ("--platform", name)]
    command = [venv_python(), *pip, "download", "--dest", str(folder), *chosen]
    problem = pip_problem(*quietly([*command, *pip_options(["requirements.txt"])]))
    if problem:
        raise SetupError(problem)


def copy_browser(folder: Path) -> str:
    """Put the browser of a filled folder where Playwright looks for it. Return "", or why not.

    It lies there as Playwright unpacks it, or as the ZIP file that Playwright downloads.
    """
    for place in browser_places():
        if not place.name.startswith("chromium"):
            continue  # What else Playwright downloads is for videos.
        parents = (folder / "browser" / this_platform(), folder / "browser", folder)
        sources = [parent / place.name for parent in parents if (parent / place.name).is_dir()]
        archives = sorted(folder.rglob("chrome-headless-shell-*.zip"))
        if not sources and not archives:
            return f"{folder} lacks the browser: {place.name}"
        part = place.with_name(f"{place.name}-part")
        shutil.rmtree(part, ignore_errors=True)
        if sources:
            shutil.copytree(sources[0], part)
        else:
            try:
                with zipfile.ZipFile(archives[0]) as archive:
                    archive.extractall(part)
            except zipfile.BadZipFile:
                return f"{archives[0]} is no complete ZIP file"
            (part / "INSTALLATION_COMPLETE").touch()
        if os.name != "nt":
            for path in part.rglob("*"):
                path.chmod(0o755)  # A memory stick, as a ZIP file here, forgets what is a program.
        shutil.rmtree(place, ignore_errors=True)
        part.rename(place)
        register(place)
    return ""


def register(place: Path) -> None:
    """Let Playwright know who uses a browser: it removes those that nobody does."""
    user = str(playwright_package())
    links = place.parent / ".links"
    links.mkdir(exist_ok=True)
    name = hashlib.sha1(user.encode(), usedforsecurity=False).hexdigest()
    (links / name).write_text(user, encoding="utf-8")


def playwright_package() -> Path:
    return site_packages() / "playwright" / "driver" / "package"


def browser_places() -> list[Path]:
    """Return the folders into which this version of Playwright puts what it downloads."""
    command = [venv_python(), "-m", "playwright", "install", "chromium", "--only-shell"]
    _, output = quietly([*command, "--dry-run"])
    return [Path(found) for found in re.findall(r"Install location:\s+(\S.*\S)", output)]


# Proxy


def proxy_environment() -> dict[str, str]:
    """Return the variables that lead pip, Playwright and apt through the proxy of the crawl.

    JDP_PROXY wins over HTTPS_PROXY and the like, and all may be in .env, too. This computer is
    never reached by a proxy.
    """
    dotenv = read_dotenv()
    own = find_value("JDP_PROXY", dotenv)
    if own.lower() in ("none", "direct"):
        return both_cases(dict.fromkeys(PROXY_VARIABLES, ""), "*")
    if own:
        check_proxy(own)
        return both_cases(dict.fromkeys(PROXY_VARIABLES, with_scheme(own)), "")
    given = {name: find_value(name, dotenv) for name in PROXY_VARIABLES}
    if not any(given.values()):
        return {}
    return both_cases(given, find_value("NO_PROXY", dotenv))


def both_cases(proxies: dict[str, str], excepted: str) -> dict[str, str]:
    exceptions = [part for part in re.split(r"[\s,]+", excepted) if part]
    if "*" not in exceptions:
        exceptions += [host for host in LOOPBACK if host not in exceptions]
    values = {**proxies, "NO_PROXY": ",".join(exceptions)}
    return {**values, **{name.lower(): value for name, value in values.items()}}


def with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"


def check_proxy(proxy: str) -> None:
    """Raise SetupError, which does not show the value: it may contain a password."""
    try:
        parts = urlsplit(with_scheme(proxy))
        usable = parts.port != 0 and bool(parts.hostname) and not parts.path.strip("/")
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise SetupError(
            "JDP_PROXY must be the address of a proxy, such as http://proxy.example:8080"
        )
    if parts.scheme.startswith("socks"):
        raise SetupError(
            "JDP_PROXY names a SOCKS proxy, which pip cannot use. Set an http proxy for the "
            "set-up, or JDP_PROXY=none."
        )


def system_proxies() -> dict[str, str]:
    """Return the proxy of Windows' or macOS's settings, which pip reads and Playwright does not."""
    from urllib import request

    for name in ("getproxies_registry", "getproxies_macosx_sysconf"):
        if hasattr(request, name):
            found = getattr(request, name)()
            names = [scheme for scheme in ("http", "https") if found.get(scheme)]
            return {f"{scheme.upper()}_PROXY": found[scheme] for scheme in names}
    return {}


def find_value(name: str, dotenv: dict[str, str]) -> str:
    """Return a variable's value in any case, lower case first, else that of .env."""
    for place in (os.environ, dotenv):
        for each in sorted(place, reverse=True):
            if each.upper() == name and place[each].strip():
                return place[each].strip()
    return ""


def read_dotenv() -> dict[str, str]:
    """Return what the crawl will read from .env; what is wrong with the file it will say itself."""
    try:
        data = Path(os.environ.get("JDP_ENV_FILE") or ROOT / ".env").read_bytes()
    except OSError:
        return {}
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    values = {}
    for line in data.decode(encoding, "replace").splitlines():
        text = line.strip()
        name, equals, value = re.sub("^export ", "", text).partition("=")
        if equals and not text.startswith("#"):
            quoted = re.match(r"""(["'])(.*)\1(?:\s+#.*)?$""", value.strip())
            values[name.strip()] = quoted.group(2) if quoted else re.split(r"\s#", value)[0].strip()
    return values


def without_secrets(output: str, environment: dict[str, str]) -> str:
    """Return a tool's output without user name and password of a proxy."""
    for value in {value for value in environment.values() if "@" in value}:
        login = with_scheme(value).partition("://")[2].rpartition("@")[0]
        password = unquote(login.partition(":")[2])
        for secret in (login, password, quote(password, safe="")):
            output = output.replace(secret, "[hidden]") if secret else output
    return output


# Browser


def ensure_browser(offline: Path | None = None) -> tuple[str, list[str]]:
    """Return the path of a browser that starts, after getting one where there is none.

    Return also the folders that came with it.
    """
    say("Looking for a browser ...")
    path, problem = working_browser()
    if path:
        return path, []
    missing = [place for place in browser_places() if not place.exists()]
    if offline:
        say(f"Copying the browser from {offline} ...")
        problems = [copy_browser(offline)]
    else:
        say("Downloading a browser (first time only, about 100 MB) ...")
        problems = [download_browser()]
    path, problem = working_browser()
    if not path and not offline and apt_prefix() is not None:
        say("Installing Debian's chromium-headless-shell with apt-get ...")
        problems.append(install_with_apt("chromium-headless-shell"))
        path, problem = working_browser()
    if path:
        return path, [str(place) for place in missing if place.exists()]
    why = "; ".join(text for text in [problem, *problems] if text)
    if offline:
        raise SetupError(f"{why}. Install Chrome, or: {how_to_fill(offline)}")
    raise SetupError(f"{why}. Run: {browser_command()}\nThen run the same command again.")


def working_browser() -> tuple[str, str]:
    """Return the path of a browser and "", or "" and what is wrong."""
    path, problem = find_browser()
    if path and not starts(path):
        return "", f"{path} does not start (libraries of the system are missing)"
    return path, problem


def find_browser() -> tuple[str, str]:
    """Ask the package, which searches as the crawl does: exit status 2 means none found."""
    result = subprocess.run(
        [venv_python(), "-m", "jdp_spider.browser"],
        cwd=ROOT,
        env=dict(os.environ, PYTHONIOENCODING="utf-8"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    lines = result.stdout.decode("utf-8", "replace").split("\n")
    path = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if result.returncode == 0 and path:
        return path, ""
    if result.returncode == 2:
        return "", "No browser was found"
    # Anything else is not cured by a download: a wrong JD_BROWSER, for example.
    message = tail(result.stderr.decode("utf-8", "replace"), 3)
    raise SetupError(f"Searching for a browser failed: {message}")


def starts(path: str) -> bool:
    """Return True if the browser finds its libraries, which a download on a bare Linux does not.

    Only on Linux: elsewhere none are missing, and on Windows --version opens a window.
    """
    if not sys.platform.startswith("linux"):
        return True
    try:
        status, _ = quietly([path, "--version"], timeout=30)
    except OSError:
        return False
    return status == 0


def download_browser(more: dict[str, str] | None = None) -> str:
    """Return "", or why Playwright could not download its browser.

    `more` are variables of the environment that say which one, and to where.
    """
    command = [venv_python(), "-m", "playwright", "install", "chromium", "--only-shell"]
    env = dict(more or {})
    if not os.environ.get(CONNECTION_TIMEOUT):
        env[CONNECTION_TIMEOUT] = BROWSER_CONNECTION_TIMEOUT_MS
    if not proxy_environment():
        env.update(system_proxies())
    status, output = quietly(command, BROWSER_DOWNLOAD_TIMEOUT_S, env)
    if status == 0:
        return ""
    if status is None:
        return f"downloading one took longer than {BROWSER_DOWNLOAD_TIMEOUT_S} s"
    errors = [line for line in output.splitlines() if line.startswith("Error: ")]
    return f"downloading one failed ({errors[0][7:] if errors else tail(output, 1)})"


def apt_prefix() -> list[str] | None:
    """Return what to put before apt-get (nothing for root), or None where it cannot be used."""
    if not sys.platform.startswith("linux") or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and quietly(["sudo", "-n", "true"])[0] == 0:
        return ["sudo", "-n"]
    return None


def install_with_apt(package: str) -> str:
    """Return "", or why apt-get could not install the package."""
    # A fresh machine is often busy with its own updates: wait for their lock instead of failing.
    apt = [*(apt_prefix() or []), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    apt += ["-o", "DPkg::Lock::Timeout=300"]
    quietly([*apt, "update"])  # Fails for one bad source of many: the install decides
    status, output = quietly([*apt, "install", "-y", package])
    return "" if status == 0 else f"apt-get failed ({tail(output, 1)})"


def ensure_postgres() -> None:
    """Get the database that the tests of the queue start, where that is easy.

    Without it they are left out.
    """
    if has_postgres() or apt_prefix() is None:
        return
    say("Installing Debian's postgresql with apt-get (for the tests of the queue) ...")
    problem = install_with_apt("postgresql")
    if problem:
        say(f"Without it these tests are left out: {problem}")


def has_postgres() -> bool:
    # Debian keeps it out of the search path.
    places = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return bool(shutil.which("initdb")) or any(places)


def browser_command() -> str:
    """Return the one command that gets a browser on this platform."""
    if sys.platform == "win32":
        return "winget install --exact --id Google.Chrome"
    if sys.platform == "darwin":
        return "brew install --cask google-chrome"
    if shutil.which("apt-get") and not is_ubuntu():
        return apt_command("chromium-headless-shell")
    if shutil.which("dnf"):
        return as_root("dnf install -y chromium-headless")
    if shutil.which("pacman"):
        return as_root("pacman -S --noconfirm chromium")
    if shutil.which("zypper"):
        return as_root("zypper --non-interactive install chromium")
    return ".venv/bin/python -m playwright install --with-deps --only-shell chromium"


def is_ubuntu() -> bool:
    """Return True if Chromium comes as a snap here, which Playwright cannot drive reliably."""
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return False
    return "ubuntu" in text.lower()


def apt_command(package: str) -> str:
    # With the update: a fresh machine has no list of packages yet.
    return f"{as_root('apt-get update')} && {as_root('apt-get install -y ' + package)}"


def as_root(command: str) -> str:
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return command if is_root else f"sudo {command}"


# Uninstall


def uninstall_command(options: argparse.Namespace) -> int:
    """Remove what the set-up made. Return 1 if something of it is left."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise SetupError(
            ".venv cannot be removed by the Python inside it. Run 'deactivate' or open a new "
            "window, then run the same command again."
        )
    with one_at_a_time():
        problems = remove_what_was_installed(options.yes)
    if desktop_path().is_file() and desktop_entry() == desktop_path().read_text(encoding="utf-8"):
        desktop_path().unlink()
        say("Removed the entry in the desktop's menu.")
    kept = [path.name for name in OF_THE_USER for path in sorted(ROOT.glob(name))]
    say(f"Kept: {', '.join(kept)}" if kept else "Nothing of yours is in this folder.")
    for problem in problems:
        complain(f"Error: {problem}")
    say("Delete the program's folder if you need nothing in it.")
    return 1 if problems else 0


def remove_what_was_installed(yes: bool) -> list[str]:
    """Remove the environment, the browser, and what the program has outside its folder.

    Return what went wrong. Raise SetupError while a run is at work.
    """
    run = run_at_work()
    if run:
        raise SetupError(f"Nothing was removed: {how_to_wait(run)}")
    problems = []
    if marker_path().exists() and os.path.isfile(venv_python()):
        problems += remove_what_is_outside(yes)
    else:
        say(
            "There is no .venv of this program, so what starts it by itself, the keyring and its "
            "state are left as they are. To remove them, run 'python bootstrap.py setup' first."
        )
    problems += remove_browser(read_stamp().get("browser_folders", []))
    return problems + remove_venv()


def remove_what_is_outside(yes: bool) -> list[str]:
    """Remove what starts the program and, if the user agrees, what it knows of accounts.

    Return what went wrong.
    """
    state = state_folder()
    forget = agreed("Remove user name and password from the system's keyring, too?", yes)
    drop = bool(state) and os.path.isdir(state)
    drop = drop and agreed(f"Remove sessions and times of all accounts ({state}), too?", yes)
    scrapy = [venv_python(), "-m", "scrapy"]
    problems = []
    status, output = quietly([*scrapy, "nightly", "--uninstall"])
    if status == 0:
        say(f"Nights: {tail(output, 1)}")
    else:
        problems.append(f"What starts the program may still be there: {tail(output, 1)}")
    if forget:
        status, output = quietly([*scrapy, "login", "--forget"])
        if status == 0:
            say(f"Keyring: {tail(output, 1)}")
        else:
            problems.append(f"The keyring's entry may still be there: {tail(output, 1)}")
    return problems + (remove(Path(state)) if drop else [])


def state_folder() -> str:
    """Return the program's own folder, or an empty string if it cannot be asked for."""
    code = "from jdp_spider.session.account import usual_folder; print(usual_folder())"
    status, output = quietly([venv_python(), "-c", code], env={"PYTHONIOENCODING": "utf-8"})
    return tail(output, 1) if status == 0 else ""


def agreed(question: str, yes: bool) -> bool:
    """Return the user's answer: no where nobody can be asked."""
    if yes or not sys.stdin or not sys.stdin.isatty():
        return yes
    try:
        return input(f"{ascii_only(question)} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def remove_browser(folders: list[str]) -> list[str]:
    """Remove what the set-up downloaded, unless another Playwright uses it. Return problems."""
    problems = []
    for place in (Path(folder) for folder in folders):
        if not place.is_dir():
            continue
        user = other_user(place)
        if user:
            say(f"Kept {place}: {user} uses it, too.")
        else:
            problems += remove(place)
    return problems


def other_user(place: Path) -> str:
    """Return another program's Playwright that uses this folder, or an empty string."""
    for link in (place.parent / ".links").glob("*"):
        try:
            package = Path(link.read_text(encoding="utf-8"))
            listing = json.loads((package / "browsers.json").read_text(encoding="utf-8"))
            names = [f"{each['name']}-{each['revision']}" for each in listing["browsers"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if VENV not in package.parents and place.name.replace("_", "-") in names:
            return str(package)
    return ""


def remove_venv() -> list[str]:
    """Remove the .venv of this script. Return problems."""
    aside = place_for_removal()
    if not os.path.lexists(VENV):
        return []
    if not marker_path().exists():
        say("Kept .venv: this script did not make it.")
        return []
    try:
        # Where a program in it runs, Windows refuses this, and nothing is lost.
        VENV.rename(aside)
    except OSError as error:
        return [f".venv is in use: {error}. Close the programs that use it, and try again."]
    return remove(aside, VENV.name)


def remove(folder: Path, name: str = "") -> list[str]:
    """Delete a folder, and say so under its own name or this one. Return problems."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        return [f"{folder} is not removed completely: {error}"]
    say(f"Removed {name or folder}.")
    return []


# Desktop


def desktop_command(options: argparse.Namespace) -> int:
    """Write an entry for the menu of a Linux desktop."""
    if not sys.platform.startswith("linux"):
        raise SetupError("This is for Linux. Elsewhere, double-click 'Start here' in the folder.")
    path = desktop_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(desktop_entry(), encoding="utf-8", newline="\n")
    path.chmod(0o755)
    say(f"The menu has 'Bookout reports' now. To have it on the desktop, copy {path} there.")
    return 0


def desktop_path() -> Path:
    data = os.environ.get("XDG_DATA_HOME", "")
    folder = Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share"
    return folder / "applications" / "jdp-spider.desktop"


def desktop_entry() -> str:
    lines = [
        "[Desktop Entry]",
        "Type=Application",
        "Name=Bookout reports",
        "Comment=Download a bookout report for every vehicle of the inventory",
        f"Exec=sh {desktop_argument(str(ROOT / 'Start here.sh'))}",
        "Terminal=true",
        "Categories=Office;",
    ]
    return "".join(f"{line}\n" for line in lines)


def desktop_argument(text: str) -> str:
    """Return an argument as the Desktop Entry Specification wants it in Exec.

    It is quoted there, and then written as every string of such a file.
    """
    quoted = re.sub(r'([\\"`$])', r"\\\1", text).replace("%", "%%")
    escaped = quoted.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


OWN_COMMANDS = {
    "setup": setup_command,
    "update": update_command,
    "fill": fill_command,
    "uninstall": uninstall_command,
    "desktop": desktop_command,
}


# Processes and console


def run(command: list[str]) -> int:
    """Run it in the foreground and return its exit status, 128 + the signal where one ended it.

    Ctrl-C reaches the child directly from the console: here it is only kept from ending the
    wait, since a crawl still finishes its vehicles and logs out. SIGTERM comes to one process
    alone and is handed on.
    """
    interrupts = [signal.SIGINT]
    if sys.platform == "win32":
        interrupts.append(signal.SIGBREAK)
    # A handler, not SIG_IGN: the child would inherit that and never see Ctrl-C.
    before = {number: signal.signal(number, lambda *_: None) for number in interrupts}
    child = subprocess.Popen(command, cwd=ROOT)
    before[signal.SIGTERM] = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        status = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if status < 0:
        return 128 - status
    return 130 if status == WINDOWS_CTRL_C else status


def quietly(
    command: list[str], timeout: float | None = None, env: dict[str, str] | None = None
) -> tuple[int | None, str]:
    """Return the exit status, None after the time limit (seconds), and all that was printed."""
    own_group = timeout is not None and os.name != "nt"
    proxies = proxy_environment()
    # A file, not a pipe: a grandchild that outlives its parent would keep a pipe open for ever.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, "output")
        with path.open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(env or {}), **proxies},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=own_group,
            )
        line = MovingLine()
        try:
            status = wait(process, timeout, lambda: line.show(path, proxies))
        except BaseException:
            kill_tree(process, own_group)
            raise
        finally:
            line.clear()
        if status is None:
            kill_tree(process, own_group)
        output = ANSI_CODE.sub("", path.read_bytes().decode("utf-8", "replace"))
        return status, without_secrets(output, proxies)


def wait(process: subprocess.Popen, timeout: float | None, tick: Callable[[], None]) -> int | None:
    """Return the exit status, or None after `timeout` seconds; call `tick` in between."""
    started = time.monotonic()
    while timeout is None or time.monotonic() - started < timeout:
        try:
            return process.wait(0.25)
        except subprocess.TimeoutExpired:
            tick()
    return None


class MovingLine:
    """The last line of a terminal: how long a step takes, and what it is at.

    Nothing is written where the output goes to a file or another program.
    """

    def __init__(self) -> None:
        self.is_terminal = bool(sys.stdout) and sys.stdout.isatty()
        self.started = time.monotonic()
        self.length = 0

    def show(self, path: Path, secrets: dict[str, str]) -> None:
        seconds = int(time.monotonic() - self.started)
        if not self.is_terminal or seconds < 1:
            return
        text = f"  {seconds} s  {without_secrets(last_line(path), secrets)}"
        text = text[: shutil.get_terminal_size().columns - 1]
        print(f"\r{text.ljust(self.length)}", end="", flush=True)
        self.length = len(text)

    def clear(self) -> None:
        if self.length:
            print(f"\r{' ' * self.length}\r", end="", flush=True)


def last_line(path: Path) -> str:
    """Return what a tool said last, in ASCII, without its bar and where a package is asked for."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4000, 0))
        text = ANSI_CODE.sub("", file.read().decode("utf-8", "ignore"))
    lines = re.split(r"[\r\n]+", text.encode("ascii", "ignore").decode("ascii"))
    line = next((each for each in reversed(lines) if each.strip(" |")), "")
    return re.sub(r"\s+", " ", re.sub(r"\(from .*", "", line)).strip(" |")


def kill_tree(process: subprocess.Popen, own_group: bool) -> None:
    if os.name == "nt":
        subprocess.call(
            ["taskkill", "/F", "/T", "/PID", str(process.pid)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    elif own_group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def tail(output: str, count: int = 12) -> str:
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    return "\n".join(lines[-count:])


def say(text: str) -> None:
    print(ascii_only(text), flush=True)


def complain(text: str) -> None:
    print(ascii_only(text), file=sys.stderr, flush=True)


def ascii_only(text: str) -> str:
    # A Windows console may know neither the user's folder name nor the message of a tool.
    return text.encode("ascii", "backslashreplace").decode("ascii")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
