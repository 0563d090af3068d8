"""What a page shows, read from its source."""

from __future__ import annotations

from w3lib.html import remove_tags_with_content, replace_entities, replace_tags

_UNSEEN = ("script", "style", "noscript", "template", "title")
_AROUND = (*_UNSEEN, "nav", "header", "footer", "a", "button", "select")
"""What is beside the message of a page."""
_LONGEST_SOURCE = 50_000
"""Characters of a page among which a message stands: a menu that is not closed is looked for to the
end, again and again."""


def text_of(source: str) -> str:
    """Return what a page shows, in one line."""
    return _in_one_line(source, _UNSEEN[:2])


def message_of(source: str) -> str:
    """Return what a page shows beside its menus, in one line; empty where it shows nothing."""
    source = source[:_LONGEST_SOURCE]
    return _in_one_line(source, _AROUND) or _in_one_line(source, _UNSEEN)


def _in_one_line(source: str, without: tuple[str, ...]) -> str:
    shown = replace_tags(remove_tags_with_content(source, without), " ")
    return " ".join(replace_entities(shown).split())
