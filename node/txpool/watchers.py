"""Those who want to know what becomes of an extrinsic, each with a bounded channel."""

from typing import Final

import trio

from node.txpool.status import Status, is_terminal
from primitives.types import Hash

UNREAD_STATUSES: Final = 64
"""An extrinsic has a handful in its life; one on a chain that reorganises all the time has more."""


class Watchers:
    """Channels by extrinsic. A terminal status closes them; so does a reader that is too slow."""

    def __init__(self) -> None:
        self._of: dict[Hash, list[trio.MemorySendChannel[Status]]] = {}

    def add(self, extrinsic: Hash) -> trio.MemoryReceiveChannel[Status]:
        """Everything that is told about the extrinsic from now on."""
        send, receive = trio.open_memory_channel[Status](UNREAD_STATUSES)
        self._of.setdefault(extrinsic, []).append(send)
        return receive

    def forget_gone(self, extrinsic: Hash) -> None:
        """Forget those who closed their channel before they were told anything."""
        self._keep(
            extrinsic,
            [one for one in self._of.get(extrinsic, ()) if one.statistics().open_receive_channels],
        )

    def drop(self, extrinsic: Hash) -> None:
        """End everybody's watch over an extrinsic."""
        for channel in self._of.pop(extrinsic, ()):
            channel.close()

    def tell(self, extrinsic: Hash, status: Status) -> None:
        """Pass a status on."""
        self._keep(extrinsic, [one for one in self._of.get(extrinsic, ()) if _sent(one, status)])
        if is_terminal(status):
            self.drop(extrinsic)

    def _keep(self, extrinsic: Hash, watching: list[trio.MemorySendChannel[Status]]) -> None:
        if watching:
            self._of[extrinsic] = watching
        else:
            self._of.pop(extrinsic, None)

    def __len__(self) -> int:
        return len(self._of)


def _sent(channel: trio.MemorySendChannel[Status], status: Status) -> bool:
    try:
        channel.send_nowait(status)
    except (trio.WouldBlock, trio.BrokenResourceError):
        channel.close()
        return False
    return True
