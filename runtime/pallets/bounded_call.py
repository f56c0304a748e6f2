"""Bounded calls: a call that is stored for later, in place when short, else as a preimage."""

from typing import Annotated, Final

from primitives.scale.containers import Bounded
from primitives.scale.records import Enumeration, scale_struct
from primitives.types import U32, Hash
from runtime.framework.calls import RuntimeCall

INLINE_LIMIT: Final = 128
"""Longer calls are noted as preimages, so that an agenda stays small."""
LEGACY_LENGTH: Final = 1_000_000
"""What the preimage of a bare hash is taken to be long."""


@scale_struct("sp_runtime::traits::BlakeTwo256")
class BlakeTwo256:
    """The hash that preimages go by; it stands in the type only."""


class BoundedCall(
    Enumeration,
    path="frame_support::traits::preimages::Bounded",
    parameters=(("T", RuntimeCall), ("H", BlakeTwo256)),
):
    """A call, or where to find it."""

    @property
    def lookup_hash(self) -> Hash | None:
        """Hash of the preimage that is needed to make the call."""
        return self.hash_ if isinstance(self, LegacyCall | LookupCall) else None

    @property
    def lookup_length(self) -> int | None:
        """Length of that preimage, as far as it is known."""
        if isinstance(self, LookupCall):
            return self.len_
        return LEGACY_LENGTH if isinstance(self, LegacyCall) else None


class LegacyCall(BoundedCall, index=0, name="Legacy"):
    """A preimage of unknown length."""

    hash_: Hash


class InlineCall(BoundedCall, index=1, name="Inline", unnamed=True):
    """The call itself, encoded."""

    data: Annotated[bytes, Bounded(INLINE_LIMIT)]


class LookupCall(BoundedCall, index=2, name="Lookup"):
    """A preimage of known length."""

    hash_: Hash
    len_: U32
