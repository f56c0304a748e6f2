"""SCALE against vectors of other implementations, and against its own rules."""

from enum import IntEnum
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives.block import Digest
from primitives.extrinsic import decode_era
from primitives.scale import codec, containers, ints, types
from primitives.scale.codec import Codec
from primitives.scale.containers import Bounded, Err, Fixed, Ok
from primitives.scale.errors import ScaleError, ScaleRangeError
from primitives.scale.raw import expect_end
from primitives.scale.records import Enumeration, scale_struct
from primitives.scale.types import BYTE, Compact, codec_of, decode, decode_all, encode
from primitives.types import U8, U16, U32, U64, U128, AccountId, Bytes4, Hash
from runtime.framework.address import MultiAddress
from tests.support.vectors import load_vectors, unhex

VECTORS = load_vectors("scale.json")


@scale_struct("S1")
class S1:
    a: U8
    b: U16
    c: bool


@scale_struct("SC")
class SC:
    x: Compact[U32]
    y: Compact[U128]


@scale_struct("Nested")
class Nested:
    v: list[U16 | None]
    m: dict[U8, str]
    t: tuple[bool, bytes]


class E1(IntEnum):
    A = 0
    B = 1
    C = 2


class E2(Enumeration, path="E2"):
    """An enum with fields of every kind."""


class Unit(E2, index=0):
    pass


class Num(E2, index=1, unnamed=True):
    value: U32


class Pair(E2, index=2, unnamed=True):
    first: U8
    second: U16


class Rec(E2, index=3, unnamed=True):
    value: S1


class List(E2, index=4, unnamed=True):
    value: bytes


def marked(codec):
    return Annotated[Any, codec]


INTEGERS = {
    f"{kind}{bits}": marked(ints.integer(f"{kind}{bits}"))
    for kind in "ui"
    for bits in (8, 16, 32, 64, 128, 256)
}
COMPACTS = {
    f"Compact<u{bits}>": marked(ints.compact(ints.integer(f"u{bits}")))
    for bits in (8, 16, 32, 64, 128)
}
TYPES = (
    INTEGERS
    | COMPACTS
    | {
        "(u8,bool)": tuple[U8, bool],
        "(Compact<u32>,bool)": tuple[Compact[U32], bool],
        "(u32,u64,u16)": tuple[U32, U64, U16],
        "((u8,u8),u8)": tuple[tuple[U8, U8], U8],
        "AccountId": AccountId,
        "H256": Hash,
        "BTreeMap<Text,u32>": dict[str, U32],
        "BTreeMap<u16,bool>": dict[U16, bool],
        "BTreeMap<u8,u8>": dict[U8, U8],
        "BTreeSet<Text>": set[str],
        "BTreeSet<u16>": set[U16],
        "Compact<Perbill>": Compact[U32],
        "Perbill": U32,
        "E1": E1,
        "E2": E2,
        "Enum{A,B}": Annotated[Any, codec_of(IntEnum("Two", {"A": 0, "B": 1}))],
        "MultiAddress": MultiAddress,
        "Nested": Nested,
        "Null": type(None),
        "Option<Bytes>": bytes | None,
        "Option<bool>": bool | None,
        "Option<u32>": U32 | None,
        "Option<u8>": U8 | None,
        "Result<Null,u8>": Ok[None] | Err[U8],
        "Result<u8,bool>": Ok[U8] | Err[bool],
        "Result<u8,u8>": Ok[U8] | Err[U8],
        "S1": S1,
        "SC": SC,
        "String": str,
        "Text": str,
        "Vec<(u8,u32)>": list[tuple[U8, U32]],
        "Vec<Compact<u32>>": list[Compact[U32]],
        "Vec<Option<i8>>": marked(containers.vector(containers.option(ints.integer("i8")))),
        "Vec<Text>": list[str],
        "Vec<Vec<u8>>": list[bytes],
        "Vec<bool>": list[bool],
        "Vec<u16>": list[U16],
        "Vec<u32>": list[U32],
        "Vec<u8>": bytes,
        "[[u8;2];2]": marked(containers.array(containers.fixed_bytes(2, BYTE), 2)),
        "[u16;3]": Annotated[list[U16], Fixed(3)],
        "[u8;0]": marked(containers.fixed_bytes(0, BYTE)),
        "[u8;4]": Bytes4,
        "bool": bool,
    }
)
VARIANTS = {"Unit": Unit, "Num": Num, "Pair": Pair, "Rec": Rec, "List": List}


