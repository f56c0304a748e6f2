"""A devnet from its start to its verdict: what is shown meanwhile, and with what it ends."""

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import trio
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table

from genesis.errors import SpecError
from node.devnet.catalogue import STAKING, UPGRADE_SCENARIOS, UPGRADES
from node.devnet.errors import DevnetError, reasons_of
from node.devnet.fleet import Devnet, running
from node.devnet.heartbeat import watch_heartbeat
from node.devnet.plan import NodePlan, make_plan
from node.devnet.report import Report
from node.devnet.scenarios.first_blocks import first_blocks
from node.devnet.scenarios.staking import staking
from node.devnet.scenarios.staking_report import StakingReport
from node.devnet.setting import Setting
from node.devnet.status import Tally, look_around
from node.devnet.table import nodes_table, verdict, welcome
from node.devnet.upgrades.settings import UPGRADE_SETTINGS
from node.whole_file import whole_file
from primitives.errors import ChainError

SETTINGS: Final[dict[str | None, Setting]] = {
    None: Setting(first_blocks),
    STAKING: Setting(staking, StakingReport),
    **UPGRADE_SETTINGS,
}
"""By name of the scenario; None where nothing was asked for."""

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
    code: bytes
    """The runtime that the chain begins with, unless the scenario says another."""
    report_file: Path | None


def run_devnet(options: Options, directory: Path) -> int:
    """Run a devnet to its end, or until a signal comes; answer the exit status."""
    show = Show(options)
    is_suite = options.scenario == UPGRADES
    run: Run | Suite = (
        Suite(options, directory, show)
        if is_suite
        else Run(options, options.scenario, directory, show)
    )
    trio.run(_until_signal, run)
    show.conclude(run)
    return 0 if run.ok else 1


async def _until_signal(run: "Run | Suite") -> None:
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


