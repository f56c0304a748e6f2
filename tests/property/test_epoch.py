"""The integer matrix epoch against a model in plain Python integers, on random small subnets.

The model follows the published formulas uid by uid and entry by entry, with sparse rows as dicts
and the pivot search for the median. It shares with the epoch only the reader of the result rows.
"""

from hypothesis import given
from hypothesis import strategies as st

from runtime.epoch.matrix import SparseRows, flags, whole_numbers
from runtime.epoch.subnet import EpochInputs
from runtime.epoch.yuma import yuma_epoch
from tests.vectors.epoch import bonds_after

ONE = 1 << 32

VECTORS = (
    *("active", "validator_permit", "stake_weight", "rank", "trust", "consensus", "dividends"),
    *("validator_trust", "pruning_scores", "emission", "server_emission", "validator_emission"),
)


def mul(a, b):
    return a * b >> 32


def div(a, b):
    quotient = (abs(a) << 32) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def norm(vector):
    total = sum(vector)
    return [div(x, total) for x in vector] if total else vector


def column_norm(rows):
    totals = {}
    for row in rows:
        for j, x in row.items():
            totals[j] = totals.get(j, 0) + x
    return [{j: div(x, totals[j]) if totals[j] else x for j, x in row.items()} for row in rows]


def pivot_median(stake, score, members, minority, low, high):
    if not members:
        return 0
    pivot = score[members[len(members) // 2]]
    lower = [i for i in members if score[i] < pivot]
    upper = [i for i in members if score[i] > pivot]
    below = low + sum(stake[i] for i in lower)
    above = high - sum(stake[i] for i in upper)
    if below <= minority < above:
        return pivot
    if minority < below and lower:
        return pivot_median(stake, score, lower, minority, low, below)
    if above <= minority and upper:
        return pivot_median(stake, score, upper, minority, above, high)
    return pivot


def model_bonds(given_, n, clipped, act, current):
    stored = [
        {j: k << 32 for j, k in row if current(i, j)} for i, row in enumerate(given_["bonds"])
    ]
    stored = column_norm(stored)
    observed = column_norm([{j: mul(x, act[i]) for j, x in clipped[i].items()} for i in range(n)])
    alpha = ONE - ((given_["bonds_moving_average"] << 64) // 1_000_000 >> 32)
    blended = []
    for new, old in zip(observed, stored, strict=True):
        row = {
            j: mul(alpha, new.get(j, 0)) + mul(ONE - alpha, old.get(j, 0))
            for j in sorted(new.keys() | old.keys())
        }
        blended.append({j: x for j, x in row.items() if x > 0})
    return column_norm(blended)


def upscaled(vector):
    greatest = max(vector, default=0)
    if greatest == 0:
        return [0] * len(vector)
    return [(div(mul(x, 65535 << 32), greatest) + (ONE >> 1)) >> 32 for x in vector]


def u16(vector):
    return [mul(x, 65535 << 32) >> 32 for x in vector]


def model_epoch(given_):
    n = given_["n"]
    now, cutoff, registered = (
        given_[k] for k in ("current_block", "activity_cutoff", "block_at_registration")
    )
    updated, permit, rao = (given_[k] for k in ("last_update", "validator_permit", "rao_emission"))
    active = [update + cutoff >= now for update in updated]
    total = sum(given_["stake"])
    stake = [((s << 64) // total) >> 32 if total else 0 for s in given_["stake"]]
    losers = sorted(range(n), key=lambda i: stake[i])
    losers = losers[: max(n - given_["max_allowed_validators"], 0)]
    new_permit = [i not in losers for i in range(n)]
    act = norm([s if active[i] and permit[i] else 0 for i, s in enumerate(stake)])

    def current(i, j):
        return updated[i] > registered[j]

    weights = []
    for i, row in enumerate(given_["weights"]):
        kept = {j: w << 32 for j, w in row if permit[i] and i != j and current(i, j)}
        total = sum(kept.values())
        weights.append({j: div(w, total) if total else w for j, w in kept.items()})
    preranks = [sum(mul(act[i], weights[i].get(j, 0)) for i in range(n)) for j in range(n)]

    staked = [i for i in range(n) if act[i] > 0]
    share = norm([act[i] for i in staked])
    minority = sum(share) - div(given_["kappa"] << 32, 65535 << 32)
    members = list(range(len(staked)))
    consensus = []
    for j in range(n):
        score = [weights[i].get(j, 0) for i in staked]
        consensus.append(pivot_median(share, score, members, minority, 0, sum(share)))
    clipped = [
        {j: min(w, consensus[j]) for j, w in row.items() if min(w, consensus[j]) > 0 or w == 0}
        for row in weights
    ]
    ranks = [sum(mul(act[i], clipped[i].get(j, 0)) for i in range(n)) for j in range(n)]
    incentive = norm(ranks)
    bonds = model_bonds(given_, n, clipped, act, current)
    dividends = norm([sum(mul(incentive[j], x) for j, x in row.items()) for row in bonds])

    both = [a + b for a, b in zip(incentive, dividends, strict=True)]
    if sum(both):
        server, validator, combined = (
            [div(x, sum(both)) for x in vector] for vector in (incentive, dividends, both)
        )
    else:
        server, validator = incentive, act if sum(act) else stake
        combined = validator

    greatest = {}
    for row in bonds:
        for j, x in row.items():
            greatest[j] = max(greatest.get(j, 0), x)
    after = []
    for i, row in enumerate(bonds):
        if new_permit[i]:
            shares = {j: div(x, greatest[j]) if greatest[j] else x for j, x in row.items()}
            after.append([[j, u] for j, u in zip(shares, u16(shares.values()), strict=True)])
        else:
            after.append([] if permit[i] else list(map(list, given_["bonds"][i])))
    return {
        "active": active,
        "validator_permit": new_permit,
        "stake_weight": u16(stake),
        "rank": u16(incentive),
        "trust": u16(div(r, p) if p else 0 for r, p in zip(ranks, preranks, strict=True)),
        "consensus": u16(consensus),
        "dividends": u16(dividends),
        "validator_trust": u16(sum(row.values()) for row in clipped),
        "pruning_scores": upscaled(combined),
        "emission": [x * rao >> 32 for x in combined],
        "server_emission": [x * rao >> 32 for x in server],
        "validator_emission": [x * rao >> 32 for x in validator],
        "bonds": after,
    }


@st.composite
def subnets(draw):
    n = draw(st.integers(1, 9))
    u16s = st.one_of(st.sampled_from([0, 1, 65534, 65535]), st.integers(0, 65535))
    blocks = st.integers(0, 12)
    rao = st.one_of(st.sampled_from([0, 1, 2**31, 2**64 - 1]), st.integers(0, 2**64 - 1))
    stakes = st.one_of(st.integers(0, 3), st.integers(0, 2**55))
    rows = st.lists(st.tuples(st.integers(0, n - 1), u16s), unique_by=lambda e: e[0], max_size=n)

    def each(strategy):
        return draw(st.lists(strategy, min_size=n, max_size=n))

    return {
        "n": n,
        "current_block": draw(blocks),
        "activity_cutoff": draw(st.integers(0, 12)),
        "last_update": each(blocks),
        "block_at_registration": each(st.integers(0, 6)),
        "stake": each(stakes),
        "validator_permit": each(st.booleans()),
        "max_allowed_validators": draw(st.integers(0, 10)),
        "weights": each(rows),
        "bonds": each(rows),
        "kappa": draw(st.one_of(st.sampled_from([0, 32767, 65535]), u16s)),
        "bonds_moving_average": draw(
            st.one_of(st.sampled_from([0, 900_000, 1_000_000]), st.integers(0, 10**15))
        ),
        "rao_emission": draw(rao),
    }


@given(subnets())
def test_epoch_equals_the_plain_integer_model(given_):
    vectors = {
        name: whole_numbers(given_[name])
        for name in ("last_update", "block_at_registration", "stake")
    }
    outputs = yuma_epoch(
        EpochInputs(
            **vectors,
            validator_permit=flags(given_["validator_permit"]),
            weights=SparseRows.of(given_["weights"]),
            bonds=SparseRows.of(given_["bonds"]),
            **{
                name: given_[name]
                for name in (
                    "current_block",
                    "activity_cutoff",
                    "max_allowed_validators",
                    "kappa",
                    "bonds_moving_average",
                    "rao_emission",
                )
            },
        )
    )

    found = {name: getattr(outputs, name).tolist() for name in VECTORS}
    found["bonds"] = bonds_after(given_, outputs)
    assert found == model_epoch(given_)
