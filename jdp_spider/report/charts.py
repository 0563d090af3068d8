"""The report's pictures, as SVG to stand in the page: its style sheet gives them their colours.

matplotlib takes a second and some memory to load: only who makes a report imports this.
"""

from __future__ import annotations

import io
import math
import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes

    from jdp_spider.report.history import Run

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#000001",
    "axes.labelcolor": "#000001",
    "xtick.color": "#000001",
    "ytick.color": "#000001",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#000002",
}
# Placeholders for the colours of the page's style sheet.
_INK, _FAINT, _SAVED, _FAILED, _MARK = (f"#00000{n}" for n in range(1, 6))
_COLOURS = {
    _INK: "var(--ink)",
    _FAINT: "var(--line)",
    _SAVED: "var(--saved)",
    _FAILED: "var(--failed)",
    _MARK: "var(--mark)",
}

_SIZES = {"wide": (13.0, 3.4), "narrow": (4.4, 2.8)}
"""Inches, 72 units each: the second is for phones."""

_LABELS_APART = {"wide": 0.025, "narrow": 0.07}
"""How far labels have to be from each other, as a share of the axis."""

_NICE_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200)
_DAY_S = 86400
_VEHICLES_A_STEP = 4
_GAP = 0.02
"""How wide the pause between two runs is drawn, as a share of all runs."""

SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"


def throughput(runs: list[Run], marks: list[tuple[datetime, str]]) -> dict[str, str]:
    """Return a chart of vehicles an hour over the time of all runs, in each width.

    `marks` are moments to be marked, each with its label. Pauses between runs are narrow gaps.
    """
    places = _Places(runs)
    return _in_all_widths("throughput", lambda axes, w: _draw_throughput(axes, places, marks, w))


def histogram(seconds: list[float]) -> dict[str, str]:
    """Return a chart of how many vehicles took how long, in each width."""
    return _in_all_widths("histogram", lambda axes, _: _draw_histogram(axes, seconds))


# Throughput


@dataclass
class _Places:
    """The positions of the runs on the axis: one after another, with small gaps between them."""

    runs: list[Run]

    def __post_init__(self) -> None:
        total = sum(run.seconds for run in self.runs)
        self.gap = total * _GAP
        self.starts: list[float] = []
        self.end = 0.0
        for run in self.runs:
            self.starts.append(self.end)
            self.end += run.seconds + self.gap
        self.end -= self.gap

    @property
    def step(self) -> float:
        """Return the seconds counted together: about sixty steps in all, some vehicles in each."""
        done = sum(len(run.saved) + len(run.failed) for run in self.runs)
        least = max(self.end / 60, self.end / done * _VEHICLES_A_STEP)
        return next((nice for nice in _NICE_S if nice >= least), max(_DAY_S, self.end / 1000))

    def __iter__(self) -> Iterator[tuple[float, Run]]:
        return zip(self.starts, self.runs, strict=True)

    def of(self, at: datetime) -> float:
        """Return the place of a moment, or the nearest one if it lies in no run."""
        place = 0.0
        for start, run in self:
            if at < run.started:
                break
            place = start + min((at - run.started).total_seconds(), run.seconds)
        return place


def _draw_throughput(
    axes: Axes, places: _Places, marks: list[tuple[datetime, str]], width: str
) -> None:
    most = 1.0
    step = places.step
    for start, run in places:
        edges, saved = _an_hour(run, run.saved, step)
        both = [a + b for a, b in zip(saved, _an_hour(run, run.failed, step)[1], strict=True)]
        at = [start + edge for edge in edges]
        axes.stairs(both, at, baseline=saved, fill=True, color=_FAILED, linewidth=0)
        axes.stairs(saved, at, fill=True, color=_SAVED, linewidth=0)
        most = max([most, *both])
        if start:
            axes.axvspan(start - places.gap, start, color=_FAINT, linewidth=0)
    _draw_marks(axes, [(places.of(at), label) for at, label in marks], most, places.end, width)
    axes.set(xlim=(0, places.end), ylim=(0, most * 1.24), ylabel="vehicles an hour")
    _draw_contexts(axes, places)
    ticks = _ticks(places, 5 if width == "narrow" else 9)
    axes.set_xticks(list(ticks), list(ticks.values()))


def _draw_contexts(axes: Axes, places: _Places) -> None:
    """Draw how many vehicles at a time there were, where runs have found that out."""
    if not any(run.contexts for _, run in places):
        return
    at_a_time = axes.twinx()
    most = 1
    for start, run in places:
        if not run.contexts:
            continue
        numbers = [number for _, number in run.contexts]
        edges = [places.of(at) for at, _ in run.contexts] + [start + run.seconds]
        at_a_time.stairs(numbers, edges, color=_INK, linewidth=1.4, baseline=None)
        most = max(most, *numbers)
    at_a_time.set(ylim=(0, most * 1.24), ylabel="vehicles at a time")
    at_a_time.yaxis.set_major_locator(MaxNLocator(integer=True))
    at_a_time.grid(visible=False)
    at_a_time.spines["right"].set_visible(True)


