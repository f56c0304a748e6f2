"""The scenarios by name. Nothing heavy is imported here: nodes share the command line."""

from typing import Final

STAKING: Final = "staking"
UPGRADES: Final = "upgrades"
"""All scenarios of upgrades, one after the other, each on a devnet of its own."""

UPGRADE_SCENARIOS: Final = {
    "upgrade-plain": "spec 185 to 186 by sudo, then on by authorization; commits come through",
    "upgrade-dummy": "the same logic under the next number: nothing else changes",
    "upgrade-decode-all": "a forgotten migration is found before it is on the chain",
    "upgrade-storage-versions": "what the code says of its storage, and what the chain says",
    "upgrade-twice": "migrations run again, and in another order, and change nothing",
    "upgrade-weight": "what migrations cost, on this state and on ten times as much",
    "upgrade-versions": "numbers that may not follow: same, lower, another name, moved calls",
    "upgrade-in-flight": "extrinsics under way: in a block once, or refused, and none disappears",
    "upgrade-subscribers": "fifty clients stay connected, are told, and read both sides",
    "upgrade-rolling": "nodes are replaced one by one; who is left behind stops and catches up",
    "upgrade-held-back": "a node that must not run the new code stops, and never forks",
    "upgrade-crash": "nodes are killed before, at and after the border",
    "upgrade-sync": "new nodes from genesis and from a snapshot reach the same state",
    "upgrade-invariants": "the books balance before, at, and a hundred epochs after",
    "upgrade-hot-fix": "a bad upgrade is mended by another one, and then undone",
    "upgrade-governance": "through the Triumvirate, at a height, with a cancellation before",
    "upgrade-bad-code": "damaged, cut off, forbidden, too large: refused by name",
}
"""By name: what happens."""

SCENARIO_NAMES: Final = (STAKING, UPGRADES, *UPGRADE_SCENARIOS)
LEAST_NODES: Final = {STAKING: 3} | dict.fromkeys((UPGRADES, *UPGRADE_SCENARIOS), 4)
"""A node is killed or held back. Without it the others must have peers, since a lonely node authors
nothing, and for upgrades a majority of more than two thirds, since those look at finality."""
