from __future__ import annotations

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.job.job import Job
from jdp_spider.pages.errors import LoggedOut
from jdp_spider.pages.inventory import collect_links
from jdp_spider.pages.link_collector import Link, LinkCollector
from jdp_spider.pages.rows import Row
from jdp_spider.session.link_discovery import LinkDiscovery
from tests.support.factories import batch_of, config, exported, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jdp_spider.job.batch import Batch
    from jdp_spider.meta import PageTask

ONE, TWO, THREE = vehicle("1", 1), vehicle("2", 2), vehicle("3", 3)
NAMELESS = vehicle(" ", 4)
ALL = (ONE, TWO, THREE, NAMELESS)
URL = "http://site/vehicle/"
NAMELESS_FAILED = (NAMELESS.key, "no_reference")


class FakeSession:
    """Pages through the grid as told: each call of `run` makes one step."""

    def __init__(self, *steps: Callable[[LinkCollector], Any]) -> None:
        self.site = SimpleNamespace(inventory_url="http://site/inventory")
        self.is_ending = False
        self._steps = list(steps)

    async def run(self, url: str, task: PageTask, progress: Callable[[], int]) -> bool:
        assert isinstance(task.function, partial)
        collector, site = (task.function.keywords[name] for name in ("collector", "site"))
        assert (url, task.function.func, site) == (site.inventory_url, collect_links, self.site)
        assert (progress(), task.timeout) == (0, None)
        # In another thread, as on Windows.
        await asyncio.to_thread(self._steps.pop(0), collector)
        return not self._steps


def find(*vehicles: Any) -> Callable[[LinkCollector], None]:
    def step(collector: LinkCollector) -> None:
        for each in vehicles:
            row: Any = SimpleNamespace(url=URL + each.reference, vehicle_id="70", texts=())
            collector.report(each, row)

    return step


def link(of: Any) -> Link:
    return Link(of, URL + of.reference, "70")


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    job = Job(config(download_folder=tmp_path), None, "account")
    job.open()
    job.set_inventory(exported(*ALL))
    yield job
    job.close()


def discover(
    session: Any, batch: Batch, most: int = 99
) -> tuple[list[Link], list[tuple[str, str]]]:
    """The links, at most so many, and the vehicles that have none."""
    failed: list[tuple[str, str]] = []
    found: list[Link] = []

    async def work() -> None:
        discovery = LinkDiscovery(
            session, batch, lambda vehicle, why: failed.append((vehicle.key, why))
        )
        links = discovery.links()
        async for each in links:
            found.append(each)
            if len(found) == most:
                break
        await links.aclose()

    asyncio.run(work())
    return found, failed


def test_links_come_from_the_grid_and_are_kept(job: Job) -> None:
    session = FakeSession(find(TWO), find(ONE))
    found, failed = discover(session, batch_of(job))
    assert (found, failed) == (
        [link(TWO), link(ONE)],
        [NAMELESS_FAILED, ("3#1", "no_bookout_link")],
    )
    assert (job.links.complete, job.links.get(ONE)) == (True, (f"{URL}1", "70"))


def test_pdf_is_called_as_the_site_spells_the_reference(tmp_path: Path) -> None:
    """Also in a run that resumes the job, and never as another vehicle is."""
    changed, taken, other = vehicle("165548.00", 1), vehicle("1650", 2), vehicle("001650", 3)

    def step(collector: LinkCollector) -> None:
        for each, shown in ((changed, "165548"), (taken, "001650"), (other, "001650")):
            cells = (shown, each.vin)
            collector.report(each, Row(f"b_{each.occurrence}", f"{URL}{shown}", cells))

    names = ["165548.pdf", "1650.pdf", "001650.pdf"]
    for session in (FakeSession(step), FakeSession()):
        job = Job(config(download_folder=tmp_path), str(tmp_path / "job"), "account")
        job.open()
        if not job.vehicles:
            job.set_inventory(exported(changed, taken, other))
            assert job.files[changed.key] == "165548.00.pdf"
        discover(session, batch_of(job))
        assert [job.files[each.key] for each in (changed, taken, other)] == names
        job.close()


def test_links_of_an_earlier_run_need_no_grid(job: Job) -> None:
    job.links.add(ONE, f"{URL}1", "70")
    job.links.mark_complete()
    found, failed = discover(FakeSession(), batch_of(job))
    assert found == [link(ONE), Link(TWO, None), Link(THREE, None)]
    assert failed == [NAMELESS_FAILED]


def test_few_requested_vehicles_are_searched_for(job: Job) -> None:
    assert discover(FakeSession(), batch_of(job, "3")) == ([Link(THREE, None)], [])
    assert not job.links.complete


def test_a_search_waits_until_the_grid_is_free(job: Job) -> None:
    def step(collector: LinkCollector) -> None:
        collector.report(ONE, None)
        find(TWO, THREE)(collector)

    found, _ = discover(FakeSession(step), batch_of(job))
    assert found == [link(TWO), link(THREE), Link(ONE, None)]


def test_a_failure_of_the_grid_is_raised_after_what_it_found(job: Job) -> None:
    def fail(collector: LinkCollector) -> None:
        find(ONE)(collector)
        raise LoggedOut("Inventory: the login stands there")

    with pytest.raises(LoggedOut):
        discover(FakeSession(fail), batch_of(job))
    assert (job.links.complete, job.links.get(ONE)) == (False, (f"{URL}1", "70"))


def test_ending_run_fails_no_vehicle(job: Job) -> None:
    session = FakeSession(find(ONE), find())

    def end(collector: LinkCollector) -> None:
        find(ONE)(collector)
        session.is_ending = True

    session._steps[0] = end
    assert discover(session, batch_of(job)) == ([link(ONE)], [NAMELESS_FAILED])
    assert (job.links.complete, len(session._steps)) == (False, 1)


def test_pagination_stops_when_enough_links_are_found(job: Job) -> None:
    session = FakeSession(find(ONE, TWO), find(THREE), find())
    assert discover(session, batch_of(job), most=1)[0] == [link(ONE)]
    assert not job.links.complete


def test_no_request_when_every_vehicle_is_saved(job: Job) -> None:
    job.saved_keys.update(each.key for each in ALL)
    assert discover(FakeSession(), batch_of(job)) == ([], [])
