"""Chain data as JSON, in the shapes of Substrate."""

from collections.abc import Iterable
from typing import Any

from node.rpc.messages import Json
from primitives.block import Digest, Header
from primitives.scale.compact import encode_compact
from primitives.types import BlockNumber, Hash
from runtime.pallets.system_types import RuntimeVersion
from storage.columns import Justification


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def unhexed(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


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


def read_header_json(fields: dict[str, Any]) -> Header:
    """The header that `header_json` tells; ValueError, KeyError or TypeError if it is none."""
    items = [unhexed(text) for text in fields["digest"]["logs"]]
    return Header(
        Hash(unhexed(fields["parentHash"])),
        BlockNumber(int(fields["number"], 16)),
        Hash(unhexed(fields["stateRoot"])),
        Hash(unhexed(fields["extrinsicsRoot"])),
        Digest.decode(encode_compact(len(items)) + b"".join(items)),
    )


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
