"""`scrapy groupqueue`: sets the queue of many machines up, fills it, and looks into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.commands.groupworker import not_installed, quiet_queue, run_in_loop
from jdp_spider.group.command import GroupCommand, add_run
from jdp_spider.utils.commands import refused
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse

_ACTIONS = ("init", "add", "status")


class Command(GroupCommand):
    """`init` makes the tables, `add` puts accounts into the queue, `status` says who does what."""

    usage = "init | add FILE | status FILE [--run NAME]"
    summary = "Set up, fill and look into the queue of many machines"
    details = ". Example: scrapy groupqueue add accounts.toml (see docs/scaling.md)"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_run(parser)

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if not args or args[0] not in _ACTIONS:
            raise refused(f"expected: scrapy groupqueue {self.usage}")
        if args[0] == "init":
            if args[1:]:
                raise refused("init takes no file")
            return
        self.read_file(args[1:], f"groupqueue {args[0]} FILE")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with 0, or with 2 if the database or the folder cannot be used."""
        try:
            from procrastinate.exceptions import ConnectorException

            from jdp_spider.group import jobs
            from jdp_spider.group.connector import NotSetUp, reason
        except ImportError:
            raise refused(not_installed()) from None
        quiet_queue()
        jobs.connector.is_ending = lambda: True
        try:
            run_in_loop(self._act(args[0], opts.run))
        except NotSetUp as error:
            raise refused(str(error)) from None
        except ConnectorException as error:
            raise refused(f"The database cannot be used: {reason(error)}") from None
        except OSError as error:
            raise refused(f"The run cannot be written: {to_ascii(str(error))}") from None

    async def _act(self, action: str, run_name: str | None) -> None:
        from jdp_spider.group import jobs

        async with jobs.app.open_async():
            if action == "init":
                print("The queue is set up." if await jobs.set_up() else "It was set up already.")
            elif not await jobs.is_set_up():
                raise refused(jobs.not_set_up())
            elif action == "add":
                await self._add(run_name)
            else:
                await self._status(run_name)

    async def _add(self, run_name: str | None) -> None:
        from jdp_spider.group.jobs import add_jobs

        run = self.find_run(run_name)
        run.begin()
        added, there = await add_jobs(self.accounts, run)
        complete = len(run.accounts) - added - there
        print(
            f"Run {run.name}: {added} accounts put into the queue, {there} were in it, "
            f"{complete} are complete"
        )

    async def _status(self, run_name: str | None) -> None:
        from jdp_spider.group.queue_status import overview

        run = self.find_run(run_name)
        print(f"Run {run.name}\n\n{await overview(self.accounts, run)}")
