"""The accounts of a demo site as a group: their file, the command, and the files it leaves."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.crawl_process import finish, start
from jdp_spider.config.options import OPTIONS
from jdp_spider.group.folders import AccountFolder
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.verification import verify_bookout

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

    from jdp_spider.demo.site import DemoSite

PASSWORD = "DEMO_PASS"
"""The variable that holds the password of the demo's accounts."""


@dataclass
class Group:
    """A file of accounts below a folder, and the environment in which its commands run."""

    workdir: Path
    environment: dict[str, str]

    @property
    def file(self) -> Path:
        return self.workdir / "accounts.toml"

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of one of the project's commands."""
        return [sys.executable, "-m", "scrapy", *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command with its output in a pipe, in a process group of its own."""
        return start(self.command(*arguments), self.environment)

    def crawl(self, *arguments: str) -> tuple[int, str]:
        """Run `scrapy crawlgroup` to its end. Return exit status and output."""
        return finish(self.start("crawlgroup", *arguments, str(self.file)))

    @property
    def run(self) -> Path:
        """Return the folder of the only run."""
        (folder,) = (self.workdir / "groups").iterdir()
        return folder

    def account(self, name: str) -> AccountFolder:
        return AccountFolder(self.run / name)


def make_group(
    site: DemoSite, workdir: Path, settings: Mapping[str, object] | None = None, more: str = ""
) -> Group:
    """Return a group of all accounts of `site`, named after its users. `more` is TOML."""
    given = {
        "CONCURRENT_CONTEXTS": 2,
        "JDP_REPORT_PAGE": "false",
        "JDP_KEEP_AWAKE": "false",
        **(settings or {}),
    }
    lines = [more, "[defaults]", f'base_url = "{site.base_url}"', f'password = "env:{PASSWORD}"']
    lines += ["[defaults.settings]", *(f"{name} = {value!r}" for name, value in given.items())]
    for user in site.options.users:
        lines += ["[[account]]", f'name = "{user}"', f'user = "{user}"']
    group = Group(workdir, _environment(workdir, site.options.password))
    group.file.write_text("\n".join(lines), encoding="utf-8")
    return group


def _environment(workdir: Path, password: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in OPTIONS}
    return {**own, "XDG_STATE_HOME": str(workdir / "state"), PASSWORD: password}


def faults(place: AccountFolder, site: DemoSite, user: str) -> list[str]:
    """List the faults in the PDFs of an account: each vehicle must have its own."""
    folder = place.run_folder
    if folder is None:
        return [f"{user}: no run folder"]
    found = {path.name for path in (folder / "pdfs").iterdir()}
    wanted = {f"{vehicle.reference}.pdf": vehicle for vehicle in site.state.inventories[user]}
    wrong = [f"{user}: {name} is too many" for name in sorted(found - set(wanted))]
    wrong += [f"{user}: {name} is missing" for name in sorted(set(wanted) - found)]
    for name in sorted(found & set(wanted)):
        vehicle = wanted[name]
        try:
            verify_bookout((folder / "pdfs" / name).read_bytes(), vehicle.reference, vehicle.vin)
        except BookoutRejected as error:
            wrong.append(f"{user}: {name}: {error}")
    return wrong
