"""What a page shows at one moment of login, licence and the inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jdp_spider.pages.errors import UnknownPage
from jdp_spider.pages.evaluation import evaluate, evaluate_until
from jdp_spider.pages.place import check_place
from jdp_spider.pages.view import DOM
from jdp_spider.utils.javascript import load_js
from jdp_spider.utils.redaction import safe_line

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

NAMES = ("licence", "user_name", "password", "log_out", "inventory_link")
"""The names that a look at a page looks for."""

_LOOK = load_js("pages/js/login_look.js", DOM)
_KNOWN = load_js("pages/js/login_known.js", _LOOK)
_LONGEST_TITLE = 80
_LONGEST_WORDS = 200


@dataclass(frozen=True)
class Look:
    """What a page shows at one moment."""

    licence: bool
    form: bool
    """The login's form, or one step of it."""
    password: bool
    """The field for the password."""
    sent: bool
    """This is still the document from which the login was sent."""
    usable: bool
    """Nothing in the form is disabled."""
    log_out: bool
    inventory_link: bool
    folded: bool
    """One of these two is there unseen, as in a menu that is closed."""
    loading: bool
    text: str
    words: str
    """Those of the page's main part."""
    goes_on: bool
    """A script of it is to lead on later."""
    asks: bool
    """A person can answer the page, and it does not continue automatically."""

    def state(self, *, at_login: bool) -> str:
        """Return 'licence', 'login' or 'inside'; empty for any other page.

        `at_login`: it is at the address of the login, where a way out may be on any page.
        """
        if self.licence:
            return "licence"
        if self.form:
            return "" if self.sent else "login"
        is_inside = self.inventory_link or (self.log_out and not at_login)
        return "inside" if is_inside else ""

    @property
    def is_blank(self) -> bool:
        """True if the page says nothing."""
        return not self.text.strip()


async def look_at(form: SitePage) -> Look:
    """Return what the page shows now. Raise SiteMoved at another origin."""
    seen = await evaluate(form.page, _LOOK, form.site.selectors(*NAMES))
    return _placed(form, seen)


async def look_anywhere(form: SitePage) -> Look:
    """Return the same at whatever origin."""
    return Look(**await evaluate(form.page, _LOOK, form.site.selectors(*NAMES)))


async def next_look(form: SitePage, seconds: float) -> Look:
    """Return what the page shows, after `seconds` at the latest, or as soon as that is clear."""
    known = await evaluate_until(form.page, _KNOWN, form.site.selectors(*NAMES), seconds)
    return _placed(form, known) if known else await look_at(form)


def _placed(form: SitePage, seen: dict[str, Any]) -> Look:
    # After the answer: a page of another origin may say what it likes.
    check_place(form.page, form.site, form.name)
    return Look(**seen)


async def unknown_page(form: SitePage, seen: Look) -> UnknownPage:
    """Return the error for a page, with its title and its first words."""
    return UnknownPage(f"{form.name}: an unknown page appeared. {await said(form, seen)}")


async def said(form: SitePage, seen: Look) -> str:
    """Return the title and the first words of a page, as a sentence."""
    title = await evaluate(form.page, "() => document.title")
    words = shown(seen.words or seen.text)
    return f"The page is titled '{shown(title, _LONGEST_TITLE)}' and says: {words}"


def shown(text: str, longest: int = _LONGEST_WORDS) -> str:
    """Return the beginning of a text of the page in one line of ASCII, without secrets."""
    return safe_line(text)[:longest]
