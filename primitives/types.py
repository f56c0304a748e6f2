"""Units of the chain, and the one table that says how wide each is on the wire."""

from typing import Any, Final, NewType

from primitives.scale import ints
from primitives.scale.containers import fixed_bytes
from primitives.scale.types import BYTE, name_type, register

U8 = NewType("U8", int)
U16 = NewType("U16", int)
U32 = NewType("U32", int)
U64 = NewType("U64", int)
U128 = NewType("U128", int)
I32 = NewType("I32", int)
I64 = NewType("I64", int)
I128 = NewType("I128", int)

BlockNumber = NewType("BlockNumber", int)
"""Height of a block; genesis is 0."""
Nonce = NewType("Nonce", int)
"""How many extrinsics an account has sent."""
Balance = NewType("Balance", int)
"""An amount in rao, 10^-9 TAO."""
Slot = NewType("Slot", int)
"""Number of an Aura time window since the Unix epoch."""
Moment = NewType("Moment", int)
"""Milliseconds since the Unix epoch."""
NetUid = NewType("NetUid", int)
"""Number of a subnet; 0 is the root network."""
Uid = NewType("Uid", int)
"""Place of a neuron within its subnet."""

AccountId = NewType("AccountId", bytes)
"""Public key or hash that owns a balance: 32 bytes."""
Hash = NewType("Hash", bytes)
"""A blake2 digest: 32 bytes."""
Bytes4 = NewType("Bytes4", bytes)
Bytes8 = NewType("Bytes8", bytes)
Bytes16 = NewType("Bytes16", bytes)
Bytes20 = NewType("Bytes20", bytes)
Bytes32 = NewType("Bytes32", bytes)
Bytes64 = NewType("Bytes64", bytes)
Bytes65 = NewType("Bytes65", bytes)

RAO_PER_TAO: Final = 10**9
"""Nine decimals."""

_WIDTHS: Final[dict[Any, str]] = {
    U8: "u8",
    U16: "u16",
    U32: "u32",
    U64: "u64",
    U128: "u128",
    I32: "i32",
    I64: "i64",
    I128: "i128",
    BlockNumber: "u32",
    Nonce: "u32",
    Balance: "u64",
    Slot: "u64",
    Moment: "u64",
    NetUid: "u16",
    Uid: "u16",
}

for _unit, _width in _WIDTHS.items():
    register(_unit, ints.integer(_width))
    if _unit.__name__ == _width.upper():
        name_type(_unit, _width)

for _unit, _length in (
    (Bytes4, 4),
    (Bytes8, 8),
    (Bytes16, 16),
    (Bytes20, 20),
    (Bytes32, 32),
    (Bytes64, 64),
    (Bytes65, 65),
):
    register(_unit, fixed_bytes(_length, BYTE))
    name_type(_unit, f"[u8; {_length}]")

register(AccountId, fixed_bytes(32, BYTE, "sp_core::crypto::AccountId32"))
register(Hash, fixed_bytes(32, BYTE, "primitive_types::H256"))
