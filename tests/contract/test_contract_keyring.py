"""The names under which `scrapy login` keeps user name and password in the system's keyring."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.contract.commands import environment, scrapy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Golden = Callable[[str, Any], None]

KEYRING = """
import json, os
from pathlib import Path
path = Path(os.environ["KEYRING"])
held = json.loads(path.read_text()) if path.exists() else {}
def get_password(service, name):
    return held.get(f"{service}: {name}")
def set_password(service, name, value):
    held[f"{service}: {name}"] = value
    path.write_text(json.dumps(held))
def delete_password(service, name):
    del held[f"{service}: {name}"]
    path.write_text(json.dumps(held))
"""


def test_keyring_entries_are_unchanged(golden: Golden, tmp_path: Path) -> None:
    package = tmp_path / "keyring"
    package.mkdir()
    (package / "__init__.py").write_text(KEYRING, encoding="ascii")
    (package / "errors.py").write_text("class KeyringError(Exception): ...\n", encoding="ascii")
    held = tmp_path / "held.json"
    places = environment(
        PYTHONPATH=str(tmp_path), KEYRING=str(held), JD_BASE_URL="https://site/here"
    )
    kept = scrapy("login", environment=places, typed="me\nsecret\n")
    entries = json.loads(held.read_text())
    gone = scrapy("login", "--forget", environment=places)
    assert (kept.status, gone.status, json.loads(held.read_text())) == (0, 0, {}), kept.output
    golden("keyring.json", entries)
