"""The measurements: their pieces, and small real runs of the ways that are set side by side."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.__main__ import make_parser
from benchmarks.baselines import Task, script
from benchmarks.measured_run import Found, Run, Way, figures, read_settings, read_ways
from benchmarks.profile import lines, shares
from benchmarks.recordings import NEEDS_SCRIPTS, apart
from benchmarks.speed import as_json, row, speed_ups
from benchmarks.watched import Row, slowdown
from harness.demo_process import Seen
from harness.resource_monitor import Watched, watch
from jdp_spider.browser.launch import find_browser
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.demo.likes import LIKES
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from tests.support.factories import pdf_of, vehicle

if TYPE_CHECKING:
    from pathlib import Path


def asked(kind: str, at: float, seconds: float, **known: Any) -> dict[str, Any]:
    """One record of a site's log; its latency is 0.1 s less than it took."""
    defaults = {"session": "abc", "vehicle_id": None, "status": 200}
    times = {"time": at, "seconds": seconds, "latency": seconds - 0.1}
    return {"kind": kind, **times, **defaults, **known}


LOGIN = asked("login", 1000.0, 0.6, session=None)
ASSET = asked("asset", 1000.5, 0.1, session=None)
REQUESTS = [
    LOGIN,
    ASSET,
    asked("inventory", 1001.0, 1.1),
    asked("vehicle", 1002.0, 2.1, vehicle_id=7),
    asked("report", 1004.0, 4.1, vehicle_id=7),
    asked("vehicle", 1003.0, 1.6, vehicle_id=8, status=500),
    asked("vehicle", 1005.0, 2.6, vehicle_id=8),
    asked("report", 1008.0, 3.6, vehicle_id=8, status=500),
    asked("report", 1012.0, 5.1, vehicle_id=8),
    asked("report", 1018.0, 2.0, vehicle_id=7),
    asked("logout", 1021.0, 0.9),
]
RUN = Run(
    way="ours",
    contexts=5,
    vehicles=200,
    right=199,
    wrong=1,
    status=0,
    seconds=250.0,
    command_seconds=255.5,
    first_pdf_seconds=9.87,
    vehicles_per_hour=2865.6,
    efficiency=0.9512,
    lane_efficiency=None,
    dynamic_per_vehicle=2.105,
    reports_per_vehicle=1.0,
    cpu_per_vehicle=0.3,
    cpu_sampled=59.0,
    cpu_waited=60.0,
    peak_mib=480.4,
    settled_mib=430.0,
    final_mib=440.0,
    output="printed",
)


def test_slowdown_compares_the_medians_of_both_ways() -> None:
    seconds = {False: (10.0, 11.0, 30.0), True: (11.0, 12.1, 12.2)}
    rows = [
        Row(is_watched, 40, 40, 0, each, 0.1, is_watched)
        for is_watched, times in seconds.items()
        for each in times
    ]
    assert slowdown(rows) == pytest.approx(1.1)
    assert all(each.is_good for each in rows)
    assert not replace(rows[-1], was_shown=False).is_good


# What the site saw


def test_figures_are_computed_from_the_log_of_the_site() -> None:
    """The second report of 7 is no need, a refused answer neither; both were asked for."""
    seen = Seen.of(REQUESTS)
    assert seen == Seen(
        first=1000.0,
        reports=[1008.1, 1017.1, 1020.0],
        dynamic=10,
        drawn=pytest.approx(2.0 + 4.0 + 2.5 + 5.0),
        drawn_in_session=pytest.approx(1.0 + 2.0 + 4.0 + 1.5 + 2.5 + 3.5 + 5.0 + 1.9),
    )
    assert seen.seconds == 20.0


def test_log_without_a_bookout_has_no_duration() -> None:
    seen = Seen.of([LOGIN, ASSET])
    assert seen == Seen(first=1000.0, reports=[], dynamic=1, drawn=0, drawn_in_session=0)
    assert seen.seconds == 0


# A run


WATCHED = Watched(
    status=0,
    output="printed",
    started=998.0,
    seconds=25.0,
    cpu_sampled=5.5,
    cpu_waited=6.0,
    memory=[(999.0, 100.0), (1010.0, 400.0), (1019.0, 300.0), (1022.0, 20.0)],
)


