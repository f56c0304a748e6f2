"""Production chain specs in the folder that TAONODE_SPECS names, and blocks made by their code."""

import json
import os
from functools import cache
from pathlib import Path

from genesis.spec import CODE_KEY
from node.executor.wasm.runtime import WasmRuntimes
from primitives.block import AURA_ENGINE, Block, Digest, Header, PreRuntime
from primitives.hashing import blake2_256
from primitives.scale.types import encode
from primitives.types import BlockNumber, Hash
from runtime.wire_types import InherentData
from storage.trie.node import EMPTY_ROOT
from tests.support.host import MemoryHost
from tests.support.vectors import unhex

SPECS = Path(os.environ.get("TAONODE_SPECS") or "nowhere")
CODE_185 = "fb6b5bcf305ea55d38c8a85f993da783935b55fa201bd42643b0da64a31aabfd"
"""The hash of the code that made the traces, which hold a placeholder for it."""
SLOT = 141_666_667
NOTHING = Hash(bytes(32))


@cache
def runtimes():
    """Compiled code stays beside the specs: compiling takes seconds."""
    return WasmRuntimes(SPECS / "compiled")


def spec_files():
    return sorted(SPECS.glob("*.json"))


@cache
def genesis_state(path):
    """The raw state; what else a spec says does not matter here."""
    top = json.loads(path.read_text())["genesis"]["raw"]["top"]
    return {unhex(key): unhex(value) for key, value in top.items()}


def state_with_code(code_hash):
    """The genesis state of the first spec with this code."""
    return next(
        state
        for state in map(genesis_state, spec_files())
        if blake2_256(state[CODE_KEY]).hex() == code_hash
    )


def genesis_header(host):
    return Header(NOTHING, BlockNumber(0), Hash(host.root), Hash(EMPTY_ROOT))


def first_block(runtime, host, extrinsics=()):
    """Block 1 with the inherents and these extrinsics, as an author builds it."""
    digest = Digest((PreRuntime(AURA_ENGINE, SLOT.to_bytes(8, "little")),))
    header = Header(genesis_header(host).hash(), BlockNumber(1), NOTHING, NOTHING, digest)
    runtime.call("Core_initialize_block", header.encode(), host)
    slot_ms = int.from_bytes(runtime.call("AuraApi_slot_duration", b"", host), "little")
    data = [
        (b"auraslot", SLOT.to_bytes(8, "little")),
        (b"timstap0", (SLOT * slot_ms).to_bytes(8, "little")),
    ]
    answer = runtime.call(
        "BlockBuilder_inherent_extrinsics", encode(InherentData, InherentData(data)), host
    )
    body = Block.decode(header.encode() + answer).extrinsics + list(extrinsics)
    for extrinsic in body:
        result = runtime.call("BlockBuilder_apply_extrinsic", extrinsic, host)
        assert result == b"\0\0", result.hex()
    made = Header.decode(runtime.call("BlockBuilder_finalize_block", b"", host))
    host.reset(host.below)
    return Block(made, body)


def fresh_host(state):
    host = MemoryHost(state)
    host._version_of = runtimes().version_of
    return host
