"""Which buttons are never clicked: those that could change data, send something or cost money."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from jdp_spider.repair.changing import FOREIGN_VERBS, GLUED_VERBS, NEIGHBOURS
from jdp_spider.repair.elements import words_of

if TYPE_CHECKING:
    from jdp_spider.repair.elements import Looks

_CHANGES = (
    "accept|activate|add|adds|adding|append|apply|approve|archive|assign|attach|bid|book now|buy|"
    "buying|cancel|cart|change|changes|charge|checkout|check out|clear|clone|close account|commit|"
    "confirm|copy|deactivate|delete|deletes|deleted|deleting|destroy|disable|discard|duplicate|"
    "edit|edits|editing|email|emails|e mail|enable|envelope|erase|expire|fax|finali[sz]e|floppy|"
    "forward|import|insert|invite|mail|mailto|mark as|mark sold|merge|message|modify|move|"
    "new vehicle|notify|offer|order|overwrite|pay|payment|post|publish|purchase|purge|push|"
    r"re ?(?:book|calc|calculate|calculation|compute|generate|price|prices|value)|refresh|"
    "register|reject|release|remove|removes|rename|replace|request|reserve|reset|restore|retire|"
    "revoke|rubbish|save|saves|saving|schedule|sell|send|sends|sending|share|sms|sold|"
    "submit|subscribe|sync|synchroni[sz]e|trade|transfer|trash|bin|undo|unpublish|unsubscribe|"
    "update|updates|upload|wholesale|wipe|withdraw|write|" + FOREIGN_VERBS
)
_BARRED = re.compile(rf"(?<![a-z])(?:{_CHANGES})(?![a-z])")
_STRONG = (
    "add|apply|approve|archive|buy|cart|checkout|delete|deleted|destroy|discard|duplicate|erase|"
    "overwrite|pay|payment|purchase|purge|re ?(?:calc|calculate|compute|price|value)|remove|"
    "rename|sell|send ?mail|trash|update|upload|wipe|" + FOREIGN_VERBS
)
_ALWAYS = re.compile(rf"(?<![a-z])(?:{_STRONG}|order)(?![a-z])")
"""What bars by itself in an address or an icon, whatever is said beside it."""
_CODE = re.compile(rf"(?<![a-z])(?:{_STRONG}|save|send|submit)(?![a-z])")
"""What bars in the code of a click, in the whole address, and in what a request says."""
_NO_CHANGE = re.compile(
    r"(?<![a-z])(?:update (?:panel|progress)|last update|class list (?:add|remove)"
    r"|add event listener|(?:add|remove) class)(?![a-z])"
)
"""Words of pages and their scripts that change nothing at the site."""
_FILTERS = r"(?:apply|clear|remove|delete|reset|save|set|update)(?: \w+)? (?:filter|search).*"
_DIGITS = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")

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
    for text in looks.acts:
        # A question that it answers is said, too.
        pattern = _BARRED if text.endswith("?") else _CODE
        if word := _found(_ALWAYS if explained else pattern, text, plain):
            return word
    return ""


def changing_word(text: str) -> str:
    """Return the word of an address or a body that says that data is changed; or ""."""
    return _found(_CODE, text, _FILTERS)


def _found(pattern: re.Pattern[str], text: str, plain: str) -> str:
    words = _NO_CHANGE.sub("", parted(text))
    for found in pattern.finditer(words):
        if plain and re.fullmatch(plain, words[found.start() :]):
            continue
        return found[0]
    return ""


def parted(text: str) -> str:
    """Return the words of a name: those that are written as one, too.

    "deletevehicle" is "delete vehicle", "btndelete" is "btn delete".
    """
    return " ".join(map(_part, _DIGITS.sub(" ", words_of(text)).split()))


@lru_cache(maxsize=4096)
def _part(word: str) -> str:
    if len(word) < 5 or _BARRED.fullmatch(word):
        return word
    # From the left: how its beginnings are made of known words, the longest ones first.
    ways = {0: ""}
    for end in range(2, len(word) + 1):
        for start in sorted(ways):
            piece = word[start:end]
            if NEIGHBOURS.fullmatch(piece) or piece in GLUED_VERBS or _is_short_verb(piece):
                ways.setdefault(end, f"{ways[start]} {piece}")
    if len(word) in ways:
        return ways[len(word)].strip()
    for verb in GLUED_VERBS:
        if verb in word:
            return word.replace(verb, f" {verb} ").strip()
    return word


def _is_short_verb(piece: str) -> bool:
    return len(piece) > 2 and _BARRED.fullmatch(piece) is not None
