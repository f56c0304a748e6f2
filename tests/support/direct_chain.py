"""A chain without nodes: blocks made by the runtime alone, behind the door that RPC clients use."""

import trio

from consensus.aura import pre_digest
from consensus.slots import Duration, slot_start
from genesis.build import build_state, genesis_header
from genesis.presets import preset
from node.devnet.errors import ConnectionLost, RpcError
from node.txpool.refusal import refused_by_runtime
from primitives.block import Digest, Header
from primitives.extrinsic import extrinsic_hash
from primitives.scale.containers import Err
from primitives.scale.types import codec_of, encode
from primitives.transaction_validity import TransactionSource, TransactionValidity
from primitives.types import Bytes8, Hash, Moment, Slot
from runtime import api
from runtime.executive import ApplyResult
from runtime.pallets.timestamp import INHERENT_ID
from runtime.runtime import Runtime
from runtime.wire_types import InherentData, OpaqueExtrinsic
from tests.support.host import DictView, MemoryHost

NO_ROOT = Hash(bytes(32))
NAMES = ("alice", "bob", "charlie", "dave")
SLOT = Duration(12_000)
FIRST_SLOT = 141_700_000
SECONDS_PER_SLOT = 0.25


def run_api(method, arguments, host):
    return api.call(Runtime(host), method, arguments)


class DirectChain:
    """The preset `local`: every state is kept, every slot with a live author makes a block."""

    def __init__(self):
        genesis = build_state(preset("local"), run_api)
        self.host = MemoryHost(genesis)
        self.runtime = Runtime(self.host)
        self.headers = [genesis_header(genesis)]
        self.bodies = [[]]
        self.states = [dict(self.host.below.state)]
        self.pool = []
        self.included = {}
        self.grown = trio.Condition()
        self.slot = FIRST_SLOT

    @property
    def best(self):
        return self.headers[-1]

    def number_of(self, block):
        if block is None:
            return self.best.number
        return next(header.number for header in self.headers if header.hash() == block)

    def validate(self, extrinsic):
        source = TransactionSource.EXTERNAL
        arguments = encode(TransactionSource, source) + extrinsic + self.best.hash()
        self.host.begin()
        try:
            answer = self._ask("TaggedTransactionQueue_validate_transaction", arguments)
        finally:
            self.host.rollback()
        verdict = codec_of(TransactionValidity).decode(answer, 0)[0]
        if isinstance(verdict, Err):
            refusal = refused_by_runtime(verdict.error)
            raise RpcError(refusal.code, refusal.message, refusal.data)

    def make_block(self):
        """One block with all of the pool, in the current slot."""
        now = Moment(slot_start(Slot(self.slot), SLOT))
        digest = Digest((pre_digest(Slot(self.slot)),))
        parent = self.best
        blank = Header(parent.hash(), parent.number + 1, NO_ROOT, NO_ROOT, digest)
        self._ask("Core_initialize_block", blank.encode())
        data = InherentData([(Bytes8(INHERENT_ID), encode(Moment, now))])
        inherents = codec_of(list[OpaqueExtrinsic]).decode(
            self._ask("BlockBuilder_inherent_extrinsics", encode(InherentData, data)), 0
        )[0]
        body = []
        for extrinsic in inherents + self.pool:
            self.host.begin()
            answer = self._ask("BlockBuilder_apply_extrinsic", extrinsic)
            if isinstance(codec_of(ApplyResult).decode(answer, 0)[0], Err):
                self.host.rollback()
            else:
                self.host.commit()
                body.append(extrinsic)
        header = Header.decode(self._ask("BlockBuilder_finalize_block", b""))
        self.host.settle()
        self.pool.clear()
        self.headers.append(header)
        self.bodies.append(body)
        self.states.append(dict(self.host.below.state))
        self.included.update((extrinsic, header.hash()) for extrinsic in body)

    def _ask(self, method, arguments):
        return api.call(self.runtime, method, arguments)

    def at(self, number, method, arguments):
        return run_api(method, arguments, MemoryHost(self.states[number]))

    async def run(self, is_alive):
        """Make blocks in the slots whose authors live."""
        while True:
            await trio.sleep(SECONDS_PER_SLOT)
            self.slot += 1
            if is_alive(self.slot % len(NAMES)):
                self.make_block()
                async with self.grown:
                    self.grown.notify_all()


class DirectAccess:
    """A node's view of the chain. A dead node answers nothing."""

    def __init__(self, chain):
        self.chain = chain
        self.alive = True

    async def _reached(self):
        await trio.lowlevel.checkpoint()
        if not self.alive:
            raise ConnectionLost("the node is dead")

    async def best(self):
        await self._reached()
        return self.chain.best

    async def block_hash(self, number):
        await self._reached()
        return self.chain.headers[number].hash() if number <= self.chain.best.number else None

    async def header(self, block):
        await self._reached()
        return self.chain.headers[self.chain.number_of(block)]

    async def extrinsics(self, block):
        await self._reached()
        return self.chain.bodies[self.chain.number_of(block)]

    async def storage(self, key, block=None):
        await self._reached()
        return self.chain.states[self.chain.number_of(block)].get(key)

    async def keys(self, prefix, block=None):
        await self._reached()
        return DictView(self.chain.states[self.chain.number_of(block)]).keys(prefix)

    async def call(self, method, arguments, block=None):
        await self._reached()
        return self.chain.at(self.chain.number_of(block), method, arguments)

    async def submit(self, extrinsic):
        await self._reached()
        self.chain.validate(extrinsic)
        self.chain.pool.append(extrinsic)
        return extrinsic_hash(extrinsic)

    async def submit_and_watch(self, extrinsic):
        await self.submit(extrinsic)
        async with self.chain.grown:
            while extrinsic not in self.chain.included:
                await self.chain.grown.wait()
        return self.chain.included[extrinsic]

    async def wait_for(self, number):
        await self._reached()
        async with self.chain.grown:
            while self.chain.best.number < number:
                await self.chain.grown.wait()


class DirectNetwork:
    """Four nodes that are always of one mind; killing one silences its slots."""

    names = NAMES

    def __init__(self):
        self.chain = DirectChain()
        self.nodes = [DirectAccess(self.chain) for _ in NAMES]
        self.killed = []

    def access(self, node):
        return self.nodes[node]

    def is_alive(self, node):
        return self.nodes[node].alive

    async def kill(self, node):
        self.nodes[node].alive = False
        self.killed.append(node)

    async def restart(self, node):
        self.nodes[node].alive = True
