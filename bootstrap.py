#!/usr/bin/env python3
"""Sets the project up in .venv and runs it; needs nothing but Python 3.10 or newer.

The syntax is kept readable for Python 3.6, so that an old Python gets one clear line instead of
a SyntaxError: no walrus, no match, no "from __future__ import annotations" (3.7). Annotations may
be modern, because they are evaluated only after the version was checked.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

HELP = """\
usage: python bootstrap.py COMMAND [arguments of the command]

  demo    show a whole run against a demo site on this computer
          (python bootstrap.py demo --vehicles 10; demo --help lists the rest)
  test    run all checks and tests; with arguments only pytest, with these
          (python bootstrap.py test -k name); --windows: on Windows, under Wine
  setup   only set up, and say what to run next

The first call makes .venv, installs the packages and finds a browser or gets
one. Later calls install nothing and start at once."""

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

# Exact versions of everything that the requirements files lead to.
LOCK = "requirements.lock"

# The queue's packages are needed by its tests.
TEST_REQUIREMENTS = ["requirements-group.txt", "requirements-test.txt"]

# What a user may have added: it comes into a .venv that is made anew, too.
OPTIONAL_PACKAGES = {"procrastinate": "requirements-group.txt"}

# What leads other programs through a proxy, and what is never reached by one.
PROXY_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]
LOOPBACK = ["localhost", "127.0.0.1", "::1"]

# Exit status of a Windows program that Ctrl-C ended: STATUS_CONTROL_C_EXIT.
WINDOWS_CTRL_C = 0xC000013A
# A hundred megabytes over a slow line, against a network that swallows packets without an answer.
BROWSER_DOWNLOAD_TIMEOUT_S = 900
BROWSER_CONNECTION_TIMEOUT_MS = "15000"
NO_NETWORK = re.compile(
    r"getaddrinfo|name resolution|nodename nor servname|ConnectionError|ConnectTimeout|ReadTimeout"
    r"|timed out|ProxyError|unreachable|Connection (?:refused|reset|aborted|broken)",
    re.IGNORECASE,
)
ANSI_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class SetupError(Exception):
    """A step of the set-up failed; the message says what to do."""


def main(argv: list[str]) -> int:
    """Return the exit status: the child's; 1 when the set-up failed, 2 for a wrong call."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        say(HELP)
        return 0 if argv else 2
    command, args = argv[0], argv[1:]
    if command not in ("demo", "test", "setup"):
        complain(f"Error: Unknown command '{command}': use demo, test or setup (see --help)")
        return 2
    if command == "setup" and args:
        complain(f"Error: setup takes no arguments, got '{' '.join(args)}'")
        return 2
    try:
        set_up(with_tests=command == "test")
    except (SetupError, OSError) as error:
        complain(f"Error: {error}")
        return 1
    except KeyboardInterrupt:
        complain("Stopped before the set-up was complete. The same command starts it again.")
        return 130
    if command == "setup":
        say(next_commands())
        return 0
    module = ["scrapy", "demo", *args] if command == "demo" else test_command(args)
    return run([venv_python(), "-m", *module])


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


def set_up(with_tests: bool) -> None:
    """Do what is still missing; with everything there, only small files are read."""
    names = ["requirements.txt"] + (TEST_REQUIREMENTS if with_tests else [])
    stamp = read_stamp()
    reason = why_new_venv(stamp)
    if reason:
        names += [name for name in added_requirements() if name not in names]
        make_venv(reason)
        stamp = {"python": this_python(), "venv": venv_place(), "requirements": {}}
    wanted = {name: file_hash(ROOT / name) for name in [LOCK, *names]}
    if any(stamp["requirements"].get(name) != value for name, value in wanted.items()):
        # Gone while pip works: an install cut short leaves packages that look complete and are
        # not, so without a stamp everything is made anew.
        stamp_path().unlink(missing_ok=True)
        first = not stamp["requirements"]
        say(f"Installing packages {'(first time only, about a minute) ' if first else ''}...")
        install(names)
        stamp["requirements"].update(wanted)
        stamp.pop("browser", None)  # Another playwright wants another browser
        write_stamp(stamp)
    if not os.path.isfile(stamp.get("browser", "")):
        stamp["browser"] = ensure_browser()
        write_stamp(stamp)
    if with_tests and not stamp.get("postgres"):
        ensure_postgres()
        stamp["postgres"] = "looked for"
        write_stamp(stamp)


