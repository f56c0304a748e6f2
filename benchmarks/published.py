"""What others printed: the retention table of the consensus analysis, the white paper's series.

The table was read off the vector plots in `docs/consensus.md` of opentensor/subtensor: for every
share of honest stake, the largest honest utility on the contour on which the honest neither gain
nor lose. The series is the output of the program in the white paper ("BitTensor: A Peer-to-Peer
Intelligence Market"): the stake of a cabal that begins with 49 of 100.
"""

from typing import Final

STAKES: Final = (51, 55, 60, 65, 70, 75, 80, 85, 90, 95, 99)
"""Honest stake in percent, one line of the table each."""

RETENTION: Final[dict[str, tuple[float, ...]]] = {
    "sigma = 0": (0.5091, 0.55, 0.6, 0.6491, 0.7, 0.7491, 0.8, 0.8491, 0.9, 0.9491, 0.99),
    "sigma = 0.2": (0.7047, 0.66, 0.6667, 0.6909, 0.7236, 0.7636, 0.8073, 0.854, 0.902, 0.95, 0.99),
    "base": (0.8863, 0.7644, 0.7329, 0.7323, 0.7492, 0.7767, 0.8127, 0.8564, 0.9036, 0.9511, 0.99),
    "beta = 0": (0.9206, 0.823, 0.7882, 0.7789, 0.7832, 0.7975, 0.8246, 0.8618, 0.905, 0.952, 0.99),
    "beta = 0.5": (
        0.9156,
        0.8078,
        0.7684,
        0.7576,
        0.7657,
        0.7877,
        0.82,
        0.8583,
        0.9036,
        0.952,
        0.99,
    ),
    "xi = 0": (0.9257, 0.8479, 0.8241, 0.82, 0.8267, 0.84, 0.8585, 0.8846, 0.9165, 0.9545, 0.9905),
    "xi = 0.25": (
        *(0.9104, 0.815, 0.7848, 0.7791, 0.7852, 0.8009, 0.8267, 0.8624, 0.9047, 0.9512),
        0.9907,
    ),
    "kappa = 0.4": (
        0.93,
        0.775,
        0.7123,
        0.7215,
        0.7446,
        0.7745,
        0.8127,
        0.8564,
        0.9036,
        0.9509,
        0.99,
    ),
    "kappa = 0.6": (1.0, 1.0, 1.0, 0.7847, 0.7733, 0.7862, 0.8167, 0.858, 0.904, 0.952, 0.99),
}
"""By what is varied against the base, in the order of STAKES.

The base has sigma = 0.4, beta = 1, xi = 0.5 and kappa = 0.5; `benchmarks/cabal.py` says what these
are.
"""

CABAL: Final[dict[int, float]] = {
    0: 0.4877323388820201,
    1: 0.4849535784321247,
    2: 0.4815511535094221,
    3: 0.477389901500398,
    4: 0.4723093486843246,
    5: 0.46612224574620587,
    6: 0.45861590847737577,
    7: 0.44955887540065376,
    8: 0.43871643745912897,
    9: 0.42587900870651624,
    10: 0.41090548935459825,
    20: 0.20530058571849774,
    30: 0.08195530986912067,
    40: 0.031998258467762566,
    50: 0.012442884026108957,
    98: 0.00013260761127280887,
    99: 0.00012063371993464691,
}
"""Share of the cabal after a block, counted from 0: the first five rows are in the paper, the
others come from its program."""
