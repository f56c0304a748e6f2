"""The pallets' `on_runtime_upgrade` under observation: by whom, in which order, to what effect."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from node.replay.trace import Changes
from node.try_runtime.report import Check
from node.try_runtime.storage import is_noise
from node.try_runtime.subject import Subject
from primitives.host import Host

log = logging.getLogger("try_runtime")

HOOK: Final = "on_runtime_upgrade"
_AS_BELOW: Final = object()
"""Stands for what a key has that differs from nothing."""
_FAILED: Final = object()
"""Stands for the answer of what raised instead."""


@dataclass(frozen=True, slots=True)
class Hook:
    """What a pallet does when the runtime has become another."""

    pallet: str
    run: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Round:
    """A block's beginning, and whose hook changed what in it."""

    changes: Changes
    writers: Mapping[bytes, list[str]]
    """By key the pallets, in order."""

    @property
    def active(self) -> set[str]:
        """The pallets whose hooks changed anything."""
        return {name for names in self.writers.values() for name in names}


def hooks_of(pallets: Sequence[Any]) -> list[Hook]:
    """Every pallet's, in order."""
    return [Hook(pallet.name, getattr(pallet, HOOK)) for pallet in pallets]


def watched_hooks(pallets: Sequence[Any], host: Host, check: Check) -> list[Hook]:
    """Each between its pallet's `pre_upgrade` and `post_upgrade`. What those write is undone."""
    return [
        Hook(pallet.name, _watched(pallet, host, check))
        if hasattr(pallet, "pre_upgrade") and hasattr(pallet, "post_upgrade")
        else Hook(pallet.name, getattr(pallet, HOOK))
        for pallet in pallets
    ]


def run_round(subject: Subject, pallets: Sequence[Any], hooks: Sequence[Hook]) -> Round:
    """Begin a block with hooks in the places of the pallets' own, and undo it.

    They run where the runtime calls the pallets', among everything else that an upgrade does.

    Raises:
        RuntimePanic: it does not begin.
    """
    writers: dict[bytes, list[str]] = {}

    def noting(hook: Hook) -> Callable[[], Any]:
        def run() -> Any:
            before = subject.after()
            weight = hook.run()
            after = subject.after()
            for key in before.keys() | after.keys():
                changed = before.get(key, _AS_BELOW) != after.get(key, _AS_BELOW)
                if changed and not is_noise(key):
                    writers.setdefault(key, []).append(hook.pallet)
            return weight

        return run

    with subject.stage.attempt(), _in_place(pallets, [noting(hook) for hook in hooks]):
        subject.begin()
        return Round(subject.after(), writers)


@contextmanager
def _in_place(pallets: Sequence[Any], hooks: Sequence[Callable[[], Any]]) -> Iterator[None]:
    for pallet, hook in zip(pallets, hooks, strict=True):
        setattr(pallet, HOOK, hook)
    try:
        yield
    finally:
        for pallet in pallets:
            delattr(pallet, HOOK)


def _watched(pallet: Any, host: Host, check: Check) -> Callable[[], Any]:
    migrate = getattr(pallet, HOOK)

    def unchanging(stage: str, ask: Callable[[], Any]) -> Any:
        host.begin()
        try:
            return ask()
        except Exception as error:
            check.fail(f"{pallet.name}.{stage} raises {type(error).__name__}: {error}")
            log.debug("%s.%s failed", pallet.name, stage, exc_info=True)
            return _FAILED
        finally:
            host.rollback()

    def run() -> Any:
        before = unchanging("pre_upgrade", pallet.pre_upgrade)
        try:
            weight = migrate()
        except Exception as error:
            check.fail(f"{pallet.name}.{HOOK} raises {type(error).__name__}: {error}")
            raise
        if isinstance(before, bytes):
            problems = unchanging("post_upgrade", lambda: list(pallet.post_upgrade(before)))
            for problem in () if problems is _FAILED else problems:
                check.fail(f"{pallet.name}.post_upgrade: {problem}")
        elif before is not _FAILED:
            kind = type(before).__name__
            check.fail(
                f"{pallet.name}.pre_upgrade returns {kind} and no bytes, so that post_upgrade is "
                "not asked"
            )
        return weight

    return run
