from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from demo_client import Client

from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    """Start a site with the given options; a client of it comes back, already logged in."""
    with ExitStack() as stack:

        def started(*, logged_in: bool = True, **options: Any) -> Client:
            options = {"vehicles": 50, "licence": False, **options}
            client = Client(stack.enter_context(running_demo(DemoOptions(**options))))
            if logged_in:
                client.log_in()
            return client

        yield started
