"""The scenarios of upgrades: what each does, and what it begins with."""

from functools import partial
from typing import Final

from node.devnet.setting import Play, Setting
from node.devnet.upgrades import clients, invariants, nodes, plain, trials
from node.devnet.upgrades.bad_code import bad_code
from node.devnet.upgrades.emergency import hot_fix
from node.devnet.upgrades.governance import governance
from node.devnet.upgrades.load import in_flight
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import BEFORE, NEWEST
from node.executor.archive.shipped import archive_of_spec
from node.executor.policy import OnchainCode


def _from(spec_version: int, play: Play, onchain_code: OnchainCode = OnchainCode.ANY) -> Setting:
    return Setting(play, UpgradeReport, partial(archive_of_spec, spec_version), onchain_code)


UPGRADE_SETTINGS: Final[dict[str | None, Setting]] = {
    "upgrade-plain": _from(BEFORE, plain.plain),
    "upgrade-dummy": _from(NEWEST, plain.dummy),
    "upgrade-decode-all": _from(BEFORE, trials.decode_all),
    "upgrade-storage-versions": _from(BEFORE, trials.storage_versions),
    "upgrade-twice": _from(BEFORE, trials.twice),
    "upgrade-weight": _from(BEFORE, trials.weight),
    "upgrade-versions": _from(NEWEST, trials.versions),
    "upgrade-in-flight": _from(NEWEST, in_flight),
    "upgrade-subscribers": _from(BEFORE, clients.subscribers),
    "upgrade-rolling": _from(BEFORE, nodes.rolling, OnchainCode.KNOWN),
    "upgrade-held-back": _from(NEWEST, nodes.held_back),
    "upgrade-crash": _from(BEFORE, nodes.crash),
    "upgrade-sync": _from(BEFORE, nodes.sync),
    "upgrade-invariants": _from(BEFORE, invariants.invariants),
    "upgrade-hot-fix": _from(NEWEST, hot_fix),
    "upgrade-governance": _from(NEWEST, governance),
    "upgrade-bad-code": _from(NEWEST, bad_code),
}
