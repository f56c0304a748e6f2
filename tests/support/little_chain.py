"""A chain in memory that believes every signature: for tests that drive the whole runtime."""

from collections.abc import Callable
from dataclasses import dataclass

from genesis.build import build_state
from genesis.dev_keys import dev_key
from genesis.presets import preset
from node.executor.host import ExecutionHost
from node.replay.stage import MemoryState
from primitives.block import AURA_ENGINE, Digest, Header, PreRuntime
from primitives.extrinsic import Address, AddressKind, BareExtrinsic, Extra, SignedExtrinsic
from primitives.scheme import Scheme
from primitives.types import AccountId, BlockNumber, Hash, Moment
from runtime import api, executive
from runtime.executive import ApplyResult
from runtime.framework.calls import CALL_CODEC, RuntimeCall, make_call
from runtime.runtime import Runtime

ALICE, BOB, CHARLIE, DAVE, EVE, FERDIE = PEOPLE = tuple(
    AccountId(dev_key(name).account)
    for name in ("Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie")
)
"""Alice may do everything."""

NOTHING = Hash(bytes(32))
FIRST_SLOT = 1000
SLOT_MS = 12_000


class BelievingHost(ExecutionHost):
    """A host for which any signature is good, and that makes no tries."""

    def __init__(self, state: MemoryState) -> None:
        super().__init__(state, self._no_trie, lambda _: None, lambda *_: None)

    def verify(self, scheme: int, signature: bytes, message: bytes, public: bytes) -> bool:
        return True

    def state_root(self) -> bytes:
        return NOTHING

    def ordered_root(self, values: list[bytes], version: int) -> bytes:
        return NOTHING

    @staticmethod
    def _no_trie(_):
        raise AssertionError("nobody asks for a trie")


@dataclass(frozen=True, slots=True)
class Applied:
    """How an extrinsic went, which keys it changed, and from what to what."""

    result: ApplyResult
    changes: dict[bytes, tuple[bytes | None, bytes | None]]


class LittleChain:
    """The dev preset; a block is always in the making between `begin` and `end`."""

    def __init__(self, prepare: Callable[[Runtime], None] = lambda _: None) -> None:
        self.state = MemoryState(build_state(preset("dev"), _embedded))
        self.host = BelievingHost(self.state)
        self.runtime = Runtime(self.host)
        prepare(self.runtime)
        self._settle()
        self.number = 0

    def begin(self) -> None:
        """Run the hooks before the extrinsics, and tell the time."""
        self.number += 1
        slot = FIRST_SLOT + self.number
        digest = Digest((PreRuntime(AURA_ENGINE, slot.to_bytes(8, "little")),))
        header = Header(NOTHING, BlockNumber(self.number), NOTHING, NOTHING, digest)
        executive.initialize_block(self.runtime, header)
        now = make_call("Timestamp", "set", now=Moment(slot * SLOT_MS))
        inherent = BareExtrinsic(CALL_CODEC.encode(now)).encode()
        executive.apply_extrinsic(self.runtime, inherent)

    def end(self) -> None:
        """Run the hooks after the extrinsics and keep the block."""
        executive.finalize_block(self.runtime)
        self._settle()

    def apply(self, who: AccountId, call: RuntimeCall) -> Applied:
        """An extrinsic, as an author applies it: what may not be in a block is undone."""
        before = dict(self.host.changes())
        nonce = self.runtime.system.account_nonce(who)
        encoded = SignedExtrinsic(
            Address(AddressKind.ID, who),
            Scheme.SR25519,
            bytes(64),
            Extra(nonce=nonce),
            CALL_CODEC.encode(call),
        ).encode()
        self.host.begin()
        result = executive.apply_extrinsic(self.runtime, encoded)
        if isinstance(result, executive.Err):
            self.host.rollback()
        else:
            self.host.commit()
        return Applied(result, self._changes_since(before))

    def _changes_since(self, before):
        after, below = self.host.changes(), self.state.values
        pairs = {
            key: (before.get(key, below.get(key)), after.get(key, below.get(key)))
            for key in sorted(before.keys() | after.keys())
        }
        return {key: (old, new) for key, (old, new) in pairs.items() if old != new}

    def _settle(self) -> None:
        self.state.apply(self.host.changes())
        self.host.reset(self.state)


def _embedded(method, args, host):
    return api.call(Runtime(host), method, args)
