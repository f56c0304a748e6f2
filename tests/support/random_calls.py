"""Strategies for calls of every kind that leave the runtime's invariants alone.

Left out are the calls that waive one (`runtime/try_state.py: waivers`) and those that stop a chain,
such as a target of 0 registrations.
"""

from hypothesis import strategies as st

from primitives.hashing import blake2_256
from primitives.types import AccountId, Hash
from runtime.framework.address import IdAddress
from runtime.framework.calls import make_call
from runtime.framework.weights import Weight
from runtime.pallets.commitments import CommitmentInfo
from runtime.pallets.identity_data import Data
from runtime.pallets.multisig import multi_account
from runtime.pallets.proxy_types import ProxyType
from runtime.pallets.registry import IdentityInfo
from tests.support.little_chain import ALICE, BOB, PEOPLE

RAO = 10**9
AMPLE = Weight(10**12, 10**6)

HOTKEYS = tuple(AccountId(blake2_256(b"hotkey %d" % number)) for number in range(8))
"""Of everybody; who registers one first owns it."""

people = st.sampled_from(PEOPLE)
hotkeys = st.sampled_from(HOTKEYS)
accounts = st.sampled_from(PEOPLE + HOTKEYS)
netuids = st.sampled_from((0, 1, 2, 3))
uids = st.lists(st.integers(0, 8), max_size=4)
u16s = st.integers(0, 65535)
amounts = st.one_of(
    st.sampled_from((0, 1, 499, 500, 501, RAO, 2**64 - 1)),
    st.integers(0, 4 * RAO),
    st.integers(0, 200_000 * RAO),
)
hashes = st.integers(0, 3).map(lambda n: Hash(blake2_256(bytes((n,)))))


def calls_of(pallet, name, **arguments):
    """A call whose arguments are strategies."""
    return st.fixed_dictionaries(arguments).map(lambda drawn: make_call(pallet, name, **drawn))


def addresses(of=accounts):
    return of.map(IdAddress)


def weights(name, **more):
    """Weights on a few uids."""
    vectors = st.lists(st.tuples(st.integers(0, 4), u16s), max_size=4, unique_by=lambda w: w[0])
    drawn = st.fixed_dictionaries({"vector": vectors, "netuid": netuids, **more})
    return drawn.map(
        lambda d: make_call(
            "SubtensorModule",
            name,
            dests=[uid for uid, _ in d["vector"]],
            weights=[weight for _, weight in d["vector"]],
            version_key=0,
            **{key: value for key, value in d.items() if key != "vector"},
        )
    )


transfers = st.one_of(
    *(
        calls_of("Balances", name, dest=addresses(), value=amounts)
        for name in ("transfer_allow_death", "transfer_keep_alive")
    ),
    calls_of("Balances", "transfer_all", dest=addresses(), keep_alive=st.booleans()),
)

economy = st.one_of(
    calls_of("SubtensorModule", "burned_register", netuid=netuids, hotkey=hotkeys),
    calls_of("SubtensorModule", "root_register", hotkey=hotkeys),
    calls_of("SubtensorModule", "add_stake", hotkey=hotkeys, amount_staked=amounts),
    calls_of("SubtensorModule", "remove_stake", hotkey=hotkeys, amount_unstaked=amounts),
    calls_of("SubtensorModule", "become_delegate", hotkey=hotkeys),
    calls_of("SubtensorModule", "decrease_take", hotkey=hotkeys, take=u16s),
    calls_of("SubtensorModule", "increase_take", hotkey=hotkeys, take=u16s),
    calls_of("SubtensorModule", "register_network"),
    calls_of("SubtensorModule", "dissolve_network", netuid=netuids),
    weights("set_weights"),
    weights("set_root_weights", hotkey=hotkeys),
)

no_data = {
    name: st.just(Data())
    for name in ("display", "legal", "web", "riot", "email", "image", "twitter")
}
identities = st.fixed_dictionaries(
    {
        "additional": st.sampled_from(([], [(Data.raw(b"a"), Data.raw(b"b"))])),
        "pgp_fingerprint": st.none(),
        **no_data,
    }
).map(lambda fields: IdentityInfo(**fields))

