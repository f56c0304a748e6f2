"""Events decode by the metadata of the runtime, and tell how an extrinsic ended."""

import pytest

from node.devnet.events import EventRecord, Reader, failure_of
from node.executor.loaded import INSTALLED
from node.executor.python import PythonRuntime
from node.runtime_tools.metadata import metadata_of
from primitives.scale.compact import encode_compact
from primitives.scale.containers import Err, Ok
from primitives.scale.errors import ScaleError
from primitives.scale.types import encode
from primitives.ss58 import encode as address_of
from primitives.types import AccountId, Balance
from runtime.framework.errors import Arithmetic, ArithmeticFailure, BadOrigin, Token, TokenError
from runtime.framework.weights import DispatchClass, DispatchInfo, Pays, Weight
from runtime.pallets.subtensor.errors import NoValidatorPermit
from runtime.pallets.subtensor.events import StakeAdded
from runtime.pallets.sudo import Sudid
from runtime.pallets.system import CodeUpdated, ExtrinsicFailed, ExtrinsicSuccess
from runtime.pallets.system_types import ApplyExtrinsic, Initialization, Phase
from runtime.runtime import PALLETS
from tests.support.host import MemoryHost

INFO = DispatchInfo(Weight(1, 2), DispatchClass.NORMAL, Pays.YES)
WHO = AccountId(b"\1" * 32)


class Subtensor:
    index = PALLETS["SubtensorModule"][0]


NO_PERMIT = NoValidatorPermit().of(Subtensor).failure
SUCCESS = (ApplyExtrinsic(1), "System", ExtrinsicSuccess(INFO))


@pytest.fixture(scope="module")
def reader():
    return Reader(metadata_of(PythonRuntime(INSTALLED).over(MemoryHost())))


def deposited(*records):
    encoded = [
        encode(Phase, phase) + bytes((PALLETS[pallet][0],)) + event.encode() + b"\0"
        for phase, pallet, event in records
    ]
    return encode_compact(len(encoded)) + b"".join(encoded)


def test_events_decode_with_phase_pallet_and_fields(reader):
    raw = deposited(
        (Initialization(), "SubtensorModule", StakeAdded(WHO, Balance(5))),
        (ApplyExtrinsic(2), "System", CodeUpdated()),
    )
    assert reader.events(raw) == [
        EventRecord(None, "SubtensorModule", "StakeAdded", [address_of(WHO), 5]),
        EventRecord(2, "System", "CodeUpdated"),
    ]
    assert reader.events(None) == []


def test_bytes_left_over_are_an_error(reader):
    with pytest.raises(ScaleError):
        reader.events(deposited() + b"\0")


def failure_in(reader, *records):
    return failure_of(reader.events(deposited(*records)), 1)


def test_success_is_no_failure(reader):
    assert failure_in(reader, SUCCESS) is None
    sudid = (ApplyExtrinsic(1), "Sudo", Sudid(Ok(None)))
    assert failure_in(reader, sudid, SUCCESS) is None


@pytest.mark.parametrize(
    ("failure", "name"),
    [
        (NO_PERMIT, "SubtensorModule.NoValidatorPermit"),
        (BadOrigin.failure, "BadOrigin"),
        (TokenError(Token.FROZEN).failure, "Token.Frozen"),
        (ArithmeticFailure(Arithmetic.OVERFLOW).failure, "Arithmetic.Overflow"),
    ],
)
def test_failures_of_the_call_and_of_the_call_inside_a_sudo_have_names(reader, failure, name):
    failed = (ApplyExtrinsic(1), "System", ExtrinsicFailed(failure, INFO))
    assert failure_in(reader, failed) == name
    inside = (ApplyExtrinsic(1), "Sudo", Sudid(Err(failure)))
    assert failure_in(reader, inside, SUCCESS) == name


def test_extrinsic_without_events_is_not_in_the_block(reader):
    other = (ApplyExtrinsic(2), "System", ExtrinsicSuccess(INFO))
    with pytest.raises(LookupError):
        failure_in(reader, other)
