"""States that go while a question about them waits for its turn."""

import pytest

from storage.errors import StateDiscarded
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
