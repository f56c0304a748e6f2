"""Utility: several calls as one, and calls in another account's or origin's name."""

from dataclasses import replace
from typing import Final

from primitives.hashing import blake2_256
from primitives.types import U16, U32, AccountId
from runtime.framework.calls import RuntimeCall, call
from runtime.framework.errors import (
    BadOrigin,
    DispatchResult,
    Failure,
    PalletError,
    ensure,
)
from runtime.framework.events import Event
from runtime.framework.origin import (
    BySystem,
    NoOne,
    Origin,
    OriginCaller,
    Root,
    Signed,
    ensure_root,
    ensure_signed,
)
from runtime.framework.pallet import Constant, Pallet, constant
from runtime.framework.weights import ZERO_WEIGHT, DispatchClass, PostInfo, Weight, db_weight
from runtime.pallets.nested import Dispatch, attempt

DERIVATION_DOMAIN: Final = b"modlpy/utilisuba"
"""Keeps derived accounts apart from every other use of the same hash."""

AS_DERIVATIVE: Final = Weight(5_268_000, 0) + db_weight(1, 1)
"""Besides the inner call: the derivation, and the derived account's record."""
DISPATCH_AS: Final = Weight(9_353_000, 0)


def batch_weight(calls: int) -> Weight:
    """What `batch` and `force_batch` themselves take."""
    return Weight(16_943_157 + 4_653_855 * calls, 0)


def batch_all_weight(calls: int) -> Weight:
    """What `batch_all` itself takes."""
    return Weight(16_448_433 + 4_796_983 * calls, 0)


def force_batch_weight(calls: int) -> Weight:
    """What `force_batch` announces for itself; it reports `batch_weight` in the end."""
    return Weight(17_748_474 + 4_630_079 * calls, 0)


class BatchInterrupted(Event, index=0):
    """A batch stopped at this call; what came before it stands."""

    index_: U32
    error: Failure


class BatchCompleted(Event, index=1):
    """Every call of a batch succeeded."""


class BatchCompletedWithErrors(Event, index=2):
    """Every call of a batch was tried, and some failed."""


class ItemCompleted(Event, index=3):
    """One call of a batch succeeded."""


class ItemFailed(Event, index=4):
    """One call of a batch failed, and the batch goes on."""

    error: Failure


class DispatchedAs(Event, index=5):
    """A call was made in an origin that root chose."""

    result: DispatchResult


class TooManyCalls(PalletError, index=0):
    """The batch holds more calls than a runtime can be sure to have memory for."""


