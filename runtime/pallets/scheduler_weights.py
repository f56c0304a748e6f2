"""Weights of the scheduler, and the meter that keeps its work within a block's share."""

from typing import Final

from runtime.framework.origin import BySystem, OriginCaller, Signed
from runtime.framework.weights import ZERO_WEIGHT, Weight, db_weight

AGENDA_PROOF: Final = 110_487
"""Bytes to prove a full agenda."""

SERVICE_AGENDAS: Final = Weight(3_202_000, 1489) + db_weight(1, 1)
_TASK: Final = Weight(3_680_000, 0)
_TASK_NAMED: Final = Weight(5_275_000, 0) + db_weight(0, 1)
_TASK_PERIODIC: Final = Weight(3_561_000, 0)
_EXECUTE_SIGNED: Final = Weight(6_642_000, 3997) + db_weight(2, 0)
_EXECUTE_UNSIGNED: Final = Weight(2_266_000, 0)

SET_RETRY: Final = Weight(9_047_554, AGENDA_PROOF) + db_weight(1, 1)
"""Cancelling a retry takes as much."""
SET_RETRY_NAMED: Final = Weight(12_804_076, AGENDA_PROOF) + db_weight(2, 1)


def service_agenda(tasks: int) -> Weight:
    return Weight(6_262_125 + 332_570 * tasks, AGENDA_PROOF) + db_weight(1, 1)


def service_task(preimage_length: int | None, *, named: bool, periodic: bool) -> Weight:
    """What it takes to pick up a task, without its call."""
    total = _TASK
    if preimage_length is not None:
        fetched = Weight(17_887_000 + 1253 * preimage_length, 3711 + preimage_length)
        total = fetched + db_weight(3, 2)
    if named:
        total += _TASK_NAMED - _TASK
    if periodic:
        total += _TASK_PERIODIC - _TASK
    return total


def execute_dispatch(origin: OriginCaller) -> Weight:
    """What it takes to make a call in somebody's name, without the call."""
    signed = isinstance(origin, BySystem) and isinstance(origin.origin, Signed)
    return _EXECUTE_SIGNED if signed else _EXECUTE_UNSIGNED


def schedule(tasks: int) -> Weight:
    return Weight(13_565_985 + 354_760 * tasks, AGENDA_PROOF) + db_weight(1, 1)


def cancel(tasks: int) -> Weight:
    return Weight(15_141_696 + 533_390 * tasks, AGENDA_PROOF) + db_weight(1, 2)


def schedule_named(tasks: int) -> Weight:
    return Weight(18_957_156 + 361_909 * tasks, AGENDA_PROOF) + db_weight(2, 2)


def cancel_named(tasks: int) -> Weight:
    return Weight(18_091_415 + 534_402 * tasks, AGENDA_PROOF) + db_weight(2, 2)


def schedule_retry(tasks: int) -> Weight:
    return Weight(16_447_031 + 8424 * tasks, AGENDA_PROOF) + db_weight(2, 4)


class WeightMeter:
    """Counts weight up to a limit; what does not fit is not counted at all."""

    def __init__(self, limit: Weight) -> None:
        self._limit = limit
        self.consumed = ZERO_WEIGHT

    def can_consume(self, weight: Weight) -> bool:
        """Whether so much is left."""
        time = self.consumed.ref_time + weight.ref_time
        proof = self.consumed.proof_size + weight.proof_size
        return time <= self._limit.ref_time and proof <= self._limit.proof_size

    def try_consume(self, weight: Weight) -> bool:
        """Count so much if it is left; answers whether it was."""
        fits = self.can_consume(weight)
        if fits:
            self.consumed += weight
        return fits
