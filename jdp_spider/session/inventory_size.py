"""How many vehicles the account's inventory had in its last run."""

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


def compare_with_last_run(crawler: Crawler, account: Account, vehicles: int) -> None:
    """Warn if an inventory of so many vehicles is far smaller than the last one; keep the number.

    A filter or a list that the site remembers for the user hides vehicles in grid and export alike.
    """
    before = account.load_inventory_size()
    account.save_inventory_size(vehicles)
    if before - vehicles <= _FEW or vehicles >= before * _LEAST_SHARE:
        return
    crawler.stats.set_value("jdp/inventory/earlier_count", before)
    logger.warning(
        "The inventory has %d vehicles; in the account's last run it had %d. If the others have "
        "not been sold, the site hides them: look at the inventory in your browser, remove its "
        "filters and start a new job (another JOBDIR)",
        vehicles,
        before,
    )
    text = f"The inventory has {vehicles} vehicles, and had {before} in the account's last run"
    note(crawler, "inventory_shrunk", text)
