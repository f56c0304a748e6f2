"""Slots, dials, pauses, bans."""

import pytest

from p2p.discovery.address import NodeAddress
from p2p.discovery.book import AddressBook
from p2p.peers import (
    LONGEST_PAUSE_SECONDS,
    PEERS_PER_IP,
    STABLE_SECONDS,
    UNFINISHED_MAX,
    Admission,
    PeerLimits,
    PeerSet,
)
from p2p.reputation import FIRST_BAN_SECONDS, HALF_LIFE_SECONDS, LONGEST_BAN_SECONDS, Reputation
from p2p.wire.identity import PeerId
from p2p.wire.reason import Reason

OURS = PeerId("M")
LOOPBACK, FAR = "127.0.0.1", "192.0.2.7"


def node(name):
    return NodeAddress(PeerId(name), LOOPBACK, 30333)


def peer_set(*, boot=(), reserved=(), limits=None, draw=lambda: 1.0):
    book = AddressBook(OURS, bytes(32))
    return PeerSet(OURS, limits or PeerLimits(2, 2), book, boot, reserved, draw)


def test_slots_are_counted_each_way():
    peers = peer_set()
    admitted = [peers.admit(PeerId(n), LOOPBACK, 0, is_outbound=False) for n in "ABC"]
    assert admitted == [Admission.WELCOME, Admission.WELCOME, Reason.TOO_MANY_PEERS]
    assert peers.admit(PeerId("D"), LOOPBACK, 0, is_outbound=True) is Admission.WELCOME


def test_reserved_peer_always_fits_and_takes_no_slot():
    peers = peer_set(reserved=(node("R"),), limits=PeerLimits(1, 0))
    assert peers.admit(PeerId("R"), LOOPBACK, 0, is_outbound=False) is Admission.WELCOME
    assert peers.admit(PeerId("A"), LOOPBACK, 0, is_outbound=False) is Admission.WELCOME


@pytest.mark.parametrize(
    ("peer", "first_is_outbound", "second"),
    [
        ("A", False, Reason.DUPLICATE),
        ("A", True, Admission.REPLACES),
        ("Z", True, Reason.DUPLICATE),
        ("Z", False, Admission.REPLACES),
    ],
)
def test_of_two_connections_that_of_the_smaller_dialler_stays(peer, first_is_outbound, second):
    peers = peer_set()
    peers.admit(PeerId(peer), LOOPBACK, 0, is_outbound=first_is_outbound)
    verdict = peers.admit(PeerId(peer), LOOPBACK, 1, is_outbound=not first_is_outbound)
    assert verdict is second


@pytest.mark.parametrize("is_outbound", [True, False])
def test_newer_of_two_alike_stays(is_outbound):
    peers = peer_set()
    peers.admit(PeerId("A"), LOOPBACK, 0, is_outbound=is_outbound)
    assert peers.admit(PeerId("A"), LOOPBACK, 1, is_outbound=is_outbound) is Admission.REPLACES


def test_one_address_cannot_take_all_slots():
    peers = peer_set(limits=PeerLimits(25, 25))
    for number in range(PEERS_PER_IP):
        admission = peers.admit(PeerId(f"A{number}"), FAR, 0, is_outbound=False)
        assert admission is Admission.WELCOME
    assert peers.admit(PeerId("B"), FAR, 0, is_outbound=False) is Reason.TOO_MANY_PEERS


def test_boot_node_is_dialled_for_ever_with_longer_and_longer_pauses():
    peers = peer_set(boot=(node("B"),))
    now, pauses = 0.0, []
    for _ in range(12):
        assert peers.due(now, 0) == [node("B")]
        assert peers.due(now, 0) == []
        peers.dialled(node("B"), now, is_reached=False)
        pauses.append(peers.next_due(now, 0) - now)
        now = peers.next_due(now, 0)
    assert pauses[:8] == [0.5, 1, 2, 4, 8, 16, 32, 60]
    assert pauses[8:] == [LONGEST_PAUSE_SECONDS] * 4


def test_pause_is_drawn_from_its_whole_length():
    peers = peer_set(boot=(node("B"),), draw=lambda: 0.25)
    peers.due(0, 0)
    peers.dialled(node("B"), 0, is_reached=False)
    assert peers.next_due(0, 0) == 0.125


def test_connection_that_lasted_makes_the_pause_short_again():
    peers = peer_set(boot=(node("B"),))
    for _ in range(5):
        peers.due(1000, 0)
        peers.dialled(node("B"), 0, is_reached=False)
    peers.admit(PeerId("B"), LOOPBACK, 0, is_outbound=True)
    assert peers.due(1000, 0) == []
    peers.left(PeerId("B"), STABLE_SECONDS)
    assert peers.next_due(STABLE_SECONDS, 0) == STABLE_SECONDS + 0.5


def test_nobody_dials_oneself_or_the_banned():
    peers = peer_set(boot=(node("M"), node("B")))
    peers.report(PeerId("B"), Reason.INVALID_BLOCK, 0)
    assert peers.due(0, 0) == []
    assert peers.admit(PeerId("B"), LOOPBACK, 0, is_outbound=False) is Reason.BANNED


def test_reserved_peer_is_dropped_but_not_banned():
    peers = peer_set(reserved=(node("R"),))
    assert peers.report(PeerId("R"), Reason.INVALID_BLOCK, 0)
    assert peers.admit(PeerId("R"), LOOPBACK, 0, is_outbound=False) is Admission.WELCOME
    assert not peers.report(PeerId("R"), Reason.USEFUL_BLOCK, 1)


def test_handshakes_under_way_are_limited():
    peers = peer_set()
    assert [peers.open_gate(FAR, 0) for _ in range(3)] == [True, True, False]
    peers.close_gate(FAR)
    assert peers.open_gate(FAR, 0)
    assert all(peers.open_gate(LOOPBACK, 0) for _ in range(UNFINISHED_MAX - 2))
    assert not peers.open_gate(LOOPBACK, 0)


def test_address_that_connects_too_often_has_to_wait():
    peers = peer_set()
    tries = 0
    while peers.open_gate(FAR, 0):
        peers.close_gate(FAR)
        tries += 1
    assert tries == 10
    assert peers.open_gate(FAR, 0.2)


def test_address_of_offenders_is_banned_but_loopback_never():
    peers = peer_set()
    for _ in range(5):
        peers.report_ip(FAR, Reason.BAD_HANDSHAKE, 0)
        peers.report_ip(LOOPBACK, Reason.BAD_HANDSHAKE, 0)
    assert not peers.open_gate(FAR, 1)
    assert peers.open_gate(LOOPBACK, 1)


def test_standing_halves_with_time():
    reputation = Reputation()
    reputation.report("A", Reason.UNSOLICITED, 0)
    assert reputation.points("A", 0) == -50
    assert reputation.points("A", HALF_LIFE_SECONDS) == -25


def test_merits_do_not_outweigh_a_fatal_offence():
    reputation = Reputation()
    for _ in range(1000):
        reputation.report("A", Reason.USEFUL_BLOCK, 0)
    assert reputation.report("A", Reason.INVALID_BLOCK, 0)


def test_bans_double_up_to_a_day():
    reputation = Reputation()
    now, lengths = 0.0, []
    for _ in range(7):
        reputation.ban("A", now)
        end = next(t for t in range(3600, 100_000, 3600) if not reputation.is_banned("A", now + t))
        lengths.append(end)
        now += end
    hour = FIRST_BAN_SECONDS
    assert lengths == [hour, 2 * hour, 4 * hour, 8 * hour, 16 * hour] + [LONGEST_BAN_SECONDS] * 2
