"""The node's own name in the network: a secret of 32 bytes, made once and kept."""

import os
from pathlib import Path
from typing import Final

from node.whole_file import whole_file
from p2p.wire.identity import NodeKey
from primitives.errors import Rejected

SEED_LENGTH: Final = 32
_OWNER_ONLY_FILE: Final = 0o600
_OWNER_ONLY_DIRECTORY: Final = 0o700


class IdentityError(Rejected):
    """The node key cannot be read or stored."""


def load_node_key(path: Path | None, seed: bytes | None = None) -> NodeKey:
    """The given key, or the one in the file, or a new one that is put there."""
    if seed is not None:
        return NodeKey.from_seed(seed)
    if path is None:
        return NodeKey.from_seed(os.urandom(SEED_LENGTH))
    try:
        return NodeKey.from_seed(_read(path) if path.exists() else _create(path))
    except OSError as error:
        raise IdentityError(f"the node key at {path} cannot be used: {error.strerror}") from error


def _read(path: Path) -> bytes:
    """Raw, as Substrate writes it, or in hex, as people do."""
    data = path.read_bytes()
    if len(data) == SEED_LENGTH:
        return data
    return parse_seed(data.decode("ascii", "replace").strip(), str(path))


def parse_seed(text: str, what: str) -> bytes:
    """Read a node key in hex."""
    try:
        seed = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        seed = b""
    if len(seed) != SEED_LENGTH:
        raise IdentityError(
            f"{what} does not hold a node key of {SEED_LENGTH} bytes; "
            "`taonode key generate-node-key` makes one"
        )
    return seed


def _create(path: Path) -> bytes:
    path.parent.mkdir(mode=_OWNER_ONLY_DIRECTORY, parents=True, exist_ok=True)
    seed = os.urandom(SEED_LENGTH)
    with whole_file(path, _OWNER_ONLY_FILE) as file:
        file.write(seed)
    return seed
