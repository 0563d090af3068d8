from __future__ import annotations

import os
from pathlib import Path

import pytest

from jdp_spider.utils.paths import expand_user, with_variables


def test_tilde_expands_to_home_folder() -> None:
    assert (expand_user("~/x"), expand_user("a/~")) == (Path.home() / "x", Path("a/~"))
    if os.name == "nt":
        # All users' folders are taken to be beside each other.
        assert expand_user("~nosuchuser/x") == Path.home().with_name("nosuchuser") / "x"
        return
    with pytest.raises(ValueError, match="there is no home folder of ~nosuchuser"):
        expand_user("~nosuchuser/x")


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("%USERPROFILE%\\Reports", "C:\\Users\\me\\Reports"),
        ("D:/%ProgramFiles(x86)%/x", "D:/Programs/x"),
        ("C:/100%/50%", "C:/100%/50%"),
        ("//server/share$/x", "//server/share$/x"),
        ("~/Reports", "~/Reports"),
    ],
)
def test_variables_of_windows_are_replaced(text: str, expanded: str) -> None:
    known = {"USERPROFILE": "C:\\Users\\me", "ProgramFiles(x86)": "Programs"}
    assert with_variables(text, known) == expanded


@pytest.mark.parametrize(
    ("text", "environment", "start"),
    [
        ("%HOMR%/x", {"HOME": "x"}, "must not hold %HOMR%, which is not set here: write the whole"),
        ("a/%HOME%/x", None, "must not hold %HOME%, which only Windows replaces: write the whole"),
        ("$HOME/x", None, "must not begin with $HOME: write the whole path"),
        ("${HOME}", None, "must not begin with ${HOME}: write the whole path"),
        ("$env:USERPROFILE\\x", {}, "must not begin with $env:USERPROFILE: write the whole path"),
    ],
)
def test_variable_that_nothing_replaces_is_refused(
    text: str, environment: dict[str, str] | None, start: str
) -> None:
    with pytest.raises(ValueError, match="must ") as caught:
        with_variables(text, environment)
    assert str(caught.value).startswith(start)
