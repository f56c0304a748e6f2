"""Weights in two steps: first their hash, then, some epochs later, what it was made of.

A commit says when it may be revealed: in all of the epoch that lies the subnet's reveal period
after its own. That window stands in the commit, so a change of tempo or period does not move it.

    epoch       k          k + 1               k + 2
           | commit … |           | first_reveal … last_reveal |      reveal period 2
"""

from typing import Final

from primitives.arith import saturating_add_u64, saturating_mul_u64, saturating_sub
from primitives.hashing import blake2_256
from primitives.scale.types import encode
from primitives.types import U16, U64, AccountId, BlockNumber, Hash, NetUid
from runtime.framework.errors import ensure
from runtime.framework.origin import Origin, ensure_signed
from runtime.pallets.subtensor import errors, events
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.storage_neurons import WeightCommit
from runtime.pallets.subtensor.uids import get_uid_for_net_and_hotkey
from runtime.pallets.subtensor.weights import (
    check_rate_limit,
    do_set_weights,
    set_last_update_for_uid,
)

MAX_UNREVEALED: Final = 10
"""Commits of one hotkey on one subnet that may wait. Later versions of the chain let in as many."""

Revealed = tuple[AccountId, NetUid, list[U16], list[U16], list[U16], U64]
"""What a commit hides: hotkey, subnet, uids, values, salt and version key."""
RevealedBare = tuple[AccountId, NetUid, list[U16], list[U16], U64]
"""The same as spec 185 had it, which knew no salt."""


def do_commit_weights(
    pallet: SubtensorState, origin: Origin, netuid: NetUid, commit_hash: Hash
) -> None:
    """Queue the hash of weights that are to be revealed later."""
    who = ensure_signed(origin)
    ensure(pallet.commit_reveal_weights_enabled.get(netuid), errors.CommitRevealDisabled)
    uid = get_uid_for_net_and_hotkey(pallet, netuid, who)
    now = pallet.system.block_number()
    ensure(check_rate_limit(pallet, netuid, uid, now), errors.CommittingWeightsTooFast)
    waiting, _ = _split(pallet.weight_commits.get(netuid, who), now)
    if len(waiting) >= MAX_UNREVEALED:
        waiting = _not_overdue(pallet, netuid, waiting, now)
    ensure(len(waiting) < MAX_UNREVEALED, errors.TooManyUnrevealedCommits)

    first, last = reveal_window(pallet, netuid, now)
    pallet.weight_commits.insert(netuid, who, [*waiting, (commit_hash, U64(now), first, last)])
    set_last_update_for_uid(pallet, netuid, uid, now)

    pallet.deposit(events.WeightsCommitted(who, netuid, commit_hash))


def do_reveal_weights(
    pallet: SubtensorState,
    origin: Origin,
    netuid: NetUid,
    uids: list[U16],
    values: list[U16],
    salt: list[U16],
    version_key: U64,
) -> None:
    """Set weights that the caller committed to; commits before that one are void."""
    who = ensure_signed(origin)
    ensure(pallet.commit_reveal_weights_enabled.get(netuid), errors.CommitRevealDisabled)
    now = pallet.system.block_number()
    waiting, expired = _commits_of(pallet, netuid, who, now)
    hashes = commit_hashes(who, netuid, uids, values, salt, version_key)
    _ensure_not_expired(waiting, expired, hashes)
    ensure(len(waiting) > 0, errors.NoCommitFound)
    place = _find(waiting, hashes, now)
    commit_hash = waiting[place][0]

    _store(pallet, netuid, who, waiting[place + 1 :])
    do_set_weights(pallet, origin, netuid, uids, values, version_key)

    pallet.deposit(events.WeightsRevealed(who, netuid, commit_hash))


def do_batch_reveal_weights(
    pallet: SubtensorState,
    origin: Origin,
    netuid: NetUid,
    uids_list: list[list[U16]],
    values_list: list[list[U16]],
    salts_list: list[list[U16]],
    version_keys: list[U64],
) -> None:
    """Set several weights that the caller committed to, one after the other, all or none."""
    lengths = {len(uids_list), len(values_list), len(salts_list), len(version_keys)}
    ensure(len(lengths) == 1, errors.InputLengthsUnequal)
    who = ensure_signed(origin)
    ensure(pallet.commit_reveal_weights_enabled.get(netuid), errors.CommitRevealDisabled)
    now = pallet.system.block_number()
    waiting, expired = _commits_of(pallet, netuid, who, now)
    revealed: list[Hash] = []
    reveals = list(zip(uids_list, values_list, salts_list, version_keys, strict=True))
    for uids, values, salt, version_key in reveals:
        hashes = commit_hashes(who, netuid, uids, values, salt, version_key)
        _ensure_not_expired(waiting, expired, hashes)
        commit_hash, *_ = waiting.pop(_find(waiting, hashes, now))
        revealed.append(commit_hash)

    _store(pallet, netuid, who, waiting)
    for uids, values, _, version_key in reveals:
        do_set_weights(pallet, origin, netuid, uids, values, version_key)

    pallet.deposit(events.WeightsBatchRevealed(who, netuid, revealed))


