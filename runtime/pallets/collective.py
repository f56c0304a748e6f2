"""Triumvirate: members propose calls, senators vote, and what passes is made by the collective.

Subtensor's own kind of collective: only members propose, any account may close a motion, and the
votes come from the senators through SubtensorModule, which calls `do_vote`.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Protocol

from primitives import ss58
from primitives.arith import U32_MAX, saturating_sub
from primitives.hashing import blake2_256, identity
from primitives.scale.containers import Bounded
from primitives.scale.errors import ScaleError
from primitives.scale.types import Compact
from primitives.types import U32, AccountId, BlockNumber, Hash
from runtime.framework.calls import RuntimeCall, call
from runtime.framework.errors import (
    BadOrigin,
    ensure,
    panic,
)
from runtime.framework.invariants import invariant
from runtime.framework.origin import Member, Members, Origin, ensure_root, ensure_signed
from runtime.framework.pallet import Pallet, PalletContext
from runtime.framework.storage import StorageMap, StorageValue, storage_map, storage_value
from runtime.framework.weights import DispatchClass, Pays, PostInfo, Weight
from runtime.pallets import collective_motions as motions
from runtime.pallets import collective_weights as weights
from runtime.pallets.nested import attempt

MOTION_DURATION: Final = BlockNumber(3600)
"""Twelve hours: the shortest time a motion may be open."""
MAX_PROPOSALS: Final = 10
"""Motions that may be open at once."""


class Senate(Protocol):
    """What this pallet asks of the senate: who may vote."""

    members: StorageValue[Annotated[list[AccountId], Bounded(12)]]
    seats: int


class BlockClock(Protocol):
    """What this pallet asks of System."""

    def block_number(self) -> BlockNumber: ...


class Collective(Pallet):
    """Motions of the triumvirate, which the senate votes on."""

    rust_module = "pallet_collective::pallet"
    type_parameters = ("T", "I")
    events = motions.EVENTS
    errors = motions.ERRORS
    storage_version = 4

    proposals: StorageValue[Annotated[list[Hash], Bounded(MAX_PROPOSALS)]] = storage_value(
        default=[]
    )
    """Hashes of the calls of all open motions."""
    proposal_of: StorageMap[Hash, RuntimeCall | None] = storage_map(identity)
    """The call of an open motion."""
    voting: StorageMap[Hash, motions.Votes | None] = storage_map(identity)
    """The votes of an open motion."""
    proposal_count: StorageValue[U32] = storage_value(default=U32(0))
    """How many motions there have been."""
    members: StorageValue[list[AccountId]] = storage_value(default=[])
    """The members in ascending order."""
    prime: StorageValue[AccountId | None] = storage_value()
    """The member whose vote decides for those who did not vote."""

    def __init__(self, ctx: PalletContext, *, system: BlockClock, senate: Senate) -> None:
        super().__init__(ctx)
        self._system = system
        self._senate = senate

    def genesis_default(self) -> dict[str, Any]:
        """No members."""
        return {"phantom": None, "members": []}

    def genesis_build(self, config: dict[str, Any]) -> None:
        """Seat the first members, unless TriumvirateMembers does."""
        members = [AccountId(ss58.decode(address)[0]) for address in config["members"]]
        if len(set(members)) != len(members):
            panic(f"{self.name}: an account stands twice among the members")
        self.initialize_members(members)

    @invariant()
    def motions_are_complete(self) -> Iterator[str]:
        """Every open motion has its call and its votes, and these have no other motion."""
        listed = self.proposals.get()
        if len(set(listed)) < len(listed) or len(listed) > MAX_PROPOSALS:
            yield f"{len(listed)} motions are open, {len(set(listed))} of them different"
        for what, found in (("call", self.proposal_of.keys()), ("votes", self.voting.keys())):
            for proposal_hash in sorted(set(listed) ^ set(found)):
                yield f"motion {proposal_hash.hex()} has no {what}, or these have no motion"

    @invariant()
    def votes_are_single(self) -> Iterator[str]:
        """Nobody votes twice on a motion, and a motion's number is one that was given."""
        for proposal_hash, votes in self.voting.items():
            if votes is None:
                continue
            voters = votes.ayes + votes.nays
            if len(set(voters)) < len(voters) or votes.index >= self.proposal_count.get():
                yield f"motion {proposal_hash.hex()} has {len(voters)} votes, number {votes.index}"

    @property
    def _seats(self) -> int:
        """Weights are announced for a senate with all seats taken."""
        return self._senate.seats

    @call(
        index=0,
        weight=lambda _, _new_members, _prime, old_count: weights.set_members(
            old_count, MAX_PROPOSALS
        ),
        dispatch_class=DispatchClass.OPERATIONAL,
    )
    def set_members(
        self,
        origin: Origin,  # noqa: ARG002
        new_members: list[AccountId],  # noqa: ARG002
        prime: AccountId | None,  # noqa: ARG002
        old_count: U32,  # noqa: ARG002
    ) -> None:
        """Refused to everyone, root too: the members are kept by TriumvirateMembers."""
        raise BadOrigin

    @call(
        index=1,
        weight=lambda self, proposal, length_bound: (
            weights.execute(length_bound, self._seats) + self.ctx.info_of(proposal).weight
        ),
        dispatch_class=DispatchClass.OPERATIONAL,
    )
    def execute(
        self, origin: Origin, proposal: RuntimeCall, length_bound: Compact[U32]
    ) -> PostInfo:
        """Make a call in the name of one member, who is the caller."""
        who = ensure_signed(origin)
        members = self.members.get()
        ensure(who in members, motions.NotMember)
        encoded = self._encode_within(proposal, length_bound)

        outcome = attempt(self.ctx.dispatch, proposal, Origin.collective(Member(who)))
        self.deposit(motions.MemberExecuted(Hash(blake2_256(encoded)), outcome.result))

        used = outcome.post.actual_weight
        if used is None:
            return PostInfo()
        return PostInfo(weights.execute(len(encoded), len(members)) + used)

    @call(
        index=2,
        weight=lambda self, _proposal, length_bound, _duration: weights.propose_proposed(
            length_bound, self._seats, MAX_PROPOSALS
        ),
        dispatch_class=DispatchClass.OPERATIONAL,
    )
    def propose(
        self,
        origin: Origin,
        proposal: RuntimeCall,
        length_bound: Compact[U32],
        duration: BlockNumber,
    ) -> PostInfo:
        """Put a call to the senators' vote; members only. It needs more than half of them."""
        who = ensure_signed(origin)
        ensure(self.is_member(who), motions.NotMember)
        ensure(duration >= MOTION_DURATION, motions.WrongDuration)
        threshold = U32(self._voters() // 2 + 1)
        encoded = self._encode_within(proposal, length_bound)
        proposal_hash = Hash(blake2_256(encoded))
        ensure(not self.proposal_of.contains(proposal_hash), motions.DuplicateProposal)
        proposals = self.proposals.get()
        ensure(len(proposals) < MAX_PROPOSALS, motions.TooManyProposals)

        proposals.append(proposal_hash)
        self.proposals.put(proposals)
        index = self.proposal_count.get()
        self.proposal_count.put(U32((index + 1) & U32_MAX))
        self.proposal_of.insert(proposal_hash, proposal)
        end = BlockNumber((self._system.block_number() + duration) & U32_MAX)
        self.voting.insert(proposal_hash, motions.Votes(index, threshold, [], [], end))

        self.deposit(motions.Proposed(who, index, proposal_hash, threshold))
        used = weights.propose_proposed(len(encoded), len(self.members.get()), len(proposals))
        return PostInfo(used)

    @call(
        index=3,
        weight=lambda self, _proposal, _index, _approve: weights.vote(self._seats),
        dispatch_class=DispatchClass.OPERATIONAL,
    )
    def vote(
        self,
        origin: Origin,
        proposal: Hash,  # noqa: ARG002
        index: Compact[U32],  # noqa: ARG002
        approve: bool,  # noqa: ARG002, FBT001
    ) -> None:
        """Refused to every account: senators vote through SubtensorModule."""
        ensure_signed(origin)
        raise motions.NotMember

    @call(index=5, weight=weights.disapprove_proposal(MAX_PROPOSALS))
    def disapprove_proposal(self, origin: Origin, proposal_hash: Hash) -> PostInfo:
        """Drop a motion whatever its votes; root only."""
        ensure_root(origin)
        return PostInfo(weights.disapprove_proposal(self._disapprove(proposal_hash)))

    @call(
        index=6,
        weight=lambda self, _proposal_hash, _index, proposal_weight_bound, length_bound: (
            weights.close(length_bound, self._seats, MAX_PROPOSALS) + proposal_weight_bound
        ),
        dispatch_class=DispatchClass.OPERATIONAL,
    )
    def close(
        self,
        origin: Origin,
        proposal_hash: Hash,
        index: Compact[U32],
        proposal_weight_bound: Weight,
        length_bound: Compact[U32],
    ) -> PostInfo:
        """End a motion that is decided or whose time has run out, and make its call if it passed.

        Whoever did not vote is counted with the prime, if there is one that said aye, else as nay.
        Dropping a motion is free of charge.
        """
        ensure_signed(origin)
        votes = self._votes_of(proposal_hash, index)
        seats, yes, no = self._voters(), len(votes.ayes), len(votes.nays)
        approved = yes >= votes.threshold
        early = approved or saturating_sub(seats, no) < votes.threshold
        if not early:
            ensure(self._system.block_number() >= votes.end, motions.TooEarly)
            if self.prime.get() in votes.ayes:
                yes = seats - no
            else:
                no = seats - yes
            approved = yes >= votes.threshold

        tally = motions.Closed(proposal_hash, U32(yes), U32(no))
        if not approved:
            self.deposit(tally)
            weight_of = weights.close_early_disapproved if early else weights.close_disapproved
            return PostInfo(weight_of(seats, self._disapprove(proposal_hash)), Pays.NO)

        proposal, length = self._proposal_within(proposal_hash, length_bound, proposal_weight_bound)
        self.deposit(tally)
        used, proposals = self._approve(proposal_hash, proposal, Members(U32(yes), U32(seats)))
        approved_weight = weights.close_early_approved if early else weights.close_approved
        return PostInfo(approved_weight(length, seats, proposals) + used)

    def is_member(self, who: AccountId) -> bool:
        """Whether the account is a member."""
        return who in self.members.get()

    def do_vote(self, hotkey: AccountId, proposal: Hash, index: U32, approve: bool) -> bool:  # noqa: FBT001
        """Count a vote, or turn an earlier one; answers whether it is the account's first."""
        votes = self._votes_of(proposal, index)
        joined, left = (votes.ayes, votes.nays) if approve else (votes.nays, votes.ayes)
        ensure(hotkey not in joined, motions.DuplicateVote)
        first_time = hotkey not in left

        joined.append(hotkey)
        if not first_time:
            _swap_remove(left, left.index(hotkey))
        self.deposit(
            motions.Voted(hotkey, proposal, approve, U32(len(votes.ayes)), U32(len(votes.nays)))
        )
        self.voting.insert(proposal, votes)
        return first_time

    def remove_votes(self, hotkey: AccountId) -> None:
        """Take an account's votes out of every open motion."""
        self._forget_votes([hotkey])

    def initialize_members(self, members: list[AccountId]) -> None:
        """Seat the first members, at genesis."""
        if members:
            if self.members.get():
                panic(f"{self.name}: the members are seated twice")
            self.members.put(members)

    def change_members(self, outgoing: list[AccountId], members: list[AccountId]) -> None:
        """Take over new members; who goes loses its votes, and the prime has to be set anew."""
        self._forget_votes(outgoing)
        self.members.put(members)
        self.prime.kill()

    def set_prime(self, prime: AccountId | None) -> None:
        """Have another prime, or none."""
        if prime is None:
            self.prime.kill()
        else:
            self.prime.put(prime)

    def _voters(self) -> int:
        return len(self._senate.members.get())

    def _encode_within(self, proposal: RuntimeCall, length_bound: int) -> bytes:
        encoded = self.ctx.encode_call(proposal)
        ensure(len(encoded) <= length_bound, motions.WrongProposalLength)
        return encoded

    def _votes_of(self, proposal_hash: Hash, index: int) -> motions.Votes:
        votes = self.voting.get(proposal_hash)
        if votes is None:
            raise motions.ProposalMissing
        ensure(votes.index == index, motions.WrongIndex)
        return votes

    def _proposal_within(
        self, proposal_hash: Hash, length_bound: int, weight_bound: Weight
    ) -> tuple[RuntimeCall, int]:
        """The call of a motion and its length, if neither is more than was reckoned with."""
        raw = self.proposal_of.raw(proposal_hash)
        if raw is None:
            raise motions.ProposalMissing
        ensure(len(raw) <= length_bound, motions.WrongProposalLength)
        try:
            proposal = self.proposal_of.get(proposal_hash)
        except ScaleError:
            proposal = None
        if proposal is None:
            raise motions.ProposalMissing
        ensure(weight_bound.all_gte(self.ctx.info_of(proposal).weight), motions.WrongProposalWeight)
        return proposal, len(raw)

    def _approve(
        self, proposal_hash: Hash, proposal: RuntimeCall, backing: Members
    ) -> tuple[Weight, int]:
        """Make the call and end the motion; answers the call's weight and how many were open."""
        self.deposit(motions.Approved(proposal_hash))
        announced = self.ctx.info_of(proposal).weight
        outcome = attempt(self.ctx.dispatch, proposal, Origin.collective(backing))
        self.deposit(motions.Executed(proposal_hash, outcome.result))
        used = outcome.post.actual_weight
        return announced if used is None else used, self._remove(proposal_hash)

    def _disapprove(self, proposal_hash: Hash) -> int:
        self.deposit(motions.Disapproved(proposal_hash))
        return self._remove(proposal_hash)

    def _remove(self, proposal_hash: Hash) -> int:
        """Forget a motion; answers how many were open, taking it that this one was."""
        self.proposal_of.remove(proposal_hash)
        self.voting.remove(proposal_hash)
        others = [other for other in self.proposals.get() if other != proposal_hash]
        self.proposals.put(others)
        return len(others) + 1

    def _forget_votes(self, accounts: list[AccountId]) -> None:
        for proposal_hash in self.proposals.get():
            votes = self.voting.get(proposal_hash)
            if votes is not None:
                votes.ayes = [who for who in votes.ayes if who not in accounts]
                votes.nays = [who for who in votes.nays if who not in accounts]
                self.voting.insert(proposal_hash, votes)


def _swap_remove(votes: list[AccountId], position: int) -> None:
    """Remove an item by putting the last one in its place."""
    last = votes.pop()
    if position < len(votes):
        votes[position] = last
