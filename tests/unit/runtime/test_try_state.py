"""Every invariant sees what it is there for: a state is broken by hand, and it alone says so."""

from dataclasses import fields

import pytest

from primitives.types import AccountId, Balance, Hash, NetUid, Uid
from runtime.framework.calls import make_call
from runtime.framework.origin import Origin
from runtime.pallets.balances_types import (
    HeldByPreimage,
    HeldByRegistry,
    Hold,
    PreimageHold,
    RegistryHold,
)
from runtime.pallets.bounded_call import LookupCall
from runtime.pallets.collective_motions import Votes
from runtime.pallets.identity_data import Data
from runtime.pallets.multisig import Operation, Timepoint
from runtime.pallets.proxy_types import Announcement
from runtime.pallets.registry import IdentityInfo, Registration
from runtime.pallets.scheduler_tasks import RetryConfig, Scheduled
from runtime.try_state import check, measure, waivers
from tests.support.little_chain import ALICE, BOB, PEOPLE, LittleChain

HOTKEY, OTHER = AccountId(b"\x07" * 32), AccountId(b"\x08" * 32)
HASH = Hash(b"\x09" * 32)
NAME = b"\x0a" * 32
SUBNET = NetUid(1)
LATER = 100


@pytest.fixture
def chain():
    """One block with a subnet, a neuron on it and on the root network, and some stake."""
    chain = LittleChain()
    chain.begin()
    for name, arguments in (
        ("register_network", {}),
        ("burned_register", {"netuid": SUBNET, "hotkey": HOTKEY}),
        ("root_register", {"hotkey": HOTKEY}),
        ("add_stake", {"hotkey": HOTKEY, "amount_staked": Balance(10**9)}),
    ):
        applied = chain.apply(ALICE, make_call("SubtensorModule", name, **arguments))
        assert applied.result.value.value is None
    chain.end()
    assert check(chain.runtime) == []
    return chain


def account(runtime, who, **changes):
    info = runtime.system.account.get(who)
    for name, value in changes.items():
        setattr(info if hasattr(info, name) else info.data, name, value)
    runtime.system.account.insert(who, info)


def on_hold(runtime, who, reason, amount):
    runtime.balances.holds.insert(who, [Hold(reason, Balance(amount))])


def move_balance(runtime, who, amount):
    """From free to reserved, with the reference that goes with it."""
    data = runtime.system.account.get(who).data
    account(runtime, who, free=data.free - amount, reserved=data.reserved + amount, consumers=1)


def break_alive(runtime):
    account(runtime, OTHER, consumers=1)


def break_block(runtime):
    runtime.system.event_count.put(99)


def break_issuance(runtime):
    runtime.balances.total_issuance.put(Balance(5))


def break_references(runtime):
    account(runtime, ALICE, providers=2)


def break_holds(runtime):
    on_hold(runtime, BOB, HeldByRegistry(RegistryHold.REGISTRY_IDENTITY), 5)


def break_stakes(runtime):
    runtime.subtensor.total_hotkey_stake.insert(HOTKEY, Balance(1))


def break_total_stake(runtime):
    runtime.subtensor.total_stake.put(Balance(1))


def break_keys(runtime):
    runtime.subtensor.uids.insert(SUBNET, HOTKEY, Uid(1))


def break_members(runtime):
    runtime.subtensor.is_network_member.remove(HOTKEY, SUBNET)


def break_delegates(runtime):
    runtime.subtensor.delegates.insert(OTHER, 1)


def break_networks(runtime):
    runtime.subtensor.total_networks.put(7)


def break_lists(runtime):
    runtime.subtensor.trust.insert(SUBNET, [])


def break_rows(runtime):
    runtime.subtensor.bonds.insert(SUBNET, Uid(0), [(1, 1)])


def break_votes(runtime):
    runtime.subtensor.weights.insert(NetUid(0), Uid(0), [(9, 1)])


def break_commits(runtime):
    runtime.subtensor.weight_commits.insert(SUBNET, HOTKEY, [])


def break_motions(runtime):
    runtime.pallet("Triumvirate").proposals.put([HASH])


def break_single_votes(runtime):
    triumvirate = runtime.pallet("Triumvirate")
    triumvirate.proposals.put([HASH])
    triumvirate.proposal_of.insert(HASH, make_call("System", "remark", remark=b""))
    triumvirate.proposal_count.put(1)
    triumvirate.voting.insert(HASH, Votes(0, 2, [ALICE], [ALICE], 5))


def break_order(runtime):
    runtime.pallet("SenateMembers").members.put(sorted(PEOPLE, reverse=True))


def break_seats(runtime):
    runtime.pallet("TriumvirateMembers").members.put([ALICE, ALICE])


