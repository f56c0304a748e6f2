"""Which changes of types give another meaning to what is signed already, and which only words."""

import pytest

from node.runtime_tools.compare import compare
from node.runtime_tools.metadata import (
    ArrayType,
    BitsType,
    Case,
    CompactType,
    EnumType,
    Extension,
    Field,
    Metadata,
    NumberedType,
    PalletMetadata,
    PrimitiveType,
    SequenceType,
    StructType,
    TupleType,
)
from node.runtime_tools.surface import Surface

U8, U16, TYPE, CALLS, OUTER, EMPTY, LSB, MSB = range(8)


def fields(*named):
    """Fields by name and type."""
    return [Field(name, kind, None, []) for name, kind in named]


def case(name, index, *named):
    return Case(name, fields(*named), index, [])


def surface(definition, *, path=("my", "Type"), arguments=(("what", TYPE),), place=0, more=()):
    """Of a runtime with one call, which takes one type, and an extension that sends it too."""
    types = [
        (U8, [], PrimitiveType(3)),
        (U16, [], PrimitiveType(4)),
        (TYPE, list(path), definition),
        (CALLS, ["shop", "Call"], EnumType([case("buy", place, *arguments), *more])),
        (OUTER, ["node", "RuntimeCall"], EnumType([case("Shop", 7, (None, CALLS))])),
        (EMPTY, [], TupleType([])),
        (LSB, ["bitvec", "Lsb0"], StructType([])),
        (MSB, ["bitvec", "Msb0"], StructType([])),
    ]
    numbered = [NumberedType(n, path, [], definition, []) for n, path, definition in types]
    shop = PalletMetadata("Shop", None, CALLS, None, [], None, 7)
    return Surface.of(Metadata(numbered, [shop], EMPTY, 4, [Extension("Tip", TYPE, EMPTY)], EMPTY))


def breaking(before, after):
    """What is listed, and whether it breaks signers."""
    return {
        f"{change.kind} {change.name}": change.breaks_signers for change in compare(before, after)
    }


AB = EnumType([case("A", 0), case("B", 1)])
PAIR = StructType(fields(("a", U8), ("b", U8)))


@pytest.mark.parametrize(
    ("before", "after", "breaks"),
    [
        (AB, EnumType([case("A", 0), case("B", 1), case("C", 2, (None, U8))]), False),
        (AB, EnumType([case("B", 0), case("A", 1)]), True),
        (AB, EnumType([case("A", 0), case("B", 2)]), True),
        (AB, EnumType([case("A", 0)]), True),
        (AB, EnumType([case("A", 0), case("B", 1, (None, U8))]), True),
        (AB, PAIR, True),
        (PAIR, StructType(fields(("a", U8), ("c", U8))), False),
        (PAIR, StructType(fields((None, U8), (None, U8))), False),
        (PAIR, StructType(fields(("b", U8), ("a", U8))), True),
        (PAIR, StructType(fields(("a", U8), ("b", U16))), True),
        (PAIR, StructType(fields(("a", U8), ("b", U8), ("c", U8))), True),
        (SequenceType(U8), SequenceType(U16), True),
        (CompactType(U8), CompactType(U16), True),
        (ArrayType(2, U8), ArrayType(3, U8), True),
        (ArrayType(2, U8), SequenceType(U8), True),
        (TupleType([U8, U16]), TupleType([U16, U8]), True),
        (BitsType(U8, LSB), BitsType(U8, MSB), True),
        (
            StructType(fields(("l", U8), ("r", TYPE))),
            StructType(fields(("l", U8), ("s", TYPE))),
            False,
        ),
        (
            StructType(fields(("l", U8), ("r", TYPE))),
            StructType(fields(("l", U16), ("r", TYPE))),
            True,
        ),
    ],
)
def test_types_in_calls(before, after, breaks):
    assert breaking(surface(before), surface(after)) == {"type my::Type": breaks}


def test_another_path_for_the_same_shape_is_listed_and_breaks_nothing():
    moved = surface(AB, path=("my", "other", "Type"))
    assert breaking(surface(AB), moved) == {"call Shop.buy": False, "signed extension Tip": False}


def test_another_path_does_not_hide_another_shape():
    swapped = surface(EnumType([case("B", 0), case("A", 1)]), path=("my", "other", "Type"))
    assert breaking(surface(AB), swapped) == {"call Shop.buy": True, "signed extension Tip": True}


TWO = (("from", U8), ("to", U8))


@pytest.mark.parametrize(
    ("after", "breaks"),
    [
        ((("from", U8), ("into", U8)), False),
        ((("to", U8), ("from", U8)), True),
        ((("to", U8), ("then", U8)), True),
        ((("from", U8), ("to", U16)), True),
        ((("from", U8),), True),
    ],
)
def test_arguments(after, breaks):
    old, new = surface(AB, arguments=TWO), surface(AB, arguments=after)
    assert breaking(old, new) == {"call Shop.buy": breaks}


def test_a_call_under_another_number_breaks_whatever_its_arguments():
    assert breaking(surface(AB), surface(AB, place=1)) == {"call Shop.buy": True}


def test_calls_within_calls_end_and_are_compared_by_themselves():
    more = case("sell", 9, ("price", U8))
    old = surface(AB, arguments=(("inner", OUTER),))
    new = surface(AB, arguments=(("call", OUTER),), more=[more])
    assert breaking(old, new) == {"call Shop.buy": False, "call Shop.sell": False}
