"""Two curves of probability, the same on every machine and for ever.

Floating point would differ in its last digits from one library to the next, and one digit can be the
difference between two rolls. The exponential is the one of decimal arithmetic, whose standard fixes every
digit; the bell curve is a table of its middle parts.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

DECAY_ONE = 10**12
"""What `decay` gives where nothing has faded; it floors to whole parts of this."""
THOUSAND = 1_000
EXACTLY = Context(prec=30, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, traps=[])
BELL = (
    5, 15, 24, 34, 44, 54, 64, 74, 83, 93, 103, 113, 123, 133, 142, 152, 162, 172, 182, 192,
    202, 212, 222, 232, 242, 252, 262, 273, 283, 293, 303, 313, 324, 334, 345, 355, 365,
    376, 386, 397, 408, 418, 429, 440, 451, 461, 472, 483, 494, 505, 517, 528, 539, 550,
    562, 573, 585, 597, 608, 620, 632, 644, 656, 668, 681, 693, 706, 718, 731, 744, 757,
    770, 783, 796, 810, 824, 837, 851, 866, 880, 894, 909, 924, 939, 954, 970, 986, 1002,
    1018, 1035, 1052, 1069, 1086, 1104, 1122, 1141, 1160, 1179, 1199, 1219, 1240, 1262,
    1284, 1306, 1330, 1354, 1379, 1405, 1431, 1459, 1488, 1518, 1550, 1584, 1619, 1656,
    1696, 1739, 1785, 1836, 1891, 1953, 2024, 2107, 2207, 2335, 2521, 2886,
)  # fmt: skip
"""The middles of the upper 128 of 256 parts as likely as each other, in thousandths of a deviation."""
BELL_SIDES = 2 * len(BELL)


@lru_cache(maxsize=100_000)
def decay(numerator: int, denominator: int) -> int:
    """The exponential of minus this fraction, in whole parts of `DECAY_ONE`."""
    exponent = EXACTLY.divide(Decimal(-numerator), Decimal(denominator))
    return int(EXACTLY.multiply(EXACTLY.exp(exponent), Decimal(DECAY_ONE)))


def deviation(point: int) -> int:
    """How far from the middle one of `BELL_SIDES` equal parts of a bell curve lies.

    In thousandths of the standard deviation; the first half of the points lies below the middle.
    """
    half = len(BELL)
    return BELL[point - half] if point >= half else -BELL[half - 1 - point]
