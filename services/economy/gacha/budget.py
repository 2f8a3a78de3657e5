"""An ordinary day of play: what comes in of a currency, and how many pulls it pays for. No I/O.

The assumptions stand in docs/game.md. What is given here in numbers belongs to other services; a test holds the daily
reward to theirs, and that of expeditions is a row of the table that `make balance` prints.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from chassis.money import Currency
from services.economy.gacha.operator_store import Reward

DAILY: Mapping[Currency, int] = {Currency.SAKURA_CRYSTALS: 500}
EXPEDITIONS = 3
"""A day, with three of a player's best at places of middling danger."""
LOOT: Mapping[Currency, Fraction] = {
    Currency.SAKURA_CRYSTALS: Fraction(173),
    Currency.QUARTZS: Fraction(37, 10),
}
"""Of one of them on average: row B3, 401-800."""
PRICE = 10
"""Of a pull for crystals; each brings a quartz."""
DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Source:
    """What comes in on a day, by what it comes from."""

    name: str
    amount: Fraction


def income(currency: Currency, rewards: Iterable[Reward]) -> list[Source]:
    """The sources of an ordinary day; those that bring nothing are left out."""
    rewards = list(rewards)
    found = [
        Source("daily reward", Fraction(DAILY.get(currency, 0))),
        Source("missions", _of_missions(currency, rewards)),
        Source(f"{EXPEDITIONS} expeditions", EXPEDITIONS * LOOT.get(currency, Fraction(0))),
    ]
    if currency is Currency.QUARTZS:
        crystals = sum((s.amount for s in income(Currency.SAKURA_CRYSTALS, rewards)), Fraction(0))
        found.append(Source("bonus of summons for crystals", crystals / PRICE))
    return [source for source in found if source.amount]


def _of_missions(currency: Currency, rewards: Iterable[Reward]) -> Fraction:
    return sum(
        (
            Fraction(reward.amount, DAYS[reward.period])
            for reward in rewards
            if reward.currency_type == currency.value
        ),
        Fraction(0),
    )
