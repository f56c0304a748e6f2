"""The proposer: what goes into a block, what is left for the next one, and what is thrown out."""

from itertools import chain, repeat

import pytest

from consensus.aura import pre_digest
from genesis.dev_keys import dev_key
from genesis.spec import CODE_KEY
from node.executor.errors import UnknownCode
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from node.proposer import CannotPropose, Task, propose
from node.runtime_apis import inherent_data
from primitives.block import Digest
from primitives.hashing import blake2_256
from primitives.signing import sign_extrinsic
from primitives.types import Moment, Slot
from runtime.framework.calls import CALL_CODEC, make_call
from runtime.version import VERSION
from tests.support.forge import FIRST_SLOT, SLOT, Forge, Given, new_client
from tests.support.upgrades import as_root, next_code, system

HUGE = 5 << 19
"""Two and a half MiB: of the ten of a block, normal extrinsics get seven and a half."""


class CountedGiven(Given):
    """Notes how often what depends on an extrinsic was left out."""

    skipped = 0

    def skip_dependents(self):
        self.skipped += 1


def task_of(forge, slot=0, seconds=60.0):
    slot = Slot(FIRST_SLOT + slot)
    facts = inherent_data(Moment(slot * SLOT), slot)
    return Task(forge.client.best(), Digest((pre_digest(slot),)), facts, seconds)


async def proposal_of(forge, given, monotonic=None, task=None):
    task = task or task_of(forge)
    clock = {} if monotonic is None else {"monotonic": monotonic}
    return await forge.client.with_worker(
        task.parent.hash, lambda executor: propose(executor, task, given, **clock)
    )


def remark(forge, sender, size):
    return signed(forge, sender, make_call("System", "remark", remark=bytes(size)))


def signed(forge, sender, call):
    return sign_extrinsic(
        CALL_CODEC.encode(call),
        dev_key(sender),
        nonce=0,
        genesis_hash=forge.client.genesis_hash,
        spec_version=VERSION.spec_version,
        transaction_version=VERSION.transaction_version,
    )


async def test_an_empty_pool_gives_a_block_with_the_inherent_alone():
    forge = Forge()
    proposal = await proposal_of(forge, Given())
    assert len(proposal.block.extrinsics) == 1
    event = await forge.client.import_block(proposal.block)
    assert event.is_new_best


async def test_what_the_proposer_says_is_what_execution_finds():
    """Given a proposal with a transfer. When it is executed as a stranger's. Then it holds."""
    forge, other = Forge(), Forge()
    proposal = await proposal_of(forge, Given(forge.transfer(0)))
    await other.client.import_block(proposal.block)
    await forge.client.import_block(proposal.block, own=proposal)
    key = b":code"
    assert forge.client.best() == other.client.best()
    proofs = [one.client.read_proof(one.client.best().hash, [key]) for one in (forge, other)]
    assert proofs[0] == proofs[1]


async def test_code_that_this_node_must_not_run_is_left_to_other_authors():
    """Given two authors and an upgrade. When one refuses its code. Then only the other's block
    has it, and both have what else there is."""
    any_code, own_code_only = Forge(), Forge()
    own_code_only.client = new_client(runtimes=Runtimes(OnchainCode.REFUSE))
    upgrade = signed(any_code, "Alice", as_root(system("set_code", code=next_code())))
    transfer = any_code.transfer(0)
    bold, careful = [
        await proposal_of(forge, Given(upgrade, transfer)) for forge in (any_code, own_code_only)
    ]
    assert bold.block.extrinsics[1:] == [upgrade, transfer]
    assert careful.block.extrinsics[1:] == [transfer]
    assert careful.invalid == ()
    assert CODE_KEY not in careful.changes


async def test_extrinsics_that_can_be_in_no_block_are_named_and_leave_nothing_behind():
    forge = Forge()
    wrong_nonce, good, garbage = forge.transfer(7), forge.transfer(0), b"\x0c\x04\xff\xff"
    given = CountedGiven(wrong_nonce, garbage, good)
    proposal = await proposal_of(forge, given)
    assert proposal.block.extrinsics[1:] == [good]
    assert proposal.invalid == (blake2_256(wrong_nonce), blake2_256(garbage))
    assert given.skipped == 2
    await forge.client.import_block(proposal.block)


