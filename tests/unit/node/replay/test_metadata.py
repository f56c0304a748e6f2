"""Metadata is compared without its words, and with everything else."""

import pytest

from genesis.host import GenesisHost
from node.replay.metadata import same_answer
from primitives.scale.raw import sized, take_sized
from runtime import api
from runtime.runtime import Runtime

V14 = "Metadata_metadata"
ANSWER = api.call(Runtime(GenesisHost()), V14, b"")
RAW, _ = take_sized(ANSWER, 0)


def test_other_docs_are_the_same_metadata():
    doc = b"An account paid another"
    assert doc in RAW
    assert same_answer(V14, ANSWER, sized(RAW.replace(doc, b"An account paid no one.")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ExistentialDeposit", b"ExistentialDepozit"),
        (b"transfer_keep_alive", b"transfer_keep_alife"),
        (b"sp_core", b"sp_cora"),
        (b"CheckNonZeroSender", b"CheckNonZeroSendor"),
    ],
)
def test_other_names_are_other_metadata(old, new):
    assert old in RAW
    assert not same_answer(V14, ANSWER, sized(RAW.replace(old, new)))


def test_bytes_that_are_no_metadata_are_different():
    for other in (None, b"", b"\0", sized(RAW[:-1]), sized(b"meta\x0d"), ANSWER + b"\0"):
        assert not same_answer(V14, ANSWER, other)
    assert same_answer(V14, None, None)


def test_answers_of_other_methods_are_compared_by_byte():
    assert same_answer("Core_version", b"\1", b"\1")
    assert not same_answer("Core_version", b"\1", b"\2")
