"""Toy chains for consensus tests: small headers and blocks, told apart by a label."""

from consensus.aura import pre_digest
from consensus.messages import BlockRef
from primitives.block import Block, Digest, Header
from primitives.types import BlockNumber, Hash, Slot

NO_ROOT = Hash(bytes(32))
GENESIS = Header(Hash(bytes(32)), BlockNumber(0), NO_ROOT, NO_ROOT)


def ref(header: Header) -> BlockRef:
    return BlockRef(header.number, header.hash())


def child_of(parent: Header, slot: int, label: str = "") -> Header:
    """A header on top of another one, without a seal. Labels make siblings differ."""
    state_root = Hash(label.encode().ljust(32, b"\0"))
    digest = Digest((pre_digest(Slot(slot)),))
    number = BlockNumber(parent.number + 1)
    return Header(parent.hash(), number, state_root, NO_ROOT, digest)


def chain_on(parent: Header, slots: list[int], label: str = "") -> list[Header]:
    """One header after the other, each on the one before."""
    headers: list[Header] = []
    for slot in slots:
        headers.append(child_of(headers[-1] if headers else parent, slot, label))
    return headers


def block(header: Header, *extrinsics: bytes) -> Block:
    return Block(header, list(extrinsics))
