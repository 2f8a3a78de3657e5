"""What a summon gives. No I/O: the dice and the time come in as arguments."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import accumulate
from typing import Any

from chassis.dice import Dice
from chassis.money import Currency, Money
from services.economy.errors import BannerClosed

MILLION = 1_000_000
PITY_LIMIT = 50
"""The 50th pull without a three-star waifu is one for certain (docs/game.md)."""
TOP = 3
TEN = 10
TEN_FLOOR = 2
DAPHINE_SIDES = 100
"""One pull in a hundred on a banner that is not priced in crystals brings a daphine."""


class BannerType(Enum):
    """How a banner's pool and odds are made."""

    STANDARD = "standard"
    RATE_UP = "rate-up"
    LIMITED = "limited"
    PREMIUM = "premium"


ODDS: Mapping[BannerType, Mapping[int, int]] = {
    BannerType.STANDARD: {1: 750_000, 2: 200_000, 3: 50_000},
    BannerType.RATE_UP: {1: 750_000, 2: 200_000, 3: 50_000},
    BannerType.LIMITED: {1: 750_000, 2: 200_000, 3: 50_000},
    BannerType.PREMIUM: {2: 950_000, 3: 50_000},
}
"""Rarity to its chance in parts per million (docs/game.md)."""


@dataclass(frozen=True, slots=True)
class Item:
    """A waifu that stands on a banner by name."""

    waifu_id: int
    is_rate_up: bool = False
    drop_rate: int | None = None
    """Own share within the rarity in parts per million; none means the rule of the type."""


@dataclass(frozen=True, slots=True)
class Banner:
    """A banner as its operator wrote it."""

    banner_id: str
    name: str
    type: BannerType
    start_time: datetime
    end_time: datetime
    price: Money
    description: str = ""
    is_active: bool = True
    series_ids: tuple[int, ...] = ()
    items: tuple[Item, ...] = ()

    def is_open(self, now: datetime) -> bool:
        """Whether it can be summoned from at this moment."""
        return self.is_active and self.start_time <= now < self.end_time


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waifu of the catalogue, as far as chance cares."""

    waifu_id: int
    series_id: int
    rarity: int


Weighted = tuple[tuple[int, int], ...]


class BrokenBanner(ValueError):
    """Nobody could roll on this banner: a fault of its content, named by the field it lies in."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Wheel:
    """Weighted waifus, added up once, so that a draw does not walk through thousands of them."""

    __slots__ = ("_ends", "_waifu_ids")

    def __init__(self, weighted: Weighted) -> None:
        self._waifu_ids = [waifu_id for waifu_id, _ in weighted]
        self._ends = list(accumulate(weight for _, weight in weighted))

    def spin(self, dice: Dice) -> int:
        """One of them by her weight: the same one that `dice.pick` gives."""
        return self._waifu_ids[bisect_right(self._ends, dice.below(self._ends[-1]))]


@dataclass(frozen=True, slots=True)
class Table:
    """The exact table behind a roll: frozen with a banner's version, and the source of the published odds."""

    odds: tuple[tuple[int, int], ...]
    """Rarity and its chance in parts per million, from the lowest; they add up to a million."""
    pool: Mapping[int, Weighted]
    """Rarity to waifus and their weights."""
    guarantee: tuple[int, ...]
    """Who may take the place of the pull that the ten-summon guarantee lifts; each as likely."""
    has_pity: bool
    featured: tuple[int, ...] = ()
    wheels: Mapping[int, Wheel] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if sum(weight for _, weight in self.odds) != MILLION:
            raise ValueError("the odds must add up to a million")
        if any(not self.pool.get(rarity) for rarity, _ in self.odds):
            raise ValueError("a rarity that can be rolled has nobody in it")
        if any(weight <= 0 for pool in self.pool.values() for _, weight in pool):
            raise ValueError("every weight is a whole number over zero")
        wheels = {rarity: Wheel(pool) for rarity, pool in self.pool.items()}
        object.__setattr__(self, "wheels", wheels)


@dataclass(frozen=True, slots=True)
class Pull:
    """One waifu out of a summon."""

    waifu_id: int
    rarity: int
    is_pity: bool = False
    is_guarantee: bool = False


@dataclass(frozen=True, slots=True)
class Roll:
    """What a summon gave, and the pity counter after it."""

    pulls: tuple[Pull, ...]
    pity: int
    daphine: int = 0


@dataclass(slots=True)
class _Pools:
    """The candidates of a banner while its table is made."""

    featured: set[int] = field(default_factory=set)
    members: dict[int, list[int]] = field(default_factory=dict)


def admit(banner: Banner, now: datetime) -> None:
    """Lets a summon in, or says why not."""
    if not banner.is_open(now):
        raise BannerClosed(banner_id=banner.banner_id, name=banner.name)


def compose(banner: Banner, catalogue: Sequence[Candidate]) -> Table:
    """The table of a banner over a catalogue. Who would pay for nobody is a `BrokenBanner`."""
    pools = _pools(banner, catalogue)
    shares = {item.waifu_id: item.drop_rate for item in banner.items if item.drop_rate}
    odds = ODDS[banner.type]
    pool: dict[int, Weighted] = {}
    for rarity in odds:
        members = pools.members.get(rarity, [])
        if not members:
            raise BrokenBanner("series_ids", f"nobody of {rarity} stars can be pulled")
        own = {waifu_id: shares[waifu_id] for waifu_id in members if waifu_id in shares}
        _check_shares(rarity, members, own)
        pool[rarity] = _weigh(members, pools.featured, own, banner.type)
    there = {waifu_id for weighted in pool.values() for waifu_id, _ in weighted}
    featured = tuple(sorted(pools.featured & there))
    return Table(
        odds=tuple(sorted(odds.items())),
        pool=pool,
        guarantee=_guarantee(featured, catalogue),
        has_pity=banner.price.currency is Currency.SAKURA_CRYSTALS,
        featured=featured,
    )


