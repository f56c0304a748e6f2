"""Registration: a hotkey gets a uid for burned TAO or for work; the faucet pays for work."""

from typing import Final

from primitives.arith import saturating_add_u64, wrapping_add_u16, wrapping_mul_u16
from primitives.hashing import keccak_256, sha2_256
from primitives.types import U16, U64, AccountId, Balance, BlockNumber, Hash, NetUid
from runtime.framework.errors import ensure, panic
from runtime.framework.origin import Origin, ensure_signed
from runtime.framework.storage import StorageMap
from runtime.pallets.subtensor import errors
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.events import Faucet, NeuronRegistered
from runtime.pallets.subtensor.issuance import count_burned, count_minted
from runtime.pallets.subtensor.params import set_rao_recycled
from runtime.pallets.subtensor.staking import (
    add_balance_to_coldkey_account,
    can_remove_balance_from_coldkey_account,
    coldkey_owns_hotkey,
    create_account_if_non_existent,
    remove_balance_from_coldkey_account,
)
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.uids import take_uid

HASH_LENGTH: Final = 32
"""Bytes of a work hash."""
WORK_LIFETIME: Final = 3
"""Blocks for which work stays good, so that nobody hoards it."""
BURST: Final = 3
"""An interval takes this many times its target, to leave the adjustment something to react to."""
FAUCET_DIFFICULTY: Final = 1_000_000
"""About a second of work for one core."""
FAUCET_PAYS: Final = Balance(100_000_000_000)
"""A hundred tao."""


def do_burned_registration(
    pallet: SubtensorState, origin: Origin, netuid: NetUid, hotkey: AccountId
) -> None:
    """Register a hotkey for the subnet's burn price, paid by its coldkey."""
    coldkey = ensure_signed(origin)
    _ensure_subnet_takes_registrations(pallet, netuid, pallet.network_registration_allowed)
    ensure_not_too_many_registrations(pallet, netuid)
    ensure(not pallet.uids.contains(netuid, hotkey), errors.AlreadyRegistered)
    price = pallet.burn.get(netuid)
    ensure(
        can_remove_balance_from_coldkey_account(pallet, coldkey, price),
        errors.NotEnoughBalanceToStake,
    )

    count_burned(pallet, remove_balance_from_coldkey_account(pallet, coldkey, price))
    create_account_if_non_existent(pallet, coldkey, hotkey)
    ensure(coldkey_owns_hotkey(pallet, coldkey, hotkey), errors.NonAssociatedColdKey)
    uid = take_uid(pallet, netuid, hotkey)
    _increment(pallet.burn_registrations_this_interval, netuid)
    count_registration(pallet, netuid)
    recycled = saturating_add_u64(pallet.rao_recycled_for_registration.get(netuid), price)
    set_rao_recycled(pallet, netuid, Balance(recycled))

    pallet.deposit(NeuronRegistered(netuid, uid, hotkey))


def do_registration(
    pallet: SubtensorState,
    origin: Origin,
    netuid: NetUid,
    block_number: U64,
    nonce: U64,
    work: bytes,
    hotkey: AccountId,
    coldkey: AccountId,
) -> None:
    """Register the calling hotkey for a proof of work."""
    ensure(ensure_signed(origin) == hotkey, errors.HotkeyOriginMismatch)
    _ensure_subnet_takes_registrations(pallet, netuid, pallet.network_pow_registration_allowed)
    ensure_not_too_many_registrations(pallet, netuid)
    ensure(not pallet.uids.contains(netuid, hotkey), errors.AlreadyRegistered)
    _ensure_work(pallet, block_number, nonce, work, hotkey, pallet.difficulty.get(netuid))

    pallet.used_work.insert(work, U64(pallet.system.block_number()))
    create_account_if_non_existent(pallet, coldkey, hotkey)
    ensure(coldkey_owns_hotkey(pallet, coldkey, hotkey), errors.NonAssociatedColdKey)
    uid = take_uid(pallet, netuid, hotkey)
    _increment(pallet.pow_registrations_this_interval, netuid)
    count_registration(pallet, netuid)

    pallet.deposit(NeuronRegistered(netuid, uid, hotkey))


def do_faucet(
    pallet: SubtensorState, origin: Origin, block_number: U64, nonce: U64, work: bytes
) -> None:
    """Mint TAO for the caller's proof of work."""
    coldkey = ensure_signed(origin)
    _ensure_work(pallet, block_number, nonce, work, coldkey, FAUCET_DIFFICULTY)

    pallet.used_work.insert(work, U64(pallet.system.block_number()))
    count_minted(pallet, FAUCET_PAYS)
    add_balance_to_coldkey_account(pallet, coldkey, FAUCET_PAYS)

    pallet.deposit(Faucet(coldkey, FAUCET_PAYS))


def _ensure_subnet_takes_registrations(
    pallet: SubtensorState, netuid: NetUid, allowed: StorageMap[NetUid, bool]
) -> None:
    ensure(netuid != ROOT_NETUID, errors.OperationNotPermittedOnRootSubnet)
    ensure(pallet.networks_added.get(netuid), errors.NetworkDoesNotExist)
    ensure(allowed.get(netuid), errors.RegistrationDisabled)


def ensure_not_too_many_registrations(pallet: SubtensorState, netuid: NetUid) -> None:
    """Hold the limits per block and per interval. The latter wraps as the reference's u16 does."""
    ensure(
        pallet.registrations_this_block.get(netuid)
        < pallet.max_registrations_per_block.get(netuid),
        errors.TooManyRegistrationsThisBlock,
    )
    target = pallet.target_registrations_per_interval.get(netuid)
    ensure(
        pallet.registrations_this_interval.get(netuid) < wrapping_mul_u16(target, BURST),
        errors.TooManyRegistrationsThisInterval,
    )


def count_registration(pallet: SubtensorState, netuid: NetUid) -> None:
    """Count one more registration in the block and in the interval."""
    _increment(pallet.registrations_this_interval, netuid)
    _increment(pallet.registrations_this_block, netuid)


def _increment(counter: StorageMap[NetUid, U16], netuid: NetUid) -> None:
    counter.insert(netuid, U16(wrapping_add_u16(counter.get(netuid), 1)))


def _ensure_work(
    pallet: SubtensorState,
    block_number: U64,
    nonce: U64,
    work: bytes,
    key: AccountId,
    difficulty: int,
) -> None:
    """Check that the work is recent, hard enough, and done for this key on that block."""
    now = pallet.system.block_number()
    ensure(block_number <= now < block_number + WORK_LIFETIME, errors.InvalidWorkBlock)
    if len(work) != HASH_LENGTH:
        panic("work is a hash of 32 bytes")
    ensure(hash_meets_difficulty(Hash(work), difficulty), errors.InvalidDifficulty)
    seal = create_seal_hash(pallet.system.block_hash.get(BlockNumber(block_number)), nonce, key)
    ensure(seal == work, errors.InvalidSeal)


def hash_meets_difficulty(work: Hash, difficulty: int) -> bool:
    """Whether the hash, as a big-endian number, times the difficulty stays below 2^256."""
    return int.from_bytes(work, "big") * difficulty < 1 << 256


def create_seal_hash(block_hash: Hash, nonce: U64, key: AccountId) -> Hash:
    """The hash that miners vary the nonce of: keccak(sha256(nonce || keccak(block || key)))."""
    inner = keccak_256(block_hash + key)
    return Hash(keccak_256(sha2_256(nonce.to_bytes(8, "little") + inner)))
