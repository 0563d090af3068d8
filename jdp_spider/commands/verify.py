"""`scrapy verify`: reads every PDF of a run's folder again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.job.audit import Finding, mark_for_download, verify
from jdp_spider.job.command import FolderCommand
from jdp_spider.job.events import read_events
from jdp_spider.job.folder import JobPaths
from jdp_spider.job.packed import ENDING, unpacked
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils import cli
from jdp_spider.utils.commands import refused
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse


class Command(FolderCommand):
    """Prints what is wrong in plain words; 0 when nothing is, 3 when something is."""

    usage = "[--repair] [FOLDER or ZIP]"
    takes_packed = True
    summary = "Check the PDFs of a finished or stopped run against its books"
    details = (
        ": each must be there, unchanged, and name its vehicle. "
        "Example: scrapy verify downloads/11-23-2026"
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--repair",
            action="store_true",
            help="let the next run of the job download again what is wrong",
        )

    def work(self, folder: Path, opts: argparse.Namespace) -> None:
        """Exit with 0 if every PDF is right, else with 3."""
        if folder.name.endswith(ENDING):
            self._verify_packed(folder, opts)
            return
        wrong = self._wrong(folder)
        if wrong and opts.repair:
            self._repair(folder, wrong)
        elif wrong:
            again = cli.scrapy(f"verify --repair {cli.quoted(str(folder))}")
            # What the console cannot show cannot be typed from it, either.
            words = again if again.isascii() else "give this command again, with --repair"
            print(f"For the job to download them again: {words}")

    def _verify_packed(self, packed: Path, opts: argparse.Namespace) -> None:
        if opts.repair:
            name = to_ascii(packed.name)
            raise refused(f"{name} is packed: unpack it beside the zip, then name the folder")
        with unpacked(packed) as folder:
            self._wrong(folder)

    def _wrong(self, folder: Path) -> list[Finding]:
        """Print what is wrong with the run's PDFs, set the exit status, and return it."""
        findings = list(verify(folder))
        wrong = [finding for finding in findings if finding.problem]
        for finding in wrong:
            print(f"{to_ascii(finding.name)}: {finding.problem}")
        print(_counted(findings))
        self.exitcode = ExitStatus.SOME_FAILED if wrong else ExitStatus.COMPLETE
        return wrong

    def _repair(self, folder: Path, wrong: list[Finding]) -> None:
        marked = mark_for_download(folder, wrong)
        print(f"{marked} marked: the next run of this job downloads them again")
        jobdir = _jobdir(folder)
        if marked and jobdir:
            command = cli.resume_command(jobdir)
            # The run may have been started in another folder than this command.
            is_known = Path(jobdir).is_dir() and command.isascii()
            print(f"To start it: {command if is_known else 'the command that started the job'}")
        elif marked and jobdir is not None:
            print("That run had no JOBDIR: start a new one, which downloads all vehicles.")


def _counted(findings: list[Finding]) -> str:
    """Return how many PDFs were read, and how many are wrong or missing."""
    missing = sum(finding.is_missing for finding in findings)
    wrong = sum(bool(finding.problem) for finding in findings) - missing
    text = f"{len(findings) - missing} PDFs read, {wrong} wrong"
    return f"{text}, {missing} missing" if missing else text


def _jobdir(folder: Path) -> str | None:
    """Return the JOBDIR of the run that wrote the folder last, "" if it had none; None: unknown."""
    events = read_events(JobPaths(folder).events)
    given = [event.more["settings"] for event in events if "settings" in event.more]
    last = given[-1] if given else None
    return str(last.get("JOBDIR") or "") if isinstance(last, dict) else None
