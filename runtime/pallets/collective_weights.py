"""Weights of the Triumvirate's calls: b is a call's length, m members, p open motions."""

from runtime.framework.weights import Weight, db_weight


def set_members(m: int, p: int) -> Weight:
    base = Weight(17_284_000 + 5_143_145 * m + 7_480_941 * p, 16_586 + 7809 * m + 10_238 * p)
    return base + db_weight(2 + p, 2 + p)


def execute(b: int, m: int) -> Weight:
    return Weight(14_971_445 + 1775 * b + 17_052 * m, 730 + 32 * m) + db_weight(1, 0)


def propose_proposed(b: int, m: int, p: int) -> Weight:
    time = 24_778_955 + 2355 * b + 20_518 * m + 85_670 * p
    return Weight(time, 6355 + 165 * m + 180 * p) + db_weight(4, 4)


def vote(m: int) -> Weight:
    return Weight(20_528_275 + 48_856 * m, 4980 + 128 * m) + db_weight(2, 1)


def close_early_disapproved(m: int, p: int) -> Weight:
    time = 25_535_497 + 27_956 * m + 84_835 * p
    return Weight(time, 5893 + 260 * m + 144 * p) + db_weight(3, 3)


def close_early_approved(b: int, m: int, p: int) -> Weight:
    time = 36_626_648 + 2295 * b + 22_182 * m + 100_034 * p
    return Weight(time, 9164 + 4 * b + 264 * m + 160 * p) + db_weight(4, 3)


def close_disapproved(m: int, p: int) -> Weight:
    time = 28_050_047 + 34_031 * m + 85_744 * p
    return Weight(time, 7095 + 325 * m + 180 * p) + db_weight(4, 3)


def close_approved(b: int, m: int, p: int) -> Weight:
    time = 39_948_329 + 2045 * b + 22_669 * m + 95_525 * p
    return Weight(time, 10_565 + 5 * b + 330 * m + 200 * p) + db_weight(5, 3)


def close(b: int, m: int, p: int) -> Weight:
    """The most that any of the four ways to close may take, part by part."""
    ways = (
        close_early_approved(b, m, p),
        close_early_disapproved(m, p),
        close_approved(b, m, p),
        close_disapproved(m, p),
    )
    return Weight(max(way.ref_time for way in ways), max(way.proof_size for way in ways))


def disapprove_proposal(p: int) -> Weight:
    return Weight(16_393_818 + 76_786 * p, 1668 + 96 * p) + db_weight(1, 3)
