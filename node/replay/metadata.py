"""Metadata without its words: docs and type names are each implementation's own."""

from typing import Any, Final

from primitives.scale.compact import decode_compact
from primitives.scale.errors import ScaleError
from primitives.scale.raw import expect_end, take, take_sized

MAGIC: Final = b"meta"
ANSWERS: Final = {"Metadata_metadata": 0, "Metadata_metadata_at_version": 1}
"""Bytes before the metadata in the answers of the APIs that give it."""

Layout = str | list[Any]
"""How to read a part: letters stand for plain parts, lists for `many`, `maybe` and choices."""

# c compact number, b byte, w four bytes, s bytes behind their length,
# d docs or type name, which is read and dropped.
_DOCS: Final = ["many", "d"]
_FIELD: Final = ["row", ["maybe", "s"], "c", ["maybe", "d"], _DOCS]
_DEFINITION: Final = [
    "one of",
    ["many", _FIELD],
    ["many", ["row", "s", ["many", _FIELD], "b", _DOCS]],
    "c",
    ["row", "w", "c"],
    ["many", "c"],
    "b",
    "c",
    ["row", "c", "c"],
]
_PARAMETERS: Final = ["many", ["row", "s", ["maybe", "c"]]]
_TYPES: Final = ["many", ["row", "c", ["many", "s"], _PARAMETERS, _DEFINITION, _DOCS]]
_ITEM_KIND: Final = ["one of", "c", ["row", ["many", "b"], "c", "c"]]
_ITEMS: Final = ["many", ["row", "s", "b", _ITEM_KIND, "s", _DOCS]]
_CONSTANTS: Final = ["many", ["row", "s", "c", "s", _DOCS]]
_PALLET: Final = [
    "row", "s", ["maybe", ["row", "s", _ITEMS]], ["maybe", "c"], ["maybe", "c"], _CONSTANTS,
    ["maybe", "c"], "b",
]  # fmt: skip
_EXTENSIONS: Final = ["many", ["row", "s", "c", "c"]]
_METHOD: Final = ["row", "s", ["many", ["row", "s", "c"]], "c", _DOCS]
_APIS: Final = ["many", ["row", "s", ["many", _METHOD], _DOCS]]
_OUTER: Final = ["row", "c", "c", "c"]
_CUSTOM: Final = ["many", ["row", "s", "c", "s"]]

_DOCUMENTS: Final[dict[int, Layout]] = {
    14: ["row", _TYPES, ["many", _PALLET], "c", "b", _EXTENSIONS, "c"],
    15: [
        "row", _TYPES, ["many", [*_PALLET, _DOCS]], "b", "c", "c", "c", "c", _EXTENSIONS, "c",
        _APIS, _OUTER, _CUSTOM,
    ],
}  # fmt: skip


def same_answer(method: str, left: bytes | None, right: bytes | None) -> bool:
    """Whether two answers say the same: all bytes but the words in metadata."""
    skip = ANSWERS.get(method)
    if left is None or right is None or skip is None or left == right:
        return left == right
    try:
        return bool(_skeleton(left, skip) == _skeleton(right, skip))
    except (ScaleError, IndexError, KeyError):
        return False


def _skeleton(answer: bytes, skip: int) -> Any:
    raw, end = take_sized(answer, skip)
    expect_end(answer, end, "metadata")
    head, at = take(raw, 0, len(MAGIC) + 1)
    if not head.startswith(MAGIC):
        raise ScaleError("no metadata")
    skeleton, at = _read(_DOCUMENTS[head[-1]], raw, at)
    expect_end(raw, at, "metadata")
    return answer[:skip], head, skeleton


def _read(layout: Layout, data: bytes, at: int) -> tuple[Any, int]:
    match layout:
        case "c":
            return decode_compact(data, at)
        case "b":
            return data[at], at + 1
        case "w":
            return take(data, at, 4)
        case "s":
            return take_sized(data, at)
        case "d":
            return None, take_sized(data, at)[1]
        case ["many", inner]:
            count, at = decode_compact(data, at)
            values, at = _read_row([inner] * count, data, at)
            return (None if inner == "d" else values), at
        case ["maybe", inner]:
            present = data[at] and inner != "d"
            value, end = _read(inner, data, at + 1) if data[at] else (None, at + 1)
            return ([value] if present else None), end
        case ["one of", *choices]:
            value, end = _read(choices[data[at]], data, at + 1)
            return (data[at], value), end
        case [_, *parts]:
            return _read_row(parts, data, at)
        case _:
            raise ScaleError(f"no layout: {layout}")


def _read_row(layouts: list[Layout], data: bytes, at: int) -> tuple[list[Any], int]:
    values = []
    for layout in layouts:
        value, at = _read(layout, data, at)
        values.append(value)
    return values, at
