"""What the runtime says of extrinsics, whatever it says."""

import pytest

from node.executor.errors import RuntimePanic
from node.txpool.validation import Validator
from primitives.transaction_validity import Invalid, InvalidTransaction, TransactionSource
from storage.columns import Head


class Answering:
    """A client whose runtime gives these answers."""

    def __init__(self, *answers):
        self._answers = answers

    def best(self):
        return Head(bytes(32), 5)

    def call_each(self, block, method, args):
        return list(self._answers)

    async def read_in_thread(self, read):
        return read()


@pytest.mark.parametrize("rubbish", [b"", b"\xff", b"\1\0\xee"])
async def test_an_answer_of_another_shape_is_the_runtimes_fault(rubbish):
    """And the next extrinsic is none the worse for it."""
    stale = b"\1\0\3"
    client = Answering(rubbish, stale)
    validator = Validator(client, client.best)
    first, second = await validator.at_best(TransactionSource.EXTERNAL, [b"x", b"y"])
    assert isinstance(first.validity, RuntimePanic)
    assert "answers in another shape" in first.validity.reason
    assert second.validity == Invalid(InvalidTransaction.STALE)
    assert second.at == 5
