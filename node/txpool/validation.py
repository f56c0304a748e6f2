"""Asks the runtime what extrinsics are worth, on states that may go while it is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from node.client import Client
from node.executor.errors import MethodNotFound, RuntimePanic
from node.runtime_apis import VALIDATE, read_validity, validation_args
from node.txpool.messages import Validity
from primitives.transaction_validity import TransactionSource
from primitives.types import BlockNumber, Hash
from storage.columns import Head
from storage.errors import StateDiscarded

ATTEMPTS: Final = 3
"""Best blocks whose states go before any answer, until none is expected."""

Failure = RuntimePanic | MethodNotFound | StateDiscarded
"""Why there is no answer: the extrinsic's fault, the runtime's, or the state's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the runtime said on top of block number `at`."""

    validity: Validity | Failure
    at: BlockNumber


class Validator:
    """Validates off the main loop."""

    def __init__(self, client: Client, head: Callable[[], Head]) -> None:
        """`head` is the best block as the pool knows it: what a later one holds is stale there."""
        self._client = client
        self._head = head

    async def at_best(self, source: TransactionSource, extrinsics: Sequence[bytes]) -> list[Answer]:
        """An answer for each, by the best block that the pool has followed when its turn comes."""
        answers: list[Answer] = []
        failures = 0
        while len(answers) < len(extrinsics):
            rest = extrinsics[len(answers) :]
            # The state of a block that is no longer best may be gone; that of the best is there.
            head = self._client.best if failures else self._head
            more = await self._client.read_in_thread(partial(self._ask_at, head, source, rest))
            answers += more
            failures = 0 if more else failures + 1
            if failures == ATTEMPTS:
                gone = StateDiscarded("the states of the best blocks go faster than they are read")
                answers += [Answer(gone, self._client.best().number)] * len(rest)
        return answers

    async def within(self, parent: Hash, extrinsics: Sequence[bytes]) -> list[Validity | Failure]:
        """Answers for extrinsics of a block: the first of them, or none, if the state goes."""
        if not extrinsics:
            return []
        ask = partial(self._ask, parent, TransactionSource.IN_BLOCK, extrinsics)
        return await self._client.read_in_thread(ask)

    def _ask_at(
        self, head: Callable[[], Head], source: TransactionSource, extrinsics: Sequence[bytes]
    ) -> list[Answer]:
        """The block is chosen here, in the thread: there may be others while this one waits."""
        at = head()
        return [Answer(said, at.number) for said in self._ask(at.hash, source, extrinsics)]

    def _ask(
        self, block: Hash, source: TransactionSource, extrinsics: Sequence[bytes]
    ) -> list[Validity | Failure]:
        args = [validation_args(source, data, block) for data in extrinsics]
        return [
            _read(answer) if isinstance(answer, bytes) else answer
            for answer in self._client.call_each(block, VALIDATE, args)
        ]


def _read(answer: bytes) -> Validity | RuntimePanic:
    try:
        return read_validity(answer)
    except RuntimePanic as panic:
        return panic
