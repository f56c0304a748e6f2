"""What happens once, in the first block under a new version, before anything else of that block."""

from contextlib import suppress
from typing import Any, Final

from primitives.arith import saturating_add_u64
from primitives.hashing import twox_128
from primitives.scale.codec import AnyCodec
from primitives.scale.errors import ScaleError
from primitives.scale.records import scale_struct
from primitives.scale.types import codec_of
from primitives.types import U8, U32, U128, AccountId, Balance, Nonce
from runtime.framework.pallet import Pallet
from runtime.framework.weights import ZERO_WEIGHT, Weight, db_weight
from runtime.pallets.grandpa import AuthorityList
from runtime.pallets.system_types import AccountData, AccountInfo, ExtraFlags
from runtime.runtime import Runtime

VERSION_KEY: Final = twox_128(b":__STORAGE_VERSION__:")
"""Where each pallet keeps the version of its storage, under its own prefix."""
OLD_AUTHORITIES_KEY: Final = b":grandpa_authorities"
"""Where the finality authorities stood before they became a storage item."""
KEY_LENGTH: Final = 32
"""Of an account, and of a call's hash."""
BLAKE2_128_LENGTH: Final = 16
"""The hash before an account in a key."""


@scale_struct("frame_system::AccountInfo")
class OldAccount:
    """An account of the form in which funds locked against fees and others were told apart.

    It is the shorter one: what has today's form can be read as this too.
    """

    nonce: Nonce
    consumers: U32
    providers: U32
    sufficients: U32
    free: Balance
    reserved: Balance
    misc_frozen: Balance
    fee_frozen: Balance


OldAuthorities = tuple[U8, AuthorityList]
"""A version byte, and who they are."""
StoredCall = tuple[bytes, AccountId, Balance]
"""A call that waits for signatures, who left it, and that account's deposit."""


def version_key(pallet: Pallet) -> bytes:
    """The storage key of a pallet's storage version."""
    return pallet.prefix + VERSION_KEY


def version_of(pallet: Pallet) -> int:
    """The stored version of a pallet's storage, 0 where there is none."""
    stored = pallet.ctx.host.get(version_key(pallet)) or b""
    return int.from_bytes(stored[:2], "little") if len(stored) > 1 else 0


def write_version(pallet: Pallet) -> None:
    """Note that the pallet's storage has the form this code expects."""
    pallet.ctx.host.put(version_key(pallet), pallet.storage_version.to_bytes(2, "little"))


def run_migrations(runtime: Runtime) -> Weight:
    """Give pallets without a version theirs, then run all migrations."""
    weight = ZERO_WEIGHT
    for pallet in runtime.in_order:
        weight += note_new_pallet(pallet)
    weight += note_early_versions(runtime)
    move_accounts(runtime)
    weight += give_back_call_deposits(runtime)
    weight += move_authorities(runtime)
    for pallet in runtime.in_order:
        weight += pallet.on_runtime_upgrade()
    return weight


def note_new_pallet(pallet: Pallet) -> Weight:
    """A pallet without any version is taken for new."""
    if pallet.ctx.host.get(version_key(pallet)) is not None:
        return db_weight(reads=1, writes=0)
    write_version(pallet)
    return db_weight(reads=1, writes=1)


EARLY_PALLETS: Final = ("Triumvirate", "TriumvirateMembers", "SenateMembers", "Scheduler")
"""Pallets that came before versions were written by themselves."""


def note_early_versions(runtime: Runtime) -> Weight:
    """Pallets from the time before versions have the present form already."""
    for name in EARLY_PALLETS:
        pallet = runtime.pallet(name)
        if version_of(pallet) == 0:
            write_version(pallet)
    return db_weight(reads=len(EARLY_PALLETS), writes=len(EARLY_PALLETS))


def move_accounts(runtime: Runtime) -> None:
    """Bring all accounts into today's form, unless one of them has sent an extrinsic.

    Such an account is taken as the sign that this was done before. It weighs nothing.
    """
    accounts = runtime.system.account
    old = _entries(runtime, accounts.prefix, BLAKE2_128_LENGTH, codec_of(OldAccount))
    if any(account.nonce > 0 for _, account in old):
        return
    for key, account in old:
        frozen = Balance(saturating_add_u64(account.misc_frozen, account.fee_frozen))
        data = AccountData(account.free, account.reserved, frozen, ExtraFlags(U128(0)))
        references = account.consumers, account.providers, account.sufficients
        accounts.insert(AccountId(key), AccountInfo(account.nonce, *references, data))
        runtime.balances.ensure_upgraded(AccountId(key))


def give_back_call_deposits(runtime: Runtime) -> Weight:
    """Multisig no longer stores calls: what was stored goes, its deposits are free again."""
    multisig = runtime.pallet("Multisig")
    if version_of(multisig) > 0:
        return db_weight(reads=1, writes=0)
    prefix, host = multisig.prefix + twox_128(b"Calls"), runtime.ctx.host
    calls = _entries(runtime, prefix, 0, codec_of(StoredCall))
    for raw in host.keys(prefix):
        host.delete(raw)
    for _, (_, depositor, deposit) in calls:
        runtime.balances.unreserve(depositor, deposit)
    write_version(multisig)
    return db_weight(reads=len(calls) + 1, writes=2 * len(calls) + 1)


def move_authorities(runtime: Runtime) -> Weight:
    """From version 4 to 5: the finality authorities move under the pallet's own prefix."""
    grandpa, host = runtime.grandpa, runtime.ctx.host
    if version_of(grandpa) != 4:
        return db_weight(reads=1, writes=0)
    authorities: AuthorityList = []
    with suppress(ScaleError):
        stored = host.get(OLD_AUTHORITIES_KEY) or b""
        (_, authorities), _ = codec_of(OldAuthorities).decode(stored, 0)
    grandpa.authorities.put(authorities)
    host.delete(OLD_AUTHORITIES_KEY)
    write_version(grandpa)
    return db_weight(reads=1, writes=2) + db_weight(reads=1, writes=1)


def _entries(
    runtime: Runtime, prefix: bytes, skip: int, codec: AnyCodec
) -> list[tuple[bytes, Any]]:
    """Entries with a 32-byte key `skip` bytes behind the prefix; unreadable ones are left out."""
    host, start = runtime.ctx.host, len(prefix) + skip
    found = []
    for raw in host.keys(prefix):
        key = raw[start : start + KEY_LENGTH]
        try:
            value, _ = codec.decode(host.get(raw) or b"", 0)
        except ScaleError:
            continue
        if len(key) == KEY_LENGTH:
            found.append((key, value))
    return found
