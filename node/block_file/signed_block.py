"""A block with the proofs of its finality, as it stands in a file: Substrate's `SignedBlock`.

block | 0, or 1 and a list of (engine, proof)
"""

from dataclasses import dataclass
from typing import Any, Final

from node.rpc.shapes import block_json, read_header_json, unhexed
from primitives.block import ENGINE_LENGTH, Block
from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError
from primitives.scale.raw import sized, take, take_sized
from storage.columns import Justification

_ABSENT: Final = b"\0"
_PRESENT: Final = b"\1"


@dataclass(frozen=True, slots=True)
class SignedBlock:
    """A block and what proves it final; no proofs at all are an absent list."""

    block: Block
    justifications: list[Justification]

    def encode(self) -> bytes:
        proofs = b"".join(engine + sized(proof) for engine, proof in self.justifications)
        if not proofs:
            return self.block.encode() + _ABSENT
        count = encode_compact(len(self.justifications))
        return self.block.encode() + _PRESENT + count + proofs

    @classmethod
    def decode_from(cls, data: bytes, at: int) -> "tuple[SignedBlock, int]":
        """Answer a block and the position behind it."""
        block, at = Block.decode_from(data, at)
        justifications, at = _decode_justifications(data, at)
        return cls(block, justifications), at

    def to_json(self) -> Any:
        """The same as RPC shows it."""
        return block_json(self.block.header, self.block.extrinsics, self.justifications)

    @classmethod
    def from_json(cls, document: Any) -> "SignedBlock":
        """The block of a JSON document; ValueError, KeyError or TypeError if it shows none."""
        shown = document["block"]
        extrinsics = [unhexed(text) for text in shown["extrinsics"]]
        block = Block(read_header_json(shown["header"]), extrinsics)
        proofs = document.get("justifications") or []
        return cls(
            Block.decode(block.encode()),  # hashes may be of another length, extrinsics cut off
            [(bytes(engine), bytes(proof)) for engine, proof in proofs],
        )


def _decode_justifications(data: bytes, at: int) -> tuple[list[Justification], int]:
    option, at = take(data, at, 1)
    if option not in (_ABSENT, _PRESENT):
        raise ScaleError(f"an option at byte {at - 1} is neither absent nor present")
    count, at = decode_compact(data, at) if option == _PRESENT else (0, at)
    justifications: list[Justification] = []
    for _ in range(count):
        engine, at = take(data, at, ENGINE_LENGTH)
        proof, at = take_sized(data, at)
        justifications.append((engine, proof))
    return justifications, at