def roll(table: Table, pity: int, count: int, dice: Dice) -> Roll:
    """Rolls `count` pulls. The order of the draws is part of the promise: it makes a roll repeatable.

    For each pull its rarity, then its waifu; after ten of one star which one is lifted and to whom; last,
    where there is no pity, a die per pull for daphine.
    """
    counter, pulls = pity, list[Pull]()
    for _ in range(count):
        is_due = table.has_pity and counter + 1 >= PITY_LIMIT
        rarity = TOP if is_due else dice.pick(table.odds)
        if table.has_pity:
            counter = 0 if rarity == TOP else counter + 1
        pulls.append(Pull(table.wheels[rarity].spin(dice), rarity, is_pity=is_due))
    # Ten pulls of one star would be a bad evening: one of them is lifted. Pity does not notice.
    if count == TEN and max(pull.rarity for pull in pulls) < TEN_FLOOR:
        place = dice.below(count)
        lifted = table.guarantee[dice.below(len(table.guarantee))]
        pulls[place] = Pull(lifted, TEN_FLOOR, is_guarantee=True)
    daphine = 0 if table.has_pity else sum(dice.below(DAPHINE_SIDES) == 0 for _ in range(count))
    return Roll(tuple(pulls), counter, daphine)


def summon_bonus(count: int) -> Money:
    """The quartz that every summon brings (docs/game.md)."""
    return Money(Currency.QUARTZS, count)


def table_out(table: Table) -> dict[str, Any]:
    """The table as JSON, whose digest names the version."""
    return {
        "odds": [list(pair) for pair in table.odds],
        "pool": {str(rarity): [list(pair) for pair in pool] for rarity, pool in table.pool.items()},
        "guarantee": list(table.guarantee),
        "has_pity": table.has_pity,
        "featured": list(table.featured),
    }


def table_in(body: Mapping[str, Any]) -> Table:
    """The table of a version."""
    return Table(
        odds=tuple((rarity, ppm) for rarity, ppm in body["odds"]),
        pool={
            int(rarity): tuple((waifu_id, weight) for waifu_id, weight in pool)
            for rarity, pool in body["pool"].items()
        },
        guarantee=tuple(body["guarantee"]),
        has_pity=body["has_pity"],
        featured=tuple(body["featured"]),
    )


def _pools(banner: Banner, catalogue: Sequence[Candidate]) -> _Pools:
    """Who can be pulled, by rarity, and who is featured (docs/game.md)."""
    named = {item.waifu_id for item in banner.items}
    on_banner = [c for c in catalogue if c.series_id in banner.series_ids or c.waifu_id in named]
    pools = _Pools()
    match banner.type:
        case BannerType.STANDARD:
            members: Iterable[Candidate] = catalogue
        case BannerType.RATE_UP:
            members = catalogue
            pools.featured = {c.waifu_id for c in on_banner}
        case BannerType.LIMITED:
            members = [c for c in catalogue if c.rarity == 1] + [
                c for c in on_banner if c.rarity > 1
            ]
            pools.featured = {c.waifu_id for c in on_banner if c.rarity > 1}
        case BannerType.PREMIUM:
            members = on_banner
            pools.featured = {c.waifu_id for c in on_banner if c.rarity > 1}
    for candidate in members:
        pools.members.setdefault(candidate.rarity, []).append(candidate.waifu_id)
    for waifu_ids in pools.members.values():
        waifu_ids.sort()
    return pools


def _check_shares(rarity: int, members: Sequence[int], own: Mapping[int, int]) -> None:
    """A share is a promise: together they are at most all there is, and all of it where nobody else is."""
    total = sum(own.values())
    if total > MILLION:
        raise BrokenBanner(
            "drop_rate", f"the shares of {rarity} stars add up to {total}, over a million"
        )
    if len(own) == len(members) and total < MILLION:
        raise BrokenBanner(
            "drop_rate", f"the shares of {rarity} stars add up to {total}, and nobody has the rest"
        )


def _weigh(
    members: Sequence[int], featured: set[int], own: Mapping[int, int], kind: BannerType
) -> Weighted:
    """The weights of one rarity: own shares exactly, the rest by the rule of the type."""
    rest = [waifu_id for waifu_id in members if waifu_id not in own]
    base = _rate_up(rest, featured) if kind is BannerType.RATE_UP else dict.fromkeys(rest, 1)
    if not own:
        return tuple((waifu_id, base[waifu_id]) for waifu_id in members)
    left, scale = MILLION - sum(own.values()), sum(base.values()) or 1
    weights = {waifu_id: share * scale for waifu_id, share in own.items()}
    weights |= {waifu_id: weight * left for waifu_id, weight in base.items()}
    # Where the shares take everything, nothing is left for the others.
    return tuple((waifu_id, weights[waifu_id]) for waifu_id in members if weights[waifu_id])


def _rate_up(members: Sequence[int], featured: set[int]) -> dict[int, int]:
    """Featured waifus share exactly a quarter, whatever their number (docs/game.md)."""
    count = sum(waifu_id in featured for waifu_id in members)
    others = len(members) - count
    if not count or not others:
        return dict.fromkeys(members, 1)
    return {w: others if w in featured else 3 * count for w in members}


def _guarantee(featured: Sequence[int], catalogue: Sequence[Candidate]) -> tuple[int, ...]:
    """The banner's own two-star waifus, or everybody's where it has none."""
    everybody = {c.waifu_id for c in catalogue if c.rarity == TEN_FLOOR}
    return tuple(sorted(everybody.intersection(featured) or everybody))
