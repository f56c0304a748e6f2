"""From a chain spec to the state and the header that a chain begins with."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from genesis.errors import SpecError
from genesis.fields import Json
from genesis.host import GenesisHost
from genesis.spec import CODE_KEY, ChainSpec, ConfigGenesis, RawGenesis
from primitives.block import Header
from primitives.scale.raw import expect_end, sized, take_sized
from primitives.types import BlockNumber, Hash
from runtime.framework.errors import Panic
from storage.trie.children import root_key
from storage.trie.node import EMPTY_ROOT
from storage.trie.root import trie_root

EMBEDDED_CODE: Final = b"taonode-python-runtime"
"""Stands under `:code` for the runtime that is part of this program, whichever that is.

Good for chains that live no longer than a process. What others join, or what a later release is to
open again, needs the code itself.
"""

STATE_VERSION: Final = 1
"""The trie layout that spec 185 declares; the state root of the genesis follows it."""

_NO_PARENT: Final = Hash(bytes(32))
_CONFIG_PATH: Final = "genesis.runtimeGenesis"


class RuntimeEntry(Protocol):
    """The door to a runtime: its APIs by wire name, with SCALE arguments and result."""

    def __call__(self, method: str, args: bytes, host: GenesisHost) -> bytes: ...


def build_state(spec: ChainSpec, call: RuntimeEntry) -> dict[bytes, bytes]:
    """Answer every key and value in the top trie of the genesis state."""
    return top_of(spell_out(spec, call))


def spell_out(spec: ChainSpec, call: RuntimeEntry) -> RawGenesis:
    """Answer the genesis as state."""
    match spec.genesis:
        case RawGenesis() as raw:
            return raw
        case ConfigGenesis(code, config, is_patch):
            whole = merge_patch(default_config(call), config) if is_patch else config
            host = _run_pallets(whole, call)
            return RawGenesis(host.state() | {CODE_KEY: code}, host.children())


def top_of(genesis: RawGenesis) -> dict[bytes, bytes]:
    """Answer every key and value in the top trie, the roots of child tries included."""
    roots = {
        root_key(name): trie_root(entries, STATE_VERSION)
        for name, entries in genesis.children.items()
        if entries
    }
    return genesis.top | roots


def to_raw(spec: ChainSpec, call: RuntimeEntry) -> ChainSpec:
    """Answer the same chain with its genesis spelled out, for nodes of any version."""
    return replace(spec, genesis=spell_out(spec, call))


def genesis_header(state: Mapping[bytes, bytes]) -> Header:
    """Answer the header of block 0 by the top trie of its state; its hash names the chain."""
    return Header(
        parent_hash=_NO_PARENT,
        number=BlockNumber(0),
        state_root=trie_root(state, STATE_VERSION),
        extrinsics_root=Hash(EMPTY_ROOT),
    )


def default_config(call: RuntimeEntry) -> Json:
    """Answer what the runtime's pallets begin with when nobody tells them anything."""
    answer = call("GenesisBuilder_create_default_config", b"", GenesisHost())
    text, end = take_sized(answer, 0)
    expect_end(answer, end, "default genesis config")
    config: Json = json.loads(text)
    return config


def merge_patch(config: Any, patch: Any) -> Any:
    """Answer the config with the patch over it: objects merge, null removes, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(config) if isinstance(config, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def _run_pallets(config: Json, call: RuntimeEntry) -> GenesisHost:
    host = GenesisHost()
    text = json.dumps(config, separators=(",", ":")).encode()
    try:
        answer = call("GenesisBuilder_build_config", sized(text), host)
    except Panic as panic:
        raise SpecError(_CONFIG_PATH, f"the runtime refuses it: {panic}") from panic
    if answer != _DONE:
        raise SpecError(_CONFIG_PATH, f"the runtime refuses it: {_refusal(answer)}")
    return host


_DONE: Final = b"\0"
"""`Ok(())`. A refusal is 1 and a text."""


def _refusal(answer: bytes) -> str:
    text, end = take_sized(answer, 1)
    expect_end(answer, end, "refusal")
    return text.decode("utf-8", "replace")
