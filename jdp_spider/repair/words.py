"""The small table of words by which the things of the site may be called, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_IN = r"(?:log|sign) ?(?:in|on)"
_OUT = r"(?:log|sign) ?(?:out|off)"
_PDF_VERBS = r"(?:create|make|generate|get|view|open|download|save|print|show|run|display|preview)"
_ALL = r"(?:all|everything|full|complete|entire|whole|detailed)"
_BESIDE_ALL = r"(?:(?:export|download|include|show|view|mnu|menu|btn|item|with|the|[0-9]+) )*"
_AFTER_ALL = r"(?: (?:list|inventory|vehicles|details?|export|view|menu|item|btn|[0-9t]+))*"


@dataclass(frozen=True)
class Words:
    """What speaks for a thing, from the surest down, and what speaks against it."""

    likely: tuple[tuple[float, str], ...]
    """How much a pattern counts, and the pattern: of the words in lower case."""
    never: str = ""
    """A pattern of words that others have."""
    plain: str = ""
    """What is no change here, though it may be elsewhere: from its word to the end."""

    def score(self, text: str) -> float:
        """Return how much a text speaks for the thing, 0 to 1; -1 if it speaks against it."""
        folded = " ".join(text.lower().split())
        if not folded:
            return 0.0
        if self.never and re.search(rf"(?<![a-z])(?:{self.never})(?![a-z])", folded):
            return -1.0
        found = (weight for weight, pattern in self.likely if _has(pattern, folded))
        return max(found, default=0.0)


def _has(pattern: str, text: str) -> bool:
    return re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", text) is not None


WORDS: Mapping[str, Words] = {
    "user_name": Words(
        (
            (1.0, r"user ?(?:name|id)|log ?in (?:name|id)|sign ?in (?:name|id)"),
            (0.8, r"user|log ?in|(?:online|account) id|e ?-?mail(?: address)?"),
            (0.5, r"account|member|name|id"),
        ),
        never="search|captcha|code|token|pin|dealer|company|phone|pass(?:word|code)?",
        plain=r"e ?mail.*|mail.*",
    ),
    "password": Words(((1.0, r"pass ?(?:word|code|phrase)?|pwd|secret"),)),
    "log_in": Words(
        (
            (1.0, _IN),
            (0.7, r"enter|continue|submit|access|proceed|start|go|next|authenticate"),
        ),
        never="forgot|lost|forgotten|reset|register|sign ?up|cancel|help|show|create|new|back|join",
        plain=r"(?:submit|accept).*",
    ),
    "licence": Words(
        (
            (1.0, r"(?:i|we)(?: have read.*)? (?:agree|accept).*|agree(?:ment)?|accept(?:ed)?"),
            (0.7, r"terms|licen[cs]e|conditions|consent"),
            (0.5, r"continue|proceed|ok"),
        ),
        never=(
            r"disagree|decline|do not|don.t|not accept|offers?|newsletter|remember|print|read more"
        ),
        plain=r"(?:submit|confirm|accept).*",
    ),
    "log_out": Words(
        (
            (1.0, _OUT),
            # Not "Leave the group".
            (0.7, r"^(?:(?:btn|lnk|link|menu|mnu|a) )?(?:exit|end session|leave|quit)(?: site)?$"),
        ),
    ),
    "inventory_link": Words(
        (
            (1.0, r"inventory"),
            (0.8, r"(?:my |all |our |used )?(?:vehicles?|cars|units|stock|lot)(?: list)?"),
        ),
        never="history|reports?|settings|search|support|help|new",
    ),
    "search": Words(
        (
            (1.0, r"stock ?(?:number|no|num|#)?|reference(?: number| no)?|ref(?: no)?"),
            (0.8, r"search|find|look ?up|filter|quick"),
        ),
        never="page|size|rows|date|price|mileage|password|zip|year",
    ),
    "filter_on": Words(
        (
            (1.0, r"(?:clear|remove|reset|delete|cancel|drop)(?: (?:the|all|this))? filters?.*"),
            (0.9, r"clear(?: all| search)?|show all(?: .*)?|no filter|all vehicles"),
            (0.6, r"reset|undo|x|\u00d7"),
        ),
        never="history|cart|list|selection",
        plain=(
            r"(?:(?:clear|reset|undo)(?: (?:the|all|this))*|(?:remove|delete|cancel|clear|reset)"
            r"(?: (?:the|all|this))* (?:filters?|search).*)"
        ),
    ),
    "filter_off": Words(
        (
            (
                1.0,
                (
                    r"(?:create|add|set|new|edit|build|define|choose|open|show)(?: a)? filters?.*"
                    r"|filter (?:builder|control|editor)|custom filter"
                ),
            ),
            (0.7, r"filters?"),
        ),
        never="clear|remove",
        plain=r".*filter.*",
    ),
    "bookout": Words(
        (
            (1.0, r"book ?outs?|book ?out values?"),
            (
                0.8,
                r"(?:vehicle |get |show |see )?values?|valuation|appraise|appraisal|evaluate|book",
            ),
            (0.6, r"open|view|details?|select|show|vehicle"),
        ),
        never="photos?|history|print|sticker|notes?|compare|carfax|label|pictures?",
    ),
    "export_menu": Words(
        (
            (1.0, r"export(?: .*)?|extract"),
            (0.8, r"download(?: .*)?|csv|spreadsheet|save (?:list|as) .*"),
            (0.4, r"tools|actions|more|options|file|data|excel"),
        ),
        never="import|print|help|log|photos?",
    ),
    "export_all_columns": Words(
        (
            (1.0, r"(?:all|every|full) (?:columns?|fields?|details?|data|information)"),
            (0.8, rf"^{_BESIDE_ALL}{_ALL}{_AFTER_ALL}$"),
            # One word of several: "all" is in "close all windows", too.
            (0.4, _ALL),
        ),
        never=r"current|selected|visible|shown|this|basic|summary|short|page|choose",
    ),
    "export_csv": Words(
        (
            (1.0, r"csv|comma.{0,3}(?:separated|delimited).*"),
            (0.6, r"text(?: file)?|delimited|spreadsheet"),
        ),
        never=r"pdf|xlsx?|excel|xml|word|docx?|json|html|tab",
    ),
    "reports": Words(
        (
            (
                1.0,
                r"print ?[/&,]? ?(?:and |or )?(?:e ?-?mail )?reports?|(?:print|view|open) reports?",
            ),
            (0.9, r"reports?(?: .*)?|(?:bookout|value) (?:report|sheet)s?"),
            (0.7, r"print(?:ing|outs?)?|documents?|pdf|forms?"),
            (0.3, r"output|more"),
        ),
        never=r"sticker|label|brochure|history|photos?|settings|carfax|problem|close",
    ),
    "create_pdf": Words(
        (
            (1.0, rf"{_PDF_VERBS}(?: \w+)?(?: as| to| the)? pdfs?.*|pdf"),
            (0.9, rf"{_PDF_VERBS}(?: the| a| my)?(?: \w+)? (?:reports?|documents?|bookouts?)"),
            (0.7, r"print(?: now| it)?|create|generate|download|view|open|preview"),
            (0.4, r"ok|go|run|continue|done|finish|next"),
        ),
        never=r"close|back|sticker|label|csv|excel|xlsx?|history|settings|choose",
    ),
}
