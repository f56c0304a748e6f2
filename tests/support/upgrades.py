"""A next runtime to upgrade to, and the extrinsics that put it in place."""

from functools import cache

from genesis.dev_keys import dev_key
from genesis.presets import preset
from node.executor.archive.build import archive_of, installed_archive
from primitives.hashing import twox_128
from primitives.signing import sign_extrinsic
from primitives.transaction_validity import TransactionSource
from runtime.framework.calls import CALL_CODEC, make_call
from runtime.version import SPEC_VERSION
from tests.support.running import config, grow
from tests.support.runtime_sources import changed, with_spec_version

NEXT = SPEC_VERSION + 1
UPGRADES = b":test:upgrades"
"""Where the next runtime counts how often its hook ran."""
GREETING = b":test:greeting"
EVENTS = twox_128(b"System") + twox_128(b"Events")
LAST_UPGRADE = twox_128(b"System") + twox_128(b"LastRuntimeUpgrade")

_CALL_10 = (
    "    @call(index=10, weight=Weight(133_027_000), dispatch_class=DispatchClass.OPERATIONAL)\n"
)
_ADDED = f'''
    def on_runtime_upgrade(self) -> Weight:
        """Count."""
        before = self.ctx.host.get({UPGRADES!r}) or bytes(1)
        self.ctx.host.put({UPGRADES!r}, bytes((before[0] + 1,)))
        return Weight(1_000)

    @call(index=8, weight=Weight(1_000_000))
    def greet(self, origin: Origin, greeting: bytes) -> None:
        """Keep a greeting."""
        ensure_signed(origin)
        self.ctx.host.put({GREETING!r}, greeting)

'''


@cache
def next_code():
    """The archive of a runtime with one call more and one constant changed."""
    sources = with_spec_version(NEXT)
    sources = changed(sources, "runtime/pallets/system.py", {_CALL_10: _ADDED + _CALL_10})
    constant = "existential_deposit: Constant[Balance] = constant(Balance({}))"
    sources = changed(
        sources,
        "runtime/pallets/balances.py",
        {constant.format("500"): constant.format("77_777")},
    )
    return archive_of(sources)


def member(name, **sections):
    """A node of a chain whose genesis holds the archive of the installed runtime."""
    spec = preset("dev", installed_archive())
    return config(name, author=name == "Alice", spec=spec, **sections)


def system(name, **arguments):
    return make_call("System", name, **arguments)


def as_root(call):
    return make_call("Sudo", "sudo", call=call)


class Signer:
    """Signs for a development account, whose nonces it counts, by the version that it finds."""

    def __init__(self, running, name="Alice"):
        client = running.node.client
        self._genesis = client.genesis_hash
        self._key = dev_key(name)
        self.nonce = 0
        at_start = client.runtime_version(client.best().hash)
        self.spec_version = at_start.spec_version
        self._transaction_version = at_start.transaction_version

    def sign(self, call):
        return self.sign_bytes(CALL_CODEC.encode(call))

    def sign_bytes(self, call):
        extrinsic = sign_extrinsic(
            call,
            self._key,
            nonce=self.nonce,
            genesis_hash=self._genesis,
            spec_version=self.spec_version,
            transaction_version=self._transaction_version,
        )
        self.nonce += 1
        return extrinsic


async def submit(running, extrinsic):
    return await running.node.pool.submit(extrinsic, TransactionSource.EXTERNAL)


async def next_block(author, *followers):
    return await grow(author, author.node.client.best().number + 1, *followers)


async def in_next_block(author, extrinsic, *followers):
    """Submit, author, and answer the block that must hold the extrinsic."""
    await submit(author, extrinsic)
    best = await next_block(author, *followers)
    assert extrinsic in author.node.client.body(best.hash)
    return best


async def upgrade(author, signer, *followers):
    """The block with the next code."""
    call = as_root(system("set_code", code=next_code()))
    return await in_next_block(author, signer.sign(call), *followers)


def events(running, block):
    """The raw events of a block."""
    return running.node.client.state(block).get(EVENTS)


def value(running, block, key):
    return running.node.client.state(block).get(key)


def spec_version(running, block):
    return running.node.client.runtime_version(block).spec_version


def metadata(running, block):
    return running.node.client.call(block, "Metadata_metadata", b"")
