"""Names for storage keys, values, calls and results, by the metadata of the runtime."""

from collections.abc import Iterator
from typing import Any, Final

from node.runtime_tools.metadata import EnumType, Metadata
from node.runtime_tools.storage import NAME, StorageReader, storage_key
from primitives.extrinsic import decode_extrinsic
from primitives.scale.errors import ScaleError
from primitives.scale.types import codec_of
from primitives.transaction_validity import (
    InvalidCustom,
    TransactionValidityError,
    UnknownCustom,
)
from primitives.types import U32

EVENTS: Final = storage_key("System", "Events")
_DISPATCH_ERROR: Final = ["sp_runtime", "DispatchError"]

Numbered = dict[tuple[int, int], str]
"""`Pallet.name` by the numbers of a pallet and of one of its calls or errors."""


class Explainer:
    """Reads what a runtime wrote."""

    def __init__(self, metadata: Metadata) -> None:
        self._storage = StorageReader(metadata)
        types = {kind.number: kind for kind in metadata.types}

        def numbered(kind: str) -> Iterator[tuple[tuple[int, int], str]]:
            for pallet in metadata.pallets:
                number: U32 | None = getattr(pallet, kind)
                definition = None if number is None else types[number].definition
                if isinstance(definition, EnumType):
                    for case in definition.cases:
                        yield (pallet.index, case.index), f"{pallet.name}.{case.name}"

        self._calls: Numbered = dict(numbered("calls"))
        self._errors: Numbered = dict(numbered("error"))
        self._failure = next(kind.number for kind in types.values() if kind.path == _DISPATCH_ERROR)

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
                return self._name_errors(self._storage.value(key, value))
        except (ScaleError, RecursionError):
            pass
        return "0x" + value.hex()

    def call_name(self, extrinsic: bytes) -> str:
        """Pallet and call of an extrinsic."""
        try:
            call = decode_extrinsic(extrinsic).call
            return self._calls[call[0], call[1]]
        except (ScaleError, IndexError, KeyError):
            return "no extrinsic of this runtime"

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
            return self._name_errors(self._storage.values.read_all(self._failure, failure))
        except ScaleError:
            return "0x" + failure.hex()

    def _name_errors(self, value: Any) -> Any:
        """Replace pallet and error numbers by names, wherever they are in a value."""
        match value:
            case list():
                return [self._name_errors(item) for item in value]
            case {"Module": {"index": int(index), "error": str(error), **rest}} if not rest:
                number = bytes.fromhex(error[2:])[0]
                return self._errors.get((index, number), f"{index}.{number}")
            case dict():
                return {name: self._name_errors(item) for name, item in value.items()}
            case _:
                return value


def _refused(result: bytes) -> Any:
    try:
        error, _ = codec_of(TransactionValidityError).decode(result, 1)
    except (ScaleError, IndexError):
        return "0x" + result[1:].hex()
    reason = error.reason
    is_custom = isinstance(reason, InvalidCustom | UnknownCustom)
    return {error.variant_name: {"Custom": reason.code} if is_custom else reason.variant_name}