def value_of(kind, value):  # noqa: C901 - one case for each kind of type
    """The Python value that a vector's JSON stands for."""
    match kind:
        case "S1":
            return S1(**value)
        case "SC":
            return SC(int(value["x"]), int(value["y"]))
        case "Nested":
            entries = {int(key): text for key, text in value["m"].items()}
            return Nested(value["v"], entries, (value["t"][0], unhex(value["t"][1])))
        case "E1":
            return E1[value]
        case "E2":
            ((name, content),) = value.items()
            if name == "Rec":
                return Rec(S1(**content))
            if name == "List":
                return List(unhex(content) if isinstance(content, str) else bytes(content))
            return VARIANTS[name](
                *(content if name == "Pair" else [content] if name == "Num" else [])
            )
        case "Option<Option<u8>>":
            return value
        case "(Compact<u32>,bool)":
            return (int(value[0]), value[1])
        case "((u8,u8),u8)":
            return ((value[0][0], value[0][1]), value[1])
        case "Vec<Vec<u8>>":
            return [bytes(row) for row in value]
        case "[[u8;2];2]":
            return [unhex(row) for row in value]
        case "Vec<(u8,u32)>":
            return [tuple(row) for row in value]
    if kind.startswith("Result"):
        ((name, content),) = value.items()
        return Ok(content) if name == "Ok" else Err(content)
    if kind.startswith("BTreeMap<u"):
        return {int(key): content for key, content in value.items()}
    if kind.startswith("BTreeSet"):
        return set(value)
    if kind.startswith("("):
        return tuple(value)
    if kind in ("Vec<u8>", "Option<Bytes>") and value is not None:
        return unhex(value) if isinstance(value, str) else bytes(value)
    if kind in ("AccountId", "H256") or kind.startswith("[u8;"):
        return unhex(value)
    if isinstance(value, str) and kind not in ("Text", "E1"):
        return int(value)
    return value


# Two forms that Python's None cannot tell apart stand beside the table.
SPECIAL = {
    "Option<Option<u8>>": {None: "0x00"},
    "OptionBool": {None: "0x00", True: "0x01", False: "0x02"},
}


def ordinary():
    return [v for v in VECTORS["generic"] if v["type"] not in SPECIAL]


@pytest.mark.parametrize("vector", ordinary(), ids=lambda v: f"{v['type']}={v['value']}"[:60])
def test_generic_vectors(vector):
    codec = codec_of(TYPES[vector["type"]])
    value = value_of(vector["type"], vector["value"])
    assert codec.encode(value) == unhex(vector["hex"])
    assert decode_all(codec, unhex(vector["hex"])) == value


def test_nested_options_keep_both_tags():
    nested = containers.option(containers.option(BYTE))
    for vector in VECTORS["generic"]:
        if vector["type"] == "Option<Option<u8>>":
            _, end = nested.decode(unhex(vector["hex"]), 0)
            assert end == len(unhex(vector["hex"]))


def test_option_bool_is_a_type_of_its_own():
    """The one-byte form is no Option<bool>: an ordinary option refuses its third value."""
    forms = {v["value"]: v["hex"] for v in VECTORS["generic"] if v["type"] == "OptionBool"}
    assert forms == SPECIAL["OptionBool"]
    with pytest.raises(ScaleError):
        decode(bool | None, unhex(forms[False]))


def decode_strictly(kind, data):
    match kind:
        case "DigestItem":
            Digest.decode(b"\x04" + data)
        case "Era":
            _, end = decode_era(data, 0)
            expect_end(data, end, "era")
        case _:
            decode(TYPES[kind], data)


@pytest.mark.parametrize("vector", VECTORS["must_fail"], ids=lambda v: f"{v['type']} {v['hex']}")
def test_must_fail(vector):
    with pytest.raises(ScaleError):
        decode_strictly(vector["type"], unhex(vector["hex"]))


@pytest.mark.parametrize("vector", VECTORS["bitvec"], ids=lambda v: v["hex"])
def test_bit_vectors(vector):
    codec = containers.bit_vector(BYTE)
    bits = [digit == "1" for digit in vector["bits_lsb_first"]]
    assert codec.encode(bits) == unhex(vector["hex"])
    assert decode_all(codec, unhex(vector["hex"])) == bits


def test_bit_vector_with_spare_bits_set_is_refused():
    with pytest.raises(ScaleError):
        containers.bit_vector(BYTE).decode(b"\x04\x03", 0)


VALUES = {
    "list[U16]": (list[U16], st.lists(st.integers(0, 2**16 - 1))),
    "list[tuple]": (
        list[tuple[U8, U64]],
        st.lists(st.tuples(st.integers(0, 255), st.integers(0, 2**64 - 1))),
    ),
    "nested": (
        list[tuple[tuple[U16, bool], str | None]],
        st.lists(st.tuples(st.tuples(st.integers(0, 9), st.booleans()), st.none() | st.text())),
    ),
    "compact": (list[Compact[U128]], st.lists(st.integers(0, 2**128 - 1))),
    "map": (dict[U32, bytes], st.dictionaries(st.integers(0, 2**32 - 1), st.binary())),
    "struct": (S1, st.builds(S1, st.integers(0, 255), st.integers(0, 65535), st.booleans())),
}


