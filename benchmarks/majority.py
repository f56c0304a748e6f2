"""The white paper's 51/49 series: what becomes of a cabal that has a little less than half.

Two teams rank only themselves. The emission of a block is split by rank times consensus, consensus
being a sigmoid of the stake that trusts a team, and is staked again. The root network of the
runtime still splits the emission among subnets by this formula, so the series runs twice: in
doubles as in the paper, and through `runtime/pallets/subtensor/root_epoch.py` and its storage.
"""

import math
from typing import Final

from genesis.host import GenesisHost
from primitives.types import U16, AccountId, Balance, BlockNumber, NetUid, Uid
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.root_epoch import root_epoch
from runtime.runtime import Runtime

HONEST: Final = 0.51
INFLATION: Final = 0.1
"""What a block mints, as a part of all stake."""
STEEPNESS: Final = 10
BLOCKS: Final = 100
TEMPO: Final = U16(1)
DUE: Final = BlockNumber(2)
"""A block in which a root network of that tempo has its epoch."""
SCALE: Final = 10**11
"""Rao per unit of stake: hundred blocks make it 14,000 times more, still below 2^63."""


def paper_series(honest: float = HONEST, blocks: int = BLOCKS) -> list[float]:
    """Share of the cabal after each block, with the paper's formula in doubles."""
    ours, theirs = honest, 1 - honest
    shares = []
    for _ in range(blocks):
        total = ours + theirs
        our_rank = ours * _consensus(ours / total)
        their_rank = theirs * _consensus(theirs / total)
        minted = INFLATION * total
        ours += minted * our_rank / (our_rank + their_rank)
        theirs += minted * their_rank / (our_rank + their_rank)
        shares.append(theirs / (ours + theirs))
    return shares


def chain_series(honest: float = HONEST, blocks: int = BLOCKS) -> list[float]:
    """The same, each block's split being made by the root epoch of the runtime."""
    root = TwoTeams()
    ours, theirs = round(honest * SCALE), round((1 - honest) * SCALE)
    shares = []
    for _ in range(blocks):
        our_emission, their_emission = root.split(ours, theirs)
        minted = (ours + theirs) // 10
        emitted = our_emission + their_emission
        ours += minted * our_emission // emitted
        theirs += minted * their_emission // emitted
        shares.append(theirs / (ours + theirs))
    return shares


class TwoTeams:
    """A root network of two validators, each of which votes for a subnet of its own."""

    def __init__(self) -> None:
        self._pallet = pallet = Runtime(GenesisHost()).subtensor
        pallet.tempo.insert(ROOT_NETUID, TEMPO)
        pallet.subnetwork_n.insert(ROOT_NETUID, U16(2))
        pallet.total_networks.put(U16(2))
        self._hotkeys = AccountId(b"\x01" * 32), AccountId(b"\x02" * 32)
        for uid, hotkey in enumerate(self._hotkeys):
            subnet = uid + 1
            pallet.networks_added.insert(NetUid(subnet), True)
            pallet.keys.insert(ROOT_NETUID, Uid(uid), hotkey)
            pallet.weights.insert(ROOT_NETUID, Uid(uid), [(U16(subnet), U16(65535))])

    def split(self, ours: int, theirs: int) -> tuple[int, int]:
        """Rao of a block for the subnet of each team, by the stakes behind them."""
        pallet = self._pallet
        for hotkey, stake in zip(self._hotkeys, (ours, theirs), strict=True):
            pallet.total_hotkey_stake.insert(hotkey, Balance(stake))
        root_epoch(pallet, DUE)
        emission = pallet.emission_values
        return emission.get(NetUid(1)), emission.get(NetUid(2))


def upkeep(cabal: float) -> float:
    """Stake that a cabal must add in a block to keep its share, as a part of all stake before."""
    ours = (1 - cabal) * _consensus(1 - cabal)
    theirs = cabal * _consensus(cabal)
    earned = INFLATION * theirs / (ours + theirs)
    return (cabal * (1 + INFLATION) - cabal - earned) / (1 - cabal)


def _consensus(share: float) -> float:
    return 1 / (1 + math.exp(-STEEPNESS * (share - 0.5)))
