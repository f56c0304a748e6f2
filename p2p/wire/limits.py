"""Sizes, times and rates of the wire: what one peer may cost us."""

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

PROTOCOL_VERSION: Final = 1
"""Raised with every wire-breaking change; peers of another version are turned away by name."""

HANDSHAKE_MESSAGE_MAX: Final = 1024
"""An honest Noise XX message with its identity payload stays under 300 bytes."""
NOISE_MESSAGE_MAX: Final = 65_535
"""Noise's own bound; it also fits the two-byte length in front."""
NOISE_TAG_LENGTH: Final = 16
NOISE_PLAINTEXT_MAX: Final = NOISE_MESSAGE_MAX - NOISE_TAG_LENGTH

HANDSHAKE_SECONDS: Final = 5.0
"""For the three Noise messages together, however slowly their bytes drip in."""
STATUS_SECONDS: Final = 3.0
"""From the end of the handshake to the peer's status."""
PING_AFTER_SECONDS: Final = 10.0
"""Silence after which we ask for a sign of life."""
DEAD_AFTER_SECONDS: Final = 20.0
"""Silence after which the peer is gone."""
WRITE_STALL_SECONDS: Final = 10.0
"""A send that does not finish in this time means that the peer does not read."""
REQUEST_SECONDS: Final = 10.0
"""Time for the first part of a response, and again from each part to the next."""
WHOLE_REQUEST_SECONDS: Final = 60.0
"""Time for all parts together."""

EXTRINSIC_MAX: Final = 10 * MIB
"""As long as a block of our chains may be. What is longer stays with the node that has it: peers
would take it for a fault."""
PUSHED_EXTRINSIC_MAX: Final = 128 * KIB
"""Longer extrinsics are announced by hash and fetched by who wants them."""
PUSHED_EXTRINSICS_MAX: Final = 64
INVENTORY_MAX: Final = 256
HEADER_MAX: Final = 16 * KIB
RANGE_MAX: Final = 128
"""Blocks in one request."""
RESPONSE_PART_MAX: Final = 48 * KIB
"""Bulk travels in small parts so that an announcement never waits behind much of it."""
BLOCK_RESPONSE_MAX: Final = EXTRINSIC_MAX + 2 * MIB
"""One block of the largest size always fits, with its header and justification."""
BLOCK_RESPONSE_GOAL: Final = 2 * MIB
"""A responder stops adding blocks here, and sends at least one."""

OUTSTANDING_REQUESTS: Final = 4
"""Unanswered requests each way on one connection."""
QUEUE_FRAMES_MAX: Final = 2048
QUEUE_BYTES_MAX: Final = 2 * MIB
"""Outbound messages waiting for one peer, bulk responses aside."""


@dataclass(slots=True)
class TokenBucket:
    """A rate with a burst: tokens come back with time, and a debt has to be waited for."""

    rate: float
    burst: float
    tokens: float
    updated: float

    @classmethod
    def full(cls, rate: float, burst: float, now: float) -> "TokenBucket":
        return cls(rate, burst, burst, now)

    def take(self, amount: float, now: float) -> float:
        """Spend tokens, and answer how many seconds to wait until the debt is paid."""
        self._refill(now)
        self.tokens -= amount
        return max(0.0, -self.tokens / self.rate)

    def try_take(self, amount: float, now: float) -> bool:
        """Spend tokens if there are enough."""
        self._refill(now)
        if self.tokens < amount:
            return False
        self.tokens -= amount
        return True

    def _refill(self, now: float) -> None:
        self.tokens = min(self.burst, self.tokens + (now - self.updated) * self.rate)
        self.updated = now
