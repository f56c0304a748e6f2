"""The game of the consensus analysis: honest validators and a cabal share out one epoch.

512 neurons, 64 of them validators. The honest hold more than half of the stake and put the part
`honest` of their weight on honest servers, because that is what those are worth; the cabal puts the
part `cabal` of its weight on its own servers, whatever they are worth. Who gets what is decided by
`runtime/epoch/yuma.py`, in the runtime's arithmetic.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from runtime.epoch import yuma
from runtime.epoch.matrix import (
    U16_MAX,
    Fractions,
    SparseRows,
    column_vector,
    multiply,
    normalized,
    whole_numbers,
)

VALIDATORS: Final = 64
SERVERS: Final = 448
NEURONS: Final = VALIDATORS + SERVERS
SUPPLY: Final = 21_000_000 * 10**9
"""Stake of all validators together, in rao."""
STAKE_SPREAD: Final = 0.3
"""Standard deviation of a validator's stake, of the mean."""
RAO: Final = 10**15
"""What the epoch shares out: enough for nine digits in every share."""

Floats = NDArray[np.float64]
Line = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Rules:
    """One column of the published table.

    Attributes:
        sigma: standard deviation of a weight, of the mean: how far validators differ in judgment.
        beta: bonds penalty. Bonds are bought with clipped weights (1), unclipped ones (0), or
            between; the runtime knows only 1.
        xi: the validators' part of the emission; the runtime knows only one half.
        kappa: majority of stake that a weight must have behind it.
    """

    sigma: float = 0.4
    beta: float = 1.0
    xi: float = 0.5
    kappa: float = 0.5


BASE: Final = Rules()
VARIANTS: Final[dict[str, Rules]] = {
    "sigma = 0": replace(BASE, sigma=0.0),
    "sigma = 0.2": replace(BASE, sigma=0.2),
    "base": BASE,
    "beta = 0": replace(BASE, beta=0.0),
    "beta = 0.5": replace(BASE, beta=0.5),
    "xi = 0": replace(BASE, xi=0.0),
    "xi = 0.25": replace(BASE, xi=0.25),
    "kappa = 0.4": replace(BASE, kappa=0.4),
    "kappa = 0.6": replace(BASE, kappa=0.6),
}
"""The columns of the published table."""


class Network:
    """Two teams with their stake and their noise, drawn once: all cells see the same sample."""

    def __init__(self, honest_stake: float, rules: Rules, seed: int) -> None:
        draw = np.random.default_rng(seed)
        stake = np.maximum(0, draw.normal(1, STAKE_SPREAD, VALIDATORS))
        noise = np.maximum(0, 1 + rules.sigma * draw.normal(0, 1, (VALIDATORS, SERVERS)))
        self._rules = rules
        self._validators = _team_size(honest_stake, VALIDATORS)
        self._servers = _team_size(honest_stake, SERVERS)
        self.stake = _by_team(stake, self._validators, honest_stake, 1 - honest_stake)
        self._towards_honest = _lines_to_one(noise[:, : self._servers])
        self._towards_cabal = _lines_to_one(noise[:, self._servers :])

    def honest_share(self, honest: float, cabal: float) -> float:
        """The honest team's part of the emission of one epoch without earlier bonds."""
        servers, validators = self._earned(honest, cabal)
        if not servers.any():
            return _part(validators, self._validators)
        server_part = _part(servers[VALIDATORS:], self._servers)
        validator_part = _part(validators, self._validators)
        return (1 - self._rules.xi) * server_part + self._rules.xi * validator_part

    def _earned(self, honest: float, cabal: float) -> tuple[Floats, Floats]:
        inputs = self._inputs(honest, cabal)
        outputs = yuma.yuma_epoch(inputs)
        servers = outputs.server_emission.astype(np.float64)
        validators = outputs.validator_emission.astype(np.float64)
        if self._rules.beta != 1:
            validators = dividends_with_penalty(inputs, self._rules.beta)
        return servers, validators[:VALIDATORS]

    def _inputs(self, honest: float, cabal: float) -> yuma.EpochInputs:
        weights = np.empty((VALIDATORS, SERVERS))
        h = self._validators
        weights[:h, : self._servers] = honest * self._towards_honest[:h]
        weights[:h, self._servers :] = (1 - honest) * self._towards_cabal[:h]
        weights[h:, : self._servers] = (1 - cabal) * self._towards_honest[h:]
        weights[h:, self._servers :] = cabal * self._towards_cabal[h:]
        stake = np.zeros(NEURONS, dtype=np.uint64)
        stake[:VALIDATORS] = self.stake * SUPPLY
        return yuma.EpochInputs(
            current_block=1,
            activity_cutoff=5000,
            last_update=whole_numbers([1] * NEURONS),
            block_at_registration=whole_numbers([0] * NEURONS),
            stake=stake,
            validator_permit=np.arange(NEURONS) < VALIDATORS,
            max_allowed_validators=VALIDATORS,
            weights=_stored(weights),
            bonds=SparseRows.of([]),
            kappa=round(self._rules.kappa * 100) * U16_MAX // 100,
            bonds_moving_average=900_000,
            rao_emission=RAO,
        )


