"""`chain_*`: headers, blocks, and the heads of the chain."""

from node.client import BlockImported, Finalized
from node.rpc.context import RpcContext
from node.rpc.declare import Methods, Subscriber
from node.rpc.errors import subscription_lags
from node.rpc.messages import Json
from node.rpc.params import BlockHash, Heights
from node.rpc.shapes import block_json, header_json, hexed, hexed_or_null
from primitives.types import Hash

methods = Methods()


@methods.method("chain_getHeader")
def get_header(rpc: RpcContext, hash_: BlockHash | None = None) -> Json:
    """The header of a block, of the best one if none is named; null if it is not known."""
    header = rpc.chain.header(rpc.at(hash_))
    return None if header is None else header_json(header)


@methods.method("chain_getBlock")
def get_block(rpc: RpcContext, hash_: BlockHash | None = None) -> Json:
    """A block with its extrinsics; null if it is not known."""
    block = rpc.at(hash_)
    header, body = rpc.chain.header(block), rpc.chain.body(block)
    if header is None or body is None:
        return None
    return block_json(header, body, rpc.chain.justifications(block))


@methods.method("chain_getBlockHash", "chain_getHead")
def get_block_hash(rpc: RpcContext, number: Heights | None = None) -> Json:
    """The hash at a height of the best chain, or at several; of the best block without a height."""
    if number is None:
        return hexed(rpc.chain.best().hash)
    if isinstance(number, list):
        return [hexed_or_null(rpc.chain.block_hash(one)) for one in number]
    return hexed_or_null(rpc.chain.block_hash(number))


@methods.method("chain_getFinalizedHead", "chain_getFinalisedHead")
def get_finalized_head(rpc: RpcContext) -> Json:
    """The hash of the highest finalized block."""
    return hexed(rpc.chain.finalized().hash)


@methods.subscription(
    "chain_subscribeNewHeads",
    "chain_subscribeNewHead",
    "subscribe_newHead",
    event="chain_newHead",
    unsubscribe=("chain_unsubscribeNewHeads", "chain_unsubscribeNewHead", "unsubscribe_newHead"),
)
async def new_heads(rpc: RpcContext, subscriber: Subscriber) -> None:
    """The best block's header, now and whenever another block becomes the best."""
    with rpc.chain.subscribe() as events:
        subscriber.accept()
        await subscriber.notify(_header_of(rpc, rpc.chain.best().hash))
        async for event in events:
            if isinstance(event, BlockImported) and event.is_new_best:
                await subscriber.notify(header_json(event.header))
    raise subscription_lags()


@methods.subscription(
    "chain_subscribeAllHeads",
    event="chain_allHead",
    unsubscribe=("chain_unsubscribeAllHeads",),
)
async def all_heads(rpc: RpcContext, subscriber: Subscriber) -> None:
    """The best block's header, then the header of every imported block, forks included."""
    with rpc.chain.subscribe() as events:
        subscriber.accept()
        await subscriber.notify(_header_of(rpc, rpc.chain.best().hash))
        async for event in events:
            if isinstance(event, BlockImported):
                await subscriber.notify(header_json(event.header))
    raise subscription_lags()


@methods.subscription(
    "chain_subscribeFinalizedHeads",
    "chain_subscribeFinalisedHeads",
    event="chain_finalizedHead",
    unsubscribe=("chain_unsubscribeFinalizedHeads", "chain_unsubscribeFinalisedHeads"),
)
async def finalized_heads(rpc: RpcContext, subscriber: Subscriber) -> None:
    """The finalized block's header, then each header that becomes final, in order."""
    with rpc.chain.subscribe() as events:
        subscriber.accept()
        await subscriber.notify(_header_of(rpc, rpc.chain.finalized().hash))
        async for event in events:
            if isinstance(event, Finalized):
                for block in event.hashes:
                    await subscriber.notify(_header_of(rpc, block))
    raise subscription_lags()


def _header_of(rpc: RpcContext, block: Hash) -> Json:
    header = rpc.chain.header(block)
    assert header is not None  # the chain itself has named this block
    return header_json(header)
