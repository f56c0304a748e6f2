"""Proxy: rights, deposits, pure accounts and announcements."""

import pytest

from primitives.hashing import blake2_256
from primitives.scale.containers import Err, Ok
from primitives.types import U16, U32, Balance, BlockNumber, Hash
from runtime.framework.calls import make_call
from runtime.framework.errors import BadOrigin, CallFiltered, FailureBadOrigin
from runtime.framework.weights import PostInfo
from runtime.pallets import proxy
from runtime.pallets.balances_types import InsufficientBalance
from runtime.pallets.proxy import Announcement, ProxyDefinition, pure_account
from runtime.pallets.proxy_types import ProxyType
from tests.support.governed import (
    ALICE,
    BOB,
    CHARLIE,
    DAVE,
    EVE,
    ROOT,
    address,
    admin,
    governed,
    remark,
    transfer,
)

BASE, FACTOR = 60_000_000, 33_000_000
NOTICE_BASE, NOTICE_FACTOR = 36_000_000, 68_000_000
CALL_HASH = Hash(bytes(32))


@pytest.fixture
def world():
    with governed() as made:
        yield made


def rights(delegate, proxy_type=ProxyType.ANY, delay=0):
    return {
        "delegate": address(delegate),
        "proxy_type": proxy_type,
        "delay": BlockNumber(delay),
    }


def add(world, delegate, proxy_type=ProxyType.ANY, delay=0, who=ALICE):
    return world.call("Proxy", "add_proxy", who, **rights(delegate, proxy_type, delay))


def act(world, call, who=BOB, real=ALICE, kind=None):
    return world.call("Proxy", "proxy", who, real=address(real), force_proxy_type=kind, call=call)


def reserved(world, who=ALICE):
    return world.balances.reserved_balance(who)


def outcome(world):
    """The result that a proxy's call had."""
    event = world.events_of(world.proxy)[-1]
    if event == bytes((16,)) + proxy.ProxyExecuted(Ok(None)).encode():
        return "ok"
    filtered = world.refuses(CallFiltered, "Utility", "batch_all", ALICE, calls=[batch_all()])
    refused = proxy.ProxyExecuted(Err(filtered.failure)).encode()
    return "filtered" if event == bytes((16,)) + refused else event.hex()


def batch_all():
    return make_call("Utility", "batch_all", calls=[])


def test_proxies_are_sorted_and_paid_for_each(world):
    add(world, CHARLIE)
    add(world, BOB, ProxyType.STAKING)
    add(world, BOB, ProxyType.OWNER, 7)
    assert world.told(world.proxy, proxy.ProxyAdded(ALICE, BOB, ProxyType.OWNER, BlockNumber(7)))
    assert world.proxy.proxies.get(ALICE) == (
        [
            ProxyDefinition(BOB, ProxyType.OWNER, BlockNumber(7)),
            ProxyDefinition(BOB, ProxyType.STAKING, BlockNumber(0)),
            ProxyDefinition(CHARLIE, ProxyType.ANY, BlockNumber(0)),
        ],
        BASE + 3 * FACTOR,
    )
    assert reserved(world) == BASE + 3 * FACTOR


def test_add_refuses_oneself_doubles_too_many_and_the_poor(world):
    world.refuses(proxy.NoSelfProxy, "Proxy", "add_proxy", ALICE, **rights(ALICE))
    add(world, BOB)
    world.refuses(proxy.Duplicate, "Proxy", "add_proxy", ALICE, **rights(BOB))
    for delay in range(1, 20):
        add(world, BOB, delay=delay)
    world.refuses(proxy.TooMany, "Proxy", "add_proxy", ALICE, **rights(CHARLIE))
    world.refuses(InsufficientBalance, "Proxy", "add_proxy", EVE, **rights(BOB))


def test_removed_proxies_are_paid_back(world):
    add(world, BOB)
    add(world, CHARLIE)
    world.call("Proxy", "remove_proxy", ALICE, **rights(BOB))
    told = proxy.ProxyRemoved(ALICE, BOB, ProxyType.ANY, BlockNumber(0))
    assert world.told(world.proxy, told)
    assert reserved(world) == BASE + FACTOR
    world.refuses(proxy.NotFound, "Proxy", "remove_proxy", ALICE, **rights(BOB))
    world.call("Proxy", "remove_proxy", ALICE, **rights(CHARLIE))
    assert reserved(world) == 0
    assert not world.proxy.proxies.contains(ALICE)
    world.refuses(proxy.NotFound, "Proxy", "remove_proxy", ALICE, **rights(CHARLIE))


