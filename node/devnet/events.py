"""Events of a block, decoded by the pallets' declarations, and what became of an extrinsic."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from primitives.scale.codec import AnyCodec
from primitives.scale.compact import decode_compact
from primitives.scale.containers import Err, record_functions
from primitives.scale.errors import ScaleError
from primitives.scale.records import values_of
from primitives.scale.types import camel_case, codec_of, fields_of
from primitives.types import Hash
from runtime.framework.errors import (
    Failure,
    FailureArithmetic,
    FailureModule,
    FailureToken,
    PalletError,
)
from runtime.framework.events import Event
from runtime.pallets.sudo import Sudid
from runtime.pallets.system import ExtrinsicFailed, ExtrinsicSuccess
from runtime.pallets.system_types import ApplyExtrinsic, Phase
from runtime.runtime import PALLETS

_PHASE: Final[AnyCodec] = codec_of(Phase)
_TOPICS: Final[AnyCodec] = codec_of(list[Hash])
_NAMES: Final = {index: name for name, (index, _) in PALLETS.items()}


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event, with the extrinsic that it belongs to; None for those of hooks."""

    extrinsic: int | None
    pallet: str
    event: Event


def decode_events(raw: bytes) -> list[EventRecord]:
    """Decode the whole of `System.Events`."""
    count, at = decode_compact(raw, 0)
    records = []
    for _ in range(count):
        record, at = _decode_record(raw, at)
        records.append(record)
    if at != len(raw):
        raise ScaleError(f"{len(raw) - at} bytes left over after {count} events")
    return records


def _decode_record(raw: bytes, at: int) -> tuple[EventRecord, int]:
    phase, at = _PHASE.decode(raw, at)
    pallet, variant = raw[at], raw[at + 1]
    event, at = _decoders()[pallet, variant](raw, at + 2)
    _, at = _TOPICS.decode(raw, at)
    extrinsic = phase.extrinsic if isinstance(phase, ApplyExtrinsic) else None
    return EventRecord(extrinsic, _NAMES[pallet], event), at


@cache
def _decoders() -> dict[tuple[int, int], Any]:
    return {
        (index, event.index): _decoder(event)
        for index, pallet in PALLETS.values()
        for event in pallet.events or ()
    }


def _decoder(event: type[Event]) -> Any:
    items = [codec_of(annotation) for _, annotation in fields_of(event)]
    return record_functions(items, event, values_of(event))[1]


def failure_of(records: list[EventRecord], extrinsic: int) -> Failure | None:
    """Why the call of an extrinsic failed, the call inside a sudo included; None if it did not.

    Raises:
        LookupError: the block has no such extrinsic.
    """
    of_extrinsic = [record.event for record in records if record.extrinsic == extrinsic]
    for event in of_extrinsic:
        match event:
            case ExtrinsicFailed(dispatch_error=failure):
                return failure
            case Sudid(sudo_result=Err(failure)):
                return failure
            case _:
                continue
    if not any(isinstance(event, ExtrinsicSuccess) for event in of_extrinsic):
        raise LookupError(f"the block tells nothing of extrinsic {extrinsic}")
    return None


def name_of(failure: Failure) -> str:
    """A failure by name: that of the pallet and its error, or that of the dispatch error."""
    match failure:
        case FailureModule(error):
            return _module_error(error.index, error.error[0])
        case FailureToken(error) | FailureArithmetic(error):
            return f"{failure.variant_name}.{camel_case(error.name.lower())}"
        case _:
            return failure.variant_name


def _module_error(pallet: int, error: int) -> str:
    name = _NAMES[pallet]
    found: type[PalletError] = next(e for e in PALLETS[name][1].errors if e.error_index == error)
    return f"{name}.{found.variant_name}"