def stamp_path() -> Path:
    return VENV / "bootstrap-stamp.json"


def marker_path() -> Path:
    """Return the file that says that this script made the folder and may delete it."""
    return VENV / "made-by-bootstrap"


def read_stamp() -> dict:
    """Return what the last complete install left, or an empty dictionary."""
    try:
        stamp = json.loads(stamp_path().read_text(encoding="utf-8"))
        complete = isinstance(stamp["requirements"], dict)
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return stamp if complete else {}


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


def venv_place() -> str:
    return os.path.normcase(str(VENV))


def venv_python() -> str:
    return str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def added_requirements() -> list[str]:
    """Return the files of the optional packages that are in the .venv of this script."""
    if not marker_path().exists():
        return []
    packages = {path.name for path in VENV.glob("[Ll]ib/**/site-packages/*")}
    return [name for package, name in OPTIONAL_PACKAGES.items() if package in packages]


def why_new_venv(stamp: dict) -> str:
    """Return the reason why .venv cannot be used as it is, or an empty string when it can."""
    if not VENV.exists():
        return "not there"
    if not marker_path().exists():
        return "not made by this script"
    if not stamp:
        return "its set-up was not completed"
    if stamp.get("venv") != venv_place():
        return "it was moved or copied"
    if stamp.get("python") != this_python():
        return "it was made with another Python"
    if not os.path.isfile(venv_python()):
        return "its Python is gone"
    return ""


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
            shutil.rmtree(VENV)
        else:
            aside = free_name()
            VENV.rename(aside)
            say(f"Moved .venv to {aside.name} ({reason}); delete it if you do not need it")
    except OSError as error:
        raise SetupError(
            f".venv has to be made anew ({reason}), but cannot be replaced: {error}. "
            "Close the programs that use it, then run the same command again."
        ) from None


def free_name() -> Path:
    number = 1
    while True:
        path = VENV.with_name(f"{VENV.name}-old-{number}")
        if not os.path.lexists(path):
            return path
        number += 1


def install(names: list[str]) -> None:
    files = [part for name in names for part in ("-r", name)]
    pip = [venv_python(), "-m", "pip", "install", "--quiet", "--no-input", "--retries", "2"]
    status, output = quietly([*pip, "--disable-pip-version-check", "-c", LOCK, *files])
    if status == 0:
        return
    # A certificate that is not trusted also ends in "no connection", but wants another repair.
    if NO_NETWORK.search(output) and "CERTIFICATE" not in output.upper():
        raise SetupError(
            "No connection to the Python package index (pypi.org). Check the network and the "
            "proxy, then run the same command again."
        )
    if "SOCKS" in output:
        raise SetupError(
            "pip cannot use the SOCKS proxy that the environment names. Set HTTPS_PROXY to an http "
            "proxy for the set-up, or JDP_PROXY=none."
        )
    raise SetupError(f"Installing the packages failed:\n{tail(output)}")


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


def ensure_browser() -> str:
    """Return the path of a browser that starts, after getting one where there is none."""
    path, problem = working_browser()
    if path:
        return path
    say("Downloading a browser (first time only, about 100 MB) ...")
    problems = [download_browser()]
    path, problem = working_browser()
    if not path and apt_prefix() is not None:
        say("Installing Debian's chromium-headless-shell with apt-get ...")
        problems.append(install_with_apt("chromium-headless-shell"))
        path, problem = working_browser()
    if path:
        return path
    why = "; ".join(text for text in [problem, *problems] if text)
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


def download_browser() -> str:
    """Return "", or why Playwright could not download its browser."""
    command = [venv_python(), "-m", "playwright", "install", "chromium", "--only-shell"]
    env = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": BROWSER_CONNECTION_TIMEOUT_MS}
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
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**(env or {}), **os.environ, **proxies},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=own_group,
        )
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            kill_tree(process, own_group)
            status = None
        except BaseException:
            kill_tree(process, own_group)
            raise
        log.seek(0)
        output = ANSI_CODE.sub("", log.read().decode("utf-8", "replace"))
        return status, without_secrets(output, proxies)


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
