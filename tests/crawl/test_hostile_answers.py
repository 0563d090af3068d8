"""The real command against a site that sends what no browser should follow, wait for or open."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from jdp_spider.demo.export import inventory_csv
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.inventory import read_inventory
from jdp_spider.reasons import ExitStatus
from tests.support.factories import references
from tests.support.marks import long

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.crawl_process import Crawl

    MakeCrawl = Callable[..., Crawl]

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

BAD = (
    "mailto:sales@dealer.example",
    "http://127.0.0.1:99999/ValuesOnline/vehicle/BookOut/1",
    "ftp://127.0.0.1/1",
    "data:text/html,1",
    "//evil.example/1",
    "http://[::1",
    "http://me:secret@127.0.0.1/1",
    "file:///etc/passwd",
    "https://127.0.0.1/1",
    "/" + "x" * 1_000_000,
)
"""What a bookout link may lead to that is no vehicle of the site."""


def test_bad_link_fails_only_its_vehicle(crawl: MakeCrawl) -> None:
    given = dict(zip(references(12), BAD, strict=False))
    options = DemoOptions(vehicles=12, hrefs=tuple(given.items()))
    with running_demo(options) as site:
        done = crawl(site).run()
    assert done.status == ExitStatus.SOME_FAILED, done.output
    done.assert_right(site, 12 - len(given))
    rows = done.run_data("metrics.json")["vehicles"]
    failed = {row["reference"]: row["reason"] for row in rows if row["outcome"] == "failed"}
    assert failed == dict.fromkeys(given, "no_bookout_link")


def test_vehicle_with_a_long_link_keeps_its_place_in_the_limit(crawl: MakeCrawl) -> None:
    """Scrapy drops a request of more than 2,083 characters, and tells nobody."""
    long = (references(6)[0], "/ValuesOnline/vehicle/BookOut/" + "x" * 3000)
    with running_demo(DemoOptions(vehicles=6, hrefs=(long,))) as site:
        done = crawl(site, MAX_DOWNLOADS="4", CONCURRENT_CONTEXTS="1").run()
    assert done.status == ExitStatus.SOME_FAILED, done.output
    done.assert_right(site, 4)
    rows = done.run_data("metrics.json")["vehicles"]
    failed = {row["reference"]: row["reason"] for row in rows if row["outcome"] == "failed"}
    assert failed == {long[0]: "server_error"}


NEEDS_SIGNALS = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send")
WAITS = [
    long("1000000", "1000000"),
    pytest.param("9" * 400, "16666666667", id="400 digits"),
]


@NEEDS_SIGNALS
@pytest.mark.parametrize(("minutes", "said"), WAITS)
def test_wait_for_another_session_is_at_most_one_hour(
    minutes: str, said: str, crawl: MakeCrawl, tmp_path: Path
) -> None:
    with running_demo(DemoOptions(vehicles=3, wait_text=minutes)) as site:
        site.state.sessions.log_in(site.options.user, site.options.password)
        done = stopped_at(crawl(site), "next login in 3600 s")
    assert done.status == ExitStatus.INTERRUPTED, done.output
    cut = f"WARNING: The site asks to wait {said} minutes; trying again after 60"
    assert done.output.count(cut) == 1


@NEEDS_SIGNALS
@pytest.mark.parametrize("what", ["status-429", long("status-429-date")])
def test_pause_is_at_most_one_hour(what: str, crawl: MakeCrawl) -> None:
    fault = Fault("vehicle", what, 1.0, seconds=6e7)
    with running_demo(DemoOptions(vehicles=3, faults=(fault,))) as site:
        done = stopped_at(crawl(site, CONCURRENT_CONTEXTS="1"), "Waiting 3600 s")
    assert done.status == ExitStatus.INTERRUPTED, done.output
    cut = "WARNING: The site asks to wait 1000000 minutes; trying again after 60"
    assert done.output.count(cut) == 1
    assert done.stats["jdp/pause_seconds"] == "3600"


def stopped_at(crawl: Crawl, line: str) -> Crawl:
    """A crawl that is stopped as by Ctrl-C once it has said this, or does not say it."""
    process = crawl.start()
    assert process.stdout is not None
    output = ""
    # It says nothing more for half a minute then.
    while line not in output and " login in " not in output and process.poll() is None:
        output += process.stdout.readline()
    process.send_signal(signal.SIGINT)
    crawl.finish(process)
    crawl.output = output + crawl.output
    return crawl


def test_formulas_are_escaped_in_csv_only(crawl: MakeCrawl, tmp_path: Path) -> None:
    formulas = ('=HYPERLINK("http://evil.example/","Ford")', "@SUM(1)", "+1", "-1", "\uff1d1")
    given = dict(zip(references(6), (*formulas, "x;=1"), strict=True))
    fields = tuple((reference, "model", text) for reference, text in given.items())
    feeds = [tmp_path / "vehicles.csv", tmp_path / "vehicles.jsonl"]
    with running_demo(DemoOptions(vehicles=6, fields=fields)) as site:
        done = crawl(site).run("-O", str(feeds[0]), "-O", str(feeds[1]))
        exported = inventory_csv(site.vehicles)
    assert done.status == ExitStatus.COMPLETE, done.output
    rows = csv.DictReader(io.StringIO(feeds[0].read_text("utf-8-sig"), newline=""))
    safe = (*(f"'{formula}" for formula in formulas), "x;'=1")
    assert {row["reference"]: row["model"] for row in rows} == dict(zip(given, safe, strict=True))
    lines = [json.loads(line) for line in feeds[1].read_text("utf-8").splitlines()]
    assert {line["reference"]: line["model"] for line in lines} == given
    assert (done.folder / "run_data" / "inventory.csv").read_bytes() == exported


@pytest.mark.parametrize("bad", [long(1), long(6)])
def test_vehicle_with_a_bad_script_link_is_opened_by_a_search(bad: int, crawl: MakeCrawl) -> None:
    hrefs = tuple((reference, BAD[4]) for reference in references(6)[:bad])
    with running_demo(DemoOptions(vehicles=6, link_kind="script", hrefs=hrefs)) as site:
        done = crawl(site).run()
    assert done.status == ExitStatus.COMPLETE, done.output
    done.assert_right(site)


KEPT = ("http://127.0.0.1:99999/1", "http://[::1", "https://evil.example/1", "http://\ud800/")
"""What may stand in links.jsonl, edited by hand or of another site."""


@pytest.mark.long
def test_bad_links_of_an_earlier_run_are_searched_for(crawl: MakeCrawl, tmp_path: Path) -> None:
    jobdir = f"JOBDIR={tmp_path / 'job'}"
    with running_demo(DemoOptions(vehicles=10)) as site:
        first = crawl(site, MAX_DOWNLOADS="2").run("-s", jobdir)
        run_data = first.folder / "run_data"
        vehicles = read_inventory((run_data / "inventory.csv").read_bytes()).vehicles
        links = [{"key": each.key, "url": url} for each, url in zip(vehicles, cycle(KEPT))]
        lines = [json.dumps(link) for link in (*links, {"complete": True})]
        (run_data / "links.jsonl").write_text("\n".join(lines) + "\n", "ascii")
        second = crawl(site).run("-s", jobdir)
    assert second.status == ExitStatus.COMPLETE, second.output
    second.assert_right(site)
