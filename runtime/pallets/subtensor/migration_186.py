"""Spec 186: commits to weights queue up, and are revealed by epochs instead of intervals of blocks.

                               spec 185                        spec 186
    WeightCommits              hash, block                     list of (hash, block, first, last)
    WeightCommitRevealInterval blocks, 1000 by default         gone
    RevealPeriodEpochs                                         epochs, 1 by default

A commit that waits keeps the promise that it was made under: its window is the interval after its
own, as spec 185 reckons it. A subnet keeps at least the delay it had, in whole epochs. A neuron's
update is now the commit, and no longer the reveal, so the commits that wait become updates.
"""

from collections.abc import Iterator
from typing import Final

from primitives.arith import U64_MAX, saturating_add_u64, saturating_mul_u64
from primitives.hashing import identity, twox_64_concat
from primitives.scale.types import decode, encode
from primitives.types import U64, AccountId, BlockNumber, Hash, NetUid
from runtime.framework.pallet import bind_items
from runtime.framework.storage import (
    StorageDoubleMap,
    StorageMap,
    storage_double_map,
    storage_map,
)
from runtime.framework.weights import ZERO_WEIGHT, Weight, db_weight
from runtime.pallets.subtensor.layout_version import LayoutVersion
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.storage_neurons import WeightCommit
from runtime.pallets.subtensor.weights import last_update_of, set_last_update_for_uid

VERSION: Final = 7
"""Of the layout that this makes."""

Queued = list[tuple[NetUid, AccountId, WeightCommit]]
"""Whose commits there were, each as it has to stand in a queue."""


class Items185:
    """What spec 185 stored otherwise."""

    weight_commits: StorageDoubleMap[NetUid, AccountId, tuple[Hash, U64] | None] = (
        storage_double_map(twox_64_concat, twox_64_concat)
    )
    """By subnet and hotkey: hash of weights still hidden, and the block of the commit."""
    weight_commit_reveal_interval: StorageMap[NetUid, U64] = storage_map(
        identity, default=U64(1_000)
    )
    """Length in blocks of the windows of commit and reveal."""

    def __init__(self, pallet: SubtensorState) -> None:
        bind_items(self, pallet.ctx.host, pallet.prefix)


def queue_commits(pallet: SubtensorState) -> Weight:
    """To version 7: each commit becomes a queue of one, and intervals become reveal periods."""
    version = LayoutVersion(pallet)
    if version.get() >= VERSION:
        return ZERO_WEIGHT
    weight = _move_commits(pallet) + _set_periods(pallet)
    version.put(VERSION)
    return weight + db_weight(reads=1, writes=1)


def _move_commits(pallet: SubtensorState) -> Weight:
    """What is no commit, as only root can have written it, counted as none and is gone."""
    commits = queued_commits(pallet)
    removed, _ = pallet.weight_commits.clear()
    for netuid, who, commit in commits:
        pallet.weight_commits.insert(netuid, who, [commit])
        _count_as_update(pallet, netuid, who, commit[1])
    return db_weight(reads=removed + 4 * len(commits), writes=removed + 2 * len(commits))


def _count_as_update(pallet: SubtensorState, netuid: NetUid, who: AccountId, block: U64) -> None:
    uid = pallet.uids.get(netuid, who)
    if uid is not None and last_update_of(pallet, netuid, uid) < block:
        set_last_update_for_uid(pallet, netuid, uid, BlockNumber(block))


def _set_periods(pallet: SubtensorState) -> Weight:
    """Only where a subnet had said something, or commits: elsewhere the default will do."""
    intervals = Items185(pallet).weight_commit_reveal_interval
    explicit = [netuid for netuid, _ in intervals.items()]
    switches = list(pallet.commit_reveal_weights_enabled.items())
    netuids = sorted({*explicit, *(netuid for netuid, is_on in switches if is_on)})
    for netuid in netuids:
        epoch = pallet.tempo.get(netuid) + 1
        pallet.reveal_period_epochs.insert(netuid, U64(-(-intervals.get(netuid) // epoch)))
    removed, _ = intervals.clear()
    reads, writes = len(switches) + 2 * len(netuids) + removed, len(netuids) + removed
    return db_weight(reads=reads, writes=writes)


def queued_commits(pallet: SubtensorState) -> Queued:
    """The commits of spec 185, each as it has to stand in a queue."""
    old = Items185(pallet)
    places = dict.fromkeys(place for place, _ in old.weight_commits.items())
    return [
        (netuid, who, (commit[0], commit[1], *_window(commit[1], _interval(old, netuid))))
        for netuid, who in places
        if (commit := old.weight_commits.get(netuid, who)) is not None
    ]


def _interval(old: Items185, netuid: NetUid) -> U64:
    return old.weight_commit_reveal_interval.get(netuid)


def _window(block: U64, interval: U64) -> tuple[U64, U64]:
    """The interval after that of the commit. With intervals of no length it was always time."""
    if interval == 0:
        return U64(0), U64(U64_MAX)
    first = saturating_mul_u64(block // interval + 1, interval)
    return U64(first), U64(saturating_add_u64(first, interval - 1))


def before_queueing(pallet: SubtensorState) -> bytes:
    """For dry runs: the commits that must come through, none if that is done already."""
    is_done = LayoutVersion(pallet).get() >= VERSION
    return encode(Queued, [] if is_done else queued_commits(pallet))


def problems_after_queueing(pallet: SubtensorState, before: bytes) -> Iterator[str]:
    """For dry runs: commits that got lost or changed, and leftovers of the old form."""
    for netuid, who, commit in decode(Queued, before):
        queue = pallet.weight_commits.get(netuid, who)
        if queue is None or commit not in queue:
            yield f"the commit of {who.hex()} on subnet {netuid} got lost"
        uid = pallet.uids.get(netuid, who)
        if uid is not None and last_update_of(pallet, netuid, uid) < commit[1]:
            yield f"the commit of {who.hex()} on subnet {netuid} counts as no update"
    leftovers = pallet.ctx.host.keys(Items185(pallet).weight_commit_reveal_interval.prefix)
    if leftovers:
        yield f"{len(leftovers)} intervals in blocks are left"
    version = LayoutVersion(pallet).get()
    if version < VERSION:  # later releases go on from it
        yield f"the storage version is {version}, below {VERSION}"
