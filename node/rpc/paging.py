"""Walking through keys on behalf of clients."""

from collections.abc import Iterator

from storage.overlay import StateView


def keys_after(state: StateView, prefix: bytes, start: bytes | None) -> Iterator[bytes]:
    """The keys under a prefix, each looked up when it is asked for.

    Clients begin with the prefix itself as the start, which is no key then.
    """
    if start is None:
        if state.get(prefix) is not None:
            yield prefix
        start = prefix
    key = state.next_key(max(start, prefix))
    while key is not None and key.startswith(prefix):
        yield key
        key = state.next_key(key)
