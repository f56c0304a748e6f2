"""Secret keys that the node signs with, in Substrate's files.

<hex of key type><hex of public key>    a JSON string: the secret as phrase, URI or 0x-seed
"""

import json
from pathlib import Path
from typing import Final

from node.whole_file import whole_file
from primitives.crypto import KeyPair
from primitives.errors import Rejected
from primitives.key_uri import KeyUriError
from primitives.scheme import Scheme

AURA: Final = b"aura"
"""Key type of block authors."""
GRANDPA: Final = b"gran"
"""Key type of finality voters."""

SCHEMES: Final = {
    AURA: Scheme.SR25519,
    GRANDPA: Scheme.ED25519,
    b"babe": Scheme.SR25519,
    b"imon": Scheme.SR25519,
    b"audi": Scheme.SR25519,
    b"para": Scheme.SR25519,
    b"asgn": Scheme.SR25519,
    b"acco": Scheme.SR25519,
    b"beef": Scheme.ECDSA,
}
"""Which signatures each type of key makes."""

KEY_TYPE_LENGTH: Final = 4
OWNER_ONLY_FILE: Final = 0o600
OWNER_ONLY_DIRECTORY: Final = 0o700


class KeystoreError(Rejected):
    """A key cannot be stored, or a stored one cannot be used."""


class Keystore:
    """Keys by type and public key: those on disk, and those of this run only.

    Files are looked up when they are asked for, so a key that another program puts into the
    directory works at once.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._pairs: dict[tuple[bytes, bytes], KeyPair] = {}

    def insert(self, key_type: bytes, secret: str, public: bytes) -> None:
        """Store a secret under a public key, unchecked: the file may await its hardware."""
        if self._directory is None:
            raise KeystoreError("this node keeps no keys on disk")
        path = self._directory / _file_name(key_type, public)
        try:
            self._directory.mkdir(mode=OWNER_ONLY_DIRECTORY, parents=True, exist_ok=True)
            with whole_file(path, OWNER_ONLY_FILE) as file:
                file.write(json.dumps(secret).encode())
        except OSError as error:
            raise KeystoreError(f"the key cannot be stored: {error}") from error
        self._pairs.pop((key_type, public), None)

    def insert_for_this_run(self, key_type: bytes, secret: str) -> bytes:
        """Keep a secret in memory only, as `--alice` does; answer its public key."""
        pair = _pair_of(secret, key_type, "the given secret")
        self._pairs[key_type, pair.public] = pair
        return pair.public

    def generate(self, key_type: bytes, seed: bytes) -> bytes:
        """Store a new key made of 32 random bytes; answer its public key."""
        secret = "0x" + seed.hex()
        public = _pair_of(secret, key_type, "the given seed").public
        self.insert(key_type, secret, public)
        return public

    def has(self, key_type: bytes, public: bytes) -> bool:
        """Whether there is a key, usable or not."""
        if (key_type, public) in self._pairs:
            return True
        path = self._path(key_type, public)
        return path is not None and path.is_file()

    def public_keys(self, key_type: bytes) -> list[bytes]:
        """All keys of a type, in ascending order."""
        found = {public for kind, public in self._pairs if kind == key_type}
        if self._directory is not None and self._directory.is_dir():
            names = [path.name for path in self._directory.iterdir()]
            found.update(public for name in names if (public := _public_in(name, key_type)))
        return sorted(found)

    def sign(self, key_type: bytes, public: bytes, message: bytes) -> bytes | None:
        """Sign a message; None if there is no such key."""
        pair = self._pairs.get((key_type, public)) or self._load(key_type, public)
        return None if pair is None else pair.sign(message)

    def _load(self, key_type: bytes, public: bytes) -> KeyPair | None:
        path = self._path(key_type, public)
        if path is None or not path.is_file():
            return None
        pair = _pair_of(_read_secret(path), key_type, str(path))
        if pair.public != public:
            raise KeystoreError(f"{path} holds the secret of another key")
        self._pairs[key_type, public] = pair
        return pair

    def _path(self, key_type: bytes, public: bytes) -> Path | None:
        if self._directory is None:
            return None
        return self._directory / _file_name(key_type, public)


def scheme_of(key_type: bytes) -> Scheme:
    """The kind of signatures that a type of key makes."""
    if key_type not in SCHEMES:
        known = " ".join(sorted(kind.decode() for kind in SCHEMES))
        raise KeystoreError(f"key type {key_type!r} is not one of: {known}")
    return SCHEMES[key_type]


def _pair_of(secret: str, key_type: bytes, what: str) -> KeyPair:
    try:
        return KeyPair.from_uri(secret, scheme_of(key_type))
    except KeyUriError as error:
        raise KeystoreError(f"{what} makes no key: {error}") from None


def _file_name(key_type: bytes, public: bytes) -> str:
    """Hex only, so that nobody leaves the directory by a clever name."""
    scheme = scheme_of(key_type)
    if len(public) != scheme.public_length:
        raise KeystoreError(f"a {scheme.name} public key has {scheme.public_length} bytes")
    return key_type.hex() + public.hex()


def _public_in(name: str, key_type: bytes) -> bytes | None:
    """The public key in a file name; None for files of other types, and for other files."""
    try:
        raw = bytes.fromhex(name)
    except ValueError:
        return None
    public = raw[KEY_TYPE_LENGTH:]
    if raw[:KEY_TYPE_LENGTH] != key_type or len(public) != scheme_of(key_type).public_length:
        return None
    return public


def _read_secret(path: Path) -> str:
    try:
        secret = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KeystoreError(f"{path} cannot be read: {error}") from error
    if not isinstance(secret, str):
        raise KeystoreError(f"{path} does not hold a JSON string")
    return secret
