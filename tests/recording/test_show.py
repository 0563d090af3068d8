"""The page on which a recording is looked at shows all of it, and runs nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.recording.show import as_html, show
from tests.support.recordings import VEHICLES, recording

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_recording_is_shown_completely_as_text() -> None:
    made = recording()
    made.files["pages/01-grid.html"] = b"<p>as it stood</p><script>run()</script>"
    made.counts = {"word": 7, "left out: script": 2}
    page = as_html(made, "site.zip")
    assert "<script>" not in page
    assert "&lt;p&gt;as it stood" in page
    assert "GetPdfReport" in page
    assert VEHICLES[1].vin in page
    assert "default-src 'none'" in page


def test_show_writes_a_page_beside_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    recording().save(tmp_path / "site.zip")
    assert show(tmp_path / "site.zip") == 0
    assert opened == [(tmp_path / "site.html").as_uri()]
    assert show(tmp_path / "site.html") == 2
    assert "cannot be shown" in capsys.readouterr().err
