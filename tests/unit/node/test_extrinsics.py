"""Extrinsics, read by nothing but metadata: which of them a runtime understands."""

import pytest

from genesis.dev_keys import dev_key
from genesis.host import GenesisHost
from node.runtime_tools.extrinsics import ExtrinsicReader
from node.runtime_tools.metadata import metadata_of
from primitives.extrinsic import BareExtrinsic
from primitives.scale.compact import encode_compact
from primitives.scale.raw import sized
from primitives.signing import sign_extrinsic
from runtime import api
from runtime.framework.calls import CALL_CODEC, make_call
from runtime.runtime import Runtime

REMARK = CALL_CODEC.encode(make_call("System", "remark", remark=b"words"))
UNKNOWN = b"\0\xee"
"""A call of the first pallet that there is not."""
TOO_DEEP = 5000
BATCH, ONE = b"\x0b\0", encode_compact(1)
"""Utility's batch of one call."""


class Installed:
    """The installed runtime over nothing."""

    def call(self, method, args):
        return api.call(Runtime(GenesisHost()), method, args)


@pytest.fixture(scope="module")
def reader():
    return ExtrinsicReader(metadata_of(Installed()))


def signed(call):
    return sign_extrinsic(
        call,
        dev_key("Alice"),
        nonce=300,
        tip=10**6,
        genesis_hash=bytes(32),
        spec_version=1,
        transaction_version=1,
    )


@pytest.mark.parametrize("wrap", [signed, lambda call: BareExtrinsic(call).encode()])
def test_known_calls_decode_signed_or_not(reader, wrap):
    assert reader.fault(wrap(REMARK)) is None
    assert "has no variant 238" in reader.fault(wrap(UNKNOWN))
    assert reader.fault(wrap(REMARK + b"\0")) == "1 bytes follow the extrinsic"
    assert reader.fault(wrap(REMARK[:-1])) is not None
    assert reader.fault(wrap(BATCH + ONE + REMARK)) is None
    assert "has no variant 238" in reader.fault(wrap(BATCH + ONE + UNKNOWN))


@pytest.mark.parametrize("data", [b"", b"\0", signed(REMARK) + b"\0", signed(REMARK)[:-1]])
def test_broken_envelopes_do_not(reader, data):
    assert reader.fault(data) is not None


def test_calls_within_calls_without_end_do_not(reader):
    assert reader.fault(signed((BATCH + ONE) * TOO_DEEP + REMARK)) is not None


def test_forms_that_metadata_does_not_tell_are_let_through(reader):
    """General transactions of a later format: the runtime will judge."""
    assert reader.fault(sized(b"\x45\0" + REMARK)) is None
