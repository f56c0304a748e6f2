"""A forge: makes real blocks on any parent, honest ones and others, beside the node under test."""

from dataclasses import replace

from consensus.aura import pre_digest, seal_header, slot_of
from consensus.slots import Duration
from genesis.dev_keys import dev_key
from genesis.presets import preset
from node.client import Client
from node.genesis_block import genesis_of
from node.proposer import Task, propose
from node.runtime_apis import inherent_data
from primitives.block import Block, Digest
from primitives.hashing import blake2_256
from primitives.signing import sign_extrinsic
from primitives.types import BlockNumber, Hash, Moment, Slot
from runtime.framework.address import IdAddress
from runtime.framework.calls import CALL_CODEC, make_call
from runtime.version import VERSION
from storage.columns import Head
from storage.database import Database
from storage.memory import MemoryKv
from storage.trie.root import trie_with_root

SLOT = Duration(12_000)
FIRST_SLOT = Slot(150_000_000)
"""Some day in 2027: the clocks of the tests stand there."""


class Given:
    """Extrinsics in a given order, in place of a pool's."""

    def __init__(self, *extrinsics):
        self._extrinsics = extrinsics

    def __iter__(self):
        return iter([_Member(data) for data in self._extrinsics])

    def skip_dependents(self):
        pass


class _Member:
    def __init__(self, extrinsic):
        self.extrinsic = extrinsic
        self.hash = Hash(blake2_256(extrinsic))


class Forge:
    """A chain of its own with the same genesis, on which every block it makes is stored."""

    def __init__(self, spec=None, author="Alice"):
        self.client = new_client(spec)
        self.genesis = self.client.header(self.client.genesis_hash)
        self.author = dev_key(author)

    async def make(self, parent, slot, *extrinsics, author=None):
        """An honest block on a header; slots count from FIRST_SLOT."""
        slot = Slot(FIRST_SLOT + slot)
        facts = inherent_data(Moment(slot * SLOT), slot)
        above = Head(parent.hash(), BlockNumber(parent.number))
        task = Task(above, Digest((pre_digest(slot),)), facts, seconds=60.0)
        proposal = await self.client.with_worker(
            above.hash, lambda executor: propose(executor, task, Given(*extrinsics))
        )
        assert not proposal.invalid
        block = self.seal(proposal.block, author or self.author)
        await self.client.import_block(block, own=proposal)
        return block

    async def chain(self, parent, slots):
        """One block after the other."""
        blocks = []
        for slot in slots:
            blocks.append(await self.make(blocks[-1].header if blocks else parent, slot))
        return blocks

    def seal(self, block, author=None):
        """The block with somebody's seal, whatever is in it."""
        author = author or self.author
        return Block(seal_header(block.header, author.sign), block.extrinsics)

    def lie(self, block, **fields):
        """The same block with other fields in its header, and a good seal on it."""
        unsealed, _ = block.header.split_seal()
        return self.seal(Block(replace(unsealed, **fields), block.extrinsics))

    def transfer(self, nonce, amount=10**9, sender="Bob", to="Charlie", tip=0):
        """A signed transfer between development accounts."""
        dest = IdAddress(dev_key(to).account)
        call = make_call("Balances", "transfer_keep_alive", dest=dest, value=amount)
        return self.sign(call, nonce, sender, tip)

    def sign(self, call, nonce=0, sender="Alice", tip=0, spec_version=VERSION.spec_version):
        """A call, signed by a development account."""
        return sign_extrinsic(
            CALL_CODEC.encode(call),
            dev_key(sender),
            nonce=nonce,
            tip=tip,
            genesis_hash=self.client.genesis_hash,
            spec_version=spec_version,
            transaction_version=VERSION.transaction_version,
        )


def new_client(spec=None, kv=None, **parts):
    """A client on a fresh chain."""
    database = Database.open(kv or MemoryKv())
    state, header, children = genesis_of(spec or preset("dev"))
    database.commit_genesis(header, state, children)
    return Client(database, **parts)


def restored_database(client, block, kv=None, **settings):
    """A database that began with the state after a block of a client's chain."""
    database = Database.open(kv or MemoryKv(), **settings)
    view, header = client.state(block), client.header(block)
    state = {key: view.get(key) for key in view.keys(b"")}
    genesis = client.header(client.genesis_hash)
    database.commit_snapshot(genesis, header, trie_with_root(header.state_root, state), state)
    return database


def slot_number(header):
    """The slot of a header, counted from FIRST_SLOT."""
    return slot_of(header) - FIRST_SLOT
