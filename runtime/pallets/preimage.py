"""Preimage: bytes kept under their hash, for a deposit or at somebody's request.

A preimage is *unrequested* while only its owner wants it: the owner holds a ticket (a deposit) and
may remove it. It is *requested* while something on the chain counts on it; then it stays, whether
noted already or not, until the last request is withdrawn.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Final

from primitives.arith import U32_MAX
from primitives.hashing import blake2_256, identity
from primitives.scale.containers import Bounded
from primitives.scale.errors import ScaleError
from primitives.types import U32, AccountId, Balance, Hash
from runtime.framework.calls import CALL_CODEC, RuntimeCall, call
from runtime.framework.errors import (
    Corruption,
    DispatchError,
    Exhausted,
    PalletError,
    Unavailable,
    ensure,
)
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, Root, ensure_root, ensure_signed
from runtime.framework.pallet import Pallet, PalletContext
from runtime.framework.storage import StorageMap, storage_map
from runtime.framework.weights import Pays, PostInfo, Weight, db_weight
from runtime.pallets.balances import Balances
from runtime.pallets.balances_types import HeldByPreimage, PreimageHold
from runtime.pallets.bounded_call import (
    INLINE_LIMIT,
    BoundedCall,
    InlineCall,
    LegacyCall,
    LookupCall,
)
from runtime.pallets.preimage_types import (
    AlreadyNoted,
    Cleared,
    IsRequested,
    NotAuthorized,
    Noted,
    NotNoted,
    NotRequested,
    OldRequested,
    OldRequestStatus,
    OldUnrequested,
    Requested,
    RequestStatus,
    StillRequested,
    Ticket,
    TooBig,
    TooFew,
    TooMany,
    Unrequested,
)

MAX_SIZE: Final = 4 * 1024 * 1024
"""Longest preimage."""
MAX_UPDATES: Final = 1024
"""Most hashes that one `ensure_updated` may name."""
BASE_DEPOSIT: Final = 104_000_000
"""Rao held per preimage: two items and 64 bytes of state."""
BYTE_DEPOSIT: Final = 1_000_000
"""Rao held per byte of a preimage."""
PREIMAGE_HOLD: Final = HeldByPreimage(PreimageHold.PREIMAGE)

UNNOTE: Final = Weight(34_099_000, 3556) + db_weight(2, 2)
REQUEST: Final = Weight(30_303_000, 3556) + db_weight(2, 1)
UNREQUEST: Final = Weight(32_996_000, 3556) + db_weight(2, 2)


def note_weight(length: int) -> Weight:
    return Weight(16_271_000 + 1916 * length, 3556) + db_weight(2, 2)


def ensure_updated_weight(hashes: int) -> Weight:
    base = Weight(2_641_000 + 15_620_946 * hashes, 3593 + 2566 * hashes)
    return base + db_weight(1 + hashes, 1 + 2 * hashes)


class Preimage(Pallet):
    """Bytes that go by their hash until somebody needs them."""

    rust_module = "pallet_preimage::pallet"
    events = (Noted, Requested, Cleared)
    errors = (
        TooBig,
        AlreadyNoted,
        NotAuthorized,
        NotNoted,
        StillRequested,
        NotRequested,
        TooMany,
        TooFew,
    )
    storage_version = 1

    status_for: StorageMap[Hash, OldRequestStatus | None] = storage_map(identity)
    """Statuses of the old kind that nobody has touched since."""
    request_status_for: StorageMap[Hash, RequestStatus | None] = storage_map(identity)
    """Who wants a preimage."""
    preimage_for: StorageMap[tuple[Hash, U32], Annotated[bytes, Bounded(MAX_SIZE)] | None] = (
        storage_map(identity)
    )
    """The preimages, by hash and length."""

    def __init__(self, ctx: PalletContext, *, balances: Balances) -> None:
        super().__init__(ctx)
        self._balances = balances

    def deposits(self) -> Iterator[tuple[AccountId, Balance]]:
        """Statuses of the old kind have deposits that are reserved."""
        for status in self.status_for.values():
            match status:
                case OldUnrequested(deposit, _):
                    yield deposit
                case OldRequested(deposit, _, _) if deposit is not None:
                    yield deposit
                case _:
                    continue

    @invariant()
    def preimages_are_wanted(self) -> Iterator[str]:
        """A preimage is stored under its hash, and there is a status that says who wants it."""
        for (hash_, length), preimage in self.preimage_for.items():
            if preimage is None or len(preimage) != length or blake2_256(preimage) != hash_:
                yield f"the preimage of {hash_.hex()} is another's"
            if not (self.request_status_for.contains(hash_) or self.status_for.contains(hash_)):
                yield f"nobody wants the preimage of {hash_.hex()}"
        for hash_, status in self.request_status_for.items():
            match status:
                case IsRequested(_, _, noted) | Unrequested(_, noted) if noted is not None:
                    if not self.preimage_for.contains((hash_, noted)):
                        yield f"the preimage of {hash_.hex()} is not there"
                case _:
                    continue

    @invariant(waived_by=("Balances.force_unreserve",))
    def tickets_are_held(self) -> Iterator[str]:
        """What is on hold of an account for preimages is what its tickets say.

        Once root has freed what was on hold, a ticket comes back for less or nothing.
        """
        tickets: Counter[AccountId] = Counter()
        for status in self.request_status_for.values():
            match status:
                case IsRequested((who, ticket), _, _) | Unrequested((who, ticket), _):
                    tickets[who] += ticket.amount
                case _:
                    continue
        for who in sorted({*tickets, *self._balances.holds.keys()}):
            held = self._balances.balance_on_hold(PREIMAGE_HOLD, who)
            if held != tickets[who]:
                yield f"{held} of {who.hex()} held for tickets of {tickets[who]}"

    @call(index=0, weight=lambda _, bytes_: note_weight(len(bytes_)))
    def note_preimage(self, origin: Origin, bytes_: bytes) -> PostInfo:
        """Store a preimage, for a deposit.

        Root pays no deposit, and nobody pays a fee for what is requested already.
        """
        depositor = _signer_or_root(origin)
        requested, _ = self._note(bytes_, depositor)
        return PostInfo(pays_fee=Pays.NO if requested or depositor is None else Pays.YES)

    @call(index=1, weight=UNNOTE)
    def unnote_preimage(self, origin: Origin, hash_: Hash) -> None:
        """Take a preimage's deposit back; the preimage goes unless something else wants it."""
        self._unnote(hash_, _signer_or_root(origin))

    @call(index=2, weight=REQUEST)
    def request_preimage(self, origin: Origin, hash_: Hash) -> None:
        """Want a preimage, noted or not; root only."""
        ensure_root(origin)
        self.request(hash_)

    @call(index=3, weight=UNREQUEST)
    def unrequest_preimage(self, origin: Origin, hash_: Hash) -> None:
        """Withdraw one request; root only."""
        ensure_root(origin)
        self._unrequest(hash_)

    @call(index=4, weight=lambda _, hashes: ensure_updated_weight(len(hashes)))
    def ensure_updated(self, origin: Origin, hashes: list[Hash]) -> PostInfo:
        """Move statuses of the old kind over; free if nine of ten named are such."""
        ensure_signed(origin)
        ensure(len(hashes) > 0, TooFew)
        ensure(len(hashes) <= MAX_UPDATES, TooMany)
        updated = sum(self._ensure_updated(hash_) for hash_ in hashes)
        return PostInfo(pays_fee=Pays.YES if updated * 10 < len(hashes) * 9 else Pays.NO)

    def bound(self, later: RuntimeCall) -> BoundedCall:
        """Store a call for later: in place if it is short, else as a preimage."""
        encoded = self.ctx.encode_call(later)
        if len(encoded) <= INLINE_LIMIT:
            return InlineCall(encoded)
        ensure(len(encoded) <= MAX_SIZE, Exhausted)
        _, hash_ = self._note(encoded, None)
        return LookupCall(hash_, U32(len(encoded)))

    def peek(self, bounded: BoundedCall) -> tuple[RuntimeCall, int | None]:
        """A stored call, and the length of its preimage if it has one."""
        match bounded:
            case InlineCall(data):
                return _decode(data), None
            case LookupCall(hash_, length):
                encoded = self._fetch(hash_, length)
            case LegacyCall(hash_):
                encoded = self._fetch(hash_, None)
            case _:
                raise Corruption
        return _decode(encoded), len(encoded)

    def drop(self, bounded: BoundedCall) -> None:
        """Withdraw the request for a stored call's preimage."""
        if bounded.lookup_hash is not None:
            with suppress(PalletError):
                self._unrequest(bounded.lookup_hash)

    def request(self, hash_: Hash) -> None:
        """Want a preimage once more."""
        self._ensure_updated(hash_)
        match self.request_status_for.get(hash_):
            case IsRequested(maybe_ticket, count, maybe_len):
                status = IsRequested(maybe_ticket, U32(min(count + 1, U32_MAX)), maybe_len)
            case Unrequested(ticket, length):
                status = IsRequested(ticket, U32(1), length)
            case _:
                status = IsRequested(None, U32(1), None)
        self.request_status_for.insert(hash_, status)
        if status.count == 1:
            self.deposit(Requested(hash_))

    def is_requested(self, hash_: Hash) -> bool:
        """Whether the chain wants a preimage."""
        return isinstance(self.request_status_for.get(hash_), IsRequested)

    def _fetch(self, hash_: Hash, length: U32 | None) -> bytes:
        known = self._length(hash_) if length is None else length
        encoded = None if known is None else self.preimage_for.get((hash_, known))
        if encoded is None:
            raise Unavailable
        return encoded

    def _length(self, hash_: Hash) -> U32 | None:
        self._ensure_updated(hash_)
        match self.request_status_for.get(hash_):
            case IsRequested(_, _, length) | Unrequested(_, length):
                return length
            case _:
                return None

    def _note(self, preimage: bytes, depositor: AccountId | None) -> tuple[bool, Hash]:
        """Store a preimage; answers whether something wants it, and its hash."""
        ensure(len(preimage) <= MAX_SIZE, TooBig)
        hash_, length = Hash(blake2_256(preimage)), U32(len(preimage))
        self._ensure_updated(hash_)

        status: RequestStatus
        match self.request_status_for.get(hash_):
            case IsRequested(maybe_ticket, count, _):
                status = IsRequested(maybe_ticket, count, length)
            case Unrequested(ticket, _):
                ensure(depositor is None, AlreadyNoted)
                status = IsRequested(ticket, U32(1), length)
            case _ if depositor is None:
                status = IsRequested(None, U32(1), length)
            case _:
                status = Unrequested((depositor, self._issue_ticket(depositor, length)), length)

        self.request_status_for.insert(hash_, status)
        self.preimage_for.insert((hash_, length), preimage)
        self.deposit(Noted(hash_))
        return isinstance(status, IsRequested), hash_

    def _unnote(self, hash_: Hash, who: AccountId | None) -> None:
        """Let the owner go; `who` must be the owner, or None, which may do so for any."""
        self._ensure_updated(hash_)
        match self.request_status_for.get(hash_):
            case IsRequested((owner, ticket), count, length):
                ensure(who is None or who == owner, NotAuthorized)
                self._return_ticket(owner, ticket)
                self.request_status_for.insert(hash_, IsRequested(None, count, length))
            case IsRequested(None, _, _):
                ensure(who is None, NotAuthorized)
                self._unrequest(hash_)
            case Unrequested((owner, ticket), length):
                ensure(who is None or who == owner, NotAuthorized)
                self._return_ticket(owner, ticket)
                self._clear(hash_, length)
            case _:
                raise NotNoted

    def _unrequest(self, hash_: Hash) -> None:
        self._ensure_updated(hash_)
        status = self.request_status_for.get(hash_)
        if not isinstance(status, IsRequested):
            raise NotRequested
        ticket, count, length = status.maybe_ticket, status.count, status.maybe_len
        if count > 1:
            self.request_status_for.insert(hash_, IsRequested(ticket, U32(count - 1), length))
        elif length is None:
            self.request_status_for.remove(hash_)
        elif ticket is None:
            self._clear(hash_, length)
        else:
            self.request_status_for.insert(hash_, Unrequested(ticket, length))

    def _clear(self, hash_: Hash, length: U32) -> None:
        self.preimage_for.remove((hash_, length))
        self.request_status_for.remove(hash_)
        self.deposit(Cleared(hash_))

    def _ensure_updated(self, hash_: Hash) -> bool:
        """Move a status of the old kind over; answers whether there was one."""
        match self.status_for.take(hash_):
            case OldUnrequested((who, amount), length):
                self._balances.unreserve(who, amount)
                with suppress(DispatchError):
                    ticket = self._issue_ticket(who, length)
                    self.request_status_for.insert(hash_, Unrequested((who, ticket), length))
            case OldRequested(deposit, count, length):
                with suppress(DispatchError):
                    ticket_of = self._exchange(deposit, length)
                    self.request_status_for.insert(hash_, IsRequested(ticket_of, count, length))
            case _:
                return False
        return True

    def _exchange(
        self, deposit: tuple[AccountId, Balance] | None, length: U32 | None
    ) -> tuple[AccountId, Ticket] | None:
        """A ticket for an old deposit, where there is one and the length is known."""
        if deposit is None:
            return None
        who, amount = deposit
        self._balances.unreserve(who, amount)
        return None if length is None else (who, self._issue_ticket(who, length))

    def _issue_ticket(self, who: AccountId, length: int) -> Ticket:
        amount = Balance(BASE_DEPOSIT + BYTE_DEPOSIT * length)
        self._balances.hold(PREIMAGE_HOLD, who, amount)
        return Ticket(amount)

    def _return_ticket(self, who: AccountId, ticket: Ticket) -> None:
        with suppress(DispatchError):
            self._balances.release(PREIMAGE_HOLD, who, ticket.amount, exact=False)


def _signer_or_root(origin: Origin) -> AccountId | None:
    """The signer, or None for root, which manages all preimages."""
    return None if isinstance(origin.system, Root) else ensure_signed(origin)


def _decode(encoded: bytes) -> RuntimeCall:
    """A call from the front of stored bytes."""
    try:
        decoded: RuntimeCall = CALL_CODEC.decode(encoded, 0)[0]
    except ScaleError:
        raise Corruption from None
    return decoded
