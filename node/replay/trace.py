"""Traces: the recorded blocks of a chain with everything that executing them did."""

from dataclasses import dataclass, field

from primitives.block import Digest, Header
from primitives.scale.compact import encode_compact
from primitives.types import Hash

Changes = dict[bytes, bytes | None]
"""New values by storage key, None for removed ones; only what really changed."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An extrinsic that was tried in a block and left out."""

    extrinsic: bytes
    after: int
    """How many of the block's extrinsics had been applied before it."""
    result: bytes | None
    """What the runtime answered; None where it panicked."""
    trap: str | None = None


@dataclass(frozen=True, slots=True)
class TraceBlock:
    """A block, and what each of its parts did."""

    number: int
    header: bytes
    """Without the author's seal."""
    extrinsics: list[bytes]
    results: list[bytes]
    refused: list[Refusal]
    state_root: bytes
    diff: Changes | None
    """None where it was not recorded; the state root still holds."""
    seal: bytes | None = None
    """The digest item that the author put behind the header before hashing it."""
    note: str = ""
    outcomes: list[str] = field(default_factory=list)
    children: dict[bytes, Changes] = field(default_factory=dict)
    """What it did in child tries, by their names; what became of their roots is in `diff`."""

    def hash(self) -> Hash:
        """The block's name in the chain."""
        header = Header.decode(self.header)
        if self.seal is None:
            return header.hash()
        (seal,) = Digest.decode(encode_compact(1) + self.seal).items
        return header.with_digest_item(seal).hash()


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """A question to a runtime API, and the answer."""

    at_block: int | None
    """Asked on the state after this block; None where the question brings its own state."""
    method: str
    argument: bytes
    result: bytes | None
    """None where the runtime panicked."""
    trap: str | None = None
    state: dict[bytes, bytes] | None = None
    changes: Changes | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """A header with which no block can begin after a given one."""

    after_block: int
    initialize_header: bytes
    note: str = ""
    panic: str = ""


@dataclass(frozen=True, slots=True)
class BadBlock:
    """A header and body that cannot be executed after a given block."""

    after_block: int
    block: bytes
    note: str = ""
    panic: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """One recorded chain, or a part of one."""

    name: str
    description: str
    spec_version: int
    transaction_version: int
    state_version: int
    slot_ms: int
    genesis: dict[bytes, bytes]
    """The state before the first block."""
    genesis_hash: Hash
    """Hash of the block before the first one."""
    blocks: list[TraceBlock]
    api_calls: list[ApiAnswer]
    dead_ends: list[DeadEnd]
    bad_blocks: list[BadBlock]
    children: dict[bytes, dict[bytes, bytes]] = field(default_factory=dict)
    """The child tries before the first block, by their names; their roots are in `genesis`."""

    @property
    def first(self) -> int:
        """Number of the first block."""
        return self.blocks[0].number if self.blocks else 1
