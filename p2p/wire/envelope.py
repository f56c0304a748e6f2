"""The strict envelope of messages: the door to msgpack.

Every message has exactly one encoding; all other bytes are a fault, whatever they are.
"""

from typing import Any, Final

import msgpack

from p2p.wire.kind import EXTENSION_CAP, EXTENSION_KINDS, KIND_OF, KINDS, AnswerKind, Lane
from p2p.wire.messages import Answer, Ask, Extension, Message, PeerRecord, Query
from p2p.wire.shape import record_shape, refuse


def encode(item: Message | Ask) -> bytes:
    """Write a message."""
    if isinstance(item, Ask):
        kind = KIND_OF[type(item.query)]
        return _pack([kind.number, item.id, *kind.shape.pack(item.query)])
    kind = KIND_OF[type(item)]
    return _pack([kind.number, *kind.shape.pack(item)])


def decode(data: bytes) -> Message | Ask | Extension:
    """Read a message; there is exactly one way to write each."""
    plain = _unpack(data)
    if type(plain) is not list or not plain or type(plain[0]) is not int:
        raise refuse("no message")
    if plain[0] >= EXTENSION_KINDS:
        return Extension(plain[0])
    kind = KINDS.get(plain[0])
    if kind is None:
        raise refuse(f"unknown kind {plain[0]}")
    if kind.answer is None:
        return kind.shape.unpack(plain[1:])  # type: ignore[no-any-return]
    if len(plain) < 2 or type(plain[1]) is not int or not 0 <= plain[1] < 2**32:
        raise refuse("query without a number")
    return Ask(plain[1], kind.shape.unpack(plain[2:]))


def encode_answer(query: Query, answer: Answer) -> bytes:
    """Write the answer of a query, to be cut into parts."""
    return _pack(_answer_kind(query).shape.pack(answer))


def decode_answer(query: Query, data: bytes) -> Answer:
    """Read a whole answer."""
    return _answer_kind(query).shape.unpack(_unpack(data))  # type: ignore[no-any-return]


def answer_cap(query: Query) -> int:
    """Answer how long the encoded answer may be."""
    return _answer_kind(query).cap


def lane_of(item: Message | Ask) -> Lane:
    """Answer the queue in which a message waits."""
    return KIND_OF[type(item.query if isinstance(item, Ask) else item)].lane


def cap_of(head: bytes) -> int:
    """Answer the cap of the kind that the first bytes of a message announce."""
    if len(head) < 2 or not 0x91 <= head[0] <= 0x9F:
        raise refuse("no message head")
    if head[1] < EXTENSION_KINDS:
        kind = KINDS.get(head[1])
        if kind is None:
            raise refuse(f"unknown kind {head[1]}")
        return kind.cap
    return EXTENSION_CAP


def encode_unsigned(record: PeerRecord) -> bytes:
    """Write what the owner of a peer record signs: all fields but the signature."""
    return _pack(_RECORD_SHAPE.pack(record)[:-1])


_RECORD_SHAPE: Final = record_shape(PeerRecord)


def _answer_kind(query: Query) -> AnswerKind:
    kind = KIND_OF[type(query)].answer
    if kind is None:
        raise TypeError(f"{type(query).__name__} is no query")
    return kind


def _pack(plain: list[Any]) -> bytes:
    return bytes(msgpack.packb(plain, use_bin_type=True))


def _unpack(data: bytes) -> Any:
    """Read what packs into the very same bytes again, and nothing else."""
    try:
        plain = msgpack.unpackb(data, raw=False, strict_map_key=True, max_map_len=0, max_ext_len=0)
        is_canonical = _pack(plain) == data
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise refuse("no msgpack") from None
    if not is_canonical:
        raise refuse("not the canonical form")
    return plain
