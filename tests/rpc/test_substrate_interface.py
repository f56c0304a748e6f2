"""A client that people use, unchanged, against the server."""

from functools import partial

import pytest
import trio
from substrateinterface import Keypair, SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException

from genesis.dev_keys import dev_key
from tests.support.rpc_node import RpcNode, serving


async def make_blocks_when_wanted(node):
    """A block as soon as something may go into one."""
    while True:
        await node.pool.announcements.take(1)
        await node.make_block()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["ws", "http"])
async def test_substrate_interface_connects_reads_and_transfers(scheme):
    node = RpcNode()
    await node.make_block()
    await node.make_block()

    async with serving(node) as port, trio.open_nursery() as nursery:
        nursery.start_soon(make_blocks_when_wanted, node)
        use = use_over_websocket if scheme == "ws" else read_over_http
        await trio.to_thread.run_sync(partial(use, f"{scheme}://127.0.0.1:{port}"))
        nursery.cancel_scope.cancel()


def free(chain, who):
    return chain.query("System", "Account", [who.ss58_address]).value["data"]["free"]


def read_over_http(url):
    with SubstrateInterface(url=url) as chain:
        assert chain.chain == "Development"
        assert chain.get_block_number(chain.get_chain_head()) == 2
        assert free(chain, Keypair.create_from_uri("//Alice")) > 0


def use_over_websocket(url):
    alice, bob = (Keypair.create_from_uri(f"//{name}") for name in ("Alice", "Bob"))
    assert alice.public_key == dev_key("Alice").public
    with SubstrateInterface(url=url, type_registry={"types": {"Balance": "u64"}}) as chain:
        accounts = {key.value for key, _ in chain.query_map("System", "Account", page_size=3)}
        assert len(accounts) == len(list(chain.query_map("System", "Account"))) > 3
        assert alice.ss58_address in accounts
        assert chain.get_block()["extrinsics"][0].value["call"]["call_module"] == "Timestamp"

        before = free(chain, bob)
        arguments = {"dest": bob.ss58_address, "value": 5 * 10**9}
        call = chain.compose_call("Balances", "transfer_keep_alive", arguments)
        fee = chain.get_payment_info(call, alice)["partialFee"]
        extrinsic = chain.create_signed_extrinsic(call, alice)
        receipt = chain.submit_extrinsic(extrinsic, wait_for_inclusion=True)
        assert receipt.is_success
        assert receipt.total_fee_amount == fee
        assert free(chain, bob) == before + 5 * 10**9

        with pytest.raises(SubstrateRequestException, match="Transaction is outdated"):
            chain.submit_extrinsic(chain.create_signed_extrinsic(call, alice, nonce=0))

        heads = []

        def on_head(header, number, subscription):
            heads.append(number)
            chain.submit_extrinsic(chain.create_signed_extrinsic(call, bob))
            return number if len(heads) == 3 else None

        with SubstrateInterface(url=url) as listener:
            assert listener.subscribe_block_headers(on_head) == heads[-1]
        assert heads == sorted(set(heads))
