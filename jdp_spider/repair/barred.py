"""Which buttons are never clicked: those that could change data, send something or cost money."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jdp_spider.repair.elements import words_of

if TYPE_CHECKING:
    from jdp_spider.repair.elements import Looks

_CHANGES = (
    "add|adds|adding|append|apply changes|approve|archive|assign|attach|bid|book now|buy|buying|"
    "cancel|cart|change|changes|charge|checkout|check out|clone|close account|commit|confirm|copy|"
    "delete|deletes|deleting|deactivate|destroy|disable|discard|duplicate|edit|edits|editing|"
    "email|emails|e mail|fax|floppy|envelope|forward|import|insert|invite|mail|mailto|merge|"
    "message|modify|move|new vehicle|notify|offer|order|overwrite|pay|payment|post|publish|"
    "purchase|push|register|reject|remove|removes|rename|replace|request|reserve|reset|restore|"
    "save|saves|saving|schedule|sell|send|sends|sending|share|sms|sold|submit|subscribe|sync|"
    "synchronize|trade|transfer|trash|bin|undo|unsubscribe|update|updates|upload|wholesale|"
    "write"
)
_BARRED = re.compile(rf"(?<![a-z])(?:{_CHANGES})(?![a-z])")
_ALWAYS = re.compile(
    r"(?<![a-z])(?:add|buy|cart|checkout|delete|destroy|discard|order|pay|payment|purchase|remove|"
    r"sell|trash|upload)(?![a-z])"
)
"""What bars by itself in an address or an icon, whatever is said beside it."""

_WHOSE = r"(?:the |a |an |this |my |your |selected |vehicle |value |values |bookout |full )*"
_REPORT = r"(?:reports?|pdfs?|documents?|bookouts?|pdf reports?|bookout reports?|pdf files?)"
_OPENS = r"(?:print|view|preview|open|show|create|make|generate|get|display|run|download)"
_MAKES_REPORT = re.compile(
    rf"{_OPENS}(?: ?(?:/|&|and|or|,) ?(?:e-?mail|save|{_OPENS}))* {_WHOSE}{_REPORT}(?: now)?"
    rf"|(?:save|{_OPENS}) (?:it )?(?:as|to|in) (?:a )?pdf(?: file)?"
    rf"|{_WHOSE}{_REPORT}"
)
"""The whole text of a button that opens or makes a report, "Print/Email Reports" among them."""


def makes_report(text: str) -> bool:
    """Return True if the whole text says that a button opens or makes a report."""
    folded = " ".join(text.lower().split()).strip(" .:>\u00bb\u2026")
    return bool(_MAKES_REPORT.fullmatch(folded))


def barred_word(looks: Looks, *, plain: str = "") -> str:
    """Return the word for which an element is never clicked; empty if it may be.

    `plain` is what the element is wanted for, where a word of it is no change: "remove" of a
    filter. A text that opens or makes a report allows words such as "save" in itself, and in the
    names of the element; never that something is bought, added or deleted.
    """
    said = [looks.text, looks.label, looks.title, looks.placeholder]
    hidden = [looks.icon, looks.address, looks.script, looks.data, looks.id, looks.name]
    hidden += looks.classes
    texts = [text for text in said if text]
    explained = bool(texts) and all(makes_report(text) for text in texts)
    for text in said:
        if not explained and (word := _found(_BARRED, text, plain)):
            return word
    for text in hidden:
        pattern = _ALWAYS if explained else _BARRED
        if word := _found(pattern, text, plain):
            return word
    return ""


def _found(pattern: re.Pattern[str], text: str, plain: str) -> str:
    words = words_of(text)
    for found in pattern.finditer(words):
        if plain and re.fullmatch(plain, words[found.start() :]):
            continue
        return found[0]
    return ""
