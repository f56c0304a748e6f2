"""What the installed runtime declares otherwise than spec 185, by hand.

The recorded vectors are of spec 185. With these changes they are what spec 186 has to declare, so
whatever else differs from the production runtime is still found.
"""

from copy import deepcopy

from tests.support.vectors import load_vectors


def declaration():
    """The recorded declaration of SubtensorModule, as of spec 186."""
    recorded = deepcopy(load_vectors("subtensor_declaration.json"))
    _by_name(recorded["storage"], "WeightCommits")["value"] = "Vec<(H256, u64, u64, u64)>"
    _by_name(recorded["storage"], "WeightCommitRevealInterval").update(
        name="RevealPeriodEpochs", hashers=["Twox64Concat"], default="0x0100000000000000"
    )
    calls = recorded["calls"]
    _by_name(calls, "commit_weights")["weight"] = COMMIT
    reveal = _by_name(calls, "reveal_weights")
    reveal["args"].insert(3, ["salt", "Vec<u16>"])
    batch = {
        "name": "batch_reveal_weights",
        "index": 98,
        "args": [
            ["netuid", "u16"],
            ["uids_list", "Vec<Vec<u16>>"],
            ["values_list", "Vec<Vec<u16>>"],
            ["salts_list", "Vec<Vec<u16>>"],
            ["version_keys", "Vec<u64>"],
        ],
    }
    calls.insert(calls.index(reveal) + 1, batch)
    recorded["events"] += [
        {"name": name, "index": index, "fields": [[None, kind] for kind in fields]}
        for index, name, fields in (
            (58, "WeightsCommitted", ("AccountId32", "u16", "H256")),
            (59, "WeightsRevealed", ("AccountId32", "u16", "H256")),
            (60, "WeightsBatchRevealed", ("AccountId32", "u16", "Vec<H256>")),
        )
    ]
    gone = ("CommitNotAllowed", "InvalidRevealTempo")
    recorded["errors"] = [error for error in recorded["errors"] if error["name"] not in gone] + [
        {"name": name, "index": index}
        for index, name in enumerate(
            (
                "TooManyUnrevealedCommits",
                "ExpiredWeightCommit",
                "RevealTooEarly",
                "InputLengthsUnequal",
                "CommittingWeightsTooFast",
            ),
            start=55,
        )
    ]
    return recorded


READ, WRITE = 25_000_000, 100_000_000
COMMIT = [46_000_000 + 8 * READ + 2 * WRITE, 0, "Normal", False]
"""Eight reads and two writes: the switch, the neuron both ways, its update, the rate limit, the
queue, tempo and period."""


def announced():
    """The recorded weights of calls, as of spec 186."""
    return [
        [*row[:3], *COMMIT[:2], *row[5:]]
        if row[:2] == ["SubtensorModule", "commit_weights"]
        else row
        for row in load_vectors("weights.json")["calls"]
    ]


def _by_name(entries, name):
    return next(entry for entry in entries if entry["name"] == name)
