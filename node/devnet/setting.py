"""What a scenario needs: the runtime to begin with, whose code the nodes run, a kind of report."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from node.devnet.fleet import Devnet
from node.devnet.report import Report
from node.devnet.scenario import Say
from node.executor.policy import OnchainCode

Play = Callable[[Devnet, Any, Say], Awaitable[None]]
"""Puts a devnet through something and writes down in its kind of report what came of it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A scenario and what it needs."""

    play: Play
    report: Callable[[str | None, int], Report] = Report
    code: Callable[[], bytes | None] = lambda: None
    """The runtime that the chain begins with; None if that does not matter."""
    onchain_code: OnchainCode = OnchainCode.ANY
