"""The beginning of a chain: what its spec makes of the state, and the first block."""

from typing import NamedTuple

from genesis.build import genesis_header, spell_out, top_of
from genesis.spec import CODE_KEY, ChainSpec, RawGenesis
from node.executor.errors import CodeNotPermitted
from node.executor.runtimes import Runtimes
from primitives.block import Header


class Genesis(NamedTuple):
    """The beginning of a chain."""

    state: dict[bytes, bytes]
    """The top trie."""
    header: Header
    children: dict[bytes, dict[bytes, bytes]]
    """Child tries, by their names."""


def genesis_of(spec: ChainSpec, runtimes: Runtimes | None = None) -> Genesis:
    """The state with which a chain begins, and its first block.

    The operator's policy has no say: which chain it is, and whether this node goes on with it, are
    two questions.
    """
    genesis = spec.genesis
    if not isinstance(genesis, RawGenesis):
        try:
            runtime = (runtimes or Runtimes()).entry(genesis.code)
        except CodeNotPermitted:
            runtime = Runtimes().entry(genesis.code)
        genesis = spell_out(spec, runtime)
    state = top_of(genesis)
    return Genesis(state, genesis_header(state), genesis.children)


def code_of(spec: ChainSpec) -> bytes:
    """The runtime with which a chain begins."""
    genesis = spec.genesis
    return genesis.top[CODE_KEY] if isinstance(genesis, RawGenesis) else genesis.code
