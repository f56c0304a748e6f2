"""The runtime APIs: what a node may ask, by the names it asks with. The runtime's one door."""

import json
from enum import IntEnum
from functools import cache
from typing import Final

from primitives.scale.containers import Err, Ok
from primitives.scale.records import scale_enum
from primitives.scale.types import codec_of, encode
from primitives.scheme import Scheme
from primitives.transaction_validity import (
    TransactionRefused,
    TransactionSource,
    TransactionValidity,
)
from primitives.types import (
    U32,
    U64,
    AccountId,
    Balance,
    Bytes4,
    Bytes8,
    Hash,
    Moment,
    Nonce,
)
from runtime import executive, genesis
from runtime.executive import ApplyResult
from runtime.framework.api_methods import ApiTable
from runtime.framework.calls import CALL_CODEC, RuntimeCall, make_call
from runtime.framework.errors import panic
from runtime.framework.weights import DispatchInfo, Weight
from runtime.metadata import METADATA_VERSIONS, runtime_metadata
from runtime.pallets.aura import AuraKey
from runtime.pallets.grandpa import AuthorityList, EquivocationProof, GrandpaKey
from runtime.pallets.system_types import RuntimeVersion
from runtime.pallets.timestamp import INHERENT_ID, MAX_DRIFT
from runtime.pallets.transaction_payment import FeeDetails, RuntimeDispatchInfo
from runtime.runtime import Runtime
from runtime.subnet_apis import SUBNET_APIS
from runtime.wire_types import (
    CheckInherentsResult,
    InherentData,
    KeyTypeId,
    OpaqueExtrinsic,
    OpaqueKeyOwnershipProof,
    OpaqueMetadata,
    SlotDuration,
    WireBlock,
    WireHeader,
)


@scale_enum("sp_runtime::ExtrinsicInclusionMode")
class ExtrinsicInclusionMode(IntEnum):
    """Which extrinsics a block may hold."""

    ALL_EXTRINSICS = 0
    ONLY_INHERENTS = 1


_TABLE: Final = ApiTable()
METHODS: Final = _TABLE.methods
"""Every method by its name on the wire."""

api: Final = _TABLE.api


def call(runtime: Runtime, method: str, arguments: bytes) -> bytes:
    """Answer one question.

    Raises:
        KeyError: there is no such method.
        Panic: the arguments do not decode, or the runtime cannot go on.
    """
    return METHODS[method].run(runtime, arguments)


@api("Core")
def version(runtime: Runtime) -> RuntimeVersion:
    """Which rules these are."""
    return runtime.system.version


@api("Core")
def execute_block(runtime: Runtime, block: WireBlock) -> None:
    """Run a block and panic if anything is not as its header says."""
    executive.execute_block(runtime, block)


@api("Core")
def initialize_block(runtime: Runtime, header: WireHeader) -> ExtrinsicInclusionMode:
    """Begin a block."""
    executive.initialize_block(runtime, header)
    return ExtrinsicInclusionMode.ALL_EXTRINSICS


@cache
def _metadata(version: int) -> bytes:
    """Made once for all runtimes: it depends on no state."""
    return runtime_metadata(version, _TABLE.by_trait())


@api("Metadata")
def metadata(runtime: Runtime) -> OpaqueMetadata:  # noqa: ARG001
    """The description of this runtime in the format that every client reads."""
    return OpaqueMetadata(_metadata(14))


@api("Metadata")
def metadata_at_version(
    runtime: Runtime,  # noqa: ARG001
    version: U32,
) -> OpaqueMetadata | None:
    """The description of this runtime in a given format, if there is one."""
    if version not in METADATA_VERSIONS:
        return None
    return OpaqueMetadata(_metadata(version))


@api("Metadata")
def metadata_versions(runtime: Runtime) -> list[U32]:  # noqa: ARG001
    """The formats there are."""
    return [U32(number) for number in METADATA_VERSIONS]


@api("BlockBuilder")
def apply_extrinsic(runtime: Runtime, extrinsic: OpaqueExtrinsic) -> ApplyResult:
    """Run an extrinsic in the block being built."""
    return executive.apply_extrinsic(runtime, extrinsic)