def test_all_proxies_go_at_once(world):
    add(world, BOB)
    add(world, CHARLIE)
    world.call("Proxy", "remove_proxies", ALICE)
    assert world.told(world.proxy)
    assert (reserved(world), world.proxy.proxies.contains(ALICE)) == (0, False)
    world.call("Proxy", "remove_proxies", ALICE)


def test_proxy_acts_for_the_principal_and_tells_how_it_went(world):
    add(world, BOB)
    assert act(world, transfer(EVE, 1000)) == PostInfo()
    assert world.told(world.proxy, proxy.ProxyExecuted(Ok(None)))
    assert world.balances.free_balance(EVE) == 1000
    act(world, make_call("Sudo", "sudo", call=remark()))
    assert world.events_of(world.proxy)[-1][2] == 1
    operational = make_call("AdminUtils", "operational", padding=[])
    act(world, operational)
    assert world.told(world.proxy, proxy.ProxyExecuted(Err(FailureBadOrigin())))


def test_proxy_refuses_strangers_other_kinds_and_the_unannounced(world):
    arguments = {"real": address(ALICE), "force_proxy_type": None, "call": remark()}
    world.refuses(proxy.NotProxy, "Proxy", "proxy", BOB, **arguments)
    add(world, BOB, ProxyType.STAKING)
    other = arguments | {"force_proxy_type": ProxyType.ANY}
    world.refuses(proxy.NotProxy, "Proxy", "proxy", BOB, **other)
    add(world, CHARLIE, delay=1)
    world.refuses(proxy.Unannounced, "Proxy", "proxy", CHARLIE, **arguments)


def test_first_right_counts_unless_a_kind_is_named(world):
    add(world, BOB, ProxyType.ANY)
    add(world, BOB, ProxyType.NON_TRANSFER)
    act(world, transfer(EVE, 1000), kind=ProxyType.NON_TRANSFER)
    assert outcome(world) == "filtered"
    act(world, transfer(EVE, 1000))
    assert outcome(world) == "ok"


REMARK = ("System", "remark", {"remark": b""})
TRANSFER = ("Balances", "transfer_allow_death", {"dest": address(EVE), "value": Balance(1)})
ADMIN = ("AdminUtils", "takes_less", {})
MEMBERS = ("TriumvirateMembers", "change_key", {"new": address(ALICE)})
SENATE = ("SenateMembers", "change_key", {"new": address(ALICE)})
HOUSE = ("Triumvirate", "disapprove_proposal", {"proposal_hash": CALL_HASH})
MAY = {
    ProxyType.ANY: [REMARK, TRANSFER, ADMIN, MEMBERS, SENATE, HOUSE],
    ProxyType.OWNER: [ADMIN],
    ProxyType.NON_CRITICAL: [REMARK, TRANSFER, ADMIN, MEMBERS, SENATE],
    ProxyType.NON_TRANSFER: [REMARK, ADMIN, MEMBERS, SENATE, HOUSE],
    ProxyType.SENATE: [SENATE],
    ProxyType.NON_FUNGIBILE: [REMARK, ADMIN, MEMBERS, SENATE, HOUSE],
    ProxyType.TRIUMVIRATE: [MEMBERS, HOUSE],
    ProxyType.GOVERNANCE: [MEMBERS, SENATE, HOUSE],
    ProxyType.STAKING: [],
    ProxyType.REGISTRATION: [],
}


@pytest.mark.parametrize("kind", ProxyType)
def test_kinds_let_their_calls_through(world, kind):
    for pallet, name, arguments in (REMARK, TRANSFER, ADMIN, MEMBERS, SENATE, HOUSE):
        expected = (pallet, name, arguments) in MAY[kind]
        assert kind.allows(make_call(pallet, name, **arguments)) is expected


class SubnetCall:
    """A call of the subnet pallet, by name."""

    pallet = "SubtensorModule"

    def __init__(self, name):
        self.name = name

    def is_of(self, pallet, *names):
        return pallet == self.pallet and (not names or self.name in names)


