"""One run of a crawl: the state of this process. Whatever outlives it belongs to the job."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from jdp_spider.config.sources import load_config
from jdp_spider.failures import RunEnded
from jdp_spider.inventory_table import InventoryError
from jdp_spider.job.batch import Batch
from jdp_spider.job.events import RUN_RESUMED, RUN_STARTED, EventLog, note
from jdp_spider.job.folder import JobError
from jdp_spider.job.folder_outage import FolderOutage
from jdp_spider.job.job import Job
from jdp_spider.job.limit import DownloadLimit
from jdp_spider.job.locks import AlreadyRunning
from jdp_spider.job.outcomes import SAVED
from jdp_spider.job.selection import Selection, read_refs
from jdp_spider.pages.errors import one_line
from jdp_spider.pdf.reader import reader
from jdp_spider.reasons import CloseReason, FailureReason
from jdp_spider.session.account import Account
from jdp_spider.session.common_cause import CommonCause, diagnosis
from jdp_spider.session.direct_reports import DirectReports
from jdp_spider.session.found_contexts import FoundContexts
from jdp_spider.session.recovery import RecoveryPolicy
from jdp_spider.session.session import Session
from jdp_spider.signals import run_event, stalled
from jdp_spider.utils.descriptors import is_out_of_descriptors
from jdp_spider.utils.engine import close_spider
from jdp_spider.utils.files import is_held
from jdp_spider.utils.redaction import hide, redact_logs
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp_spider.failures import Failure
    from jdp_spider.inventory import Vehicle
    from jdp_spider.items import BookoutItem

logger = logging.getLogger(__name__)

_FINISH_S = 30.0
"""How long vehicles in flight may take to finish where they would fail, too."""


class Run:
    """Opens, ends and closes the run, and holds what its components share.

    The spider creates it; all other components get it by `Run.of(crawler)`.
    """

    def __init__(self, crawler: Crawler, refs: str | None = None) -> None:
        """Raise SelectionError if `refs`, the value of `-a refs=...`, cannot be parsed."""
        self._crawler = crawler
        self.config = load_config(crawler.settings)
        self.account = Account(self.config)
        self.job = Job(self.config, crawler.settings["JOBDIR"], self.account.id)
        selection = Selection(
            None if refs is None else read_refs(refs),
            lambda vehicle: self.job.links.spellings.get(vehicle.key, vehicle.reference),
        )
        self.batch = Batch(self.job, selection, DownloadLimit(self.config.max_downloads))
        self.session = Session(crawler, self.config, self.account)
        self.folder_outage = FolderOutage(crawler, self.job, lambda: self.session.is_ending)
        self.direct = DirectReports(crawler, wanted=self.config.direct_reports)
        self._contexts = FoundContexts(crawler, self.config, self.account)
        self.recovery = RecoveryPolicy(
            crawler, self.config, self.session, self.end, self._contexts.limit
        )
        self.common_cause = CommonCause(self.job.has_failed)
        self._events: EventLog | None = None
        self._logged: set[CloseReason] = set()
        """Close reasons already logged: many vehicles may run into the same one."""

    @classmethod
    def of(cls, crawler: Crawler) -> Run:
        """Return the run of a crawl, which exists once its spider does."""
        run: Run = cast("Any", crawler.spider).run
        return run

    def open(self) -> None:
        """Take the job and the account.

        Raise RunEnded, before any browser starts, if one of them cannot be used.
        """
        hide(self.config.secrets)
        redact_logs()
        if (proxy := self.config.proxy) and proxy.ignored:
            ignored = to_ascii(", ".join(proxy.ignored))
            logger.warning("The browser does not understand these parts of NO_PROXY: %s", ignored)
        try:
            self._open()
        except AlreadyRunning as error:
            logger.error("%s", error)
            raise RunEnded(error.close_reason) from None
        except (JobError, InventoryError) as error:
            logger.error("%s", error)
            raise RunEnded(CloseReason.JOB_UNUSABLE) from None
        except OSError as error:
            logger.error(
                "The folder for what belongs to the account cannot be used (%s): set "
                "JDP_STATE_FOLDER to one that you may write to",
                to_ascii(f"{error.strerror or error}: {error.filename or ''}"),
            )
            raise RunEnded(CloseReason.JOB_UNUSABLE) from None
        except Exception:
            logger.error("Unexpected error", exc_info=True)
            raise RunEnded(CloseReason.UNEXPECTED_ERROR) from None
        if self.job.folder.resumed and not self.job.vehicles:
            logger.info("Resuming: no earlier run of this job has read the inventory")
        elif self.job.folder.resumed:
            done = len(self.job.saved_keys)
            logger.info("Resuming: %d of %d saved", done, len(self.job.vehicles))

    def _open(self) -> None:
        self.job.open()
        self._events = EventLog(self.job.paths.events)
        self._crawler.signals.connect(self._events.write, run_event)
        resumed = self.job.folder.resumed
        kind = RUN_RESUMED if resumed else RUN_STARTED
        text = "The run went on with the job" if resumed else "The run started"
        settings = {**self.config.shown(), "JOBDIR": str(self.job.folder.jobdir or "")}
        note(self._crawler, kind, text, settings=settings)
        self.account.lock.acquire()
        self._contexts.note()

    async def close(self) -> None:
        """Log out, and only then release the account and the job for another run."""
        await self.session.close()
        await self.folder_outage.close()
        if self.batch.counts()[SAVED]:
            self.account.save_fingerprints(self.session.fingerprints.seen)
            self._contexts.save()
        reader.close()
        self.account.lock.release()
        self.job.close()

    def end(self, reason: CloseReason) -> None:
        """End the run: vehicles in flight finish, no others are started."""
        self.session.end()
        close_spider(self._crawler, reason)

    # Vehicles

    async def save(self, item: BookoutItem) -> bool:
        """Save and record a vehicle's bookout. Return False if the disk does not take it.

        Then the run ends and nothing is lost: the vehicle stays pending. A folder that cannot be
        reached is waited for first. If just this file is held open by another program, perhaps a
        viewer, only the vehicle fails.
        """
        assert item.vehicle is not None
        try:
            await self.batch.save(item, self.folder_outage)
        except OSError as error:
            if not is_held(error):
                self.storage_failed(error)
                return False
            logger.warning(
                "%s is open in another program: close it, and the next run downloads it again",
                to_ascii(item.file or ""),
            )
            known = {"attempts": item.attempts, "seconds": item.seconds}
            self.fail(item.vehicle, FailureReason.FILE_IN_USE, **known)
            return False
        return True

    def fail(self, vehicle: Vehicle, reason: FailureReason, **known: Any) -> None:
        """Do what `Batch.fail` does, later if the folder cannot be reached.

        If the disk does not take it, end the run.
        """
        record = partial(self.batch.fail, vehicle, reason, **known)
        try:
            record()
        except OSError as error:
            if isinstance(error, FileNotFoundError) or self.folder_outage.causes(error):
                self.folder_outage.call_later(record, self.storage_failed)
            else:
                self.storage_failed(error)

    # Failures that end the run

    def storage_failed(self, error: OSError) -> None:
        """End the run: vehicles that are not recorded stay pending, and nothing is lost."""
        is_away = self.folder_outage.causes(error)
        reason = CloseReason.FOLDER_UNREACHABLE if is_away else CloseReason.STORAGE_FAILED
        if not self._is_first(reason):
            return
        if is_out_of_descriptors(error):
            logger.error(
                "The system lets no more files be opened: end other programs or raise the limit "
                "(ulimit -n), then run the same command again"
            )
        elif is_away:
            logger.error(
                "The download folder cannot be reached (%s): see that its drive is connected and "
                "that it is still there, then run the same command again",
                to_ascii(f"{error.strerror or error}: {self.job.paths.folder}"),
            )
        else:
            logger.error(
                "The disk does not take what is written (%s): make room or check the folder, then "
                "run the same command again",
                to_ascii(f"{error.strerror or error}: {error.filename or self.job.paths.folder}"),
            )
        self.end(reason)

    def end_for_all(self, failure: Failure) -> None:
        """End the run: every other vehicle would fail alike (`Failure.ends_run`)."""
        if not self._is_first(failure.close_reason):
            return
        if failure.close_reason is CloseReason.SITE_MOVED:
            logger.error("The site has moved: %s", failure.error)
        else:
            logger.error("The site cannot be reached from here: %s", failure.error)
        self.end(failure.close_reason)

    async def end_for_common_cause(self, failure: Failure) -> None:
        """End the run if network and session are fine: then all vehicles would fail so.

        The vehicles stay pending; those in flight get a while to finish.
        """
        session, seen = self.session, one_line(failure.error)
        if session.is_ending or await session.has_ended(session.login.generation, seen):
            return
        what, advice = diagnosis(failure)
        self.site_changed(
            "The first vehicles all failed alike and none was saved: the site is there and the "
            f"session lives, but {what}. {advice}"
            f"{self.session.self_repair.proposals}"
        )

    def site_changed(self, message: str) -> None:
        """End the run with this message: all other vehicles would fail by the same cause."""
        if not self._is_first(CloseReason.SITE_CHANGED):
            return
        logger.error("%s", message)
        note(
            self._crawler, "common_cause", "The vehicles failed by a common cause", outside=message
        )
        self.end(CloseReason.SITE_CHANGED)
        asyncio.get_running_loop().call_later(_FINISH_S, self._cancel_in_flight)

    def _cancel_in_flight(self) -> None:
        if self.recovery.in_flight:
            self._crawler.signals.send_catch_log(stalled)

    def _is_first(self, reason: CloseReason) -> bool:
        is_first = reason not in self._logged
        self._logged.add(reason)
        return is_first
