"""Invariants of the subnet economy: stake at each level, issuance, neurons and their rows."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from primitives.types import AccountId, Balance, NetUid, Uid
from runtime.framework.invariants import GENESIS_STAKES, MIGRATIONS, invariant
from runtime.framework.storage import StorageMap
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.networks import epoch_lists
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.weight_commits import MAX_UNREVEALED

SWAP: Final = "SubtensorModule.swap_hotkey"


class SubtensorInvariants(SubtensorState):
    """What is true of the pallet's state after every block."""

    @invariant(waived_by=(SWAP,))
    def stake_adds_up_by_key(self) -> Iterator[str]:
        """A hotkey's total and a coldkey's total are the sums of the stakes of their pairs.

        All four are written together. A swapped hotkey takes its total along and puts it over that
        of the new one, which may have had stake: the chain does not ask for that to be none.
        """
        by_hotkey: Counter[AccountId] = Counter()
        by_coldkey: Counter[AccountId] = Counter()
        for (hotkey, coldkey), stake in self.stake.items():
            by_hotkey[hotkey] += stake
            by_coldkey[coldkey] += stake
        yield from _compare("hotkey", self.total_hotkey_stake, by_hotkey)
        yield from _compare("coldkey", self.total_coldkey_stake, by_coldkey)

    @invariant(waived_by=(SWAP, GENESIS_STAKES))
    def total_stake_is_the_sum(self) -> Iterator[str]:
        """The stake of all is the sum over all pairs.

        Stake given out at genesis is not in it, until the migration to version 2 counts anew.
        """
        total, summed = self.total_stake.get(), sum(stake for _, stake in self.stake.items())
        if total != summed:
            yield f"{total} in all, {summed} in pairs"

    def uncounted(self) -> int:
        """What exists as balance, stake or lock beyond the issuance; negative if there is less.

        Emission counts once it is minted: what is pending or loaded is in neither. The number is
        that of genesis, whose document says the issuance of balances as it likes, less every fee
        and every bit of dust since: they leave the balances, and this pallet does not hear of it.
        """
        staked = sum(stake for _, stake in self.stake.items())
        locked = sum(self.subnet_locked.values())
        exists = self.balances.total_issuance.get() + staked + locked
        return exists - self.total_issuance.get()

    @invariant()
    def keys_and_uids_are_inverse(self) -> Iterator[str]:
        """On every subnet there are the uids 0 to n - 1, each of one hotkey, which finds it again.

        A subnet that is gone has neither.
        """
        hotkeys = dict(self.keys.items())
        back = {
            (netuid, uid): hotkey for (netuid, hotkey), uid in self.uids.items() if uid is not None
        }
        for place in sorted(hotkeys.keys() | back.keys()):
            if hotkeys.get(place) != back.get(place):
                yield f"uid {place[1]} of subnet {place[0]} has another hotkey than finds it"
        uids: dict[NetUid, set[Uid]] = {netuid: set() for netuid, _ in self.subnetwork_n.items()}
        for netuid, uid in hotkeys:
            uids.setdefault(netuid, set()).add(uid)
        for netuid, taken in uids.items():
            n = self.subnetwork_n.get(netuid)
            if taken != set(range(n)):
                yield f"subnet {netuid} of {n} neurons has {len(taken)} keys, or not these"

    @invariant()
    def neurons_are_members_and_owned(self) -> Iterator[str]:
        """Whoever holds a uid is a member of the subnet, and its hotkey belongs to a coldkey.

        Not the other way round: a dissolved subnet leaves its members as such.
        """
        for (netuid, uid), hotkey in self.keys.items():
            if not self.is_network_member.get(hotkey, netuid):
                yield f"uid {uid} of subnet {netuid} is no member"
            if not self.owner.contains(hotkey):
                yield f"uid {uid} of subnet {netuid} has no owner"

    @invariant()
    def delegates_are_owned(self) -> Iterator[str]:
        """A hotkey that takes nominations belongs to a coldkey: that is who earns its take."""
        for hotkey in self.delegates.keys():  # noqa: SIM118
            if not self.owner.contains(hotkey):
                yield f"delegate {hotkey.hex()} has no owner"

    @invariant()
    def networks_are_counted(self) -> Iterator[str]:
        """The number of subnets is that of the entries that say one exists, root included."""
        counted, added = self.total_networks.get(), list(self.networks_added.values())
        if counted != len(added) or not all(added):
            yield f"{counted} counted, {added.count(True)} of {len(added)} entries"

    @invariant()
    def lists_are_as_long_as_the_subnet(self) -> Iterator[str]:
        """Every list of an epoch has a place for each neuron: registration extends them all."""
        for entries in epoch_lists(self):
            for netuid, values in entries.items():
                n = self.subnetwork_n.get(netuid)
                if len(values) != n:
                    yield f"a list of subnet {netuid} has {len(values)} places for {n} neurons"

    @invariant()
    def rows_stay_in_the_subnet(self) -> Iterator[str]:
        """Weights and bonds are of neurons, on neurons, on each once: no subnet ever shrinks."""
        for what, rows in (("weights", self.weights), ("bonds", self.bonds)):
            for (netuid, uid), row in rows.items():
                targets = [target for target, _ in row]
                n = self.subnetwork_n.get(netuid)
                among = targets if netuid != ROOT_NETUID else []
                if max([uid, *among]) >= n:
                    yield f"{what} of uid {uid} on subnet {netuid} go beyond its {n} neurons"
                if len(set(targets)) < len(targets):
                    yield f"{what} of uid {uid} on subnet {netuid} name a target twice"

    @invariant()
    def commit_queues_are_short(self) -> Iterator[str]:
        """A queue of commits has one at least and ten at most, and each a window to be revealed."""
        for (netuid, who), commits in self.weight_commits.items():
            if not 0 < len(commits or ()) <= MAX_UNREVEALED:
                yield f"{len(commits or ())} commits of {who.hex()} on subnet {netuid}"
            if any(first > last for _, _, first, last in commits or ()):
                yield f"a commit of {who.hex()} on subnet {netuid} has no window"

    @invariant(waived_by=(MIGRATIONS,))
    def votes_are_for_subnets(self) -> Iterator[str]:
        """Root validators vote for subnets that exist; one that is dissolved loses its votes.

        The migrations that delete subnets 3 and 21 forget that.
        """
        for uid, row in self.weights.items_under(ROOT_NETUID):
            gone = [to for to, weight in row if weight and not self.networks_added.get(NetUid(to))]
            if gone:
                yield f"uid {uid} votes for {gone}"


def _compare(
    what: str, stored: StorageMap[AccountId, Balance], summed: Counter[AccountId]
) -> Iterator[str]:
    totals = dict(stored.items())
    for key in sorted(totals.keys() | summed.keys()):
        if totals.get(key, 0) != summed[key]:
            yield f"{what} {key.hex()} has {totals.get(key, 0)}, its pairs {summed[key]}"