def _draw_marks(
    axes: Axes, marks: list[tuple[float, str]], most: float, end: float, width: str
) -> None:
    """Draw a triangle for each mark, and its label where there is room."""
    axes.plot([place for place, _ in marks], [most * 1.07] * len(marks), "v", color=_MARK)
    free = -math.inf
    for place, label in marks:
        if place < free:
            continue
        axes.annotate(
            label, (place, most * 1.11), horizontalalignment="center", color=_INK, fontsize=9
        )
        free = place + end * _LABELS_APART[width]


def _an_hour(run: Run, done: list[datetime], wanted: float) -> tuple[list[float], list[float]]:
    """Return edges in seconds from the run's start, and vehicles an hour between each two."""
    number = max(round(run.seconds / wanted), 1)
    step = run.seconds / number
    counts = [0] * number
    for at in done:
        index = int((at - run.started).total_seconds() / step)
        counts[min(max(index, 0), number - 1)] += 1
    return [step * n for n in range(number + 1)], [count / step * 3600 for count in counts]


def _ticks(places: _Places, most: int) -> dict[float, str]:
    """Return local times at the starts of the runs and, where there is room, between them."""
    step = next((nice for nice in _NICE_S if places.end / nice <= most), _DAY_S)
    times = {start: run.started for start, run in places}
    chosen: list[float] = []
    for place, at in [*times.items(), *_round_times(places, step).items()]:
        if all(abs(place - other) > places.end / most * 0.9 for other in chosen):
            chosen.append(place)
            times[place] = at
    found: dict[float, str] = {}
    day = ""
    for place in sorted(chosen):
        local = times[place].astimezone()
        label = local.strftime("%H:%M:%S" if step < 60 else "%H:%M")
        this_day = local.strftime("%d %b")
        found[place] = label if this_day == day else f"{label}\n{this_day}"
        day = this_day
    return found


def _round_times(places: _Places, step: int) -> dict[float, datetime]:
    """Return the moments within the runs at which a wall clock shows a round time."""
    found = {}
    for start, run in places:
        local = run.started.astimezone()
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        first = step * (math.floor((local - midnight).total_seconds() / step) + 1)
        at = midnight + timedelta(seconds=first)
        while at < run.ended:
            found[start + (at - run.started).total_seconds()] = at
            at += timedelta(seconds=step)
    return found


# Histogram


def _draw_histogram(axes: Axes, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    # A few that took very long would press all the others into one bar.
    end = max(ordered[math.ceil(len(ordered) * 0.98) - 1] * 1.1, ordered[0] + 1)
    step = next((nice for nice in (0.1, 0.2, 0.5, *_NICE_S) if end / nice <= 30), end / 30)
    edges = [step * n for n in range(math.ceil(end / step) + 1)]
    axes.hist(
        [min(each, edges[-1] - step / 2) for each in seconds], edges, rwidth=0.9, color=_SAVED
    )
    median = statistics.median(ordered)
    axes.axvline(median, color=_INK, linewidth=1, linestyle="--")
    axes.annotate(
        f" half took less than {median:.1f} s",
        (median, 1),
        xycoords=("data", "axes fraction"),
        verticalalignment="bottom",
        horizontalalignment="left" if median < edges[-1] / 2 else "right",
        color=_INK,
    )
    longer = sum(each > edges[-1] for each in ordered)
    more = f"; the last bar: {longer} that took longer" if longer else ""
    axes.set(xlim=(0, edges[-1]), xlabel=f"seconds{more}", ylabel="vehicles")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


# SVG


def _in_all_widths(name: str, draw: Callable[[Axes, str], None]) -> dict[str, str]:
    found = {}
    with mpl.rc_context(_STYLE):
        for width, size in _SIZES.items():
            # The salt goes into the names of what is referred to: they are unique in the page.
            mpl.rcParams["svg.hashsalt"] = f"{name}-{width}"
            figure = Figure(figsize=size, layout="constrained", facecolor="none")
            axes = figure.add_subplot(facecolor="none")
            draw(axes, width)
            buffer = io.StringIO()
            figure.savefig(buffer, format="svg")
            found[width] = _for_page(buffer.getvalue())
    return found


def _for_page(text: str) -> str:
    """Return the SVG without styles, which the page's policy forbids, and unneeded parts."""
    ElementTree.register_namespace("", SVG.strip("{}"))
    root = ElementTree.fromstring(text)
    for metadata in root.findall(f"{SVG}metadata"):
        root.remove(metadata)
    parts = list(root.iter())
    used = {part.get(_LINK, "")[1:] for part in parts}
    used |= {part.get("clip-path", "")[5:-1] for part in parts}
    for part in parts:
        for style in part.findall(f"{SVG}style"):
            part.remove(style)
        _plain_attributes(part, used)
    for name in ("width", "height"):
        del root.attrib[name]
    return ElementTree.tostring(root, encoding="unicode")


def _plain_attributes(part: ElementTree.Element, used: set[str]) -> None:
    """Turn styles into attributes, and colours into those of the page."""
    for rule in filter(None, part.attrib.pop("style", "").split("; ")):
        name, _, value = rule.partition(": ")
        if name != "font-family":
            part.set(name, _COLOURS.get(value, value))
    if part.get("id") not in used:
        part.attrib.pop("id", None)
    if _LINK in part.attrib:
        part.set("href", part.attrib.pop(_LINK))
