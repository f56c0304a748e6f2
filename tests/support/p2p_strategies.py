"""Hypothesis strategies for wire messages."""

from hypothesis import strategies as st

from p2p.wire import limits
from p2p.wire.messages import (
    Ask,
    BlockAnnounce,
    BlockAnswer,
    BlockData,
    Bye,
    Direction,
    GetBlocks,
    GetPeers,
    GetTx,
    Parts,
    PeerRecord,
    PeersAnswer,
    Ping,
    Pong,
    ResponsePart,
    Role,
    SocketAddress,
    Status,
    Tx,
    TxAnswer,
    TxInv,
)
from p2p.wire.reason import Reason

u16 = st.integers(0, 2**16 - 1)
u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)
hash32 = st.binary(min_size=32, max_size=32)
some_bytes = st.binary(min_size=1, max_size=80)


def tuples_of(items, low, high):
    return st.lists(items, min_size=low, max_size=high).map(tuple)


statuses = st.builds(
    Status, u16, hash32, st.sampled_from(Role), u32, hash32, u32, hash32, u16, u32, u64
)
queries = st.one_of(
    st.builds(GetTx, tuples_of(hash32, 1, 4)),
    st.builds(
        GetBlocks,
        st.one_of(u32, hash32),
        st.integers(1, limits.RANGE_MAX),
        st.sampled_from(Direction),
        st.sampled_from(Parts),
    ),
    st.builds(GetPeers, st.integers(1, 32)),
)
messages = st.one_of(
    statuses,
    st.builds(Bye, st.sampled_from(Reason)),
    st.just(Ping()),
    st.just(Pong()),
    st.builds(BlockAnnounce, some_bytes, st.booleans()),
    st.builds(TxInv, tuples_of(hash32, 1, 4)),
    st.builds(Tx, tuples_of(some_bytes, 1, 4)),
    st.builds(ResponsePart, u32, u16, st.booleans(), some_bytes),
    st.builds(Ask, u32, queries),
)
blocks = st.builds(
    BlockData,
    some_bytes,
    st.none() | tuples_of(some_bytes, 0, 3),
    st.none() | st.binary(max_size=80),
)
addresses = st.builds(SocketAddress, st.binary(min_size=4, max_size=4), st.integers(1, 65_535))
records = st.builds(
    PeerRecord,
    hash32,
    hash32,
    tuples_of(addresses, 1, 4),
    u64,
    u64,
    st.binary(min_size=64, max_size=64),
)
answered = st.one_of(
    st.tuples(st.just(GetBlocks(1, 2)), st.builds(BlockAnswer, tuples_of(blocks, 0, 3))),
    st.tuples(st.just(GetTx((bytes(32),))), st.builds(TxAnswer, tuples_of(some_bytes, 0, 3))),
    st.tuples(st.just(GetPeers(3)), st.builds(PeersAnswer, tuples_of(records, 0, 3))),
)