@pytest.mark.parametrize("name", VALUES)
@given(data=st.data())
def test_round_trip_and_trailing_bytes(name, data):
    annotation, strategy = VALUES[name]
    value = data.draw(strategy)
    encoded = encode(annotation, value)
    assert decode(annotation, encoded) == value
    with pytest.raises(ScaleError):
        decode(annotation, encoded + b"\x00")
    if encoded:
        with pytest.raises(ScaleError):
            decode(annotation, encoded[:-1])


WIDTHS = {U8: 1, U16: 2, U32: 4, U64: 8, U128: 16}

rows = st.recursive(
    st.sampled_from(list(WIDTHS)),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(lambda row: tuple[tuple(row)]),
    max_leaves=12,
)
"""Types of fixed width inside each other, in whatever place."""


def filled(kind, draw):
    """A value of such a type, and its bytes one after the other."""
    if kind in WIDTHS:
        raw = draw(st.binary(min_size=WIDTHS[kind], max_size=WIDTHS[kind]))
        return int.from_bytes(raw, "little"), raw
    parts = [filled(inner, draw) for inner in kind.__args__]
    return tuple(value for value, _ in parts), b"".join(raw for _, raw in parts)


@given(kind=rows, data=st.data())
def test_rows_of_fixed_width_are_their_fields_in_order(kind, data):
    value, raw = filled(kind, data.draw)
    assert encode(kind, value) == raw
    assert decode(kind, raw) == value
    with pytest.raises(ScaleError):
        decode(kind, raw[:-1])


@given(noise=st.binary(max_size=64), name=st.sampled_from(sorted(TYPES)))
def test_noise_is_decoded_or_refused_and_never_anything_else(noise, name):
    codec = codec_of(TYPES[name])
    try:
        value, end = codec.decode(noise, 0)
    except ScaleError:
        return
    assert end <= len(noise)
    codec.encode(value)


@pytest.mark.parametrize("annotation", [bytes, str, list[U64], list[S1], list[tuple[U8, U8]]])
def test_a_huge_length_is_refused_before_memory_is_taken(annotation):
    with pytest.raises(ScaleError):
        decode(annotation, b"\x13" + b"\xff" * 8)
    with pytest.raises(ScaleError):
        decode(annotation, b"\x03\xff\xff\xff\xff")


def test_bounds_hold_both_ways():
    bounded = Annotated[list[U8], Bounded(2)]
    assert decode(bounded, b"\x08\x01\x02") == [1, 2]
    with pytest.raises(ScaleError):
        decode(bounded, b"\x0c\x01\x02\x03")
    with pytest.raises(ScaleRangeError):
        encode(bounded, [1, 2, 3])


@pytest.mark.parametrize(
    ("annotation", "value"),
    [(U16, 65536), (U8, -1), (list[U16], [1, 65536]), (Bytes4, b"abc"), (tuple[U8, U8], (1,))],
)
def test_what_does_not_fit_is_refused(annotation, value):
    with pytest.raises(ScaleRangeError):
        encode(annotation, value)


def test_an_annotation_without_meaning_is_refused():
    with pytest.raises(TypeError, match="no SCALE encoding"):
        codec_of(int)
    assert isinstance(codec_of(U8), Codec)


def test_an_enum_is_whole_as_soon_as_anybody_can_use_it(monkeypatch):
    """Given a second user in the midst of the first use, as another thread would be."""

    class Fresh(Enumeration, path="Fresh"):
        pass

    class One(Fresh, index=0):
        value: U8

    class Two(Fresh, index=1):
        value: U8

    codec, make, seen = codec_of(Fresh), types.record_functions, []

    def interrupted(items, variant, values):
        if variant is Two and not seen:
            seen.append(None)
            seen[0] = codec.decode(b"\1\7", 0)
        return make(items, variant, values)

    monkeypatch.setattr(types, "record_functions", interrupted)
    assert codec.decode(b"\0\7", 0) == (One(7), 2)
    assert seen == [(Two(7), 2)]


def test_a_shape_is_made_once_though_two_ask_for_it(monkeypatch):
    """Given a second user who is done between the first one's look and its call."""
    shape = BYTE.shape
    whole = Codec(lambda _: b"", lambda _, at: (None, at), lambda: shape)

    def looked(what):
        whole._shape = shape
        return what is not shape

    monkeypatch.setattr(codec, "callable", looked, raising=False)
    assert whole.shape is shape
