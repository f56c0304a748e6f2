"""Subscriptions to state: what some keys hold, and which runtime is in force."""

from node.client import BlockImported
from node.rpc.context import RpcContext
from node.rpc.declare import Methods, Subscriber
from node.rpc.errors import invalid_params, subscription_lags
from node.rpc.messages import Json
from node.rpc.params import Keys
from node.rpc.shapes import changes_json, version_json
from primitives.types import Hash

methods = Methods()


@methods.subscription(
    "state_subscribeStorage", event="state_storage", unsubscribe=("state_unsubscribeStorage",)
)
async def storage(rpc: RpcContext, subscriber: Subscriber, keys: Keys | None = None) -> None:
    """What some keys hold, now and whenever a new best block changes one of them."""
    if not keys:
        raise invalid_params("keys: name at least one; this node does not watch the whole state")
    known: dict[bytes, bytes | None] = {}

    async def tell_changes(block: Hash) -> None:
        nonlocal known
        values = _read(rpc, block, keys)
        changed = [(key, now) for key, now in values.items() if known.get(key, b"?") != now]
        known = values
        if changed:
            await subscriber.notify(changes_json(block, changed))

    with rpc.chain.subscribe() as events:
        best = rpc.chain.best().hash
        subscriber.accept()
        await tell_changes(best)
        async for event in events:
            if isinstance(event, BlockImported) and event.is_new_best:
                await tell_changes(event.hash)
    raise subscription_lags()


@methods.subscription(
    "state_subscribeRuntimeVersion",
    "chain_subscribeRuntimeVersion",
    event="state_runtimeVersion",
    unsubscribe=("state_unsubscribeRuntimeVersion", "chain_unsubscribeRuntimeVersion"),
)
async def runtime_version(rpc: RpcContext, subscriber: Subscriber) -> None:
    """The runtime's version, now and whenever a new best block has another one."""
    with rpc.chain.subscribe() as events:
        known = _version(rpc, rpc.chain.best().hash)
        subscriber.accept()
        await subscriber.notify(known)
        async for event in events:
            if isinstance(event, BlockImported) and event.is_new_best:
                now = _version(rpc, event.hash)
                if now != known:
                    known = now
                    await subscriber.notify(known)
    raise subscription_lags()


def _read(rpc: RpcContext, block: Hash, keys: list[bytes]) -> dict[bytes, bytes | None]:
    with rpc.refusing(block):
        state = rpc.chain.state(block)
        return {key: state.get(key) for key in keys}


def _version(rpc: RpcContext, block: Hash) -> Json:
    with rpc.refusing(block):
        return version_json(rpc.chain.runtime_version(block))
