"""Blocks of a chain with an upgrade in its midst, from one node's disk to another's."""

from dataclasses import replace

import pytest
import trio

from node.block_file.export import export_blocks
from node.block_file.importing import Importing
from node.block_file.reader import read_blocks
from node.client import Client
from node.config import StorageConfig
from node.executor.errors import UnknownCode
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from node.open_chain import open_chain, open_existing
from primitives.types import BlockNumber
from runtime.version import SPEC_VERSION
from tests.support.running import STANDING, grow, height, running_node
from tests.support.upgrades import NEXT, Signer, member, upgrade

PATIENCE = 60.0
"""No test waits for it; it only keeps a failure from hanging."""
LAST = 7
UPGRADE = 3
"""The block with the next code."""


async def grown(path):
    """A stopped node with a chain that was upgraded; answers its settings and its clock."""
    settings = member("Alice", storage=StorageConfig(path))
    async with running_node(settings) as alice:
        await grow(alice, UPGRADE - 1)
        updated = await upgrade(alice, Signer(alice))
        assert updated.number == UPGRADE
        await grow(alice, LAST)
        return settings, alice.node.clock


def write_blocks(settings, file):
    with (
        open_existing(settings.spec, settings.storage.database) as database,
        file.open("wb") as output,
    ):
        export_blocks(
            database.blocks, BlockNumber(1), BlockNumber(LAST), output, binary=True, say=print
        )


def roots(client):
    numbers = range(client.best().number + 1)
    return [client.header(client.block_hash(BlockNumber(n))).state_root for n in numbers]


async def load(database, file, clock):
    """Import a file."""
    importing = importer(database, clock)
    await run(importing, file)
    return importing.client


def importer(database, clock, policy=OnchainCode.ANY):
    return Importing(Client(database, Runtimes(policy)), clock, print)


async def run(importing, file):
    """Import a file as far as it goes."""
    with file.open("rb") as opened:
        await importing.run(read_blocks(opened).blocks)


async def test_an_export_imports_through_every_version(tmp_path):
    with trio.fail_after(PATIENCE):
        settings, clock = await grown(tmp_path / "alice")
        file = tmp_path / "blocks"
        write_blocks(settings, file)
        other = StorageConfig(tmp_path / "other")
        with open_chain(settings.spec, other) as database:
            client = await load(database, file, clock)
            with open_existing(settings.spec, settings.storage.database) as original:
                assert roots(client) == roots(Client(original))
            versions = [
                client.runtime_version(client.block_hash(BlockNumber(number))).spec_version
                for number in range(LAST + 1)
            ]
            assert versions == [SPEC_VERSION if n < UPGRADE else NEXT for n in range(LAST + 1)]


async def test_a_node_goes_on_with_what_was_imported(tmp_path):
    """Given a node whose chain came out of a file. Then it authors, and others follow it."""
    with trio.fail_after(PATIENCE):
        settings, clock = await grown(tmp_path / "alice")
        file = tmp_path / "blocks"
        write_blocks(settings, file)
        storage = StorageConfig(tmp_path / "moved")
        with open_chain(settings.spec, storage) as database:
            await load(database, file, clock)
        now = replace(STANDING, origin=clock.now())
        async with (
            running_node(replace(settings, storage=storage, clock=now)) as moved,
            running_node(member("Follower", knows=[moved], clock=now)) as follower,
        ):
            best = await grow(moved, LAST + 2, follower)
            assert await height(follower, LAST + 2) == best


async def test_code_that_must_not_run_ends_the_import(tmp_path):
    """Given a node that runs no foreign code. Then it stops at the block that brought it, and goes
    on from there once it may."""
    with trio.fail_after(PATIENCE):
        settings, clock = await grown(tmp_path / "alice")
        file = tmp_path / "blocks"
        write_blocks(settings, file)
        with open_chain(settings.spec, StorageConfig(tmp_path / "careful")) as database:
            careful = importer(database, clock, OnchainCode.REFUSE)
            with pytest.raises(UnknownCode) as stopped:
                await run(careful, file)
            assert careful.imported == UPGRADE
            assert f"cannot go on after block #{UPGRADE} (0x" in stopped.value.reason
            assert "--onchain-code refuse" in stopped.value.reason
            assert database.blocks.best.number == UPGRADE
            client = await load(database, file, clock)
            assert client.best().number == LAST
