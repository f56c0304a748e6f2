"""The pallet declares what spec 185 had, but for what changed: names, hashers, types, defaults."""

import pytest

from primitives.scale.shape import (
    Array,
    CompactOf,
    Composite,
    Described,
    Primitive,
    Sequence,
    Tuple,
    Variant,
)
from primitives.scale.types import codec_of, encode, fields_of
from runtime.framework.pallet import call_specs_of, constants_of, items_of
from runtime.framework.weights import DispatchClass, Weight
from runtime.pallets.subtensor.pallet import SubtensorModule
from tests.support.since_185 import declaration
from tests.support.vectors import unhex

DECLARATION = declaration()
WEIGHED_BY_ARGUMENTS = ("sudo_unchecked_weight", "batch_reveal_weights")


def spell(described: Described) -> str:
    """Write a type the way the vectors do."""
    match described.shape:
        case Primitive(name):
            return name
        case Sequence(item):
            return f"Vec<{spell(item)}>"
        case Array(item, length):
            return f"[{spell(item)}; {length}]"
        case Tuple(items):
            return f"({', '.join(map(spell, items))})"
        case CompactOf(item):
            return f"Compact<{spell(item)}>"
        case Variant("Result", (ok, err)):
            return f"Result<{spell(ok.fields[0].type)}, {spell(err.fields[0].type)}>"
        case Composite(path) | Variant(path):
            return path.split("::")[-1]
    raise AssertionError(described.shape)


def test_storage_items_match_in_order():
    declared = [
        {
            "name": item.name,
            "optional": item.layout.optional,
            "hashers": [hasher.name for hasher in item.hashers],
            "keys": [spell(codec) for _, codec in item.layout.keys],
            "value": spell(item.layout.value),
            "default": "0x" + item.layout.default.hex(),
        }
        for item in items_of(SubtensorModule)
    ]
    expected = [{k: v for k, v in item.items() if k != "prefix"} for item in DECLARATION["storage"]]
    assert declared == expected


def test_calls_match():
    declared = [
        {
            "name": spec.name,
            "index": index,
            "args": [[name, spell(codec_of(kind))] for name, kind in spec.arguments],
        }
        for index, spec in call_specs_of(SubtensorModule).items()
    ]
    expected = [
        {"name": call["name"], "index": call["index"], "args": call["args"]}
        for call in DECLARATION["calls"]
    ]
    assert declared == expected


@pytest.mark.parametrize(
    "call",
    [call for call in DECLARATION["calls"] if call["name"] not in WEIGHED_BY_ARGUMENTS],
    ids=lambda call: call["name"],
)
def test_calls_announce_their_weight_class_and_fee(call):
    spec = call_specs_of(SubtensorModule)[call["index"]]
    ref_time, proof_size, dispatch_class, pays = call["weight"]
    assert spec.weight == Weight(ref_time, proof_size)
    assert spec.dispatch_class == DispatchClass[dispatch_class.upper()]
    assert spec.pays is pays


def test_events_match():
    declared = [
        {
            "name": event.variant_name,
            "index": event.index,
            "fields": [
                [None if event.unnamed else name, spell(codec_of(kind))]
                for name, kind in fields_of(event)
            ],
        }
        for event in SubtensorModule.events
    ]
    assert declared == DECLARATION["events"]


def test_errors_match():
    declared = [
        {"name": error.variant_name, "index": error.error_index} for error in SubtensorModule.errors
    ]
    assert declared == DECLARATION["errors"]


def test_constants_match():
    declared = [
        (item.name, spell(codec_of(item.type)), encode(item.type, value_of(item.attribute)))
        for item in constants_of(SubtensorModule)
    ]
    expected = [(c["name"], c["type"], unhex(c["hex"])) for c in DECLARATION["constants"]]
    assert declared == expected


def value_of(attribute: str):
    return getattr(SubtensorModule, attribute).value


def test_every_item_has_a_docstring_of_its_own():
    for error in (*SubtensorModule.errors, *SubtensorModule.events):
        assert error.__doc__
        assert error.__doc__.endswith(".")
