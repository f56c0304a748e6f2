"""The runtime under random calls: its invariants hold, and failures leave nothing behind."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from primitives.hashing import twox_128
from primitives.scale.containers import Err, Ok
from primitives.scale.types import codec_of
from runtime.framework.address import IdAddress
from runtime.framework.calls import make_call
from runtime.pallets.proxy_types import ProxyType
from runtime.pallets.system_types import AccountInfo
from runtime.try_state import check, measure
from tests.support.little_chain import ALICE, BOB, CHARLIE, DAVE, EVE, PEOPLE, LittleChain
from tests.support.random_calls import AMPLE, HOTKEYS, RAO, extrinsics, signers_of

FEE_PAID = bytes((6, 0))
DUST_LOST = bytes((5, 1))
"""Pallet and index of these events."""

ACCOUNT = codec_of(AccountInfo)


def item(pallet, name):
    return twox_128(pallet.encode()) + twox_128(name.encode())


def of_the_block():
    """Items that record the block and not what its calls do."""
    names = ("Events", "EventCount", "BlockWeight", "AllExtrinsicsLen", "ExtrinsicData")
    more = ("ExecutionPhase", "InherentsApplied")
    return (b":extrinsic_index", *(item("System", name) for name in (*names, *more)))


BLOCK_RECORDS = of_the_block()
ISSUANCE = item("Balances", "TotalIssuance")


def liberal(runtime):
    """Limits that would let little happen in a short run."""
    subtensor = runtime.subtensor
    subtensor.target_stakes_per_interval.put(1000)
    subtensor.tx_rate_limit.put(0)
    subtensor.tx_delegate_take_rate_limit.put(0)
    subtensor.network_min_lock_cost.put(RAO)
    subtensor.network_last_lock_cost.put(RAO)
    for netuid in range(5):
        subtensor.max_registrations_per_block.insert(netuid, 100)
        subtensor.weights_set_rate_limit.insert(netuid, 0)


class RuntimeMachine(RuleBasedStateMachine):
    """A chain whose blocks are made of whatever comes."""

    @initialize(tempos=st.tuples(st.integers(0, 3), st.integers(0, 3)))
    def found_two_subnets(self, tempos):
        self.chain = LittleChain(liberal)
        self.runtime = self.chain.runtime
        self.before = measure(self.runtime)
        self.chain.begin()
        for netuid, tempo in enumerate(tempos, start=1):
            self.must(PEOPLE[netuid], "SubtensorModule", "register_network")
            self.must_as_root("sudo_set_tempo", netuid=netuid, tempo=tempo)
            self.must_as_root(
                "sudo_set_target_registrations_per_interval",
                netuid=netuid,
                target_registrations_per_interval=1000,
            )
        for place, hotkey in enumerate(HOTKEYS[:4]):
            owner = PEOPLE[place]
            for netuid in (1, 2)[: 1 + place % 2]:
                self.must(owner, "SubtensorModule", "burned_register", netuid=netuid, hotkey=hotkey)
            self.must(
                owner,
                "SubtensorModule",
                "add_stake",
                hotkey=hotkey,
                amount_staked=(place + 1) * RAO,
            )
        for principal, delegate in ((ALICE, BOB), (CHARLIE, DAVE)):
            right = {"delegate": IdAddress(delegate), "proxy_type": ProxyType.ANY, "delay": 0}
            self.must(principal, "Proxy", "add_proxy", **right)
        gifts = [
            make_call("Balances", "transfer_keep_alive", dest=IdAddress(hotkey), value=100 * RAO)
            for hotkey in HOTKEYS
        ]
        self.must(EVE, "Utility", "batch_all", calls=gifts)
        for place, hotkey in enumerate(HOTKEYS[:4]):
            own = {"netuid": 1, "dests": [place], "weights": [1], "version_key": 0}
            self.must(hotkey, "SubtensorModule", "set_weights", **own)
        self.must(ALICE, "SubtensorModule", "root_register", hotkey=HOTKEYS[0])
        self.must_as_root("sudo_set_tempo", netuid=0, tempo=1)
        self.must(
            ALICE,
            "SubtensorModule",
            "set_root_weights",
            netuid=0,
            hotkey=HOTKEYS[0],
            dests=[1, 2],
            weights=[1, 2],
            version_key=0,
        )
        self.pass_blocks(1)

    def must(self, who, pallet, name, **arguments):
        applied = self.chain.apply(who, make_call(pallet, name, **arguments))
        assert applied.result == Ok(Ok(None)), (name, applied.result)

    def must_as_root(self, name, **arguments):
        self.must(ALICE, "Sudo", "sudo", call=make_call("AdminUtils", name, **arguments))

    @rule(blocks=st.integers(1, 4))
    def pass_blocks(self, blocks):
        for _ in range(blocks):
            self.chain.end()
            assert check(self.runtime, self.before) == []
            self.before = measure(self.runtime)
            self.begin_block()

    def begin_block(self):
        """Blocks mint what root validators voted for, and no more."""
        before = self.economy()
        self.chain.begin()
        after = self.economy()
        votes = [v for netuid, v in self.runtime.subtensor.emission_values.items() if netuid != 0]
        assert 0 <= after["made"] - before["made"] <= sum(votes)
        assert after["exists"] - before["exists"] <= after["issued"] - before["issued"]

    @rule(several=st.lists(extrinsics(), min_size=1, max_size=6))
    def send(self, several):
        for who, call in several:
            if not self.overwrites_stake(call):
                self.apply((who, call))

    def overwrites_stake(self, call):
        """A swap to a key that has stake breaks its total, on the production chain too."""
        if not call.is_of("SubtensorModule", "swap_hotkey"):
            return False
        return self.runtime.subtensor.total_hotkey_stake.get(call.arg("new_hotkey")) > 0

    def apply(self, extrinsic):
        who, call = extrinsic
        before = self.economy()
        events = len(self.runtime.system.events_list.raw() or b"")
        applied = self.chain.apply(who, call)
        match applied.result:
            case Err(_):
                assert applied.changes == {}
            case Ok(Err(_)):
                self.only_pays(who, applied)
            case _:
                pass
        new_events = (self.runtime.system.events_list.raw() or b"")[events:]
        self.nothing_comes_or_goes(before, self.economy(), new_events)

    @rule(place=st.integers(0, 3), cancels=st.booleans())
    def go_on_with_multisig(self, place, cancels):
        """Approve an open operation, or take it back."""
        multisigs = list(self.runtime.pallet("Multisig").multisigs.items())
        for (account, call_hash), operation in multisigs[place : place + 1]:
            for who, others in signers_of(account):
                name, timepoint = "approve_as_multi", {"maybe_timepoint": operation.when}
                more = {"max_weight": AMPLE}
                if cancels:
                    name, timepoint, more = "cancel_as_multi", {"timepoint": operation.when}, {}
                arguments = {"threshold": 2, "other_signatories": others, "call_hash": call_hash}
                call = make_call("Multisig", name, **arguments, **timepoint, **more)
                self.apply((who, call))

    def only_pays(self, who, applied):
        """A call that fails costs its fee and a nonce, and is told of."""
        account_key = self.runtime.system.account.raw_key(who)
        fee = 0
        for key, (old, new) in applied.changes.items():
            if key.startswith(BLOCK_RECORDS):
                continue
            if key == ISSUANCE:
                fee = int.from_bytes(old, "little") - int.from_bytes(new, "little")
                continue
            assert key == account_key
        old, new = (
            AccountInfo.new() if raw is None else ACCOUNT.decode(raw, 0)[0]
            for raw in applied.changes[account_key]
        )
        old.nonce += 1
        old.data.free -= fee
        assert old == new
        assert fee >= 0

    def nothing_comes_or_goes(self, before, after, events):
        """What exists changes by fees, dust and what SubtensorModule counts as burned."""
        lost = sum(lost_in(events, FEE_PAID)) + sum(lost_in(events, DUST_LOST))
        minted = after["issued"] - before["issued"]
        assert after["exists"] - before["exists"] == minted - lost

    def economy(self):
        """Rao that exist, that SubtensorModule has issued, and those with what it will issue."""
        subtensor = self.runtime.subtensor
        issued = subtensor.total_issuance.get()
        loaded = [tuples or () for tuples in subtensor.loaded_emission.values()]
        coming = sum(server + validator for one in loaded for _, server, validator in one)
        pending = sum(subtensor.pending_emission.values())
        return {
            "issued": issued,
            "exists": issued + subtensor.uncounted(),
            "made": issued + coming + pending,
        }


def lost_in(events, kind):
    """Amounts behind every account that an event of the kind names."""
    for who in PEOPLE + HOTKEYS:
        at = events.find(kind + who)
        while at >= 0:
            amount = at + len(kind) + len(who)
            yield int.from_bytes(events[amount : amount + 8], "little")
            at = events.find(kind + who, at + 1)


TestRuntimeMachine = RuntimeMachine.TestCase
TestRuntimeMachine.settings = settings(
    max_examples=max(settings.default.max_examples // 2, 20), stateful_step_count=40
)
