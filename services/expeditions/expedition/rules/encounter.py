"""One check: what the party is worth there, and how likely each outcome is."""

from dataclasses import dataclass
from fractions import Fraction

from services.expeditions.atlas.rules.types import Encounter
from services.expeditions.expedition.rules import affinity, chances, numbers
from services.expeditions.expedition.rules.chances import SURELY_GREAT, Shares
from services.expeditions.expedition.rules.modifiers import Effects
from services.expeditions.expedition.rules.party import Party, series_factor, total
from services.expeditions.expedition.rules.plan import Plan
from services.expeditions.expedition.rules.report import Outcome


@dataclass(frozen=True, slots=True)
class Trial:
    """A check before the roll, exactly."""

    stat: str
    total: int
    favored: int
    disfavored: int
    score: Fraction
    difficulty: int
    shares: Shares


def trial(plan: Plan, party: Party, encounter: Encounter, effects: Effects, stat: str) -> Trial:
    """The check of this stat, with all that is in effect."""
    favored = affinity.count(party, plan.favored + effects.favored)
    disfavored = affinity.count(party, plan.disfavored + effects.disfavored)
    return tried(party, encounter, effects, stat, favored, disfavored)


def tried(
    party: Party, encounter: Encounter, effects: Effects, stat: str, favored: int, disfavored: int
) -> Trial:
    """The check where the party meets so many affinities."""
    summed = max(0, total(party, stat) + effects.stats.get(stat, 0))
    factor = score_factor(effects, favored, disfavored, series_factor(party))
    score = summed * factor + effects.final_stats.get(stat, 0)
    hard = difficulty(encounter, effects)
    shares = shares_of(quotient(score, hard) + ease(encounter, effects), encounter, effects)
    return Trial(stat, summed, favored, disfavored, score, hard, shares)


def score_factor(effects: Effects, favored: int, disfavored: int, series: Fraction) -> Fraction:
    """What the sum of the stats is multiplied with."""
    liked = affinity.factor(favored, disfavored, effects.affinity_more, effects.affinity_halvings)
    return liked * series * effects.score_factor


def difficulty(encounter: Encounter, effects: Effects) -> int:
    """How hard it is by now."""
    return int(encounter.difficulty * effects.difficulty_factor) + effects.difficulty_more


def quotient(score: Fraction, difficulty: int) -> Fraction:
    """How often the score goes into the difficulty; what is not hard at all is in the best band."""
    if difficulty <= 0:
        return Fraction(len(numbers.BANDS), numbers.BANDS_PER_ONE)
    return max(Fraction(0), score / difficulty)


def ease(encounter: Encounter, effects: Effects) -> Fraction:
    """What is added to the quotient: always, and for each tag of the encounter."""
    none = Fraction(0)
    return effects.ease + sum((effects.ease_by_tag.get(tag, none) for tag in encounter.tags), none)


def shares_of(quotient: Fraction, encounter: Encounter, effects: Effects) -> Shares:
    """The shares of the outcomes with everything that shifts or guarantees them."""
    if effects.excels_next:
        return SURELY_GREAT
    shares = chances.with_mishaps(chances.of_check(quotient), effects.mishaps)
    sure = effects.passes_next or not effects.passed_tags.isdisjoint(encounter.tags)
    return chances.surely_passed(shares) if sure else shares


def outcome(shares: Shares, roll: int) -> Outcome:
    """What a roll from 1 to 10 000 means."""
    if roll <= shares.great:
        return Outcome.GREAT
    if roll <= shares.passed:
        return Outcome.SUCCESS
    return Outcome.FAILURE if roll <= shares.passed + shares.failure else Outcome.MISHAP
