"""The figures of a run: metrics.json, the `jdp/...` stats and the table logged above them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from jdp_spider.job.outcomes import ALREADY_THERE, FAILED, NOT_ATTEMPTED, NOT_AVAILABLE, SAVED
from jdp_spider.reasons import CloseReason, ExitStatus, NotAttempted, why
from jdp_spider.utils.text import duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jdp_spider.config.options import Config
    from jdp_spider.inventory import Vehicle
    from jdp_spider.job.batch import Batch, Outcome

MANUAL_SECONDS = 60.0
"""Seconds a vehicle took in the users' earlier script, one at a time."""

_FIGURES = (
    "total_inventory",
    "attempted",
    "succeeded",
    "failed",
    "not_available",
    "success_rate",
    "total_runtime_hours",
    "avg_seconds_per_vehicle",
    "speedup_factor",
    "concurrent_contexts",
    "browser_restarts",
    "checkpoint_saves",
)


_SOME_WITHOUT_REPORT = (
    "jdp/vehicle_count/failed",
    "jdp/unknown_reference_count",
    "jdp/grid/unlisted_row_count",
)


def why_not_attempted(batch: Batch, finish_reason: str) -> NotAttempted:
    """Return why the run did not reach the remaining vehicles."""
    if batch.limit.reached:
        return NotAttempted.LIMIT
    known = CloseReason.known(finish_reason)
    stopped = known is not None and known.status is ExitStatus.INTERRUPTED
    return NotAttempted.INTERRUPTED if stopped else NotAttempted.RUN_ENDED


def build_metrics(batch: Batch, config: Config, finish_reason: str) -> dict[str, Any]:
    """Return metrics.json: the figures over all runs of the job, and each vehicle in this one.

    `attempted` is succeeded plus failed; success_rate is in percent; speedup_factor compares with
    60 s per vehicle, one at a time.
    """
    outcomes = list(batch.outcomes(why_not_attempted(batch, finish_reason)))
    counts = Counter(outcome.outcome for _, outcome in outcomes)
    succeeded = counts[SAVED] + counts[ALREADY_THERE]
    # A vehicle that failed in an earlier run and was not reached in this one was attempted too.
    failed = sum(o.entry is not None and o.entry.outcome == FAILED for _, o in outcomes)
    attempted = succeeded + failed
    totals = batch.job.checkpoint
    runtime = totals.running_seconds
    average = runtime / attempted if attempted else 0.0
    return {
        "total_inventory": len(outcomes),
        "attempted": attempted,
        "succeeded": succeeded,
        "failed": failed,
        "not_available": counts[NOT_AVAILABLE],
        "success_rate": _percent(succeeded, attempted),
        "total_runtime_hours": round(runtime / 3600, 4),
        "avg_seconds_per_vehicle": round(average, 2),
        "speedup_factor": round(MANUAL_SECONDS / average, 1) if average else 0.0,
        "concurrent_contexts": config.contexts,
        "browser_restarts": totals.total_browser_restarts,
        "checkpoint_saves": totals.saves,
        "finish_reason": finish_reason,
        "vehicles": [_row(vehicle, outcome) for vehicle, outcome in outcomes],
    }


def _percent(part: int, whole: int) -> float:
    """Return the share in percent to one decimal: 100 for all and nothing less, 0 of nothing."""
    if not whole:
        return 0.0
    rounded = round(100 * part / whole, 1)
    return min(rounded, 99.9) if part < whole else rounded


def _row(vehicle: Vehicle, outcome: Outcome) -> dict[str, Any]:
    entry = outcome.entry if outcome.outcome != NOT_ATTEMPTED else None
    return {
        "reference": vehicle.reference,
        "vin": vehicle.vin,
        "outcome": outcome.outcome,
        "reason": outcome.reason,
        "said": entry.said if entry and outcome.outcome == FAILED else "",
        "attempts": entry.attempts if entry else 0,
        "seconds": round(entry.seconds, 2) if entry else 0.0,
        "bytes": entry.size if entry else 0,
        "context": entry.context if entry else "",
        "file": (entry.file or None) if entry else None,
        "verified": bool(entry and entry.file and entry.verified),
    }


