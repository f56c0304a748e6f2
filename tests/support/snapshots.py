"""Snapshots of chains in memory."""

from node.snapshot.file import About, write_snapshot
from node.whole_state import read_entries
from runtime.version import VERSION


def write_snapshot_of(client, block, path, chain="Development"):
    """Keep the state after a block of a client's chain in a file; answer what the file says."""
    about = About(
        chain, client.genesis_hash, client.header(block), VERSION.spec_name, VERSION.spec_version
    )
    write_snapshot(path, about, read_entries(client.state(block)))
    return about
