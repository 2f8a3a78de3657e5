"""Plans as messages."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from geminya.collection.v1 import roster_pb2
from geminya.expeditions.v1 import planner_pb2 as pb
from services.expeditions.expedition.rules.loot import ITEM
from services.expeditions.expedition.rules.numbers import WHOLE
from services.expeditions.planner import rules
from services.expeditions.planner.rules.forecast import HIGH, LOW, MIDDLE

MILLI = 1000
ITEMS = "items"


def shares_in_whole(shares: Sequence[Fraction]) -> list[int]:
    """Shares that add up to one, in hundredths of a percent that add up as well."""
    edges, reached = [0], Fraction(0)
    for share in shares:
        reached += share
        edges.append(round(reached * WHOLE))
    return [after - before for before, after in pairwise(edges)]


def members_out(candidates: Sequence[roster_pb2.Candidate]) -> list[pb.PlannedMember]:
    """Those who would go, as the player knows them."""
    return [
        pb.PlannedMember(
            waifu_id=one.member.waifu_id,
            name=one.member.name,
            star_level=one.member.current_star_level,
            constellation_level=one.member.constellation_level,
            bond_level=one.member.bond_level,
            is_awakened=one.member.is_awakened,
            is_away=one.is_away,
        )
        for one in candidates
    ]


def forecast_out(plan: pb.Plan, found: rules.Forecast) -> None:
    """Puts what was counted into a plan."""
    counts = [Fraction(count, found.journeys) for count in found.labels.values()]
    plan.journeys = found.journeys
    plan.mean_encounters_milli = MILLI * found.encounter_count // found.journeys
    plan.outcomes.extend(
        pb.Share(name=label.value, share=share)
        for label, share in zip(found.labels, shares_in_whole(counts), strict=True)
    )
    plan.loot.extend(expected_out(one) for one in found.loot)


def expected_out(one: rules.Expected) -> pb.Expected:
    """How much of a thing comes home."""
    return pb.Expected(
        thing=one.thing,
        mean_milli=one.mean_milli,
        low=one.at(LOW),
        middle=one.at(MIDDLE),
        high=one.at(HIGH),
        share=WHOLE * one.any_count // len(one.amounts),
    )


def part_out(part: rules.Part, names: dict[int, str]) -> pb.Contribution:
    """What one part gives."""
    return pb.Contribution(
        kind=part.kind,
        name=names.get(part.waifu_id, part.name),
        waifu_id=part.waifu_id,
        success_gain=round(part.success * WHOLE),
        reward_gain_milli=round(part.reward * MILLI),
    )


def odds_out(odds: rules.Odds) -> pb.GetLootOddsResponse:
    """What an encounter may bring."""
    return pb.GetLootOddsResponse(
        types=named({ITEMS if one == ITEM else one: odds.types[one] for one in odds.types}),
        items=named(odds.items),
        amounts=[
            pb.AmountRange(thing=thing, least=least, most=most)
            for thing, (least, most) in odds.amounts.items()
        ],
    )


def named(shares: dict[str, Fraction]) -> list[pb.Share]:
    """Shares by name, in whole parts."""
    whole = shares_in_whole([*shares.values()])
    return [pb.Share(name=name, share=share) for name, share in zip(shares, whole, strict=True)]