class Utility(Pallet):
    """Calls made of other calls."""

    rust_module = "pallet_utility::pallet"
    event_is_generic = False
    events = (
        BatchInterrupted,
        BatchCompleted,
        BatchCompletedWithErrors,
        ItemCompleted,
        ItemFailed,
        DispatchedAs,
    )
    errors = (TooManyCalls,)

    batched_calls_limit: Constant[U32] = constant(U32(10_922), name="batched_calls_limit")
    """Most calls one batch may hold."""

    def _calls_weight(self, calls: list[RuntimeCall]) -> Weight:
        return sum((self.ctx.info_of(item).weight for item in calls), ZERO_WEIGHT)

    def _calls_class(self, calls: list[RuntimeCall]) -> DispatchClass:
        """Operational only when every call is; an empty batch is."""
        classes = (self.ctx.info_of(item).class_ for item in calls)
        if all(item is DispatchClass.OPERATIONAL for item in classes):
            return DispatchClass.OPERATIONAL
        return DispatchClass.NORMAL

    def _call_class(self, inner: RuntimeCall) -> DispatchClass:
        return self.ctx.info_of(inner).class_

    def _ensure_batch(self, origin: Origin, calls: list[RuntimeCall]) -> None:
        if isinstance(origin.system, NoOne):
            raise BadOrigin
        ensure(len(calls) <= self.batched_calls_limit, TooManyCalls)

    def _dispatch_for(self, origin: Origin) -> Dispatch:
        """Root's calls pass by all filters."""
        is_root = isinstance(origin.system, Root)
        return self.ctx.dispatch_bypass_filter if is_root else self.ctx.dispatch

    @call(
        index=0,
        weight=lambda self, calls: self._calls_weight(calls) + batch_weight(len(calls)),
        dispatch_class=lambda self, calls: self._calls_class(calls),
    )
    def batch(self, origin: Origin, calls: list[RuntimeCall]) -> PostInfo:
        """Make calls one after the other until one fails.

        The batch itself succeeds either way; an event tells where it stopped.
        """
        self._ensure_batch(origin, calls)
        dispatch, used = self._dispatch_for(origin), ZERO_WEIGHT

        for position, item in enumerate(calls):
            announced = self.ctx.info_of(item).weight
            outcome = attempt(dispatch, item, origin)
            used += outcome.weight_used(announced)
            if outcome.error is not None:
                self.deposit(BatchInterrupted(U32(position), outcome.error.failure))
                return PostInfo(batch_weight(position + 1) + used)
            self.deposit(ItemCompleted())

        self.deposit(BatchCompleted())
        return PostInfo(batch_weight(len(calls)) + used)

    @call(
        index=1,
        weight=lambda self, _index, call: AS_DERIVATIVE + self.ctx.info_of(call).weight,
        dispatch_class=lambda self, _index, call: self._call_class(call),
    )
    def as_derivative(self, origin: Origin, index: U16, call: RuntimeCall) -> PostInfo:
        """Make a call in the name of an account derived from the caller's by a number."""
        who = ensure_signed(origin)
        pseudonym = BySystem(Signed(derivative_account(who, index)))
        announced = self.ctx.info_of(call).weight

        outcome = attempt(self.ctx.dispatch, call, replace(origin, caller=pseudonym))

        used = PostInfo(AS_DERIVATIVE + outcome.weight_used(announced))
        if outcome.error is not None:
            raise outcome.error.with_post(used)
        return used

    @call(
        index=2,
        weight=lambda self, calls: self._calls_weight(calls) + batch_all_weight(len(calls)),
        dispatch_class=lambda self, calls: self._calls_class(calls),
    )
    def batch_all(self, origin: Origin, calls: list[RuntimeCall]) -> PostInfo:
        """Make calls one after the other, all of them or, should one fail, none."""
        self._ensure_batch(origin, calls)
        dispatch, used = self._dispatch_for(origin), ZERO_WEIGHT
        unnested = origin.with_filter(lambda item: not item.is_of(self.name, "batch_all"))

        for position, item in enumerate(calls):
            announced = self.ctx.info_of(item).weight
            outcome = attempt(dispatch, item, unnested)
            used += outcome.weight_used(announced)
            if outcome.error is not None:
                raise outcome.error.with_post(PostInfo(batch_all_weight(position + 1) + used))
            self.deposit(ItemCompleted())

        self.deposit(BatchCompleted())
        return PostInfo(batch_all_weight(len(calls)) + used)

    @call(
        index=3,
        weight=lambda self, _as_origin, call: DISPATCH_AS + self.ctx.info_of(call).weight,
        dispatch_class=lambda self, _as_origin, call: self._call_class(call),
    )
    def dispatch_as(self, origin: Origin, as_origin: OriginCaller, call: RuntimeCall) -> None:
        """Make a call in any origin; root only."""
        ensure_root(origin)
        outcome = attempt(self.ctx.dispatch_bypass_filter, call, Origin.of(as_origin))
        self.deposit(DispatchedAs(outcome.result))

    @call(
        index=4,
        weight=lambda self, calls: self._calls_weight(calls) + force_batch_weight(len(calls)),
        dispatch_class=lambda self, calls: self._calls_class(calls),
    )
    def force_batch(self, origin: Origin, calls: list[RuntimeCall]) -> PostInfo:
        """Make calls one after the other, going on after those that fail."""
        self._ensure_batch(origin, calls)
        dispatch, used, failed = self._dispatch_for(origin), ZERO_WEIGHT, False

        for item in calls:
            announced = self.ctx.info_of(item).weight
            outcome = attempt(dispatch, item, origin)
            used += outcome.weight_used(announced)
            if outcome.error is not None:
                failed = True
                self.deposit(ItemFailed(outcome.error.failure))
            else:
                self.deposit(ItemCompleted())

        self.deposit(BatchCompletedWithErrors() if failed else BatchCompleted())
        return PostInfo(batch_weight(len(calls)) + used)

    @call(
        index=5,
        weight=lambda _self, _call, weight: weight,
        dispatch_class=lambda self, call, _weight: self._call_class(call),
    )
    def with_weight(self, origin: Origin, call: RuntimeCall, weight: Weight) -> None:  # noqa: ARG002
        """Make a call as root at a weight of root's choosing."""
        ensure_root(origin)
        outcome = attempt(self.ctx.dispatch_bypass_filter, call, Origin.root())
        if outcome.error is not None:
            raise outcome.error.with_post(PostInfo())


def derivative_account(who: AccountId, index: U16) -> AccountId:
    """The account that `who` holds under a number, without a key of its own."""
    return AccountId(blake2_256(DERIVATION_DOMAIN + who + index.to_bytes(2, "little")))