records = st.one_of(
    calls_of("System", "remark_with_event", remark=st.binary(max_size=8)),
    calls_of("Preimage", "note_preimage", bytes_=st.sampled_from((b"", b"one", b"two"))),
    calls_of(
        "Preimage",
        "unnote_preimage",
        hash_=st.sampled_from((b"", b"one", b"two")).map(lambda b: Hash(blake2_256(b))),
    ),
    calls_of("Registry", "set_identity", identified=accounts, info=identities),
    calls_of("Registry", "clear_identity", identified=accounts),
    calls_of(
        "Commitments",
        "set_commitment",
        netuid=netuids,
        info=st.just(CommitmentInfo([Data.raw(b"here")])),
    ),
    *(
        calls_of(
            "Proxy",
            name,
            delegate=addresses(people),
            proxy_type=st.sampled_from((ProxyType.ANY, ProxyType.STAKING)),
            delay=st.integers(0, 1),
        )
        for name in ("add_proxy", "remove_proxy")
    ),
    calls_of("Proxy", "remove_proxies"),
    calls_of("Proxy", "announce", real=addresses(people), call_hash=hashes),
    calls_of("Proxy", "remove_announcement", real=addresses(people), call_hash=hashes),
    calls_of("Proxy", "reject_announcement", delegate=addresses(people), call_hash=hashes),
)

plain = st.one_of(transfers, economy, records)


PAIRS = [sorted(PEOPLE[at] for at in pair) for pair in ((0, 1), (0, 2), (1, 2))]


def _multi(name, inner):
    """Two of three people, or one of them."""
    others = st.sampled_from(PAIRS)
    if name == "as_multi_threshold_1":
        return calls_of("Multisig", name, other_signatories=others, call=inner)
    return calls_of(
        "Multisig",
        name,
        threshold=st.just(2),
        other_signatories=others,
        maybe_timepoint=st.none(),
        call=inner,
        max_weight=st.just(AMPLE),
    )


nested = st.one_of(
    *(
        calls_of("Utility", name, calls=st.lists(plain, max_size=3))
        for name in ("batch", "batch_all", "force_batch")
    ),
    calls_of("Proxy", "proxy", real=addresses(people), force_proxy_type=st.none(), call=plain),
    _multi("as_multi_threshold_1", plain),
    _multi("as_multi", plain),
)


def _admin(name, **arguments):
    return calls_of("AdminUtils", name, **arguments)


parameters = st.one_of(
    _admin("sudo_set_tempo", netuid=netuids, tempo=st.integers(0, 3)),
    _admin("sudo_set_kappa", netuid=netuids, kappa=u16s),
    _admin("sudo_set_rho", netuid=netuids, rho=st.integers(0, 40)),
    _admin("sudo_set_activity_cutoff", netuid=netuids, activity_cutoff=st.integers(0, 20)),
    _admin("sudo_set_immunity_period", netuid=netuids, immunity_period=st.integers(0, 5)),
    _admin("sudo_set_max_allowed_uids", netuid=netuids, max_allowed_uids=st.integers(1, 6)),
    _admin(
        "sudo_set_max_allowed_validators", netuid=netuids, max_allowed_validators=st.integers(0, 4)
    ),
    _admin("sudo_set_min_allowed_weights", netuid=netuids, min_allowed_weights=st.integers(0, 2)),
    _admin("sudo_set_max_weight_limit", netuid=netuids, max_weight_limit=u16s),
    _admin(
        "sudo_set_bonds_moving_average",
        netuid=netuids,
        bonds_moving_average=st.integers(0, 2_000_000),
    ),
    _admin("sudo_set_adjustment_interval", netuid=netuids, adjustment_interval=st.integers(1, 5)),
    _admin("sudo_set_subnet_owner_cut", subnet_owner_cut=u16s),
    _admin("sudo_set_subnet_limit", max_subnets=st.integers(1, 4)),
    _admin("sudo_set_network_immunity_period", immunity_period=st.integers(0, 3)),
    _admin("sudo_set_network_min_lock_cost", lock_cost=st.integers(0, 100 * RAO)),
)

