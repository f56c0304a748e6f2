"""Metadata: what this runtime consists of, in the two formats that clients ask for.

    metadata   "meta" | version byte | types | pallets | extrinsic | runtime type | …

Types are numbered in the order in which the parts of the runtime first mention them, so they stand
in front of the rest and are known only after it. The types of the pallets have the same numbers in
both formats, which clients rely on. Everything comes from the declarations, docstrings included.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from primitives.scale.containers import tuple_of
from primitives.scale.shape import Described
from primitives.scale.types import codec_of
from runtime.extension_types import EXTENSIONS, EXTRA_CODEC, RuntimeType
from runtime.framework.address import MultiAddress
from runtime.framework.api_methods import ApiMethod
from runtime.framework.calls import RuntimeCall
from runtime.framework.docs import attribute_docs, lines_of
from runtime.framework.outer_enums import RUNTIME_ERROR, RUNTIME_EVENT
from runtime.framework.pallet import (
    ConstantItem,
    Item,
    Pallet,
    constants_of,
    error_enum,
    event_enum,
    items_of,
    pallet_calls,
)
from runtime.framework.type_registry import TypeRegistry, optional, text, vector
from runtime.runtime import PALLETS
from runtime.wire_types import MultiSignature, OpaqueExtrinsic

V14: Final = 14
"""What every client reads."""
V15: Final = 15
"""Tells of the runtime APIs too."""
METADATA_VERSIONS: Final = (V14, V15)

MAGIC: Final = b"meta"
EXTRINSIC_FORMAT: Final = 4

_HASHERS: Final = (
    "Blake2_128",
    "Blake2_256",
    "Blake2_128Concat",
    "Twox128",
    "Twox256",
    "Twox64Concat",
    "Identity",
)
"""Storage hashers in the order of their indices."""

_OPTIONAL, _DEFAULT = b"\x00", b"\x01"
_PLAIN, _MAP = b"\x00", b"\x01"
_NO_CUSTOM_VALUES: Final = b"\x00"


def runtime_metadata(version: int, apis: Mapping[str, Sequence[ApiMethod]]) -> bytes:
    """The metadata of this runtime in one of METADATA_VERSIONS, with its APIs by trait."""
    writer = _Writer()
    pallets = vector(
        [writer.pallet(name, index, cls, version) for name, (index, cls) in PALLETS.items()]
    )
    body = writer.body_14() if version == V14 else writer.body_15(apis)
    return MAGIC + bytes((version,)) + writer.types.encode() + pallets + body


class _Writer:
    """Writes the parts of one metadata, and numbers their types on the way."""

    def __init__(self) -> None:
        self.types = TypeRegistry()

    def body_14(self) -> bytes:
        """What follows the pallets in format 14."""
        extrinsic = self._type(OpaqueExtrinsic) + bytes((EXTRINSIC_FORMAT,)) + self._extensions()
        return extrinsic + self._type(RuntimeType)

    def body_15(self, apis: Mapping[str, Sequence[ApiMethod]]) -> bytes:
        """What follows the pallets in format 15."""
        return b"".join(
            (
                bytes((EXTRINSIC_FORMAT,)),
                self._type(MultiAddress),
                self._type(RuntimeCall),
                self._type(MultiSignature),
                self.types.reference(EXTRA_CODEC),
                self._extensions(),
                self._type(RuntimeType),
                vector([self._api(trait, methods) for trait, methods in apis.items()]),
                self._type(RuntimeCall),
                self.types.reference(RUNTIME_EVENT),
                self.types.reference(RUNTIME_ERROR),
                _NO_CUSTOM_VALUES,
            )
        )

    def pallet(self, name: str, index: int, cls: type[Pallet], version: int) -> bytes:
        """One pallet; only the later format has its docs."""
        calls = pallet_calls(cls, index, name)
        docs = attribute_docs(cls)
        return b"".join(
            (
                text(name),
                optional(self._storage(name, items_of(cls), docs)),
                self._enum(calls.enum if calls.specs else None),
                self._enum(event_enum(cls, index)),
                vector([self._constant(cls, item, docs) for item in constants_of(cls)]),
                self._enum(error_enum(cls, index)),
                bytes((index,)),
                b"" if version == V14 else _docs(lines_of(cls)),
            )
        )

    def _type(self, annotation: Any) -> bytes:
        return self.types.reference(codec_of(annotation))

    def _enum(self, described: Described | None) -> bytes:
        return optional(None if described is None else self.types.reference(described))

    def _storage(
        self, prefix: str, items: Sequence[Item], docs: Mapping[str, list[str]]
    ) -> bytes | None:
        if not items:
            return None
        entries = [self._item(item, docs.get(item.attribute, [])) for item in items]
        return text(prefix) + vector(entries)

    def _item(self, item: Item, docs: list[str]) -> bytes:
        layout = item.layout
        modifier = _OPTIONAL if layout.optional else _DEFAULT
        return text(item.name) + modifier + self._kind(item) + _sized(layout.default) + _docs(docs)

    def _kind(self, item: Item) -> bytes:
        if not item.hashers:
            return _PLAIN + self.types.reference(item.layout.value)
        hashers = bytes(_HASHERS.index(hasher.name) for hasher in item.hashers)
        keys = [codec for _, codec in item.layout.keys]
        key = keys[0] if len(keys) == 1 else tuple_of(keys)
        types = self.types.reference(key) + self.types.reference(item.layout.value)
        return _MAP + _sized(hashers) + types

    def _constant(
        self, cls: type[Pallet], item: ConstantItem, docs: Mapping[str, list[str]]
    ) -> bytes:
        value = codec_of(item.type).encode(getattr(cls, item.attribute).value)
        docs_of_item = _docs(docs.get(item.attribute, []))
        return text(item.name) + self._type(item.type) + _sized(value) + docs_of_item

    def _extensions(self) -> bytes:
        return vector(
            [
                text(one.identifier) + self._type(one.sent) + self._type(one.signed)
                for one in EXTENSIONS
            ]
        )

    def _api(self, trait: str, methods: Sequence[ApiMethod]) -> bytes:
        return text(trait) + vector([self._method(method) for method in methods]) + _docs([])

    def _method(self, method: ApiMethod) -> bytes:
        inputs = vector([text(name) + self._type(kind) for name, kind in method.inputs])
        output = self._type(method.output)
        return text(method.name) + inputs + output + _docs(lines_of(method.function))


def _sized(raw: bytes) -> bytes:
    return codec_of(bytes).encode(raw)


def _docs(lines: Sequence[str]) -> bytes:
    return vector([text(line) for line in lines])