@pytest.mark.parametrize(("session_lock", "lane"), [(True, pytest.approx(1.07)), (False, None)])
def test_figures_are_computed_for_a_run(session_lock: bool, lane: float | None) -> None:
    options = DemoOptions(vehicles=2, session_lock=session_lock)
    found = Found(right=1, wrong=1, first=1008.2)
    run = figures(Way("script", 2), WATCHED, Seen.of(REQUESTS), found, options)
    assert asdict(run) == {
        "way": "script",
        "contexts": 2,
        "vehicles": 2,
        "right": 1,
        "wrong": 1,
        "status": 0,
        "seconds": 20.0,
        "command_seconds": 25.0,
        "first_pdf_seconds": pytest.approx(10.2),
        "vehicles_per_hour": 180.0,
        "efficiency": pytest.approx(13.5 / 2 / 20),
        "lane_efficiency": lane,
        "dynamic_per_vehicle": 5.0,
        "reports_per_vehicle": 1.5,
        "cpu_per_vehicle": 3.0,
        "cpu_sampled": 5.5,
        "cpu_waited": 6.0,
        "peak_mib": 400.0,
        "settled_mib": None,
        "final_mib": 300.0,
        "output": "printed",
    }


def test_figures_of_a_run_that_did_nothing() -> None:
    watched = replace(WATCHED, status=1, memory=[])
    run = figures(Way("ours", 1), watched, Seen.of([]), Found(0, 0, None), DemoOptions(vehicles=2))
    assert (run.vehicles_per_hour, run.efficiency, run.first_pdf_seconds) == (0, None, None)
    assert (run.peak_mib, run.final_mib, run.is_right) == (0, 0, False)


def test_memory_is_taken_at_the_50th_bookout() -> None:
    seen = Seen(
        first=1000.0,
        reports=[1000.0 + n / 4 for n in range(60)],
        dynamic=1,
        drawn=1,
        drawn_in_session=1,
    )
    run = figures(Way("ours", 1), WATCHED, seen, Found(0, 0, None), DemoOptions(vehicles=60))
    assert (run.settled_mib, run.final_mib) == (400.0, 400.0)


def test_pdfs_are_compared_with_the_vehicle_in_their_name(tmp_path: Path) -> None:
    one, other = vehicle("165548"), vehicle("165549", 1)
    for name, of in (("165548", one), ("165549", one), ("165550", other)):
        (tmp_path / f"{name}.pdf").write_bytes(pdf_of(of))
    paths = sorted(tmp_path.iterdir())
    os.utime(paths[1], (1000, 1000))
    vins = {of.reference: of.vin for of in (one, other)}
    assert Found.of(paths, vins) == Found(right=1, wrong=2, first=1000.0)
    assert Found.of([], vins) == Found(right=0, wrong=0, first=None)


# The table and the JSON


def test_row_is_aligned_with_its_headings() -> None:
    assert row(RUN) == (
        "ours-5          200    199     1    250.0   2,866      0.951     -"
        "     2.10    1.00  0.30      480   430   440       9.9"
    )


def test_json_contains_all_figures_without_the_output() -> None:
    written = json.loads(json.dumps(as_json("field", [RUN])))
    expected = asdict(RUN)
    del expected["output"]
    assert (written["profile"], written["runs"]) == ("field", [expected])
    assert set(written["machine"]) == {"cores", "system", "python"}


def test_speed_up_over_one_context() -> None:
    runs = [
        replace(RUN, contexts=1, seconds=1200.0),
        RUN,
        replace(RUN, way="floor"),
        replace(RUN, contexts=3, seconds=0.0),
    ]
    assert list(speed_ups(runs)) == ["ours-5 is 4.80 times as fast as ours-1"]


# What is asked for


def test_ways_are_parsed() -> None:
    assert read_ways("ours-1, script-20") == [Way("ours", 1), Way("script", 20)]


@pytest.mark.parametrize("given", ["ours", "ours-0", "ours-21", "ours-x", "their-5", ""])
def test_unknown_ways_are_named(given: str) -> None:
    with pytest.raises(ValueError, match=r"--ways wants names out of ours, .* such as ours-5; got"):
        read_ways(given)


def test_missing_package_of_a_way_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.measured_run.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install -r requirements-benchmark"):
        read_ways("crawlee-5")


def test_settings_are_parsed() -> None:
    assert read_settings(["JDP_RETRIES=1", "HEADLESS="]) == {"JDP_RETRIES": "1", "HEADLESS": ""}
    with pytest.raises(ValueError, match="--set knows no 'JDP_RETRY': see docs"):
        read_settings(["JDP_RETRY=1"])


# A command that is watched


BURN = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass"
START = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]])"
LEAVES_ORPHAN = """
import subprocess, sys
subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=True)
print("left one behind")
"""


def test_all_of_a_process_tree_is_counted() -> None:
    command = [sys.executable, "-c", LEAVES_ORPHAN, START, BURN]
    watched = watch(command, dict(os.environ), limit_s=60)
    assert (watched.status, watched.output.split()) == (0, ["left", "one", "behind"])
    assert watched.memory[0][1] > 0
    if sys.platform == "linux":
        assert watched.cpu >= 0.4


