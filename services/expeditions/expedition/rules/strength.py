"""What a party is worth at its first step, in the numbers that a player can weigh."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.expeditions.expedition.rules import affinity, numbers, reward
from services.expeditions.expedition.rules.modifiers import Effects
from services.expeditions.expedition.rules.party import Party, series_factor, total
from services.expeditions.expedition.rules.plan import Plan, equip
from services.expeditions.expedition.rules.report import Fortune

Meetings = Mapping[tuple[int, int], int]
"""In how many cases the party meets so many liked and so many disliked affinities."""


@dataclass(frozen=True, slots=True)
class StatStrength:
    """One stat of the place, in the whole party."""

    stat: str
    total: int
    final_bonus: int
    """What a piece adds after all factors."""


@dataclass(frozen=True, slots=True)
class Strength:
    """Everything that makes a score, but for what happens on the way."""

    stats: tuple[StatStrength, ...]
    affinity: Fraction
    """The mean of all cases."""
    least_affinity: Fraction
    most_affinity: Fraction
    series: Fraction
    awakened: Fraction
    reward: Fraction
    """On money, where luck is ordinary."""


def strength_of(plan: Plan, party: Party) -> Strength:
    """Of a party that has left: which affinities act is known."""
    place, effects = equip(plan, 1)
    met = (affinity.count(party, place.favored), affinity.count(party, place.disfavored))
    return strength(plan.template.dominant_stats, effects, party, {met: 1})


def strength(
    stats: tuple[str, ...], effects: Effects, party: Party, meetings: Meetings
) -> Strength:
    """Of a party in a place where these stats are checked."""
    factors = {
        (liked, disliked): affinity.factor(
            liked, disliked, effects.affinity_more, effects.affinity_halvings
        )
        for liked, disliked in meetings
    }
    mean = sum((factors[met] * cases for met, cases in meetings.items()), Fraction(0))
    return Strength(
        stats=tuple(stat_strength(stat, effects, party) for stat in stats),
        affinity=mean / sum(meetings.values()),
        least_affinity=min(factors.values()),
        most_affinity=max(factors.values()),
        series=series_factor(party),
        awakened=numbers.AWAKENED_FACTOR**party.awakened_count,
        reward=reward.factor(Fortune.STANDARD, party.awakened_count, len(stats)),
    )


def stat_strength(stat: str, effects: Effects, party: Party) -> StatStrength:
    """What one stat counts for."""
    summed = max(0, total(party, stat) + effects.stats.get(stat, 0))
    return StatStrength(stat, summed, effects.final_stats.get(stat, 0))
