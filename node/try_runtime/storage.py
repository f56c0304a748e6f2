"""What the migrations of a dry run made of the storage, and whether all of it can be read."""

from collections.abc import Mapping
from typing import Any, Final

from node.replay.trace import Changes
from node.runtime_tools.storage import StorageReader, storage_key
from node.try_runtime.report import Check, ItemChanges
from primitives.scale.errors import ScaleError

EXAMPLES: Final = 3
"""Of changes of one item, and of entries that cannot be read."""
_LONG: Final = 100
"""Characters of a value in an example."""
NOISE: Final = frozenset(
    storage_key("System", name)
    for name in ("BlockWeight", "Events", "EventCount", "LastRuntimeUpgrade")
)
"""What any block writes of itself, and what says whether migrations run."""
TOPICS: Final = storage_key("System", "EventTopics")


def is_noise(key: bytes) -> bool:
    """Whether a key tells of the block and not of the chain."""
    return key in NOISE or key.startswith(TOPICS)


def differing(
    state: Mapping[bytes, bytes],
    one: Mapping[bytes, bytes | None],
    other: Mapping[bytes, bytes | None],
) -> dict[bytes, bytes | None]:
    """Where two sets of changes to the same state lead to different values: those of `one`."""
    found = {}
    for key in sorted(one.keys() | other.keys()):
        below = state.get(key)
        value = one.get(key, below)
        if value != other.get(key, below) and not is_noise(key):
            found[key] = value
    return found


def compare(
    state: Mapping[bytes, bytes],
    wanted: Changes,
    found: Changes,
    old: StorageReader | None,
    new: StorageReader,
) -> tuple[list[ItemChanges], Changes]:
    """Where two sets of changes to a state should lead to the same and do not: by item, by key."""
    changed = differing(state, found, wanted)
    expected = {key: wanted.get(key, state.get(key)) for key in changed}
    before = {key: value for key, value in expected.items() if value is not None}
    return summarize(before, changed, old, new), changed


def summarize(
    state: Mapping[bytes, bytes],
    changes: Changes,
    old: StorageReader | None,
    new: StorageReader,
) -> list[ItemChanges]:
    """Changes by item, with examples."""
    items: dict[str, ItemChanges] = {}
    for key in sorted(changes):
        before, after = state.get(key), changes[key]
        name = item_name(key, new, old)
        item = items.setdefault(name, ItemChanges(name))
        item.added += before is None
        item.removed += after is None
        item.changed += before is not None and after is not None
        if len(item.examples) < EXAMPLES:
            item.examples.append(
                f"{_key(key, new, old)}{_text(key, before, old or new)} -> {_text(key, after, new)}"
            )
    return sorted(items.values(), key=lambda item: item.item)


def check_readable(
    before: Mapping[bytes, bytes],
    state: Mapping[bytes, bytes],
    old: StorageReader | None,
    new: StorageReader,
    check: Check,
) -> None:
    """Every entry decodes as a whole under the new types, unless it was spoiled before."""
    faults: dict[str, list[str]] = {}
    spoiled: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for key, value in state.items():
        name = item_name(key, new, old)
        if not new.is_known(key):
            unknown[name] = unknown.get(name, 0) + 1
        if new.item(key) is None:
            continue
        fault = new.fault(key, value)
        if fault is None:
            continue
        was_there = old is not None and old.item(key) is not None and before.get(key) == value
        if old is not None and was_there and old.fault(key, value) is not None:
            spoiled[name] = spoiled.get(name, 0) + 1
        else:
            faults.setdefault(name, []).append(f"0x{key.hex()}: {fault}")
    for name, found in sorted(faults.items()):
        check.fail(f"{name}: {len(found)} undecodable, as {'; '.join(found[:EXAMPLES])}")
    for name, count in sorted(spoiled.items()):
        check.notes.append(f"{name}: {count} undecodable, before the upgrade too")
    for name, count in sorted(unknown.items()):
        check.notes.append(f"{name}: {count} keys that the new runtime has no use for")


def item_name(key: bytes, new: StorageReader, old: StorageReader | None) -> str:
    """The item of a key, in the words of the runtime that has it."""
    is_gone = old is not None and old.is_known(key) and not new.is_known(key)
    return old.name(key) if old is not None and is_gone else new.name(key)


def _key(key: bytes, new: StorageReader, old: StorageReader | None) -> str:
    for reader in (new, old):
        try:
            if reader is not None and reader.item(key) is not None:
                keys = ", ".join(map(str, reader.keys(key)))
                return f"[{keys}]: " if keys else ""
        except ScaleError:
            continue
    return ""


def _text(key: bytes, value: bytes | None, reader: StorageReader) -> str:
    if value is None:
        return "nothing"
    shown: Any = f"0x{value.hex()}"
    try:
        if reader.item(key) is not None:
            shown = reader.value(key, value)
    except (ScaleError, RecursionError):
        shown = f"undecodable {shown}"
    text = str(shown)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