@api("BlockBuilder")
def finalize_block(runtime: Runtime) -> WireHeader:
    """End a block and answer its header."""
    return executive.finalize_block(runtime)


@api("BlockBuilder")
def inherent_extrinsics(runtime: Runtime, inherent: InherentData) -> list[OpaqueExtrinsic]:
    """The extrinsics that an author puts in from what it knows."""
    timestamp = runtime.timestamp
    earliest = timestamp.now.get() + timestamp.minimum_period
    now = max(_time_of(inherent), earliest)
    body = b"\x04" + CALL_CODEC.encode(make_call("Timestamp", "set", now=Moment(now)))
    return [encode(bytes, body)]


@api("BlockBuilder")
def check_inherents(runtime: Runtime, block: WireBlock, data: InherentData) -> CheckInherentsResult:
    """Compare a block's inherents with what the checker knows."""
    timestamp = runtime.timestamp
    for encoded in block.extrinsics:
        found = executive.decode_call(encoded)[1]
        if not executive.is_inherent(found):
            continue
        latest = _time_of(data) + MAX_DRIFT
        problem = None
        if found.arg("now") > latest:
            problem = b"\x01"
        elif found.arg("now") < timestamp.now.get() + timestamp.minimum_period:
            problem = b"\x00"
        if problem is not None:
            return CheckInherentsResult(
                okay=False, fatal_error=True, errors=InherentData([(Bytes8(INHERENT_ID), problem)])
            )
    return CheckInherentsResult(okay=True, fatal_error=False, errors=InherentData([]))


def _time_of(data: InherentData) -> int:
    raw = data.find(INHERENT_ID)
    if raw is None:
        panic("Timestamp inherent data must be provided")
    moment: int = codec_of(Moment).decode(raw, 0)[0]
    return moment


@api("GenesisBuilder")
def create_default_config(runtime: Runtime) -> bytes:
    """A genesis document with the defaults of every pallet, as JSON."""
    return json.dumps(genesis.default_config(runtime), separators=(",", ":")).encode()


@api("GenesisBuilder")
def build_config(runtime: Runtime, json_: bytes) -> Ok[None] | Err[str]:
    """Write the storage that a genesis document describes."""
    problem = genesis.build(runtime, json_)
    return Ok(None) if problem is None else Err(problem)


@api("TaggedTransactionQueue")
def validate_transaction(
    runtime: Runtime,
    source: TransactionSource,  # noqa: ARG001
    tx: OpaqueExtrinsic,
    block_hash: Hash,
) -> TransactionValidity:
    """Judge an extrinsic for the pool."""
    try:
        return Ok(executive.validate_transaction(runtime, tx, block_hash))
    except TransactionRefused as refusal:
        return Err(refusal.error)


@api("OffchainWorkerApi")
def offchain_worker(runtime: Runtime, header: WireHeader) -> None:
    """Do what is to be done outside of blocks: nothing, in this runtime."""


@api("AuraApi")
def slot_duration(runtime: Runtime) -> SlotDuration:
    """Milliseconds in a slot."""
    return runtime.aura.slot_duration


@api("AuraApi")
def authorities(runtime: Runtime) -> list[AuraKey]:
    """Who may author the next block."""
    return runtime.aura.authorities.get()


SessionKey = tuple[bytes, KeyTypeId]

AURA_KEY: Final = Bytes4(b"aura")
GRANDPA_KEY: Final = Bytes4(b"gran")


@api("SessionKeys")
def generate_session_keys(runtime: Runtime, seed: bytes | None) -> bytes:
    """Put an authority's keys into the node's keystore and answer their public parts in a row."""
    try:
        uri = None if seed is None else seed.decode()
    except UnicodeDecodeError:
        panic("Seed is an utf8 string")
    host = runtime.ctx.host
    aura = host.generate_key(Scheme.SR25519, AURA_KEY, uri)
    return aura + host.generate_key(Scheme.ED25519, GRANDPA_KEY, uri)


@api("SessionKeys")
def decode_session_keys(runtime: Runtime, encoded: bytes) -> list[SessionKey] | None:  # noqa: ARG001
    """Cut an authority's keys apart: Aura's, then Grandpa's."""
    if len(encoded) < 64:
        return None
    return [(encoded[:32], AURA_KEY), (encoded[32:64], GRANDPA_KEY)]


