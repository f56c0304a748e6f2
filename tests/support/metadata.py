"""Reads metadata by the layout that stands in its vector file."""

from typing import Any

from primitives.scale.compact import decode_compact
from tests.support.vectors import load_vectors

REFERENCE = load_vectors("metadata-185.json.gz")
NOT_COMPARED = REFERENCE["_about"]["not_compared"]

_LAYOUT = REFERENCE["layout"]


def read_metadata(raw: bytes) -> Any:
    """Answer metadata of any known format as JSON; every byte must be accounted for."""
    assert raw[:4] == b"meta"
    value, end = _read(f"M{raw[4]}", raw, 5)
    assert end == len(raw)
    return value


def without_words(value: Any) -> Any:
    """Leave out what each implementation says in its own words."""
    if isinstance(value, dict):
        return {k: without_words(v) for k, v in value.items() if k not in NOT_COMPARED}
    if isinstance(value, list):
        return [without_words(item) for item in value]
    return value


def _read(layout: Any, raw: bytes, at: int) -> tuple[Any, int]:
    if isinstance(layout, str):
        read = _PLAIN.get(layout)
        return read(raw, at) if read else _read(_LAYOUT[layout], raw, at)
    kind, inner = layout[0], layout[1:]
    return _NESTED[kind](inner, raw, at)


def _read_text(raw: bytes, at: int) -> tuple[str, int]:
    length, start = decode_compact(raw, at)
    return raw[start : start + length].decode(), start + length


def _read_bytes(raw: bytes, at: int) -> tuple[str, int]:
    length, start = decode_compact(raw, at)
    return "0x" + raw[start : start + length].hex(), start + length


def _read_row(layouts: list[Any], raw: bytes, at: int) -> tuple[list[Any], int]:
    values = []
    for layout in layouts:
        value, at = _read(layout, raw, at)
        values.append(value)
    return values, at


def _read_vector(inner: Any, raw: bytes, at: int) -> tuple[list[Any], int]:
    count, at = decode_compact(raw, at)
    return _read_row([inner[0]] * count, raw, at)


def _read_option(inner: Any, raw: bytes, at: int) -> tuple[Any, int]:
    return (None, at + 1) if raw[at] == 0 else _read(inner[0], raw, at + 1)


def _read_struct(inner: Any, raw: bytes, at: int) -> tuple[dict[str, Any], int]:
    (fields,) = inner
    values, at = _read_row([layout for _, layout in fields], raw, at)
    return dict(zip([name for name, _ in fields], values, strict=True)), at


def _read_enum(inner: Any, raw: bytes, at: int) -> tuple[Any, int]:
    name, layout = inner[0][str(raw[at])]
    if layout is None:
        return name, at + 1
    value, at = _read(layout, raw, at + 1)
    return {name: value}, at


def _read_map(inner: Any, raw: bytes, at: int) -> tuple[list[Any], int]:
    key, value = inner
    return _read_vector([["st", [["key", key], ["value", value]]]], raw, at)


_PLAIN: Any = {
    "c": decode_compact,
    "u8": lambda raw, at: (raw[at], at + 1),
    "u32": lambda raw, at: (int.from_bytes(raw[at : at + 4], "little"), at + 4),
    "str": _read_text,
    "bytes": _read_bytes,
}
_NESTED: Any = {
    "vec": _read_vector,
    "opt": _read_option,
    "st": _read_struct,
    "enum": _read_enum,
    "map": _read_map,
}
