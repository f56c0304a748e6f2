"""Chains that part where one of them gets new code."""

from genesis.dev_keys import dev_key
from primitives.signing import sign_extrinsic
from runtime.framework.calls import CALL_CODEC
from runtime.version import VERSION
from tests.support.forge import Forge
from tests.support.upgrades import as_root, next_code, system


async def forked_by_an_upgrade():
    """A forge with block a1 and beside it b1 with new code, and its child b2."""
    forge = Forge()
    call = as_root(system("set_code", code=next_code()))
    upgrade = sign_extrinsic(
        CALL_CODEC.encode(call),
        dev_key("Alice"),
        nonce=0,
        genesis_hash=forge.client.genesis_hash,
        spec_version=VERSION.spec_version,
        transaction_version=VERSION.transaction_version,
    )
    a1 = await forge.make(forge.genesis, 0)
    b1 = await forge.make(forge.genesis, 1, upgrade)
    b2 = await forge.make(b1.header, 2)
    return forge, a1, b1, b2
