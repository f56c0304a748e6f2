"""Which runtime this is: names and versions, and the runtime APIs it answers."""

from primitives.hashing import blake2_64
from primitives.types import U8, U32, Bytes8
from runtime.pallets.system_types import RuntimeVersion

API_VERSIONS = {
    "Core": 5,
    "Metadata": 2,
    "BlockBuilder": 6,
    "GenesisBuilder": 1,
    "TaggedTransactionQueue": 3,
    "OffchainWorkerApi": 2,
    "AuraApi": 1,
    "SessionKeys": 1,
    "GrandpaApi": 3,
    "AccountNonceApi": 1,
    "TransactionPaymentApi": 4,
    "TransactionPaymentCallApi": 3,
    "DelegateInfoRuntimeApi": 1,
    "NeuronInfoRuntimeApi": 1,
    "SubnetInfoRuntimeApi": 1,
    "StakeInfoRuntimeApi": 1,
    "SubnetRegistrationRuntimeApi": 1,
}
"""Runtime API traits in the order in which the version lists them."""

SPEC_VERSION = 186
TRANSACTION_VERSION = 2
"""2 since spec 186, where `reveal_weights` takes a salt."""

VERSION = RuntimeVersion(
    spec_name="node-subtensor",
    impl_name="node-subtensor",
    authoring_version=U32(1),
    spec_version=U32(SPEC_VERSION),
    impl_version=U32(1),
    apis=[(Bytes8(blake2_64(name.encode())), U32(v)) for name, v in API_VERSIONS.items()],
    transaction_version=U32(TRANSACTION_VERSION),
    state_version=U8(1),
)