SUBNET_CALLS = {
    "add_stake": {"NON_CRITICAL", "NON_TRANSFER", "STAKING"},
    "remove_stake": {"NON_CRITICAL", "NON_TRANSFER", "STAKING"},
    "burned_register": {"NON_TRANSFER", "REGISTRATION"},
    "root_register": {"NON_TRANSFER"},
    "register": {"NON_CRITICAL", "NON_TRANSFER", "NON_FUNGIBILE", "REGISTRATION"},
    "dissolve_network": {"NON_TRANSFER", "NON_FUNGIBILE"},
    "set_weights": {"NON_CRITICAL", "NON_TRANSFER", "NON_FUNGIBILE"},
}


@pytest.mark.parametrize(("name", "allowed"), SUBNET_CALLS.items())
def test_kinds_tell_calls_of_the_subnets_apart(name, allowed):
    assert {kind.name for kind in ProxyType if kind.allows(SubnetCall(name))} == allowed | {"ANY"}


def test_kinds_include_others():
    included = {(kind, other) for kind in ProxyType for other in ProxyType if kind.includes(other)}
    expected = {(kind, kind) for kind in ProxyType}
    expected |= {(ProxyType.ANY, other) for other in ProxyType}
    expected |= {
        (ProxyType.NON_TRANSFER, other) for other in ProxyType if other is not ProxyType.ANY
    }
    expected |= {
        (ProxyType.GOVERNANCE, ProxyType.TRIUMVIRATE),
        (ProxyType.GOVERNANCE, ProxyType.SENATE),
    }
    assert included == expected


def test_filter_reaches_into_batches(world):
    add(world, BOB, ProxyType.NON_TRANSFER)
    act(world, make_call("Utility", "batch_all", calls=[transfer(EVE, 1000)]))
    assert outcome(world) == "filtered"
    assert world.balances.free_balance(EVE) == 0


@pytest.mark.parametrize(
    ("granted", "expected"), [(ProxyType.STAKING, "ok"), (ProxyType.ANY, "filtered")]
)
def test_proxy_hands_out_no_more_than_its_own_rights(world, granted, expected):
    add(world, BOB, ProxyType.NON_TRANSFER)
    for name in ("add_proxy", "remove_proxy"):
        act(world, make_call("Proxy", name, **rights(CHARLIE, granted)))
        assert outcome(world) == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [(ProxyType.ANY, "ok"), (ProxyType.NON_TRANSFER, "filtered")]
)
def test_only_a_proxy_for_anything_removes_all_proxies(world, kind, expected):
    add(world, BOB, kind)
    act(world, make_call("Proxy", "remove_proxies"))
    assert outcome(world) == expected


def create(world, index=0):
    kind = {"proxy_type": ProxyType.ANY, "delay": BlockNumber(0), "index": U16(index)}
    return world.call("Proxy", "create_pure", ALICE, **kind)


def test_pure_account_comes_from_who_when_and_what(world):
    world.now(0x0102)
    create(world, 3)
    kind_and_index = b"\0" + b"\x03\0"
    born = b"\x02\x01\0\0" + bytes(4)
    pure = blake2_256(b"modlpy/proxy____" + ALICE + born + kind_and_index)
    assert world.told(world.proxy, proxy.PureCreated(pure, ALICE, ProxyType.ANY, U16(3)))
    assert world.proxy.proxies.get(pure) == (
        [ProxyDefinition(ALICE, ProxyType.ANY, BlockNumber(0))],
        BASE + FACTOR,
    )
    assert reserved(world) == BASE + FACTOR
    again = {"proxy_type": ProxyType.ANY, "delay": BlockNumber(0), "index": U16(3)}
    world.refuses(proxy.Duplicate, "Proxy", "create_pure", ALICE, **again)

    world.dispatch(transfer(pure, 10**6), ALICE)
    act(world, transfer(EVE, 1000), who=ALICE, real=pure)
    assert world.balances.free_balance(EVE) == 1000


def test_pure_account_is_killed_by_itself_only(world):
    create(world)
    pure = pure_account(ALICE, ProxyType.ANY, 0, 1, 0)
    birth = {
        "spawner": address(ALICE),
        "proxy_type": ProxyType.ANY,
        "index": U16(0),
        "height": BlockNumber(1),
        "ext_index": U32(0),
    }
    world.refuses(proxy.NoPermission, "Proxy", "kill_pure", ALICE, **birth)
    elsewhere = birth | {"height": BlockNumber(2)}
    world.refuses(proxy.NoPermission, "Proxy", "kill_pure", pure, **elsewhere)
    act(world, make_call("Proxy", "kill_pure", **birth), who=ALICE, real=pure)
    assert outcome(world) == "ok"
    assert (reserved(world), world.proxy.proxies.contains(pure)) == (0, False)


