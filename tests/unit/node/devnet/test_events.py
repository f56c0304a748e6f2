"""Events decode back to what the pallets deposited, and tell how an extrinsic ended."""

import pytest

from node.devnet.events import EventRecord, decode_events, failure_of, name_of
from primitives.scale.compact import encode_compact
from primitives.scale.containers import Err, Ok
from primitives.scale.errors import ScaleError
from primitives.scale.types import encode
from primitives.types import AccountId, Balance
from runtime.framework.errors import BadOrigin, Token, TokenError
from runtime.framework.weights import DispatchClass, DispatchInfo, Pays, Weight
from runtime.pallets.subtensor.errors import NoValidatorPermit
from runtime.pallets.subtensor.events import StakeAdded
from runtime.pallets.sudo import Sudid
from runtime.pallets.system import ExtrinsicFailed, ExtrinsicSuccess
from runtime.pallets.system_types import ApplyExtrinsic, Initialization, Phase
from runtime.runtime import PALLETS

INFO = DispatchInfo(Weight(1, 2), DispatchClass.NORMAL, Pays.YES)
STAKED = StakeAdded(AccountId(b"\1" * 32), Balance(5))


class Subtensor:
    index = PALLETS["SubtensorModule"][0]


NO_PERMIT = NoValidatorPermit().of(Subtensor).failure


def deposited(*records):
    encoded = [
        encode(Phase, phase) + bytes((PALLETS[pallet][0],)) + event.encode() + b"\0"
        for phase, pallet, event in records
    ]
    return encode_compact(len(encoded)) + b"".join(encoded)


def test_events_decode_with_phase_and_pallet():
    raw = deposited(
        (Initialization(), "SubtensorModule", STAKED),
        (ApplyExtrinsic(2), "System", ExtrinsicSuccess(INFO)),
    )
    assert decode_events(raw) == [
        EventRecord(None, "SubtensorModule", STAKED),
        EventRecord(2, "System", ExtrinsicSuccess(INFO)),
    ]


def test_bytes_left_over_are_an_error():
    with pytest.raises(ScaleError, match="1 bytes left over"):
        decode_events(deposited() + b"\0")


def records(*events):
    return [EventRecord(1, "System", event) for event in events]


def test_success_is_no_failure():
    assert failure_of(records(ExtrinsicSuccess(INFO)), 1) is None
    assert failure_of(records(Sudid(Ok(None)), ExtrinsicSuccess(INFO)), 1) is None


def test_failure_of_the_call_and_of_the_call_inside_a_sudo():
    assert failure_of(records(ExtrinsicFailed(NO_PERMIT, INFO)), 1) == NO_PERMIT
    inside = records(Sudid(Err(NO_PERMIT)), ExtrinsicSuccess(INFO))
    assert failure_of(inside, 1) == NO_PERMIT


def test_extrinsic_without_events_is_not_in_the_block():
    with pytest.raises(LookupError):
        failure_of(records(ExtrinsicSuccess(INFO)), 2)


@pytest.mark.parametrize(
    ("failure", "name"),
    [
        (NO_PERMIT, "SubtensorModule.NoValidatorPermit"),
        (BadOrigin.failure, "BadOrigin"),
        (TokenError(Token.FROZEN).failure, "Token.Frozen"),
    ],
)
def test_failures_have_names(failure, name):
    assert name_of(failure) == name
