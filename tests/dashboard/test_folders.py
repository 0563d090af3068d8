from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.dashboard.folders import Folders

if TYPE_CHECKING:
    import pytest


def test_drive_that_is_locked_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As BitLocker locks it; a share whose login has lapsed is alike."""

    def exists(path: Path) -> bool:
        if str(path) == "E:\\":
            raise PermissionError(13, "This drive is locked", str(path))
        return str(path) in ("C:\\", "D:\\")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(Path, "exists", exists)
    listing = Folders().list()
    assert listing is not None
    assert [name for name, _ in listing.folders] == ["Your own folder", "C:\\", "D:\\"]
