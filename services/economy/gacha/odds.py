"""The published chances, computed exactly from the very table that rolls. No I/O."""

from dataclasses import dataclass
from fractions import Fraction

from services.economy.gacha.rules import MILLION, PITY_LIMIT, TEN, TOP, Table

BILLION = 1_000_000_000


@dataclass(frozen=True, slots=True)
class RarityOdds:
    """The chances of one rarity."""

    rarity: int
    base: Fraction
    """Of one roll, before pity."""
    effective: Fraction
    """Over the long run, pity included."""
    members: tuple[tuple[int, Fraction], ...]
    """Waifu and her chance within the rarity."""


@dataclass(frozen=True, slots=True)
class Odds:
    """All chances of a banner."""

    rarities: tuple[RarityOdds, ...]
    mean_pulls: Fraction
    """Pulls per three-star waifu on average, pity included."""
    guarantee: Fraction
    """Chance that the guarantee lifts a pull of a ten-summon."""


def odds_of(table: Table) -> Odds:
    """The chances of a table, as exact fractions."""
    base = {rarity: Fraction(ppm, MILLION) for rarity, ppm in table.odds}
    mean = mean_pulls(base[TOP]) if table.has_pity else 1 / base[TOP]
    top = 1 / mean
    # Pity turns pulls of every other rarity into top ones, in proportion.
    rest = (1 - top) / (1 - base[TOP])
    effective = {rarity: top if rarity == TOP else chance * rest for rarity, chance in base.items()}
    return Odds(
        rarities=tuple(
            RarityOdds(rarity, base[rarity], effective[rarity], _members(table, rarity))
            for rarity in base
        ),
        mean_pulls=mean,
        guarantee=_guarantee(table, base),
    )


def mean_pulls(top: Fraction) -> Fraction:
    """Pulls per top rarity when the 50th is certain: (1 - q^50) / p (docs/game.md)."""
    return (1 - (1 - top) ** PITY_LIMIT) / top


def ppm(chance: Fraction) -> int:
    """Parts per million, rounded to the nearest."""
    return round(chance * MILLION)


def ppb(chance: Fraction) -> int:
    """Parts per billion, rounded to the nearest."""
    return round(chance * BILLION)


def _members(table: Table, rarity: int) -> tuple[tuple[int, Fraction], ...]:
    pool = table.pool[rarity]
    total = sum(weight for _, weight in pool)
    return tuple((waifu_id, Fraction(weight, total)) for waifu_id, weight in pool)


def _guarantee(table: Table, base: dict[int, Fraction]) -> Fraction:
    """That all ten are of one star. Pity forbids it where the counter lets one of the ten be certain."""
    all_low = base.get(1, Fraction(0)) ** TEN
    if not table.has_pity:
        return all_low
    # The counter is geometric in the long run: c with weight q^c, c below the limit.
    miss = 1 - base[TOP]
    weights = [miss**counter for counter in range(PITY_LIMIT)]
    free = sum(weights[: PITY_LIMIT - TEN])
    return all_low * free / sum(weights)
