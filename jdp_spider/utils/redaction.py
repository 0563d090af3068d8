"""Keeps passwords and cookies out of everything that is logged or kept.

Only text from outside is masked: what the site, the browser, the system or another library says.
In the program's own words a mask would damage the record, and give away the password that it hides.
"""

from __future__ import annotations

import logging
import re
import string
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from numbers import Number
from typing import TYPE_CHECKING, Any

from jdp_spider.utils.console import end_as_interrupted
from jdp_spider.utils.escapes import EscapedText, TooManyEscapes, base64_digits, spellings
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from jdp_spider.utils.escapes import Span

MASK = "[hidden]"

_MOST_WORDS = 200
"""Characters of what a page says that are repeated."""

SHORTEST = 4
"""A password of fewer characters cannot be told from other text at all."""

_SHORTEST_COOKIE = 12
"""A shorter cookie is no secret, and would mask parts of ordinary words and numbers."""

_SHORT = 6
_LONGEST_WORD = 15
_WORDS_OR_NUMBER = re.compile(r"[^\W\d]+(?: [^\W\d]+)*|[\d.,:/+ -]+")

# What may surround a value: the quotes of any notation, the signs of forms, tags and headers.
_SIGNS = {'"': "22", "'": "27", "=": "3d", "&": "26", "<": "3c", ">": "3e"}
_ESCAPED_SIGNS = {
    sign: rf"%(?:25)*{code}|\\u00{code}|\\x{code}|&#x0*{code};|&#0*{int(code, 16)};"
    for sign, code in _SIGNS.items()
}
_QUOTE = rf"""["'`]|&quot;|&apos;|{_ESCAPED_SIGNS['"']}|{_ESCAPED_SIGNS["'"]}"""
_BEFORE = re.compile(
    rf"(?:^|[\r\n=>:]|\\n|{_QUOTE}|&gt;|{_ESCAPED_SIGNS['=']}|{_ESCAPED_SIGNS['>']})[ \t]*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"[ \t]*(?:$|[\r\n&<,;)\]}}]|[.!](?=\s|$)|\\+(?:[nr]|(?={_QUOTE}))|&lt;|{_ESCAPED_SIGNS['&']}"
    # A key is none of the values.
    rf"|{_ESCAPED_SIGNS['<']}|(?:\\*(?:{_QUOTE}))(?!\s*:))",
    re.IGNORECASE,
)
_LONGEST_SIGN = 24

_BASE64 = string.ascii_letters + string.digits + "+/_-\\"
_MORE_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]|\\/)*=*")
_LONGEST_BASE64 = 4000
"""Digits in front of the secret's own that are masked with them: they may be of the user name."""


class OwnText(str):
    """Text that the program has worded itself: it is logged as it is, as Markup is not escaped."""

    __slots__ = ()


@dataclass(frozen=True)
class _Secret:
    """What to look for: the value as it may be spelt, and as base64."""

    spellings: frozenset[str]
    base64: frozenset[str]

    @classmethod
    def of(cls, value: str) -> _Secret:
        return cls(frozenset(spellings(value)), frozenset(base64_digits(value)))

    def find(self, text: EscapedText, plain: str) -> Iterator[Span]:
        for spelling in self.spellings:
            is_ordinary = is_word_or_number(spelling)
            for start, end in text.find(spelling):
                if not is_ordinary or _is_whole_value(plain, start, end):
                    yield start, end
        for digits in self.base64:
            for start, end in text.find(digits):
                before = plain[max(0, start - _LONGEST_BASE64) : start]
                more = _MORE_BASE64.match(plain, end)
                yield start - len(before) + len(before.rstrip(_BASE64)), more.end() if more else end


_hidden: dict[str, _Secret] = {}


def is_word_or_number(value: str) -> bool:
    """Return True if ordinary text may contain this value by chance.

    It is shorter than 6 characters, or has up to 15 and is words (letters, with spaces or
    underscores between them) or a number, a date or a time. It is masked only as a whole value.
    """
    if len(value) < _SHORT:
        return True
    return len(value) <= _LONGEST_WORD and bool(_WORDS_OR_NUMBER.fullmatch(value))


def _is_whole_value(text: str, start: int, end: int) -> bool:
    """Return True if the span is a complete value: a line, in quotes, after `=`, in a tag."""
    first = max(0, start - _LONGEST_SIGN)
    # A cut text does not begin where it is cut.
    before = ("\0" if first else "") + text[first:start]
    return bool(_BEFORE.search(before)) and bool(_AFTER.match(text, end))


def hide(values: Iterable[str]) -> None:
    """Mask these values from now on wherever text from outside is logged or kept."""
    for value in values:
        if value.strip() and value not in _hidden:
            _hidden[value] = _Secret.of(value)