class Show:
    """What people see of a run, and the report that programs get at its end."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.console = Console(stderr=options.as_json, highlight=False)
        if not self.console.is_terminal:
            self.console.width = _FILE_WIDTH
        self._started = time.monotonic()

    def say(self, text: str) -> None:
        """Tell what is going on."""
        self.console.print(f"{time.monotonic() - self._started:6.1f} s  {text}")

    def conclude(self, run: "Run | Suite") -> None:
        """Say last what must be said last."""
        options, text = self._options, json.dumps(run.as_json())
        if options.report_file is not None:
            with whole_file(options.report_file) as file:
                file.write(f"{text}\n".encode())
        if options.as_json:
            click.echo(text)
        else:
            for failure in run.failures:
                click.echo(f"Error: {failure}", err=True)


class Run:
    """One devnet from its start to its verdict."""

    def __init__(self, options: Options, scenario: str | None, directory: Path, show: Show) -> None:
        self._options = options
        self._setting = SETTINGS[scenario]
        self._directory = directory
        self._show = show
        self._started = time.monotonic()
        self._asks_verdict = options.leave or scenario is not None
        self._is_over = False
        self.report: Report = self._setting.report(scenario, options.nodes)

    async def live_through(self) -> None:
        """Start the nodes, run the scenario, and stay unless told to leave."""
        console, leave = self._show.console, self._options.leave
        try:
            async with running(self._plans()) as devnet, trio.open_nursery() as nursery:
                console.print(welcome(devnet.plans, self._directory), soft_wrap=True)
                nursery.start_soon(self._watch, devnet)
                await self._put_through(devnet)
                if not leave:
                    await trio.sleep_forever()
                nursery.cancel_scope.cancel()
        except* (ChainError, SpecError) as failed:
            self.report.failures += reasons_of(failed)
            self._is_over = True

    async def put_through_and_end(self) -> None:
        """Start the nodes, run the scenario, and end them: one of several such runs."""
        try:
            async with running(self._plans()) as devnet:
                await self._play(devnet)
        except* (ChainError, SpecError) as failed:
            self.report.failures += reasons_of(failed)

    @property
    def ok(self) -> bool:
        """Whether all that was claimed holds, and all of it was looked at."""
        return not self.failures

    @property
    def failures(self) -> list[str]:
        """Why the run is no success."""
        is_cut_off = self._asks_verdict and not self._is_over
        cut_off = ["stopped by a signal before the end"] if is_cut_off else []
        return self.report.failures + cut_off

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return self.report.as_json() | {"ok": self.ok, "failures": self.failures}

    def _plans(self) -> list[NodePlan]:
        code = self._setting.code()
        return make_plan(
            self._directory,
            nodes=self._options.nodes,
            speed=self._options.speed,
            base_port=self._options.base_port,
            now_ms=time.time_ns() // 1_000_000,
            code=self._options.code if code is None else code,
            onchain_code=self._setting.onchain_code,
        )

    async def _put_through(self, devnet: Devnet) -> None:
        """Run what was asked for. A verdict that is bad does not end a devnet that was to stay."""
        if not self._asks_verdict:
            return
        await self._play(devnet)
        console = self._show.console
        if not console.is_terminal:
            console.print(await _table(devnet, Tally(list(devnet.names))))

    async def _play(self, devnet: Devnet) -> None:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(watch_heartbeat, devnet, self._options.speed)
                await self._setting.play(devnet, self.report, self._show.say)
                nursery.cancel_scope.cancel()
        except* DevnetError as failed:
            self.report.failures += reasons_of(failed)
        self.report.seconds = round(time.monotonic() - self._started, 1)
        self._is_over = True
        self._show.console.print(verdict(self.report))

    async def _watch(self, devnet: Devnet) -> None:
        """Keep the table up to date, where there is somebody to watch it."""
        if not self._show.console.is_terminal:
            return
        tally = Tally(list(devnet.names))
        with Live(console=self._show.console, auto_refresh=False) as live:
            while True:
                live.update(await _table(devnet, tally), refresh=True)
                await trio.sleep(_REFRESH_SECONDS)


async def _table(devnet: Devnet, tally: Tally) -> Table:
    return nodes_table(devnet.plans, await look_around(devnet, tally), tally)


class Suite:
    """All scenarios of upgrades, each on a devnet of its own, one after the other."""

    def __init__(self, options: Options, directory: Path, show: Show) -> None:
        self._options = options
        self._directory = directory
        self._show = show
        self._started = time.monotonic()
        self._is_over = False
        self._runs: dict[str, Run] = {}

    async def live_through(self) -> None:
        """Run them all, whatever becomes of each."""
        for name, what in UPGRADE_SCENARIOS.items():
            self._show.say(f"[bold]{name}[/bold]: {what}")
            run = Run(self._options, name, self._directory / name, self._show)
            self._runs[name] = run
            await run.put_through_and_end()
        self._is_over = True
        self._show.console.print(self._summary())

    @property
    def ok(self) -> bool:
        """Whether every one of them succeeded."""
        return not self.failures

    @property
    def failures(self) -> list[str]:
        """What failed in which of them."""
        found = [
            f"{name}: {why}" for name, run in self._runs.items() for why in run.report.failures
        ]
        return found if self._is_over else [*found, "stopped by a signal before the end"]

    def as_json(self) -> dict[str, Any]:
        """All reports as one JSON object."""
        return {
            "ok": self.ok,
            "scenario": UPGRADES,
            "nodes": self._options.nodes,
            "seconds": round(time.monotonic() - self._started, 1),
            "scenarios": [run.report.as_json() for run in self._runs.values()],
            "failures": self.failures,
        }

    def _summary(self) -> Table:
        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for name in ("scenario", "verdict"):
            table.add_column(name, no_wrap=True)
        for name in ("claims", "blocks", "seconds"):
            table.add_column(name, justify="right")
        for name, run in self._runs.items():
            report = run.report
            told = "[green]holds[/green]" if report.ok else "[bold red]fails[/bold red]"
            figures = (len(report.claims), report.best_height, report.seconds)
            table.add_row(name, told, *map(str, figures))
        return table
