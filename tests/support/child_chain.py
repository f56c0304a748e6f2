"""A chain whose runtime does nothing but write to child tries: in WebAssembly, authored for real.

An extrinsic is three bytes: a child trie, a key in it, and a value; CLEAR in place of the value
removes the key, KILL the whole child trie.
"""

from dataclasses import replace

from node.client import Client
from node.proposer import Task, propose
from node.runtime_tools.metadata import MAGIC, EnumType, Metadata, NumberedType
from primitives.block import Digest
from primitives.hashing import blake2_64
from primitives.scale.raw import sized
from primitives.scale.types import encode
from primitives.types import U8, U32, BlockNumber, Bytes8, Hash
from runtime.pallets.system_types import RuntimeVersion
from storage.columns import Head
from storage.database import Database
from storage.memory import MemoryKv
from tests.support.blocks import begin_chain
from tests.support.forge import Given
from tests.support.wasm import method, module, span

CLEAR, KILL = b"\0", b"\1"
HEADER_AT, HEADER_KEY = 2048, span(64, 1)
ROOT_AT = 33
"""Of the state root in a header whose number is below 64."""
EXTRINSICS_AT = ROOT_AT + 64 + 1
"""In a block whose header has no digest."""
SIZE = 4
"""Of an extrinsic with its length in front."""

IMPORTS = [
    ("ext_storage_set_version_1", "(param i64 i64)"),
    ("ext_storage_clear_version_1", "(param i64)"),
    ("ext_storage_read_version_1", "(param i64 i64 i32) (result i64)"),
    ("ext_storage_root_version_2", "(param i32) (result i64)"),
    ("ext_default_child_storage_set_version_1", "(param i64 i64 i64)"),
    ("ext_default_child_storage_clear_version_1", "(param i64 i64)"),
    ("ext_default_child_storage_storage_kill_version_1", "(param i64)"),
]

APPLY = """
  (func $byte (param $at i32) (result i64)
    (i64.or (i64.const 0x100000000) (i64.extend_i32_u (local.get $at))))
  (func $apply (param $at i32)
    (local $value i32)
    (local.set $value (i32.load8_u (i32.add (local.get $at) (i32.const 3))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.eq (local.get $value) (i32.const 1))
      (then (call $ext_default_child_storage_storage_kill_version_1 (call $byte (local.get $at))))
      (else (if (local.get $value)
        (then (call $ext_default_child_storage_set_version_1
          (call $byte (local.get $at))
          (call $byte (i32.add (local.get $at) (i32.const 1)))
          (call $byte (i32.add (local.get $at) (i32.const 2)))))
        (else (call $ext_default_child_storage_clear_version_1
          (call $byte (local.get $at))
          (call $byte (i32.add (local.get $at) (i32.const 1)))))))))
  (func $root (result i32)
    (i32.wrap_i64 (call $ext_storage_root_version_2 (i32.const 1))))
"""

EXECUTE = f"""
  (local $left i32) (local $next i32) (local $root i32)
  (local.set $left (i32.shr_u
    (i32.load8_u (i32.add (local.get $at) (i32.const {EXTRINSICS_AT}))) (i32.const 2)))
  (local.set $next (i32.add (local.get $at) (i32.const {EXTRINSICS_AT + 1})))
  (block $done (loop $again
    (br_if $done (i32.eqz (local.get $left)))
    (call $apply (local.get $next))
    (local.set $next (i32.add (local.get $next) (i32.const {SIZE})))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br $again)))
  (local.set $root (call $root))
  (local.set $left (i32.const 32))
  (block $same (loop $compare
    (br_if $same (i32.eqz (local.get $left)))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (if (i32.ne
          (i32.load8_u (i32.add (local.get $root) (local.get $left)))
          (i32.load8_u (i32.add (i32.add (local.get $at) (i32.const {ROOT_AT})) (local.get $left))))
      (then unreachable))
    (br $compare)))
  (i64.const 0)
"""

