"""What a mission may be. No I/O."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

TYPES = ("summon", "expedition", "talk", "gift", "shop", "equipment", "daily")
PERIODS = ("day", "week")
DIFFICULTIES = ("easy", "normal", "hard")
MAX_REWARD = {"sakura_crystals": 1_000_000, "quartzs": 1_000_000, "daphine": 10_000}
"""What the wallet takes in one call at most, so that a reward that was promised can be paid."""
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Mission:
    """Something to do in a day or a week."""

    id: str
    name: str
    description: str
    type: str
    period: str
    target_count: int
    reward_type: str
    reward_amount: int
    difficulty: str
    is_active: bool


def faults(missions: Sequence[Mission]) -> Iterator[str]:
    """Everything that is wrong with a set of missions, each with its mission's id."""
    seen: set[str] = set()
    for mission in missions:
        if mission.id in seen:
            yield f"{mission.id}: stands twice"
        seen.add(mission.id)
        if not SLUG.fullmatch(mission.id) or len(mission.id) > 64:
            yield f"{mission.id}: mission_id is not a slug of at most 64 letters: a-z, 0-9, single hyphens"
        for field, value, allowed in (
            ("type", mission.type, TYPES),
            ("period", mission.period, PERIODS),
            ("reward_type", mission.reward_type, tuple(MAX_REWARD)),
            ("difficulty", mission.difficulty, DIFFICULTIES),
        ):
            if value not in allowed:
                yield f"{mission.id}: {field} {value!r} is none of {', '.join(allowed)}"
        if not 0 < len(mission.name) <= 255:
            yield f"{mission.id}: name is empty or longer than 255 letters"
        if len(mission.description) > 2000:
            yield f"{mission.id}: description is longer than 2000 letters"
        if not 1 <= mission.target_count <= 10_000:
            yield f"{mission.id}: target_count {mission.target_count} is not between 1 and 10000"
        highest = MAX_REWARD.get(mission.reward_type)
        if highest and not 1 <= mission.reward_amount <= highest:
            yield f"{mission.id}: reward_amount {mission.reward_amount} is not between 1 and {highest}"


def turned(missions: Sequence[Mission], there: Mapping[str, Mission]) -> Iterator[str]:
    """Missions that would count something else than they did; what was done for them would stand for that."""
    for mission in missions:
        old = there.get(mission.id)
        if old is None:
            continue
        for field, was, wanted in (
            ("type", old.type, mission.type),
            ("period", old.period, mission.period),
        ):
            if was != wanted:
                yield f"{mission.id}: {field} is {was} and stays so; end it, and bring {wanted} as a new mission"
