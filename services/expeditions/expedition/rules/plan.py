"""Where a party goes, frozen at the start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from chassis.dice import Dice
from services.expeditions.atlas.rules.types import Affinity, Encounter, Modifier, Template
from services.expeditions.expedition.rules import modifiers, numbers
from services.expeditions.expedition.rules.affinity import choose
from services.expeditions.expedition.rules.modifiers import Effects


@dataclass(frozen=True, slots=True)
class Plan:
    """A place as it was at the start, and what the party carries."""

    template: Template
    encounters: tuple[Encounter, ...]
    """All of the atlas: which of them can come changes on the way."""
    favored: tuple[Affinity, ...]
    """Those that were drawn and act."""
    disfavored: tuple[Affinity, ...]
    equipment: tuple[Modifier, ...] = ()


def planned(
    template: Template, encounters: Sequence[Encounter], equipment: Sequence[Modifier], dice: Dice
) -> Plan:
    """A plan for this place; the dice choose which of its affinities act."""
    return Plan(
        template=template,
        encounters=tuple(encounters),
        favored=choose(template.favored, template.favored_count, dice),
        disfavored=choose(template.disfavored, template.disfavored_count, dice),
        equipment=tuple(equipment),
    )


def carried(
    type: str, value: int | str, affinity: str | None, category: str | None, stat: str | None
) -> Modifier:
    """An effect of a piece of equipment, in the words in which pieces are stored, as a modifier."""
    if type == "affinity_add":
        return Modifier(type, affinity=affinity or "", category=category or "", name=str(value))
    stats = numbers.CHECKED_STATS if stat == "all" else (stat,) if stat else ()
    return Modifier(type, stats=stats, value=Fraction(value))


def equip(plan: Plan, length: int) -> tuple[Plan, Effects]:
    """The plan and what is in effect at the first step.

    Affinities of a piece become part of the place, so that nothing on the way can take them back.
    """
    start = Effects(left=length, tags=frozenset(plan.template.tags))
    effects = reduce(modifiers.apply, plan.equipment, start)
    place = replace(
        plan,
        favored=plan.favored + effects.favored,
        disfavored=plan.disfavored + effects.disfavored,
    )
    return place, replace(effects, favored=(), disfavored=())