government = st.one_of(
    *(
        calls_of(pallet, name, who=addresses())
        for pallet in ("SenateMembers", "TriumvirateMembers")
        for name in ("add_member", "remove_member", "set_prime")
    ),
    calls_of("Balances", "force_transfer", source=addresses(), dest=addresses(), value=amounts),
    calls_of(
        "Scheduler",
        "schedule_named",
        id_=st.sampled_from((b"a" * 32, b"b" * 32)),
        when=st.integers(0, 30),
        maybe_periodic=st.sampled_from((None, (1, 3))),
        priority=st.just(0),
        call=plain,
    ),
    calls_of("Scheduler", "cancel_named", id_=st.sampled_from((b"a" * 32, b"b" * 32))),
    calls_of("SubtensorModule", "dissolve_network", netuid=netuids),
)

sudo = calls_of("Sudo", "sudo", call=st.one_of(parameters, government))

from_anybody = st.one_of(
    st.tuples(people, st.one_of(plain, nested)),
    st.tuples(hotkeys, st.one_of(weights("set_weights"), records)),
    st.tuples(st.just(ALICE), sudo),
    st.tuples(
        st.just(BOB),
        calls_of(
            "Proxy",
            "proxy",
            real=addresses(st.just(ALICE)),
            force_proxy_type=st.none(),
            call=st.one_of(plain, sudo),
        ),
    ),
)

fresh_keys = st.integers(0, 2**32).map(lambda n: AccountId(blake2_256(b"fresh %d" % n)))


def _of_its_own(place):
    """What one of the first four does with the hotkey of the same place, and this hotkey itself."""
    owner, hotkey = st.just(PEOPLE[place]), st.just(HOTKEYS[place])
    there = calls_of(
        "Commitments",
        "set_commitment",
        netuid=st.just(1),
        info=st.just(CommitmentInfo([Data.raw(b"here")])),
    )
    return st.one_of(
        st.tuples(hotkey, weights("set_weights")),
        st.tuples(hotkey, there),
        st.tuples(
            owner,
            st.one_of(
                calls_of("SubtensorModule", "become_delegate", hotkey=hotkey),
                calls_of("SubtensorModule", "decrease_take", hotkey=hotkey, take=u16s),
                calls_of("SubtensorModule", "increase_take", hotkey=hotkey, take=u16s),
                calls_of("SubtensorModule", "remove_stake", hotkey=hotkey, amount_unstaked=amounts),
                calls_of("SubtensorModule", "add_stake", hotkey=hotkey, amount_staked=amounts),
                calls_of("SubtensorModule", "root_register", hotkey=hotkey),
                calls_of("SubtensorModule", "swap_hotkey", hotkey=hotkey, new_hotkey=fresh_keys),
                calls_of("SubtensorModule", "dissolve_network", netuid=st.just(place)),
                calls_of(
                    "Proxy",
                    "remove_proxy",
                    delegate=addresses(st.just(PEOPLE[place + 1])),
                    proxy_type=st.just(ProxyType.ANY),
                    delay=st.just(0),
                ),
                calls_of(
                    "Registry", "set_identity", identified=st.one_of(owner, hotkey), info=identities
                ),
                calls_of("Registry", "clear_identity", identified=st.one_of(owner, hotkey)),
            ),
        ),
    )


from_owners = st.integers(0, 3).flatmap(_of_its_own)


@st.composite
def extrinsics(draw):
    """Who signs, and the call."""
    return draw(st.one_of(from_anybody, from_owners))


def signers_of(account):
    """Who of the people can act for the account of two of three, and the two others."""
    for who in PEOPLE:
        for others in PAIRS:
            if who not in others and multi_account(sorted((who, *others)), 2) == account:
                yield who, others
