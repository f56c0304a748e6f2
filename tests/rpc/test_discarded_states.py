"""States that go while a question about them waits for its turn."""

import pytest

from storage import state_db
from storage.errors import MissingNode, StateDiscarded
from tests.support.rpc_node import connected


@pytest.fixture
def forget(monkeypatch):
    """Let the state be gone the first time that the runtime is asked."""

    def on(node):
        call, asked = node.client.call, []

        def forgetful(block, method, args):
            asked.append(method)
            if len(asked) == 1:
                raise StateDiscarded("gone")
            return call(block, method, args)

        monkeypatch.setattr(node.client, "call", forgetful)

    return on


async def test_who_names_no_block_is_answered_at_the_next_best_one(forget):
    async with connected() as (node, client):
        forget(node)
        assert (await client.result("state_getMetadata")).startswith("0x6d657461")


async def test_who_names_a_block_is_told_that_its_state_is_gone(forget):
    async with connected() as (node, client):
        at = "0x" + node.client.best().hash.hex()
        forget(node)
        answer = await client.call("state_getMetadata", at)
        assert "State already discarded" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("method", "read", "params"),
    [
        ("state_getReadProof", "read_proof", ()),
        (
            "state_getChildReadProof",
            "read_child_proof",
            ("0x3a6368696c645f73746f726167653a64656661756c743a01",),
        ),
    ],
)
async def test_a_proof_whose_nodes_go_while_it_is_read_is_of_a_state_that_is_gone(
    monkeypatch, method, read, params
):
    def gone(*_):
        raise MissingNode(bytes(32))

    monkeypatch.setattr(state_db, read, gone)
    async with connected() as (node, client):
        at = "0x" + node.client.best().hash.hex()
        answer = await client.call(method, *params, ["0x00"], at)
        assert "State already discarded" in answer["error"]["message"]
