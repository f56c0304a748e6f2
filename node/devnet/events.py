"""Events of a block by the metadata it was executed with, and what became of an extrinsic."""

from dataclasses import dataclass
from typing import Any, Final

from node.runtime_tools.metadata import Metadata
from node.runtime_tools.names import Names
from node.runtime_tools.storage import StorageReader, storage_key

EVENTS: Final = storage_key("System", "Events")


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event, with the extrinsic that it belongs to; None for those of hooks."""

    extrinsic: int | None
    pallet: str
    name: str
    fields: Any = None
    """None if it has none; errors of pallets by name."""


class Reader:
    """Reads what one runtime writes."""

    def __init__(self, metadata: Metadata) -> None:
        self.storage = StorageReader(metadata)
        self._names = Names(metadata)

    def events(self, raw: bytes | None) -> list[EventRecord]:
        """All of `System.Events`; ScaleError if it is not wholly that."""
        records = self.storage.value(EVENTS, b"\0" if raw is None else raw)
        return [_record(self._names.in_errors(record)) for record in records]


def _record(record: Any) -> EventRecord:
    match record["phase"]:
        case {"ApplyExtrinsic": int(index)}:
            extrinsic: int | None = index
        case _:
            extrinsic = None
    ((pallet, event),) = record["event"].items()
    if isinstance(event, str):
        return EventRecord(extrinsic, pallet, event)
    ((name, fields),) = event.items()
    return EventRecord(extrinsic, pallet, name, fields)


def failure_of(records: list[EventRecord], extrinsic: int) -> str | None:
    """Why the call of an extrinsic failed, the call inside a sudo included; None if it did not.

    Raises:
        LookupError: the block has no such extrinsic.
    """
    of_extrinsic = [record for record in records if record.extrinsic == extrinsic]
    for record in of_extrinsic:
        match record:
            case EventRecord(name="ExtrinsicFailed", fields={"dispatch_error": error}):
                return _name_of(error)
            case EventRecord(name="Sudid", fields={"sudo_result": {"Err": error}}):
                return _name_of(error)
            case _:
                continue
    if not any(record.name == "ExtrinsicSuccess" for record in of_extrinsic):
        raise LookupError(f"the block tells nothing of extrinsic {extrinsic}")
    return None


def _name_of(error: Any) -> str:
    """A dispatch error by name: that of the pallet and its error, or that of the kind."""
    match error:
        case str():
            return error
        case {"Token": str(inner)}:
            return f"Token.{inner}"
        case {"Arithmetic": str(inner)}:
            return f"Arithmetic.{inner}"
        case _:
            return str(error)
