"""Money: whole units of one of three currencies."""

from dataclasses import dataclass
from enum import Enum

HIGHEST = 2**53 - 1
"""The most a wallet holds: any JSON reader can still read it exactly."""


class Currency(Enum):
    """A currency; the value is its column, its word in content files and in `currency_type`."""

    SAKURA_CRYSTALS = "sakura_crystals"
    QUARTZS = "quartzs"
    DAPHINE = "daphine"


@dataclass(frozen=True, slots=True)
class Money:
    """Whole units of one currency, never negative."""

    currency: Currency
    amount: int

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= HIGHEST:
            raise ValueError(f"no such amount of money: {self.amount}")

    def times(self, count: int) -> "Money":
        """This much `count` times."""
        return Money(self.currency, self.amount * count)
