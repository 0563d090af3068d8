"""The real command against a site that repeats password and session on its pages."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from jdp_spider.demo.echo import TOKEN, spellings
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.job.events import read_events
from jdp_spider.reasons import ExitStatus
from tests.support.marks import long

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.crawl_process import Crawl
    from jdp_spider.demo.sessions import Session
    from jdp_spider.demo.site import DemoSite

    MakeCrawl = Callable[..., Crawl]

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

STRONG = "~*'(p\xe4ss)! /\"\\d%&<7>"
"""Every character that programs escape, each in its own way."""

ECHO = (Fault("vehicle", "echo", references=("165548",)),)
SETTINGS = {"JDP_RETRIES": "0", "JDP_REPORT_PAGE": "true"}


def kept(done: Crawl) -> dict[str, str]:
    """Return what the run has left behind as text, but the PDFs and what the site has exported."""
    paths = [path for path in done.folder.rglob("*") if path.suffix not in ("", ".pdf", ".csv")]
    return {path.name: path.read_bytes().decode("utf-8", "replace") for path in paths}


def leaks(secrets: list[str], texts: dict[str, str]) -> list[tuple[str, str]]:
    forms = [form for secret in secrets for form in spellings(secret)]
    return [(name, form) for name, text in texts.items() for form in forms if form in text]


def note_keys(site: DemoSite) -> list[str]:
    """Return a list that gets the cookie of every session that begins."""
    keys: list[str] = []
    log_in = site.state.sessions.log_in

    def noted(user: str, password: str) -> Session:
        session = log_in(user, password)
        keys.append(session.key)
        return session

    site.state.sessions.log_in = noted  # type: ignore[method-assign]
    return keys


@pytest.mark.parametrize("loop", [long(""), "_PLAYWRIGHT_THREADED_LOOP=1"])
def test_no_escaped_secret_is_in_any_output(crawl: MakeCrawl, loop: str) -> None:
    with running_demo(DemoOptions(vehicles=4, password=STRONG, faults=ECHO)) as site:
        keys = note_keys(site)
        done = crawl(site, **SETTINGS).run("-L", "DEBUG", *(("-s", loop) if loop else ()))
    texts = {"console": done.output, **kept(done)}
    assert done.status == ExitStatus.SOME_FAILED, done.output
    kinds = sorted(re.sub(r"\d", "", name) for name in texts if "~" in name)
    assert kinds == ["~server_error~.html", "~server_error~.png"]
    assert {"run.log", "events.jsonl", "report.html"} <= set(texts)
    assert leaks([STRONG, *keys], texts) == []
    assert texts["run.log"].count("none.png?Password=[hidden]") > 20
    assert [name for name in texts if TOKEN in texts[name]] == []


WORDS = ("2026", *map(long, ("saved", "kind", "finished")))
"""Passwords that stand in times, keys, words and values of what a run writes."""

RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} [A-Z]+ \[([\w.-]+)\] (.*)")


@pytest.mark.parametrize("word", WORDS)
def test_password_that_is_a_common_word_damages_no_record(crawl: MakeCrawl, word: str) -> None:
    with running_demo(DemoOptions(vehicles=4, password=word, faults=ECHO)) as site:
        done = crawl(site, **SETTINGS).run("-L", "DEBUG")
    texts = kept(done)
    assert done.status == ExitStatus.SOME_FAILED, done.output
    events = list(read_events(done.folder / "run_data" / "events.jsonl"))
    assert [event.kind for event in events] == ["run_started", "login", "logout", "run_ended"]
    assert {event.at.year for event in events} == {datetime.now().year}  # noqa: DTZ005
    assert (done.stats["finish_reason"], done.stats["jdp/vehicle_count/saved"]) == ("finished", "3")
    assert "3 of 4 saved" in texts["run.log"] or "  saved                    3" in texts["run.log"]
    # The mask stands nowhere but where the site repeats the password.
    masked = [line for line in texts["run.log"].splitlines() if "[hidden]" in line]
    assert {RECORD.fullmatch(line)[1] for line in masked} == {"scrapy-playwright"}
    for name in ("events.jsonl", "metrics.json", "tracking.json", "journal.jsonl"):
        assert "[hidden]" not in texts[name]
    page = next(text for name, text in texts.items() if name.endswith("server_error~1.html"))
    assert not re.search(rf"""["'>=]{word}["'<&]""", page + "".join(masked))


def test_refusal_that_repeats_the_password_is_masked(crawl: MakeCrawl) -> None:
    options = DemoOptions(
        vehicles=4, password=STRONG, faults=(Fault("login", "echo", 1.0, times=None),)
    )
    with running_demo(options) as site:
        done = crawl(site).run("-L", "DEBUG")
    assert done.status == ExitStatus.LOGIN_REFUSED, done.output
    assert "The password '[hidden]' is incorrect: [hidden] [hidden]" in done.output
    assert leaks([STRONG], {"console": done.output}) == []


@pytest.mark.parametrize("word", [STRONG, long("accepted")])
def test_doctor_masks_only_text_of_the_site(crawl: MakeCrawl, word: str) -> None:
    options = DemoOptions(vehicles=4, password=word, faults=(Fault("vehicle", "echo", 1.0),))
    with running_demo(options) as site:
        doctor = crawl(site, JDP_PAGE_TIMEOUT="8")
        doctor.name = ("doctor",)
        done = doctor.run()
    assert "user name and password are accepted" in done.output
    assert "licence      accepted" in done.output
    assert leaks([STRONG], {"console": done.output}) == []
