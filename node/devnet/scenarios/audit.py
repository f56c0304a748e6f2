"""Audit: what the blocks minted, counted again from the rules and compared with the chain's count.

issuance(b) - issuance(b - 1)  =  owners' cuts of block b  +  what the epochs of b - 1 loaded
pending(b)                     =  pending(b - 1) + the block's emission less the cut,
                                  or 0 in a block with an epoch, which loads what was pending
"""

from dataclasses import dataclass
from functools import partial
from typing import Final

from node.devnet.chain_client import STATE, ChainClient
from node.devnet.errors import DevnetError
from node.devnet.scenario import together
from primitives.arith import U16_MAX
from primitives.types import Balance, BlockNumber, Hash, NetUid
from runtime.pallets.subtensor.constants import ROOT_NETUID

_FRACTION_BITS: Final = 32
"""The chain works out cuts with 32 bits behind the point and drops what is finer."""
_DUST_PER_NEURON: Final = 2
"""Rao that an epoch may lose to rounding down: one for each of a neuron's two parts."""


@dataclass(frozen=True, slots=True)
class SubnetBooks:
    """What a state says of one subnet's money."""

    emission: Balance
    """Rao that each block gives it."""
    pending: Balance
    loaded: int | None
    """Rao that an epoch of this very block has made ready; None if there was no epoch."""
    neurons: int
    has_owner: bool


@dataclass(frozen=True, slots=True)
class Books:
    """What the state after a block says of money."""

    number: BlockNumber
    issuance: Balance
    owner_cut: int
    subnets: dict[NetUid, SubnetBooks]


@dataclass(frozen=True, slots=True)
class Audit:
    """The sum over some blocks."""

    issuance_before: int
    issuance_after: int
    emission_expected: int
    epochs: int
    mistakes: tuple[str, ...]


async def audit(chain: ChainClient, first: BlockNumber, last: BlockNumber, netuid: NetUid) -> Audit:
    """Go through the blocks after `first` up to `last`; epochs are those of one subnet."""
    before = books = await read_books(chain, first)
    expected, epochs, mistakes = 0, 0, []
    for number in range(first + 1, last + 1):
        after = await read_books(chain, BlockNumber(number))
        minted = minted_by(books, after)
        expected += minted
        epochs += netuid in after.subnets and after.subnets[netuid].loaded is not None
        mistakes += mistakes_between(books, after, minted)
        books = after
    return Audit(before.issuance, books.issuance, expected, epochs, tuple(mistakes))


async def read_books(chain: ChainClient, number: BlockNumber) -> Books:
    """Read what a block left behind."""
    block = await chain.access.block_hash(number)
    if block is None:
        raise DevnetError(f"the node does not have block {number}")
    pallet = STATE.subtensor
    issuance = await chain.value(pallet.total_issuance, block)
    owner_cut = await chain.value(pallet.subnet_owner_cut, block)
    netuids = [netuid for netuid in await chain.keys(pallet.tempo, block) if netuid != ROOT_NETUID]
    subnets = await together(*(partial(_read_subnet, chain, netuid, block) for netuid in netuids))
    return Books(number, issuance, owner_cut, dict(zip(netuids, subnets, strict=True)))


async def _read_subnet(chain: ChainClient, netuid: NetUid, block: Hash) -> SubnetBooks:
    pallet = STATE.subtensor
    loaded = await chain.entry(pallet.loaded_emission, netuid, block)
    neurons = await chain.entry(pallet.subnetwork_n, netuid, block)
    owner = await chain.entry(pallet.subnet_owner, netuid, block)
    return SubnetBooks(
        emission=await chain.entry(pallet.emission_values, netuid, block),
        pending=await chain.entry(pallet.pending_emission, netuid, block),
        loaded=None
        if loaded is None
        else sum(server + validator for _, server, validator in loaded),
        neurons=neurons,
        has_owner=any(owner),
    )


def minted_by(before: Books, after: Books) -> int:
    """Rao that the rules let a block mint."""
    cuts = sum(split(subnet, after.owner_cut)[0] for subnet in after.subnets.values())
    return cuts + sum(subnet.loaded or 0 for subnet in before.subnets.values())


def split(subnet: SubnetBooks, owner_cut: int) -> tuple[int, int]:
    """A block's emission as its owner's cut and what is kept for the epoch."""
    if not subnet.has_owner:
        return 0, subnet.emission
    cut = (subnet.emission * owner_cut << _FRACTION_BITS) // U16_MAX
    kept = (subnet.emission << _FRACTION_BITS) - cut
    return cut >> _FRACTION_BITS, kept >> _FRACTION_BITS


def mistakes_between(before: Books, after: Books, minted: int) -> list[str]:
    """Where a block's books do not follow from those of the block before."""
    mistakes = []
    grown = after.issuance - before.issuance
    if grown != minted:
        mistakes.append(f"block {after.number} issued {grown} rao instead of {minted}")
    for netuid, subnet in after.subnets.items():
        earlier = before.subnets.get(netuid)
        if earlier is None:
            continue
        waiting = earlier.pending + split(subnet, after.owner_cut)[1]
        where = f"block {after.number}, subnet {netuid}"
        if subnet.loaded is None:
            if subnet.pending != waiting:
                mistakes.append(f"{where}: {subnet.pending} rao pending instead of {waiting}")
        elif not 0 <= waiting - subnet.loaded <= _DUST_PER_NEURON * subnet.neurons:
            mistakes.append(f"{where}: an epoch over {waiting} rao paid {subnet.loaded}")
    return mistakes
