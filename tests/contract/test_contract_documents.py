"""What is promised to users: lists that stand in the documents, and dotted paths."""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.config.dotenv import PROJECT_FOLDER
from tests.contract.commands import many
from tests.contract.documents import (
    CHECKS,
    CLOSE_REASONS,
    COMMANDS,
    DOCUMENTS,
    EVENTS,
    EXIT_STATUSES,
    OWN_SETTINGS,
    REASONS,
    SELECTORS,
    STATS,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Golden = Callable[[str, Any], None]

OTHER_FILES = ("scrapy.cfg", "bootstrap.py", ".env.example", "accounts.example.toml")
COMPONENTS = (
    "ADDONS",
    "DOWNLOADER_MIDDLEWARES",
    "DUPEFILTER_CLASS",
    "EXTENSIONS",
    "FEED_EXPORTERS",
    "ITEM_PIPELINES",
    "PLAYWRIGHT_BROWSER_PROVIDER",
    "RETRY_EXCEPTIONS",
    "SCHEDULER",
    "SPIDER_CONTRACTS",
    "STATS_CLASS",
)


def test_documented_reasons_and_statuses_are_unchanged(golden: Golden) -> None:
    golden("close_reasons.json", {name: row[1] for name, row in table(CLOSE_REASONS).items()})
    golden("exit_statuses.json", {row[1]: status for status, row in table(EXIT_STATUSES).items()})
    golden("command_statuses.json", {
        name: " ".join(re.findall(r"\b\d+\b", row[1])) for name, row in table(COMMANDS).items()
    })  # fmt: skip
    golden("failure_reasons.json", sorted(table(REASONS)))
    golden("stats.json", {name: row[1] for name, row in table(STATS).items()})
    golden("event_kinds.json", sorted(table(EVENTS)))
    golden("doctor_checks.json", {
        name: " ".join(re.findall(r"\b\d\b", row[3])) for name, row in table(CHECKS).items()
    })  # fmt: skip


def test_documented_settings_and_defaults_are_unchanged(golden: Golden) -> None:
    settings = table(OWN_SETTINGS, "JD_USER")
    golden("settings.json", {name: row[1] for name, row in settings.items()})
    golden("selectors.json", {name: row[1] for name, row in table(SELECTORS).items()})
    accounts = table(OWN_SETTINGS, "[[account]]")
    golden("accounts_keys.json", {name: row[1] for name, row in accounts.items()})


def resolve(dotted: str) -> Any:
    """Return what a dotted path names. Raises ImportError or AttributeError."""
    try:
        return import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return getattr(resolve(module), name)


def test_dotted_paths_in_documents_can_be_loaded(golden: Golden) -> None:
    texts = [
        path.read_text("utf-8") for path in (*DOCUMENTS, *map(PROJECT_FOLDER.joinpath, OTHER_FILES))
    ]
    found = {dotted for text in texts for dotted in re.findall(r"\bjdp_spider(?:\.\w+)+", text)}
    # They run when they are imported as programs are: `python -m`.
    golden("dotted_paths.json", sorted(found))
    if "jdp_spider.group.jobs.app" in found:
        pytest.importorskip("procrastinate", reason="requirements-group.txt is not installed")
    assert [resolve(dotted) for dotted in found]


def test_component_paths_and_fields_are_unchanged(golden: Golden) -> None:
    """Users switch extensions off by their path; the paths of the others may be changed."""
    lines = [["settings", "--get", name] for name in (*COMPONENTS, "FEED_EXPORT_FIELDS")]
    done = many([*lines, ["list"]])
    assert {each.status for each in done} == {0}
    *values, fields, spiders = [each.output for each in done]
    assert spiders == "jdpower\n"
    assert [resolve(dotted) for text in values for dotted in re.findall(r"jdp_spider[\w.]+", text)]
    extensions = json.loads(values[COMPONENTS.index("EXTENSIONS")])
    golden("extensions.json", {n: order for n, order in extensions.items() if n[:3] == "jdp"})
    golden("csv_columns.json", re.findall(r"\w+", fields))
