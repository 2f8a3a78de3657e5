"""How the checks of a party go on the average, exactly, before anything has happened."""

from collections.abc import Sequence
from fractions import Fraction

from services.expeditions.expedition.rules import Party, Strength, strength
from services.expeditions.expedition.rules.encounter import tried
from services.expeditions.expedition.rules.numbers import WHOLE
from services.expeditions.planner.rules.draws import Meets, meets, sets_of, ways
from services.expeditions.planner.rules.place import Place

Shares = tuple[Fraction, Fraction, Fraction, Fraction]
"""Great success, success, failure and mishap, as parts of one."""
NOTHING: Shares = (Fraction(0), Fraction(0), Fraction(0), Fraction(0))


def mean_shares(place: Place, party: Party) -> Shares:
    """The mean over every check that can come and every set of affinities that can act."""
    favored = [meets(one, place.favored) for one in party.members]
    disfavored = [meets(one, place.disfavored) for one in party.members]
    return shares_of(place, party, favored, disfavored)


def strength_of(place: Place, party: Party) -> Strength:
    """What the party is worth there, over every set of affinities that can act."""
    liked = ways([meets(one, place.favored) for one in party.members], place.favored)
    disliked = ways([meets(one, place.disfavored) for one in party.members], place.disfavored)
    meetings = {
        (many, few): likes * dislikes for many, likes in liked for few, dislikes in disliked
    }
    return strength(place.template.dominant_stats, place.effects, party, meetings)


def mean_success(place: Place, party: Party) -> Fraction:
    """The mean chance that a check goes well."""
    return passed(mean_shares(place, party))


def passed(shares: Shares) -> Fraction:
    """The chance that it goes well."""
    return shares[0] + shares[1]


def shares_of(
    place: Place, party: Party, favored: Sequence[Meets], disfavored: Sequence[Meets]
) -> Shares:
    """The same, for members who meet these affinities."""
    if not place.checks:
        return NOTHING
    sums = [0, 0, 0, 0]
    for liked, likes in ways(favored, place.favored):
        for disliked, dislikes in ways(disfavored, place.disfavored):
            for number, share in enumerate(summed(place, party, liked, disliked)):
                sums[number] += likes * dislikes * share
    all_of_them = sets_of(place.favored) * sets_of(place.disfavored) * len(place.checks) * WHOLE
    great, success, failure, mishap = (Fraction(one, all_of_them) for one in sums)
    return great, success, failure, mishap


def summed(place: Place, party: Party, favored: int, disfavored: int) -> tuple[int, int, int, int]:
    """The shares of all checks together, in whole parts."""
    found = [
        tried(party, one, place.effects, one.check_stat, favored, disfavored).shares
        for one in place.checks
    ]
    return (
        sum(one.great for one in found),
        sum(one.success for one in found),
        sum(one.failure for one in found),
        sum(one.mishap for one in found),
    )
