"""The version of a runtime, from the blob itself where it says so, else by asking it."""

from typing import Final

from node.executor.errors import UnknownCode
from node.executor.wasm.code import custom_sections
from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError
from primitives.scale.raw import take, take_sized

_CORE: Final = bytes.fromhex("df6acb689907609b")
"""The id of the Core API: its version says which fields a RuntimeVersion has."""
_HAS_TRANSACTION_VERSION, _HAS_STATE_VERSION = 3, 4
_API_LENGTH: Final = 12
"""Id of 8 bytes, version of 4."""
_NUMBERS_LENGTH: Final = 12
"""authoring_version, spec_version, impl_version."""
_DEFAULT_TRANSACTION_VERSION: Final = (1).to_bytes(4, "little")
_DEFAULT_STATE_VERSION: Final = b"\0"


def embedded_version(module: bytes) -> bytes | None:
    """The SCALE RuntimeVersion in a module's custom sections; None if it has none."""
    version, apis = custom_sections(module, "runtime_version", "runtime_apis")
    if version is None:
        return None
    return complete_version(version, apis)


def complete_version(encoded: bytes, apis: bytes | None = None) -> bytes:
    """A RuntimeVersion in today's form: older ones lack fields at the end.

    `apis` replaces the list of runtime APIs, which the custom section of the version leaves empty.
    """
    try:
        at = 0
        for _ in ("spec_name", "impl_name"):
            name, at = take_sized(encoded, at)
            name.decode()
        _, at = take(encoded, at, _NUMBERS_LENGTH)
        count, listed_at = decode_compact(encoded, at)
        own_apis, end = take(encoded, listed_at, count * _API_LENGTH)
    except (ScaleError, UnicodeDecodeError) as error:
        raise UnknownCode(f"the runtime's version is broken: {error}") from error
    if apis is None:
        apis = own_apis
    if len(apis) % _API_LENGTH:
        raise UnknownCode("the runtime's list of APIs is broken")

    core = _version_of_core(apis)
    rest = encoded[end:]
    transaction = rest[:4] if core >= _HAS_TRANSACTION_VERSION else _DEFAULT_TRANSACTION_VERSION
    state = rest[4:5] if core >= _HAS_STATE_VERSION else _DEFAULT_STATE_VERSION
    if len(transaction + state) != 5:
        raise UnknownCode("the runtime's version is cut off")
    return encoded[:at] + encode_compact(len(apis) // _API_LENGTH) + apis + transaction + state


def _version_of_core(apis: bytes) -> int:
    for at in range(0, len(apis), _API_LENGTH):
        if apis.startswith(_CORE, at):
            return int.from_bytes(apis[at + len(_CORE) : at + _API_LENGTH], "little")
    return 0
