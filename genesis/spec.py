"""Chain specs: Substrate's JSON document that says which chain this is and how it begins."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from genesis.errors import SpecError
from genesis.fields import (
    Fields,
    Json,
    child,
    expect,
    read_hex,
    read_items,
    read_object,
    read_text,
    refuse_constant,
    unique_fields,
    write_hex,
)
from primitives.types import Hash
from storage.trie.children import RESERVED

T = TypeVar("T")

CODE_KEY: Final = b":code"
"""Where the state holds the runtime."""

_CHAIN_ID: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
"""The id names a directory of the base path, so it must not lead out of it."""

_BLOCK_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_CHAIN_TYPES: Final = ("Development", "Local", "Live")
_HASH_LENGTH: Final = 32
_HIGHEST_RATE: Final = 1000
"""At a thousand times real time a slot of twelve seconds lasts twelve milliseconds."""

SIZE_LIMIT: Final = 1 << 28
"""Bytes of a file. A spec that spells out a large state has some dozens of MiB."""
HIGHEST_ORIGIN_MS: Final = 1 << 48
"""Chain time that begins in the year 10889 is a slip, and still far from the end of 64 bits."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Chain time, which may run faster than wall time: `origin + (wall - origin) * rate`.

    Nodes of one chain must agree on it, hence it is part of the spec.
    """

    origin_ms: int
    """The instant, in ms since the Unix epoch, at which chain and wall time are the same."""
    rate: int = 1


@dataclass(frozen=True, slots=True)
class ConfigGenesis:
    """The beginning as a runtime and what its pallets are told."""

    code: bytes
    config: Json
    is_patch: bool = True
    """The config need only say what differs from the runtime's default."""


@dataclass(frozen=True, slots=True)
class RawGenesis:
    """The beginning as state: every key and value, `:code` included."""

    top: dict[bytes, bytes]
    """Without the roots of child tries, which follow from these."""
    children: dict[bytes, dict[bytes, bytes]] = field(default_factory=dict)
    """Child tries, by their names."""


@dataclass(frozen=True, slots=True)
class ChainSpec:
    """All that a node must be told to join one chain, or to begin it."""

    name: str
    id: str
    genesis: ConfigGenesis | RawGenesis
    chain_type: str = "Live"
    boot_nodes: tuple[str, ...] = ()
    telemetry_endpoints: tuple[tuple[str, int], ...] | None = None
    protocol_id: str | None = None
    fork_id: str | None = None
    properties: Json = field(default_factory=dict)
    code_substitutes: dict[int, bytes] = field(default_factory=dict)
    """Code to use from a block on instead of a broken one of the same version.

    Kept for others and not applied here: no public chain of this kind has ever needed one.
    """
    fork_blocks: tuple[tuple[int, Hash], ...] = ()
    """Which block the chain has at a height, where it must not be left to the fork choice."""
    bad_blocks: tuple[Hash, ...] = ()
    """Blocks that are none of the chain's, whatever execution says."""
    clock: Clock | None = None
    """This node's own field: null on chains that live in real time."""


