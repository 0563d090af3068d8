"""A recording as a zip file: a description, the exchanges with the site, bodies, pages, places."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from jdp_spider.utils.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
TOO_LARGE = "too large"
"""Why a body is missing that the program has given up; the size is 0 where none was named."""
_MOST_BYTES = 400_000_000
"""Of a recording, unpacked."""
_MANIFEST = "recording.json"
_EXCHANGES = "exchanges.json"
# The same recording is the same file: no time of the day is kept.
_DATE = (1980, 1, 1, 0, 0, 0)


class BadRecording(ValueError):
    """Raised for a file that is no recording, or none of this version."""


@dataclass
class Exchange:
    """A request and its answer; names and values are stand-ins where they were private."""

    step: str
    """The check of the doctor that was made at that time."""
    at_s: float
    """Seconds since the first request."""
    kind: str
    """The browser's name for it: document, xhr, script, ..."""
    method: str
    path: str
    """Without the site's origin. Those of other origins begin with `/__other__/`."""
    query: list[tuple[str, str]] = field(default_factory=list)
    form: list[tuple[str, str]] = field(default_factory=list)
    sent: str = ""
    """The body of the request, where that is no form."""
    by_script: bool = False
    status: int = 0
    """0: no answer came."""
    seconds: float = 0.0
    size: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    """The file in the recording; empty: none, or left out."""
    left_out: str = ""
    """Why there is no body."""
    does: str = ""
    """"login" or "logout" where that is what it did."""


@dataclass
class Recorded:
    """A vehicle of the recording, by its stand-ins."""

    id: str
    """The number in its bookout link; may be empty."""
    reference: str
    vin: str
    row: str = ""
    """The `id` of its bookout link."""


@dataclass
class Recording:
    """All of a recording."""

    base_path: str = "/"
    login_path: str = ""
    version: str = ""
    """Of the program that made it."""
    with_scripts: bool = False
    checks: list[tuple[str, str]] = field(default_factory=list)
    """Each check of the doctor with its mark."""
    vehicles: list[Recorded] = field(default_factory=list)
    """Those whose rows were seen, in the order of the grid."""
    selectors: dict[str, str] = field(default_factory=dict)
    """Where the doctor found the site's things, by the names of `selectors.toml`."""
    names: dict[str, str] = field(default_factory=dict)
    """What the fields are called that take "user" and "password"."""
    counts: dict[str, int] = field(default_factory=dict)
    """What was replaced and left out, by kind."""
    dialogs: list[tuple[str, str]] = field(default_factory=list)
    """Kinds and words of the site's own dialogs."""
    exchanges: list[Exchange] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the recording. Raise OSError if that fails."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            described = {"format": FORMAT, **asdict(self)}
            exchanges = described.pop("exchanges")
            del described["files"]
            contents = {
                _MANIFEST: _json(described),
                _EXCHANGES: _json(exchanges),
                **self.files,
            }
            for name, data in contents.items():
                entry = zipfile.ZipInfo(name, _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)
        write_atomic(path, buffer.getvalue(), is_private=True)

    @classmethod
    def load(cls, path: Path) -> Recording:
        """Read a recording. Raise OSError, or BadRecording for another file."""
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(each.file_size for each in archive.infolist()) > _MOST_BYTES:
                    raise BadRecording("it is too large")
                files = {each.filename: archive.read(each) for each in archive.infolist()}
            described = json.loads(files.pop(_MANIFEST))
            if described.pop("format") != FORMAT:
                raise BadRecording("it is of another version of this program")
            exchanges = [_exchange(each) for each in json.loads(files.pop(_EXCHANGES))]
            vehicles = [Recorded(**each) for each in described.pop("vehicles")]
            return cls(**described, vehicles=vehicles, exchanges=exchanges, files=files)
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
            if isinstance(error, BadRecording):
                raise
            raise BadRecording("it is no recording of this program") from None


def _exchange(values: dict[str, Any]) -> Exchange:
    pairs = {name: [(key, value) for key, value in values[name]] for name in ("query", "form")}
    return Exchange(**{**values, **pairs})


def _json(content: Any) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode()
