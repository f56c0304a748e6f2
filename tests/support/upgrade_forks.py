"""Chains that part where one of them gets new code."""

from genesis.dev_keys import dev_key
from primitives.signing import sign_extrinsic
from runtime.framework.calls import CALL_CODEC
from runtime.version import VERSION
from tests.support.forge import Forge
from tests.support.upgrades import as_root, next_code, system


def upgrade_to(code, forge):
    """Root's first extrinsic on a forge's chain, which puts code in place."""
    return sign_extrinsic(
        CALL_CODEC.encode(as_root(system("set_code", code=code))),
        dev_key("Alice"),
        nonce=0,
        genesis_hash=forge.client.genesis_hash,
        spec_version=VERSION.spec_version,
        transaction_version=VERSION.transaction_version,
    )


async def forked_by_an_upgrade():
    """A forge with block a1 and beside it b1 with new code, and its child b2."""
    forge = Forge()
    a1 = await forge.make(forge.genesis, 0)
    b1 = await forge.make(forge.genesis, 1, upgrade_to(next_code(), forge))
    b2 = await forge.make(b1.header, 2)
    return forge, a1, b1, b2
