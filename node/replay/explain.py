"""Names for storage keys, values, calls and results, by the metadata of the runtime."""

from typing import Any, Final

from node.runtime_tools.metadata import Metadata
from node.runtime_tools.names import Names
from node.runtime_tools.storage import NAME, StorageReader, storage_key
from primitives.extrinsic import decode_extrinsic
from primitives.scale.errors import ScaleError
from primitives.scale.types import codec_of
from primitives.transaction_validity import (
    InvalidCustom,
    TransactionValidityError,
    UnknownCustom,
)

EVENTS: Final = storage_key("System", "Events")
_DISPATCH_ERROR: Final = ["sp_runtime", "DispatchError"]


class Explainer:
    """Reads what a runtime wrote."""

    def __init__(self, metadata: Metadata) -> None:
        self._storage = StorageReader(metadata)
        self._names = Names(metadata)
        self._failure = next(kind.number for kind in metadata.types if kind.path == _DISPATCH_ERROR)

    def item_name(self, key: bytes) -> str:
        """Pallet and item of a storage key, or what else stands there."""
        return self._storage.name(key)

    def item_keys(self, key: bytes) -> list[Any]:
        """The keys within a map; hashes where the plain key is not kept."""
        if self._storage.item(key) is None:
            return []
        try:
            return self._storage.keys(key)
        except ScaleError:
            return ["0x" + key[2 * NAME :].hex()]

    def value(self, key: bytes, value: bytes | None) -> Any:
        """A stored value; None where nothing stands, hex where it is not of the item's type."""
        if value is None:
            return None
        try:
            if self._storage.item(key) is not None:
                return self._names.in_errors(self._storage.value(key, value))
        except (ScaleError, RecursionError):
            pass
        return "0x" + value.hex()

    def call_name(self, extrinsic: bytes) -> str:
        """Pallet and call of an extrinsic."""
        try:
            name = self._names.call(decode_extrinsic(extrinsic).call)
        except ScaleError:
            name = None
        return name or "no extrinsic of this runtime"

    def result(self, result: bytes | None) -> Any:
        """What `BlockBuilder_apply_extrinsic` answered; None stands for a panic."""
        match result:
            case None:
                return "panic"
            case b"\0\0":
                return "ok"
            case _ if result.startswith(b"\0\1"):
                return {"failed": self._failed(result[2:])}
            case _ if result.startswith(b"\1"):
                return {"refused": _refused(result)}
            case _:
                return "0x" + result.hex()

    def _failed(self, failure: bytes) -> Any:
        try:
            return self._names.in_errors(self._storage.values.read_all(self._failure, failure))
        except ScaleError:
            return "0x" + failure.hex()


def _refused(result: bytes) -> Any:
    try:
        error, _ = codec_of(TransactionValidityError).decode(result, 1)
    except (ScaleError, IndexError):
        return "0x" + result[1:].hex()
    reason = error.reason
    is_custom = isinstance(reason, InvalidCustom | UnknownCustom)
    return {error.variant_name: {"Custom": reason.code} if is_custom else reason.variant_name}
