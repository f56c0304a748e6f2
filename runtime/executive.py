"""Executive: in which order a block, an extrinsic or a validity check goes through the pallets."""

from dataclasses import dataclass

from primitives.block import Block, Digest, Header, PreRuntime
from primitives.extrinsic import (
    AddressKind,
    BareExtrinsic,
    SignedExtrinsic,
    decode_extrinsic,
)
from primitives.scale.containers import Err, Ok
from primitives.scale.errors import ScaleError
from primitives.scale.types import decode_all
from primitives.scheme import Scheme
from primitives.transaction_validity import (
    InvalidTransaction,
    TransactionInvalid,
    TransactionRefused,
    TransactionUnknown,
    TransactionValidityError,
    UnknownTransaction,
    ValidTransaction,
)
from primitives.types import AccountId, BlockNumber, Hash
from runtime.extensions import Paid
from runtime.framework.calls import CALL_CODEC, RuntimeCall
from runtime.framework.errors import DispatchError, Failure, panic
from runtime.framework.origin import Origin
from runtime.framework.weights import ZERO_WEIGHT, DispatchClass, DispatchInfo, Weight
from runtime.migrations import run_migrations
from runtime.pallets.system_types import LastRuntimeUpgradeInfo
from runtime.runtime import Runtime

DispatchOutcome = Ok[None] | Err[Failure]
ApplyResult = Ok[DispatchOutcome] | Err[TransactionValidityError]
"""What `BlockBuilder_apply_extrinsic` answers."""


@dataclass(frozen=True, slots=True)
class CheckedExtrinsic:
    """An extrinsic whose bytes make sense and whose signature holds."""

    call: RuntimeCall
    signed: SignedExtrinsic | None
    who: AccountId | None
    info: DispatchInfo
    length: int


def initialize_block(runtime: Runtime, header: Header) -> None:
    """Set the scene and run the hooks that come before the extrinsics."""
    system = runtime.system
    system.reset_events()
    weight = ZERO_WEIGHT
    if _is_upgraded(runtime):
        weight = run_migrations(runtime)
    pre_runtime = [item for item in header.digest.items if isinstance(item, PreRuntime)]
    system.initialize(header.number, header.parent_hash, Digest(tuple(pre_runtime)))
    for pallet in runtime.in_order:
        weight = weight + pallet.on_initialize(header.number)
    weight = weight + system.block_weights.base_block
    system.register_extra_weight(weight, DispatchClass.MANDATORY)
    system.note_finished_initialize()


def _is_upgraded(runtime: Runtime) -> bool:
    """Whether the last block ran under an older version; notes that this one does not."""
    system = runtime.system
    last, version = system.last_runtime_upgrade.get(), system.version
    same_name = last is not None and last.spec_name == version.spec_name
    if last is not None and same_name and version.spec_version <= last.spec_version:
        return False
    system.last_runtime_upgrade.put(LastRuntimeUpgradeInfo(version.spec_version, version.spec_name))
    return True


def apply_extrinsic(runtime: Runtime, encoded: bytes) -> ApplyResult:
    """Run one extrinsic.

    The outcome of its call goes into the block either way. An extrinsic that may not be in a
    block at all is answered as such; what it wrote must then be undone by the caller.
    """
    try:
        checked = check(runtime, encoded)
        return Ok(_apply(runtime, checked, encoded))
    except TransactionRefused as refusal:
        return Err(refusal.error)


def _apply(runtime: Runtime, checked: CheckedExtrinsic, encoded: bytes) -> DispatchOutcome:
    system, info = runtime.system, checked.info
    if not is_inherent(checked.call) and not system.inherents_applied.get():
        system.note_inherents_applied()
    system.note_extrinsic(encoded)
    paid = _pre_dispatch(runtime, checked)
    origin = Origin.none() if checked.who is None else Origin.signed(checked.who)
    failure: Failure | None = None
    try:
        post = runtime.ctx.dispatch(checked.call, origin)
    except DispatchError as error:
        failure, post = error.failure, error.post
    runtime.extensions.post_dispatch(paid, info, post, checked.length)
    if failure is not None and info.class_ is DispatchClass.MANDATORY:
        raise TransactionInvalid(InvalidTransaction.BAD_MANDATORY)
    system.note_applied_extrinsic(failure, info, post)
    return Ok(None) if failure is None else Err(failure)


def _pre_dispatch(runtime: Runtime, checked: CheckedExtrinsic) -> Paid | None:
    if checked.signed is not None and checked.who is not None:
        return runtime.extensions.pre_dispatch(
            checked.who, checked.signed.extra, checked.info, checked.length
        )
    runtime.extensions.count(checked.info, checked.length)
    if checked.call.pallet in UNSIGNED_PALLETS:
        validate_unsigned(runtime, checked.call)
    return None


UNSIGNED_PALLETS = ("System", "Grandpa")
"""Pallets that judge unsigned calls; all others' pass in a block and are refused by the pool."""


def validate_unsigned(runtime: Runtime, call: RuntimeCall) -> ValidTransaction:
    """Judge a call that nobody signed.

    Raises:
        TransactionRefused: the pallet does not let it in, or judges none.
    """
    if call.pallet == "System":
        return runtime.system.validate_unsigned(call)
    if call.pallet == "Grandpa":
        raise TransactionInvalid(InvalidTransaction.CALL)
    raise TransactionUnknown(UnknownTransaction.NO_UNSIGNED_VALIDATOR)


