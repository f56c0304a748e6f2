"""Names for numbers: of calls and errors, by pallet."""

from typing import Any

from node.runtime_tools.metadata import EnumType, Metadata, PalletMetadata
from primitives.types import U32

Numbered = dict[tuple[int, int], str]
"""`Pallet.name` by the numbers of a pallet and of one of its calls or errors."""


class Names:
    """The calls and errors of a runtime."""

    def __init__(self, metadata: Metadata) -> None:
        types = {kind.number: kind.definition for kind in metadata.types}

        def cases(pallet: PalletMetadata, number: U32 | None) -> Numbered:
            definition = None if number is None else types[number]
            if not isinstance(definition, EnumType):
                return {}
            return {
                (pallet.index, case.index): f"{pallet.name}.{case.name}"
                for case in definition.cases
            }

        self._calls: Numbered = {}
        self._errors: Numbered = {}
        for pallet in metadata.pallets:
            self._calls |= cases(pallet, pallet.calls)
            self._errors |= cases(pallet, pallet.error)

    def call(self, encoded: bytes) -> str | None:
        """Pallet and name of an encoded call, if the runtime has it."""
        return self._calls.get((encoded[0], encoded[1])) if len(encoded) > 1 else None

    def in_errors(self, value: Any) -> Any:
        """A value with names for pallets' errors, wherever they are in it."""
        match value:
            case list():
                return [self.in_errors(item) for item in value]
            case {"Module": {"index": int(index), "error": str(error), **rest}} if not rest:
                number = bytes.fromhex(error[2:])[0]
                return self._errors.get((index, number), f"{index}.{number}")
            case dict():
                return {name: self.in_errors(item) for name, item in value.items()}
            case _:
                return value
