"""One peer after the handshake: plaintext in, events out; messages in, plaintext out.

Holds what belongs to the connection alone: the first status, outbound lanes, queries waiting for
answers, signs of life, rates. Knows nothing of sockets or of other peers; time is an argument.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from p2p.wire import limits
from p2p.wire.envelope import (
    answer_cap,
    cap_of,
    decode,
    decode_answer,
    encode,
    encode_answer,
    lane_of,
)
from p2p.wire.frame import FRAME_PEEK, FRAME_PREFIX, Cutter, prefix
from p2p.wire.kind import Lane
from p2p.wire.limits import MIB, TokenBucket
from p2p.wire.messages import (
    Answer,
    Ask,
    BlockAnnounce,
    Bye,
    Extension,
    Gossip,
    Message,
    Ping,
    Pong,
    Query,
    ResponsePart,
    Status,
    Tx,
    TxInv,
)
from p2p.wire.reason import P2pFault, Reason


@dataclass(frozen=True, slots=True)
class Ready:
    """The peer is on our chain and speaks our version."""

    status: Status


@dataclass(frozen=True, slots=True)
class Heard:
    """A gossip message."""

    message: Gossip


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: give the answer back through `respond` under the same number."""

    id: int
    query: Query


@dataclass(frozen=True, slots=True)
class Answered:
    """The whole answer to a query of ours."""

    query: Query
    answer: Answer


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A query of ours that timed out."""

    query: Query


@dataclass(frozen=True, slots=True)
class OverRate:
    """Read no more from this peer for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Left:
    """The peer said goodbye."""

    reason: Reason


SessionEvent = Ready | Heard | Asked | Answered | Unanswered | OverRate | Left

_RATES: Final = {
    BlockAnnounce: (20.0, 200.0),
    Tx: (1000.0, 4000.0),
    TxInv: (50.0, 500.0),
    Ask: (10.0, 100.0),
    Ping: (1.0, 20.0),
}
"""Tokens a second and burst, by kind. A transaction message costs one for each extrinsic."""
_BYTE_RATE: Final = (1.0 * MIB, 8.0 * MIB)
"""Unasked bytes a second: gossip only, for answers are paid for by asking."""


_ASK_MAX: Final = limits.OUTSTANDING_REQUESTS


@dataclass(slots=True)
class _Pending:
    """A query on its way."""

    query: Query
    asked_at: float
    deadline: float
    chunks: list[bytes] = field(default_factory=list)
    next_part: int = 0
    length: int = 0
    is_abandoned: bool = False
    """Timed out; what still comes of it is thrown away, and its place stays taken until then."""


@dataclass(slots=True)
class _Response:
    """An answer being sent, cut only when its turn comes."""

    id: int
    payload: bytes
    part: int = 0

    def next_part(self) -> ResponsePart:
        at = self.part * limits.RESPONSE_PART_MAX
        chunk = self.payload[at : at + limits.RESPONSE_PART_MAX]
        is_last = at + len(chunk) == len(self.payload)
        message = ResponsePart(self.id, self.part, is_last, chunk)
        self.part += 1
        return message


