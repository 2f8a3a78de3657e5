"""A place before anybody goes there: which of its affinities will act is not drawn yet."""

from dataclasses import dataclass

from services.expeditions.atlas.rules.types import (
    Affinity,
    Encounter,
    EncounterType,
    Modifier,
    Template,
)
from services.expeditions.expedition.rules import Effects, Plan, equip
from services.expeditions.expedition.rules.course import pool


@dataclass(frozen=True, slots=True)
class Side:
    """What the place may like, or what it may dislike."""

    pool: tuple[Affinity, ...]
    """Of these some are drawn when a party leaves."""
    drawn: int
    always: tuple[Affinity, ...]
    """Those of a piece of equipment act in any case."""


@dataclass(frozen=True, slots=True)
class Place:
    """A template with all that is known before the start."""

    template: Template
    encounters: tuple[Encounter, ...]
    equipment: tuple[Modifier, ...]
    effects: Effects
    """Of the piece, before the first step."""
    checks: tuple[Encounter, ...]
    """The STANDARD encounters that can come first."""
    favored: Side
    disfavored: Side

    @classmethod
    def of(
        cls,
        template: Template,
        encounters: tuple[Encounter, ...],
        equipment: tuple[Modifier, ...] = (),
    ) -> "Place":
        """A place, with what a party would carry there."""
        plan, effects = equip(Plan(template, encounters, (), (), equipment), 1)
        comes = pool(plan, effects)
        return cls(
            template=template,
            encounters=encounters,
            equipment=equipment,
            effects=effects,
            checks=tuple(one for one in comes if one.type is EncounterType.STANDARD),
            favored=side(template.favored, template.favored_count, plan.favored),
            disfavored=side(template.disfavored, template.disfavored_count, plan.disfavored),
        )

    @property
    def stats(self) -> tuple[str, ...]:
        """What is checked there."""
        return tuple(sorted({one.check_stat for one in self.checks}))


def side(pool: tuple[Affinity, ...], count: int, always: tuple[Affinity, ...]) -> Side:
    """A side; of a small pool all are drawn."""
    return Side(pool, min(count, len(pool)), always)
