"""The machine as a whole: what no part of it decides alone."""

from dataclasses import replace

from p2p.discovery.book import AddressBook, sign_record
from p2p.interface import ReportPeer
from p2p.machine import AskPeer, PeerAnswered, PeerJoined
from p2p.network import (
    PEERS_PAUSE_SECONDS,
    Drop,
    Network,
    PeerAsked,
    Respond,
    SeekPeers,
    Serve,
    read_range,
)
from p2p.peers import PeerLimits, PeerSet
from p2p.wire import limits
from p2p.wire.messages import (
    GetBlocks,
    GetPeers,
    GetTx,
    PeersAnswer,
    Role,
    SocketAddress,
    Status,
    TxAnswer,
)
from p2p.wire.reason import Reason
from primitives.hashing import blake2_256
from tests.support.p2p_chain import FakeChain
from tests.support.p2p_node import node_key

OURS, PEER = node_key(1), node_key(2).peer_id
NOW = 1_700_000_000


def joined_network():
    chain = FakeChain()
    book = AddressBook(OURS.peer_id, chain.genesis)
    peers = PeerSet(OURS.peer_id, PeerLimits(), book, (), (), draw=lambda: 0.5)
    network = Network(chain, peers)
    peers.admit(PEER, "127.0.0.1", 0, is_outbound=True)
    status = Status(1, chain.genesis, Role.FULL, 0, chain.genesis, 0, chain.genesis, 0)
    assert network.handle(PeerJoined(PEER, status), 0, NOW) == [AskPeer(PEER, GetPeers(32))]
    return chain, network


def record_of(key, chain):
    return sign_record(key, chain.genesis, (SocketAddress(b"\x7f\0\0\1", 1),), NOW)


def test_peers_are_told_with_ourselves_first_and_not_too_often():
    chain, network = joined_network()
    network.own_record = record_of(OURS, chain)
    answer = PeersAnswer((record_of(node_key(3), chain),))
    network.handle(PeerAnswered(PEER, GetPeers(32), answer), 0, NOW)
    asked = PeerAsked(PEER, 1, GetPeers(32))
    both = PeersAnswer((network.own_record, *answer.records))
    assert network.handle(asked, 0, NOW) == [Respond(PEER, 1, both)]
    assert network.handle(asked, 1, NOW) == [Respond(PEER, 1, PeersAnswer(()))]
    assert network.handle(asked, PEERS_PAUSE_SECONDS, NOW) == [Respond(PEER, 1, both)]


def test_forged_record_bans_who_told_it():
    chain, network = joined_network()
    forged = replace(record_of(node_key(3), chain), sequence=NOW + 1)
    answer = PeersAnswer((forged,))
    effects = network.handle(PeerAnswered(PEER, GetPeers(32), answer), 0, NOW)
    assert effects == [Drop(PEER, Reason.BANNED)]


def test_somebody_is_asked_for_peers_while_there_is_room():
    _, network = joined_network()
    assert network.handle(SeekPeers(), 60, NOW) == [AskPeer(PEER, GetPeers(32))]
    network.peers.limits = PeerLimits(outbound=1)
    assert network.handle(SeekPeers(), 60, NOW) == []


def test_extrinsics_come_from_the_pool():
    chain, network = joined_network()
    extrinsic = b"\x08xt"
    chain.pool[blake2_256(extrinsic)] = extrinsic
    asked = PeerAsked(PEER, 4, GetTx((bytes(32), blake2_256(extrinsic))))
    assert network.handle(asked, 0, NOW) == [Respond(PEER, 4, TxAnswer((extrinsic,)))]


def test_blocks_are_left_to_the_driver():
    _, network = joined_network()
    query = GetBlocks(0, 128)
    assert network.handle(PeerAsked(PEER, 5, query), 0, NOW) == [Serve(PEER, 5, query)]


def test_small_faults_add_up_to_a_ban():
    _, network = joined_network()
    report = ReportPeer(PEER, Reason.INVALID_EXTRINSIC)
    effects = [network.handle(report, 0, NOW) for _ in range(20)]
    assert effects == [[]] * 19 + [[Drop(PEER, Reason.BANNED)]]


def test_range_is_cut_at_a_fair_size_and_never_empty():
    chain = FakeChain()
    chain.extend(4, body=(bytes(limits.BLOCK_RESPONSE_GOAL // 2 - 1000),))
    assert len(read_range(chain, GetBlocks(1, 4)).blocks) == 2
    chain.extend(1, body=(bytes(limits.BLOCK_RESPONSE_GOAL + 1),))
    assert len(read_range(chain, GetBlocks(5, 4)).blocks) == 1
    assert read_range(chain, GetBlocks(6, 4)).blocks == ()
