"""System: accounts, block bookkeeping, events, raw storage and code."""

from collections.abc import Iterator
from typing import Any, Final

from primitives.arith import U32_MAX, U64_MAX
from primitives.block import Digest, DigestItem, Header, RuntimeEnvironmentUpdated
from primitives.hashing import blake2_128_concat, blake2_256, twox_64_concat
from primitives.scale.compact import decode_compact
from primitives.scale.errors import ScaleError
from primitives.scale.types import decode, encode
from primitives.transaction_validity import (
    InvalidTransaction,
    TransactionInvalid,
    ValidTransaction,
)
from primitives.types import U16, U32, U64, AccountId, BlockNumber, Hash, Nonce
from runtime.framework.calls import RuntimeCall, call
from runtime.framework.errors import (
    CallFiltered,
    ConsumerRemaining,
    Failure,
    NoProviders,
    PalletError,
    TooManyConsumers,
    ensure,
)
from runtime.framework.events import Event
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, ensure_root, ensure_signed
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageMap, StorageValue, storage_map, storage_value
from runtime.framework.weights import (
    DB_READ,
    DB_WRITE,
    DispatchClass,
    DispatchInfo,
    Pays,
    PostInfo,
    Weight,
)
from runtime.pallets.system_types import (
    NO_EVENTS,
    AccountData,
    AccountInfo,
    ApplyExtrinsic,
    BlockLength,
    BlockWeights,
    CodeUpgradeAuthorization,
    ConsumedWeight,
    EventRecords,
    Finalization,
    Initialization,
    LastRuntimeUpgradeInfo,
    Phase,
    RuntimeDbWeight,
    RuntimeVersion,
    StoredDigest,
    block_length,
    block_weights,
)
from runtime.version import VERSION

CODE: Final = b":code"
HEAP_PAGES: Final = b":heappages"
EXTRINSIC_INDEX: Final = b":extrinsic_index"
INTRABLOCK_ENTROPY: Final = b":intrablock_entropy"

MAX_CONSUMERS: Final = 16
"""How many things may need one account at once."""

SET_CODE_WEIGHT: Final = Weight(87_811_619_000, 1485)

_NO_TOPICS: Final = b"\x00"
_PHASE_OF_HOOKS: Final = b"\x02"


class InvalidSpecName(PalletError, index=0):
    """The new code is of another chain."""


class SpecVersionNeedsToIncrease(PalletError, index=1):
    """The new code is not newer than the old."""


class FailedToExtractRuntimeVersion(PalletError, index=2):
    """The new code does not say what version it is."""


class NonDefaultComposite(PalletError, index=3):
    """The account still holds something."""


class NonZeroRefCount(PalletError, index=4):
    """Something still refers to the account."""


class MultiBlockMigrationsOngoing(PalletError, index=6):
    """A migration that spans blocks is under way."""


class NothingAuthorized(PalletError, index=7):
    """No upgrade has been authorized."""


class Unauthorized(PalletError, index=8):
    """The code is not the one that was authorized."""


class ExtrinsicSuccess(Event, index=0):
    """An extrinsic did what it was to do."""

    dispatch_info: DispatchInfo


class ExtrinsicFailed(Event, index=1):
    """An extrinsic was paid for but did nothing."""

    dispatch_error: Failure
    dispatch_info: DispatchInfo


class CodeUpdated(Event, index=2):
    """The next block is executed by other code."""


class NewAccount(Event, index=3):
    """An account came into being."""

    account: AccountId


class KilledAccount(Event, index=4):
    """An account went away."""

    account: AccountId


class Remarked(Event, index=5):
    """Somebody said something on chain."""

    sender: AccountId
    hash: Hash


class UpgradeAuthorized(Event, index=6):
    """Code with this hash may be put in place by anybody."""

    code_hash: Hash
    check_version: bool


