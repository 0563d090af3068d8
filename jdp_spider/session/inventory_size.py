"""How many vehicles the inventory has, the grid shows, and the account's last runs had."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jdp_spider.job.events import note

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp_spider.job.batch import Batch
    from jdp_spider.job.job import Job
    from jdp_spider.session.account import Account

logger = logging.getLogger(__name__)

_LEAST_SHARE = 0.7
_FEW = 10
"""Vehicles by which a small inventory may shrink in a night."""
_RUNS = 7
"""How many runs are looked back on: what was overlooked once is told again."""


def compare_with_last_runs(crawler: Crawler, account: Account, vehicles: int) -> None:
    """Warn if an inventory of so many vehicles is far smaller than lately; keep the number.

    A filter or a list that the site remembers for the user hides vehicles in grid and export alike.
    """
    sizes = account.load_inventory_sizes()
    account.save_inventory_sizes([*sizes, vehicles][-_RUNS:])
    before = max(sizes, default=0)
    if before - vehicles <= _FEW or vehicles >= before * _LEAST_SHARE:
        return
    crawler.stats.set_value("jdp/inventory/earlier_count", before)
    logger.warning(
        "The inventory has %d vehicles; in the account's last runs it had %d. If the others have "
        "not been sold, the site hides them: look at the inventory in your browser, remove its "
        "filters and start a new job (another JOBDIR)",
        vehicles,
        before,
    )
    text = f"The inventory has {vehicles} vehicles, and had {before} in the account's last runs"
    note(crawler, "inventory_shrunk", text)


def compare_with_grid(crawler: Crawler, batch: Batch) -> None:
    """Warn if the grid shows far fewer vehicles than the exported inventory has, or others."""
    if batch.unlisted:
        crawler.stats.set_value("jdp/grid/unlisted_row_count", batch.unlisted)
        logger.warning(
            "The grid shows %d or more vehicles that are not in the exported inventory, and get no "
            "report here: the export may have been cut short. The same command exports it again",
            batch.unlisted,
        )
        more = f"The grid shows {batch.unlisted} or more vehicles that the exported inventory "
        text = f"{more}does not have"
        note(crawler, "grid_differs", text)
    if batch.reading and (said := hidden_by_grid(batch.job)):
        crawler.stats.set_value("jdp/grid/hidden_count", batch.job.links.hidden)
        logger.warning("Vehicles of the export are not in the grid: %s", said)
        note(crawler, "grid_differs", said)


def hidden_by_grid(job: Job) -> str:
    """Return the sentence about vehicles that the grid hides; empty if it does not."""
    hidden, total = job.links.hidden, len(job.vehicles)
    if not hidden:
        return ""
    shown = max(total - hidden, 0)
    return (
        f"The grid shows {shown} of the {total} vehicles of the export: a list or a filter above "
        "it may hide the others; set it to all, by hand"
    )
