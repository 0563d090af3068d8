"""Keeps passwords and cookies out of everything that is logged."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MASK = "[hidden]"
_SHORTEST = 4
"""Shorter values are not masked: they would mask ordinary text."""

_SHORTEST_COOKIE = 12
"""A shorter cookie is no secret, and would mask parts of ordinary words and numbers."""

_hidden: set[str] = set()


def hide(values: Iterable[str]) -> None:
    """Mask these values from now on in every log record that passes a Redact filter."""
    for value in values:
        if len(value) >= _SHORTEST:
            _hidden.update((value, ascii(value)[1:-1], repr(value)[1:-1]))
            _hidden.update((quote(value), quote_plus(value)))
            _hidden.update(json.dumps(value, ensure_ascii=each)[1:-1] for each in (True, False))


def hide_cookies(cookies: Iterable[Mapping[str, Any]]) -> None:
    """Mask the values of these cookies of a session from now on."""
    values = [cookie["value"] for cookie in cookies]
    hide(value for value in values if len(value) >= _SHORTEST_COOKIE)


def redact(text: str) -> str:
    """The text with every hidden value masked."""
    for value in sorted(_hidden, key=len, reverse=True):
        text = text.replace(value, _MASK)
    return text


class Redact(logging.Filter):
    """A filter for log handlers that masks hidden values in messages and tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record in place; always True: the record is wanted."""
        if not _hidden:
            return True
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            # The handler will say that message and arguments do not fit.
            return True
        record.msg, record.args = redact(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_text = redact(record.exc_text) if record.exc_text else None
        record.stack_info = redact(record.stack_info) if record.stack_info else None
        return True


def redact_logs() -> None:
    """Put a Redact filter on every handler of the root logger that has none."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(each, Redact) for each in handler.filters):
            handler.addFilter(Redact())
