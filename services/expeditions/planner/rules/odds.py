"""What an encounter of a worth may bring, and how often: the tables of loot themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.expeditions.expedition.rules import loot
from services.expeditions.expedition.rules.exact import BELL_SIDES


@dataclass(frozen=True, slots=True)
class Odds:
    """What a first find of a worth may be."""

    types: dict[str, Fraction]
    """Crystals, quartz and items."""
    items: dict[str, Fraction]
    """Of the items among themselves, over all numbers of each."""
    amounts: Mapping[str, tuple[int, int]]
    """Of money, from and to."""


def loot_odds(value: int) -> Odds:
    """The odds of a find, read off the tables it is drawn from."""
    shares = loot.shares(value)
    whole = sum(shares.values())
    weights: dict[str, int] = {}
    for (code, _), weight in loot.item_weights(value):
        weights[code] = weights.get(code, 0) + weight
    weight = sum(weights.values())
    return Odds(
        types={thing: Fraction(share, whole) for thing, share in shares.items()},
        items={code: Fraction(one, weight) for code, one in weights.items()},
        amounts={
            thing: (loot.amount(amounts, value, 0), loot.amount(amounts, value, BELL_SIDES - 1))
            for thing, amounts in loot.AMOUNTS.items()
        },
    )