def is_inherent(call: RuntimeCall) -> bool:
    """Whether only an author puts this call into a block."""
    return call.is_of("Timestamp", "set")


def decode_call(encoded: bytes) -> tuple[SignedExtrinsic | BareExtrinsic, RuntimeCall]:
    """The envelope and the call of an extrinsic; panics where it does not decode."""
    try:
        extrinsic = decode_extrinsic(encoded)
        call: RuntimeCall = decode_all(CALL_CODEC, extrinsic.call)
    except (ScaleError, RecursionError) as error:
        panic(f"an extrinsic does not decode: {error}")
    return extrinsic, call


def check(runtime: Runtime, encoded: bytes) -> CheckedExtrinsic:
    """Decode an extrinsic, find its signer, and check the signature.

    Raises:
        TransactionRefused: the signer is unknown, the era is over, or the signature is wrong.
        Panic: it does not decode.
    """
    extrinsic, call = decode_call(encoded)
    info = runtime.ctx.info_of(call)
    if isinstance(extrinsic, BareExtrinsic):
        return CheckedExtrinsic(call, None, None, info, len(encoded))
    if extrinsic.address.kind is not AddressKind.ID:
        raise TransactionUnknown(UnknownTransaction.CANNOT_LOOKUP)
    who = AccountId(extrinsic.address.value)
    implicit = runtime.extensions.implicit(extrinsic.extra)
    payload = extrinsic.signed_payload(implicit)
    if not runtime.ctx.host.verify(
        Scheme(extrinsic.scheme), extrinsic.signature, payload, extrinsic.address.value
    ):
        raise TransactionInvalid(InvalidTransaction.BAD_PROOF)
    return CheckedExtrinsic(call, extrinsic, who, info, len(encoded))


def finalize_block(runtime: Runtime) -> Header:
    """Run the hooks that come after the extrinsics and make the header."""
    system = runtime.system
    if not system.inherents_applied.get():
        system.note_inherents_applied()
    system.note_finished_extrinsics()
    number = system.block_number()
    _run_idle(runtime, number)
    for pallet in runtime.in_order:
        pallet.on_finalize(number)
    return system.finalize()


def _run_idle(runtime: Runtime, number: BlockNumber) -> None:
    system = runtime.system
    remaining = system.block_weights.max_block - system.block_weight.get().total()
    if remaining.ref_time == 0 or remaining.proof_size == 0:
        return
    used = Weight(0, 0)
    for pallet in runtime.in_order:
        used = used + pallet.on_idle(number, remaining - used)
    system.register_extra_weight(used, DispatchClass.MANDATORY)


def execute_block(runtime: Runtime, block: Block) -> None:
    """Run a whole block and compare what comes out with its header.

    Raises:
        Panic: anything at all is not as the header says.
    """
    header, system = block.header, runtime.system
    initialize_block(runtime, header)
    if header.number == 0 or system.block_hash.get(BlockNumber(header.number - 1)) != (
        header.parent_hash
    ):
        panic("Parent hash should be valid.")
    _ensure_inherents_first(block)
    for encoded in block.extrinsics:
        result = apply_extrinsic(runtime, encoded)
        if isinstance(result, Err):
            panic(f"an extrinsic may not be in a block: {result.error}")
    _compare(header, finalize_block(runtime))


def _ensure_inherents_first(block: Block) -> None:
    seen_other = False
    for index, encoded in enumerate(block.extrinsics):
        inherent = is_inherent(decode_call(encoded)[1])
        if inherent and seen_other:
            panic(f"Invalid inherent position for extrinsic at index {index}")
        seen_other |= not inherent


def _compare(expected: Header, made: Header) -> None:
    if len(expected.digest.items) != len(made.digest.items):
        panic("Number of digest items must match that calculated.")
    for theirs, ours in zip(expected.digest.items, made.digest.items, strict=True):
        if theirs != ours:
            panic("Digest item must match that calculated.")
    if expected.state_root != made.state_root:
        panic("Storage root must match that calculated.")
    if expected.extrinsics_root != made.extrinsics_root:
        panic("Transaction trie root must be valid.")


def validate_transaction(runtime: Runtime, encoded: bytes, block_hash: Hash) -> ValidTransaction:
    """Judge an extrinsic for the pool, on top of the block whose state this is.

    Raises:
        TransactionRefused: it may not wait in the pool.
        Panic: it does not decode.
    """
    system = runtime.system
    system.initialize(BlockNumber(system.block_number() + 1), block_hash, Digest())
    checked = check(runtime, encoded)
    if checked.info.class_ is DispatchClass.MANDATORY:
        raise TransactionInvalid(InvalidTransaction.MANDATORY_VALIDATION)
    if checked.signed is not None and checked.who is not None:
        return runtime.extensions.validate(
            checked.who, checked.call, checked.signed.extra, checked.info, checked.length
        )
    runtime.extensions.check_unsigned(checked.info, checked.length)
    return validate_unsigned(runtime, checked.call)


def is_signed(extrinsic: SignedExtrinsic | BareExtrinsic) -> bool:
    """Whether somebody signed it."""
    return isinstance(extrinsic, SignedExtrinsic)