def to_stats(metrics: dict[str, Any]) -> dict[str, Any]:
    """Return the same figures under `jdp/...` keys; vehicles counted by outcome and reason."""
    stats = {f"jdp/{name}": metrics[name] for name in _FIGURES}
    stats["jdp/vehicle_count"] = len(metrics["vehicles"])
    counts: Counter[str] = Counter()
    for row in metrics["vehicles"]:
        stem = f"jdp/vehicle_count/{row['outcome']}"
        counts[stem] += 1
        if row["reason"]:
            counts[f"{stem}/{row['reason']}"] += 1
    return stats | counts


def exit_status(stats: Mapping[str, Any]) -> ExitStatus:
    """Return the exit status of a finished run, given its stats."""
    if stats.get("jdp/session/login_refused"):
        # Even if the end was requested meanwhile: nothing may retry this automatically.
        return ExitStatus.LOGIN_REFUSED
    reason = CloseReason.known(stats.get("finish_reason"))
    if reason is not None and reason.status is not None:
        return reason.status
    if reason is None or "jdp/vehicle_count" not in stats:
        return ExitStatus.UNEXPECTED
    if any(stats.get(name) for name in _SOME_WITHOUT_REPORT):
        return ExitStatus.SOME_FAILED
    if stats.get("jdp/unwritten_file_count"):
        return ExitStatus.UNEXPECTED
    left = stats.get("jdp/vehicle_count/not_attempted", 0)
    on_purpose = (NotAttempted.LIMIT, NotAttempted.NOT_ASKED_FOR)
    allowed = sum(stats.get(f"jdp/vehicle_count/not_attempted/{why}", 0) for why in on_purpose)
    return ExitStatus.COMPLETE if left == allowed else ExitStatus.UNEXPECTED


def table(
    metrics: dict[str, Any], seconds: float, at_work: float, places: dict[str, str], advice: str
) -> str:
    """Return the figures as a table in ASCII; `seconds` is the duration of this run.

    The speed is that of the seconds `at_work`, in which any vehicle was in flight.
    """
    counts = Counter(row["outcome"] for row in metrics["vehicles"])
    lines = [_line("Vehicles in the inventory", metrics["total_inventory"])]
    for name in (SAVED, ALREADY_THERE, FAILED, NOT_AVAILABLE, NOT_ATTEMPTED):
        if name == NOT_AVAILABLE and not counts[name]:
            continue
        lines.append(_line(f"  {name.replace('_', ' ')}", counts[name]))
        lines += _reasons(metrics["vehicles"], name)
    lines.append(_line("Time", _time(seconds, metrics["total_runtime_hours"] * 3600)))
    if seconds - at_work >= 1:
        lines.append(_line("  login, export, waits", duration(seconds - at_work)))
    if counts[SAVED] and at_work:
        without = ", without these" if seconds - at_work >= 1 else ""
        per_hour = counts[SAVED] / at_work * 3600
        lines.append(_line("Speed", f"{per_hour:,.0f} vehicles an hour{without}"))
    lines += [_line(name, place) for name, place in places.items()]
    return "\n".join([*lines, "", advice] if advice else lines)


def _line(label: str, value: object) -> str:
    return f"{label:<27}{value}"


def _reasons(rows: list[dict[str, Any]], outcome: str) -> list[str]:
    """Return why vehicles have this outcome, in plain words, the most frequent reason first."""
    counts = Counter(why(row["reason"]) for row in rows if row["outcome"] == outcome)
    by_number = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"    {number:>5}  {text}" for text, number in by_number if text]


def _time(seconds: float, all_runs: float) -> str:
    if all_runs - seconds < 1:
        return duration(seconds)
    return f"{duration(seconds)}, with earlier runs {duration(all_runs)}"
