from __future__ import annotations

import codecs
import os
import sys
from pathlib import Path

import pytest

from jdp_spider.config.dotenv import (
    ENV_FILE,
    PROJECT_FOLDER,
    EnvFileError,
    dotenv_path,
    read_dotenv,
    read_environment,
)

TEXT = "JD_USER=j\xfcrgen\r\nJD_PASS='p\xe4ss'\r\n"
VALUES = {"JD_USER": "j\xfcrgen", "JD_PASS": "p\xe4ss"}
ENCODED = {
    "utf-8": TEXT.encode(),
    "utf-8 with BOM": TEXT.encode("utf-8-sig"),
    "utf-16-le with BOM": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "utf-16-be with BOM": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "utf-16-le without BOM": TEXT.encode("utf-16-le"),
    "utf-8 with two BOMs": codecs.BOM_UTF8 + TEXT.encode("utf-8-sig"),
    "Windows-1252": TEXT.encode("cp1252"),
}
LINES = {
    "A=plain": "plain",
    "A = spaced ": "spaced",
    "export A=exported": "exported",
    "export\t A=exported": "exported",
    "A=": "",
    "A=''": "",
    "A='  kept  '": "  kept  ",
    'A="  kept  "': "  kept  ",
    "A=two words": "two words",
    "A=p$HOME${HOME}$$": "p$HOME${HOME}$$",
    'A="$HOME"': "$HOME",
    "A=p#ss": "p#ss",
    "A=#pass": "#pass",
    "A='p #ss'": "p #ss",
    "A=value # a comment": "value",
    "A=p'a\"s": "p'a\"s",
    "A='p\"s'": 'p"s',
    'A="p\'s"': "p's",
    "A=p=s==": "p=s==",
    "A=p%s!&*": "p%s!&*",
    r"A=C:\new\table": r"C:\new\table",
    r"A='C:\new folder\table'": r"C:\new folder\table",
    r"A=\\server\share": r"\\server\share",
    r"A='it\'s'": r"it\'s",
    'A="a\\nb"': r"a\nb",
    "A=''quoted twice''": "'quoted twice'",
    "A='": "'",
    "A='open": "'open",
    "A=\"mixed'": "\"mixed'",
    "A=`date`$(date)%PATH%": "`date`$(date)%PATH%",
    "A=once\nA='once'": "once",
    "A=one\nA=": "one",
    "A=\nA=one": "one",
}
QUOTED = {
    "A='value' # a comment": "value",
    'A="two words"  # it\'s a comment': "two words",
    "A='p #1' # a comment": "p #1",
}


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "own.env"
    monkeypatch.setenv(ENV_FILE, str(path))
    return path


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED.keys())
def test_encodings_that_editors_write_are_read(data: bytes, dotenv: Path) -> None:
    dotenv.write_bytes(data)
    assert read_dotenv(dotenv) == VALUES


@pytest.mark.parametrize(("line", "value"), LINES.items())
def test_values_are_taken_as_written(line: str, value: str, dotenv: Path) -> None:
    dotenv.write_text(f"{line}\n")
    assert read_dotenv(dotenv) == {"A": value}


@pytest.mark.parametrize(("line", "value"), QUOTED.items())
def test_a_comment_may_follow_a_value_in_quotes(line: str, value: str, dotenv: Path) -> None:
    dotenv.write_text(f"{line}\n")
    assert read_dotenv(dotenv) == {"A": value}


@pytest.mark.parametrize("text", ["", "\n\n", "# A=1\n", "  # A\n \t\n"])
def test_files_without_values_are_empty(text: str, dotenv: Path) -> None:
    dotenv.write_text(text)
    assert read_dotenv(dotenv) == {}


@pytest.mark.parametrize(
    ("text", "number"),
    [("A\n", 1), ("A=1\r\n\r\nB 2\r\n", 3), ("# A\n\nexport A\nB=1\n", 3)],
)
def test_line_without_a_value_is_an_error(text: str, number: int, dotenv: Path) -> None:
    dotenv.write_bytes(text.encode("latin-1"))
    with pytest.raises(EnvFileError) as caught:
        read_dotenv(dotenv)
    assert str(caught.value) == f"{dotenv}, line {number}: expected NAME=value"


@pytest.mark.parametrize(
    "line",
    [
        "JD_PASS: hunter=2#x",
        "JD_PASS hunter2=",
        "JD_PASS-hunter=2",
        "set JD_PASS=hunter2",
        "\u200bJD_PASS=hunter2",
        "JD_PASS\u2009hunter=2",
        "=hunter2",
        "2hunter=2",
    ],
)
def test_line_whose_name_is_none_is_an_error_without_its_text(line: str, dotenv: Path) -> None:
    dotenv.write_text(f"A=1\n{line}\n", "utf-8")
    with pytest.raises(EnvFileError) as caught:
        read_dotenv(dotenv)
    assert str(caught.value) == f"{dotenv}, line 2: expected NAME=value"


