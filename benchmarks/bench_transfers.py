"""A block of signed transfers, executed on one core, against libsodium's raw verify rate.

Prints one JSON line. Both sides run in this process, in turn, several times; medians are quoted.
"""

import json
import statistics
import time

import nacl.bindings

from genesis.build import build_state, genesis_header
from genesis.presets import preset
from node.executor.python import embedded_call
from primitives.block import AURA_ENGINE, Digest, Header, PreRuntime
from primitives.crypto import KeyPair
from primitives.scale.types import encode
from primitives.scheme import Scheme
from primitives.signing import sign_extrinsic
from primitives.types import AccountId, Balance, BlockNumber, Hash
from runtime import api
from runtime.framework.address import IdAddress
from runtime.framework.calls import CALL_CODEC, make_call
from runtime.runtime import Runtime
from runtime.version import VERSION
from runtime.wire_types import InherentData
from tests.support.host import MemoryHost

TRANSFERS = 1000
RUNS = 5
SLOT = 1000
SLOT_MS = 12_000
NOTHING = Hash(bytes(32))


def signed_transfers(genesis_hash: Hash) -> tuple[list[bytes], KeyPair]:
    alice = KeyPair.from_uri("//Alice", Scheme.ED25519)
    bob = AccountId(KeyPair.from_uri("//Bob", Scheme.ED25519).account)
    return [
        sign_extrinsic(
            transfer_to(bob, Balance(1000 + nonce)),
            alice,
            nonce=nonce,
            genesis_hash=genesis_hash,
            spec_version=VERSION.spec_version,
            transaction_version=VERSION.transaction_version,
        )
        for nonce in range(TRANSFERS)
    ], alice


def transfer_to(dest: AccountId, value: Balance) -> bytes:
    call = make_call("Balances", "transfer_keep_alive", dest=IdAddress(dest), value=value)
    return CALL_CODEC.encode(call)


def execute(
    host: MemoryHost, runtime: Runtime, genesis_hash: Hash, extrinsics: list[bytes]
) -> None:
    """Build the block as an author does, each extrinsic in its own storage layer."""
    digest = Digest((PreRuntime(AURA_ENGINE, SLOT.to_bytes(8, "little")),))
    header = Header(genesis_hash, BlockNumber(1), NOTHING, NOTHING, digest)
    api.call(runtime, "Core_initialize_block", header.encode())
    clock = InherentData([(b"timstap0", (SLOT * SLOT_MS).to_bytes(8, "little"))])
    inherents = api.call(runtime, "BlockBuilder_inherent_extrinsics", encode(InherentData, clock))
    api.call(runtime, "BlockBuilder_apply_extrinsic", inherents[1:])
    for extrinsic in extrinsics:
        host.begin()
        result = api.call(runtime, "BlockBuilder_apply_extrinsic", extrinsic)
        host.commit()
        assert result == b"\0\0"
    api.call(runtime, "BlockBuilder_finalize_block", b"")


def raw_verify(signer: KeyPair) -> float:
    """Seconds for one verification by libsodium, of a message as long as a transfer's payload."""
    message = b"\x05" * 110
    signed = signer.sign(message) + message
    start = time.perf_counter()
    for _ in range(TRANSFERS):
        nacl.bindings.crypto_sign_open(signed, signer.public)
    return (time.perf_counter() - start) / TRANSFERS


def main() -> None:
    state = build_state(preset("local"), embedded_call)
    genesis_hash = genesis_header(state).hash()
    extrinsics, signer = signed_transfers(genesis_hash)
    executed, verified = [], []
    for _ in range(RUNS):
        host = MemoryHost(state)
        runtime = Runtime(host)
        start = time.perf_counter()
        execute(host, runtime, genesis_hash, extrinsics)
        executed.append((time.perf_counter() - start) / TRANSFERS)
        verified.append(raw_verify(signer))
    ratios = [raw / whole for raw, whole in zip(verified, executed, strict=True)]
    print(
        json.dumps(
            {
                "benchmark": "signed transfers",
                "per_second": round(1 / statistics.median(executed)),
                "libsodium_verify_per_second": round(1 / statistics.median(verified)),
                "ratio": round(statistics.median(ratios), 3),
                "goal": 0.2,
            }
        )
    )


if __name__ == "__main__":
    main()
