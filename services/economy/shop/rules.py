"""What items are, how long they last, and whom tickets bring. No I/O: the dice come in as arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chassis.dice import Dice
from chassis.money import Currency
from services.economy.errors import ChoiceMissing, ChoiceNotAllowed, ItemNotUsable, PoolEmpty

GUARANTEE, SERIES, SELECTOR, MULTI = (
    "guarantee_ticket",
    "series_ticket",
    "selectix_ticket",
    "multi_guarantee_ticket",
)
BOOST, HASTE, MATERIAL = "boost", "haste", "material"
TICKETS = frozenset({GUARANTEE, SERIES, SELECTOR, MULTI})
TYPES = TICKETS | {BOOST, HASTE, MATERIAL}
CLASSES = ("common", "uncommon", "rare", "epic", "legendary")
"""How rare an item is."""
PERIODS = ("day", "week", "ever")
MOST_AT_ONCE = 99
MAX_PRICE: Mapping[Currency, int] = {
    Currency.SAKURA_CRYSTALS: 100_000,
    Currency.QUARTZS: 10_000,
    Currency.DAPHINE: 100,
}
"""99 of the dearest are still less than the wallet takes in one call."""
MAX_BOOST: Mapping[Currency, int] = {
    Currency.SAKURA_CRYSTALS: 10_000,
    Currency.QUARTZS: 1_000,
    Currency.DAPHINE: 10,
}
MULTI_PULLS = 10
HOUR = timedelta(hours=1)


class Candidate(Protocol):
    """A waifu of the catalogue, as far as tickets care."""

    @property
    def waifu_id(self) -> int:
        """Who."""
        ...

    @property
    def series_id(self) -> int:
        """Where from."""
        ...

    @property
    def rarity(self) -> int:
        """Her stars."""
        ...


@dataclass(frozen=True, slots=True)
class Ticket:
    """An item that summons."""

    name: str
    type: str
    rarity: int
    count: int = 1

    @property
    def is_rolled(self) -> bool:
        """Whether dice decide: a selector leaves nothing to them."""
        return self.type != SELECTOR


@dataclass(frozen=True, slots=True)
class Choice:
    """What the player has named; 0 and empty for nothing."""

    series_id: int = 0
    waifu_id: int = 0
    expedition_id: str = ""


def check_usable(name: str, item_type: str, choice: Choice) -> None:
    """Lets an item be used that does something, once it is said on what."""
    needs = {
        SERIES: ("series", choice.series_id),
        SELECTOR: ("waifu", choice.waifu_id),
        HASTE: ("expedition", choice.expedition_id),
    }
    if item_type == MATERIAL:
        raise ItemNotUsable(name=name)
    if item_type in needs and not needs[item_type][1]:
        raise ChoiceMissing(name=name, choice=needs[item_type][0])


def pool_of(ticket: Ticket, choice: Choice, catalogue: Sequence[Candidate]) -> tuple[int, ...]:
    """Whom the ticket could bring, by number; each is as likely. Refuses where that are too few."""
    of_rarity = [waifu for waifu in catalogue if waifu.rarity == ticket.rarity]
    if ticket.type == SELECTOR:
        if choice.waifu_id not in {waifu.waifu_id for waifu in of_rarity}:
            raise ChoiceNotAllowed(name=ticket.name, rarity=ticket.rarity)
        return (choice.waifu_id,)
    if ticket.type == SERIES:
        of_rarity = [waifu for waifu in of_rarity if waifu.series_id == choice.series_id]
    if len(of_rarity) < ticket.count:
        raise PoolEmpty(name=ticket.name, rarity=ticket.rarity)
    return tuple(sorted(waifu.waifu_id for waifu in of_rarity))


def roll(pool: Sequence[int], count: int, dice: Dice) -> tuple[int, ...]:
    """`count` different ones out of a pool. The order of the draws is part of the promise: it can be repeated."""
    rest = list(pool)
    return tuple(rest.pop(dice.below(len(rest))) for _ in range(count))


def stack_end(time: datetime, lasts_hours: int) -> int:
    """When a stack ends that comes now, as Unix seconds: at a full hour, so that few stacks stand; 0 for never."""
    if not lasts_hours:
        return 0
    end = time + lasts_hours * HOUR
    return -(-int(end.timestamp()) // 3600) * 3600
