"""What a page shows, read from its source."""

from __future__ import annotations

from w3lib.html import remove_tags_with_content, replace_entities, replace_tags

from jdp_spider.utils.redaction import safe_line

_UNSEEN = ("script", "style", "noscript", "template", "title")
_AROUND = (*_UNSEEN, "nav", "header", "footer", "a", "button", "select")
"""What is beside the message of a page."""
_LONGEST = 200
_LONGEST_SOURCE = 50_000
"""Characters of a page among which a message stands: a menu that is not closed is looked for to the
end, again and again."""


def text_of(source: str) -> str:
    """Return what a page shows, in one line."""
    return _in_one_line(source, _UNSEEN[:2])


def quoted(source: str) -> str:
    """Return the first words of a page beside its menus, in ASCII, to follow an error's text.

    Empty where the page shows nothing.
    """
    source = source[:_LONGEST_SOURCE]
    return as_quoted(_in_one_line(source, _AROUND) or _in_one_line(source, _UNSEEN))


def as_quoted(text: str) -> str:
    """Return the first words of what a page shows, in ASCII, to follow an error's text."""
    words = safe_line(text)
    if len(words) > _LONGEST:
        words = f"{words[:_LONGEST].rsplit(' ', 1)[0]} ..."
    return f"; the page says: {words}" if words else ""


def _in_one_line(source: str, without: tuple[str, ...]) -> str:
    shown = replace_tags(remove_tags_with_content(source, without), " ")
    return " ".join(replace_entities(shown).split())
