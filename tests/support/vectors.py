"""Reads the vector files under tests/vectors."""

import gzip
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[1] / "vectors"


def load_vectors(name: str) -> Any:
    """Answer a vector file's JSON by file name; `.gz` files are unpacked."""
    path = VECTORS / name
    if path.suffix == ".gz":
        return json.loads(gzip.decompress(path.read_bytes()))
    return json.loads(path.read_text(encoding="utf-8"))


def unhex(text: str) -> bytes:
    """Answer the bytes of a hex string with or without 0x."""
    return bytes.fromhex(text.removeprefix("0x"))
