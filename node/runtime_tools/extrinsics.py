"""Extrinsics under the eyes of metadata: whether a runtime would still understand them."""

from typing import Final

from node.runtime_tools.metadata import Metadata
from node.runtime_tools.values import Values
from primitives.scale.errors import ScaleError
from primitives.scale.raw import expect_end, take, take_sized

_KIND: Final = 0b1100_0000
"""Of the first byte; the rest is the version of the format."""
_BARE, _SIGNED = 0b0000_0000, 0b1000_0000
_SIGNATURE: Final = ("Address", "Signature", "Extra")
_CALL: Final = "Call"


class ExtrinsicReader:
    """Reads extrinsics by the types of one runtime."""

    def __init__(self, metadata: Metadata) -> None:
        self._values = Values(metadata)
        types = {kind.number: kind for kind in metadata.types}
        self._parts = {p.name: p.type for p in types[metadata.extrinsic].parameters}

    def fault(self, extrinsic: bytes) -> str | None:
        """Why an extrinsic does not decode, if so. Forms that metadata does not tell do."""
        try:
            body, end = take_sized(extrinsic, 0)
            expect_end(extrinsic, end, "extrinsic")
            first, at = take(body, 0, 1)
            kind = first[0] & _KIND
            if kind not in (_BARE, _SIGNED):
                return None
            for name in (*(_SIGNATURE if kind == _SIGNED else ()), _CALL):
                number = self._parts.get(name)
                if number is None:
                    return None
                _, at = self._values.reader(number)(body, at)
            expect_end(body, at, "extrinsic")
        except (ScaleError, RecursionError) as error:
            return str(error)
        return None