def load_spec(path: Path) -> ChainSpec:
    """Read a spec from a file."""
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
        if len(data) > SIZE_LIMIT:
            raise SpecError("", f"{path} has more than {SIZE_LIMIT >> 20} MiB: no chain spec")
        text = data.decode("utf-8")
    except OSError as error:
        raise SpecError("", f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SpecError("", f"{path} is not UTF-8 text") from None
    try:
        return parse_spec(text)
    except SpecError as error:
        raise SpecError(error.path, error.problem, str(path)) from None


def parse_spec(text: str) -> ChainSpec:
    """Read a spec from its JSON text."""
    try:
        document = json.loads(text, object_pairs_hook=unique_fields, parse_constant=refuse_constant)
    except SpecError:
        raise
    except ValueError as error:
        raise SpecError("", f"not JSON: {error}") from None
    except RecursionError:
        raise SpecError("", "not JSON: nested too deeply") from None
    return _read_spec(document)


def render_spec(spec: ChainSpec) -> str:
    """Write a spec as JSON text, in the order of fields that Substrate uses."""
    document: Json = {
        "name": spec.name,
        "id": spec.id,
        "chainType": spec.chain_type,
        "bootNodes": list(spec.boot_nodes),
        "telemetryEndpoints": _render_endpoints(spec.telemetry_endpoints),
        "protocolId": spec.protocol_id,
        "properties": spec.properties or None,
    }
    if spec.fork_id is not None:
        document["forkId"] = spec.fork_id
    if spec.clock is not None:
        document["clock"] = {"originMs": spec.clock.origin_ms, "rate": spec.clock.rate}
    if spec.fork_blocks:
        document["forkBlocks"] = [[number, write_hex(block)] for number, block in spec.fork_blocks]
    if spec.bad_blocks:
        document["badBlocks"] = [write_hex(block) for block in spec.bad_blocks]
    document["codeSubstitutes"] = {
        str(number): write_hex(code) for number, code in spec.code_substitutes.items()
    }
    document["genesis"] = _render_genesis(spec.genesis)
    return json.dumps(document, indent=2) + "\n"


def _read_spec(document: Any) -> ChainSpec:
    if not isinstance(document, dict):
        raise SpecError("", "a chain spec is a JSON object")
    fields = Fields(document, "")
    fields.unsupported("consensusEngine")
    fields.ignored("lightSyncState")  # a start for light clients, which this node is not
    spec = ChainSpec(
        name=fields.required("name", read_text),
        id=fields.required("id", _read_id),
        genesis=fields.required("genesis", _read_genesis),
        chain_type=fields.optional("chainType", _read_chain_type) or "Live",
        boot_nodes=fields.optional("bootNodes", _read_texts) or (),
        telemetry_endpoints=fields.optional("telemetryEndpoints", _read_endpoints),
        protocol_id=fields.optional("protocolId", read_text),
        fork_id=fields.optional("forkId", read_text),
        properties=fields.optional("properties", _read_properties) or {},
        fork_blocks=fields.optional("forkBlocks", _read_fork_blocks) or (),
        bad_blocks=fields.optional("badBlocks", _read_hashes) or (),
        code_substitutes=fields.optional("codeSubstitutes", _read_substitutes) or {},
        clock=fields.optional("clock", _read_clock),
    )
    fields.finish()
    return spec


def _read_id(value: Any, path: str) -> str:
    text = read_text(value, path)
    if _CHAIN_ID.fullmatch(text) is None:
        raise SpecError(path, "must be 1 to 64 letters, digits, dots, dashes or underscores")
    return text


def _read_chain_type(value: Any, path: str) -> str:
    """Custom chain types are an object in Substrate; none of its nodes treats them apart."""
    text = read_text(value, path)
    if text not in _CHAIN_TYPES:
        raise SpecError(path, f"must be one of {', '.join(_CHAIN_TYPES)}")
    return text


def _read_texts(value: Any, path: str) -> tuple[str, ...]:
    return tuple(read_text(item, where) for item, where in read_items(value, path))


def _read_endpoints(value: Any, path: str) -> tuple[tuple[str, int], ...]:
    return tuple(_read_endpoint(item, where) for item, where in read_items(value, path))


def _read_endpoint(value: Any, path: str) -> tuple[str, int]:
    pair = expect(value, list, path)
    if len(pair) != 2:
        raise SpecError(path, "must be an address and a verbosity")
    return read_text(pair[0], child(path, 0)), expect(pair[1], int, child(path, 1))


def _read_properties(value: Any, path: str) -> Json:
    """Clients read the three usual ones, so those are checked; others pass as they are."""
    properties = read_object(value, path)
    for name, kind in (("ss58Format", int), ("tokenDecimals", int), ("tokenSymbol", str)):
        if name in properties:
            expect(properties[name], kind, child(path, name))
    return properties


def _read_fork_blocks(value: Any, path: str) -> tuple[tuple[int, Hash], ...]:
    return tuple(_read_fork_block(item, where) for item, where in read_items(value, path))


def _read_fork_block(value: Any, path: str) -> tuple[int, Hash]:
    pair = expect(value, list, path)
    if len(pair) != 2:
        raise SpecError(path, "must be a block number and a hash")
    number = expect(pair[0], int, child(path, 0))
    if number < 0:
        raise SpecError(child(path, 0), "must not be negative")
    return number, _read_hash(pair[1], child(path, 1))


def _read_hashes(value: Any, path: str) -> tuple[Hash, ...]:
    return tuple(_read_hash(item, where) for item, where in read_items(value, path))


def _read_hash(value: Any, path: str) -> Hash:
    data = read_hex(value, path)
    if len(data) != _HASH_LENGTH:
        raise SpecError(path, f"must be a hash of {_HASH_LENGTH} bytes")
    return Hash(data)


def _read_substitutes(value: Any, path: str) -> dict[int, bytes]:
    substitutes = {}
    for number, code in read_object(value, path).items():
        where = child(path, number)
        if _BLOCK_NUMBER.fullmatch(number) is None:
            raise SpecError(where, "must be named by a block number")
        substitutes[int(number)] = read_hex(code, where)
    return substitutes


def _read_clock(value: Any, path: str) -> Clock:
    fields = Fields(value, path)
    origin_ms = fields.required("originMs", lambda item, where: expect(item, int, where))
    rate = fields.required("rate", lambda item, where: expect(item, int, where))
    fields.finish()
    if origin_ms < 0:
        raise SpecError(fields.path_of("originMs"), "must not be negative")
    if origin_ms > HIGHEST_ORIGIN_MS:
        problem = f"must be at most {HIGHEST_ORIGIN_MS} milliseconds since 1970"
        raise SpecError(fields.path_of("originMs"), problem)
    if not 1 <= rate <= _HIGHEST_RATE:
        raise SpecError(fields.path_of("rate"), f"must be from 1 to {_HIGHEST_RATE}")
    return Clock(origin_ms, rate)


def _read_genesis(value: Any, path: str) -> ConfigGenesis | RawGenesis:
    fields = Fields(value, path)
    if fields.one_of("raw", "runtimeGenesis") == "raw":
        genesis: ConfigGenesis | RawGenesis = fields.required("raw", _read_raw)
    else:
        genesis = fields.required("runtimeGenesis", _read_config)
    fields.finish()
    return genesis


def _read_raw(value: Any, path: str) -> RawGenesis:
    fields = Fields(value, path)
    top = fields.required("top", _read_top)
    children = fields.optional("childrenDefault", _read_children) or {}
    fields.finish()
    if CODE_KEY not in top:
        raise SpecError(fields.path_of("top"), f"has no runtime code ({write_hex(CODE_KEY)})")
    return RawGenesis(top, children)


def _read_top(value: Any, path: str) -> dict[bytes, bytes]:
    top = _read_by_key(value, path, read_hex)
    for key in top:
        if key.startswith(RESERVED):
            raise SpecError(
                child(path, write_hex(key)),
                "is the root of a child trie: its entries stand in childrenDefault",
            )
    return top


def _read_children(value: Any, path: str) -> dict[bytes, dict[bytes, bytes]]:
    return _read_by_key(value, path, lambda entries, where: _read_by_key(entries, where, read_hex))


def _read_by_key(value: Any, path: str, read: Callable[[Any, str], T]) -> dict[bytes, T]:
    """Keys may differ in the case of their digits only, and then one would be lost."""
    found: dict[bytes, T] = {}
    for name, item in read_object(value, path).items():
        where = child(path, name)
        key = read_hex(name, where)
        if key in found:
            raise SpecError(where, "is given twice")
        found[key] = read(item, where)
    return found


def _read_config(value: Any, path: str) -> ConfigGenesis:
    fields = Fields(value, path)
    code = fields.required("code", read_hex)
    kind = fields.one_of("patch", "config")
    genesis = ConfigGenesis(code, fields.required(kind, read_object), is_patch=kind == "patch")
    fields.finish()
    return genesis


def _render_endpoints(endpoints: tuple[tuple[str, int], ...] | None) -> list[list[Any]] | None:
    return None if endpoints is None else [list(endpoint) for endpoint in endpoints]


def _render_genesis(genesis: ConfigGenesis | RawGenesis) -> Json:
    if isinstance(genesis, RawGenesis):
        names = sorted(genesis.children)
        children = {write_hex(name): _render_entries(genesis.children[name]) for name in names}
        return {"raw": {"top": _render_entries(genesis.top), "childrenDefault": children}}
    kind = "patch" if genesis.is_patch else "config"
    return {"runtimeGenesis": {kind: genesis.config, "code": write_hex(genesis.code)}}


def _render_entries(entries: dict[bytes, bytes]) -> Json:
    return {write_hex(key): write_hex(entries[key]) for key in sorted(entries)}
