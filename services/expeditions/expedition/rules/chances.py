"""How likely each outcome is. Shares are whole parts of `numbers.WHOLE` and add up to it."""

from dataclasses import dataclass
from fractions import Fraction

from services.expeditions.expedition.rules import numbers
from services.expeditions.expedition.rules.numbers import WHOLE


@dataclass(frozen=True, slots=True)
class Shares:
    """The chances of a check."""

    great: int
    success: int
    failure: int
    mishap: int

    @property
    def passed(self) -> int:
        """The chance that it goes well."""
        return self.great + self.success


@dataclass(frozen=True, slots=True)
class Mishaps:
    """What changes the share of mishaps."""

    shift: Fraction = Fraction(0)
    halvings: int = 0
    prevented: bool = False


def of_check(quotient: Fraction) -> Shares:
    """The shares by how often the score goes into the difficulty."""
    band = min(int(quotient * numbers.BANDS_PER_ONE), len(numbers.BANDS) - 1)
    return Shares(*(percent * WHOLE // 100 for percent in numbers.BANDS[max(0, band)]))


def with_mishaps(shares: Shares, mishaps: Mishaps) -> Shares:
    """Other mishaps: fewer become failures; more are taken from failures, then from what went well."""
    wanted = 0 if mishaps.prevented else held(shares.mishap + parts(mishaps.shift))
    mishap = wanted >> mishaps.halvings
    great = min(shares.great, WHOLE - mishap)
    success = min(shares.success, WHOLE - mishap - great)
    return Shares(great, success, WHOLE - mishap - great - success, mishap)


def surely_passed(shares: Shares) -> Shares:
    """At least a success."""
    return Shares(shares.great, WHOLE - shares.great, 0, 0)


SURELY_GREAT = Shares(WHOLE, 0, 0, 0)


def luck(greats: int, mishaps: int, difficulty: int) -> int:
    """How lucky the end is."""
    told = numbers.LUCK_PER_GREAT * greats + numbers.LUCK_PER_MISHAP * mishaps
    return max(0, numbers.LUCK + told - difficulty // numbers.DIFFICULTY_PER_LUCK)


def of_luck(luck: int, catastrophe: Fraction, jackpot: Fraction) -> tuple[int, int, int, int]:
    """The shares from catastrophe to jackpot, shifted: what is ordinary gives or takes first."""
    percents = [row for least, row in numbers.LUCK_BANDS if luck >= least][-1]
    worst, bad, _, best = (percent * WHOLE // 100 for percent in percents)
    worst = held(worst + parts(catastrophe))
    best = min(held(best + parts(jackpot)), WHOLE - worst)
    bad = min(bad, WHOLE - worst - best)
    return worst, bad, WHOLE - worst - bad - best, best


def parts(share: Fraction) -> int:
    """A share in whole parts."""
    return int(share * WHOLE)


def held(share: int) -> int:
    """A share that is none too small and none too great."""
    return min(max(share, 0), WHOLE)
