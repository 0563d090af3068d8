"""How many vehicles the account's inventory had in its last runs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jdp_spider.job.events import note

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

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