def hide_cookies(cookies: Iterable[Mapping[str, Any]]) -> None:
    """Mask the values of these cookies of a session from now on."""
    values = [cookie["value"] for cookie in cookies]
    hide(value for value in values if len(value) >= _SHORTEST_COOKIE)


def redact(text: str) -> str:
    """Return the text from outside with every hidden value masked, plain or escaped."""
    if not _hidden or not text:
        return text
    try:
        read = EscapedText(text)
    except TooManyEscapes:
        return MASK
    # A copy: in another thread a login may bring new cookies meanwhile.
    found = {span for secret in list(_hidden.values()) for span in secret.find(read, text)}
    return _masked(text, found) if found else text


def safe_line(text: str) -> str:
    """Return what a page says in one line of ASCII, without secrets.

    Before anything is cut off, as a part of a secret is not known any more.
    """
    return to_ascii(" ".join(redact(text).split()))


def first_words(text: str) -> str:
    """Return the beginning of what a page says as a `safe_line` of some 200 characters at most."""
    words = safe_line(text)
    if len(words) <= _MOST_WORDS:
        return words
    return f"{words[:_MOST_WORDS].rsplit(' ', 1)[0]} ..."


def as_quoted(text: str) -> str:
    """Return the first words of what a page says, to follow an error's text."""
    words = first_words(text)
    return f"; the page says: {words}" if words else ""


def _masked(text: str, found: Iterable[Span]) -> str:
    parts, done = [], 0
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= done:
            parts += [text[done:start], MASK]
        done = max(done, end)
    return "".join([*parts, text[done:]])


# Logs


class Redact(logging.Filter):
    """A filter for log handlers that masks hidden values in what comes from outside.

    In the messages of this program: texts and errors that are filled in. In others: everything.
    Of a traceback: what the exceptions say.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record in place. Return True: the record is wanted."""
        if not _hidden:
            return True
        if record.name.partition(".")[0] == __name__.partition(".")[0]:
            record.args = _redacted_args(record.args)
        else:
            _redact_message(record)
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = format_exception(record.exc_info[1])
        elif record.exc_text:
            record.exc_text = redact(record.exc_text)
        record.stack_info = redact(record.stack_info) if record.stack_info else None
        return True


def _redact_message(record: logging.LogRecord) -> None:
    try:
        record.msg, record.args = redact(record.getMessage()), None
    except (TypeError, ValueError, LookupError):
        # They do not fit, and the handler will show both.
        record.msg, record.args = redact(str(record.msg)), _redacted_args(record.args)


def _redacted_args(args: Any) -> Any:
    if isinstance(args, Mapping):
        return {name: _redacted_arg(value) for name, value in args.items()}
    return tuple(map(_redacted_arg, args)) if isinstance(args, tuple) else args


def _redacted_arg(value: object) -> object:
    if value is None or isinstance(value, (OwnText, Number, date, time, timedelta)):
        return value
    return redact(value) if isinstance(value, str) else _Redacted(value)


class _Redacted:
    """Replaces an object in a record, and masks its text when that is needed."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __str__(self) -> str:
        return redact(str(self._value))

    def __repr__(self) -> str:
        return redact(repr(self._value))


def format_exception(error: BaseException) -> str:
    """Return the traceback as Python shows it, with hidden values masked in what errors say.

    Lines of source are left as they are: they come from no site.
    """
    return "".join(_traceback_parts(traceback.TracebackException.from_exception(error))).rstrip()


def _traceback_parts(error: traceback.TracebackException) -> Iterator[str]:
    if getattr(error, "exceptions", None):
        # Those of a group are drawn into each other.
        yield redact("".join(error.format()))
        return
    if error.__cause__ is not None:
        yield from _traceback_parts(error.__cause__)
        yield "\nThe above exception was the direct cause of the following exception:\n\n"
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from _traceback_parts(error.__context__)
        yield "\nDuring handling of the above exception, another exception occurred:\n\n"
    if error.stack:
        yield "Traceback (most recent call last):\n"
        yield from error.stack.format()
    yield redact("".join(error.format_exception_only()))


def redact_logs() -> None:
    """Put a Redact filter on every handler of the root logger that has none.

    What ends the program or a thread is masked as well: no handler sees it.
    """
    for handler in logging.getLogger().handlers:
        if not any(isinstance(each, Redact) for each in handler.filters):
            handler.addFilter(Redact())
    sys.excepthook = _show_crash
    threading.excepthook = _show_crash_of_thread


def _show_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        end_as_interrupted()
    elif sys.stderr is not None:
        print(format_exception(error), file=sys.stderr, flush=True)


def _show_crash_of_thread(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None and crash.exc_type is not SystemExit:
        _show_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
