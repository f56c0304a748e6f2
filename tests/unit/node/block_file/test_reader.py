"""Files of blocks: the bytes of Substrate's two forms, however they arrive, and damaged ones."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.block_file import reader
from node.block_file.reader import BadBlockFile, read_blocks
from node.block_file.signed_block import SignedBlock
from primitives.block import Block, Digest, Header, Other, RuntimeEnvironmentUpdated, Seal
from primitives.types import BlockNumber, Hash

HEADER = Header(
    Hash(b"p" * 32),
    BlockNumber(70),
    Hash(b"s" * 32),
    Hash(b"x" * 32),
    Digest((Seal(b"aura", b"\7" * 3), RuntimeEnvironmentUpdated())),
)
PLAIN = SignedBlock(Block(HEADER, [b"\x04a", b"\x08bc"]), [])
PROVEN = SignedBlock(Block(HEADER, []), [(b"FRNK", b"why"), (b"BEEF", b"")])

ENCODED_HEADER = (
    b"p" * 32
    + b"\x19\x01"
    + b"s" * 32
    + b"x" * 32
    + b"\x08"
    + b"\x05aura\x0c\x07\x07\x07"
    + b"\x08"
)
ENCODED_PLAIN = ENCODED_HEADER + b"\x08" + b"\x04a\x08bc" + b"\x00"
ENCODED_PROVEN = ENCODED_HEADER + b"\x00" + b"\x01\x08" + b"FRNK\x0cwhy" + b"BEEF\x00"

SHOWN_HEADER = {
    "parentHash": "0x" + "70" * 32,
    "number": "0x46",
    "stateRoot": "0x" + "73" * 32,
    "extrinsicsRoot": "0x" + "78" * 32,
    "digest": {"logs": ["0x05617572610c070707", "0x08"]},
}
SHOWN_PLAIN = {
    "block": {"header": SHOWN_HEADER, "extrinsics": ["0x0461", "0x086263"]},
    "justifications": None,
}
SHOWN_PROVEN = {
    "block": {"header": SHOWN_HEADER, "extrinsics": []},
    "justifications": [[[70, 82, 78, 75], [119, 104, 121]], [[66, 69, 69, 70], []]],
}

bodies = st.lists(st.binary(max_size=60).map(lambda data: bytes((len(data) << 2,)) + data))
proofs = st.lists(st.tuples(st.binary(min_size=4, max_size=4), st.binary(max_size=9)), max_size=3)


@st.composite
def signed_blocks(draw):
    digest = Digest((Other(draw(st.binary(max_size=9))),))
    number = BlockNumber(draw(st.integers(0, 2**32 - 1)))
    header = Header(Hash(b"p" * 32), number, Hash(b"s" * 32), Hash(b"x" * 32), digest)
    return SignedBlock(Block(header, draw(bodies)), draw(proofs))


def binary(*blocks):
    return len(blocks).to_bytes(8, "little") + b"".join(block.encode() for block in blocks)


def shown(*blocks, between=""):
    return between.join(json.dumps(block.to_json()) for block in blocks).encode()


def read(data):
    return list(read_blocks(io.BytesIO(data)).blocks)


class Pipe(io.BytesIO):
    """Gives no more than a few bytes at a time."""

    def read(self, size=-1):
        return super().read(min(size, 3))


@pytest.mark.parametrize(
    ("block", "encoded", "document"),
    [(PLAIN, ENCODED_PLAIN, SHOWN_PLAIN), (PROVEN, ENCODED_PROVEN, SHOWN_PROVEN)],
)
def test_a_block_is_written_as_by_substrate(block, encoded, document):
    assert block.encode() == encoded
    assert block.to_json() == document
    assert SignedBlock.decode_from(b"--" + encoded, 2) == (block, 2 + len(encoded))
    assert SignedBlock.from_json(document) == block


@given(blocks=st.lists(signed_blocks(), min_size=1, max_size=5), chunk=st.integers(1, 200))
def test_round_trip(blocks, chunk):
    before = reader._CHUNK
    reader._CHUNK = chunk
    try:
        for between in ("", "\n", " \n\t "):
            assert read(shown(*blocks, between=between)) == blocks
        for file in (io.BytesIO(binary(*blocks)), Pipe(binary(*blocks))):
            found = read_blocks(file)
            assert (found.count, list(found.blocks)) == (len(blocks), blocks)
    finally:
        reader._CHUNK = before


@pytest.mark.parametrize("count", [0x7B, 0x7B20, 0x20, 0x0A, 2**32 - 1])
def test_counts_that_look_like_text_are_counts(count):
    file = read_blocks(io.BytesIO(count.to_bytes(8, "little") + PLAIN.encode()))
    assert (file.count, next(file.blocks)) == (count, PLAIN)


def test_nothing_is_said_of_how_many_there_are_in_json():
    file = read_blocks(io.BytesIO(b"\n  " + shown(PLAIN, PROVEN) + b"\n"))
    assert (file.count, list(file.blocks)) == (None, [PLAIN, PROVEN])


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\1\0\0", b"TAOSNAP\1" * 9, b"\xff" * 20, b"[1, 2, 3]"]
)
def test_other_files_are_none(data):
    with pytest.raises(BadBlockFile):
        read(data)


def test_every_truncation_is_noticed():
    whole = binary(PLAIN, PROVEN, PLAIN)
    ends = [8 + len(ENCODED_PLAIN), 8 + len(ENCODED_PLAIN + ENCODED_PROVEN)]
    for length in range(8, len(whole)):
        file = read_blocks(io.BytesIO(whole[:length]))
        found = []
        with pytest.raises(BadBlockFile, match="cut off or damaged") as cut:
            found.extend(file.blocks)
        position = 1 + sum(length >= end for end in ends)
        assert f"its block {position} of 3 cannot be read" in str(cut.value)


def test_every_truncation_of_json_is_noticed():
    whole = shown(PLAIN, PROVEN)
    first = len(shown(PLAIN))
    for length in range(8, len(whole)):
        if length != first:
            with pytest.raises(BadBlockFile, match=f"its block {1 + (length > first)} cannot"):
                read(whole[:length])


@pytest.mark.parametrize("chunk", [1, 1 << 16])
def test_bytes_behind_the_last_block_are_noticed(monkeypatch, chunk):
    monkeypatch.setattr(reader, "_CHUNK", chunk)
    with pytest.raises(BadBlockFile, match="something stands behind the last of the 2 blocks"):
        read(binary(PLAIN, PROVEN) + b"\0")


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: document.pop("block"),
        lambda document: document["block"].pop("header"),
        lambda document: document["block"]["header"].update(number=70),
        lambda document: document["block"]["header"].update(parentHash="0x12"),
        lambda document: document["block"]["header"].update(parentHash="0xno"),
        lambda document: document["block"]["header"]["digest"].update(logs=["0x99"]),
        lambda document: document["block"].update(extrinsics=7),
        lambda document: document["block"].update(extrinsics=["0x0861"]),
        lambda document: document.update(justifications=[["FRNK", "why"]]),
    ],
)
def test_json_that_is_no_block(damage):
    document = json.loads(shown(PROVEN))
    damage(document)
    with pytest.raises(BadBlockFile, match="its block 2 cannot be read"):
        read(shown(PLAIN) + json.dumps(document).encode())


def test_a_block_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(reader, "_LONGEST", 1000)
    monkeypatch.setattr(reader, "_CHUNK", 100)
    endless = io.BytesIO(binary(PLAIN)[:60] + b"\xfe" * 100_000)
    with pytest.raises(BadBlockFile, match="its block 1 of 1 cannot be read"):
        list(read_blocks(endless).blocks)
    assert endless.tell() < 10_000


def test_no_blocks_are_a_file_too():
    assert read(binary()) == []