def announce(world, call_hash=CALL_HASH, who=BOB):
    return world.call("Proxy", "announce", who, real=address(ALICE), call_hash=call_hash)


def test_announcements_are_kept_and_paid_for_each(world):
    add(world, BOB, delay=5)
    announce(world)
    assert world.told(world.proxy, proxy.Announced(ALICE, BOB, CALL_HASH))
    world.now(2)
    announce(world)
    assert world.proxy.announcements.get(BOB) == (
        [
            Announcement(ALICE, CALL_HASH, BlockNumber(1)),
            Announcement(ALICE, CALL_HASH, BlockNumber(2)),
        ],
        NOTICE_BASE + 2 * NOTICE_FACTOR,
    )
    assert reserved(world, BOB) == NOTICE_BASE + 2 * NOTICE_FACTOR
    assert not world.proxy.announcements.contains(ALICE)


def test_announce_refuses_strangers_and_a_seventy_sixth(world):
    notice = {"real": address(ALICE), "call_hash": CALL_HASH}
    world.refuses(proxy.NotProxy, "Proxy", "announce", BOB, **notice)
    add(world, BOB)
    world.balances.deposit_best_effort(BOB, Balance(10**10))
    for _ in range(75):
        announce(world)
    world.refuses(proxy.TooMany, "Proxy", "announce", BOB, **notice)


@pytest.mark.parametrize(
    ("name", "who", "whom"),
    [
        ("remove_announcement", BOB, {"real": address(ALICE)}),
        ("reject_announcement", ALICE, {"delegate": address(BOB)}),
    ],
)
def test_announcements_are_taken_back_or_rejected(world, name, who, whom):
    other = Hash(b"o" * 32)
    add(world, BOB)
    for call_hash in (CALL_HASH, other, CALL_HASH):
        announce(world, call_hash)
    world.call("Proxy", name, who, call_hash=CALL_HASH, **whom)
    assert world.told(world.proxy)
    left = Announcement(ALICE, other, BlockNumber(1))
    assert world.proxy.announcements.get(BOB) == ([left], NOTICE_BASE + NOTICE_FACTOR)
    world.refuses(proxy.NotFound, "Proxy", name, who, call_hash=CALL_HASH, **whom)
    world.call("Proxy", name, who, call_hash=other, **whom)
    assert (reserved(world, BOB), world.proxy.announcements.contains(BOB)) == (0, False)


def test_announced_call_may_be_made_by_anyone_once_its_time_has_come(world):
    add(world, BOB, delay=5)
    call = transfer(EVE, 1000)
    announce(world, Hash(blake2_256(world.proxy.ctx.encode_call(call))))
    arguments = {
        "delegate": address(BOB),
        "real": address(ALICE),
        "force_proxy_type": None,
        "call": call,
    }
    world.now(5)
    world.refuses(proxy.Unannounced, "Proxy", "proxy_announced", DAVE, **arguments)
    world.now(6)
    other = arguments | {"call": transfer(EVE, 1001)}
    world.refuses(proxy.Unannounced, "Proxy", "proxy_announced", DAVE, **other)
    stranger = arguments | {"delegate": address(CHARLIE)}
    world.refuses(proxy.NotProxy, "Proxy", "proxy_announced", DAVE, **stranger)
    world.call("Proxy", "proxy_announced", DAVE, **arguments)
    assert outcome(world) == "ok"
    assert (world.balances.free_balance(EVE), reserved(world, BOB)) == (1000, 0)
    world.refuses(proxy.Unannounced, "Proxy", "proxy_announced", DAVE, **arguments)


def test_proxies_are_for_accounts(world):
    for name, arguments in [
        ("proxy", {"real": address(ALICE), "force_proxy_type": None, "call": admin("fails")}),
        ("add_proxy", rights(BOB)),
        ("remove_proxy", rights(BOB)),
        ("remove_proxies", {}),
        ("announce", {"real": address(ALICE), "call_hash": CALL_HASH}),
    ]:
        with pytest.raises(BadOrigin):
            world.call("Proxy", name, ROOT, **arguments)
