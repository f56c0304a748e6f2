"""`system_*`: the node, its peers, and what it knows of an account's next extrinsic."""

from node.rpc.context import RpcContext
from node.rpc.declare import Methods
from node.rpc.errors import ErrorCode, RpcError
from node.rpc.extrinsics import opaque
from node.rpc.messages import Json
from node.rpc.params import Address, BlockHash, Bytes
from node.rpc.shapes import hexed

methods = Methods()


@methods.method("system_name")
def name(rpc: RpcContext) -> Json:
    """The name of the program."""
    return rpc.node.name


@methods.method("system_version")
def version(rpc: RpcContext) -> Json:
    """The version of the program."""
    return rpc.node.version


@methods.method("system_chain")
def chain(rpc: RpcContext) -> Json:
    """The name of the chain."""
    return rpc.node.chain


@methods.method("system_chainType")
def chain_type(rpc: RpcContext) -> Json:
    """`Development`, `Local` or `Live`."""
    return rpc.node.chain_type


@methods.method("system_properties")
def properties(rpc: RpcContext) -> Json:
    """Address format, token symbol and decimals, as the chain spec has them."""
    return rpc.node.properties


@methods.method("system_health")
def health(rpc: RpcContext) -> Json:
    """How many peers there are, and whether the node is catching up."""
    return {
        "peers": len(rpc.network.peers()),
        "isSyncing": rpc.network.is_syncing,
        "shouldHavePeers": rpc.network.should_have_peers,
    }


@methods.method("system_localPeerId")
def local_peer_id(rpc: RpcContext) -> Json:
    """The node's identity in the network."""
    return rpc.network.peer_id


@methods.method("system_localListenAddresses")
def local_listen_addresses(rpc: RpcContext) -> Json:
    """Where other nodes reach this one."""
    return rpc.network.addresses()


@methods.method("system_peers", unsafe=True)
def peers(rpc: RpcContext) -> Json:
    """The connected peers and their best blocks."""
    return [
        {
            "peerId": peer.peer_id,
            "roles": peer.roles.upper(),
            "bestHash": hexed(peer.best.hash),
            "bestNumber": peer.best.number,
        }
        for peer in rpc.network.peers()
    ]


@methods.method("system_nodeRoles")
def node_roles(rpc: RpcContext) -> Json:
    """`Full` or `Authority`, in an array."""
    return rpc.network.roles


@methods.method("system_syncState")
def sync_state(rpc: RpcContext) -> Json:
    """Where the node began, where it is, and the highest block that it knows of."""
    current = rpc.chain.best().number
    return {
        "startingBlock": rpc.network.starting_block,
        "currentBlock": current,
        "highestBlock": max([current, *(peer.best.number for peer in rpc.network.peers())]),
    }


@methods.method("system_accountNextIndex", "account_nextIndex")
def account_next_index(rpc: RpcContext, account: Address) -> Json:
    """The nonce for an account's next extrinsic, those that wait in the pool counted."""
    block = rpc.at(None)
    with rpc.refusing(
        block, lambda why: RpcError(ErrorCode.RUNTIME_FAILED, "Unable to query nonce.", why)
    ):
        return rpc.pool.next_index(account)


@methods.method("system_dryRun", "system_dryRunAt", unsafe=True)
async def dry_run(rpc: RpcContext, extrinsic: Bytes, at: BlockHash | None = None) -> Json:
    """What applying an extrinsic after a block would give, in SCALE."""
    text = "Unable to dry run extrinsic."
    return hexed(
        await rpc.call(
            at,
            "BlockBuilder_apply_extrinsic",
            opaque(extrinsic, text),
            lambda why: RpcError(ErrorCode.RUNTIME_FAILED, text, why),
        )
    )
