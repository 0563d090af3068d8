"""What those who look into a problem need of a run, without what is private: one zip file."""

from __future__ import annotations

import builtins
import contextlib
import csv
import io
import json
import platform
import sys
import zipfile
from typing import TYPE_CHECKING, Any

from jdp_spider.config.selector_overrides import selectors_path
from jdp_spider.config.sources import raw_value
from jdp_spider.doctor.about import about
from jdp_spider.inventory_table import InventoryError
from jdp_spider.job.folder import JobPaths
from jdp_spider.scrubbing.pages import page
from jdp_spider.scrubbing.scrubber import Scrubber
from jdp_spider.scrubbing.vocabulary import Vocabulary
from jdp_spider.utils.files import write_atomic
from jdp_spider.utils.loading import LoadError
from jdp_spider.utils.redaction import hide
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scrapy.settings import BaseSettings

_MOST_BYTES = 5_000_000
"""Of each file, from its end."""
_MOST_SNAPSHOTS = 20
_VIN = 17
_KEPT = ("outcome", "reason", "attempts", "seconds", "bytes", "context", "verified")
"""What is kept of a vehicle, besides a stand-in for its reference."""
_README = """\
Made by `scrapy support` for those who make this program. References, VINs, names, prices and all
other words that the program does not know are replaced by invented ones; the same value has the
same stand-in in all files. Left out: passwords, cookies, PDFs, pictures, the inventory.
"""


def save_support(path: Path, folder: Path | None, settings: BaseSettings) -> list[str]:
    """Write the zip file about a run's folder. Return its names. Raise OSError if that fails."""
    files = {"README.txt": _README, **dict(_files(folder, settings))}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text.encode("utf-8", "replace"))
    write_atomic(path, buffer.getvalue(), is_private=True)
    return list(files)


def _files(folder: Path | None, settings: BaseSettings) -> Iterator[tuple[str, str]]:
    scrubber = _scrubber(folder, settings)
    yield "about.txt", scrubber.log(about(settings))
    with contextlib.suppress(OSError):
        yield "selectors.toml", scrubber.code(selectors_path().read_text(encoding="utf-8"))
    if folder is None:
        return
    paths = JobPaths(folder)
    with contextlib.suppress(OSError):
        yield "run.log", scrubber.swept(scrubber.log(_end_of(paths.log)))
    with contextlib.suppress(OSError):
        lines = _end_of(paths.events).splitlines()
        yield "events.jsonl", "\n".join(filter(None, (_event(line, scrubber) for line in lines)))
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        figures = json.loads(paths.metrics.read_text(encoding="utf-8"))
        rows = [_row(row, scrubber) for row in figures.pop("vehicles")]
        yield "metrics.json", json.dumps(_words(figures, scrubber), indent=1)
        yield "outcomes.csv", _csv(rows)
    yield from _snapshots(paths.snapshots, scrubber)


def _scrubber(folder: Path | None, settings: BaseSettings) -> Scrubber:
    """Return a scrubber that knows the run's vehicles, and the words of logs."""
    hide(filter(None, [raw_value(settings, "JD_PASS")]))
    scrubber = Scrubber(Vocabulary([*sys.modules, *dir(builtins)]))
    scrubber.known.learn(raw_value(settings, "JD_USER"), platform.node())
    if folder is None:
        return scrubber
    with contextlib.suppress(OSError, LoadError, InventoryError):
        inventory = JobPaths(folder).load_inventory()
        for vehicle in inventory.vehicles if inventory else ():
            scrubber.known.learn(vehicle.reference, is_swept=False)
            if len(vehicle.vin) == _VIN:
                scrubber.known.learn_vin(vehicle.vin, is_swept=False)
    return scrubber


def _end_of(path: Path) -> str:
    data = path.read_bytes()[-_MOST_BYTES:]
    return data.decode("utf-8", "replace")


def _event(line: str, scrubber: Scrubber) -> str:
    try:
        event = json.loads(line)
    except ValueError:
        return ""
    return json.dumps(_words(event, scrubber), ensure_ascii=False)


def _words(value: Any, scrubber: Scrubber) -> Any:
    """Return what a file of the run says, scrubbed; addresses and folders are left out."""
    if isinstance(value, dict):
        return {key: _words(each, scrubber) for key, each in value.items()}
    if isinstance(value, list):
        return [_words(each, scrubber) for each in value]
    if not isinstance(value, str):
        return value
    return "[left out]" if "/" in value or "\\" in value else scrubber.log(value)


def _row(row: dict[str, Any], scrubber: Scrubber) -> dict[str, Any]:
    kept = {name: row.get(name, "") for name in _KEPT}
    return {"reference": scrubber.stand_in_of(row["reference"]), **_words(kept, scrubber)}


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["reference", *_KEPT])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _snapshots(folder: Path, scrubber: Scrubber) -> Iterator[tuple[str, str]]:
    pictures = len(list(folder.glob("*.png"))) if folder.is_dir() else 0
    for path in sorted(folder.glob("*.html"))[:_MOST_SNAPSHOTS]:
        with contextlib.suppress(OSError):
            html = page(path.read_text(encoding="utf-8"), scrubber, scripts=False)
            yield f"snapshots/{to_ascii(scrubber.text(path.name))}", scrubber.swept(html)
    if pictures:
        yield "snapshots/pictures.txt", f"{pictures} pictures were left out.\n"
