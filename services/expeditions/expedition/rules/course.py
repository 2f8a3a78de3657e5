"""How long the way is, and what comes on it."""

from collections.abc import Collection, Sequence

from chassis.dice import Dice
from services.expeditions.atlas.rules.types import Encounter, EncounterType
from services.expeditions.expedition.rules import numbers
from services.expeditions.expedition.rules.exact import decay
from services.expeditions.expedition.rules.modifiers import Effects
from services.expeditions.expedition.rules.plan import Plan


def length(hours: int, dice: Dice) -> int:
    """How many encounters fit into the time: half to one and a half of the usual number."""
    steps = numbers.LENGTH_STEPS
    share = steps // 2 + dice.below(steps)
    return max(1, int(hours * numbers.ENCOUNTERS_PER_HOUR * share / steps))


def pool(plan: Plan, effects: Effects) -> tuple[Encounter, ...]:
    """Everything that can come there, by id, as the tags are now.

    Where nothing has a fitting tag, everything can come; a check of a stat that does not count there never.
    """
    known = sorted(plan.encounters, key=lambda one: one.encounter_id)
    fitting = [one for one in known if fits(one, effects.tags, effects.ignored)] or known
    stats = plan.template.dominant_stats
    return tuple(
        one for one in fitting if one.type is not EncounterType.STANDARD or one.check_stat in stats
    )


def fits(encounter: Encounter, tags: Collection[str], ignored: Collection[str]) -> bool:
    """Whether it belongs there."""
    own = encounter.tags
    return any(tag in tags for tag in own) and not any(tag in ignored for tag in own)


def draw(candidates: Sequence[Encounter], difficulty: int, dice: Dice) -> Encounter:
    """What comes next: first its type, among those that are there, then one of them."""
    by_type = {
        kind: [one for one in candidates if one.type is kind] for kind in numbers.TYPE_WEIGHTS
    }
    types = [(kind, weight) for kind, weight in numbers.TYPE_WEIGHTS.items() if by_type[kind]]
    known = by_type[dice.pick(types)]
    return dice.pick([*zip(known, weights(known, difficulty), strict=True)])


def weights(encounters: Sequence[Encounter], difficulty: int) -> list[int]:
    """How likely each of one type is: a bell curve around the difficulty of the place.

    Only the proportions count, so the nearest one has the whole weight, however far away it is; otherwise
    all could fade to nothing.
    """
    if encounters[0].type is not EncounterType.STANDARD:
        return [1] * len(encounters)
    distances = [(one.difficulty - difficulty) ** 2 for one in encounters]
    nearest = min(distances)
    width = 2 * numbers.SPREAD_OF_DIFFICULTY**2
    return [decay(distance - nearest, width) for distance in distances]