FINALIZE = f"""
  (drop (call $ext_storage_read_version_1
    (i64.const {HEADER_KEY}) (i64.const {span(HEADER_AT, EXTRINSICS_AT)}) (i32.const 0)))
  (call $ext_storage_clear_version_1 (i64.const {HEADER_KEY}))
  (memory.copy (i32.const {HEADER_AT + ROOT_AT}) (call $root) (i32.const 32))
  (i64.const {span(HEADER_AT, EXTRINSICS_AT)})
"""

VERSION = encode(
    RuntimeVersion,
    RuntimeVersion(
        spec_name="children",
        impl_name="tests",
        authoring_version=U32(1),
        spec_version=U32(7),
        impl_version=U32(1),
        apis=[(Bytes8(blake2_64(b"Core")), U32(4))],
        transaction_version=U32(1),
        state_version=U8(1),
    ),
)
DISPATCH_ERROR = NumberedType(U32(0), ["sp_runtime", "DispatchError"], [], EnumType([]), [])
METADATA = sized(
    MAGIC + encode(Metadata, Metadata([DISPATCH_ERROR], [], U32(0), U8(4), [], U32(0)))
)
"""A runtime without pallets; whoever reads it wants to know its errors."""
VERSION_AT, METADATA_AT = 256, 512

ARGUMENT = """(i64.or (i64.shl (i64.extend_i32_u (local.get $length)) (i64.const 32))
  (i64.extend_i32_u (local.get $at)))"""

CODE = module(
    APPLY,
    method("Core_execute_block", EXECUTE),
    method(
        "Core_initialize_block",
        f"(call $ext_storage_set_version_1 (i64.const {HEADER_KEY}) {ARGUMENT}) (i64.const 0)",
    ),
    method("BlockBuilder_inherent_extrinsics", f"(i64.const {span(80, 1)})"),
    method(
        "BlockBuilder_apply_extrinsic",
        f"(call $apply (local.get $at)) (i64.const {span(80, 2)})",
    ),
    method("BlockBuilder_finalize_block", FINALIZE),
    method("Core_version", f"(i64.const {span(VERSION_AT, len(VERSION))})"),
    method("Metadata_metadata", f"(i64.const {span(METADATA_AT, len(METADATA))})"),
    imports=IMPORTS,
    data=[
        (64, "h"),
        (80, "\\00\\00"),
        (VERSION_AT, "".join(f"\\{byte:02x}" for byte in VERSION)),
        (METADATA_AT, "".join(f"\\{byte:02x}" for byte in METADATA)),
    ],
)


def extrinsic(child, key, value):
    return bytes((3 << 2,)) + child + key + value


class ChildChain:
    """One node's client; all begin with the same genesis, unless they are over another chain."""

    def __init__(self, pruning=0):
        self.kv, self.pruning = MemoryKv(), pruning
        self.genesis = begin_chain(Database.open(self.kv, pruning=pruning), {b":code": CODE})
        self.start()

    @classmethod
    def over(cls, database):
        """A client of what is in a database."""
        chain = cls()
        chain.database, chain.client = database, Client(database)
        return chain

    def start(self):
        """Begin anew with what is stored, and nothing else."""
        self.database = Database.open(self.kv, pruning=self.pruning)
        self.client = Client(self.database)

    async def author(self, parent, *writes):
        """Make a block on a header as an author does, and import it; answers the block."""
        above = Head(parent.hash(), BlockNumber(parent.number))
        task = Task(above, Digest(()), b"", seconds=60.0)
        ready = Given(*(extrinsic(*write) for write in writes))
        proposal = await self.client.with_worker(
            above.hash, lambda executor: propose(executor, task, ready)
        )
        await self.client.import_block(proposal.block, own=proposal)
        return proposal.block

    def child(self, header, name):
        """The entries of a child trie after a block."""
        view = self.client.state(header.hash()).child(name)
        return {key: view.get(key) for key in view.keys(b"")}


def lying(block):
    """The same block with another state root."""
    return replace(block, header=replace(block.header, state_root=Hash(b"w" * 32)))
