"""A call inside a call: run it, and keep how it ended."""

from collections.abc import Callable
from dataclasses import dataclass

from primitives.scale.containers import Err, Ok
from runtime.framework.calls import RuntimeCall
from runtime.framework.errors import DispatchError, DispatchResult
from runtime.framework.origin import Origin
from runtime.framework.weights import PostInfo, Weight

Dispatch = Callable[[RuntimeCall, Origin], PostInfo]
"""One of the two ways a pallet context dispatches: minding the origin's filters, or not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a nested call said about itself, and why it failed if it did."""

    post: PostInfo
    error: DispatchError | None

    @property
    def result(self) -> DispatchResult:
        """The outcome as events tell it."""
        return Ok(None) if self.error is None else Err(self.error.failure)

    def weight_used(self, announced: Weight) -> Weight:
        """What the call took: as announced unless it says less."""
        actual = self.post.actual_weight
        return announced if actual is None else actual.min(announced)


def attempt(dispatch: Dispatch, call: RuntimeCall, origin: Origin) -> Outcome:
    """Dispatch a call whose failure must not be that of the call around it."""
    try:
        return Outcome(dispatch(call, origin), None)
    except DispatchError as error:
        return Outcome(error.post, error)