async def test_what_does_not_fit_is_left_and_smaller_ones_still_go_in():
    """Given three huge remarks, of which two fit, and a small transfer."""
    forge = Forge()
    remarks = [remark(forge, name, HUGE) for name in ("Alice", "Bob", "Charlie")]
    small = forge.transfer(0, sender="Eve")
    given = CountedGiven(*remarks, small)
    proposal = await proposal_of(forge, given)
    assert proposal.block.extrinsics[1:] == [*remarks[:2], small]
    assert (proposal.invalid, given.skipped) == ((), 1)


async def test_nothing_is_added_after_two_thirds_of_the_time():
    """Given six seconds. When four have passed after the first transfer. Then the second waits."""
    forge = Forge()
    readings = chain([0.0, 1.0], repeat(4.0))
    given = Given(forge.transfer(0), forge.transfer(1))
    task = task_of(forge, seconds=6.0)
    proposal = await proposal_of(forge, given, lambda: next(readings), task)
    assert proposal.block.extrinsics[1:] == [forge_first(proposal)]
    assert proposal.invalid == ()
    assert proposal.seconds == 4.0


def forge_first(proposal):
    """The one transfer in a block."""
    [_, transfer] = proposal.block.extrinsics
    return transfer


async def test_the_runtime_refuses_a_slot_that_is_over():
    forge = Forge()
    first = await forge.make(forge.genesis, 5)
    assert forge.client.best().hash == first.header.hash()
    with pytest.raises(CannotPropose, match=r"[Ss]lot"):
        await proposal_of(forge, Given(), task=task_of(forge, slot=5))


class InMigration:
    """An executor whose runtime says, at the beginning of a block, that migrations go on."""

    def __init__(self, executor):
        self._executor = executor

    def call(self, method, args):
        answer = self._executor.call(method, args)
        return b"\1" if method == "Core_initialize_block" else answer

    def __getattr__(self, name):
        return getattr(self._executor, name)


async def test_a_runtime_in_the_midst_of_migrations_gets_inherents_alone():
    forge = Forge()
    task, given = task_of(forge), Given(forge.transfer(0))
    proposal = await forge.client.with_worker(
        task.parent.hash, lambda executor: propose(InMigration(executor), task, given)
    )
    assert len(proposal.block.extrinsics) == 1
    assert proposal.invalid == ()


@pytest.mark.parametrize(
    "call",
    [
        system("set_code_without_checks", code=b"garbage"),
        system("kill_storage", keys=[CODE_KEY]),
        system("kill_prefix", prefix=CODE_KEY, subkeys=10),
    ],
    ids=["unknown", "absent", "absent by prefix"],
)
async def test_code_that_nobody_can_run_is_in_no_block(call):
    """Given extrinsics that leave the chain no code. Then they are named, not left to others."""
    forge = Forge()
    fatal, transfer = signed(forge, "Alice", as_root(call)), forge.transfer(0)
    proposal = await proposal_of(forge, Given(fatal, transfer))
    assert proposal.block.extrinsics[1:] == [transfer]
    assert proposal.invalid == (blake2_256(fatal),)
    assert CODE_KEY not in proposal.changes


class WithScheduledCode:
    """An executor whose runtime puts other code in place as a block begins."""

    def __init__(self, executor, code):
        self._executor = executor
        self._code = code

    def call(self, method, args):
        answer = self._executor.call(method, args)
        if method == "Core_initialize_block":
            self._executor._host.put(CODE_KEY, self._code)
        return answer

    def __getattr__(self, name):
        return getattr(self._executor, name)


@pytest.mark.parametrize("code", [b"garbage", next_code()], ids=["unknown", "foreign"])
async def test_code_that_the_chain_itself_puts_in_place_stops_no_author(code):
    """Given code for others that comes without an extrinsic. Then the block has all there is, and
    its import says that the node cannot go on."""
    forge = Forge()
    forge.client = new_client(runtimes=Runtimes(OnchainCode.REFUSE))
    task, given = task_of(forge), Given(forge.transfer(0))
    proposal = await forge.client.with_worker(
        task.parent.hash, lambda executor: propose(WithScheduledCode(executor, code), task, given)
    )
    assert len(proposal.block.extrinsics) == 2
    with pytest.raises(UnknownCode, match="cannot go on after block #1"):
        await forge.client.import_block(proposal.block, own=proposal)
    assert forge.client.best().number == 1
    with pytest.raises(UnknownCode, match="cannot go on after block #1"):
        forge.client.ensure_can_go_on()
