from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from scrapy.core.scheduler import Scheduler
from scrapy.http import Request
from scrapy.utils.misc import load_object
from scrapy.utils.test import get_crawler

from jdp_spider import settings as project
from jdp_spider.scheduler import MemoryScheduler

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {name: getattr(project, name) for name in ("SCHEDULER_MEMORY_QUEUE", "DUPEFILTER_CLASS")}


def opened(scheduler: type[Scheduler], jobdir: Path) -> Scheduler:
    crawler = get_crawler(settings_dict={**SETTINGS, "JOBDIR": str(jobdir)})
    crawler._apply_settings()
    crawler.spider = crawler._create_spider("any")
    downloader = SimpleNamespace(slots={}, get_slot_key=lambda request: "site")
    crawler.engine = SimpleNamespace(downloader=downloader)
    made = scheduler.from_crawler(crawler)
    made.open(crawler.spider)
    return made


def left_behind(scheduler: type[Scheduler], jobdir: Path) -> list[str]:
    """What stands in JOBDIR when a run has stopped with requests still to do."""
    made = opened(scheduler, jobdir)
    for number in range(3):
        assert made.enqueue_request(Request(f"http://site/{number}", dont_filter=True))
    made.close("shutdown")
    return sorted(path.name for path in jobdir.rglob("*"))


def test_requests_are_not_written_to_the_jobdir(tmp_path: Path) -> None:
    assert left_behind(MemoryScheduler, tmp_path) == []
    assert "requests.queue" in left_behind(Scheduler, tmp_path)


def test_requests_are_not_read_from_the_jobdir(tmp_path: Path) -> None:
    left_behind(Scheduler, tmp_path)
    restored = opened(Scheduler, tmp_path)
    assert restored.has_pending_requests() is True
    restored.close("finished")
    made = opened(MemoryScheduler, tmp_path)
    assert (made.has_pending_requests(), made.next_request()) == (False, None)


def test_requests_run_in_order(tmp_path: Path) -> None:
    made = opened(MemoryScheduler, tmp_path)
    addresses = ["http://site/b", "http://site/a", "http://site/b"]
    for address in addresses:
        assert made.enqueue_request(Request(address))
    assert [made.next_request().url for _ in addresses] == addresses


def test_project_uses_the_memory_scheduler() -> None:
    assert load_object(project.SCHEDULER) is MemoryScheduler
