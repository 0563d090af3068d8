from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from jdp_spider import redaction
from jdp_spider.redaction import Redact, hide, hide_cookies, redact, redact_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "s3cret#p%d"
COOKIE = "abcdef0123456789"


@pytest.fixture(autouse=True)
def hidden(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What is hidden: nothing at first, and forgotten at the end."""
    values: set[str] = set()
    monkeypatch.setattr(redaction, "_hidden", values)
    return values


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


def test_a_message_is_masked(output: io.StringIO) -> None:
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


def test_a_traceback_is_masked(output: io.StringIO) -> None:
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


def test_a_tracebacks_cause_is_masked(output: io.StringIO) -> None:
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


def test_a_percent_sign_in_what_is_left_does_no_harm(output: io.StringIO) -> None:
    hide([COOKIE])
    logging.getLogger("any").warning("100%% %s%%d of %s", 5, COOKIE)
    assert output.getvalue() == "WARNING 100% 5%d of [hidden]\n"


@pytest.mark.parametrize("value", ["", "a", "abc"])
def test_short_values_are_not_masked(value: str, hidden: set[str]) -> None:
    hide([value])
    assert (hidden, redact("abc a")) == (set(), "abc a")


@pytest.mark.parametrize(
    ("values", "text", "masked"),
    [
        (["abcd"], "xabcdabcd ABCD", "x[hidden][hidden] ABCD"),
        (["abcd", "abcdef"], "abcdef abcd", "[hidden] [hidden]"),
        (["abcdef", "abcd"], "abcdef abcd", "[hidden] [hidden]"),
        (["a.c*"], "a.c* abcc", "[hidden] abcc"),
        (["p\xe4ss"], "p\xe4ss", "[hidden]"),
        ([], "abcd", "abcd"),
    ],
)
def test_whole_values_are_masked_the_longest_first(
    values: list[str], text: str, masked: str
) -> None:
    hide(values)
    assert redact(text) == masked


@pytest.mark.parametrize(
    "password", ["p\xe4ss w\\rd", "a'b\"c%d", "caf\xe9\n\t1", "a/b?c=d&e", "\u8eca\u8f1b12"]
)
def test_every_form_of_a_value_is_masked(password: str) -> None:
    hide([password])
    forms = (password, quote(password), urlencode({"p": password})[2:], ascii(password)[1:-1])
    assert [redact(f"<{form}>") for form in forms] == ["<[hidden]>"] * len(forms)


@pytest.mark.parametrize(
    "form",
    [
        repr("p\xe4ss\\w")[1:-1],
        json.dumps('p\xe4"\\w')[1:-1],
        json.dumps('p\xe4"\\w', ensure_ascii=False)[1:-1],
    ],
)
def test_forms_of_other_programs_are_masked(form: str) -> None:
    hide(["p\xe4ss\\w", 'p\xe4"\\w'])
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
            {"exc_text": f"Traceback\n{PASSWORD}", "exc_info": raised(COOKIE)},
            "x\nTraceback\n[hidden]",
        ),
        ({"exc_info": raised(PASSWORD)}, "x\nValueError: [hidden]"),
        ({"stack_info": f"Stack\n{PASSWORD}"}, "x\nStack\n[hidden]"),
    ],
)
def test_a_traceback_that_another_handler_has_made_is_masked(
    given: dict[str, Any], shown: str
) -> None:
    hide([PASSWORD])
    record = record_of("x", **given)
    assert Redact().filter(record) is True
    assert logging.Formatter().format(record) == shown


@pytest.mark.parametrize("args", [(), (1, 2, 3), ({"a": 1}, 5)])
def test_a_record_whose_arguments_do_not_fit_passes(args: tuple) -> None:
    hide([PASSWORD])
    record = record_of("%s of %d", *args)
    assert Redact().filter(record) is True


def test_nothing_is_hidden_at_first(output: io.StringIO) -> None:
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