def break_approvals(runtime):
    operation = Operation(Timepoint(1, 1), Balance(0), ALICE, [BOB])
    runtime.pallet("Multisig").multisigs.insert(ALICE, HASH, operation)


def break_preimages(runtime):
    runtime.pallet("Preimage").preimage_for.insert((HASH, 3), b"abc")


def break_tickets(runtime):
    move_balance(runtime, BOB, 5)
    on_hold(runtime, BOB, HeldByPreimage(PreimageHold.PREIMAGE), 5)


def a_task(name, call):
    return Scheduled(name, 0, call, None, Origin.root().caller)


def break_names(runtime):
    runtime.pallet("Scheduler").lookup.insert(NAME, (LATER, 0))


def break_retries(runtime):
    runtime.pallet("Scheduler").retries.insert((LATER, 0), RetryConfig(1, 1, 1))


def break_calls(runtime):
    runtime.pallet("Scheduler").agenda.insert(LATER, [a_task(None, LookupCall(HASH, 3))])


def break_proxies(runtime):
    runtime.pallet("Proxy").proxies.insert(ALICE, ([], Balance(0)))


def break_announcements(runtime):
    pending = [Announcement(ALICE, HASH, 1)]
    runtime.pallet("Proxy").announcements.insert(ALICE, (pending, Balance(0)))


def break_identities(runtime):
    nothing = {field.name: Data() for field in fields(IdentityInfo)}
    identity = IdentityInfo(**nothing | {"additional": [], "pgp_fingerprint": None})
    runtime.pallet("Registry").identity_of.insert(ALICE, Registration(Balance(5), identity))


def break_commitments(runtime):
    runtime.pallet("Commitments").last_commitment.insert(SUBNET, HOTKEY, 1)


def break_time(runtime):
    runtime.timestamp.did_update.put(True)


def break_authorities(runtime):
    runtime.aura.authorities.kill()


def break_reserves(runtime):
    move_balance(runtime, BOB, 5)


BREAKS = {
    "System.accounts_are_kept_alive": break_alive,
    "System.block_is_over": break_block,
    "Timestamp.block_has_told_its_time": break_time,
    "Aura.somebody_may_author": break_authorities,
    "Balances.issuance_is_what_accounts_hold": break_issuance,
    "Balances.references_follow_balances": break_references,
    "Balances.holds_are_reserved": break_holds,
    "SubtensorModule.stake_adds_up_by_key": break_stakes,
    "SubtensorModule.total_stake_is_the_sum": break_total_stake,
    "SubtensorModule.keys_and_uids_are_inverse": break_keys,
    "SubtensorModule.neurons_are_members_and_owned": break_members,
    "SubtensorModule.delegates_are_owned": break_delegates,
    "SubtensorModule.networks_are_counted": break_networks,
    "SubtensorModule.lists_are_as_long_as_the_subnet": break_lists,
    "SubtensorModule.rows_stay_in_the_subnet": break_rows,
    "SubtensorModule.votes_are_for_subnets": break_votes,
    "SubtensorModule.commit_queues_are_short": break_commits,
    "Triumvirate.motions_are_complete": break_motions,
    "Triumvirate.votes_are_single": break_single_votes,
    "SenateMembers.members_are_in_order": break_order,
    "TriumvirateMembers.members_are_different": break_seats,
    "Multisig.approvals_are_in_order": break_approvals,
    "Preimage.preimages_are_wanted": break_preimages,
    "Preimage.tickets_are_held": break_tickets,
    "Scheduler.names_lead_to_tasks": break_names,
    "Scheduler.retries_are_of_tasks": break_retries,
    "Scheduler.calls_are_kept": break_calls,
    "Proxy.proxies_are_in_order": break_proxies,
    "Proxy.announcements_are_paid_for": break_announcements,
    "Registry.deposits_are_held": break_identities,
    "Commitments.commitments_have_their_block": break_commitments,
    "Runtime.reserves_are_deposits": break_reserves,
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_said(chain, name):
    BREAKS[name](chain.runtime)
    assert name in {problem.partition(":")[0] for problem in check(chain.runtime)}


def test_money_from_nowhere_is_seen(chain):
    before = measure(chain.runtime)
    chain.runtime.balances.total_issuance.put(
        Balance(chain.runtime.balances.total_issuance.get() + 1)
    )
    assert "Onward.issuance_keeps_up: 1 rao came out of nowhere" in check(chain.runtime, before)


def test_no_invariant_goes_untested():
    twins = {"TriumvirateMembers.members_are_in_order", "SenateMembers.members_are_different"}
    assert waivers().keys() == BREAKS.keys() | twins | {"Onward.issuance_keeps_up"}


def test_a_genesis_is_sound():
    assert check(LittleChain().runtime) == []