class Session:
    """The protocol with one peer. Whatever raises P2pFault ends it."""

    def __init__(self, ours: Status, now: float) -> None:
        self._ours = ours
        self._cutter = Cutter(FRAME_PREFIX, cap_of, FRAME_PEEK)
        self._lanes: dict[Lane, deque[bytes]] = {Lane.URGENT: deque(), Lane.NORMAL: deque()}
        self._queued_bytes = 0
        self._newest_announce: bytes | None = None
        self._is_overrun = False
        self._unfinished = b""
        self._responses: deque[_Response] = deque()
        self._to_ask: deque[Query] = deque()
        self._pending: dict[int, _Pending] = {}
        self._next_id = 0
        self._owed: dict[int, Query] = {}
        self._buckets = {
            kind: TokenBucket.full(rate, burst, now) for kind, (rate, burst) in _RATES.items()
        }
        self._bytes = TokenBucket.full(*_BYTE_RATE, now)
        self._heard_at = now
        self._ping_sent = False
        self._status_deadline = now + limits.STATUS_SECONDS
        self.status: Status | None = None
        self._push(ours)

    def receive(self, data: bytes, now: float) -> Iterator[SessionEvent]:
        """Take plaintext, and yield what it says, message by message."""
        self._heard_at = now
        self._ping_sent = False
        wait = 0.0
        for body in self._cutter.feed(data):
            item = decode(body)
            wait = max(wait, self._charge(item, len(body), now))
            event = self._take(item, now)
            if event is not None:
                yield event
        if wait > 0:
            yield OverRate(wait)

    def tell(self, message: Gossip | Bye) -> None:
        """Queue a message. A full queue drops extrinsics, and only the newest announce stays."""
        if isinstance(message, Tx | TxInv) and self._is_full():
            return
        self._push(message)

    def ask(self, query: Query, now: float) -> None:
        """Queue a query; its answer or its silence comes back as an event."""
        self._to_ask.append(query)
        self._ask_more(now)

    def respond(self, id: int, answer: Answer) -> None:  # noqa: A002 - the wire's own word
        """Answer a query."""
        query = self._owed.get(id)
        if query is not None:
            self._responses.append(_Response(id, encode_answer(query, answer)))

    def tick(self, now: float) -> list[SessionEvent]:
        """Let time pass: call it at `deadline`."""
        if self.status is None and now >= self._status_deadline:
            raise P2pFault(Reason.SLOW_HANDSHAKE, "no status")
        if now >= self._heard_at + limits.DEAD_AFTER_SECONDS:
            raise P2pFault(Reason.SILENT)
        if not self._ping_sent and now >= self._heard_at + limits.PING_AFTER_SECONDS:
            self._ping_sent = True
            self._push(Ping())
        events: list[SessionEvent] = []
        for pending in self._pending.values():
            if not pending.is_abandoned and now >= pending.deadline:
                pending.is_abandoned, pending.chunks = True, []
                events.append(Unanswered(pending.query))
        if sum(pending.is_abandoned for pending in self._pending.values()) == _ASK_MAX:
            raise P2pFault(Reason.NO_ANSWER, f"{_ASK_MAX} queries")
        return events

    @property
    def deadline(self) -> float:
        """When to call `tick`, if nothing comes first. Never earlier than it was said to be."""
        silence = limits.DEAD_AFTER_SECONDS if self._ping_sent else limits.PING_AFTER_SECONDS
        deadlines = [self._heard_at + silence]
        if self.status is None:
            deadlines.append(self._status_deadline)
        deadlines += [p.deadline for p in self._pending.values() if not p.is_abandoned]
        return min(deadlines)

    def output(self) -> bytes:
        """Take the next plaintext to send: as many frames as fit into one Noise message."""
        if self._is_overrun:
            raise P2pFault(Reason.SLOW_READER, "outbound queue is full")
        out = self._unfinished
        while len(out) < limits.NOISE_PLAINTEXT_MAX and (frame := self._next_frame()):
            out += frame
        self._unfinished = out[limits.NOISE_PLAINTEXT_MAX :]
        return out[: limits.NOISE_PLAINTEXT_MAX]

    def farewell(self, reason: Reason) -> None:
        """Drop what is queued and say goodbye; `output` then gives the last bytes."""
        for lane in self._lanes.values():
            lane.clear()
        self._responses.clear()
        self._newest_announce = None
        self._queued_bytes, self._is_overrun = 0, False
        self._push(Bye(reason))

    def _take(self, item: Message | Ask | Extension, now: float) -> SessionEvent | None:
        if isinstance(item, Bye):
            return Left(item.reason)
        if self.status is None:
            return self._take_status(item)
        match item:
            case BlockAnnounce() | TxInv() | Tx():
                return Heard(item)
            case Ask(id=number, query=query):
                return self._take_ask(number, query)
            case ResponsePart():
                return self._take_part(item, now)
            case Ping():
                self._push(Pong())
            case Status():
                raise P2pFault(Reason.UNDECODABLE, "second status")
            case Pong() | Extension():
                pass
        return None

    def _take_status(self, item: Message | Ask | Extension) -> Ready:
        if not isinstance(item, Status):
            raise P2pFault(Reason.UNDECODABLE, "something before the status")
        if item.version != self._ours.version:
            raise P2pFault(Reason.VERSION_MISMATCH, f"theirs is {item.version}")
        if item.genesis != self._ours.genesis:
            raise P2pFault(Reason.GENESIS_MISMATCH, f"theirs is 0x{item.genesis.hex()}")
        self.status = item
        return Ready(item)

    def _take_ask(self, number: int, query: Query) -> Asked:
        if number in self._owed:
            raise P2pFault(Reason.UNDECODABLE, "query number in use")
        if len(self._owed) == _ASK_MAX:
            raise P2pFault(Reason.TOO_MANY_REQUESTS)
        self._owed[number] = query
        return Asked(number, query)

    def _take_part(self, item: ResponsePart, now: float) -> Answered | None:
        pending = self._pending.get(item.id)
        if pending is None or item.part != pending.next_part:
            raise P2pFault(Reason.UNSOLICITED)
        pending.next_part += 1
        pending.length += len(item.chunk)
        if pending.length > answer_cap(pending.query):
            raise P2pFault(Reason.OVERSIZED, "endless answer")
        pending.deadline = min(
            now + limits.REQUEST_SECONDS, pending.asked_at + limits.WHOLE_REQUEST_SECONDS
        )
        if not pending.is_abandoned:
            pending.chunks.append(item.chunk)
        if not item.is_last:
            return None
        del self._pending[item.id]
        self._ask_more(now)
        if pending.is_abandoned:
            return None
        return Answered(pending.query, decode_answer(pending.query, b"".join(pending.chunks)))

    def _ask_more(self, now: float) -> None:
        while self._to_ask and len(self._pending) < _ASK_MAX:
            query, number = self._to_ask.popleft(), self._next_id
            self._next_id = (number + 1) % 2**32
            self._pending[number] = _Pending(query, now, now + limits.REQUEST_SECONDS)
            self._push(Ask(number, query))

    def _charge(self, item: Message | Ask | Extension, length: int, now: float) -> float:
        """Answer how long to read no more, so that the peer keeps to its rates."""
        if isinstance(item, ResponsePart):
            return 0.0
        wait = self._bytes.take(length, now)
        bucket = self._buckets.get(type(item))
        if bucket is None:
            return wait
        return max(wait, bucket.take(len(item.extrinsics) if isinstance(item, Tx) else 1, now))

    def _push(self, item: Message | Ask) -> None:
        frame = prefix(encode(item), FRAME_PREFIX)
        if not self._is_full():
            self._lanes[lane_of(item)].append(frame)
            self._queued_bytes += len(frame)
        elif isinstance(item, BlockAnnounce):
            self._newest_announce = frame
        else:
            self._is_overrun = True

    def _is_full(self) -> bool:
        frames = sum(len(lane) for lane in self._lanes.values())
        return frames >= limits.QUEUE_FRAMES_MAX or self._queued_bytes >= limits.QUEUE_BYTES_MAX

    def _next_frame(self) -> bytes:
        for lane in self._lanes.values():
            if lane:
                frame = lane.popleft()
                self._queued_bytes -= len(frame)
                return frame
        if self._newest_announce is not None:
            frame, self._newest_announce = self._newest_announce, None
            return frame
        return self._next_part()

    def _next_part(self) -> bytes:
        """Answers take turns, part by part."""
        if not self._responses:
            return b""
        response = self._responses.popleft()
        part = response.next_part()
        if part.is_last:
            del self._owed[response.id]
        else:
            self._responses.append(response)
        return prefix(encode(part), FRAME_PREFIX)
