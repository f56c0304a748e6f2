"""Logging, printing, versions of other code, and what only offchain workers would read."""
# ruff: noqa: ARG001 - what nobody reads goes nowhere

from typing import Final, NoReturn

from node.executor.errors import RuntimePanic
from node.executor.wasm.functions.values import NONE, some_bytes
from node.executor.wasm.interface import Bytes32, HostFunctions, Long, RuntimeCall, Span, Word

FUNCTIONS = HostFunctions()

ERROR: Final = 1
INFO: Final = 3
"""Levels as hosts count them. What is below info, runtimes write for their own developers."""
PRINTED: Final = "runtime"
"""The log target of what a runtime prints."""


@FUNCTIONS.define("ext_logging_max_level_version_1")
def max_level(call: RuntimeCall) -> Word:
    return INFO


@FUNCTIONS.define("ext_logging_log_version_1")
def log(call: RuntimeCall, level: Word, target: Span, message: Span) -> None:
    """Runtimes count levels from 0 on, though they count the highest one from 1 on."""
    text = message.decode(errors="replace")
    if level + 1 == ERROR:
        call.last_error = text
    call.host.log(level + 1, target.decode(errors="replace"), text)


@FUNCTIONS.define("ext_panic_handler_abort_on_panic_version_1")
def abort_on_panic(call: RuntimeCall, message: Span) -> NoReturn:
    raise RuntimePanic(message.decode(errors="replace"))


@FUNCTIONS.define("ext_misc_print_utf8_version_1")
def print_utf8(call: RuntimeCall, data: Span) -> None:
    call.host.log(INFO, PRINTED, data.decode(errors="replace"))


@FUNCTIONS.define("ext_misc_print_hex_version_1")
def print_hex(call: RuntimeCall, data: Span) -> None:
    call.host.log(INFO, PRINTED, f"0x{data.hex()}")


@FUNCTIONS.define("ext_misc_print_num_version_1")
def print_num(call: RuntimeCall, number: Long) -> None:
    call.host.log(INFO, PRINTED, str(number))


@FUNCTIONS.define("ext_misc_runtime_version_version_1")
def runtime_version(call: RuntimeCall, code: Span) -> Span:
    version = call.host.runtime_version(code)
    return NONE if version is None else some_bytes(version)


@FUNCTIONS.define("ext_offchain_index_set_version_1")
def index_set(call: RuntimeCall, key: Span, value: Span) -> None:
    """Nobody reads the offchain database: this node runs no offchain workers."""


@FUNCTIONS.define("ext_offchain_index_clear_version_1")
def index_clear(call: RuntimeCall, key: Span) -> None:
    """As `index_set`."""


@FUNCTIONS.define("ext_transaction_index_index_version_1")
def transaction_index(call: RuntimeCall, extrinsic: Word, size: Word, content: Bytes32) -> None:
    """Nobody asks for stored transactions by content."""


@FUNCTIONS.define("ext_transaction_index_renew_version_1")
def transaction_renew(call: RuntimeCall, extrinsic: Word, content: Bytes32) -> None:
    """As `transaction_index`."""
