"""Signed records: only genuine ones, few from each source."""

from dataclasses import replace

import pytest

from p2p.discovery.address import NodeAddress, pack_socket, parse_address
from p2p.discovery.book import LEARNED_PER_SOURCE, RECORD_SECONDS, AddressBook, sign_record
from p2p.wire.identity import NodeKey
from p2p.wire.messages import PeersAnswer, SocketAddress
from p2p.wire.reason import P2pFault, Reason
from tests.support.p2p_node import node_key

GENESIS = b"g" * 32
OURS, SOURCE = node_key(1).peer_id, node_key(2).peer_id
NOW = 1_700_000_000


def record(number, *, now=NOW, port=30333, genesis=GENESIS):
    key = NodeKey.from_seed(number.to_bytes(32, "big"))
    return sign_record(key, genesis, (SocketAddress(b"\x0a\x00\x00\x01", port),), now)


def book_with(*records, source=SOURCE):
    book = AddressBook(OURS, GENESIS)
    book.learn(PeersAnswer(records), source, NOW)
    return book


def test_record_is_learned_and_told():
    book = book_with(record(5))
    (address,) = book.addresses(NOW)
    assert (address.host, address.port) == ("10.0.0.1", 30333)
    assert book.sample(32, NOW, lambda: 0.5) == [record(5)]


def test_newer_record_replaces_an_older_and_not_the_reverse():
    book = book_with(record(5, now=NOW - 10, port=1))
    book.learn(PeersAnswer((record(5, port=2),)), SOURCE, NOW)
    book.learn(PeersAnswer((record(5, now=NOW - 5, port=3),)), SOURCE, NOW)
    assert [address.port for address in book.addresses(NOW)] == [2]


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, signature=bytes(64)),
        lambda r: replace(r, sequence=r.sequence + 1),
        lambda r: replace(r, addresses=(SocketAddress(b"\x0a\x00\x00\x02", 30333),)),
        lambda r: replace(r, addresses=(SocketAddress(b"\x0a\x00\x00\x02\x03", 30333),)),
        lambda r: replace(r, public=node_key(9).public),
    ],
)
def test_forged_record_is_a_fault(change):
    with pytest.raises(P2pFault) as fault:
        book_with(change(record(5)))
    assert fault.value.why is Reason.FORGED


def test_useless_records_are_passed_over():
    ours = sign_record(node_key(1), GENESIS, (SocketAddress(b"\x0a\0\0\1", 1),), NOW)
    expired = record(5, now=NOW - RECORD_SECONDS)
    far_future = record(6, now=NOW + 2 * RECORD_SECONDS)
    other_chain = record(7, genesis=b"x" * 32)
    assert len(book_with(ours, expired, far_future, other_chain)) == 0


def test_one_source_fills_only_its_share():
    assert len(book_with(*map(record, range(10, 42)))) == LEARNED_PER_SOURCE


def test_records_expire():
    book = book_with(record(5))
    assert book.addresses(NOW + RECORD_SECONDS) == []
    assert book.sample(32, NOW + RECORD_SECONDS, lambda: 0.5) == []


def test_addresses_once_reached_come_first():
    book = book_with(record(5), record(6))
    second = book.addresses(NOW)[1]
    book.mark_tried(second.peer)
    assert book.addresses(NOW)[0] == second


def test_multiaddress_round_trips():
    for host in ("ip4/127.0.0.1", "ip6/::1", "dns/node.example"):
        text = f"/{host}/tcp/30333/p2p/{OURS}"
        assert str(parse_address(text)) == text
    assert parse_address(f"/ip4/10.0.0.1/tcp/1/p2p/{OURS}") == NodeAddress(OURS, "10.0.0.1", 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:30333",
        f"/ip4/127.0.0.1/tcp/0/p2p/{OURS}",
        f"/ip4/127.0.0.1/tcp/70000/p2p/{OURS}",
        f"/ip4/999.0.0.1/tcp/1/p2p/{OURS}",
        f"/ip4/127.0.0.1/udp/1/p2p/{OURS}",
        "/ip4/127.0.0.1/tcp/1/p2p/12D3KooW",
    ],
)
def test_malformed_multiaddress_is_refused(text):
    with pytest.raises(ValueError):
        parse_address(text)


def test_wildcards_and_names_are_not_told():
    assert pack_socket("0.0.0.0", 1) is None
    assert pack_socket("node.example", 1) is None
    assert pack_socket("::1", 1) == SocketAddress(bytes(15) + b"\x01", 1)
