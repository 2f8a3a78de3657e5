"""Which part of a party gives how much: the mean chance with it, less the chance without it and with all the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from services.expeditions.atlas.rules.types import Affinity, Modifier
from services.expeditions.expedition.rules import Member, Party, numbers
from services.expeditions.expedition.rules.report import Fortune
from services.expeditions.expedition.rules.reward import factor
from services.expeditions.planner.rules.draws import meets, without
from services.expeditions.planner.rules.outlook import mean_success, passed, shares_of
from services.expeditions.planner.rules.place import Place, Side

LEAST_STARS = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part, and what it gives."""

    kind: str
    name: str
    success: Fraction
    """Signed."""
    reward: Fraction = Fraction(0)
    """Of the factor on the currency; signed."""
    waifu_id: int = 0


def parts(place: Place, party: Party) -> list[Part]:
    """Every part of a party, the one that gives most first."""
    whole = mean_success(place, party)
    found = [
        *affinities(place, party, whole),
        *stats(place, party, whole),
        *levels(place, party, whole),
        *pieces(place, party, whole),
        *members(place, party, whole),
    ]
    return sorted(found, key=lambda one: (-one.success, -one.reward, one.kind, one.name))


def reward_factor(place: Place, party: Party) -> Fraction:
    """The factor on currency where luck is ordinary."""
    return factor(Fortune.STANDARD, party.awakened_count, len(place.template.dominant_stats))


def affinities(place: Place, party: Party, whole: Fraction) -> Iterator[Part]:
    """Each affinity of the place that somebody meets: as if nobody did."""
    for side in (place.favored, place.disfavored):
        for one in dict.fromkeys(side.pool):
            if any(meets(member, Side((one,), 1, ())).drawn for member in party.members):
                gain = whole - without_affinity(place, party, side, one)
                yield Part("affinity", f"{one.category} {one.value}", gain)


def without_affinity(place: Place, party: Party, side: Side, affinity: Affinity) -> Fraction:
    """The chance if this affinity of that side were nobody's."""
    favored = [meets(one, place.favored) for one in party.members]
    disfavored = [meets(one, place.disfavored) for one in party.members]
    if side is place.favored:
        favored = [without(one, side, affinity) for one in favored]
    else:
        disfavored = [without(one, side, affinity) for one in disfavored]
    return passed(shares_of(place, party, favored, disfavored))


def stats(place: Place, party: Party, whole: Fraction) -> Iterator[Part]:
    """Each stat that is checked there: as if everybody had none of it."""
    for stat in place.stats:
        bare = changed(party, lambda one, stat=stat: replace(one, stats={**one.stats, stat: 0}))
        yield Part("stat", stat, whole - mean_success(place, bare))


def levels(place: Place, party: Party, whole: Fraction) -> Iterator[Part]:
    """Stars, constellations, bonds and awakenings of the whole party: as if all were at the beginning."""
    bare = {
        "star": changed(party, lambda one: replace(one, stars=LEAST_STARS)),
        "constellation": changed(party, lambda one: replace(one, constellation=0)),
        "bond": changed(party, lambda one: replace(one, bond_level=0)),
        "awakening": changed(party, lambda one: replace(one, is_awakened=False)),
    }
    for kind, other in bare.items():
        if other != party:
            reward = reward_factor(place, party) - reward_factor(place, other)
            yield Part(kind, "", whole - mean_success(place, other), reward)


def pieces(place: Place, party: Party, whole: Fraction) -> Iterator[Part]:
    """Each effect of the piece: as if it were not there."""
    for number, effect in enumerate(place.equipment):
        left = (*place.equipment[:number], *place.equipment[number + 1 :])
        other = Place.of(place.template, place.encounters, left)
        yield Part("equipment", effect_name(effect), whole - mean_success(other, party))


def effect_name(effect: Modifier) -> str:
    """What an effect is called: its type, and what it is about."""
    about = (effect.affinity, effect.category, effect.name, *effect.stats, effect.kind)
    return " ".join([effect.type, *(word for word in about if word)])


def members(place: Place, party: Party, whole: Fraction) -> Iterator[Part]:
    """Each member: as if she stayed at home."""
    for member in party.members:
        left = tuple(one for one in party.members if one is not member)
        chance = mean_success(place, Party(left)) if left else Fraction(0)
        reward = numbers.AWAKENED_FACTOR if member.is_awakened else Fraction(1)
        yield Part(
            kind="member",
            name="",
            success=whole - chance,
            reward=reward_factor(place, party) * (1 - 1 / reward),
            waifu_id=member.waifu_id,
        )


def changed(party: Party, change: Callable[[Member], Member]) -> Party:
    """The party, each of its members changed."""
    return Party(tuple(change(one) for one in party.members))
