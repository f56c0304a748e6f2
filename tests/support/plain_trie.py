"""The state trie written down from its definition: slow, recursive, nothing shared with ours."""

from hashlib import blake2b


def plain_root(pairs: dict[bytes, bytes], version: int = 1) -> bytes:
    """Answer the root of the trie over these pairs."""
    if not pairs:
        return _hash(b"\0")
    return _hash(_node({key.hex(): value for key, value in pairs.items()}, version))


def _node(pairs: dict[str, bytes], version: int) -> bytes:
    first, last = min(pairs), max(pairs)
    size = next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
    )
    value = pairs.get(first[:size])
    children = [
        _node(below, version)
        for digit in "0123456789abcdef"
        if (below := {k[size + 1 :]: v for k, v in pairs.items() if k[size : size + 1] == digit})
    ]
    bitmap = sum(1 << int(digit, 16) for digit in {k[size] for k in pairs if len(k) > size})

    long = value is not None and version == 1 and len(value) > 32
    if children:
        pattern, bits = (16, 4) if long else (192, 6) if value is not None else (128, 6)
    else:
        pattern, bits = (32, 5) if long else (64, 6)
    encoded = _header(pattern, bits, size)
    encoded += bytes.fromhex(first[:size] if size % 2 == 0 else "0" + first[:size])
    if children:
        encoded += bitmap.to_bytes(2, "little")
    if value is not None:
        encoded += _hash(value) if long else _compact(len(value)) + value
    for child in children:
        reference = child if len(child) < 32 else _hash(child)
        encoded += _compact(len(reference)) + reference
    return encoded


def _header(pattern: int, bits: int, size: int) -> bytes:
    limit = 2**bits - 1
    if size < limit:
        return bytes([pattern + size])
    full, last = divmod(size - limit, 255)
    return bytes([pattern + limit]) + b"\xff" * full + bytes([last])


def _compact(n: int) -> bytes:
    if n < 64:
        return bytes([n * 4])
    if n < 2**14:
        return (n * 4 + 1).to_bytes(2, "little")
    return (n * 4 + 2).to_bytes(4, "little")


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=32).digest()
