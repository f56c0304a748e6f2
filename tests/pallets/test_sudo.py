"""Sudo: who may act as root, and that it costs nothing."""

import pytest

from primitives.scale.containers import Err, Ok
from primitives.types import Bytes32
from runtime.framework.address import Address32
from runtime.framework.errors import BadOrigin, CannotLookup, FailureBadOrigin
from runtime.framework.weights import Pays, PostInfo, Weight
from runtime.pallets import sudo
from runtime.pallets.sudo import RequireSudo
from tests.support.governed import (
    ALICE,
    BOB,
    EVE,
    NOBODY,
    ROOT,
    address,
    admin,
    governed,
    make_call,
    remark,
    transfer,
)

FREE = PostInfo(pays_fee=Pays.NO)
OPERATIONAL = {"padding": []}


@pytest.fixture
def world():
    with governed() as made:
        made.sudo.key.put(ALICE)
        yield made


CALLS = [
    ("sudo", lambda: {"call": remark()}),
    ("sudo_unchecked_weight", lambda: {"call": remark(), "weight": Weight(1, 1)}),
    ("set_key", lambda: {"new": address(BOB)}),
    ("sudo_as", lambda: {"who": address(BOB), "call": remark()}),
    ("remove_key", dict),
]


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_calls_are_for_the_key_and_root(world, name, arguments):
    world.refuses(RequireSudo, "Sudo", name, BOB, **arguments())
    world.refuses(BadOrigin, "Sudo", name, NOBODY, **arguments())
    assert world.call("Sudo", name, ROOT, **arguments()) == FREE


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_without_a_key_nobody_signs_as_sudo(world, name, arguments):
    world.sudo.key.kill()
    world.refuses(RequireSudo, "Sudo", name, ALICE, **arguments())


def test_sudo_makes_a_call_as_root_and_tells_its_result(world):
    operational = make_call("AdminUtils", "operational", **OPERATIONAL)
    assert world.call("Sudo", "sudo", ALICE, call=operational) == FREE
    assert world.told(world.sudo, sudo.Sudid(Ok(None)))
    weight = Weight(1, 1)
    payment = transfer(EVE, 1000)
    assert world.call("Sudo", "sudo_unchecked_weight", ALICE, call=payment, weight=weight) == FREE
    assert world.told(world.sudo, sudo.Sudid(Err(FailureBadOrigin())))


def test_sudo_as_signs_for_another_account(world):
    someone = address(BOB)
    assert world.call("Sudo", "sudo_as", ALICE, who=someone, call=transfer(EVE, 1000)) == FREE
    assert world.told(world.sudo, sudo.SudoAsDone(Ok(None)))
    assert world.balances.free_balance(EVE) == 1000


def test_key_moves_and_goes(world):
    world.call("Sudo", "set_key", ALICE, new=address(BOB))
    assert world.told(world.sudo, sudo.KeyChanged(ALICE, BOB))
    world.refuses(RequireSudo, "Sudo", "sudo", ALICE, call=remark())
    world.call("Sudo", "remove_key", BOB)
    assert world.told(world.sudo, sudo.KeyRemoved())
    assert world.sudo.key.get() is None
    world.call("Sudo", "set_key", ROOT, new=address(EVE))
    assert world.told(world.sudo, sudo.KeyChanged(None, EVE))


def test_other_forms_of_address_stand_for_nobody(world):
    strange = Address32(Bytes32(BOB))
    world.refuses(CannotLookup, "Sudo", "set_key", ALICE, new=strange)
    world.refuses(CannotLookup, "Sudo", "sudo_as", ALICE, who=strange, call=admin("fails"))


def test_genesis_stores_the_key_if_there_is_one(world):
    world.sudo.key.kill()
    world.sudo.genesis_build(world.sudo.genesis_default())
    assert not world.sudo.key.exists()
    world.sudo.genesis_build({"key": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"})
    assert world.sudo.key.get() == bytes.fromhex(
        "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
    )
