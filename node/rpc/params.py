"""Types of parameters: how JSON becomes what a method works with, or why it does not.

A method names these types in its signature. To mypy they are plain; at run time they carry a
converter.
"""

import inspect
import re
from binascii import unhexlify
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_type_hints

from node.rpc.errors import invalid_params
from node.rpc.messages import Json
from primitives import ss58
from primitives.types import U32, AccountId, BlockNumber, Hash, NetUid, Uid

MAX_ITEMS: Final = 10_000
"""Keys or heights in one question. polkadot.js asks for a few hundred at once."""

HASH_LENGTH: Final = 32


class Unfit(ValueError):
    """A value that is not of the parameter's type; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Converter:
    """Turns JSON into a value."""

    name: str
    """For the documentation."""
    convert: Callable[[Json], Any]


def _bytes(value: Json) -> bytes:
    """Clients write hex with and without 0x."""
    if not isinstance(value, str):
        raise Unfit("expected bytes in hex")
    try:
        return unhexlify(value.removeprefix("0x"))
    except ValueError:
        raise Unfit("expected bytes in hex, two digits each") from None


def _hash(value: Json) -> Hash:
    raw = _bytes(value)
    if len(raw) != HASH_LENGTH:
        raise Unfit(f"expected a hash of {HASH_LENGTH} bytes, got {len(raw)}")
    return Hash(raw)


def _unsigned(bits: int) -> Callable[[Json], int]:
    def convert(value: Json) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unfit("expected an integer")
        if not 0 <= value < 1 << bits:
            raise Unfit(f"expected an integer from 0 to 2^{bits} - 1")
        return value

    return convert


_u32: Final = _unsigned(32)


def _height(value: Json) -> int:
    """Heights come as numbers or as hex."""
    if not isinstance(value, str):
        return _u32(value)
    if not _HEX_HEIGHT.fullmatch(value):
        raise Unfit("expected a block number of 1 to 8 hex digits")
    return int(value, 16)


_HEX_HEIGHT: Final = re.compile(r"(0x)?[0-9a-fA-F]{1,8}")


def _list_of(convert: Callable[[Json], Any]) -> Callable[[Json], list[Any]]:
    def convert_all(value: Json) -> list[Any]:
        if not isinstance(value, list):
            raise Unfit("expected an array")
        if len(value) > MAX_ITEMS:
            raise Unfit(f"expected at most {MAX_ITEMS} items, got {len(value)}")
        return [convert(item) for item in value]

    return convert_all


def _heights(value: Json) -> int | list[int]:
    return _list_of(_height)(value) if isinstance(value, list) else _height(value)


class NumberArray(bytes):
    """Bytes that came as serde writes `Vec<u8>`: an array of numbers."""


def _byte_array(value: Json) -> NumberArray:
    return NumberArray(_list_of(_unsigned(8))(value))


def _byte_array_or_hash(value: Json) -> NumberArray | Hash:
    return _byte_array(value) if isinstance(value, list) else _hash(value)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Unfit("expected a string")
    return value


def _account(value: Json) -> AccountId:
    try:
        public, _ = ss58.decode(_text(value))
    except ss58.AddressError as error:
        raise Unfit(str(error)) from None
    if len(public) != HASH_LENGTH:
        raise Unfit("expected the address of a 32-byte account id")
    return AccountId(public)


Bytes = Annotated[bytes, Converter("hex", _bytes)]
BlockHash = Annotated[Hash, Converter("block hash", _hash)]
Keys = Annotated[list[bytes], Converter("array of hex", _list_of(_bytes))]
Heights = Annotated[
    BlockNumber | list[BlockNumber], Converter("block number, or array of them", _heights)
]
Count = Annotated[U32, Converter("u32", _u32)]
SubnetId = Annotated[NetUid, Converter("u16", _unsigned(16))]
NeuronId = Annotated[Uid, Converter("u16", _unsigned(16))]
ByteArray = Annotated[NumberArray, Converter("array of u8", _byte_array)]
ByteArrayOrHash = Annotated[
    NumberArray | Hash, Converter("array of u8, or block hash", _byte_array_or_hash)
]
Text = Annotated[str, Converter("string", _text)]
Address = Annotated[AccountId, Converter("SS58 address", _account)]


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a method."""

    name: str
    converter: Converter
    is_nullable: bool
    is_required: bool

    def read(self, value: Json) -> Any:
        """The value of a parameter that was given; null counts as not given."""
        if value is None:
            if self.is_nullable:
                return None
            raise invalid_params(f"{self.name}: expected {self.converter.name}, got null")
        try:
            return self.converter.convert(value)
        except Unfit as unfit:
            raise invalid_params(f"{self.name}: {unfit}") from None


def params_of(function: Callable[..., Any], skip: int) -> tuple[Param, ...]:
    """The parameters that clients give, behind those that the server gives."""
    hints = get_type_hints(function, include_extras=True)
    signature = list(inspect.signature(function).parameters.values())[skip:]
    return tuple(_param(parameter, hints[parameter.name]) for parameter in signature)


def _param(parameter: inspect.Parameter, hint: Any) -> Param:
    choices = get_args(hint) if not hasattr(hint, "__metadata__") else (hint,)
    (declared,) = [choice for choice in choices if choice is not NoneType]
    return Param(
        _camel_case(parameter.name),
        declared.__metadata__[0],
        is_nullable=NoneType in choices,
        is_required=parameter.default is inspect.Parameter.empty,
    )


def _camel_case(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def read_params(declared: Sequence[Param], given: list[Json]) -> list[Any]:
    """Match positional parameters. More than declared are ignored, as Substrate does.

    Some clients put a block hash behind the parameters of every method.
    """
    if len(given) < len(declared) and declared[len(given)].is_required:
        raise invalid_params(f"{declared[len(given)].name}: missing")
    return [param.read(value) for param, value in zip(declared, given, strict=False)]
