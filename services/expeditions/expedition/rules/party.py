"""What a party is worth, before anything happens to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.expeditions.atlas.rules.types import Condition
from services.expeditions.expedition.rules import numbers


@dataclass(frozen=True, slots=True)
class Member:
    """A waifu on her way, as she was at the start."""

    waifu_id: int
    stats: Mapping[str, int]
    """All eight, as the catalogue has them."""
    stars: int
    constellation: int
    bond_level: int
    is_awakened: bool
    elements: tuple[str, ...]
    archetype: str
    series_id: int
    genres: tuple[str, ...]
    """Those of her series."""


@dataclass(frozen=True, slots=True)
class Party:
    """One to three different waifus, in the order in which the player named them."""

    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        if len(self.members) not in numbers.PARTY:
            raise ValueError(f"no party has {len(self.members)} members")
        if len({one.waifu_id for one in self.members}) < len(self.members):
            raise ValueError("nobody goes along twice")

    @property
    def awakened_count(self) -> int:
        """How many of them are awakened."""
        return sum(one.is_awakened for one in self.members)


@dataclass(frozen=True, slots=True)
class Tired:
    """The condition in which somebody comes home."""

    waifu_id: int
    final_hp: int
    final_mp: int


def worth(member: Member, stat: str) -> int:
    """What a stat of hers counts for: stars, constellation and bond in one product, floored once."""
    bond = sum(more for level, more in numbers.BOND_PERCENTS.items() if member.bond_level >= level)
    percent = 100 + numbers.CONSTELLATION_PERCENT * member.constellation + bond
    stars = numbers.FREE_STARS + member.stars
    return member.stats[stat] * numbers.STAT_PERCENT * stars * percent // 100_000


def total(party: Party, stat: str) -> int:
    """What a stat counts for in all of them together."""
    return sum(worth(one, stat) for one in party.members)


def series_factor(party: Party) -> Fraction:
    """Three of one series know each other."""
    series = [one.series_id for one in party.members]
    together = len(series) == numbers.SERIES_PARTY and len(set(series)) == 1
    return numbers.SERIES_FACTOR if together else Fraction(1)


def opens(party: Party, gate: Condition) -> bool:
    """Whether somebody of the party, or its size, is what the gate asks for. Case does not count."""
    wanted = {value.casefold() for value in gate.values}
    if gate.type == "team_size":
        return str(len(party.members)) in wanted
    return any(not wanted.isdisjoint(names(one, gate.type)) for one in party.members)


def names(member: Member, category: str) -> frozenset[str]:
    """What she is called by in this category, in small letters."""
    return frozenset(name.casefold() for name in traits(member, category))


def traits(member: Member, category: str) -> tuple[str, ...]:
    """What she is in this category of affinities."""
    match category:
        case "elemental":
            return member.elements
        case "archetype":
            return (member.archetype,)
        case "series_id":
            return (str(member.series_id),)
        case "genre":
            return member.genres
        case _:
            raise ValueError(f"nobody is anything in {category}")


def tired(member: Member, failures: int, mishaps: int, checks: int) -> Tired:
    """How she comes home. It is shown, and changes nothing."""
    lost = numbers.HP_PER_FAILURE * failures + numbers.HP_PER_MISHAP * mishaps
    hp = worth(member, numbers.HP_STAT) * (100 - lost) // 100
    mp = worth(member, numbers.MP_STAT) * max(0, 100 - numbers.MP_PER_CHECK * checks) // 100
    return Tired(member.waifu_id, max(1, hp), mp)
