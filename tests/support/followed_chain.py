"""A short chain whose blocks can be replayed: calls that go well, one that fails, an upgrade."""

from genesis.dev_keys import dev_key
from genesis.presets import preset
from node.executor.archive.build import installed_archive
from node.replay.record import ChainBlock
from primitives.extrinsic import IMMORTAL, Era
from primitives.signing import sign_extrinsic
from primitives.types import Balance
from runtime.framework.address import IdAddress
from runtime.framework.calls import CALL_CODEC, make_call
from runtime.version import VERSION
from tests.support.dry_runs import NEXT, code
from tests.support.forge import FIRST_SLOT, SLOT, Forge, new_client

SECOND_TIME = (SLOT * (FIRST_SLOT + 3)).to_bytes(8, "little")
"""What the second block tells."""
FRESH = b"F" * 32
"""An account that the genesis does not know."""


async def make_followed_chain(kv=None):
    """Three blocks, in every second slot.

    In the first Bob pays Charlie, and less than an existential deposit to a fresh account, which
    fails. In the second Bob pays once more, and Dave does with a mortal extrinsic. In the third
    Alice changes the code.
    """
    spec = preset("dev", installed_archive())
    forge = Forge(spec)
    if kv is not None:
        forge.client = new_client(spec, kv)
    tiny = transfer(forge, "Bob", 1, FRESH, 400)
    first = await forge.make(forge.genesis, 1, forge.transfer(0), tiny)
    mortal = transfer(forge, "Dave", 0, dev_key("Eve").account, 10**9, birth=first.header)
    second = await forge.make(first.header, 3, forge.transfer(2), mortal)
    third = await forge.make(second.header, 5, upgrade(forge))
    return [
        ChainBlock(block.header.hash(), block.header, block.extrinsics)
        for block in (first, second, third)
    ]


def transfer(forge, sender, nonce, dest, value, birth=None):
    call = make_call("Balances", "transfer_keep_alive", dest=IdAddress(dest), value=Balance(value))
    return signed(forge, call, sender, nonce, birth)


def upgrade(forge):
    call = make_call("System", "set_code", code=code(NEXT))
    return signed(forge, make_call("Sudo", "sudo", call=call), "Alice", 0)


def signed(forge, call, sender, nonce, birth=None):
    """Mortal if there is a block of birth."""
    return sign_extrinsic(
        CALL_CODEC.encode(call),
        dev_key(sender),
        nonce=nonce,
        genesis_hash=forge.client.genesis_hash,
        spec_version=VERSION.spec_version,
        transaction_version=VERSION.transaction_version,
        era=IMMORTAL if birth is None else Era.mortal(8, birth.number),
        birth_hash=None if birth is None else birth.hash(),
    )
