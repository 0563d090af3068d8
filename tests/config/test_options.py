from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from jdp_spider.config import sources
from jdp_spider.config.dotenv import ENV_FILE
from jdp_spider.config.options import OPTIONS, SECRETS, Config
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.proxies import VARIABLES
from jdp_spider.config.sources import load_config, project_settings
from jdp_spider.config.validators import REAL_SITE
from jdp_spider.utils.text import to_ascii

LOGIN = {"JD_USER": "me", "JD_PASS": "s3cret"}
DEFAULTS = {
    "base_url": "https://extapps.jdpowervalues.com/ValuesOnline/",
    "login_hosts": (),
    "http_hosts": (),
    "headless": True,
    "wanted_contexts": 5,
    "most_contexts": 10,
    "max_downloads": None,
    "block_resources": True,
    "download_folder": Path("downloads"),
    "state_folder": None,
    "browser": None,
    "own_proxy": "",
    "page_timeout": 60.0,
    "report_timeout": 120.0,
    "most_report_mb": 50,
    "most_export_mb": 100,
    "retries": 2,
    "login_waits": 3,
    "context_vehicles": 50,
    "failures_in_a_row": 5,
    "recovery_pause": 10.0,
    "outage_timeout": 1800.0,
    "direct_reports": False,
    "accept_unverified": False,
    "strict": False,
    "self_repair": False,
    "report_page": True,
    "snapshots": 100,
    "checkpoint_every": 20,
    "progress_interval": 60.0,
    "keep_awake": True,
    "on_end": (),
}
FLAG = "must be true or false"
COMMAND = (
    "must be a command such as python send_mail.py, or a JSON list of its words, such as "
    '["python", "send mail.py"]'
)
FLAGS = dict.fromkeys(("true", "True", "YES", "on", "1", " true "), True)
FLAGS |= dict.fromkeys(("false", "FALSE", "no", "Off", "0"), False)
GOOD = {
    "JD_USER": {"me@x": "me@x", "  me ": "me"},
    "JD_BASE_URL": {
        "http://127.0.0.1:8000": "http://127.0.0.1:8000/",
        "HTTPS://Host/Values//": "https://Host/Values/",
        "https://host/a/?q=1#top": "https://host/a/",
    },
    "JDP_LOGIN_HOSTS": {
        "": (),
        "Login.Example.com., sso.example ,login.example.com": ("login.example.com", "sso.example"),
        "b\xfccher.example": ("xn--bcher-kva.example",),
        "[::1],127.0.0.1,my_host": ("::1", "127.0.0.1", "my_host"),
    },
    "JDP_HTTP_HOSTS": {"": (), "intranet": ("intranet",)},
    "HEADLESS": FLAGS,
    "CONCURRENT_CONTEXTS": {"1": 1, "20": 20, " 7 ": 7, "auto": "auto", " Auto": "auto"},
    "JDP_MOST_CONTEXTS": {"1": 1, "20": 20},
    "MAX_DOWNLOADS": {"": None, " ": None, "0": None, "9999": None, "1": 1, "10000": 10000},
    "BLOCK_RESOURCES": FLAGS,
    "DOWNLOAD_FOLDER": {"a b/\xe4": Path("a b/\xe4"), "~/x": Path.home() / "x"},
    "JDP_STATE_FOLDER": {"": None, "a b": Path("a b"), "~/x": Path.home() / "x"},
    "JD_BROWSER": {"": None, __file__: Path(__file__)},
    "JDP_PROXY": {"": "", " http://p:8 ": "http://p:8", "none": "none"},
    "JDP_PAGE_TIMEOUT": {"1": 1.0, "3600": 3600.0, "2.5": 2.5, "1e2": 100.0},
    "JDP_REPORT_TIMEOUT": {"1": 1.0, "3600": 3600.0},
    "JDP_MOST_REPORT_MB": {"1": 1, "60": 60},
    "JDP_MOST_EXPORT_MB": {"1": 1, "250": 250},
    "JDP_RETRIES": {"0": 0, "10": 10},
    "JDP_LOGIN_WAITS": {"0": 0, "100": 100},
    "JDP_CONTEXT_VEHICLES": {"1": 1, "100000": 100_000},
    "JDP_FAILURES_IN_A_ROW": {"2": 2, "1000": 1000},
    "JDP_RECOVERY_PAUSE": {"0": 0.0, "3600": 3600.0},
    "JDP_OUTAGE_TIMEOUT": {"1": 1.0, "86400": 86_400.0},
    "JDP_DIRECT_REPORTS": {"auto": True, "OFF": False, " off ": False},
    "JDP_ACCEPT_UNVERIFIED": FLAGS,
    "JDP_STRICT": FLAGS,
    "JDP_SELF_REPAIR": {"auto": True, "OFF": False},
    "JDP_REPORT_PAGE": FLAGS,
    "JDP_SNAPSHOTS": {"0": 0, "1000": 1000},
    "JDP_CHECKPOINT_EVERY": {"1": 1, "10000": 10_000},
    "JDP_PROGRESS_INTERVAL": {"1": 1.0, "3600": 3600.0},
    "JDP_KEEP_AWAKE": FLAGS,
    "JDP_ON_END": {
        "none": (),
        '["a b", "c"]': ("a b", "c"),
        "python mail.py": "python mail.py" if os.name == "nt" else ("python", "mail.py"),
        '"/opt/a b/mail" "x \\" y"': '"/opt/a b/mail" "x \\" y"'
        if os.name == "nt"
        else ("/opt/a b/mail", 'x " y'),
    },
}
BROWSER = (
    "must be the full path of a Chromium, Chrome or Edge program that exists, "
    "or empty: then one is looked for"
)
HOSTS = "must be names of hosts with commas between them, such as login.example.com"
PROXY = (
    "must be the address of a proxy, such as http://proxy.example:8080 (in user name and password "
    "write @ as %40, : as %3A, / as %2F, # as %23 and % as %25)"
)
SECONDS = "must be a number of seconds from 1 to 3600"
WRONG = {
    "JD_BASE_URL": {
        "ftp://host/": f"must be an address such as {REAL_SITE}",
        "host/ValuesOnline": f"must be an address such as {REAL_SITE}",
        "https:///path": f"must be an address such as {REAL_SITE}",
    },
    "JDP_LOGIN_HOSTS": dict.fromkeys(
        ["https://host", "host:443", "a b", "*.host", "me@host", "host/", "a..b", "\ud800"], HOSTS
    ),
    "JDP_HTTP_HOSTS": {"http://host": HOSTS},
    "HEADLESS": {"maybe": FLAG, "2": FLAG, "tr\xfce": FLAG},
    "CONCURRENT_CONTEXTS": dict.fromkeys(
        ["five", "0", "21", "-1", "2.5"], "must be a whole number from 1 to 20, or auto"
    ),
    "MAX_DOWNLOADS": dict.fromkeys(
        ["all", "-1", "1.5"], "must be empty (all vehicles) or a whole number, 0 or more"
    ),
    "BLOCK_RESOURCES": {"images": FLAG},
    "DOWNLOAD_FOLDER": {
        __file__: "must name a folder, not a file or a broken link",
        "$HOME/x": "must not begin with $HOME: write the whole path, or begin it with ~ for your "
        "own folder",
    },
    "JDP_STATE_FOLDER": {__file__: "must name a folder, not a file or a broken link"},
    "JD_BROWSER": {"/no/such/chrome": BROWSER, os.curdir: BROWSER},
    "JDP_PROXY": dict.fromkeys(["ftp://p", "a b", "http://p/proxy.pac"], PROXY),
    "JDP_PAGE_TIMEOUT": dict.fromkeys(["0.9", "3601", "1 min", "nan", "inf"], SECONDS),
    "JDP_REPORT_TIMEOUT": {"0": SECONDS, "two": SECONDS},
    "JDP_MOST_REPORT_MB": dict.fromkeys(("0", "61", "x"), "must be a whole number from 1 to 60"),
    "JDP_MOST_CONTEXTS": dict.fromkeys(("auto", "0", "21"), "must be a whole number from 1 to 20"),
    "JDP_MOST_EXPORT_MB": dict.fromkeys(("0", "251", "x"), "must be a whole number from 1 to 250"),
    "JDP_RETRIES": dict.fromkeys(["-1", "11", "x"], "must be a whole number from 0 to 10"),
    "JDP_LOGIN_WAITS": dict.fromkeys(["-1", "101", "x"], "must be a whole number from 0 to 100"),
    "JDP_CONTEXT_VEHICLES": dict.fromkeys(
        ["0", "100001", "x"], "must be a whole number from 1 to 100000"
    ),
    "JDP_FAILURES_IN_A_ROW": {"1": "must be a whole number from 2 to 1000"},
    "JDP_RECOVERY_PAUSE": {"-1": "must be a number of seconds from 0 to 3600"},
    "JDP_OUTAGE_TIMEOUT": {"0": "must be a number of seconds from 1 to 86400"},
    "JDP_DIRECT_REPORTS": dict.fromkeys(("true", "on", "x"), "must be auto or off"),
    "JDP_SELF_REPAIR": {"true": "must be auto or off"},
    "JDP_ACCEPT_UNVERIFIED": {"perhaps": FLAG},
    "JDP_STRICT": {"pdf": FLAG},
    "JDP_REPORT_PAGE": {"pdf": FLAG},
    "JDP_SNAPSHOTS": {"-1": "must be a whole number from 0 to 1000"},
    "JDP_CHECKPOINT_EVERY": dict.fromkeys(
        ["0", "10001", "x"], "must be a whole number from 1 to 10000"
    ),
    "JDP_PROGRESS_INTERVAL": {"0": SECONDS, "3601": SECONDS, "x": SECONDS},
    "JDP_KEEP_AWAKE": {"perhaps": FLAG},
    "JDP_ON_END": dict.fromkeys(("[1]", "[]", '[""]', "[", '["a\\u0000"]'), COMMAND),
}


