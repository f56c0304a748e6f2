"""Epochs: when a subnet's is due, what it reads from storage and what it writes back."""

from typing import Final, TypeAlias

from primitives.errors import InvariantBroken
from primitives.scale.compact import decode_compact
from primitives.scale.errors import ScaleError
from primitives.types import U16, U64, AccountId, Balance, BlockNumber, NetUid, Uid
from runtime.epoch.matrix import SparseRows, flags, whole_numbers
from runtime.epoch.subnet import EpochInputs, EpochOutputs
from runtime.epoch.yuma import yuma_epoch
from runtime.framework.errors import Panic, panic
from runtime.framework.storage import StorageDoubleMap
from runtime.pallets.subtensor.storage import SubtensorState

EmissionTuples: TypeAlias = list[tuple[AccountId, Balance, Balance]]
"""Hotkey, rao for its work as a server, rao for its work as a validator."""

NEVER: Final = 1000
"""Blocks until the epoch of a subnet that runs none."""


def blocks_until_next_epoch(netuid: NetUid, tempo: U16, now: BlockNumber) -> int:
    """Blocks until the subnet's next epoch, 0 in the block that runs it.

    Epochs come every tempo + 1 blocks, those of neighbouring netuids one block apart; with tempo 0
    they never come.
    """
    if tempo == 0:
        return NEVER
    return tempo - (now + netuid + 1) % (tempo + 1)


def epoch(pallet: SubtensorState, netuid: NetUid, rao_emission: Balance) -> EmissionTuples:
    """Run a subnet's epoch, store what it found, and return what each hotkey earned."""
    hotkeys = list(pallet.keys.items_under(netuid))
    try:
        outputs = yuma_epoch(_inputs(pallet, netuid, rao_emission, hotkeys))
    except InvariantBroken as broken:
        raise Panic(f"epoch of subnet {netuid}: {broken.reason}") from broken

    _store(pallet, netuid, outputs)
    server, validator = outputs.server_emission.tolist(), outputs.validator_emission.tolist()
    return [(hotkey, server[uid], validator[uid]) for uid, hotkey in hotkeys]


def _inputs(
    pallet: SubtensorState,
    netuid: NetUid,
    rao_emission: Balance,
    hotkeys: list[tuple[Uid, AccountId]],
) -> EpochInputs:
    n = pallet.subnetwork_n.get(netuid)
    stake, registered = [0] * n, [0] * n
    for uid, hotkey in hotkeys:
        stake[uid] = pallet.total_hotkey_stake.get(hotkey)
        registered[uid] = pallet.block_at_registration.get(netuid, uid)
    last_update, permits = pallet.last_update.get(netuid), pallet.validator_permit.get(netuid)
    if not last_update and not _looks_up_updates(pallet, netuid, permits):
        # Nobody counts as inactive then, as if all had updated just now.
        last_update = [U64(pallet.system.block_number())] * n
    if not len(last_update) == len(permits) == n:
        counts = f"{len(last_update)} updates, {len(permits)} permits"
        panic(f"subnet {netuid} has {n} neurons, {counts}")
    return EpochInputs(
        current_block=pallet.system.block_number(),
        activity_cutoff=pallet.activity_cutoff.get(netuid),
        last_update=whole_numbers(last_update),
        block_at_registration=whole_numbers(registered),
        stake=whole_numbers(stake),
        validator_permit=flags(permits),
        max_allowed_validators=pallet.max_allowed_validators.get(netuid),
        weights=_stored_rows(pallet.weights, netuid, n),
        bonds=_stored_rows(pallet.bonds, netuid, n),
        kappa=pallet.kappa.get(netuid),
        bonds_moving_average=pallet.bonds_moving_average.get(netuid),
        rao_emission=rao_emission,
        updates_wrap=True,
    )


def _looks_up_updates(pallet: SubtensorState, netuid: NetUid, permits: list[bool]) -> bool:
    """Whether a weight or bond counts only if it is newer than the server's registration."""
    n = len(permits)
    return any(row for uid, row in pallet.bonds.items_under(netuid) if uid < n) or any(
        column < n and Uid(column) != uid
        for uid, row in pallet.weights.items_under(netuid)
        if uid < n and permits[uid]
        for column, _ in row
    )


def _stored_rows(
    rows: StorageDoubleMap[NetUid, Uid, list[tuple[U16, U16]]], netuid: NetUid, n: int
) -> SparseRows:
    """The encoded rows of the subnet's uids; the epoch reads them without decoding entries."""
    encoded = {uid: rows.raw(netuid, uid) for uid in sorted(rows.keys_under(netuid)) if uid < n}
    present = {uid: whole for uid, row in encoded.items() if (whole := _whole_row(row)) is not None}
    return SparseRows.decode(list(present), list(present.values()))


def _whole_row(row: bytes | None) -> bytes | None:
    """The bytes of a stored row without what follows it, None if they are no row."""
    if row is None:
        return None
    try:
        entries, start = decode_compact(row, 0)
    except ScaleError:
        return None
    end = start + 4 * entries
    return row[:end] if end <= len(row) else None


def _store(pallet: SubtensorState, netuid: NetUid, outputs: EpochOutputs) -> None:
    # Without updates, which root may have removed, nobody is told to be active.
    active = outputs.active.tolist() if pallet.last_update.get(netuid) else []
    pallet.active.insert(netuid, active)
    pallet.emission.insert(netuid, outputs.emission.tolist())
    pallet.rank.insert(netuid, outputs.rank.tolist())
    pallet.trust.insert(netuid, outputs.trust.tolist())
    pallet.consensus.insert(netuid, outputs.consensus.tolist())
    pallet.incentive.insert(netuid, outputs.incentive.tolist())
    pallet.dividends.insert(netuid, outputs.dividends.tolist())
    pallet.pruning_scores.insert(netuid, outputs.pruning_scores.tolist())
    pallet.validator_trust.insert(netuid, outputs.validator_trust.tolist())
    pallet.validator_permit.insert(netuid, outputs.validator_permit.tolist())
    for uid, row in outputs.bonds.items():
        pallet.bonds.put_raw(netuid, Uid(uid), row)
