"""Names for storage keys, values, calls and results, by the runtime's own declarations."""

from typing import Any, Final

from genesis.host import GenesisHost
from node.replay.readable import read, read_case, readable
from primitives.hashing import twox_128
from primitives.scale.compact import decode_compact
from primitives.scale.errors import ScaleError
from primitives.scale.raw import take
from primitives.scale.shape import Case
from primitives.scale.types import codec_of
from runtime.executive import ApplyResult, decode_call
from runtime.framework.errors import Panic
from runtime.framework.pallet import Item, Pallet, items_of
from runtime.pallets.system_types import Phase
from runtime.runtime import Runtime

HASHED_NAME: Final = 16
"""Bytes of a pallet's and of an item's hashed name in a key."""
_VERSION_NAME: Final = ":__STORAGE_VERSION__:"


class Explainer:
    """Reads what a runtime of this version wrote."""

    def __init__(self) -> None:
        self._runtime = Runtime(GenesisHost())
        self._pallets: dict[bytes, Pallet] = {p.prefix: p for p in self._runtime.in_order}
        self._items: dict[bytes, tuple[Pallet, Item]] = {
            pallet.prefix + twox_128(item.name.encode()): (pallet, item)
            for pallet in self._runtime.in_order
            for item in items_of(type(pallet))
        }

    def item_name(self, key: bytes) -> str:
        """Pallet and item of a storage key, or what else stands there."""
        found = self._items.get(key[: 2 * HASHED_NAME])
        if found is not None:
            return f"{found[0].name}.{found[1].name}"
        pallet = self._pallets.get(key[:HASHED_NAME])
        if pallet is None:
            return key.decode() if key.isascii() and key.decode().isprintable() else "unknown"
        is_version = key[HASHED_NAME:] == twox_128(_VERSION_NAME.encode())
        return f"{pallet.name}.{_VERSION_NAME if is_version else '?'}"

    def item_keys(self, key: bytes) -> list[Any]:
        """The keys within a map; hashes where the plain key is not kept."""
        found = self._items.get(key[: 2 * HASHED_NAME])
        keys: list[Any] = []
        at = 2 * HASHED_NAME
        try:
            for hasher, codec in () if found is None else found[1].layout.keys:
                if hasher.skip is None:
                    break
                value, at = read(codec, key, at + hasher.skip)
                keys.append(value)
        except (ScaleError, IndexError):
            pass
        return keys if at == len(key) or found is None else [*keys, "0x" + key[at:].hex()]

    def value(self, key: bytes, value: bytes | None) -> Any:
        """A stored value; None where nothing stands."""
        if value is None:
            return None
        name = self.item_name(key)
        if name == "System.Events":
            return self._events(value)
        found = self._items.get(key[: 2 * HASHED_NAME])
        if found is None:
            return "0x" + value.hex()
        return self._name_errors(readable(found[1].layout.value, value))

    def call_name(self, extrinsic: bytes) -> str:
        """Pallet and call of an extrinsic."""
        try:
            _, call = decode_call(extrinsic)
        except Panic:
            return "no extrinsic of this runtime"
        return f"{call.pallet}.{call.name}"

    def result(self, result: bytes | None) -> Any:
        """What `BlockBuilder_apply_extrinsic` answered; None stands for a panic."""
        if result is None:
            return "panic"
        match self._name_errors(readable(codec_of(ApplyResult), result)):
            case {"Ok": {"Ok": _}}:
                return "ok"
            case {"Ok": {"Err": failure}}:
                return {"failed": failure}
            case {"Err": refusal}:
                return {"refused": refusal}
            case other:
                return other

    def _events(self, data: bytes) -> Any:
        try:
            count, at = decode_compact(data, 0)
            events = []
            for _ in range(count):
                phase, at = read(codec_of(Phase), data, at)
                event, at = self._event(data, at)
                topics, at = decode_compact(data, at)
                at += 32 * topics
                events.append([phase, event])
        except (ScaleError, IndexError, KeyError, UnicodeDecodeError):
            return "0x" + data.hex()
        return self._name_errors(events)

    def _event(self, data: bytes, at: int) -> tuple[Any, int]:
        (pallet_index, index), at = take(data, at, 2)
        pallet = self._runtime.ctx.pallets[pallet_index]
        events = {event.index: event for event in pallet.events or ()}
        event = events[index]
        return read_case(
            Case(f"{pallet.name}.{event.variant_name}", index, event.fields()), data, at
        )

    def _name_errors(self, value: Any) -> Any:
        """Replace pallet and error numbers by names, wherever they are in a value."""
        if isinstance(value, list):
            return [self._name_errors(item) for item in value]
        if not isinstance(value, dict):
            return value
        module = value.get("Module")
        if len(value) == 1 and isinstance(module, dict) and module.keys() == {"index", "error"}:
            return self._error_name(module["index"], bytes.fromhex(module["error"][2:]))
        return {name: self._name_errors(item) for name, item in value.items()}

    def _error_name(self, index: int, error: bytes) -> str:
        pallet = self._runtime.ctx.pallets.get(index)
        if pallet is not None:
            for known in pallet.errors:
                if known.error_index == error[0]:
                    return f"{pallet.name}.{known.variant_name}"
        return f"{index}.{error[0]}"
