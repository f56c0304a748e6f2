"""Which release a preset's chain has begun with, when it is not the one that the flags say."""

from dataclasses import replace

from genesis.presets import PRESETS
from genesis.spec import ChainSpec, RawGenesis
from node.executor.archive.shipped import archive_of_spec, spec_versions
from node.genesis_block import genesis_of
from primitives.types import Hash


def release_of(spec: ChainSpec, genesis_hash: Hash) -> int | None:
    """The `--spec` with which a preset has this genesis; None if there is none, or no preset."""
    genesis = spec.genesis
    if isinstance(genesis, RawGenesis) or not _is_preset(spec, genesis.code):
        return None
    for version in spec_versions():
        begun = replace(spec, genesis=replace(genesis, code=archive_of_spec(version)))
        if genesis_of(begun).header.hash() == genesis_hash:
            return version
    return None


def _is_preset(spec: ChainSpec, code: bytes) -> bool:
    return any(spec == make(code) for make in PRESETS.values())
