"""The waits while a job's folder cannot be reached, as on a network drive that is gone for now."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, TypeVar

from jdp_spider.job.events import note
from jdp_spider.supervision import check_lease
from jdp_spider.utils.files import is_away, is_there, part_of
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.text import duration, to_ascii

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler

    from jdp_spider.job.folder import JobPaths
    from jdp_spider.job.job import Job

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_LONGEST_S = 600.0
"""How long the folder may be out of reach; a drive that is back later is for the next run."""
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_LOOK_S = 0.5
"""Seconds between two looks whether the run is to end."""


class FolderOutage:
    """Has all that write into a job's folder wait while it cannot be reached.

    What they write stays in memory meanwhile. The folder is not made anew: the one that comes back
    has what was saved before.
    """

    def __init__(self, crawler: Crawler, job: Job, is_ending: Callable[[], bool]) -> None:
        self._crawler = crawler
        self._job = job
        self._is_ending = is_ending
        self._since: float | None = None
        self._pause = _FIRST_PAUSE_S
        self._look: asyncio.Future[bool] | None = None
        """The look in progress for all that wait: True once the folder is there."""
        self._over = asyncio.Event()
        self._later: set[asyncio.Future[None]] = set()

    @property
    def is_on(self) -> bool:
        """True while the folder cannot be reached."""
        return self._since is not None

    def causes(self, error: OSError) -> bool:
        """Return True if the error comes from a folder that cannot be reached for now."""
        if is_away(error):
            return True
        # Where only the PDFs' folder is missing, somebody has removed it.
        is_of_path = isinstance(error, (FileNotFoundError, NotADirectoryError))
        return is_of_path and not is_there(self._job.paths.run_data)

    async def through(self, write: Callable[[], Awaitable[_T]]) -> _T:
        """Return what `write` does, done again while the folder cannot be reached.

        Raise its OSError if it has another cause, if the folder is away for too long, or if the
        run is to end meanwhile.
        """
        has_missed = False
        while True:
            # The account may be another computer's after a long wait.
            check_lease()
            try:
                written = await write()
            except OSError as error:
                # The folder may be back since, once.
                is_back = isinstance(error, FileNotFoundError) and not has_missed
                has_missed |= is_back
                if self.causes(error):
                    is_back = await self._is_back(error)
                if not is_back:
                    raise
            else:
                self._end()
                return written

    async def call(self, write: Callable[[], None]) -> None:
        """Do what `through` does with a function that is not asynchronous."""

        async def written() -> None:
            write()

        await self.through(written)

    def call_later(self, write: Callable[[], None], failed: Callable[[OSError], None]) -> None:
        """Do what `call` does, without waiting for it; give `failed` the error, if any."""

        async def work() -> None:
            try:
                await self.call(write)
            except OSError as error:
                failed(error)

        later = asyncio.ensure_future(work())
        self._later.add(later)
        later.add_done_callback(self._later.discard)

    @property
    def has_work(self) -> bool:
        """True while something is still to be written by `call_later`."""
        return bool(self._later)

    async def close(self) -> None:
        """Wait for what is to be written by `call_later`; a run that ends soon gives it up."""
        await asyncio.gather(*self._later)

    async def wait(self) -> None:
        """Return when the folder can be reached again, or the run is to end."""
        while self.is_on and not self._is_ending():
            await self._until_over(_LOOK_S)

    async def _is_back(self, error: OSError) -> bool:
        """Wait until the folder is there. Return False if it is away for too long."""
        if self._since is None:
            self._begin(error)
        if self._look is None or self._look.done():
            self._look = asyncio.ensure_future(self._wait_and_look())
        return await asyncio.shield(self._look)

    def _begin(self, error: OSError) -> None:
        self._since, self._pause = time.monotonic(), _FIRST_PAUSE_S
        self._over.clear()
        self._crawler.stats.inc_value("jdp/folder_outage_count")
        logger.warning(
            "The download folder cannot be reached (%s): waiting up to %s until it is there again. "
            "Reports that have come are kept meanwhile, and no other vehicle begins",
            to_ascii(f"{error.strerror or error}: {self._job.paths.folder}"),
            OwnText(duration(_LONGEST_S, to_the_minute=True)),
        )

    async def _wait_and_look(self) -> bool:
        assert self._since is not None
        while not self._is_ending() and time.monotonic() - self._since < _LONGEST_S:
            await self._sleep()
            # In a thread: a share that is gone may answer after half a minute only.
            if await asyncio.to_thread(_takes_files, self._job.paths):
                return True
        return False

    async def _sleep(self) -> None:
        until = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_S)
        while not self._is_ending() and (left := until - time.monotonic()) > 0:
            await self._until_over(min(left, _LOOK_S))

    async def _until_over(self, seconds: float) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)

    def _end(self) -> None:
        if self._since is None:
            return
        seconds = time.monotonic() - self._since
        self._since = None
        self._over.set()
        logger.info("The download folder is there again, after %.0f s", seconds)
        text = f"The download folder could not be reached for {seconds:.0f} s"
        note(self._crawler, "folder_outage_over", text, seconds=round(seconds))


def _takes_files(paths: JobPaths) -> bool:
    """Return True if files can be written into the job's folders."""
    try:
        for folder in (paths.run_data, paths.pdfs):
            probe = part_of(folder / "probe")
            probe.touch()
            probe.unlink()
    except OSError as error:
        # Any other trouble is for those that write.
        return not is_away(error) and is_there(paths.run_data)
    return True