def test_a_command_that_hangs_is_killed() -> None:
    sleeps = "import time; print('begun', flush=True); time.sleep(600)"
    watched = watch([sys.executable, "-c", sleeps], dict(os.environ), limit_s=1)
    assert watched.status != 0
    assert watched.seconds < 600


# The profile


def test_shares_of_the_time_of_a_vehicle_are_computed() -> None:
    steps = {"page": 100.0, "dialog": 300.0, "report": 4200.0, "check": 50.0}
    found = shares(REQUESTS, end=1020.0, each=1000.0 * 2 / 4, tries_ms=7000.0, steps=steps)
    assert found == {
        "before the first vehicle": 1000.0,
        "page made, opened, left": 2350.0,
        **steps,
        "between vehicles, at the end": 2000.0,
    }
    assert lines(found, REQUESTS) == [
        "milliseconds of a vehicle          ours  the site",
        "before the first vehicle          1,000          ",
        "page made, opened, left           2,350     2,000",
        "page                                100          ",
        "dialog                              300          ",
        "report                            4,200     3,600",
        "check                                50          ",
        "between vehicles, at the end      2,000          ",
        "all                              10,000     5,600",
    ]


# Real runs


def benchmark(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m benchmarks ...`, which must end well and without a warning."""
    command = [sys.executable, "-W", "error", "-m", "benchmarks", *arguments]
    done = subprocess.run(
        command, cwd=PROJECT_FOLDER, capture_output=True, encoding="ascii", check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done


@pytest.mark.browser
@pytest.mark.crawl
@pytest.mark.long
def test_comparison_has_a_column_for_the_crawler_and_the_floor(tmp_path: Path) -> None:
    figures_file = tmp_path / "figures.json"
    ways = ["--ways", "floor-3,ours-3", "--vehicles", "7", "--json", str(figures_file)]
    done = benchmark("speed", "--profile", "instant", *ways)
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == [
        "way",
        "floor-3",
        "ours-3",
    ]
    runs = json.loads(figures_file.read_text("utf-8"))["runs"]
    exact = ("way", "right", "wrong", "reports_per_vehicle", "efficiency")
    assert [[run[name] for name in exact] for run in runs] == [
        ["floor", 7, 0, 1.0, None],
        ["ours", 7, 0, 1.0, None],
    ]
    assert all(run["cpu_per_vehicle"] > 0 and run["peak_mib"] > 0 for run in runs)


@pytest.mark.browser
@pytest.mark.crawl
@pytest.mark.long
def test_profile_of_a_real_run() -> None:
    done = benchmark("profile", "--profile", "instant", "--vehicles", "3", "--contexts", "3")
    names = [line[:28].strip() for line in done.stdout.splitlines()]
    steps = ["page made, opened, left", "page", "dialog", "report", "check"]
    shown = ["before the first vehicle", *steps, "between vehicles, at the end", "all"]
    assert names == ["milliseconds of a vehicle", *shown, "CPU-seconds of a vehicle, of"]


@pytest.mark.browser
@pytest.mark.long
def test_script_takes_the_first_row_of_a_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it saves for 165548 the report of 165548A, and has each report made twice."""

    async def shortly(seconds: float) -> None:
        await asyncio.sleep(seconds / 4)

    monkeypatch.setattr(script, "rest", shortly)
    with running_demo(DemoOptions(vehicles=3)) as site:
        account = (site.options.user, site.options.password)
        asyncio.run(script.main(Task(site.base_url, tmp_path, 3, str(find_browser()), *account)))
    vins = {vehicle.reference: vehicle.vin for vehicle in site.vehicles}
    paths = list(tmp_path.iterdir())
    assert {path.stem for path in paths} == set(vins)
    assert "165548" in [path.stem for path in paths if Found.of([path], vins).wrong]
    assert sum(site.log.reports.values()) >= 6
    assert (site.log.logins, site.log.logouts) == (1, 1)


def test_every_benchmark_and_its_options_are_documented() -> None:
    pages = [PROJECT_FOLDER / "docs" / f"{name}.md" for name in ("checks", "measuring")]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    (commands,) = make_parser()._subparsers._group_actions
    for name, parser in commands.choices.items():
        assert f"-m benchmarks {name}\n" in text or f"-m benchmarks {name} " in text
        options = [option for option in parser._option_string_actions if option[:2] == "--"]
        missing = [
            option for option in options if not re.search(rf"(?<!\S){option}\b|`{option}\b", text)
        ]
        assert missing == ["--help"], name


def test_behaviour_that_needs_its_scripts_is_recorded_by_itself() -> None:
    assert LIKES.keys() >= NEEDS_SCRIPTS.keys()
    assert apart("pdf-prefix+grid-in-shadow+consent") == ["pdf-prefix+consent", "grid-in-shadow"]
    assert apart("none") == ["none"]