@api("GrandpaApi")
def grandpa_authorities(runtime: Runtime) -> AuthorityList:
    """Who finalizes."""
    return runtime.grandpa.authorities.get()


@api("GrandpaApi")
def submit_report_equivocation_unsigned_extrinsic(
    runtime: Runtime,  # noqa: ARG001
    equivocation_proof: EquivocationProof,  # noqa: ARG001
    key_owner_proof: OpaqueKeyOwnershipProof,  # noqa: ARG001
) -> tuple[()] | None:
    """Report an equivocation; this runtime takes no reports."""
    return None


@api("GrandpaApi")
def generate_key_ownership_proof(
    runtime: Runtime,  # noqa: ARG001
    set_id: U64,  # noqa: ARG001
    authority_id: GrandpaKey,  # noqa: ARG001
) -> OpaqueKeyOwnershipProof | None:
    """Show whose key it is; this runtime knows no such proofs."""
    return None


@api("GrandpaApi")
def current_set_id(runtime: Runtime) -> U64:
    """How often the finality authorities have changed."""
    return runtime.grandpa.current_set_id.get()


@api("AccountNonceApi")
def account_nonce(runtime: Runtime, account: AccountId) -> Nonce:
    """How many extrinsics an account has sent."""
    return runtime.system.account_nonce(account)


def _dispatch_info(runtime: Runtime, info: DispatchInfo, length: int) -> RuntimeDispatchInfo:
    fee = runtime.payment.announced_fee(length, info, Balance(0))
    return RuntimeDispatchInfo(info.weight, info.class_, fee)


def _fee_details(runtime: Runtime, info: DispatchInfo, length: int, tip: Balance) -> FeeDetails:
    return runtime.payment.fee_details(length, info, info.weight, tip, info.pays_fee)


@api("TransactionPaymentApi")
def query_info(runtime: Runtime, uxt: OpaqueExtrinsic, len_: U32) -> RuntimeDispatchInfo:
    """What an extrinsic weighs and costs; what is not signed costs nothing."""
    extrinsic, found = executive.decode_call(uxt)
    info = runtime.ctx.info_of(found)
    if not executive.is_signed(extrinsic):
        return RuntimeDispatchInfo(info.weight, info.class_, Balance(0))
    return _dispatch_info(runtime, info, len_)


@api("TransactionPaymentApi")
def query_fee_details(runtime: Runtime, uxt: OpaqueExtrinsic, len_: U32) -> FeeDetails:
    """The parts of an extrinsic's fee."""
    extrinsic, found = executive.decode_call(uxt)
    if not executive.is_signed(extrinsic):
        return FeeDetails(None, Balance(0))
    return _fee_details(runtime, runtime.ctx.info_of(found), len_, Balance(0))


def query_weight_to_fee(runtime: Runtime, weight: Weight) -> Balance:
    """What so much weight costs."""
    return runtime.payment.weight_to_fee(weight)


def query_length_to_fee(runtime: Runtime, length: U32) -> Balance:
    """What so many bytes cost."""
    return runtime.payment.length_to_fee(length)


api("TransactionPaymentApi")(query_weight_to_fee)
api("TransactionPaymentApi")(query_length_to_fee)


@api("TransactionPaymentCallApi")
def query_call_info(runtime: Runtime, call: RuntimeCall, len_: U32) -> RuntimeDispatchInfo:
    """What a call would weigh and cost in an extrinsic of so many bytes."""
    return _dispatch_info(runtime, runtime.ctx.info_of(call), len_)


@api("TransactionPaymentCallApi")
def query_call_fee_details(runtime: Runtime, call: RuntimeCall, len_: U32) -> FeeDetails:
    """The parts of the fee of a call in an extrinsic of so many bytes."""
    return _fee_details(runtime, runtime.ctx.info_of(call), len_, Balance(0))


api("TransactionPaymentCallApi")(query_weight_to_fee)
api("TransactionPaymentCallApi")(query_length_to_fee)


_TABLE.include(SUBNET_APIS)