def cases(table: dict[str, dict[str, Any]]) -> list[tuple[str, str, Any]]:
    return [(name, text, value) for name, values in table.items() for text, value in values.items()]


@pytest.fixture(autouse=True)
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `.env`, and nothing of ours in the environment."""
    own = {*OPTIONS, *VARIABLES}
    for name in [n for n in os.environ if n.upper() in own or n.startswith("JDP_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "own.env"
    path.touch()
    monkeypatch.setenv(ENV_FILE, str(path))
    return path


def settings(command_line: dict[str, str] | None = None) -> Settings:
    """As `scrapy crawl -s ...` has them: the project's settings, then the command line's."""
    project: dict[str, Any] = dict(project_settings())
    made = Settings(project)
    made.setdict(command_line or {}, priority="cmdline")
    return made


def read(**command_line: str) -> Config:
    return load_config(settings({**LOGIN, **command_line}))


def problems(**command_line: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(**command_line)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def test_missing_env_file_is_mentioned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "dotenv_path", lambda: tmp_path / ".env")
    [missing] = sources._about_dotenv()
    assert missing == f"There is no {tmp_path / '.env'}: copy .env.example to it, and fill it in"
    (tmp_path / ".env.txt").touch()
    [named] = sources._about_dotenv()
    assert named == f"{tmp_path / '.env.txt'} has the wrong name: call it .env"
    (tmp_path / ".env").touch()
    assert sources._about_dotenv() == []


def test_defaults_apply_without_settings() -> None:
    assert read() == Config(user="me", password="s3cret", **DEFAULTS)
    assert read().vehicle_timeout == 270.0


def test_every_setting_has_test_cases() -> None:
    assert set(GOOD) | {"JD_PASS"} == set(WRONG) | {"JD_USER", "JD_PASS"} == set(OPTIONS)


@pytest.mark.parametrize(("name", "text", "value"), cases(GOOD))
def test_valid_values_are_parsed(name: str, text: str, value: Any) -> None:
    assert getattr(read(**{name: text}), OPTIONS[name].field) == value


@pytest.mark.parametrize(("name", "text", "message"), cases(WRONG))
def test_invalid_values_are_refused(name: str, text: str, message: str) -> None:
    found = "" if name in {*SECRETS, "JDP_ON_END"} else f", got '{to_ascii(text)}'"
    assert problems(**{name: text}) == [f"{name} {message}{found} (see .env.example)"]


@pytest.mark.parametrize("text", ["true", "1", "5"])
def test_values_may_already_have_their_type(text: str) -> None:
    typed = {"true": {"HEADLESS": True}, "1": {"HEADLESS": 1}, "5": {"CONCURRENT_CONTEXTS": 5}}
    assert read(**typed[text]) == read()


@pytest.mark.parametrize("name", ["HEADLESS", "CONCURRENT_CONTEXTS", "JDP_RETRIES"])
def test_empty_value_on_the_command_line_is_refused(name: str) -> None:
    (line,) = problems(**{name: ""})
    assert line.startswith(f"{name} must be ") and line.endswith(" (see .env.example)")
    assert "got" not in line


def test_all_problems_are_reported_together() -> None:
    assert problems(JD_USER="", JDP_RETRYS="1", HEADLESS="x") == [
        "JDP_RETRYS is not a setting; did you mean JDP_RETRIES? (see .env.example)",
        "JD_USER must be set to your own Values Online login (see .env.example)",
        "HEADLESS must be true or false, got 'x' (see .env.example)",
    ]


@pytest.mark.parametrize("name", ["JD_USER", "JD_PASS"])
def test_missing_login_is_an_error(name: str) -> None:
    message = f"{name} must be set to your own Values Online login (see .env.example)"
    assert problems(**{name: "  "}) == [message]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [("JD_USER", "your-user-name", ", got 'your-user-name'"), ("JD_PASS", "your-password", "")],
)
def test_example_values_are_refused(name: str, value: str, found: str) -> None:
    message = f"{name} still holds the value of .env.example: put in your own login{found}"
    assert problems(**{name: value}) == [f"{message} (see .env.example)"]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("JDP_PAGE_TIMEUOT", "; did you mean JDP_PAGE_TIMEOUT?"),
        ("JD_PASSWD", "; did you mean JD_PASS?"),
        ("JDP_XYZZY", ""),
    ],
)
@pytest.mark.parametrize("where", ["-s", ".env"])
def test_unknown_names_are_refused(name: str, suggestion: str, where: str, dotenv: Path) -> None:
    if where == ".env":
        dotenv.write_text(f"{name}=1\n")
    found = problems(**({name: "1"} if where == "-s" else {}))
    assert found == [f"{name} is not a setting{suggestion} (see .env.example)"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("MAX_DOWNLOAD", "MAX_DOWNLOADS"), ("CONCURRENT_REQUESTS", "CONCURRENT_CONTEXTS")],
)
def test_names_in_the_file_that_are_close_to_a_setting(name: str, meant: str, dotenv: Path) -> None:
    dotenv.write_text(f"{name}=1\nHTTPS_PROXY=x\n")
    assert problems() == [f"{name} is not a setting; did you mean {meant}? (see .env.example)"]


@pytest.mark.parametrize("name", ["JDP_ENV_FILE", "HTTPS_PROXY", "PATH", "jd_user", "A"])
def test_unrelated_names_in_the_file_are_ignored(name: str, dotenv: Path) -> None:
    dotenv.write_text(f"{name}=1\n")
    assert read().user == "me"


def test_value_of_a_misspelt_password_is_not_shown(dotenv: Path) -> None:
    dotenv.write_text("JD_USER=me\nJD_PASWORD=s3cret\n")
    with pytest.raises(ConfigError) as caught:
        load_config(settings())
    assert caught.value.problems == [
        "JD_PASWORD is not a setting; did you mean JD_PASS? (see .env.example)",
        "JD_PASS must be set to your own Values Online login (see .env.example)",
    ]


def test_unreadable_file_is_the_only_error(dotenv: Path) -> None:
    dotenv.write_text("HEADLESS=x\nJD_PASS s3cret\n")
    assert project_settings() == {}
    assert problems(HEADLESS="x") == [f"{dotenv}, line 2: expected NAME=value"]


def test_misspelt_names_in_the_environment_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JDP_RETRYS", "JD_OTHERS", "MAX_DOWNLOAD", "HEADLESSNESS"):
        monkeypatch.setenv(name, "1")
    message = "JDP_RETRYS is not a setting; did you mean JDP_RETRIES? (see .env.example)"
    assert problems() == [message]


ORDER = [
    ({}, {}, {}, 5),
    ({}, {}, {"CONCURRENT_CONTEXTS": "2"}, 2),
    ({}, {"CONCURRENT_CONTEXTS": "3"}, {"CONCURRENT_CONTEXTS": "2"}, 3),
    ({}, {"CONCURRENT_CONTEXTS": " "}, {"CONCURRENT_CONTEXTS": "2"}, 2),
    ({"CONCURRENT_CONTEXTS": "4"}, {"CONCURRENT_CONTEXTS": "3"}, {"CONCURRENT_CONTEXTS": "2"}, 4),
    ({"CONCURRENT_REQUESTS": "6"}, {"CONCURRENT_CONTEXTS": "3"}, {}, 6),
    ({"CONCURRENT_REQUESTS": "6", "CONCURRENT_CONTEXTS": "4"}, {}, {}, 6),
    ({}, {"CONCURRENT_REQUESTS": "6"}, {}, 5),
]


@pytest.mark.parametrize(("command_line", "environment", "file", "contexts"), ORDER)
def test_command_line_overrides_environment_and_environment_overrides_file(
    command_line: dict[str, str],
    environment: dict[str, str],
    file: dict[str, str],
    contexts: int,
    dotenv: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    dotenv.write_text("".join(f"{name}={value}\n" for name, value in file.items()))
    assert read(**command_line).contexts == contexts


@pytest.mark.parametrize(("field", "name"), [("user", "JD_USER"), ("password", "JD_PASS")])
def test_login_follows_the_same_precedence(
    field: str, name: str, dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv.write_text("JD_USER=file\nJD_PASS=file\n")
    assert getattr(load_config(settings()), field) == "file"
    monkeypatch.setenv(name, "environment")
    assert getattr(load_config(settings()), field) == "environment"
    assert getattr(load_config(settings({name: "line"})), field) == "line"


@pytest.mark.parametrize("priority", ["default", "project", "spider"])
def test_concurrent_requests_counts_from_the_command_line_only(priority: str) -> None:
    given = settings(LOGIN)
    given.set("CONCURRENT_REQUESTS", 9, priority)
    assert load_config(given).contexts == 5


def test_the_password_is_in_no_setting_and_in_no_repr(dotenv: Path) -> None:
    dotenv.write_text("JD_USER=me\nJD_PASS=s3cret\n")
    given = settings()
    config = load_config(given)
    assert config.password == "s3cret"
    assert "s3cret" not in repr(given.copy_to_dict()) + repr(config) + str(config)
    assert project_settings() == {"JD_USER": "me"}


def test_foreign_value_in_the_config_setting_is_ignored() -> None:
    given = settings({**LOGIN, "_JDP_CONFIG": "x"})
    assert load_config(given).contexts == 5


PROXY_VALUE = "http://us3r:s3cret@proxy.example:8080"


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("JDP_PROXY", "-s"),
        ("JDP_PROXY", "environment"),
        ("JDP_PROXY", ".env"),
        ("HTTPS_PROXY", "environment"),
        ("HTTPS_PROXY", ".env"),
    ],
)
def test_a_proxys_login_is_in_no_repr_and_in_no_record(
    name: str, where: str, dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == ".env":
        dotenv.write_text(f"{name}={PROXY_VALUE}\n")
    elif where == "environment":
        monkeypatch.setenv(name, PROXY_VALUE)
    config = read(**({name: PROXY_VALUE} if where == "-s" else {}))
    assert config.proxy is not None
    assert (config.proxy.server, config.proxy.source) == ("http://proxy.example:8080", name)
    assert config.secrets == ["s3cret", PROXY_VALUE, "s3cret", "us3r"]
    assert name not in project_settings()
    shown = f"{config!r} {config.shown()} {project_settings()}"
    assert "s3cret" not in shown and "us3r" not in shown


def test_a_wrong_proxy_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "ftp://me:s3cret@proxy.example")
    assert problems() == [f"HTTPS_PROXY {PROXY}"]


def test_dotenv_is_read_once(dotenv: Path) -> None:
    given = settings(LOGIN)
    config = load_config(given)
    dotenv.write_text("JDP_RETRIES=7\nHEADLESS=x\n")
    of_crawler = given.copy()
    assert load_config(of_crawler) == config
    dotenv.write_text("")
    of_crawler.set("JDP_RETRIES", "9", "spider")
    assert load_config(of_crawler).retries == 9


HIDDEN = "JD_BASE_URL must not hold a user name or password (see .env.example)"


@pytest.mark.parametrize(
    "url",
    [
        "http://me:s3cret@host/",
        "https://s3cret@host/ValuesOnline/",
        "ftp://me:s3cret@host/",
        "http://me:s3cret@host/Home/LicenseAgreement",
        "http://:s3cret@host",
        "http://me:s3cret@host:99999/",
        "http://me:s3cret@host:port/",
        "http://[me:s3cret@host/",
        "me:s3cret@host/ValuesOnline/",
    ],
)
def test_password_in_an_address_is_not_shown(url: str) -> None:
    assert problems(JD_BASE_URL=url) == [HIDDEN]


def test_password_keeps_its_white_space(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.write_text("JD_USER=' me '\nJD_PASS=' s3cret '\n")
    found = load_config(settings())
    assert (found.user, found.password) == ("me", " s3cret ")
    monkeypatch.setenv("JD_PASS", "\ts3cret")
    assert load_config(settings()).password == "\ts3cret"


@pytest.mark.parametrize("value", ["s3c\u200bret", "\u201cs3cret\u201d", "\ufeffs3cret"])
@pytest.mark.parametrize("name", ["JD_USER", "JD_PASS"])
def test_credential_that_only_a_copied_text_has_is_refused(name: str, value: str) -> None:
    (found,) = problems(**{name: value})
    assert found.startswith((f"{name} has the invisible", f"{name} is between the quotes"))
    assert "s3c" not in found


def test_the_password_is_in_no_error(dotenv: Path) -> None:
    dotenv.write_text("JD_USER=\nJD_PASS=s3cret\nHEADLESS=x\n")
    with pytest.raises(ConfigError) as caught:
        load_config(settings())
    assert "s3cret" not in str(caught.value) + repr(caught.value)


def test_upper_bound_applies_to_auto_only() -> None:
    found = read(CONCURRENT_CONTEXTS="auto", JDP_MOST_CONTEXTS="8")
    assert (found.finds_contexts, found.contexts, found.shown()["CONCURRENT_CONTEXTS"]) == (
        *(True, 8, "auto"),
    )
    fixed = read(CONCURRENT_CONTEXTS="9", JDP_MOST_CONTEXTS="8")
    assert (fixed.finds_contexts, fixed.contexts) == (False, 9)