def dividends_with_penalty(inputs: yuma.EpochInputs, beta: float) -> Floats:
    """Dividends if bonds were bought with other than clipped weights.

    These are the steps of `yuma_epoch`, with one line more: `penalised`.
    """
    active_stake = normalized(yuma.stake_fractions(inputs.stake) * inputs.validator_permit)
    uids = yuma.uids_with_lines(inputs)
    current = yuma.current_entries(inputs, uids)
    weights = yuma.normalized_weights(inputs, uids, current)
    line_stake = active_stake[uids]
    consensus = yuma.consensus_weights(weights, line_stake, inputs.kappa)
    clipped = weights.clip(max=consensus)
    incentive = normalized(multiply(clipped, column_vector(line_stake)).sum(axis=0))

    penalised: Fractions = ((1 - beta) * weights + beta * clipped).astype(np.uint64)

    support = multiply(penalised, column_vector(line_stake))
    bonds = yuma.new_bonds(inputs, uids, current, support, consensus)
    return yuma.by_uid(bonds.dividends(incentive), uids, NEURONS).astype(np.float64)


def required_utility(honest_stake: float, rules: Rules, seed: int, steps: int) -> float:
    """The least honest utility from which on no cabal gains: 1 if even that is too little.

    The largest honest utility on the contour where the honest part of the emission is the honest
    part of the stake, on a grid of so many steps each way, linear between its points. From the top
    downwards the first column with a loss holds it.
    """
    network = Network(honest_stake, rules, seed)
    grid = [step / steps for step in range(steps + 1)]
    above: list[float] = []
    for honest in reversed(grid):
        gains = [network.honest_share(honest, cabal) - honest_stake for cabal in grid]
        if min(gains) < 0:
            if not above:
                return 1.0
            crossings = [
                honest + gain / (gain - next_gain) / steps
                for gain, next_gain in zip(gains, above, strict=True)
                if gain < 0
            ]
            return max(crossings)
        above = gains
    return 0.0


def restaked(
    honest_stake: float, honest: float, cabal: float, seed: int, rounds: int, inflation: float = 0.1
) -> list[float]:
    """The honest part of the stake, round by round, when all that is earned is staked again."""
    shares = [honest_stake]
    for _ in range(rounds):
        share = shares[-1]
        if not 0.001 < share < 0.999:
            shares.append(share)
            continue
        earned = Network(share, BASE, seed).honest_share(honest, cabal)
        shares.append((share + inflation * earned) / (1 + inflation))
    return shares


def _team_size(honest_stake: float, members: int) -> int:
    """The honest team's part of the members; neither team is ever empty."""
    percent = round(honest_stake * 100)
    return min(max(percent * members // 100, 1), members - 1)


def _by_team(values: Floats, first: int, first_total: float, second_total: float) -> Floats:
    ours, theirs = values[:first], values[first:]
    return np.concatenate([ours / ours.sum() * first_total, theirs / theirs.sum() * second_total])


def _lines_to_one(values: Floats) -> Floats:
    lines: Floats = values / values.sum(axis=1, keepdims=True)
    return lines


def _part(earned: Floats, first: int) -> float:
    return float(earned[:first].sum() / earned.sum())


def _stored(weights: Floats) -> SparseRows:
    """The rows as `set_weights` stores them, the greatest weight of each stretched to 65,535."""
    values = (weights / weights.max(axis=1, keepdims=True) * U16_MAX + 0.5).astype(np.uint32)
    columns: Line = np.arange(VALIDATORS, NEURONS, dtype=np.uint32)
    words = (values << np.uint32(16)) | columns
    return SparseRows(np.arange(VALIDATORS), np.full(VALIDATORS, SERVERS), words.reshape(-1))
