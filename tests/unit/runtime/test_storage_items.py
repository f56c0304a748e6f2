"""Storage items: keys, defaults, order, clearing."""

import pytest

from primitives.hashing import blake2_128, twox_64, twox_128
from runtime.framework.pallet import constants_of, items_of
from tests.support.toy import Toy, toy_pallet

ALICE, BOB = bytes([1]) * 32, bytes([2]) * 32


@pytest.fixture
def toy():
    with toy_pallet() as pallet:
        yield pallet


def le(number, width):
    return number.to_bytes(width, "little")


def test_keys_are_made_as_in_frame(toy):
    pallet = twox_128(b"Toy")
    assert toy.total.prefix == pallet + twox_128(b"Total")
    assert toy.tempo.raw_key(5) == pallet + twox_128(b"Tempo") + le(5, 2)
    assert toy.owner.raw_key(5) == pallet + twox_128(b"Owner") + blake2_128(le(5, 2)) + le(5, 2)
    stakes = pallet + twox_128(b"Stake") + blake2_128(ALICE) + ALICE
    assert toy.stake.raw_prefix(ALICE) == stakes
    assert toy.stake.raw_key(ALICE, 3) == stakes + le(3, 2)
    votes = pallet + twox_128(b"Votes")
    assert toy.votes.raw_key((1, 2, 3)) == votes + le(1, 2) + twox_64(b"\x02") + b"\x02" + le(3, 2)


def test_an_absent_value_is_the_default_or_none(toy):
    assert (toy.total.get(), toy.last.get(), toy.tempo.get(1), toy.owner.get(1)) == (
        7,
        None,
        99,
        None,
    )
    assert not toy.total.exists()
    assert toy.total.take() == 7


def test_a_mutable_default_is_fresh_each_time(toy):
    toy.names.get().append("not kept")
    assert toy.names.get() == []


def test_what_is_put_is_got_until_it_is_killed(toy):
    toy.total.put(8)
    toy.last.put(ALICE)
    assert (toy.total.raw(), toy.last.raw()) == (le(8, 4), ALICE)
    assert (toy.total.take(), toy.last.get()) == (8, ALICE)
    toy.last.kill()
    assert (toy.total.get(), toy.last.get()) == (7, None)


def test_bytes_that_are_no_value_count_as_nothing_and_stay(toy):
    host = toy.ctx.host
    host.put(toy.total.prefix, b"\1")
    assert (toy.total.get(), toy.total.take(), toy.total.raw()) == (7, 7, b"\1")
    toy.tempo.insert(1, 5)
    host.put(toy.tempo.raw_key(2), b"\1")
    host.put(toy.tempo.prefix + b"\1", le(9, 2))
    assert (toy.tempo.get(2), toy.tempo.contains(2)) == (99, True)
    assert (list(toy.tempo.items()), sorted(toy.tempo.keys())) == ([(1, 5)], [1, 2])


def test_bytes_behind_a_value_do_not_count(toy):
    toy.ctx.host.put(toy.total.prefix, le(8, 4) + b"\0")
    assert toy.total.take() == 8
    assert not toy.total.exists()


def test_items_come_in_the_order_of_their_raw_keys(toy):
    for netuid in (1, 256, 2):
        toy.tempo.insert(netuid, netuid)
    assert list(toy.tempo.items()) == [(256, 256), (1, 1), (2, 2)]
    assert toy.tempo.keys() == [256, 1, 2]
    assert list(toy.tempo.values()) == [256, 1, 2]


def test_entries_may_be_changed_while_one_goes_through_them(toy):
    for netuid in range(4):
        toy.tempo.insert(netuid, 5)
    seen = []
    for netuid, _ in toy.tempo.items():
        seen.append(netuid)
        toy.tempo.remove(3 - netuid)
        toy.tempo.insert(netuid + 10, 1)
    assert seen == [0, 1]
    assert toy.tempo.keys() == [0, 1, 10, 11]


def test_entries_under_one_first_key(toy):
    for who, netuid, amount in ((ALICE, 1, 10), (ALICE, 2, 20), (BOB, 1, 30)):
        toy.stake.insert(who, netuid, amount)
    assert list(toy.stake.items_under(ALICE)) == [(1, 10), (2, 20)]
    assert toy.stake.keys_under(BOB) == [1]
    assert sum(toy.stake.values_under(ALICE)) == 30
    assert {keys for keys, _ in toy.stake.items()} == {(ALICE, 1), (ALICE, 2), (BOB, 1)}

    toy.stake.clear_under(ALICE)
    assert (toy.stake.get(ALICE, 1), toy.stake.get(BOB, 1)) == (0, 30)
    assert toy.stake.take(BOB, 1) == 30
    assert not toy.stake.contains(BOB, 1)


def test_entries_under_the_first_of_many_keys(toy):
    for keys in ((1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1)):
        toy.votes.insert(keys, True)
    assert [keys for keys, _ in toy.votes.items_under(1, 1)] == [(1, 1, 1), (1, 1, 2)]
    toy.votes.clear_under(1)
    assert (toy.votes.get((1, 2, 1)), toy.votes.get((2, 1, 1))) == (False, True)


def test_a_limited_clear_counts_what_stood_before_the_block(toy):
    for netuid in range(3):
        toy.tempo.insert(netuid, 1)
    toy.ctx.host.settle()
    toy.tempo.insert(3, 1)
    assert toy.tempo.clear(limit=2) == (2, False)
    assert toy.tempo.keys() == [2]
    assert toy.tempo.clear()[1]
    assert toy.tempo.keys() == []


def test_items_are_added_without_decoding_the_rest(toy):
    toy.names.append_raw(b"\x04a")
    toy.names.append_raw(b"\x04b")
    assert toy.names.get() == ["a", "b"]


def test_declarations_stand_in_their_order():
    assert [item.name for item in items_of(Toy)] == [
        "Total",
        "Last",
        "Names",
        "Tempo",
        "Owner",
        "Stake",
        "Votes",
    ]
    assert [item.name for item in constants_of(Toy)] == ["Limit"]


def test_a_constant_is_a_plain_value(toy):
    assert toy.limit == 12
