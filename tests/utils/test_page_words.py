from __future__ import annotations

import time

import pytest

from jdp_spider.utils import redaction
from jdp_spider.utils.page_words import message_of
from jdp_spider.utils.redaction import as_quoted, hide

MENU = "<style>p {}</style><nav><a>Log out</a></nav>"


def quoted(source: str) -> str:
    return as_quoted(message_of(source))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            f"<title>Values</title>{MENU}<p>No values</p> for&nbsp;it &mdash;",
            r"No values for it \u2014",
        ),
        ("<body><a href=x>Go back</a></body>", "Go back"),
        ("<title>Values Online</title><script>go()</script>", ""),
        (f"<p>{'word ' * 60}", f"{'word ' * 40}..."),
        ("", ""),
    ],
)
def test_message_of_a_page_is_quoted(source: str, said: str) -> None:
    assert quoted(source) == (f"; the page says: {said}" if said else "")


def test_menu_that_is_not_closed_costs_little_time() -> None:
    started = time.process_time()
    quoted("<a " * 1_000_000)
    assert time.process_time() - started < 30


def test_secret_is_hidden_before_a_message_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_hidden", {})
    hide(["correct horse battery"])
    said = quoted(f"<p>{'word ' * 38}correct horse battery")
    assert "correct" not in said