def commit_hashes(
    who: AccountId,
    netuid: NetUid,
    uids: list[U16],
    values: list[U16],
    salt: list[U16],
    version_key: U64,
) -> list[Hash]:
    """Hashes that a commit to these weights may have.

    Without a salt there are two: that of an empty one, and that of spec 185, whose commits wait in
    the queue after an upgrade.
    """
    salted = encode(Revealed, (who, netuid, uids, values, salt, version_key))
    hashes = [Hash(blake2_256(salted))]
    if not salt:
        bare = encode(RevealedBare, (who, netuid, uids, values, version_key))
        hashes.append(Hash(blake2_256(bare)))
    return hashes


def reveal_window(pallet: SubtensorState, netuid: NetUid, now: BlockNumber) -> tuple[U64, U64]:
    """First and last block in which a commit of this block may be revealed.

    Epoch k of a subnet are the blocks b with (b + netuid + 1) // (tempo + 1) = k.
    """
    tempo = pallet.tempo.get(netuid)
    epoch = (now + netuid + 1) // (tempo + 1)
    target = saturating_add_u64(epoch, pallet.reveal_period_epochs.get(netuid))
    begin = saturating_mul_u64(target, tempo + 1)
    end = saturating_add_u64(begin, tempo)
    return U64(saturating_sub(begin, netuid + 1)), U64(saturating_sub(end, netuid + 1))


def _not_overdue(
    pallet: SubtensorState, netuid: NetUid, commits: list[WeightCommit], now: BlockNumber
) -> list[WeightCommit]:
    """Without those that would have expired if tempo and period had always been what they are.

    A full queue lets go of these: who committed under a period that was far too long, by mistake,
    can commit again once it is mended.
    """
    return [
        commit
        for commit in commits
        if reveal_window(pallet, netuid, BlockNumber(commit[1]))[1] >= now
    ]


def _commits_of(
    pallet: SubtensorState, netuid: NetUid, who: AccountId, now: BlockNumber
) -> tuple[list[WeightCommit], list[WeightCommit]]:
    """Commits that wait and those that expired; NoCommitFound if there is no queue at all."""
    commits = pallet.weight_commits.get(netuid, who)
    if commits is None:
        raise errors.NoCommitFound
    return _split(commits, now)


def _split(
    commits: list[WeightCommit] | None, now: BlockNumber
) -> tuple[list[WeightCommit], list[WeightCommit]]:
    waiting = [commit for commit in commits or [] if commit[3] >= now]
    expired = [commit for commit in commits or [] if commit[3] < now]
    return waiting, expired


def _ensure_not_expired(
    waiting: list[WeightCommit], expired: list[WeightCommit], hashes: list[Hash]
) -> None:
    """ExpiredWeightCommit if there was such a commit, and there is none that waits."""
    is_waiting = any(commit_hash in hashes for commit_hash, *_ in waiting)
    was_there = any(commit_hash in hashes for commit_hash, *_ in expired)
    ensure(is_waiting or not was_there, errors.ExpiredWeightCommit)


def _find(waiting: list[WeightCommit], hashes: list[Hash], now: BlockNumber) -> int:
    """The place in the queue of a commit with one of these hashes whose time has come."""
    places = [place for place, commit in enumerate(waiting) if commit[0] in hashes]
    ensure(len(places) > 0, errors.InvalidReveal)
    due = [place for place in places if waiting[place][2] <= now]
    ensure(len(due) > 0, errors.RevealTooEarly)
    return due[0]


def _store(
    pallet: SubtensorState, netuid: NetUid, who: AccountId, commits: list[WeightCommit]
) -> None:
    if commits:
        pallet.weight_commits.insert(netuid, who, commits)
    else:
        pallet.weight_commits.remove(netuid, who)