class System(Pallet):
    """What every other pallet stands on."""

    rust_module = "frame_system::pallet"
    events = (
        ExtrinsicSuccess,
        ExtrinsicFailed,
        CodeUpdated,
        NewAccount,
        KilledAccount,
        Remarked,
        UpgradeAuthorized,
    )
    errors = (
        InvalidSpecName,
        SpecVersionNeedsToIncrease,
        FailedToExtractRuntimeVersion,
        NonDefaultComposite,
        NonZeroRefCount,
        CallFiltered,
        MultiBlockMigrationsOngoing,
        NothingAuthorized,
        Unauthorized,
    )

    account: StorageMap[AccountId, AccountInfo] = storage_map(
        blake2_128_concat, default=AccountInfo.new()
    )
    """Every account with its nonce, references and balance."""
    extrinsic_count: StorageValue[U32 | None] = storage_value()
    """Number of extrinsics, known once they have all been applied."""
    inherents_applied: StorageValue[bool] = storage_value(default=False)
    """Whether the inherents of this block are done."""
    block_weight: StorageValue[ConsumedWeight] = storage_value(default=ConsumedWeight.new())
    """Weight used by this block so far."""
    all_extrinsics_len: StorageValue[U32 | None] = storage_value()
    """Bytes of extrinsics in this block so far."""
    block_hash: StorageMap[BlockNumber, Hash] = storage_map(twox_64_concat, default=Hash(bytes(32)))
    """Hashes of recent blocks, and of genesis for ever."""
    extrinsic_data: StorageMap[U32, bytes] = storage_map(twox_64_concat, default=b"")
    """Extrinsics of this block, kept for their root."""
    number: StorageValue[BlockNumber] = storage_value(default=BlockNumber(0))
    """Number of the block being executed, or of the last one."""
    parent_hash: StorageValue[Hash] = storage_value(default=Hash(bytes(32)))
    """Hash of the block before."""
    digest: StorageValue[StoredDigest] = storage_value(default=Digest())
    """The digest of this block as far as it is known."""
    events_list: StorageValue[EventRecords] = storage_value(default=NO_EVENTS, name="Events")
    """Everything that was deposited in this block."""
    event_count: StorageValue[U32] = storage_value(default=U32(0))
    """How many events this block has."""
    event_topics: StorageMap[Hash, list[tuple[BlockNumber, U32]]] = storage_map(
        blake2_128_concat, default=[]
    )
    """Where to find the events of a topic; no pallet here uses topics."""
    last_runtime_upgrade: StorageValue[LastRuntimeUpgradeInfo | None] = storage_value()
    """The version whose upgrade hooks ran last."""
    upgraded_to_u32_ref_count: StorageValue[bool] = storage_value(
        default=False, name="UpgradedToU32RefCount"
    )
    """Whether reference counts are wide; always so here."""
    upgraded_to_triple_ref_count: StorageValue[bool] = storage_value(default=False)
    """Whether accounts have three reference counts; always so here."""
    execution_phase: StorageValue[Phase | None] = storage_value()
    """What the block is at."""
    authorized_upgrade: StorageValue[CodeUpgradeAuthorization | None] = storage_value()
    """Code that anybody may put in place."""

    block_weights: Constant[BlockWeights] = constant(block_weights())
    """Limits on the weight of a block."""
    block_length: Constant[BlockLength] = constant(block_length())
    """Limits on the size of a block."""
    block_hash_count: Constant[BlockNumber] = constant(BlockNumber(2400))
    """How many block hashes are kept."""
    db_weight: Constant[RuntimeDbWeight] = constant(RuntimeDbWeight(U64(DB_READ), U64(DB_WRITE)))
    """What a database read and a write weigh."""
    version: Constant[RuntimeVersion] = constant(VERSION)
    """The version of these rules."""
    ss58_prefix: Constant[U16] = constant(U16(42), name="SS58Prefix")
    """The first number in this chain's addresses."""

    def __init__(self, ctx: PalletContext) -> None:
        super().__init__(ctx)
        ctx.runtime.events = self

    def genesis_default(self) -> dict[str, Any]:
        """Nothing to choose."""
        return {}

    def block_number(self) -> BlockNumber:
        """Number of the block being executed."""
        return self.number.get()

    def initialize(self, number: BlockNumber, parent: Hash, digest: Digest) -> None:
        """Set the scene for a block, before any hook runs."""
        host = self.ctx.host
        self.execution_phase.put(Initialization())
        host.put(EXTRINSIC_INDEX, bytes(4))
        host.put(INTRABLOCK_ENTROPY, blake2_256(b"frame_system::initialize" + parent))
        self.number.put(number)
        self.digest.put(digest)
        self.parent_hash.put(parent)
        self.block_hash.insert(BlockNumber(number - 1), parent)
        self.block_weight.kill()

    def reset_events(self) -> None:
        """Forget the events of the block before."""
        self.events_list.kill()
        self.event_count.kill()
        self.event_topics.clear()

    def note_inherents_applied(self) -> None:
        """The inherents are done; from here on come extrinsics that others sent."""
        self.inherents_applied.put(True)  # noqa: FBT003

    def note_finished_initialize(self) -> None:
        """The hooks are done, extrinsics follow."""
        self.execution_phase.put(ApplyExtrinsic(U32(0)))

    def extrinsic_index(self) -> U32:
        """Index of the extrinsic being applied."""
        raw = self.ctx.host.get(EXTRINSIC_INDEX)
        return U32(0 if raw is None else int.from_bytes(raw, "little"))

    def note_extrinsic(self, encoded: bytes) -> None:
        """Keep an extrinsic for the extrinsics root."""
        self.extrinsic_data.insert(self.extrinsic_index(), encoded)

    def note_applied_extrinsic(
        self, failure: Failure | None, info: DispatchInfo, post: PostInfo
    ) -> None:
        """Say how the extrinsic went and move to the next."""
        weight = actual_weight(info, post) + self.block_weights.of(info.class_).base_extrinsic
        free = info.pays_fee == Pays.NO or post.pays_fee == Pays.NO
        told = DispatchInfo(weight, info.class_, Pays.NO if free else Pays.YES)
        self.deposit(ExtrinsicSuccess(told) if failure is None else ExtrinsicFailed(failure, told))
        following = U32(self.extrinsic_index() + 1)
        self.ctx.host.put(EXTRINSIC_INDEX, encode(U32, following))
        self.execution_phase.put(ApplyExtrinsic(following))

    def note_finished_extrinsics(self) -> None:
        """All extrinsics are applied, hooks follow."""
        self.extrinsic_count.put(self.extrinsic_index())
        self.ctx.host.delete(EXTRINSIC_INDEX)
        self.execution_phase.put(Finalization())

    def finalize(self) -> Header:
        """Clear what was only for this block and make its header."""
        self.execution_phase.kill()
        self.all_extrinsics_len.kill()
        self.ctx.host.delete(INTRABLOCK_ENTROPY)
        self.inherents_applied.kill()
        count = self.extrinsic_count.take() or 0
        extrinsics = [self.extrinsic_data.take(U32(i)) for i in range(count)]
        extrinsics_root = self.ctx.host.ordered_root(extrinsics, 0)
        number = self.number.get()
        outdated = number - self.block_hash_count - 1
        if outdated > 0:
            self.block_hash.remove(BlockNumber(outdated))
        digest, parent = self.digest.get(), self.parent_hash.get()
        state_root = self.ctx.host.state_root()
        return Header(parent, number, Hash(state_root), Hash(extrinsics_root), digest)

    def deposit_log(self, item: DigestItem) -> None:
        """Add an item to the digest."""
        self.digest.put(self.digest.get().with_item(item))

    def register_extra_weight(self, weight: Weight, dispatch_class: DispatchClass) -> None:
        """Count weight that no extrinsic announced, without checking limits."""
        used = self.block_weight.get()
        used.set(dispatch_class, used.of(dispatch_class) + weight)
        self.block_weight.put(used)

    def deposit_event(self, encoded: bytes) -> None:
        """Record an encoded event under the current phase; genesis has none."""
        if self.number.get() == 0:
            return
        count = self.event_count.get()
        if count == U32_MAX:
            return
        self.event_count.put(U32(count + 1))
        phase = self.ctx.host.get(self.execution_phase.prefix) or _PHASE_OF_HOOKS
        self.events_list.append_raw(phase + encoded + _NO_TOPICS)

    def account_nonce(self, who: AccountId) -> Nonce:
        """How many extrinsics an account has sent."""
        return self.account.get(who).nonce

    def inc_account_nonce(self, who: AccountId) -> None:
        """Count one more extrinsic."""
        account = self.account.get(who)
        account.nonce = Nonce(account.nonce + 1)
        self.account.insert(who, account)

    def providers(self, who: AccountId) -> int:
        """How many things keep the account alive."""
        return self.account.get(who).providers

    def inc_providers(self, who: AccountId) -> None:
        """One more thing keeps the account alive; the first one makes it."""
        account = self.account.get(who)
        if account.providers == 0 and account.sufficients == 0:
            account.providers = U32(1)
            self.deposit(NewAccount(who))
        else:
            account.providers = U32(min(account.providers + 1, U32_MAX))
        self.account.insert(who, account)

    def dec_providers(self, who: AccountId) -> None:
        """One thing less keeps the account alive; the last one to go ends it.

        Raises:
            ConsumerRemaining: something still needs the account.
        """
        if not self.account.contains(who):
            return
        account = self.account.get(who)
        providers = max(account.providers, 1)
        if providers == 1 and account.consumers > 0:
            raise ConsumerRemaining
        if providers == 1 and account.sufficients == 0:
            self.account.remove(who)
            self.deposit(KilledAccount(who))
            return
        account.providers = U32(providers - 1)
        self.account.insert(who, account)

    def can_dec_provider(self, who: AccountId) -> bool:
        """Whether the account may lose a provider."""
        account = self.account.get(who)
        return account.consumers == 0 or account.providers > 1

    def consumers(self, who: AccountId) -> int:
        """How many things need the account."""
        return self.account.get(who).consumers

    def inc_consumers(self, who: AccountId, *, limit: int = MAX_CONSUMERS) -> None:
        """One more thing needs the account.

        Raises:
            NoProviders: there is no account.
            TooManyConsumers: the limit is reached.
        """
        account = self.account.get(who)
        ensure(account.providers > 0, NoProviders)
        ensure(account.consumers < limit, TooManyConsumers)
        account.consumers = U32(account.consumers + 1)
        self.account.insert(who, account)

    def dec_consumers(self, who: AccountId) -> None:
        """One thing less needs the account."""
        account = self.account.get(who)
        if account.consumers > 0:
            account.consumers = U32(account.consumers - 1)
        self.account.insert(who, account)

    def put_account_data(self, who: AccountId, data: AccountData | None) -> None:
        """Store an account's balance; without anything that keeps it alive the account goes."""
        account = self.account.get(who)
        if account.providers == 0 and account.sufficients == 0:
            self.account.remove(who)
            return
        account.data = AccountData.new() if data is None else data
        self.account.insert(who, account)

    def ensure_can_set_code(self, code: bytes) -> None:
        """Refuse code that is no newer runtime of this chain."""
        raw = self.ctx.host.runtime_version(code)
        if raw is None:
            raise FailedToExtractRuntimeVersion
        try:
            new: RuntimeVersion = decode(RuntimeVersion, raw)
        except ScaleError:
            raise FailedToExtractRuntimeVersion from None
        ensure(new.spec_name == self.version.spec_name, InvalidSpecName)
        ensure(new.spec_version > self.version.spec_version, SpecVersionNeedsToIncrease)

    def update_code(self, code: bytes) -> None:
        """Put new code in place, for the next block."""
        self.ctx.host.put(CODE, code)
        self.deposit_log(RuntimeEnvironmentUpdated())
        self.deposit(CodeUpdated())

    def authorize(self, code_hash: Hash, *, check_version: bool) -> None:
        """Let anybody put code with this hash in place."""
        self.authorized_upgrade.put(CodeUpgradeAuthorization(code_hash, check_version))
        self.deposit(UpgradeAuthorized(code_hash, check_version))

    def ensure_authorized(self, code: bytes) -> bytes:
        """The hash of code that was authorized; refuse any other."""
        authorization = self.authorized_upgrade.get()
        if authorization is None:
            raise NothingAuthorized
        ensure(blake2_256(code) == authorization.code_hash, Unauthorized)
        if authorization.check_version:
            self.ensure_can_set_code(code)
        return authorization.code_hash

    @invariant()
    def accounts_are_kept_alive(self) -> Iterator[str]:
        """An account that nothing keeps alive has nothing and is needed by nothing.

        It may be there for its nonce: feeless calls need no account.
        """
        for who, account in self.account.items():
            kept = account.providers or account.sufficients
            if not kept and (account.consumers or not account.data.is_default()):
                yield f"nothing keeps {who.hex()} alive"

    @invariant()
    def block_is_over(self) -> Iterator[str]:
        """What is only for a block in the making is gone, and its events are all counted."""
        pending = self.execution_phase, self.inherents_applied, self.extrinsic_count
        if any(item.exists() for item in pending) or self.extrinsic_data.keys():
            yield "a block is in the making"
        counted, events = self.event_count.get(), decode_compact(self.events_list.raw() or b"\0", 0)
        if counted != events[0]:
            yield f"{counted} events counted, {events[0]} stored"

    def validate_unsigned(self, call: RuntimeCall) -> ValidTransaction:
        """Let unsigned extrinsics in that apply an authorized upgrade, and no others."""
        if call.name == "apply_authorized_upgrade":
            try:
                code_hash = self.ensure_authorized(call.args[0])
            except PalletError:
                raise TransactionInvalid(InvalidTransaction.CALL) from None
            return ValidTransaction(priority=U64(U64_MAX), provides=[code_hash])
        raise TransactionInvalid(InvalidTransaction.CALL)

    @call(index=0, weight=lambda _, remark: Weight(2_119_000 + 390 * len(remark)))
    def remark(self, origin: Origin, remark: bytes) -> None:
        """Put bytes into a block and nothing else; any origin may."""

    @call(index=1, weight=Weight(229_782_000, 1485), dispatch_class=DispatchClass.OPERATIONAL)
    def set_heap_pages(self, origin: Origin, pages: U64) -> None:
        """Set how much memory a Wasm runtime may use."""
        ensure_root(origin)
        self.ctx.host.put(HEAP_PAGES, encode(U64, pages))
        self.deposit_log(RuntimeEnvironmentUpdated())

    @call(index=2, weight=SET_CODE_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL)
    def set_code(self, origin: Origin, code: bytes) -> PostInfo:
        """Replace the runtime by a newer one."""
        ensure_root(origin)
        self.ensure_can_set_code(code)
        self.update_code(code)
        return PostInfo(self.block_weights.max_block)

    @call(index=3, weight=SET_CODE_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL)
    def set_code_without_checks(self, origin: Origin, code: bytes) -> PostInfo:
        """Replace the runtime by anything at all."""
        ensure_root(origin)
        self.update_code(code)
        return PostInfo(self.block_weights.max_block)

    @call(
        index=4,
        weight=lambda _, items: Weight(2_175_000 + 100_841_511 * len(items)),
        dispatch_class=DispatchClass.OPERATIONAL,
    )
    def set_storage(self, origin: Origin, items: list[tuple[bytes, bytes]]) -> None:
        """Write raw storage."""
        ensure_root(origin)
        for key, value in items:
            self.ctx.host.put(key, value)

    @call(
        index=5,
        weight=lambda _, keys: Weight(2_255_000 + 100_662_473 * len(keys)),
        dispatch_class=DispatchClass.OPERATIONAL,
    )
    def kill_storage(self, origin: Origin, keys: list[bytes]) -> None:
        """Remove raw storage."""
        ensure_root(origin)
        for key in keys:
            self.ctx.host.delete(key)

    @call(
        index=6,
        weight=lambda _, __, subkeys: (
            Weight(4_270_000, 128) + Weight(126_389_650, 70).mul(min(subkeys + 1, U32_MAX))
        ),
        dispatch_class=DispatchClass.OPERATIONAL,
    )
    def kill_prefix(self, origin: Origin, prefix: bytes, subkeys: U32) -> None:
        """Remove raw storage under a prefix, up to a number of keys."""
        ensure_root(origin)
        self.ctx.host.clear_prefix(prefix, subkeys)

    @call(index=7, weight=lambda _, remark: Weight(8_097_000 + 1_455 * len(remark)))
    def remark_with_event(self, origin: Origin, remark: bytes) -> None:
        """Put bytes into a block and announce their hash."""
        who = ensure_signed(origin)
        self.deposit(Remarked(who, Hash(blake2_256(remark))))

    @call(index=9, weight=Weight(133_027_000), dispatch_class=DispatchClass.OPERATIONAL)
    def authorize_upgrade(self, origin: Origin, code_hash: Hash) -> None:
        """Let anybody put newer code with this hash in place."""
        ensure_root(origin)
        self.authorize(code_hash, check_version=True)

    @call(index=10, weight=Weight(133_027_000), dispatch_class=DispatchClass.OPERATIONAL)
    def authorize_upgrade_without_checks(self, origin: Origin, code_hash: Hash) -> None:
        """Let anybody put code with this hash in place, whatever it is."""
        ensure_root(origin)
        self.authorize(code_hash, check_version=False)

    @call(index=11, weight=Weight(118_451_992_000, 1518), dispatch_class=DispatchClass.OPERATIONAL)
    def apply_authorized_upgrade(self, origin: Origin, code: bytes) -> PostInfo:  # noqa: ARG002
        """Put authorized code in place; any origin may, since the hash decides."""
        self.ensure_authorized(code)
        self.update_code(code)
        self.authorized_upgrade.kill()
        return PostInfo(self.block_weights.max_block, Pays.NO)


def actual_weight(info: DispatchInfo, post: PostInfo) -> Weight:
    """What a call used: what it reported, but never more than it announced."""
    return info.weight if post.actual_weight is None else info.weight.min(post.actual_weight)