def test_name_with_two_values_is_an_error_without_them(dotenv: Path) -> None:
    dotenv.write_text("JD_PASS=hunter2\n# old\nJD_PASS=hunter1\n")
    with pytest.raises(EnvFileError) as caught:
        read_dotenv(dotenv)
    assert str(caught.value) == (
        f"{dotenv}: JD_PASS has one value in line 1 and another in line 3: remove one of the lines"
    )


def test_project_in_an_egg_has_no_values(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENV_FILE, raising=False)
    # As in an egg, which scrapyd runs.
    dotenv.touch()
    assert read_dotenv(dotenv / ".env") == {}


def test_folder_instead_of_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EnvFileError) as caught:
        read_dotenv(tmp_path)
    assert str(caught.value) == f"{tmp_path} cannot be read (Is a directory)"


@pytest.mark.parametrize(
    "value",
    [
        "\u201cdealer\u201d",
        "\u2018dealer\u2019",
        "\u201edealer\u201c # mine",
        "\xabdealer\xbb",
        "\u201d\u201d",
    ],
)
def test_typographic_quotes_are_refused(value: str, dotenv: Path) -> None:
    dotenv.write_text(f"JD_BASE_URL=https://site/\nJD_USER={value}\n", "utf-8")
    with pytest.raises(EnvFileError, match=r"line 2: the quotes around the value are those of a"):
        read_dotenv(dotenv)


@pytest.mark.parametrize("value", ["it\u2019s", "\u201cone", "a \u201cb\u201d c"])
def test_typographic_quotes_inside_a_value_are_kept(value: str, dotenv: Path) -> None:
    dotenv.write_text(f"JD_PASS={value}\n", "utf-8")
    assert read_dotenv(dotenv) == {"JD_PASS": value}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"A=\0", "no text (it holds NUL)"),
        (bytes(4096), "no text (it holds NUL)"),
        (b"\xff\xfeA", "no UTF-16 text at byte 2 (it may be cut)"),
        (b"A=b\n" + "C=d\n".encode("utf-16-le"), "no text (it holds NUL)"),
        (rb"{\rtf1\ansi A=b}", "rich text (RTF)"),
    ],
)
def test_file_that_is_not_text_is_named_as_such(data: bytes, what: str, dotenv: Path) -> None:
    dotenv.write_bytes(data)
    with pytest.raises(EnvFileError) as caught:
        read_dotenv(dotenv)
    assert str(caught.value) == f"{dotenv} is {what}: save it as plain text in UTF-8"


@pytest.mark.parametrize("value", ["name\u200e", "\u202aname\u202c", "na\u00adme", "\u200bname"])
def test_an_invisible_character_is_refused(value: str, dotenv: Path) -> None:
    dotenv.write_text(f"A=1\nJD_USER={value}\n", "utf-8")
    with pytest.raises(EnvFileError, match=r"line 2: the value holds the invisible character U\+"):
        read_dotenv(dotenv)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file")
def test_a_device_is_not_read() -> None:
    with pytest.raises(EnvFileError, match="it is a pipe or a device"):
        read_dotenv(Path("/dev/zero"))


@pytest.mark.parametrize("path", [Path("/no/such/.env"), Path(os.devnull)])
def test_missing_file_is_empty(path: Path) -> None:
    assert read_dotenv(path) == {}


def test_variable_overrides_the_file_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV_FILE, "other/file")
    assert dotenv_path() == Path("other/file")
    for unset in ("", None):
        monkeypatch.delenv(ENV_FILE, raising=False) if unset is None else monkeypatch.setenv(
            ENV_FILE, unset
        )
        assert dotenv_path() == PROJECT_FOLDER / ".env"
    assert (PROJECT_FOLDER / "scrapy.cfg").is_file()


@pytest.mark.parametrize(
    ("environment", "file", "found"),
    [
        (None, "", {}),
        (None, "A=file", {"A": "file"}),
        ("", "A=file", {"A": "file"}),
        ("  ", "A=file", {"A": "file"}),
        (" environment ", "A=file", {"A": " environment "}),
        ("$HOME\\n'x'", "A=file", {"A": "$HOME\\n'x'"}),
        (None, "A=' file '", {"A": " file "}),
        ("environment", "", {"A": "environment"}),
        (None, "A=", {}),
        (None, "B=file", {}),
    ],
)
def test_environment_overrides_the_file(
    environment: str | None,
    file: str,
    found: dict[str, str],
    dotenv: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dotenv.write_text(file)
    monkeypatch.delenv("A", raising=False)
    if environment is not None:
        monkeypatch.setenv("A", environment)
    assert read_environment(["A"]) == found


def test_another_file_may_be_given(tmp_path: Path, dotenv: Path) -> None:
    dotenv.write_text("JDP_A=named\n")
    other = tmp_path / "other"
    other.write_text("JDP_A=other\n")
    assert read_environment(["JDP_A"], other) == {"JDP_A": "other"}
