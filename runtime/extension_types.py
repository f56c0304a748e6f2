"""The signed extensions as metadata shows them: what each adds to an extrinsic and its signature.

What they do stands in `runtime.extensions`.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from primitives.extrinsic import Era, decode_era
from primitives.scale.codec import Codec
from primitives.scale.containers import tuple_of
from primitives.scale.records import scale_struct
from primitives.scale.shape import Case, Field, Shape, Variant
from primitives.scale.types import BYTE, Compact, codec_of
from primitives.types import U32, Balance, Hash, Nonce
from runtime.framework.outer_enums import RUNTIME_CRATE

LAST_MORTAL: Final = 255
"""Metadata counts every first byte of a mortal era as a variant of its own."""

_SYSTEM: Final = "frame_system::extensions::"
_OF_ANY_RUNTIME: Final = (("T", None),)


def _era_shape() -> Shape:
    second_byte = (Field(None, BYTE),)
    mortal = (Case(f"Mortal{i}", i, second_byte) for i in range(1, LAST_MORTAL + 1))
    return Variant("sp_runtime::generic::era::Era", (Case("Immortal", 0), *mortal))


WireEra = Annotated[Era, Codec[Any](lambda era: era.encode(), decode_era, _era_shape)]
"""An era: one byte, or two if it ends."""


@scale_struct(f"{RUNTIME_CRATE}::Runtime")
class RuntimeType:
    """What generic Rust types of this chain have as their parameter."""


_OF_THIS_RUNTIME: Final = (("T", RuntimeType),)


@scale_struct(_SYSTEM + "check_non_zero_sender::CheckNonZeroSender", parameters=_OF_ANY_RUNTIME)
class CheckNonZeroSender:
    """The signer is not the account of 32 zero bytes."""


@scale_struct(_SYSTEM + "check_spec_version::CheckSpecVersion", parameters=_OF_ANY_RUNTIME)
class CheckSpecVersion:
    """The signature is for this spec version."""


@scale_struct(_SYSTEM + "check_tx_version::CheckTxVersion", parameters=_OF_ANY_RUNTIME)
class CheckTxVersion:
    """The signature is for this encoding of calls."""


@scale_struct(_SYSTEM + "check_genesis::CheckGenesis", parameters=_OF_ANY_RUNTIME)
class CheckGenesis:
    """The signature is for this chain."""


@scale_struct(_SYSTEM + "check_mortality::CheckMortality", unnamed=True, parameters=_OF_ANY_RUNTIME)
class CheckMortality:
    """The extrinsic has not outlived its era."""

    era: WireEra


@scale_struct(f"{RUNTIME_CRATE}::check_nonce::CheckNonce", unnamed=True, parameters=_OF_ANY_RUNTIME)
class CheckNonce:
    """The signer's extrinsics come in order, none twice."""

    nonce: Compact[Nonce]


@scale_struct(_SYSTEM + "check_weight::CheckWeight", parameters=_OF_ANY_RUNTIME)
class CheckWeight:
    """The block has room for it."""


@scale_struct(
    "pallet_transaction_payment::ChargeTransactionPayment", unnamed=True, parameters=_OF_ANY_RUNTIME
)
class ChargeTransactionPayment:
    """The signer pays the fee, and a tip if it likes."""

    tip: Compact[Balance]


@scale_struct("pallet_subtensor::SubtensorSignedExtension", parameters=_OF_THIS_RUNTIME)
class SubtensorSignedExtension:
    """Calls of the subnets that cannot succeed do not reach a block."""


@scale_struct("pallet_commitments::CommitmentsSignedExtension", parameters=_OF_THIS_RUNTIME)
class CommitmentsSignedExtension:
    """Has nothing to say but that every call is urgent."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A signed extension: what is sent for it, and what is signed besides."""

    sent: type[Any]
    signed: Any = tuple[()]

    @property
    def identifier(self) -> str:
        """The name that clients know it by."""
        return self.sent.__name__


EXTENSIONS: Final = (
    Extension(CheckNonZeroSender),
    Extension(CheckSpecVersion, U32),
    Extension(CheckTxVersion, U32),
    Extension(CheckGenesis, Hash),
    Extension(CheckMortality, Hash),
    Extension(CheckNonce),
    Extension(CheckWeight),
    Extension(ChargeTransactionPayment),
    Extension(SubtensorSignedExtension),
    Extension(CommitmentsSignedExtension),
)
"""In the order in which their bytes stand in an extrinsic."""

EXTRA_CODEC: Final = tuple_of([codec_of(extension.sent) for extension in EXTENSIONS])
"""What an extrinsic carries for its extensions."""
