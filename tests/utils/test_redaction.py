from __future__ import annotations

import io
import json
import logging
import sys
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from jdp_spider.utils.redaction import (
    OwnText,
    Redact,
    hide,
    hide_cookies,
    is_word_or_number,
    redact,
    redact_logs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "s3cret#p%d"
COOKIE = "abcdef0123456789"


@pytest.fixture(autouse=True)
def _nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What a root handler with the filter writes; the root logger gets its handlers back."""
    root, stream = logging.getLogger(), io.StringIO()
    before, handler = list(root.handlers), logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    root.handlers[:] = [handler]
    redact_logs()
    yield stream
    root.handlers[:] = before


def test_message_is_masked(output: io.StringIO) -> None:
    hide([PASSWORD, COOKIE])
    logging.getLogger("any").warning("filled in " + PASSWORD + " with " + COOKIE)
    assert output.getvalue() == "WARNING filled in [hidden] with [hidden]\n"


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ((PASSWORD,), "[hidden]"),
        ((ValueError(f"fill({PASSWORD})"),), "fill([hidden])"),
        (([COOKIE, 1],), "['[hidden]', 1]"),
    ],
)
def test_arguments_are_masked(args: tuple, text: str, output: io.StringIO) -> None:
    hide([PASSWORD, COOKIE])
    logging.getLogger("any").warning("got %s", *args)
    assert output.getvalue() == f"WARNING got {text}\n"


def test_named_arguments_are_masked(output: io.StringIO) -> None:
    hide([PASSWORD])
    logging.getLogger("any").warning(
        "got %(value)s, %(number)d %%", {"value": PASSWORD, "number": 1}
    )
    assert output.getvalue() == "WARNING got [hidden], 1 %\n"


def test_traceback_is_masked(output: io.StringIO) -> None:
    hide([PASSWORD])
    try:
        try:
            raise KeyError(PASSWORD)
        except KeyError:
            raise ValueError(f"fill({PASSWORD})") from None
    except ValueError:
        logging.getLogger("any").exception("Failed")
    text = output.getvalue()
    assert PASSWORD not in text
    assert text.startswith("ERROR Failed\nTraceback (most recent call last):\n")
    assert text.endswith("ValueError: fill([hidden])\n")


def test_traceback_cause_is_masked(output: io.StringIO) -> None:
    hide([PASSWORD])
    try:
        try:
            raise RuntimeError(f"first {PASSWORD}")
        except RuntimeError as error:
            raise ValueError("second") from error
    except ValueError:
        logging.getLogger("any").exception("Failed")
    assert PASSWORD not in output.getvalue()
    assert "RuntimeError: first [hidden]\n" in output.getvalue()


def test_percent_sign_in_message_is_harmless(output: io.StringIO) -> None:
    hide([COOKIE])
    logging.getLogger("any").warning("100%% %s%%d of %s", 5, COOKIE)
    assert output.getvalue() == "WARNING 100% 5%d of [hidden]\n"


@pytest.mark.parametrize(
    ("values", "text", "masked"),
    [
        (["abcde1"], "xabcde1abcde1 ABCDE1", "x[hidden][hidden] ABCDE1"),
        (["abcde1", "abcde12"], "abcde12 abcde1", "[hidden] [hidden]"),
        (["abcde1", "de1fgh"], "abcde1fgh", "[hidden]"),
        (["a.c*.*"], "a.c*.* abcccc", "[hidden] abcccc"),
        (["p\xe4ss12"], "p\xe4ss12", "[hidden]"),
        (["one  two 3 "], "one two 3", "[hidden]"),
        ([], "abcde1", "abcde1"),
    ],
)
def test_complete_values_are_masked_longest_first(
    values: list[str], text: str, masked: str
) -> None:
    hide(values)
    assert redact(text) == masked


@pytest.mark.parametrize(
    "password", ["p\xe4ss w\\rd~", "a'b\"c%d", "caf\xe9\n\t1", "a/b?c=d&e", "\u8eca\u8f1b1234"]
)
def test_every_form_of_a_value_is_masked(password: str) -> None:
    hide([password])
    forms = (password, quote(password), urlencode({"p": password})[2:], ascii(password)[1:-1])
    assert [redact(f"<{form}>") for form in forms] == ["<[hidden]>"] * len(forms)


@pytest.mark.parametrize(
    "form",
    [
        repr("p\xe4ss\\w")[1:-1],
        json.dumps('p\xe4"\\w1')[1:-1],
        json.dumps('p\xe4"\\w1', ensure_ascii=False)[1:-1],
    ],
)
def test_forms_of_other_programs_are_masked(form: str) -> None:
    hide(["p\xe4ss\\w", 'p\xe4"\\w1'])
    assert redact(form) == "[hidden]"


def raised(text: str) -> tuple[type[Exception], Exception, None]:
    return (ValueError, ValueError(text), None)


def record_of(text: str, *args: object, **given: Any) -> logging.LogRecord:
    record = logging.LogRecord("any", logging.ERROR, "", 1, text, args, None)
    vars(record).update(given)
    return record


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"exc_text": f"Traceback\n{PASSWORD}"}, "x\nTraceback\n[hidden]"),
        (
            {"exc_text": f"Traceback\n{PASSWORD}", "exc_info": raised(PASSWORD)},
            "x\nValueError: [hidden]",
        ),
        ({"exc_info": raised(PASSWORD)}, "x\nValueError: [hidden]"),
        ({"stack_info": f"Stack\n{PASSWORD}"}, "x\nStack\n[hidden]"),
    ],
)
def test_cached_traceback_is_masked(given: dict[str, Any], shown: str) -> None:
    hide([PASSWORD])
    record = record_of("x", **given)
    assert Redact().filter(record) is True
    assert logging.Formatter().format(record) == shown


@pytest.mark.parametrize("args", [(), (1, 2, 3), ({"a": 1}, 5)])
def test_record_with_wrong_arguments_passes(args: tuple) -> None:
    hide([PASSWORD])
    record = record_of("%s of %d", *args)
    assert Redact().filter(record) is True


def test_nothing_is_masked_before_a_secret_is_known(output: io.StringIO) -> None:
    logging.getLogger("any").warning("got %s", PASSWORD)
    assert output.getvalue() == f"WARNING got {PASSWORD}\n"


def test_each_handler_has_one_filter() -> None:
    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    root.handlers[:] = [logging.NullHandler(), logging.NullHandler()]
    redact_logs()
    root.addHandler(logging.NullHandler())
    redact_logs()
    filters = [[type(each) for each in handler.filters] for handler in root.handlers]
    root.handlers[:] = before
    assert filters == [[Redact], [Redact], [Redact]]


def test_only_a_cookie_that_may_be_a_session_is_masked() -> None:
    hide_cookies([{"name": "session", "value": COOKIE}, {"name": "theme", "value": "light"}])
    assert redact(f"a light page for {COOKIE}") == "a light page for [hidden]"


# What is whose


@pytest.mark.parametrize(
    ("password", "ordinary"),
    [
        ("kind", True),
        ("Valuation", True),
        ("logged in", True),
        ("browser_restarted", False),
        ("run_started", True),
        ("2026-11-25", True),
        ("18:00:05.5", True),
        ("F-150", True),
        ("a~1", True),
        ("Summer2026", False),
        ("demo-password", False),
        ("correcthorsebatterystaple", False),
        ("s3cret#p%d", False),
    ],
)
def test_common_word_password_is_masked_as_value(password: str, ordinary: bool) -> None:
    assert is_word_or_number(password) is ordinary


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "  {} ",
        "'{}'",
        'fill("{}")',
        'fill(\\"{}\\")',
        '{{"password": "{}"}}',
        "{{'a': '{}'}}",
        "User=a&Password={}&b=1",
        "Password%3D{}%26b",
        "Password: {}",
        "Password: {}\nnext",
        "<td>{}</td>",
        "&lt;b&gt;{}&lt;/b&gt;",
        "value=&quot;{}&quot;",
        "[user={}, b]",
        "saying: {}.",
    ],
)
@pytest.mark.parametrize("written", ["saved", "%73aved", "&#115;aved", "\\u0073aved"])
def test_word_is_masked_as_complete_value(text: str, written: str) -> None:
    hide(["saved"])
    assert redact(text.format(written)) == text.format("[hidden]")


@pytest.mark.parametrize(
    "text",
    [
        "3 saved",
        "saved 3 of 4",
        "unsaved",
        '"saved it"',
        '{"saved": 1}',
        "{'saved': 1}",
        "a/saved/b",
    ],
)
def test_word_within_other_text_is_kept(text: str) -> None:
    hide(["saved"])
    assert redact(text) == text


@pytest.mark.parametrize("password", ["saved", "2026", "of 2026 saved", "INFO", "saved%s#1"])
def test_own_words_and_numbers_are_left(password: str, output: io.StringIO) -> None:
    hide([password])
    own, at = OwnText(password), datetime(2026, 11, 25, tzinfo=timezone.utc)
    logger = logging.getLogger("jdp_spider.any")
    logger.warning("%d of 2026 saved, at %s: %s %r", 2026, at, own, 2026)
    expected = f"WARNING 2026 of 2026 saved, at 2026-11-25 00:00:00+00:00: {password} 2026\n"
    assert output.getvalue() == expected


@pytest.mark.parametrize(("name", "shown"), [("jdp_spider.any", "s3cret"), ("any", "[hidden]")])
def test_only_outside_text_in_message_is_masked(name: str, shown: str, output: io.StringIO) -> None:
    hide([PASSWORD])
    logging.getLogger(name).warning(PASSWORD.replace("%d", "%%d") + " %s", PASSWORD)
    template = PASSWORD if shown == "s3cret" else "[hidden]"
    assert output.getvalue() == f"WARNING {template} [hidden]\n"


def test_object_is_masked_in_str_and_repr(output: io.StringIO) -> None:
    hide([PASSWORD])
    error = ValueError(PASSWORD)
    logging.getLogger("jdp_spider.any").warning("%s %r %a", error, error, [error])
    shown = "ValueError('[hidden]')"
    assert output.getvalue() == f"WARNING [hidden] {shown} [{shown}]\n"


def test_traceback_keeps_source_lines(output: io.StringIO) -> None:
    hide(["saved"])
    try:
        raise ValueError("saved")
    except ValueError:
        logging.getLogger("jdp_spider.any").exception("Failed")
    assert '    raise ValueError("saved")\n' in output.getvalue()
    assert output.getvalue().endswith("\nValueError: [hidden]\n")


@pytest.mark.parametrize("name", ["jdp_spider.any", "any"])
def test_malformed_record_is_masked(name: str) -> None:
    hide([PASSWORD])
    record = record_of("%d %s", PASSWORD, PASSWORD, "more", name=name)
    assert Redact().filter(record) is True
    assert (record.msg, record.args) == ("%d %s", ("[hidden]", "[hidden]", "more"))


def test_uncaught_errors_are_masked(
    output: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    hide([PASSWORD])

    def fail() -> None:
        raise ValueError(PASSWORD)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    sys.excepthook(*raised(PASSWORD))
    assert capsys.readouterr().err.count("ValueError: [hidden]\n") == 2
