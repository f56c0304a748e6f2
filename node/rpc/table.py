"""Every method of this node, and the one that lists them."""

from typing import Final

from node.rpc.context import RpcContext
from node.rpc.declare import Methods
from node.rpc.messages import Json
from node.rpc.methods import (
    author,
    bittensor,
    chain,
    childstate,
    payment,
    state,
    state_changes,
    system,
)

METHODS: Final = Methods()

for _namespace in (
    author,
    bittensor,
    chain,
    childstate,
    payment,
    state,
    state_changes,
    system,
):
    METHODS.include(_namespace.methods)


@METHODS.method("rpc_methods")
def rpc_methods(rpc: RpcContext) -> Json:  # noqa: ARG001 - the same for every node
    """Every name that this node answers to. Clients avoid what is not listed."""
    return {"methods": METHODS.names()}
