"""Chain data as JSON, in the shapes of Substrate."""

from collections.abc import Iterable

from node.rpc.messages import Json
from primitives.block import Header
from primitives.types import Hash
from runtime.pallets.system_types import RuntimeVersion
from storage.columns import Justification


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def hexed_or_null(data: bytes | None) -> str | None:
    return None if data is None else hexed(data)


def header_json(header: Header) -> Json:
    """Clients compute the hash from this: the number is hex without leading zeros."""
    return {
        "parentHash": hexed(header.parent_hash),
        "number": hex(header.number),
        "stateRoot": hexed(header.state_root),
        "extrinsicsRoot": hexed(header.extrinsics_root),
        "digest": {"logs": [hexed(item.encode()) for item in header.digest.items]},
    }


def block_json(header: Header, body: list[bytes], justifications: list[Justification]) -> Json:
    """A block with its proofs; their bytes are numbers, as serde writes them."""
    proofs = [[list(engine), list(proof)] for engine, proof in justifications]
    return {
        "block": {
            "header": header_json(header),
            "extrinsics": [hexed(extrinsic) for extrinsic in body],
        },
        "justifications": proofs or None,
    }


def version_json(version: RuntimeVersion) -> Json:
    return {
        "specName": version.spec_name,
        "implName": version.impl_name,
        "authoringVersion": version.authoring_version,
        "specVersion": version.spec_version,
        "implVersion": version.impl_version,
        "apis": [[hexed(name), number] for name, number in version.apis],
        "transactionVersion": version.transaction_version,
        "stateVersion": version.state_version,
    }


def changes_json(block: Hash, changes: Iterable[tuple[bytes, bytes | None]]) -> Json:
    """What some keys hold after a block; absent ones are told as null."""
    pairs = [[hexed(key), hexed_or_null(value)] for key, value in changes]
    return {"block": hexed(block), "changes": pairs}
