"""Parties, places and encounters to try the rules with; each takes only what matters."""

from fractions import Fraction
from typing import Any

from chassis.dice import Dice, Seed
from services.expeditions.atlas.rules.types import (
    STATS,
    Affinity,
    Condition,
    Encounter,
    EncounterType,
    Modifier,
    Template,
)
from services.expeditions.expedition.rules import Effects, Member, Party, Plan, planned

TAGS = ("common", "forest")


def dice_of(number: int) -> Dice:
    return Dice(Seed(b"the journeys of the tests", str(number), 0))


def a_member(waifu_id: int = 1, stat: int = 100, **differs: Any) -> Member:
    known: dict[str, Any] = {
        "stats": dict.fromkeys(STATS, stat),
        "stars": 1,
        "constellation": 0,
        "bond_level": 1,
        "is_awakened": False,
        "elements": ("fire",),
        "archetype": "Knight",
        "series_id": waifu_id,
        "genres": ("Comedy",),
    }
    return Member(waifu_id, **{**known, **differs})


def a_party(*members: Member) -> Party:
    return Party(members or (a_member(),))


def a_template(**differs: Any) -> Template:
    known: dict[str, Any] = {
        "template_id": "the-old-forest",
        "name": "The Old Forest",
        "duration_hours": 8,
        "difficulty": 400,
        "favored_count": 0,
        "disfavored_count": 0,
        "favored": (),
        "disfavored": (),
        "dominant_stats": ("atk", "mag"),
        "tags": TAGS,
    }
    return Template(**{**known, **differs})


def a_check(encounter_id: str = "a-wall", **differs: Any) -> Encounter:
    known: dict[str, Any] = {
        "tags": TAGS,
        "check_stat": "atk",
        "difficulty": 400,
        "common": 30,
        "great": 60,
    }
    return an_encounter(encounter_id, EncounterType.STANDARD, {**known, **differs})


def a_gate(type: str, *values: str, encounter_id: str = "a-gate", loot: int = 30) -> Encounter:
    differs = {"condition": Condition(type, values), "success_loot_value": loot}
    return an_encounter(encounter_id, EncounterType.GATED, {"tags": TAGS, **differs})


def a_boon(type: str, *, encounter_id: str = "a-spring", **modifier: Any) -> Encounter:
    differs = {"tags": TAGS, "modifier": a_modifier(type, **modifier)}
    return an_encounter(encounter_id, EncounterType.BOON, differs)


def a_hazard(type: str, *, encounter_id: str = "a-storm", **modifier: Any) -> Encounter:
    differs = {"tags": TAGS, "modifier": a_modifier(type, **modifier)}
    return an_encounter(encounter_id, EncounterType.HAZARD, differs)


def an_encounter(encounter_id: str, type: EncounterType, differs: dict[str, Any]) -> Encounter:
    known: dict[str, Any] = {"name": encounter_id, "text_success": "", "text_failure": ""}
    return Encounter(encounter_id=encounter_id, type=type, **{**known, **differs})


def a_modifier(type: str, value: str | int | None = None, **differs: Any) -> Modifier:
    return Modifier(type, value=None if value is None else Fraction(value), **differs)


def a_plan(*encounters: Encounter, equipment: tuple[Modifier, ...] = (), **template: Any) -> Plan:
    known = encounters or (a_check(),)
    return planned(a_template(**template), known, equipment, dice_of(0))


def effects_of(**differs: Any) -> Effects:
    return Effects(**{"left": 5, "tags": frozenset(TAGS), **differs})


def liking(*names: str, category: str = "elemental") -> tuple[Affinity, ...]:
    return tuple(Affinity(category, name) for name in names)


class Fixed(Dice):
    """Dice that fall as low as they can, or as high: low is good in a check and bad for luck."""

    def __init__(self, *, high: bool) -> None:
        super().__init__(Seed(b"", "", 0))
        self.high = high

    def below(self, n: int) -> int:
        return n - 1 if self.high else 0


LOW, HIGH = Fixed(high=False), Fixed(high=True)
