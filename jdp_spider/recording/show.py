"""A page on which a recording can be looked at before it is sent."""

from __future__ import annotations

import json
import sys
import webbrowser
from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from jdp_spider.recording.archive import BadRecording, Exchange, Recording
from jdp_spider.utils.files import in_utf8, write_atomic
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; }
table { border-collapse: collapse; }
td { padding: 2px 10px 2px 0; }
pre { background: #f3f4f6; overflow: auto; padding: 8px; max-height: 30em; white-space: pre-wrap; }
iframe { border: 1px solid #999; height: 24em; width: 100%; }
summary { cursor: pointer; } .note { color: #555; }
"""
_POLICY = (
    "<meta http-equiv=Content-Security-Policy "
    "content=\"default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'\">"
)
_INTRODUCTION = (
    "<p>All values here are invented: look whether you find one of your own. "
    "If you do, delete the recording, and tell us which kind of value it was.</p>"
)


def show(path: Path) -> int:
    """Write the page beside the recording, and open it. Return the command's exit status."""
    try:
        recording = Recording.load(path)
        page = path.with_suffix(".html")
        write_atomic(page, in_utf8(as_html(recording, path.name)), is_private=True)
    except (OSError, BadRecording) as error:
        print(f"{to_ascii(str(path))} cannot be shown: {to_ascii(str(error))}", file=sys.stderr)
        return 2
    print(f"Written: {to_ascii(str(page.absolute()))}")
    webbrowser.open(page.absolute().as_uri())
    return 0


def as_html(recording: Recording, name: str) -> str:
    """Return the page: all that the recording holds, readable. It runs and loads nothing."""
    parts = [
        f"<!DOCTYPE html><meta charset=utf-8><title>{escape(name)}</title><style>{_STYLE}</style>",
        # What is shown must not reach for the site, or for anything else.
        _POLICY,
        f"<h1>{escape(name)}</h1>",
        _INTRODUCTION,
        _counted("Replaced and left out", recording.counts),
        "<h2>Checks</h2><p>" + ", ".join(f"{n}: {mark}" for n, mark in recording.checks) + "</p>",
        "<h2>Pages as they stood</h2>",
        *(_page(file, data) for file, data in recording.files.items() if file.startswith("pages/")),
        "<h2>Requests and answers</h2>",
        *(_exchange(each, recording) for each in recording.exchanges),
    ]
    return "\n".join(parts)


def _counted(title: str, counts: dict[str, int]) -> str:
    rows = "".join(f"<tr><td>{escape(n)}<td>{count}" for n, count in Counter(counts).most_common())
    return f"<h2>{title}</h2><table>{rows}</table>"


def _page(file: str, data: bytes) -> str:
    source = escape(data.decode("utf-8", "replace"))
    return (
        f"<details><summary>{escape(file)}</summary>"
        f'<iframe sandbox srcdoc="{source}"></iframe><pre>{source}</pre></details>'
    )


def _exchange(each: Exchange, recording: Recording) -> str:
    described = json.dumps(
        {
            "step": each.step,
            "does": each.does,
            "query": each.query,
            "form": each.form,
            "sent": each.sent,
            "headers": each.headers,
            "seconds": each.seconds,
            "size": each.size,
            "left out": each.left_out,
        },
        indent=1,
        ensure_ascii=False,
    )
    body = recording.files.get(each.body, b"").decode("utf-8", "replace")
    return (
        f"<details><summary>{escape(each.method)} {escape(each.path)} "
        f"<span class=note>{each.status}, {escape(each.kind)}, {each.step}</span></summary>"
        f"<pre>{escape(described)}</pre><pre>{escape(body)}</pre></details>"
    )
