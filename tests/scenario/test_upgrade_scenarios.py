"""Every scenario of an upgrade holds on whole nodes in this process, and fails where it should."""

from dataclasses import replace

import pytest

from node.devnet import keeping
from node.devnet.catalogue import UPGRADE_SCENARIOS
from node.devnet.errors import DevnetError, reasons_of
from node.devnet.fleet import Devnet
from node.devnet.run import SETTINGS
from node.devnet.upgrades import bad_code, load, plain
from node.devnet.upgrades.variants import FORGETFUL, NEWEST, numbered, variant
from storage.leveldb import remove_database
from tests.support.live_devnet import play

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", UPGRADE_SCENARIOS)
async def test_it_holds(tmp_path, name):
    report = await play(tmp_path, name)
    assert report.failures == []
    assert report.state_roots_equal
    assert len(report.claims) >= 5


def forget_to_migrate(monkeypatch):
    monkeypatch.setattr(plain, "newest", lambda: variant(*FORGETFUL))


def hold_nobody_back(monkeypatch):
    monkeypatch.setattr(Devnet, "follow", lambda self, node, onchain_code: None)


def restore_nothing(monkeypatch):
    async def nothing(plan, snapshot):
        pass

    monkeypatch.setattr(keeping, "restore", nothing)


def lose_what_was_on_disk(monkeypatch):
    restart = Devnet.restart

    async def restart_from_nothing(devnet, node):
        for mark in sorted(devnet.plans[node].directory.rglob("CURRENT")):
            remove_database(mark.parent)
        await restart(devnet, node)

    monkeypatch.setattr(Devnet, "restart", restart_from_nothing)


def lose_payments(monkeypatch):
    send = load.Load._send

    async def send_most(self, sender, payment):
        if payment.amount % 10:
            await send(self, sender, payment)

    monkeypatch.setattr(load.Load, "_send", send_most)


def take_good_code_for_bad(monkeypatch):
    bad = next(bad_code.bad_codes())
    good = replace(bad, code=variant(numbered(NEWEST + 1)))
    monkeypatch.setattr(bad_code, "bad_codes", lambda: [good])


@pytest.mark.parametrize(
    ("name", "break_it", "words"),
    [
        ("upgrade-plain", forget_to_migrate, "the dry run of spec 186 is sound"),
        ("upgrade-held-back", hold_nobody_back, "dave is gone while the others"),
        ("upgrade-sync", restore_nothing, "not on the restored one"),
        ("upgrade-crash", lose_what_was_on_disk, "bob comes back with block"),
        ("upgrade-in-flight", lose_payments, "that are in none was told"),
        ("upgrade-bad-code", take_good_code_for_bad, "it was accepted"),
    ],
)
async def test_it_fails_where_something_is_wrong(tmp_path, monkeypatch, name, break_it, words):
    break_it(monkeypatch)
    failures = []
    setting = SETTINGS[name]

    def report(*args):
        made = setting.report(*args)
        made.failures = failures
        return made

    monkeypatch.setitem(SETTINGS, name, replace(setting, report=report))
    try:
        await play(tmp_path, name)
    except* DevnetError as group:
        failures += reasons_of(group)
    assert any(words in failure for failure in failures), failures
