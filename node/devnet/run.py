"""A devnet from its start to its verdict: what is shown meanwhile, and with what it ends."""

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import trio
from rich.console import Console
from rich.live import Live
from rich.table import Table

from genesis.errors import SpecError
from node.devnet.errors import DevnetError, reasons_of
from node.devnet.plan import NodePlan, make_plan
from node.devnet.processes import Devnet, running
from node.devnet.report import Report
from node.devnet.scenario import Scenario
from node.devnet.scenarios.first_blocks import first_blocks
from node.devnet.scenarios.staking import staking
from node.devnet.status import Tally, look_around
from node.devnet.table import nodes_table, verdict, welcome
from primitives.errors import ChainError

SCENARIOS: Final[dict[str, Scenario]] = {"staking": staking}

_REFRESH_SECONDS: Final = 0.5
_FILE_WIDTH: Final = 120
"""Columns of what goes to a file or a pipe, where nobody knows how many there are."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    nodes: int
    speed: int
    base_port: int | None
    scenario: str | None
    leave: bool
    as_json: bool


def run_devnet(options: Options, directory: Path) -> int:
    """Run a devnet to its end, or until a signal comes; answer the exit status."""
    run = Run(options, directory)
    trio.run(_until_signal, run)
    run.conclude()
    return run.exit_status


async def _until_signal(run: "Run") -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(_cancel_on_signal, nursery.cancel_scope)
        await run.live_through()
        nursery.cancel_scope.cancel()


async def _cancel_on_signal(
    scope: trio.CancelScope, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(*_SIGNALS) as signals:
        task_status.started()
        async for _ in signals:
            scope.cancel()


class Run:
    """One devnet from its start to its verdict."""

    def __init__(self, options: Options, directory: Path) -> None:
        self.options = options
        self.directory = directory
        self.console = Console(stderr=options.as_json, highlight=False)
        if not self.console.is_terminal:
            self.console.width = _FILE_WIDTH
        self.report = Report(options.scenario, options.nodes)
        self.is_over = False
        self._started = time.monotonic()

    async def live_through(self) -> None:
        """Start the nodes, run the scenario, and stay unless told to leave."""
        try:
            async with running(self._plans()) as devnet, trio.open_nursery() as nursery:
                self.console.print(welcome(devnet.plans, self.directory), soft_wrap=True)
                nursery.start_soon(self._show, devnet)
                await self._put_through(devnet)
                if not self.options.leave:
                    await trio.sleep_forever()
                nursery.cancel_scope.cancel()
        except* (ChainError, SpecError) as failed:
            self.report.failures += reasons_of(failed)
            self.is_over = True

    def _plans(self) -> list[NodePlan]:
        return make_plan(
            self.directory,
            nodes=self.options.nodes,
            speed=self.options.speed,
            base_port=self.options.base_port,
            now_ms=time.time_ns() // 1_000_000,
        )

    async def _put_through(self, devnet: Devnet) -> None:
        """Run the scenario. A verdict that is bad does not end a devnet that was to stay."""
        name = self.options.scenario
        if name is None and not self.options.leave:
            return
        scenario = first_blocks if name is None else SCENARIOS[name]
        try:
            await scenario(devnet, self.report, self._say)
        except* DevnetError as failed:
            self.report.failures += reasons_of(failed)
        self.report.seconds = round(time.monotonic() - self._started, 1)
        self.is_over = True
        self.console.print(verdict(self.report))
        if not self.console.is_terminal:
            self.console.print(await self._table(devnet, Tally(list(devnet.names))))

    def _say(self, text: str) -> None:
        self.console.print(f"{time.monotonic() - self._started:6.1f} s  {text}")

    async def _show(self, devnet: Devnet) -> None:
        """Keep the table up to date, where there is somebody to watch it."""
        if not self.console.is_terminal:
            return
        tally = Tally(list(devnet.names))
        with Live(console=self.console, auto_refresh=False) as live:
            while True:
                live.update(await self._table(devnet, tally), refresh=True)
                await trio.sleep(_REFRESH_SECONDS)

    async def _table(self, devnet: Devnet, tally: Tally) -> Table:
        return nodes_table(devnet.plans, await look_around(devnet, tally), tally)

    def conclude(self) -> None:
        """Say last what must be said last."""
        if not self.is_over and self.options.leave:
            self.report.failures.append("stopped by a signal before the end")
        if self.options.as_json:
            click.echo(json.dumps(self.report.as_json()))
        else:
            for failure in self.report.failures:
                click.echo(f"Error: {failure}", err=True)

    @property
    def exit_status(self) -> int:
        """0 only when all that was claimed holds."""
        return 0 if self.report.ok else 1
